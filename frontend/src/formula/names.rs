//! Names that a formula knows: constants, dtypes, functions; and the closest one to a typo.

use super::functions::{self, Function};
use super::python::Number;
use super::value::Value;
use crate::DType;
use std::f64::consts::{E, PI};

const CONSTANTS: &[(&str, f64)] =
    &[("pi", PI), ("e", E), ("inf", f64::INFINITY), ("nan", f64::NAN)];

/// Parts of NumPy that are not there yet: better named than called unknown.
const LATER: &[&str] = &[
    "cumsum",
    "cumprod",
    "sort",
    "argsort",
    "median",
    "percentile",
    "quantile",
    "unique",
    "searchsorted",
    "diff",
    "gradient",
    "trapezoid",
    "interp",
    "convolve",
    "correlate",
    "histogram",
    "bincount",
    "digitize",
    "nonzero",
    "argwhere",
    "flatnonzero",
    "take",
    "repeat",
    "tile",
    "pad",
    "roll",
    "split",
    "diag",
    "tri",
    "tril",
    "triu",
    "trace",
    "outer",
    "inner",
    "kron",
    "tensordot",
    "einsum",
    "cov",
    "corrcoef",
    "average",
    "nansum",
    "nanmean",
    "nanstd",
    "nanvar",
    "nanmin",
    "nanmax",
    "linalg",
    "fft",
    "random",
    "polyfit",
    "polyval",
    "geomspace",
    "vander",
    "rot90",
    "isin",
    "fliplr",
    "flipud",
    "rollaxis",
    "atleast_3d",
    "array_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "insert",
    "delete",
    "append",
    "resize",
    "block",
    "mgrid",
    "ogrid",
    "choose",
    "compress",
    "extract",
    "ix_",
    "partition",
    "lexsort",
    "vdot",
    "cross",
    "nanprod",
    "nanmedian",
    "nanargmin",
    "nanargmax",
    "intersect1d",
    "union1d",
    "hanning",
    "hamming",
    "vectorize",
    "complex64",
    "complex128",
    "float16",
    "complex",
];

/// The value of a name that nobody bound.
pub(super) fn lookup(name: &str) -> Option<Value> {
    let constant = CONSTANTS.iter().find(|(known, _)| *known == name);
    if let Some((_, value)) = constant {
        return Some(Value::Number(Number::Float(*value)));
    }
    if name == "newaxis" {
        return Some(Value::None);
    }
    match name.parse::<DType>() {
        Ok(dtype) => Some(Value::DType(dtype)),
        Err(()) => Function::lookup(name).map(Value::Function),
    }
}

pub(super) fn comes_later(name: &str) -> bool {
    LATER.contains(&name)
}

/// Every name that [`lookup`] knows.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    let constants = CONSTANTS.iter().map(|(name, _)| *name);
    constants.chain(["newaxis"]).chain(dtypes()).chain(functions::names())
}

pub(super) fn dtypes() -> impl Iterator<Item = &'static str> {
    DType::ALL.iter().map(|dtype| dtype.name())
}

/// The dtype of a name, or of a code such as `f8` or `<i4`.
pub(super) fn dtype(name: &str) -> Option<DType> {
    let code = name.trim_start_matches(['<', '=', '|']);
    let of_code = || {
        let (kind, size) = (code.get(..1)?, code.get(1..)?);
        let prefix = match kind {
            "f" => "float",
            "i" => "int",
            "u" => "uint",
            "b" => return (size == "1").then_some(DType::Bool),
            _ => return None,
        };
        let bits: u32 = size.parse::<u32>().ok()?.checked_mul(8)?;
        format!("{prefix}{bits}").parse().ok()
    };
    name.parse().ok().or_else(of_code)
}

/// The known name closest to what was written, if one is close.
pub(super) fn did_you_mean<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<String> {
    // The distance to a text of any length would take time that grows with it.
    if written.len() > 40 {
        return None;
    }
    let distance = |name: &str| {
        let folded = written.to_lowercase() == name.to_lowercase();
        if folded { 0 } else { strsim::osa_distance(written, name) }
    };
    let (distance, closest) = known.map(|name| (distance(name), name)).min()?;
    // A third of the letters may be wrong: more would suggest names at random, as any letter
    // would for another one.
    let n_letters = written.chars().count();
    let near = distance == 0 || n_letters > 1 && distance <= n_letters.div_ceil(3).min(3);
    near.then(|| format!("did you mean `{closest}`?"))
}
