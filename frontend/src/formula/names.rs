//! Names that a formula knows: constants, dtypes, functions; and the closest one to a typo.

use super::python::Number;
use super::random::Random;
use super::value::Value;
use crate::DType;
use crate::functions::{self, Function};
use std::f64::consts::{E, PI};

const CONSTANTS: &[(&str, f64)] =
    &[("pi", PI), ("e", E), ("inf", f64::INFINITY), ("nan", f64::NAN)];

/// The value of a name that nobody bound.
pub(super) fn lookup(name: &str) -> Option<Value> {
    let constant = CONSTANTS.iter().find(|(known, _)| *known == name);
    if let Some((_, value)) = constant {
        return Some(Value::Number(Number::Float(*value)));
    }
    if name == "newaxis" {
        return Some(Value::None);
    }
    if let Some(random) = Random::lookup(name) {
        return Some(Value::Random(random));
    }
    match name.parse::<DType>() {
        Ok(dtype) if !IN_TEXTS_ALONE.contains(&name) => Some(Value::DType(dtype)),
        _ => Function::lookup(name).map(Value::Function),
    }
}

/// Dtypes whose names are words that people give to values of their own.
const IN_TEXTS_ALONE: &[&str] = &[
    "byte",
    "int_",
    "intc",
    "long",
    "longlong",
    "short",
    "ubyte",
    "uintc",
    "ulong",
    "ulonglong",
    "ushort",
];

/// Every name that [`lookup`] knows.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    let constants = CONSTANTS.iter().map(|(name, _)| *name);
    constants.chain(["newaxis"]).chain(dtypes()).chain(functions::names())
}

pub(super) fn dtypes() -> impl Iterator<Item = &'static str> {
    DType::ALL.iter().map(|dtype| dtype.name())
}

/// The dtype of a text that NumPy's `dtype` takes, if its elements are in this machine's order.
pub(super) fn dtype(text: &str) -> Option<DType> {
    let foreign = if cfg!(target_endian = "big") { '<' } else { '>' };
    let (order, dtype) = DType::from_numpy(text)?;
    (order != Some(foreign) || dtype.size() == 1).then_some(dtype)
}

/// The known name that was meant, if it is likely that one was.
pub(super) fn did_you_mean<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<String> {
    suggest(written, known, is_slip)
}

/// The parameter that was meant. There are few, so that less likeness is enough.
pub(super) fn parameter_meant(
    written: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<String> {
    suggest(written, known, |written, _, distance| match written.chars().count() {
        0..=1 => false,
        n_letters => distance <= n_letters.div_ceil(3).min(3),
    })
}

/// Whether a name is likely to be another one that somebody mistyped.
///
/// Short names a letter apart are names of different things: `cot` and `cos`, `mode` and `mod`,
/// `inv` and `int`; so are names with different digits. No advice is better than a wrong one.
fn is_slip(written: &str, name: &str, distance: usize) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let same_first = written.chars().next() == name.chars().next();
    let (n_letters, n_meant) = (written.chars().count(), name.chars().count());
    digits(written) == digits(name)
        && match n_letters {
            0..=2 => false,
            // A letter is missing, or two are swapped.
            3..=4 => distance == 1 && (n_meant == n_letters + 1 || same_letters(written, name)),
            5..=7 => distance == 1,
            _ => distance == 1 || distance == 2 && same_first,
        }
}

fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

fn suggest<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str>,
    is_near: impl Fn(&str, &str, usize) -> bool,
) -> Option<String> {
    // The distance to a text of any length would take time that grows with it.
    if written.len() > 40 {
        return None;
    }
    let distance = |name: &str| {
        let folded = written.to_lowercase() == name.to_lowercase();
        if folded { 0 } else { strsim::osa_distance(written, name) }
    };
    let near = known.filter_map(|name| {
        let distance = distance(name);
        (distance == 0 || is_near(written, name, distance)).then_some((distance, name))
    });
    near.min().map(|(_, closest)| format!("did you mean `{closest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_corrected_and_other_names_are_left_alone() {
        for (written, meant) in [
            ("sqr", Some("sqrt")),
            ("sni", Some("sin")),
            ("zero", Some("zeros")),
            ("arrange", Some("arange")),
            ("cliip", Some("clip")),
            ("flaot32", Some("float32")),
            ("logaddepx", Some("logaddexp")),
            ("isNaN", Some("isnan")),
            ("Log1P", Some("log1p")),
            // Other libraries' functions, and words, that are near to functions here.
            ("ln", None),
            ("cot", None),
            ("inv", None),
            ("map", None),
            ("str", None),
            ("long", None),
            ("mode", None),
            ("relu", None),
            ("tanh2", None),
            ("exp10", None),
            ("int128", None),
            ("isposinf", None),
            ("sigmoid", None),
            ("hardtanh", None),
            ("logsumexp", None),
        ] {
            let help = meant.map(|name| format!("did you mean `{name}`?"));
            assert_eq!(did_you_mean(written, known()), help, "{written}");
        }
        assert_eq!(
            parameter_meant("axes", ["a", "axis", "dtype"].into_iter()).as_deref(),
            Some("did you mean `axis`?")
        );
        assert_eq!(parameter_meant("b", ["a", "axis"].into_iter()), None);
    }
}
