//! Matrix products: the same bits fused, eager and for any number of threads, and within a bound
//! of the reference, which not all of them share to the bit.

use super::check::{run, same};
use super::generate::{Choices, Numbers};
use super::inputs::{Arrangement, Spice, arranged};
use jitney::{Array, DType, Mode};
use jitney_ir::Shape;
use jitney_runtime::trace;
use proptest::prelude::*;

/// A product with elementwise neighbours on all sides.
fn neighbours(a: &Array, b: &Array) -> Array {
    ((a + 1.0).matmul(&(b * 2.0)) - 0.5).sqrt().abs().sum(-1)
}

fn operands(numbers: &Numbers) -> (Array, Array) {
    let mut choices = Choices::new(numbers);
    let mut extent = || *choices.pick(&[1, 2, 3, 5, 8, 17, 33, 64, 100, 129, 0]);
    let (m, k, n) = (extent(), extent(), extent());
    let dtype = *choices.pick(&[DType::F64, DType::F32]);
    let batches: [&[usize]; 3] = [&[], &[1], &[3]];
    let batch = *choices.pick(&batches);
    let mut operand = |shape: [usize; 2], seed| {
        let arrangement = *choices.pick(&[
            Arrangement::C,
            Arrangement::Fortran,
            Arrangement::EverySecond,
            Arrangement::Backwards,
        ]);
        arranged(
            dtype,
            &Shape::new(&[batch, &shape].concat()).unwrap(),
            arrangement,
            Spice::Tame,
            seed,
        )
    };
    (operand([m, k], 1), operand([k, n], 2))
}

fn check(numbers: &Numbers) -> Result<(), String> {
    let (a, b) = operands(numbers);
    let built = [a.matmul(&b), neighbours(&a, &b), a.t().t().matmul(&b) + 1.0];
    let roots: Vec<_> = built.iter().map(Array::expr).collect();
    let (graph, inputs) = trace(&roots).map_err(|error| error.to_string())?;
    let fused = run(&graph, &inputs, Mode::Fused, 1)?;
    for (mode, threads) in [(Mode::Fused, 2), (Mode::Eager, 1), (Mode::Eager, 2)] {
        let values = run(&graph, &inputs, mode, threads)?;
        same(&values, &fused)
            .map_err(|why| format!("{mode:?}, {threads} threads: {why}\n{graph}"))?;
    }
    // |error| <= k * eps * (|a| @ |b|), twice: the reference rounds too.
    let magnitudes = a.abs().astype(DType::F64).matmul(&b.abs().astype(DType::F64));
    let (magnitude_graph, magnitude_inputs) =
        trace(&[magnitudes.expr()]).map_err(|error| error.to_string())?;
    let bound = run(&magnitude_graph, &magnitude_inputs, Mode::Reference, 1)?;
    let law = run(&graph, &inputs, Mode::Reference, 1)?;
    let eps = if a.dtype() == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let k = *a.shape().last().unwrap_or(&0) as f64;
    let triples = fused[0].scalars().zip(law[0].scalars()).zip(bound[0].scalars());
    for (i, ((found, law), bound)) in triples.enumerate() {
        let error = (found.to_f64() - law.to_f64()).abs();
        if error > 2.0 * k * eps * bound.to_f64() {
            return Err(format!("element {i} is {found:?}, the reference has {law:?}\n{graph}"));
        }
    }
    Ok(())
}

#[test]
fn products_give_the_same_bits_and_keep_the_bound() {
    let numbers = proptest::array::uniform12(any::<u8>());
    let outcome =
        super::runner(200).run(&numbers, |numbers| check(&numbers).map_err(TestCaseError::fail));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
