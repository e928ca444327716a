//! The lines of a corpus, whose grammar stands in `data/corpus/oracle/encode.py`.

use super::operands::Layout;
use jitney::DType;
use jitney_ir::Scalar;

/// How near a value must be.
#[derive(Clone, Copy, Debug, Default)]
pub enum Tolerance {
    /// To the bit.
    #[default]
    Exact,
    /// Units in the last place of a result of `float64`, and of `float32`.
    Ulp(u64, u64),
    /// Within the bound that an expected array gives.
    Near,
    /// As near, by a library: the interpreter need be no nearer to the compiled modes.
    Library,
}

/// An array that a case binds to a name: consecutive values of a pool.
pub struct Operand {
    /// The dtype.
    pub dtype: DType,
    /// The extents.
    pub shape: Vec<usize>,
    /// The pool's name.
    pub pool: String,
    /// The place of the first value in the pool.
    pub offset: usize,
    /// How the elements lie in memory.
    pub layout: Layout,
}

/// An expected array.
pub struct Arrays {
    /// The dtype.
    pub dtype: DType,
    /// The extents.
    pub shape: Vec<usize>,
    /// The elements.
    pub elements: Elements,
    /// How far elements may be from these, where that depends on the case.
    pub bound: Option<f64>,
}

/// Elements in C order, or what is known of them.
pub enum Elements {
    /// All bits.
    Bits(Vec<u64>),
    /// A digest of the bits.
    Digest(u64),
}

/// What NumPy gives, or what documented differences make of it.
pub enum Expected {
    /// The call is a mistake.
    Error,
    /// An array, or the items of a tuple.
    Arrays(Vec<Arrays>),
}

/// One line.
pub struct Case {
    /// What is bound to `x`, `y`, `z` and `w`.
    pub operands: Vec<Operand>,
    /// The answer.
    pub expected: Expected,
    /// The difference from NumPy on purpose, if the answer has one.
    pub difference: Option<String>,
}

type Parsed<T> = Result<T, String>;

/// The name, dtype and values of a pool.
pub(super) fn pool(text: &str) -> Parsed<((String, DType), Vec<u64>)> {
    let mut words = text.split(' ');
    let name = words.next().ok_or("a pool has a name")?.to_owned();
    let dtype = dtype(words.next().ok_or("a pool has a dtype")?)?;
    Ok(((name, dtype), words.map(hexadecimal).collect::<Parsed<_>>()?))
}

/// A formula and its tolerance.
pub(super) fn head(text: &str) -> Parsed<(&str, Tolerance)> {
    let (formula, tolerance) = text.split_once('\t').ok_or("a formula has a tolerance")?;
    let words: Vec<&str> = tolerance.split(' ').collect();
    let tolerance = match words[..] {
        ["exact"] => Tolerance::Exact,
        ["near"] => Tolerance::Near,
        ["library"] => Tolerance::Library,
        ["ulp", double, single] => Tolerance::Ulp(number(double)?, number(single)?),
        _ => return Err("no tolerance".into()),
    };
    Ok((formula, tolerance))
}

pub(super) fn case(line: &str) -> Parsed<Case> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (operands, expected, difference) = match fields[..] {
        [operands, expected] => (operands, expected, None),
        [operands, expected, difference] => (operands, expected, Some(difference.to_owned())),
        _ => return Err("a case has two fields or three".into()),
    };
    let operands = operands.split(' ').filter(|text| !text.is_empty()).map(operand);
    let expected = match expected {
        "error" => Expected::Error,
        "nothing" => Expected::Arrays(Vec::new()),
        arrays => Expected::Arrays(arrays.split(" | ").map(array).collect::<Parsed<_>>()?),
    };
    Ok(Case { operands: operands.collect::<Parsed<_>>()?, expected, difference })
}

/// `DTYPE[EXTENTS]POOL+OFFSET` and perhaps a letter.
fn operand(text: &str) -> Parsed<Operand> {
    let (array, values) = text.split_once(']').ok_or("an operand has extents")?;
    let (dtype, shape) = dtype_and_shape(array)?;
    let (pool, place) = values.split_once('+').ok_or("an operand has an offset")?;
    let digits = place.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let layout = Layout::parse(&place[digits.len()..])?;
    Ok(Operand { dtype, shape, pool: pool.to_owned(), offset: number(digits)? as usize, layout })
}

fn array(text: &str) -> Parsed<Arrays> {
    let (array, values) = text.split_once(']').ok_or("an array has extents")?;
    let (dtype, shape) = dtype_and_shape(array)?;
    let mut words: Vec<&str> = values.split(' ').filter(|word| !word.is_empty()).collect();
    let bound = words.last().and_then(|word| word.strip_prefix('~'));
    let bound = bound.map(|bound| bound.parse().map_err(|_| format!("no bound {bound}")));
    let bound = bound.transpose()?;
    if bound.is_some() {
        words.pop();
    }
    let digest = words.first().and_then(|word| word.strip_prefix('#'));
    let elements = match digest {
        Some(digest) => Elements::Digest(hexadecimal(digest)?),
        None => Elements::Bits(runs(&words, dtype)?),
    };
    Ok(Arrays { dtype, shape, elements, bound })
}

/// Elements, equal neighbours of which are written once.
fn runs(words: &[&str], dtype: DType) -> Parsed<Vec<u64>> {
    let mut bits = Vec::new();
    for word in words {
        let (element, n) = word.split_once('*').unwrap_or((word, "1"));
        let element = match element {
            "nan" => Scalar::from_f64(dtype, f64::NAN).bits,
            _ => hexadecimal(element)?,
        };
        bits.extend(std::iter::repeat_n(element, number(n)? as usize));
    }
    Ok(bits)
}

/// `f8[2,3`, whose bracket was cut off.
fn dtype_and_shape(text: &str) -> Parsed<(DType, Vec<usize>)> {
    let (code, extents) = text.split_once('[').ok_or("an array has a dtype and extents")?;
    let extents = extents.split(',').filter(|extent| !extent.is_empty());
    let shape = extents.map(|extent| number(extent).map(|extent| extent as usize));
    Ok((dtype(code)?, shape.collect::<Parsed<_>>()?))
}

/// NumPy's codes of dtypes.
fn dtype(code: &str) -> Parsed<DType> {
    let named = |dtype: &DType| {
        let letter = if *dtype == DType::Bool { "b" } else { &dtype.name()[..1] };
        code == format!("{letter}{}", dtype.size())
    };
    DType::ALL.into_iter().find(named).ok_or_else(|| format!("no dtype {code}"))
}

fn number(text: &str) -> Parsed<u64> {
    text.parse().map_err(|_| format!("no number {text}"))
}

fn hexadecimal(text: &str) -> Parsed<u64> {
    u64::from_str_radix(text, 16).map_err(|_| format!("no bits {text}"))
}
