//! Chains of functions, each of which needs the whole of the one before: a fused chain must not
//! be slower than its operations one by one.

use super::{size, tolerance};
use crate::compare::case::{Case, Must, Scale, Section, one};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType, Mode};
use serde_json::json;

/// A chain of one variable: as text, which the peers read, and as what builds it.
type Chain = (&'static str, fn(&Array) -> Array);

const CHAINS: [Chain; 7] = [
    ("0.5*x*(1 + tanh((x + 0.044715*x**3)*0.79788))", gelu),
    ("arctan(tan(arcsin(x)))", |x| x.arcsin().tan().arctan()),
    ("log1p(tanh(cos(exp(sin(x)))))", |x| x.sin().exp().cos().tanh().log1p()),
    ("x*tanh(log1p(exp(x)))", |x| x * x.exp().log1p().tanh()),
    ("log(1 + exp(x))", |x| (x.exp() + 1.0).log()),
    ("exp(sin(x))", |x| x.sin().exp()),
    ("sum(log(1 + exp(x)))", |x| (x.exp() + 1.0).log().sum(..)),
];

/// The logarithm of the likelihood of normally distributed numbers, as people write it.
const LIKELIHOOD: Chain = ("sum(log(exp(-(x - 0.4)**2 / 0.7) / 1.5))", |x| {
    ((-(x - 0.4).pow(2) / 0.7).exp() / 1.5).log().sum(..)
});

/// The usual approximation of an activation.
fn gelu(x: &Array) -> Array {
    0.5 * x * (((x + 0.044715 * x.pow(3)) * 0.79788).tanh() + 1.0)
}

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let tiny = scale == Scale::Tiny;
    let n = if tiny { 40 } else { 50_000 };
    let mut cases: Vec<Case> = CHAINS.map(|it| chain(it, n)).into();
    let n = if tiny { 70 } else { 1_000_000 };
    cases.push(chain(LIKELIHOOD, n).must(17, Must::TakeOfPeer("JAX", 1.0)));
    cases.push(ten_activations(if tiny { [3, 5] } else { [1000, 1024] }));
    cases
}

fn chain((formula, build): Chain, n: usize) -> Case {
    let inputs = move || vec![Random::seeded().between(0.0, 1.0, &[n], DType::F64)];
    let names = (formula, size(&[n], DType::F64));
    let case = Case::new(Section::Kernels, names, "chain", inputs, move |x| one(build(&x[0])))
        .parameters(json!({ "formula": formula }))
        .must(16, Must::BeatTemporaries)
        .fused()
        .gaining(1.0);
    let eagerly = move |x: &[Array]| jn::with_mode(Mode::Eager, || one(build(&x[0])));
    Case { with_temporaries: Some(Box::new(eagerly)), ..case }
}

fn ten_activations(shape: [usize; 2]) -> Case {
    let inputs = move || vec![Random::seeded().between(0.0, 1.0, &shape, DType::F32)];
    let run = |x: &[Array]| one((0..10).fold(x[0].clone(), |x, _| gelu(&x)));
    let (relative, absolute) = tolerance(DType::F32);
    let names = ("gelu, ten in a row", size(&shape, DType::F32));
    Case::new(Section::Kernels, names, "ten_activations", inputs, run)
        .tolerance(relative, absolute)
        .must(17, Must::TakeOfPeer("JAX", 1.0))
        .fused()
        .gaining(1.0)
}
