//! Nested lists and tuples as arrays: what `np.array` makes of them.

use super::python::Number;
use super::value::Value;
use crate::{Array, DType, Operand, concatenate, stack};
use jitney_ir::{Kind, Scalar};

/// The array of a number, an array, or nested sequences of them; of the given dtype, or of
/// the common one.
///
/// Numbers must fit the dtype, floats without what follows their point; arrays are cast, as by
/// `astype`.
pub(super) fn to_array(value: &Value, dtype: Option<DType>) -> Result<Array, String> {
    if let Value::Array(array) = value {
        return Ok(dtype.map_or(array.clone(), |dtype| array.astype(dtype)));
    }
    let mut leaves = Vec::new();
    let shape = flatten(value, &mut leaves)?;
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => common_dtype(&leaves)?,
    };
    let elements = match views(&leaves, dtype) {
        Some(arrays) => stack(&arrays.iter().collect::<Vec<_>>(), 0),
        None => joined(&leaves, dtype)?,
    };
    let extents: Vec<isize> = shape.iter().map(|extent| *extent as isize).collect();
    Ok(elements.reshape(extents))
}

/// The leaves, if all are arrays of one shape, which need no copies to lie one after the other.
fn views(leaves: &[Leaf], dtype: DType) -> Option<Vec<Array>> {
    let array = |leaf: &Leaf| match leaf {
        Leaf::Array(array) => Some(array.astype(dtype)),
        Leaf::Number(_) => None,
    };
    let arrays = leaves.iter().map(array).collect::<Option<Vec<Array>>>()?;
    let first = arrays.first()?;
    arrays.iter().all(|other| other.shape() == first.shape()).then_some(arrays)
}

/// The elements of all leaves in C order: what lies between two arrays are numbers, whose runs
/// become arrays too.
fn joined(leaves: &[Leaf], dtype: DType) -> Result<Array, String> {
    let mut parts = Vec::new();
    let mut numbers = Vec::new();
    for leaf in leaves {
        match leaf {
            Leaf::Number(number) => numbers.push(element(*number, dtype)?),
            Leaf::Array(array) => {
                parts.extend(run(&mut numbers, dtype));
                parts.push(array.astype(dtype).ravel());
            }
        }
    }
    parts.extend(run(&mut numbers, dtype));
    Ok(match &parts[..] {
        [] => Array::from_vec(Vec::<f64>::new(), [0]).astype(dtype),
        [part] => part.clone(),
        _ => concatenate(&parts.iter().collect::<Vec<_>>(), 0),
    })
}

/// An element or several of an array.
#[derive(Clone, Copy)]
enum Leaf<'a> {
    Number(Number),
    Array(&'a Array),
}

/// Collects numbers and arrays in order and returns the shape that they fill.
///
/// The recursion is as deep as sequences nest, which their constructor bounds.
fn flatten<'a>(value: &'a Value, leaves: &mut Vec<Leaf<'a>>) -> Result<Vec<usize>, String> {
    let sequence = match value {
        Value::Sequence(sequence) => sequence,
        Value::Number(number) => {
            leaves.push(Leaf::Number(*number));
            return Ok(Vec::new());
        }
        Value::Array(array) => {
            leaves.push(Leaf::Array(array));
            return Ok(array.shape().to_vec());
        }
        _ => return Err(format!("'{}' cannot be an element of an array", value.type_name())),
    };
    let mut inner: Option<Vec<usize>> = None;
    for item in &sequence.items {
        let shape = flatten(item, leaves)?;
        match &inner {
            Some(first) if *first != shape => {
                return Err(format!(
                    "the items of a list have different shapes: {} and {}",
                    shape_text(first),
                    shape_text(&shape)
                ));
            }
            _ => inner = Some(shape),
        }
    }
    let mut shape = vec![sequence.items.len()];
    shape.extend(inner.unwrap_or_default());
    Ok(shape)
}

fn shape_text(shape: &[usize]) -> String {
    jitney_ir::shape::Tuple(shape).to_string()
}

/// The array of consecutive numbers, which it takes, if there are any.
fn run(numbers: &mut Vec<Scalar>, dtype: DType) -> Option<Array> {
    let scalars = std::mem::take(numbers);
    let shape = [scalars.len()];
    // Three dtypes hold the elements of all others of their kind exactly.
    let array = match dtype.kind() {
        Kind::Float => Array::from_vec(scalars.iter().map(|s| s.to_f64()).collect(), shape),
        Kind::Unsigned => Array::from_vec(scalars.iter().map(|s| s.bits).collect(), shape),
        Kind::Bool | Kind::Signed => {
            Array::from_vec(scalars.iter().map(|s| s.to_i128() as i64).collect(), shape)
        }
    };
    (!scalars.is_empty()).then(|| array.astype(dtype))
}

/// NumPy's dtype for leaves together, which it promotes one after the other; each integer must
/// fit `int64` or `uint64`.
fn common_dtype(leaves: &[Leaf]) -> Result<DType, String> {
    let mut common = None;
    for leaf in leaves {
        let dtype = match leaf {
            Leaf::Array(array) => array.dtype(),
            Leaf::Number(number) => {
                let dtype = number.operand().dtype();
                element(*number, dtype)?;
                dtype
            }
        };
        common = Some(common.map_or(dtype, |common: DType| common.promote(dtype)));
    }
    Ok(common.unwrap_or(DType::F64))
}

/// A number as it is stored in an element of the dtype.
pub(super) fn element(number: Number, dtype: DType) -> Result<Scalar, String> {
    let stored = number.operand().truncated(dtype)?;
    stored.as_scalar(dtype).ok_or_else(|| match stored {
        Operand::Huge(_) if dtype.kind() == Kind::Float => {
            "int too large to convert to float".to_owned()
        }
        Operand::Huge(value) => format!("Python integer {value:e} out of bounds for {dtype}"),
        Operand::Int(value) => format!("Python integer {value} out of bounds for {dtype}"),
        Operand::Array(_) | Operand::Bool(_) | Operand::Float(_) => {
            format!("'{}' is no element of {dtype}", number.type_name())
        }
    })
}
