//! Numbers beside arrays, in Rust: what they are compared with, and the dtypes of results.

use jitney::{Array, DType, FormulaValue, Mode, Operand, s};
use std::cmp::Ordering;

type Comparison = (fn(&Array, Operand) -> Array, fn(Operand, &Array) -> Array, Holds);
type Holds = fn(Ordering) -> bool;

const COMPARISONS: [Comparison; 6] = [
    (|x, y| x.equal(y), |x, y| jitney::equal(x, y), Ordering::is_eq),
    (|x, y| x.not_equal(y), |x, y| jitney::not_equal(x, y), Ordering::is_ne),
    (|x, y| x.less(y), |x, y| jitney::less(x, y), Ordering::is_lt),
    (|x, y| x.less_equal(y), |x, y| jitney::less_equal(x, y), Ordering::is_le),
    (|x, y| x.greater(y), |x, y| jitney::greater(x, y), Ordering::is_gt),
    (|x, y| x.greater_equal(y), |x, y| jitney::greater_equal(x, y), Ordering::is_ge),
];

/// The least and greatest elements of an integer dtype and their neighbours, made of what every
/// dtype holds.
fn extremes(dtype: DType) -> (Array, [i128; 4]) {
    let (low, high) = dtype.int_range();
    let one = jitney::array(vec![1u8]).astype(dtype);
    let zero = jitney::array(vec![0u8]).astype(dtype);
    let least = if low == 0 { zero } else { &one << (dtype.bits() as i64 - 1) };
    let array = jitney::concatenate([&least, &(&least + 1), &(&least - 2), &(&least - 1)], 0);
    (array, [low, low + 1, high - 1, high])
}

#[test]
fn integers_are_compared_exactly_whatever_dtypes_hold_them() {
    let powers = [7, 8, 15, 16, 31, 32, 53, 63, 64, 65, 126].map(|power| 1i128 << power);
    let near = powers.iter().flat_map(|power| [power - 1, *power, power + 1, -power, 1 - power]);
    let mut values: Vec<i128> = near.chain(powers.map(|power| -power - 1)).collect();
    values.extend([0, 1, -1, i128::MIN, i128::MAX]);
    for dtype in DType::ALL.into_iter().filter(|dtype| dtype.is_int()) {
        let (array, elements) = extremes(dtype);
        for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
            jitney::with_mode(mode, || check_comparisons(&array, &elements, &values));
        }
    }
}

/// Evaluates all comparisons of an array together, for there are many.
fn check_comparisons(array: &Array, elements: &[i128], values: &[i128]) {
    let mut results = Vec::new();
    for &value in values {
        for (right, left, holds) in COMPARISONS {
            let of = |order: fn(i128, i128) -> Ordering| {
                elements.iter().map(|element| holds(order(*element, value))).collect()
            };
            let (as_right, as_left): (Vec<bool>, Vec<bool>) =
                (of(|x, y| x.cmp(&y)), of(|x, y| y.cmp(&x)));
            results.push((value, right(array, Operand::Int(value)), as_right));
            results.push((value, left(Operand::Int(value), array), as_left));
        }
    }
    let arrays: Vec<&Array> = results.iter().map(|(_, array, _)| array).collect();
    Array::eval_all(&arrays).expect("comparisons have values");
    for (value, result, expected) in &results {
        let found = result.to_vec::<bool>().expect("bool");
        assert_eq!(found, *expected, "{} beside {value}", array.dtype());
    }
}

#[test]
fn integers_alone_and_beyond_are_compared_as_well() {
    let truth = |array: Array| array.item::<bool>().expect("a truth value");
    assert!(truth(jitney::less(1i128 << 64, (1i128 << 64) + 1)));
    assert!(!truth(jitney::equal(1i128 << 100, (1i128 << 100) + 1)));
    assert!(truth(jitney::greater(true, i128::MIN)));
    let small = jitney::array(vec![true, false]);
    assert_eq!(small.less(1i128 << 70).to_vec::<bool>().expect("bool"), [true, true]);
    let shaped = jitney::zeros([2, 0, 3]).astype(DType::I16).equal(1 << 20);
    assert_eq!((shaped.shape(), shaped.dtype()), (&[2, 0, 3][..], DType::Bool));
    let failed = (jitney::ones([2]) + jitney::ones([3])).less(1i128 << 70);
    assert!(failed.eval().expect_err("fails").message().contains("shapes (2,) (3,)"));
    let floats = jitney::array(vec![1e30, f64::NAN]);
    assert_eq!(floats.less(1i128 << 101).to_vec::<bool>().expect("bool"), [true, false]);

    let huge = FormulaValue::from(Operand::Huge(1e40));
    for (formula, expected) in
        [("x < v", [true; 2]), ("v == x", [false; 2]), ("x < -v", [false; 2])]
    {
        let mut formula = jitney::Formula::parse(formula).expect("parses");
        formula.bind("v", huge.clone()).bind("x", jitney::array(vec![i64::MIN, i64::MAX]));
        let found = formula.eval().expect("has a value").to_vec::<bool>().expect("bool");
        assert_eq!(found, expected, "{formula:?}");
    }
}

/// NumPy 2.4.6's dtypes, but for float16, in whose place stands float32.
#[test]
fn dtypes_are_those_of_all_operands_together() {
    let of = |dtype: DType| jitney::array(vec![1u8, 0]).astype(dtype);
    let (bools, bytes, small) = (of(DType::Bool), of(DType::U8), of(DType::I8));
    let (words, shorts, singles) = (of(DType::U16), of(DType::I16), of(DType::F32));
    let first = |choices: &[Operand], default: Operand| {
        let conditions = vec![&bools; choices.len()];
        jitney::select(&conditions, choices, default)
    };
    let operand = |array: &Array| Operand::from(array);
    for (what, result, dtype) in [
        ("select", first(&[operand(&bytes)], Operand::Int(300)), DType::U8),
        ("select", first(&[operand(&singles)], Operand::Float(0.1)), DType::F32),
        ("select", first(&[operand(&bytes)], Operand::Float(0.1)), DType::F64),
        ("select", first(&[operand(&bools)], Operand::Int(0)), DType::I64),
        ("select", first(&[operand(&words), operand(&shorts)], operand(&singles)), DType::F32),
        ("clip", bools.clip(0, 1), DType::I64),
        ("clip", bools.clip(false, true), DType::Bool),
        ("clip", bools.clip(&bytes, &small), DType::I16),
        ("clip", words.clip(&shorts, &singles), DType::F32),
        ("clip", bytes.clip(-1, 256), DType::U8),
        ("angle", jitney::angle(&bools), DType::F64),
        ("angle", jitney::angle(&small), DType::F32),
        ("angle", jitney::angle(&words), DType::F32),
        ("round", bools.round(0), DType::F32),
        ("round", small.round(-1), DType::I8),
        ("ldexp", jitney::ldexp(1, &bytes), DType::F32),
        ("concatenate", jitney::concatenate([&words, &shorts, &singles], 0), DType::F32),
        ("add", jitney::add(1, 2), DType::I64),
        ("where", jitney::where_(&bools, 1u64 << 63, 5), DType::I64),
    ] {
        assert!(result.eval().is_ok(), "{what}: {:?}", result.error());
        assert_eq!(result.dtype(), dtype, "{what}");
    }
    let angle = jitney::angle(&(&small - 1)).to_vec::<f32>().expect("float32");
    assert_eq!(angle, [0.0, std::f32::consts::PI]);
}

#[test]
fn what_no_dtype_holds_is_an_error() {
    let bytes = jitney::array(vec![1u8, 2]);
    for (result, message) in [
        (&bytes + (1i128 << 64), "integer 18446744073709551616 is out of bounds for uint8"),
        (bytes.multiply(Operand::Huge(-1e50)), "integer -1e50 is out of bounds for uint8"),
        (jitney::ones([2]) * Operand::Huge(f64::INFINITY), "int too large to convert to float"),
        (jitney::add(1u64 << 63, 5), "integer 9223372036854775808 is out of bounds for int64"),
        (bytes.set(s![0], Operand::Huge(1e50)), "integer 1e50 is out of bounds for uint8"),
        (bytes.set(s![0], f64::NAN), "cannot convert float NaN to integer"),
        (bytes.set(s![0], 1e40), "integer 1e40 is out of bounds for uint8"),
        (bytes.equal(1).round(1), "bool has no decimals"),
        (jitney::select([&bytes], &[Operand::Int(1)], 2), "a condition is uint8"),
        (jitney::gcd(bytes.equal(1), true), "gcd is not defined for bool and bool"),
    ] {
        let error = result.eval().expect_err("no value");
        assert!(error.message().contains(message), "{error}");
    }
}
