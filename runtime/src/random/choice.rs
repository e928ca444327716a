//! Random elements of a population, with or without replacement.

use super::fill::Source;
use super::integers::{Bounds, Range, bounded, integers};
use super::sequences::{AHEAD, permutation, take};
use crate::buffer::Unwritten;
use crate::context::Context;
use crate::value::room;
use crate::{Error, ErrorKind, Value};
use jitney_ir::{DType, Shape};
use rustc_hash::FxHashSet;

/// How elements are chosen.
#[derive(Clone, Default)]
pub struct Choice {
    /// Whether an element is chosen at most once.
    pub without_replacement: bool,
    /// How likely each is, if not all alike: `float64` along one axis.
    pub p: Option<Value>,
    /// By how much the chances may miss a sum of 1.
    pub tolerance: f64,
    /// Whether those chosen at most once may stand in any order that saves time.
    pub is_unordered: bool,
    /// Whether the legacy function's draws are made.
    pub is_legacy: bool,
}

/// Numbers of chosen elements of so many.
///
/// NumPy: `Generator.choice`, `RandomState.choice`.
///
/// # Errors
/// An empty population, chances that are none, more elements than there are, and what any
/// large array may meet.
pub fn choice<G: Source>(
    bits: &mut G,
    population: i128,
    shape: &Shape,
    how: &Choice,
) -> Result<Value, Error> {
    bits.ready()?;
    if population <= 0 && !shape.is_empty() {
        return wrong("a must be a positive integer unless no samples are taken");
    }
    let chances = how.p.as_ref().map(|p| chances(p, population, how.tolerance)).transpose()?;
    if !how.without_replacement {
        return match chances {
            Some(chances) => {
                let distribution = cumulated(&chances);
                bits.serial("choice", shape, |bits| find(&distribution, bits.double()) as i64)
            }
            None => {
                let (low, high) = (Bounds::One(0), Bounds::One(population));
                let is_masked = how.is_legacy;
                let range = Range { operation: "choice", low, high, endpoint: false, is_masked };
                integers(bits, &range, Some(shape), DType::I64)
            }
        };
    }
    let n = shape.len();
    if n as i128 > population {
        return wrong("Cannot take a larger sample than population when replace is False");
    }
    if let Some(chances) = chances {
        return Value::from_vec(one_by_one(bits, chances, n)?, shape);
    }
    let population = population as usize;
    if how.is_legacy {
        let order = permutation(bits, population)?;
        let numbers: Vec<usize> = (0..n).collect();
        return take(&order, &numbers, 0, shape);
    }
    let cutoff = if how.is_unordered { 20 } else { 50 };
    let numbers = if population > 10_000 && n > population / cutoff {
        tail(bits, population, n)?
    } else {
        floyd(bits, population, n, how.is_unordered)?
    };
    Value::from_vec(numbers, shape)
}

/// Slices of an array along an axis, by numbers in the place of that axis.
///
/// # Errors
/// What any large array may meet.
pub fn chosen(x: &Value, numbers: &Value, axis: usize) -> Result<Value, Error> {
    let places: Vec<usize> = numbers.scalars().map(|number| number.to_i128() as usize).collect();
    let extents = x.shape().extents();
    let extents = [&extents[..axis], numbers.shape().extents(), &extents[axis + 1..]].concat();
    let shape = Shape::new(&extents)
        .map_err(|error| Error::nowhere(ErrorKind::Shape, "choice", error.to_string()))?;
    take(x, &places, axis, &shape)
}

fn wrong<T>(message: &str) -> Result<T, Error> {
    Err(Error::nowhere(ErrorKind::Value, "choice", message))
}

/// The chances, if they are some for the population.
fn chances(p: &Value, population: i128, tolerance: f64) -> Result<Vec<f64>, Error> {
    if p.shape().rank() != 1 {
        return wrong("p must be 1-dimensional");
    }
    if p.shape().len() as i128 != population {
        return wrong("a and p must have same size");
    }
    let chances = p.to_vec::<f64>()?;
    let sum = sum(&chances);
    if sum.is_nan() {
        return wrong("Probabilities contain NaN");
    }
    if chances.iter().any(|chance| *chance < 0.0) {
        return wrong("Probabilities are not non-negative");
    }
    if (sum - 1.0).abs() > tolerance.max(f64::EPSILON.sqrt()) {
        return wrong("Probabilities do not sum to 1");
    }
    Ok(chances)
}

/// A sum whose error does not grow with the number of terms (Kahan's).
pub(super) fn sum(terms: &[f64]) -> f64 {
    let (mut sum, mut lost) = (terms.first().copied().unwrap_or(0.0), 0.0);
    for term in terms.iter().skip(1) {
        let term = term - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    sum
}

/// The distribution function of chances.
fn cumulated(chances: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = chances
        .iter()
        .map(|chance| {
            sum += chance;
            sum
        })
        .collect();
    sums.iter_mut().for_each(|part| *part /= sum);
    sums
}

/// The element whose share of the distribution function a float is in.
fn find(distribution: &[f64], u: f64) -> usize {
    distribution.partition_point(|sum| *sum <= u)
}

/// So many different elements: as many floats as are missing, of which those that find the same
/// one count once, until none is missing.
fn one_by_one<G: Source>(bits: &mut G, mut chances: Vec<f64>, n: usize) -> Result<Vec<i64>, Error> {
    if chances.iter().filter(|chance| **chance > 0.0).count() < n {
        return wrong("Fewer non-zero entries in p than size");
    }
    let mut found: Vec<i64> = room("choice", n)?;
    while found.len() < n {
        let distribution = cumulated(&chances);
        for _ in found.len()..n {
            let number = find(&distribution, bits.double());
            // What has been found this time has no chance any more either.
            if chances[number] > 0.0 {
                chances[number] = 0.0;
                found.push(number as i64);
            }
        }
    }
    Ok(found)
}

/// The last places of a sequence of which only those are shuffled.
fn tail<G: Source>(bits: &mut G, population: usize, n: usize) -> Result<Vec<i64>, Error> {
    let Ok(end) = u32::try_from(population) else {
        return wrong("a has too many elements to choose so many of them");
    };
    let mut numbers: Vec<i64> = room("choice", n)?;
    let shape = Shape::new(&[population])
        .map_err(|error| Error::nowhere(ErrorKind::Shape, "choice", error.to_string()))?;
    // Memory of the pool, which consists of huge pages: the places that are swapped are anywhere.
    Value::written("choice", &shape, |places: Unwritten<'_, u32>| {
        let mut all = 0..end;
        let places = places.filled(|| all.next().unwrap_or(0));
        shuffle(bits, places, (population - n).max(1))?;
        numbers.extend(places[population - n..].iter().map(|place| i64::from(*place)));
        Ok(())
    })?;
    Ok(numbers)
}

/// Robert Floyd's method: what was chosen before is replaced by the newest candidate.
fn floyd<G: Source>(
    bits: &mut G,
    population: usize,
    n: usize,
    is_unordered: bool,
) -> Result<Vec<i64>, Error> {
    let mut seen = FxHashSet::default();
    let mut numbers: Vec<i64> = room("choice", n)?;
    for newest in population - n..population {
        let number = bounded(bits, newest as u64) as i64;
        let number = if seen.contains(&number) { newest as i64 } else { number };
        seen.insert(number);
        numbers.push(number);
    }
    if !is_unordered {
        shuffle(bits, &mut numbers, 1)?;
    }
    Ok(numbers)
}

/// Swaps each place from the last down to the given one with one before it, or itself.
///
/// # Errors
/// If the evaluation is to stop.
fn shuffle<G: Source, T>(bits: &mut G, numbers: &mut [T], first: usize) -> Result<(), Error> {
    let stop = Context::of_scope().stop;
    let mut drawn = [0; AHEAD];
    let mut end = numbers.len();
    while end > first {
        stop.check()?;
        let drawn = &mut drawn[..(end - first).min(AHEAD)];
        for (back, drawn) in drawn.iter_mut().enumerate() {
            *drawn = bounded(bits, (end - 1 - back) as u64) as usize;
        }
        for (back, drawn) in drawn.iter().enumerate() {
            numbers.swap(end - 1 - back, *drawn);
        }
        end -= drawn.len();
    }
    Ok(())
}
