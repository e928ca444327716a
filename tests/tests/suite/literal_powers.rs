//! Powers with a literal exponent: how accurate they are, and that the graph as it was built says
//! which powers they are, whatever is known of their exponents later.

use crate::codegen::harness::spicy_bits;
use crate::math::ulps;
use crate::math_special::{Function, numbers_of_all_sizes, report};
use jitney::{self as jn, Array, DType, Mode, Stage};
use jitney_ir::Scalar;
use jitney_ir::lanes::{Evaluator, LaneType};
use jitney_ir::ops::Elementwise;
use std::fs;
use std::path::Path;

const FLOATS: [DType; 2] = [DType::F64, DType::F32];

/// The bits of a float that doubles hold.
fn bits(dtype: DType, value: f64) -> u64 {
    Scalar::from_f64(dtype, value).bits
}

/// The powers with an exponent of their own, for both kinds of floats.
fn powers() -> impl Iterator<Item = (Function, DType, f64)> {
    Elementwise::LITERAL_POWERS.iter().flat_map(|(op, exponent)| {
        FLOATS.map(|dtype| (Function::new(op.name(), dtype), dtype, *exponent))
    })
}

#[test]
fn results_are_within_one_unit_of_the_exact_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/literal_powers/powers.csv");
    let text = fs::read_to_string(path).expect("readable table");
    let (mut failures, mut n_rows) = (Vec::new(), 0);
    for (power, dtype, exponent) in powers() {
        let of = format!("{exponent},np.{},", dtype.name());
        for row in text.lines().filter_map(|line| line.strip_prefix(&of)) {
            let [x, rounded, lacking] = row.split(',').collect::<Vec<_>>()[..] else {
                panic!("{row}");
            };
            let number = |field: &str| u64::from_str_radix(&field[2..], 16).expect("bits");
            let x = Scalar::from_bits(dtype, number(x)).to_f64();
            let distance = bits(dtype, power.call(&[x])) as i64 - number(rounded) as i64;
            // Magnitudes are in the order of their bits, and both have the same sign.
            let error = (distance as f64 - lacking.parse::<f64>().expect("a number")).abs();
            if error >= 1.0 {
                failures.push(format!("{}: {row}: {error} off", power.name));
            }
            n_rows += 1;
        }
    }
    assert!(n_rows > 2500, "only {n_rows} rows");
    report(failures);
}

/// Floats of all kinds of bits. Doubles hold their powers to so many bits that nothing but the
/// rounding of the result counts.
#[test]
fn powers_of_float32_are_within_one_unit_everywhere() {
    let mut failures = Vec::new();
    for (power, _, exponent) in powers().filter(|(_, dtype, _)| *dtype == DType::F32) {
        for pattern in (0..=u32::MAX).step_by(39_119) {
            let x = f32::from_bits(pattern);
            let want = f64::from(x).powf(exponent);
            let got = power.call(&[f64::from(x)]);
            let rounded = want as f32;
            let is_right = if rounded.is_finite() && rounded != 0.0 {
                let unit = f64::from(rounded.abs().next_up() - rounded.abs());
                (got - want).abs() < unit && got.is_sign_negative() == want.is_sign_negative()
            } else {
                let same_bits = got.to_bits() == f64::from(rounded).to_bits();
                same_bits || got.is_nan() && rounded.is_nan()
            };
            if !is_right {
                failures.push(format!("{} of {x:e} = {got:e}, not {want:e}", power.name));
            }
        }
    }
    report(failures);
}

/// The general path has NumPy's special cases, by a test of its own.
#[test]
fn special_cases_and_ends_of_the_range_are_those_of_power() {
    let mut failures = Vec::new();
    for (power, dtype, exponent) in powers() {
        let general = Function::new("power", dtype);
        for x in numbers_of_all_sizes(dtype, &[1.0, 1.3, 1.9999]) {
            let (got, want) = (power.call(&[x]), general.call(&[x, exponent]));
            let same_sign = want.is_nan() || got.is_sign_negative() == want.is_sign_negative();
            if ulps(dtype, bits(dtype, got), bits(dtype, want)) > 2 || !same_sign {
                failures.push(format!("{dtype} {} of {x:e} = {got:e}, not {want:e}", power.name));
            }
        }
    }
    report(failures);
}

#[test]
fn powers_of_integers_wrap_as_those_of_power() {
    let mut n_checked = 0;
    for (op, exponent) in Elementwise::LITERAL_POWERS {
        for dtype in DType::ALL.into_iter().filter(|dtype| dtype.is_int()) {
            let is_own = op.signature(&[dtype]).is_ok_and(|own| own.operands[0] == dtype);
            if !is_own {
                continue;
            }
            let programs = [op.program(&[dtype]), Elementwise::Power.program(&[dtype; 2])];
            let [mut own, mut general] = programs.each_ref().map(Evaluator::new);
            for x in spicy_bits(LaneType::of(dtype)) {
                own.run(&[x]);
                general.run(&[x, *exponent as u64]);
                let result = |evaluator: &Evaluator<'_>| evaluator.result(0);
                assert_eq!(result(&own), result(&general), "{} of {x:#x} {dtype}", op.name());
                n_checked += 1;
            }
        }
    }
    assert!(n_checked > 1000, "only {n_checked} powers of integers");
}

/// The operation that a dump of the graph ends with.
fn last_operation(array: &Array, stage: Stage) -> String {
    let text = array.dump(stage).expect("a graph");
    let last = text.lines().rfind(|line| line.contains(" = ")).expect("a node");
    last.split_whitespace().nth(2).expect("an operation").to_owned()
}

#[test]
fn a_number_is_a_literal_and_an_array_is_none() {
    let x = jn::array([1.5, 2.5]);
    let integers = jn::array([2, 3]);
    let three = || jn::scalar(3.0);
    let formula = |text: &str| {
        let mut formula = jn::Formula::parse(text).expect("a formula");
        formula.bind("x", &x).build().expect("a value").arrays()[0].clone()
    };
    let cases = [
        (x.power(3), "power_3"),
        (x.power(3.0_f32), "power_3"),
        (x.pow(-2), "power_neg_2"),
        (jn::power(&x, 1.5), "power_3_halves"),
        (jn::float_power(&x, -0.5), "power_neg_1_half"),
        (jn::float_power(&integers, 12), "power_12"),
        (x.astype(DType::F32).power(2.5), "power_5_halves"),
        (integers.power(3), "power_3"),
        (integers.power(-2.0), "power_neg_2"),
        // Operations that there are anyway.
        (x.power(2), "square"),
        (x.power(-1), "reciprocal"),
        (x.power(0.5), "sqrt"),
        (integers.power(2), "square"),
        // Only NumPy's `power` takes this for a root.
        (jn::float_power(&x, 0.5), "power_1_half"),
        (formula("x ** 3"), "power_3"),
        (formula("pow(x, 1 + 2)"), "power_3"),
        (formula("np.power(x, -1.5)"), "power_neg_3_halves"),
        (formula("np.float_power(x, 0.5)"), "power_1_half"),
        // Arrays, whatever is in them, and exponents without a row.
        (x.power(three()), "power"),
        (jn::float_power(&x, jn::scalar(2.0)), "float_power"),
        (x.power(jn::array([3.0, 3.0])), "power"),
        (formula("x ** array(3.0)"), "power"),
        (x.power(13), "power"),
        (x.power(0.25), "power"),
        (jn::power(3.0, &x), "power"),
    ];
    for (array, operation) in &cases {
        assert_eq!(last_operation(array, Stage::Graph), *operation, "{array:?}");
    }
    // Passes, which see the number in the array, leave it at that.
    assert_eq!(last_operation(&x.power(three()), Stage::Optimized), "power");
}

#[test]
fn modes_and_functions_take_the_path_that_the_graph_says() {
    let x = (jn::linspace(-3.0, 50.0, 3000) + 0.01).eval().expect("numbers");
    let three = jn::scalar(3.0).eval().expect("a number");
    let evaluated =
        |mode, build: &dyn Fn() -> Array| jn::with_mode(mode, || build().eval()).expect("powers");
    let same = |a: &Array, b: &Array| a.first_difference(b).expect("values").is_none();
    let literal = evaluated(Mode::Reference, &|| x.power(3));
    let general = evaluated(Mode::Reference, &|| x.power(&three));
    assert!(!same(&literal, &general), "the paths cannot be told apart");
    for mode in [Mode::Fused, Mode::Eager] {
        assert!(same(&literal, &evaluated(mode, &|| x.power(3))), "{mode:?}");
        assert!(same(&general, &evaluated(mode, &|| x.power(&three))), "{mode:?}");
        // An array that holds one number, not evaluated yet.
        assert!(same(&general, &evaluated(mode, &|| x.power(jn::scalar(3.0)))), "{mode:?}");
        assert!(same(&general, &evaluated(mode, &|| x.power(jn::full([1], 3.0)))), "{mode:?}");
    }
    let cube = jn::jit(|[x]: [Array; 1]| x.power(3));
    assert!(same(&literal, &cube.call([&x]).expect("powers")));
    let power = jn::jit(|[x, y]: [Array; 2]| x.power(y));
    assert!(same(&general, &power.call([&x, &three]).expect("powers")));
}
