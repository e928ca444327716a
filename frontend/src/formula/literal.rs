//! Nested lists and tuples as arrays: what `np.array` makes of them.

use super::python::Number;
use super::value::Value;
use crate::{Array, DType, stack};
use jitney_ir::Scalar;

/// The array of a number, an array, or nested sequences of them; of the given dtype, or of
/// the common one.
pub(super) fn to_array(value: &Value, dtype: Option<DType>) -> Result<Array, String> {
    let mut leaves = Vec::new();
    let shape = flatten(value, &mut leaves)?;
    let numbers: Option<Vec<Number>> = leaves
        .iter()
        .map(|leaf| if let Value::Number(number) = leaf { Some(*number) } else { None })
        .collect();
    if let Some(numbers) = numbers {
        return of_numbers(&numbers, &shape, dtype);
    }
    let of_leaf = |leaf: &&Value| match leaf {
        Value::Array(array) => Ok(array.clone()),
        Value::Number(number) => of_numbers(&[*number], &[], None),
        _ => unreachable!("flatten admits numbers and arrays alone"),
    };
    let arrays: Vec<Array> = leaves.iter().map(of_leaf).collect::<Result<_, String>>()?;
    let joined = match &arrays[..] {
        [array] => array.clone(),
        _ => stack(&arrays.iter().collect::<Vec<_>>(), 0),
    };
    let extents: Vec<isize> = shape.iter().map(|extent| *extent as isize).collect();
    let array = joined.reshape(extents);
    Ok(dtype.map_or(array.clone(), |dtype| array.astype(dtype)))
}

/// Collects numbers and arrays in order and returns the shape that they fill.
///
/// The recursion is as deep as sequences nest, which their constructor bounds.
fn flatten<'a>(value: &'a Value, leaves: &mut Vec<&'a Value>) -> Result<Vec<usize>, String> {
    let sequence = match value {
        Value::Sequence(sequence) => sequence,
        Value::Number(_) => {
            leaves.push(value);
            return Ok(Vec::new());
        }
        Value::Array(array) => {
            leaves.push(value);
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

/// An array of Python's numbers, whose common dtype is NumPy's, unless one is given.
fn of_numbers(numbers: &[Number], shape: &[usize], dtype: Option<DType>) -> Result<Array, String> {
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => common_dtype(numbers)?,
    };
    let scalars = numbers.iter().map(|number| element(*number, dtype));
    let scalars = scalars.collect::<Result<Vec<Scalar>, String>>()?;
    // Three dtypes hold the elements of all others of their kind exactly.
    let array = if dtype.is_float() {
        Array::from_vec(scalars.iter().map(|s| s.to_f64()).collect(), shape)
    } else if dtype.is_unsigned() {
        Array::from_vec(scalars.iter().map(|s| s.bits).collect::<Vec<u64>>(), shape)
    } else {
        Array::from_vec(scalars.iter().map(|s| s.to_i128() as i64).collect(), shape)
    };
    Ok(array.astype(dtype))
}

/// NumPy's dtype for numbers together; each integer must fit `int64` or `uint64`.
fn common_dtype(numbers: &[Number]) -> Result<DType, String> {
    let mut common = None;
    for number in numbers {
        let dtype = number.operand().dtype();
        element(*number, dtype)?;
        common = Some(common.map_or(dtype, |common: DType| common.promote(dtype)));
    }
    Ok(common.unwrap_or(DType::F64))
}

fn element(number: Number, dtype: DType) -> Result<Scalar, String> {
    number.operand().as_scalar(dtype).ok_or_else(|| match number {
        Number::Int(int) => format!("Python integer {int} out of bounds for {dtype}"),
        _ => format!("'{}' is no element of {dtype}", number.type_name()),
    })
}
