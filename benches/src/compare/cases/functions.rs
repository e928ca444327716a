//! Each elementwise function alone, and reductions along each axis.

use super::{floats, size, tolerance};
use crate::compare::case::{Case, Must, Outputs, Program, Scale, Section, one};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType};
use serde_json::json;
use std::cell::RefCell;

/// A function with NumPy's name and the ranges of its operands.
struct Function {
    name: &'static str,
    apply: fn(&[Array]) -> Array,
    operands: &'static [(f64, f64)],
}

macro_rules! functions {
    ($($name:ident($first:ident: $low:literal..$high:literal $(, $second:ident: $ranges:tt)?);)*) => {
        &[$(Function {
            name: stringify!($name),
            apply: |x| functions!(@call $name x $($second)?),
            operands: functions!(@ranges ($low, $high) $($ranges)?),
        }),*]
    };
    (@call $name:ident $x:ident) => { jn::$name(&$x[0]) };
    (@call $name:ident $x:ident $second:ident) => { jn::$name(&$x[0], &$x[1]) };
    (@ranges $first:tt) => { &[$first] };
    (@ranges $first:tt $second:tt) => { &[$first, $second] };
}

const FUNCTIONS: &[Function] = functions! {
    sqrt(x: 0.0..100.0);
    cbrt(x: -100.0..100.0);
    exp(x: -10.0..10.0);
    exp2(x: -10.0..10.0);
    expm1(x: -10.0..10.0);
    log(x: 0.001..1000.0);
    log2(x: 0.001..1000.0);
    log10(x: 0.001..1000.0);
    log1p(x: -0.999..1000.0);
    sin(x: -100.0..100.0);
    cos(x: -100.0..100.0);
    tan(x: -100.0..100.0);
    arcsin(x: -1.0..1.0);
    arccos(x: -1.0..1.0);
    arctan(x: -10.0..10.0);
    sinh(x: -10.0..10.0);
    cosh(x: -10.0..10.0);
    tanh(x: -10.0..10.0);
    arcsinh(x: -100.0..100.0);
    arccosh(x: 1.0..100.0);
    arctanh(x: -0.999..0.999);
    power(x: 0.01..10.0, y: (-5.0, 5.0));
    arctan2(x: -10.0..10.0, y: (-10.0, 10.0));
    hypot(x: -10.0..10.0, y: (-10.0, 10.0));
    add(x: -10.0..10.0, y: (-10.0, 10.0));
    multiply(x: -10.0..10.0, y: (-10.0, 10.0));
    divide(x: -10.0..10.0, y: (0.1, 10.0));
    maximum(x: -10.0..10.0, y: (-10.0, 10.0));
};

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let n = if scale == Scale::Tiny { 64 } else { 16_384 };
    let shape = if scale == Scale::Tiny { [3, 4, 5] } else { [200, 300, 400] };
    let mut cases = Vec::new();
    for function in FUNCTIONS {
        cases.extend(floats(scale).iter().map(|dtype| alone(function, n, *dtype)));
    }
    for &dtype in floats(scale) {
        let names: &[_] =
            if scale == Scale::Quick { &["sum", "var"] } else { &["sum", "max", "var"] };
        for name in names {
            cases.extend((0..3).map(|axis| reduction(name, axis, shape, dtype)));
        }
    }
    cases
}

/// A function into memory that is there already, on one thread.
fn alone(function: &'static Function, n: usize, dtype: DType) -> Case {
    let inputs = move || {
        let mut random = Random::seeded();
        let draw = |range: &(f64, f64)| random.between(range.0, range.1, &[n], dtype);
        function.operands.iter().map(draw).collect()
    };
    let (relative, absolute) = tolerance(dtype);
    let names = (function.name, size(&[n], dtype));
    let make = move || match function.operands.len() {
        1 => into_memory::<1>(function.apply),
        _ => into_memory::<2>(function.apply),
    };
    let case = Case::making(Section::Functions, names, "function", inputs, make)
        .parameters(json!({ "function": function.name }))
        // Single precision of large angles and of values near poles.
        .tolerance(relative, if dtype == DType::F32 { 1e-5 } else { absolute })
        .must(1, Must::TakeOfPeer("NumPy", 1.0));
    Case { one_thread: true, ..case }
}

/// A program that computes the function in the memory of its last result.
fn into_memory<const N: usize>(apply: fn(&[Array]) -> Array) -> Program {
    let function = jn::jit(move |operands: [Array; N]| apply(&operands));
    let result = RefCell::new(jn::scalar(0.0));
    Box::new(move |inputs| {
        let operands: [&Array; N] = std::array::from_fn(|number| &inputs[number]);
        let mut result = result.borrow_mut();
        function.call_into(operands, &mut result)?;
        Ok(Outputs::from_iter([result.clone()]))
    })
}

fn reduction(name: &'static str, axis: usize, shape: [usize; 3], dtype: DType) -> Case {
    let inputs = move || vec![Random::seeded().between(0.0, 1.0, &shape, dtype)];
    let run = move |x: &[Array]| {
        let axis = axis as isize;
        one(match name {
            "sum" => x[0].sum(axis),
            "max" => x[0].max(axis),
            _ => x[0].var(axis),
        })
    };
    let (relative, absolute) = tolerance(dtype);
    let names = (format!("x.{name}({axis})"), size(&shape, dtype));
    Case::new(Section::Reductions, names, "reduction", inputs, run)
        .parameters(json!({ "function": name, "axis": axis }))
        .tolerance(relative, absolute)
        .must(5, Must::TakeOfBestPeer(1.0))
}
