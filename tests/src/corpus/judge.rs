//! Whether an answer is near enough to the expected one.

use super::Found;
use super::text::{Arrays, Elements, Tolerance};
use jitney::DType;
use jitney_ir::Scalar;
use std::fmt::Write as _;

/// Why arrays are not the expected ones.
pub(super) fn arrays(
    found: &[Found],
    wanted: &[Arrays],
    tolerance: Tolerance,
) -> Result<(), String> {
    if found.len() != wanted.len() {
        return Err(format!("{} arrays instead of {}", found.len(), wanted.len()));
    }
    found.iter().zip(wanted).try_for_each(|(found, wanted)| array(found, wanted, tolerance))
}

fn array(found: &Found, wanted: &Arrays, tolerance: Tolerance) -> Result<(), String> {
    if (found.dtype, &found.shape) != (wanted.dtype, &wanted.shape) {
        return Err(format!("not {} {:?}", wanted.dtype, wanted.shape));
    }
    let bits = match &wanted.elements {
        Elements::Digest(wanted) if digest(&found.bits) == *wanted => return Ok(()),
        Elements::Digest(wanted) => return Err(format!("not the elements of digest {wanted:x}")),
        Elements::Bits(bits) => bits,
    };
    if bits.len() != found.bits.len() {
        return Err(format!("{} elements instead of {}", found.bits.len(), bits.len()));
    }
    for (index, (found_bits, wanted_bits)) in found.bits.iter().zip(bits).enumerate() {
        let scalar = |bits: &u64| Scalar::from_bits(found.dtype, *bits);
        let (x, law) = (scalar(found_bits), scalar(wanted_bits));
        if x != law && !near(x, law, tolerance, wanted.bound.unwrap_or(0.0)) {
            return Err(format!("element {index} is {x} instead of {law}"));
        }
    }
    Ok(())
}

/// Whether two different elements are as near to each other as they must be.
fn near(x: Scalar, law: Scalar, tolerance: Tolerance, bound: f64) -> bool {
    let (value, wanted) = (x.to_f64(), law.to_f64());
    if x.dtype.kind() != jitney_ir::Kind::Float || value.is_nan() || wanted.is_nan() {
        return false;
    }
    match tolerance {
        Tolerance::Exact => false,
        Tolerance::Near | Tolerance::Library => (value - wanted).abs() <= bound,
        // A zero has its sign, unless the sum of terms that cancel is one.
        Tolerance::Ulp(..) if value == wanted => false,
        Tolerance::Ulp(double, single) => {
            let allowed = if x.dtype == DType::F32 { single } else { double };
            ordinal(x).abs_diff(ordinal(law)) <= allowed.into()
        }
    }
}

/// The place of a float among all floats, both zeros at 0, infinity after the largest.
fn ordinal(x: Scalar) -> i128 {
    let sign = 1 << (x.dtype.bits() - 1);
    let magnitude = i128::from(x.bits & (sign - 1));
    if x.bits & sign == 0 { magnitude } else { -magnitude }
}

/// The digest that the generator writes for long results.
fn digest(bits: &[u64]) -> u64 {
    bits.iter().fold(0, |sum: u64, element| {
        let mixed = (element ^ element >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        sum.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(mixed ^ mixed >> 32)
    })
}

/// Dtypes, shapes, and the first elements.
pub(super) fn text(arrays: &[Found]) -> String {
    let mut text = String::new();
    for array in arrays {
        let shown = array.bits.iter().take(12);
        let elements: Vec<String> =
            shown.map(|bits| Scalar::from_bits(array.dtype, *bits).to_string()).collect();
        let rest = if array.bits.len() > 12 { " …" } else { "" };
        let (dtype, shape) = (array.dtype, &array.shape);
        write!(text, "{dtype}{shape:?} {}{rest} ", elements.join(" ")).expect("strings grow");
    }
    text.trim_end().to_owned()
}
