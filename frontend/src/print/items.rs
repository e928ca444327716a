//! The texts of elements: one by one as scalars, or together, aligned.

use super::floats::{Float, FloatFormat, float_str};
use super::{PrintOptions, SignMode};
use jitney_ir::{DType, Kind, Scalar};

/// The text of a scalar on its own (Python: `str(x)`).
pub(super) fn scalar_str(scalar: Scalar) -> String {
    match scalar.dtype.kind() {
        Kind::Bool => bool_text(scalar).to_owned(),
        Kind::Signed | Kind::Unsigned => scalar.to_i128().to_string(),
        Kind::Float => float_str(Float::new(scalar)),
    }
}

/// The texts of the elements shown, padded so that columns line up.
pub(super) fn texts(
    dtype: DType,
    shown: &[Scalar],
    rank: usize,
    options: &PrintOptions,
) -> Vec<String> {
    match dtype.kind() {
        Kind::Bool => {
            // A 0-d array has no column to line up.
            let width = if rank == 0 { 0 } else { "False".len() };
            shown.iter().map(|&scalar| format!("{:>width$}", bool_text(scalar))).collect()
        }
        Kind::Signed | Kind::Unsigned => integer_texts(shown, options.sign),
        Kind::Float => {
            let floats: Vec<Float> = shown.iter().map(|&scalar| Float::new(scalar)).collect();
            let format = FloatFormat::new(&floats, options);
            floats.iter().map(|&float| format.text(float)).collect()
        }
    }
}

fn bool_text(scalar: Scalar) -> &'static str {
    if scalar.bits != 0 { "True" } else { "False" }
}

fn integer_texts(shown: &[Scalar], sign: SignMode) -> Vec<String> {
    // The column of minus signs already serves as the space.
    let any_negative = shown.iter().any(|scalar| scalar.to_i128() < 0);
    let mark = match sign {
        SignMode::Plus => "+",
        SignMode::Space if !any_negative => " ",
        SignMode::Space | SignMode::NegativeOnly => "",
    };
    let texts: Vec<String> = shown
        .iter()
        .map(|scalar| scalar.to_i128())
        .map(|value| format!("{}{value}", if value < 0 { "" } else { mark }))
        .collect();
    let width = texts.iter().map(String::len).max().unwrap_or(0);
    texts.into_iter().map(|text| format!("{text:>width$}")).collect()
}
