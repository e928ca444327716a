//! Programs that combine neighbouring elements: Jacobi's iteration and horizontal diffusion.
//! Their mathematics is that of NPBench.

// A range to -1 ends before the last element, as in NumPy.
#![allow(
    clippy::reversed_empty_ranges,
    reason = "slices end before they begin, counted from the end"
)]

use super::size;
use crate::compare::case::{Case, Must, Outputs, Program, Scale, Section, one, two};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType, Error, s};
use serde_json::json;

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = match scale {
        Scale::Tiny => vec![jacobi(7, 3)],
        Scale::Quick => vec![jacobi(350, 80)],
        Scale::Full => vec![jacobi(350, 80), jacobi(700, 200)],
    };
    cases.push(diffusion(if scale == Scale::Tiny { [4, 3, 5] } else { [128, 128, 160] }));
    cases
}

fn jacobi(n: usize, steps: usize) -> Case {
    let inputs = move || {
        let ramp = move |offset: usize| {
            let element = |place: usize| (place / n * (place % n + offset)) as f64 / n as f64;
            Array::from_vec((0..n * n).map(element).collect(), [n, n])
        };
        vec![ramp(2), ramp(3)]
    };
    let make = move || -> Program {
        let half_step = jn::jit(|[to, from]| to.set(s![1..-1, 1..-1], relaxed(&from)));
        Box::new(move |inputs| {
            let (mut a, mut b) = (inputs[0].clone(), inputs[1].clone());
            for _ in 1..steps {
                b = half_step.call((b, &a))?;
                a = half_step.call((a, &b))?;
            }
            two(a, b)
        })
    };
    let names = (format!("w08 jacobi 2d, {steps} steps"), size(&[n, n], DType::F64));
    Case::making(Section::Workloads, names, "jacobi", inputs, make)
        .parameters(json!({ "steps": steps }))
        .must(9, Must::TakeOfBestPeer(1.0))
}

/// The means of five neighbours of an array inside its border.
fn relaxed(source: &Array) -> Array {
    0.2 * (source.slice(s![1..-1, 1..-1])
        + source.slice(s![1..-1, ..-2])
        + source.slice(s![1..-1, 2..])
        + source.slice(s![2.., 1..-1])
        + source.slice(s![..-2, 1..-1]))
}

fn diffusion([i, j, k]: [usize; 3]) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        let field = random.doubles(&[i + 4, j + 4, k]);
        random.doubles(&[i, j, k]);
        vec![field, random.doubles(&[i, j, k])]
    };
    let names = ("w09 horizontal diffusion", size(&[i, j, k], DType::F64));
    Case::new(Section::Workloads, names, "diffusion", inputs, run_diffusion)
        .tolerance(1e-9, 1e-12)
        .must(9, Must::TakeOfBestPeer(1.0))
        .fused()
}

fn run_diffusion(inputs: &[Array]) -> Result<Outputs, Error> {
    let [field, coefficient] = inputs else { unreachable!("two inputs") };
    let at = |index: [jn::Index; 3]| field.slice(index);
    let laplacian: Array = 4.0 * at(s![1..-1, 1..-1, ..])
        - (at(s![2.., 1..-1, ..])
            + at(s![..-2, 1..-1, ..])
            + at(s![1..-1, 2.., ..])
            + at(s![1..-1, ..-2, ..]));
    let flux_x = limited(
        laplacian.slice(s![1.., 1..-1, ..]) - laplacian.slice(s![..-1, 1..-1, ..]),
        at(s![2..-1, 2..-2, ..]) - at(s![1..-2, 2..-2, ..]),
    );
    let flux_y = limited(
        laplacian.slice(s![1..-1, 1.., ..]) - laplacian.slice(s![1..-1, ..-1, ..]),
        at(s![2..-2, 2..-1, ..]) - at(s![2..-2, 1..-2, ..]),
    );
    let divergence = flux_x.slice(s![1.., .., ..]) - flux_x.slice(s![..-1, .., ..])
        + flux_y.slice(s![.., 1.., ..])
        - flux_y.slice(s![.., ..-1, ..]);
    one(at(s![2..-2, 2..-2, ..]) - coefficient * divergence)
}

/// The flux where it flows downhill, else 0.
fn limited(flux: Array, slope: Array) -> Array {
    jn::where_((&flux * slope).greater(0.0), 0.0, flux)
}
