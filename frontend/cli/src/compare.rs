//! All modes side by side.

use crate::Failure;
use crate::args::mode_name;
use crate::inputs::Inputs;
use crate::measure::{Measurement, arrays};
use jitney::{Array, DType, Explanation, Mode};

/// Elements of the largest array from which on the interpreter is left out: it takes some
/// hundred nanoseconds for each.
const REFERENCE_BELOW: usize = 1_000_000;

/// What comparing found.
pub(crate) struct Comparison {
    /// Fused first.
    pub measurements: Vec<Measurement>,
    /// Of each measurement: how its result agrees with the fused one.
    pub agreements: Vec<Agreement>,
    /// Why the interpreter did not run.
    pub skipped: Option<String>,
}

/// How the results of two modes agree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Agreement {
    /// All bits are equal, NaNs being equal to each other.
    Equal,
    /// Results of matrix products that differ by less than their rounding errors may.
    Within {
        /// The largest difference, in multiples of the largest element.
        error: f64,
        /// The bound on it.
        bound: f64,
    },
    /// The first element that differs.
    Differs {
        /// The number of the array in a tuple.
        array: usize,
        /// The place in C order.
        place: usize,
    },
}

impl Comparison {
    /// Runs every mode.
    pub fn run(inputs: &Inputs, runs: Option<u32>) -> Result<Comparison, Failure> {
        let explained = jitney::explain(&arrays(&inputs.build()?))?;
        let largest = inputs.arrays().map(Array::size).max().unwrap_or(0);
        let largest = largest.max(explained.largest_array);
        let skipped = (largest >= REFERENCE_BELOW).then(|| {
            format!("an array has {largest} elements, the interpreter takes {REFERENCE_BELOW}")
        });
        let mut measurements = vec![
            Measurement::take(inputs, Mode::Fused, runs)?,
            Measurement::take(inputs, Mode::Eager, runs)?,
        ];
        if skipped.is_none() {
            measurements.push(Measurement::take(inputs, Mode::Reference, Some(1))?);
        }
        let fused = arrays(&measurements[0].value);
        let agreement = |other: &Measurement| {
            let others = arrays(&other.value);
            agreement(&fused, &others, other.mode, &explained)
        };
        let agreements = measurements.iter().map(agreement).collect::<Result<_, Failure>>()?;
        Ok(Comparison { measurements, agreements, skipped })
    }

    /// Whether no mode differs.
    pub fn all_agree(&self) -> bool {
        !self.agreements.iter().any(|found| matches!(found, Agreement::Differs { .. }))
    }
}

fn agreement(
    fused: &[&Array],
    others: &[&Array],
    mode: Mode,
    explained: &Explanation,
) -> Result<Agreement, Failure> {
    let mut found = Agreement::Equal;
    for (array, (x, y)) in fused.iter().zip(others).enumerate() {
        let Some(place) = x.first_difference(y)? else { continue };
        let inner = explained.library_calls.iter().filter_map(|call| call.inner).max();
        match inner {
            // A library sums products in an order of its own; the interpreter in the given one.
            Some(inner) if mode == Mode::Reference => match within(x, y, inner)? {
                within @ Agreement::Within { .. } => found = within,
                _ => return Ok(Agreement::Differs { array, place }),
            },
            _ => return Ok(Agreement::Differs { array, place }),
        }
    }
    Ok(found)
}

/// Compares the results of sums of `inner` products: each may be off by its number of
/// roundings, in terms of the largest element. The factor 8 leaves room for what the
/// operations after the product make of it.
fn within(x: &Array, y: &Array, inner: usize) -> Result<Agreement, Failure> {
    let single = x.dtype() == DType::F32;
    let epsilon = if single { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let bound = 8.0 * inner as f64 * epsilon;
    let [x, y] = [x, y].map(|array| array.astype(DType::F64).to_vec::<f64>());
    let (x, y) = (x?, y?);
    let scale = y.iter().map(|y| y.abs()).filter(|y| y.is_finite()).fold(0.0, f64::max);
    let mut error: f64 = 0.0;
    for (&x, &y) in x.iter().zip(&y) {
        let same = x == y || (x.is_nan() && y.is_nan());
        if !same {
            // Where one of them is not finite this is no number, and no bound holds.
            let difference = (x - y).abs() / scale;
            error = if difference.is_nan() { f64::INFINITY } else { error.max(difference) };
        }
    }
    let fits = x.len() == y.len() && error <= bound;
    Ok(if fits {
        Agreement::Within { error, bound }
    } else {
        Agreement::Differs { array: 0, place: 0 }
    })
}

impl Agreement {
    /// The agreement of a mode with the fused one in words.
    pub fn text(&self) -> String {
        match self {
            Agreement::Equal => "equal".to_owned(),
            Agreement::Within { error, bound } => format!("within {error:.1e} of {bound:.1e}"),
            Agreement::Differs { .. } => "DIFFERENT".to_owned(),
        }
    }

    /// What differs, for a line of its own.
    pub fn complaint(&self, mode: Mode) -> Option<String> {
        let Agreement::Differs { array, place } = self else { return None };
        let mode = mode_name(mode);
        Some(format!("fused and {mode} differ first at element {place} of result {array}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreement, agreement};
    use jitney::{Array, Mode};

    /// How `x` agrees with `y`, `x` being what `origin` explains.
    fn found(x: &Array, y: &Array, mode: Mode, origin: &Array) -> Agreement {
        let explained = origin.explain().expect("it can be planned");
        agreement(&[x], &[y], mode, &explained).expect("both can be evaluated")
    }

    #[test]
    fn one_bit_is_a_difference() {
        let x = jitney::array([0.0, f64::NAN, 1.0]);
        let origin = &x + 1.0;
        let nudged = jitney::array([0.0, f64::NAN, 1.0 + f64::EPSILON]);
        let negative = jitney::array([-0.0, f64::NAN, 1.0]);
        for mode in [Mode::Eager, Mode::Reference] {
            assert_eq!(found(&x, &x.sqrt(), mode, &origin), Agreement::Equal);
            for (other, place) in [(&nudged, 2), (&negative, 0)] {
                let differs = Agreement::Differs { array: 0, place };
                assert_eq!(found(&x, other, mode, &origin), differs);
            }
        }
    }

    #[test]
    fn only_the_interpreter_may_round_products_otherwise() {
        let x = jitney::array([1.0, 2.0]);
        let matrix = jitney::ones([3, 3]);
        let product = matrix.matmul(&matrix);
        let near = jitney::array([1.0 + f64::EPSILON, 2.0]);
        assert!(matches!(found(&x, &near, Mode::Reference, &product), Agreement::Within { .. }));
        assert!(matches!(found(&x, &near, Mode::Eager, &product), Agreement::Differs { .. }));
        for far in [[1.0 + 1e-9, 2.0], [f64::NAN, 2.0], [1.0, f64::INFINITY]] {
            let far = jitney::array(far);
            assert!(matches!(
                found(&x, &far, Mode::Reference, &product),
                Agreement::Differs { .. }
            ));
        }
    }
}
