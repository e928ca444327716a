//! Whole programs: arc distance, clipping, option prices, an equation of state, softmax,
//! covariance. Their mathematics is that of NPBench, dpbench and pyhpc-benchmarks.

use super::{equation, size, tolerance};
use crate::compare::case::{Case, Must, Outputs, Scale, Section, one, two};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType, Error};

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(pick(scale, 37, [100_000, 1_000_000]).into_iter().map(arc_distance));
    cases.extend(pick(scale, 9, [2000, 5000]).into_iter().map(clipping));
    let n = if scale == Scale::Tiny { 40 } else { 524_288 };
    cases.extend([DType::F64, DType::F32].map(|dtype| black_scholes(n, dtype)));
    let shapes = pick(scale, [4, 4, 3], [[128, 128, 16], [204, 204, 26]]);
    cases.extend(shapes.into_iter().map(equation_of_state));
    let shapes = pick(scale, [2, 2, 3, 9], [[16, 16, 128, 128], [32, 8, 256, 256]]);
    cases.extend(shapes.into_iter().map(softmax));
    let shapes = pick(scale, [7, 5], [[600, 500], [1800, 1400]]);
    cases.extend(shapes.into_iter().map(covariance));
    cases
}

/// The sizes of a scale: quick comparisons leave out the second one.
fn pick<T: Copy>(scale: Scale, tiny: T, [smaller, larger]: [T; 2]) -> Vec<T> {
    match scale {
        Scale::Tiny => vec![tiny],
        Scale::Quick => vec![smaller],
        Scale::Full => vec![smaller, larger],
    }
}

fn arc_distance(n: usize) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        (0..4).map(|_| random.doubles(&[n])).collect()
    };
    let run = |inputs: &[Array]| {
        let [theta_1, phi_1, theta_2, phi_2] = inputs else { unreachable!("four inputs") };
        let square_of_sine = |x: Array| (x / 2.0).sin().pow(2);
        let a = square_of_sine(theta_2 - theta_1)
            + theta_1.cos() * theta_2.cos() * square_of_sine(phi_2 - phi_1);
        let rest: Array = 1.0 - &a;
        one(2.0 * a.sqrt().arctan2(rest.sqrt()))
    };
    let size = size(&[n], DType::F64);
    Case::new(Section::Workloads, ("w01 arc distance", size), "arc_distance", inputs, run)
        .must(7, Must::TakeOfBestPeer(0.25))
        .fused()
        .gaining(1.8)
}

fn clipping(n: usize) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        (0..2).map(|_| random.integers(1000.0, &[n, n])).collect()
    };
    let run = |x: &[Array]| one(x[0].maximum(2).minimum(10) * 4 + &x[1] * 3 + 9);
    let size = size(&[n, n], DType::I64);
    Case::new(Section::Workloads, ("w02 clipping", size), "clipping", inputs, run)
        .tolerance(0.0, 0.0)
        .must(7, Must::TakeOfBestPeer(1.0))
        .fused()
}

fn black_scholes(n: usize, dtype: DType) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        let [price, strike] = [(); 2].map(|()| random.between(10.0, 50.0, &[n], dtype));
        vec![price, strike, random.between(1.0, 2.0, &[n], dtype)]
    };
    let share = if dtype == DType::F64 { 0.25 } else { 1.0 };
    // Prices near zero are differences of larger ones.
    let absolute = if dtype == DType::F64 { 1e-11 } else { 1e-3 };
    let names = ("w03 Black-Scholes", size(&[n], dtype));
    Case::new(Section::Workloads, names, "black_scholes", inputs, run_black_scholes)
        .tolerance(tolerance(dtype).0, absolute)
        .must(7, Must::TakeOfBestPeer(share))
        .fused()
        .gaining(1.8)
}

fn run_black_scholes(inputs: &[Array]) -> Result<Outputs, Error> {
    let [price, strike, time] = inputs else { unreachable!("three inputs") };
    let (rate, volatility) = (0.1, 0.2);
    let a = (price / strike).log();
    let b = time * -rate;
    let z = time * (2.0 * volatility * volatility);
    let c = 0.25 * &z;
    let y = 1.0 / z.sqrt();
    let d1 = 0.5 + 0.5 * ((&a - &b + &c) * &y).erf();
    let d2 = 0.5 + 0.5 * ((&a - &b - &c) * &y).erf();
    let discounted = strike * b.exp();
    let call = price * d1 - &discounted * d2;
    let put = &call - price + discounted;
    two(call, put)
}

fn equation_of_state(shape: [usize; 3]) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        let salinity = random.between(0.01, 10.0, &shape, DType::F64);
        let temperature = random.between(-12.0, 20.0, &shape, DType::F64);
        let pressure = random.between(0.0, 1000.0, &[1, 1, shape[2]], DType::F64);
        vec![salinity, temperature, pressure]
    };
    let run = |x: &[Array]| one(equation::of_state(&x[0], &x[1], &x[2]));
    let names = ("w04 equation of state", size(&shape, DType::F64));
    Case::new(Section::Workloads, names, "equation_of_state", inputs, run)
        .tolerance(1e-8, 5e-9)
        .must(8, Must::TakeOfBestPeer(0.5))
        .must(8, Must::CompileInSeconds(10e-3))
        .fused()
        .gaining(1.8)
}

fn softmax(shape: [usize; 4]) -> Case {
    let inputs = move || vec![Random::seeded().singles(&shape)];
    let run = |x: &[Array]| {
        let e = (&x[0] - x[0].max(jn::axis(-1).keepdims())).exp();
        one(&e / e.sum(jn::axis(-1).keepdims()))
    };
    let names = ("w05 softmax", size(&shape, DType::F32));
    Case::new(Section::Workloads, names, "softmax", inputs, run)
        .tolerance(1e-4, 0.0)
        .must(6, Must::TakeOfBestPeer(0.7))
        .fused()
}

fn covariance([n, m]: [usize; 2]) -> Case {
    let inputs = move || {
        let element = |place| (place / m) as f64 * (place % m) as f64 / m as f64;
        vec![Array::from_slice(&(0..n * m).map(element).collect::<Vec<_>>(), [n, m])]
    };
    let run = move |x: &[Array]| {
        let centred = &x[0] - x[0].mean(0);
        one(centred.t().matmul(&centred) / (n as f64 - 1.0))
    };
    let names = ("w12 covariance", size(&[n, m], DType::F64));
    Case::new(Section::Workloads, names, "covariance", inputs, run).tolerance(1e-9, 1e-9)
}
