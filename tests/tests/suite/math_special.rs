//! The mathematical functions where no approximation helps: at infinities, signed zeros and
//! NaN, at the edges of their domains and ranges, and where the result is known exactly.
//!
//! The tables contain every rule of `data/special_cases.tsv` for real arguments of the
//! functions named here; what that standard leaves open is as in NumPy.

use jitney_ir::DType;
use jitney_ir::lanes::{Evaluator, Program};
use jitney_ir::ops::Elementwise;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// An argument and the result.
type Row1 = (f64, f64);

/// Two arguments and the result.
type Row2 = (f64, f64, f64);

/// For each function: arguments and results that are exact in both float types.
const UNARY: &[(&str, &[Row1])] = &[
    ("exp", &[(NAN, NAN), (0., 1.), (-0., 1.), (INF, INF), (-INF, 0.), (1e30, INF), (-1e30, 0.)]),
    ("exp2", &[(NAN, NAN), (0., 1.), (-0., 1.), (INF, INF), (-INF, 0.), (1e30, INF), (-1e30, 0.)]),
    ("exp2", &[(1., 2.), (-1., 0.5), (10., 1024.), (-10., 1. / 1024.), (-1075., 0.), (1024., INF)]),
    ("expm1", &[(NAN, NAN), (0., 0.), (-0., -0.), (INF, INF), (-INF, -1.)]),
    ("expm1", &[(1e30, INF), (-1e30, -1.), (-800., -1.), (1e-30, 1e-30), (-1e-30, -1e-30)]),
    ("log", &[(NAN, NAN), (0., -INF), (-0., -INF), (1., 0.), (INF, INF), (-1., NAN), (-INF, NAN)]),
    ("log2", &[(NAN, NAN), (0., -INF), (-0., -INF), (1., 0.), (INF, INF), (-1., NAN), (-INF, NAN)]),
    ("log2", &[(2., 1.), (0.5, -1.), (1024., 10.), (-1e-30, NAN)]),
    ("log10", &[(NAN, NAN), (0., -INF), (-0., -INF), (1., 0.), (INF, INF), (-1., NAN)]),
    ("log10", &[(-INF, NAN), (10., 1.), (1000., 3.), (1e10, 10.), (-1e-30, NAN)]),
    ("log1p", &[(NAN, NAN), (0., 0.), (-0., -0.), (-1., -INF), (INF, INF), (-1.5, NAN)]),
    ("log1p", &[(-INF, NAN), (1e-30, 1e-30), (-1e-30, -1e-30)]),
    ("sinh", &[(NAN, NAN), (0., 0.), (-0., -0.), (INF, INF), (-INF, -INF)]),
    ("sinh", &[(1e30, INF), (-1e30, -INF), (1e-30, 1e-30), (-1e-30, -1e-30)]),
    (
        "cosh",
        &[(NAN, NAN), (0., 1.), (-0., 1.), (INF, INF), (-INF, INF), (1e30, INF), (-1e30, INF)],
    ),
    ("tanh", &[(NAN, NAN), (0., 0.), (-0., -0.), (INF, 1.), (-INF, -1.)]),
    ("tanh", &[(1e30, 1.), (-1e30, -1.), (50., 1.), (1e-30, 1e-30), (-1e-30, -1e-30)]),
    ("arcsinh", &[(NAN, NAN), (0., 0.), (-0., -0.), (INF, INF), (-INF, -INF)]),
    ("arcsinh", &[(1e-30, 1e-30), (-1e-30, -1e-30)]),
    ("arccosh", &[(-1.0625, NAN), (-2., NAN), (-1e30, NAN), (0.9375, NAN), (-0., NAN)]),
    (
        "arccosh",
        &[(NAN, NAN), (1., 0.), (INF, INF), (0.5, NAN), (0., NAN), (-1., NAN), (-INF, NAN)],
    ),
    ("arctanh", &[(NAN, NAN), (0., 0.), (-0., -0.), (1., INF), (-1., -INF), (2., NAN)]),
    ("arctanh", &[(-2., NAN), (INF, NAN), (-INF, NAN), (1e-30, 1e-30), (-1e-30, -1e-30)]),
];

/// The same for functions of two arguments.
const BINARY: &[(&str, &[Row2])] = &[
    // An exponent of zero, a base of one: 1, whatever the other.
    ("power", &[(NAN, 0., 1.), (NAN, -0., 1.), (INF, 0., 1.), (0., 0., 1.), (-INF, -0., 1.)]),
    ("power", &[(1., NAN, 1.), (1., INF, 1.), (1., -INF, 1.), (1., 1e30, 1.), (-3., 0., 1.)]),
    ("power", &[(NAN, 1., NAN), (NAN, -2.5, NAN), (2., NAN, NAN), (0., NAN, NAN), (NAN, NAN, NAN)]),
    ("power", &[(-1., NAN, NAN), (INF, NAN, NAN), (NAN, INF, NAN), (-INF, NAN, NAN)]),
    // Infinite exponents.
    ("power", &[(2., INF, INF), (-2., INF, INF), (2., -INF, 0.), (-2., -INF, 0.)]),
    ("power", &[(0.5, INF, 0.), (-0.5, INF, 0.), (0.5, -INF, INF), (-0.5, -INF, INF)]),
    ("power", &[(-1., INF, 1.), (-1., -INF, 1.), (0., INF, 0.), (-0., INF, 0.), (0., -INF, INF)]),
    ("power", &[(-0., -INF, INF), (INF, INF, INF), (INF, -INF, 0.), (-INF, INF, INF)]),
    ("power", &[(-INF, -INF, 0.)]),
    // Infinite bases.
    ("power", &[(INF, 0.5, INF), (INF, 3., INF), (INF, -0.5, 0.), (INF, -3., 0.)]),
    ("power", &[(-INF, 3., -INF), (-INF, 4., INF), (-INF, 0.5, INF), (-INF, 1., -INF)]),
    ("power", &[(-INF, -3., -0.), (-INF, -4., 0.), (-INF, -0.5, 0.), (-INF, -1., -0.)]),
    // Zero bases.
    ("power", &[(0., 0.5, 0.), (0., 3., 0.), (0., -0.5, INF), (0., -3., INF), (0., -1., INF)]),
    ("power", &[(-0., 3., -0.), (-0., 4., 0.), (-0., 0.5, 0.), (-0., 1., -0.), (-0., 2., 0.)]),
    ("power", &[(-0., -3., -INF), (-0., -4., INF), (-0., -0.5, INF), (-0., -1., -INF)]),
    // Negative bases.
    ("power", &[(-2., 3., -8.), (-2., 4., 16.), (-2., -3., -0.125), (-2., -4., 0.0625)]),
    (
        "power",
        &[(-2., 0.5, NAN), (-2., -1.5, NAN), (-1., 3., -1.), (-1., 1e30, 1.), (-1., 0.5, NAN)],
    ),
    ("power", &[(-2., 1e30, INF), (-2., -1e30, 0.), (-0.5, 1e30, 0.), (-0.5, -1e30, INF)]),
    ("power", &[(-1e30, 11., -INF), (-1e-30, 11., -0.), (-1e30, 12., INF), (-1e-30, 12., 0.)]),
    // Exact powers.
    ("power", &[(2., 10., 1024.), (2., -10., 1. / 1024.), (3., 5., 243.), (10., 3., 1000.)]),
    (
        "power",
        &[(4., 0.5, 2.), (0.25, -0.5, 2.), (9., 1.5, 27.), (2., 2000., INF), (2., -2000., 0.)],
    ),
    ("logaddexp", &[(INF, INF, INF), (-INF, -INF, -INF), (INF, -INF, INF), (-INF, INF, INF)]),
    (
        "logaddexp",
        &[(INF, 1., INF), (1., INF, INF), (-INF, 1., 1.), (1., -INF, 1.), (0., -INF, 0.)],
    ),
    ("logaddexp", &[(NAN, 1., NAN), (1., NAN, NAN), (INF, NAN, NAN), (NAN, INF, NAN)]),
    ("logaddexp", &[(NAN, NAN, NAN), (-INF, NAN, NAN), (NAN, -INF, NAN), (1e4, -1e4, 1e4)]),
    ("logaddexp", &[(1e30, -1e30, 1e30), (-1e30, 1e30, 1e30), (-1e30, -1e29, -1e29)]),
    ("logaddexp2", &[(INF, INF, INF), (-INF, -INF, -INF), (INF, -INF, INF), (-INF, INF, INF)]),
    (
        "logaddexp2",
        &[(INF, 1., INF), (1., INF, INF), (-INF, 1., 1.), (1., -INF, 1.), (0., -INF, 0.)],
    ),
    ("logaddexp2", &[(NAN, 1., NAN), (1., NAN, NAN), (INF, NAN, NAN), (NAN, NAN, NAN)]),
    (
        "logaddexp2",
        &[(0., 0., 1.), (3., 3., 4.), (-1., -1., 0.), (-INF, NAN, NAN), (1e4, -1e4, 1e4)],
    ),
];

/// Arguments and results at the limits of `float64`.
const LIMITS_F64: &[(&str, f64, f64)] = &[
    ("exp", 709.782712893384, 1.7976931348622732e308),
    ("exp", 709.7827128933841, INF),
    ("exp", -745.1332191019411, 5e-324),
    ("exp", -745.1332191019412, 0.),
    ("exp2", 1023.9999999999999, 1.7976931348621742e308),
    ("exp2", -1074., 5e-324),
    ("exp2", -1074.5, 5e-324),
    ("expm1", 709.782712893384, 1.7976931348622732e308),
    ("expm1", 709.7827128933841, INF),
    ("expm1", 5e-324, 5e-324),
    ("log", f64::MAX, 709.782712893384),
    ("log", 5e-324, -744.4400719213812),
    ("log2", 5e-324, -1074.),
    ("log2", f64::MIN_POSITIVE, -1022.),
    ("log10", 1e300, 300.),
    ("log1p", 5e-324, 5e-324),
    ("log1p", f64::MAX, 709.782712893384),
    ("sinh", 5e-324, 5e-324),
    ("sinh", 710.4758600739439, 1.7976931348621744e308),
    ("sinh", -710.475860073944, -INF),
    ("cosh", 710.475860073944, INF),
    ("tanh", 5e-324, 5e-324),
    ("arcsinh", 5e-324, 5e-324),
    ("arcsinh", f64::MAX, 710.475860073944),
    ("arccosh", f64::MAX, 710.475860073944),
    ("arctanh", 5e-324, 5e-324),
    ("arctanh", 0.9999999999999999, 18.714973875118524),
];

/// Arguments and results at the limits of `float32`.
const LIMITS_F32: &[(&str, f32, f32)] = &[
    ("exp", 88.72283, 3.4027985e38),
    ("exp", 88.72284, f32::INFINITY),
    ("exp", -103.972_07, 1e-45),
    ("exp", -103.972_09, 0.),
    ("exp2", -149., 1e-45),
    ("expm1", 88.72284, f32::INFINITY),
    ("expm1", 1e-45, 1e-45),
    ("log", f32::MAX, 88.72284),
    ("log", 1e-45, -103.27893),
    ("log2", 1e-45, -149.),
    ("log1p", 1e-45, 1e-45),
    ("sinh", 1e-45, 1e-45),
    ("sinh", 89.41598, 3.402_793_7e38),
    ("sinh", -89.416, -f32::INFINITY),
    ("cosh", 89.416, f32::INFINITY),
    ("tanh", 1e-45, 1e-45),
    ("arcsinh", 1e-45, 1e-45),
    ("arcsinh", f32::MAX, 89.415_985),
    ("arccosh", f32::MAX, 89.415_985),
    ("arctanh", 1e-45, 1e-45),
    ("arctanh", 0.999_999_94, 8.664_34),
];

/// A function ready to be called with floats of one type.
pub struct Function {
    pub name: String,
    dtype: DType,
    program: Program,
}

impl Function {
    pub fn new(name: &str, dtype: DType) -> Function {
        let op = Elementwise::from_name(name).expect("a function of this name");
        Function { name: name.to_owned(), dtype, program: op.program(&vec![dtype; op.arity()]) }
    }

    /// Both types of argument are given as doubles, which hold either.
    pub fn call(&self, args: &[f64]) -> f64 {
        let single = self.dtype == DType::F32;
        let bits = |x: &f64| if single { u64::from((*x as f32).to_bits()) } else { x.to_bits() };
        let mut evaluator = Evaluator::new(&self.program);
        evaluator.run(&args.iter().map(bits).collect::<Vec<_>>());
        let result = evaluator.result(0);
        if single { f64::from(f32::from_bits(result as u32)) } else { f64::from_bits(result) }
    }

    /// What is wrong with the result, if anything: it is to be `want` to the bit.
    fn check(&self, args: &[f64], want: f64) -> Option<String> {
        let got = self.call(args);
        let want = if self.dtype == DType::F32 { f64::from(want as f32) } else { want };
        let same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
        (!same).then(|| format!("{:?} {}{args:?} = {got:?}, not {want:?}", self.dtype, self.name))
    }
}

/// Stops if anything is wrong.
pub fn report(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn special_values_are_numpys() {
    let mut failures = Vec::new();
    for dtype in [DType::F32, DType::F64] {
        for (name, rows) in UNARY {
            let function = Function::new(name, dtype);
            failures.extend(rows.iter().filter_map(|(x, want)| function.check(&[*x], *want)));
        }
        for (name, rows) in BINARY {
            let function = Function::new(name, dtype);
            failures
                .extend(rows.iter().filter_map(|(x, y, want)| function.check(&[*x, *y], *want)));
        }
    }
    report(failures);
}

#[test]
fn ranges_end_where_the_type_ends() {
    let double = LIMITS_F64
        .iter()
        .filter_map(|(name, x, want)| Function::new(name, DType::F64).check(&[*x], *want));
    let single = LIMITS_F32.iter().filter_map(|(name, x, want)| {
        Function::new(name, DType::F32).check(&[f64::from(*x)], f64::from(*want))
    });
    report(double.chain(single).collect());
}

/// Numbers of every exponent, with these fractions and both signs, and the special ones.
pub fn numbers_of_all_sizes(dtype: DType, fractions: &[f64]) -> Vec<f64> {
    let (least, most) = if dtype == DType::F32 { (-149, 127) } else { (-1074, 1023) };
    let mut numbers = vec![0., -0., INF, -INF, NAN, 1., -1.];
    for exponent in least..=most {
        for fraction in fractions {
            let number = fraction * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
            let number = if dtype == DType::F32 { f64::from(number as f32) } else { number };
            numbers.extend([number, -number]);
        }
    }
    numbers
}

#[test]
fn simple_powers_are_exact() {
    let mut failures = Vec::new();
    for dtype in [DType::F32, DType::F64] {
        let power = Function::new("power", dtype);
        for x in numbers_of_all_sizes(dtype, &[1., 1.1, 1.41, 1.75, 1.9999]) {
            // One division or product of floats, not of doubles that are rounded to floats.
            let (square, inverse) = match dtype {
                DType::F32 => (f64::from(x as f32 * x as f32), f64::from(1. / x as f32)),
                _ => (x * x, 1. / x),
            };
            failures.extend(power.check(&[x, 0.], 1.));
            failures.extend(power.check(&[1., x], 1.));
            failures.extend(power.check(&[x, 1.], x));
            failures.extend(power.check(&[x, 2.], square));
            failures.extend(power.check(&[x, -1.], inverse));
        }
    }
    report(failures);
}

#[test]
fn exact_powers_have_exact_logarithms() {
    let mut failures = Vec::new();
    for (dtype, least, most, tens) in [(DType::F32, -149, 127, 10), (DType::F64, -1074, 1023, 22)] {
        let (exp2, log2) = (Function::new("exp2", dtype), Function::new("log2", dtype));
        let power = Function::new("power", dtype);
        for exponent in least..=most {
            let number = 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
            let exponent = f64::from(exponent);
            failures.extend(exp2.check(&[exponent], number));
            failures.extend(log2.check(&[number], exponent));
            failures.extend(power.check(&[2., exponent], number));
        }
        let log10 = Function::new("log10", dtype);
        for exponent in 0..=tens {
            let number = format!("1e{exponent}").parse().expect("a number");
            failures.extend(log10.check(&[number], f64::from(exponent)));
            failures.extend(power.check(&[10., f64::from(exponent)], number));
        }
    }
    report(failures);
}
