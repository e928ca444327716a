//! Sorting: NumPy's stable order, whatever the dtype, the layout, the mode and the threads.

use crate::random::inputs::{ARRANGEMENTS, Spice, arranged};
use jitney::{Array, DType, ErrorKind, Mode, Settings, with_settings};
use jitney_ir::{Scalar, Shape};

const SHAPES: [&[usize]; 9] =
    [&[1], &[0], &[7], &[300], &[3, 0], &[0, 3], &[4, 5], &[1, 6, 1], &[3, 4, 5]];

fn scalars(array: &Array) -> Vec<Scalar> {
    let value = array.eval().expect("evaluates").expr().known_value().cloned();
    value.expect("it has been evaluated").scalars().collect()
}

/// The sorted elements and their indices, by insertion: an element goes in front of all that are
/// greater, and nothing is greater than a NaN.
fn law(elements: &[Scalar], shape: &[usize], axis: usize) -> (Vec<Scalar>, Vec<i64>) {
    let stride: usize = shape[axis + 1..].iter().product();
    let (mut values, mut indices) = (elements.to_vec(), vec![0; elements.len()]);
    let is_less = |x: Scalar, y: Scalar| match (x.is_nan(), y.is_nan()) {
        (true, _) => false,
        (false, true) => true,
        (false, false) if x.dtype.is_int() => x.to_i128() < y.to_i128(),
        (false, false) => x.to_f64() < y.to_f64(),
    };
    for start in (0..elements.len()).filter(|flat| (flat / stride).is_multiple_of(shape[axis])) {
        let mut row: Vec<usize> = Vec::new();
        for index in 0..shape[axis] {
            let x = elements[start + index * stride];
            let is_greater = |other: &usize| is_less(x, elements[start + other * stride]);
            let place = row.iter().position(is_greater).unwrap_or(row.len());
            row.insert(place, index);
        }
        for (place, index) in row.into_iter().enumerate() {
            values[start + place * stride] = elements[start + index * stride];
            indices[start + place * stride] = index as i64;
        }
    }
    (values, indices)
}

fn check(x: &Array, axis: usize, about: &str) {
    let (values, indices) = law(&scalars(x), x.shape(), axis);
    for (mode, threads) in
        [(Mode::Fused, 1), (Mode::Fused, 3), (Mode::Eager, 2), (Mode::Reference, 1)]
    {
        let settings = Settings { mode: Some(mode), threads: Some(threads), ..Settings::default() };
        with_settings(settings, || {
            let about = format!("{about}, axis {axis}, {mode:?}, {threads} threads");
            let (sorted, order) = (x.sort(axis as isize), x.argsort(axis as isize));
            assert_eq!((sorted.dtype(), order.dtype()), (x.dtype(), DType::I64), "{about}");
            Array::eval_all(&[&sorted, &order]).expect("evaluates");
            assert_eq!(scalars(&sorted), values, "{about}");
            assert_eq!(order.to_vec::<i64>().expect("evaluates"), indices, "{about}");
            // Alone, each is a call of one result.
            assert_eq!(scalars(&x.sort(axis as isize)), values, "{about}");
            let alone = x.argsort(axis as isize - x.ndim() as isize);
            assert_eq!(alone.to_vec::<i64>().expect("evaluates"), indices, "{about}");
        });
    }
}

#[test]
fn rows_are_in_stable_order_with_nan_last() {
    for dtype in DType::ALL {
        for shape in SHAPES {
            for (seed, arrangement) in ARRANGEMENTS.into_iter().enumerate() {
                for spice in [Spice::Tame, Spice::All] {
                    let extents = Shape::new(shape).expect("a small shape");
                    let x = arranged(dtype, &extents, arrangement, spice, seed as u64);
                    for axis in 0..shape.len() {
                        check(&x, axis, &format!("{dtype} {shape:?} {arrangement:?} {spice:?}"));
                    }
                }
            }
        }
    }
}

/// Rows of several runs, which are merged: of many equal elements the first come first.
#[test]
fn long_rows_are_in_stable_order() {
    let n = 200_003;
    for threads in [1, 2, 7] {
        let settings = Settings { threads: Some(threads), ..Settings::default() };
        with_settings(settings, || {
            let x = (jitney::arange(n) * 7919 % 1000).eval().expect("evaluates");
            let elements = x.to_vec::<i64>().expect("evaluates");
            let order = x.argsort(0).to_vec::<i64>().expect("evaluates");
            let mut by_key: Vec<i64> = (0..n as i64).collect();
            by_key.sort_by_key(|index| (elements[*index as usize], *index));
            assert!(order == by_key, "{threads} threads");
            let mut sorted = elements;
            sorted.sort_unstable();
            assert!(x.sort(0).to_vec::<i64>().expect("evaluates") == sorted, "{threads} threads");
        });
    }
}

#[test]
fn results_fuse_with_what_reads_them() {
    let x = jitney::array([3.0, f64::NAN, -0.0, 0.0, 1.0]).eval().expect("evaluates");
    let y = (&x * 2.0).sort(0) + x.argsort(0) * 10;
    let found = y.to_vec::<f64>().expect("evaluates");
    assert_eq!(found[..4], [20.0, 30.0, 42.0, 6.0]);
    assert!(found[4].is_nan());
}

#[test]
fn results_of_one_call_are_one_step() {
    let x = jitney::linspace(1.0, 0.0, 300).eval().expect("evaluates");
    let explanation = (x.sort(0) + x.argsort(0)).explain().expect("explains");
    assert_eq!(explanation.library_calls.len(), 1, "{explanation}");
}

#[test]
fn there_is_no_such_axis() {
    let scalar = jitney::full([], 1.0);
    assert_eq!(scalar.argsort(-1).to_vec::<i64>().expect("counts as one of one axis"), [0]);
    for (x, axis) in
        [(jitney::ones([2, 3]), 2), (jitney::ones([2, 3]), -3), (jitney::full([], 1.0), 1)]
    {
        for (name, sorted) in [("sort", x.sort(axis)), ("argsort", x.argsort(axis))] {
            let error = sorted.eval().expect_err("there is no such axis");
            assert_eq!(error.kind(), ErrorKind::Axis);
            assert!(error.to_string().contains(name), "{error}");
            assert!(
                error.to_string().contains(&format!("axis {axis} is out of bounds")),
                "{error}"
            );
        }
    }
}
