//! Random numbers, by a fresh generator each time, so that all contenders draw the same.

use super::grouped;
use crate::compare::case::{Case, Must, Scale, Section, one};
use jitney as jn;
use jn::random::{Choice, Generator, default_rng};
use jn::{Array, DType};
use serde_json::json;

/// A method, NumPy's text for it, and at most how much of NumPy's time it may take.
struct Draw {
    formula: &'static str,
    draw: fn(&mut Generator, usize) -> Array,
    bar: f64,
    /// Whether the bar is for one thread.
    one_thread: bool,
}

const fn draw(formula: &'static str, draw: fn(&mut Generator, usize) -> Array, bar: f64) -> Draw {
    Draw { formula, draw, bar, one_thread: bar >= 1.0 }
}

const DRAWS: &[Draw] = &[
    draw("rng.standard_normal(n)", |rng, n| rng.standard_normal(n), 0.25),
    draw(
        "rng.standard_normal(n, dtype=np.float32)",
        |rng, n| rng.standard_normal_of(n, DType::F32),
        0.25,
    ),
    draw("rng.standard_exponential(n)", |rng, n| rng.standard_exponential(n), 0.25),
    draw("rng.random(n)", |rng, n| rng.random(n), 0.5),
    draw("rng.random(n, dtype=np.float32)", |rng, n| rng.random_of(n, DType::F32), 0.5),
    draw("rng.integers(0, 100, n)", |rng, n| rng.integers(0, 100, n), 0.5),
    draw(
        "rng.integers(0, 100, n, dtype=np.uint8)",
        |rng, n| rng.integers_of(0, 100, n, DType::U8, false),
        0.5,
    ),
    draw("rng.permutation(n)", |rng, n| rng.permutation(n), 0.5),
    draw("rng.choice(n, n // 10, replace=False)", without_replacement, 1.0),
    draw("rng.choice(4, n, p=[0.1, 0.2, 0.3, 0.4])", with_chances, 1.0),
    draw("rng.binomial(100, 0.4, n)", |rng, n| rng.binomial(100, 0.4, n), 1.0),
    draw("rng.binomial(10, 0.4, n)", |rng, n| rng.binomial(10, 0.4, n), 1.0),
    draw("rng.poisson(5.0, n)", |rng, n| rng.poisson(5.0, n), 1.0),
    draw("rng.poisson(50.0, n)", |rng, n| rng.poisson(50.0, n), 1.0),
    draw("rng.gamma(2.5, 1.0, n)", |rng, n| rng.gamma(2.5, 1.0, n), 1.0),
];

fn without_replacement(rng: &mut Generator, n: usize) -> Array {
    rng.choice_with(n as i64, n / 10, &Choice { replace: false, ..Choice::default() })
}

fn with_chances(rng: &mut Generator, n: usize) -> Array {
    let p = Some(jn::array(vec![0.1, 0.2, 0.3, 0.4]));
    rng.choice_with(4, n, &Choice { p, ..Choice::default() })
}

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let n = match scale {
        Scale::Tiny => 100,
        Scale::Quick => 1_000_000,
        Scale::Full => 10_000_000,
    };
    DRAWS.iter().map(|known| case(known, n)).collect()
}

fn case(known: &'static Draw, n: usize) -> Case {
    let run = move |_: &[Array]| one((known.draw)(&mut default_rng(42), n));
    let case = Case::new(Section::Random, (known.formula, grouped(n)), "draw", Vec::new, run)
        .parameters(json!({ "formula": known.formula, "n": n }))
        .must(18, Must::TakeOfPeer("NumPy", known.bar));
    Case { one_thread: known.one_thread, tolerance: (0.0, 0.0), ..case }
}
