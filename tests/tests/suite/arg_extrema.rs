//! `argmin` and `argmax`: the first of equals, the first NaN before any number, wherever the
//! elements come from and however they are taken.

use jitney as jn;
use jn::{Array, DType, Mode, Over, Settings};

/// Lengths of rows that are unrolled, of some vectors, of several blocks, and of several tasks.
const LENGTHS: [usize; 9] = [1, 2, 7, 16, 17, 255, 257, 1000, 70_000];

/// Few different values, so that there are equals, both zeros among them.
fn element(i: usize) -> f64 {
    const VALUES: [f64; 7] = [3.0, -0.0, 0.0, 7.0, 1.0, 7.0, 0.0];
    VALUES[(i * 7919 + i / 13) % VALUES.len()]
}

fn elements(n: usize) -> Vec<f64> {
    (0..n).map(element).collect()
}

/// NumPy's loop: from the first to the last, whatever is better than the best so far.
fn first(elements: impl Iterator<Item = f64>, is_better: fn(f64, f64) -> bool) -> i64 {
    let (mut best, mut at) = (None, 0);
    for (i, x) in elements.enumerate() {
        let wins =
            best.is_none_or(|best: f64| !best.is_nan() && (x.is_nan() || is_better(x, best)));
        if wins {
            (best, at) = (Some(x), i as i64);
        }
    }
    at
}

const WAYS: [(Mode, usize); 6] = [
    (Mode::Reference, 1),
    (Mode::Fused, 1),
    (Mode::Fused, 2),
    (Mode::Fused, 3),
    (Mode::Eager, 1),
    (Mode::Eager, 2),
];

fn in_every_way(mut body: impl FnMut(&str)) {
    for (mode, threads) in WAYS {
        let settings = Settings {
            mode: Some(mode),
            threads: Some(threads),
            compile_at_once: true,
            ..Settings::default()
        };
        jn::with_settings(settings, || body(&format!("{mode:?}, {threads} threads")));
    }
}

/// Along the axis of rows of so many elements, given those of all rows, in every way.
fn check(what: &str, array: impl Fn() -> Array, rows: &[Vec<f64>], over: impl Into<Over>) {
    let over: Over = over.into();
    let of_rows = |is_better| -> Vec<i64> {
        rows.iter().map(|row| first(row.iter().copied(), is_better)).collect()
    };
    let (least, greatest) = (of_rows(|x, best| x < best), of_rows(|x, best| x > best));
    in_every_way(|way| {
        for (found, expected) in
            [(array().argmin(over.clone()), &least), (array().argmax(over.clone()), &greatest)]
        {
            assert_eq!(found.dtype(), DType::I64);
            let found = found.to_vec::<i64>().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(found, *expected, "{what}, {over:?}, {way}");
        }
    });
}

fn numbers(dtype: DType, x: f64) -> f64 {
    if dtype == DType::Bool { f64::from(x != 0.0) } else { x.abs() }
}

#[test]
fn every_dtype_and_length_along_rows_and_columns() {
    for dtype in DType::ALL {
        for n in LENGTHS {
            let x = elements(n);
            let expected: Vec<f64> = x.iter().map(|x| numbers(dtype, *x)).collect();
            let flat = || Array::from_vec(x.iter().map(|x| x.abs()).collect(), [n]).astype(dtype);
            check("all", flat, std::slice::from_ref(&expected), ..);
            if n > 1000 {
                continue;
            }
            // Rows are shifted against each other, as many as are unrolled.
            let n_rows = 70;
            let at = |row: usize, i: usize| numbers(dtype, element(row * 3 + i));
            let rows: Vec<Vec<f64>> =
                (0..n_rows).map(|row| (0..n).map(|i| at(row, i)).collect()).collect();
            let table = || Array::from_vec(rows.concat(), [n_rows, n]).astype(dtype);
            check("rows", table, &rows, 1);
            check("columns", || table().t().eval().expect("columns"), &rows, 0);
            check("transposed", || table().t(), &rows, -2);
        }
    }
}

#[test]
fn nan_comes_first_and_equals_in_order() {
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    for n in [1, 3, 16, 40, 300, 5000] {
        for places in [vec![0], vec![n - 1], vec![n / 2, n - 1], vec![n / 3, n / 2, n / 2 + 1]] {
            for special in [nan, -nan, infinity, -infinity, 0.0, -0.0] {
                for rest in [1.0, -1.0, 0.0, -0.0, infinity, -infinity] {
                    let mut x = vec![rest; n];
                    places.iter().for_each(|place| x[(*place).min(n - 1)] = special);
                    for dtype in [DType::F64, DType::F32] {
                        let array = || Array::from_slice(&x, [n]).astype(dtype);
                        check("special values", array, std::slice::from_ref(&x), 0);
                    }
                }
            }
        }
    }
}

/// Views of all kinds, and what is computed from elements on the way.
#[test]
fn wherever_elements_come_from() {
    let (n_rows, n) = (30, 300);
    let rows: Vec<Vec<f64>> = (0..n_rows).map(|row| elements(n + row)[row..].to_vec()).collect();
    let table = || Array::from_vec(rows.concat(), [n_rows, n]);
    let changed = |change: fn(&[f64]) -> Vec<f64>| -> Vec<Vec<f64>> {
        rows.iter().map(|row| change(row)).collect()
    };
    let backwards = changed(|row| row.iter().rev().copied().collect());
    check("backwards", || table().slice(jn::s![.., ..;-1]), &backwards, 1);
    let every_third = changed(|row| row.iter().step_by(3).copied().collect());
    check("every third", || table().slice(jn::s![.., ..;3]), &every_third, 1);
    let computed = changed(|row| row.iter().map(|x| (x - 2.0) * (x - 2.0)).collect());
    check("computed", || (table() - 2.0).square(), &computed, 1);
    let divided = changed(|row| row.iter().map(|x| 0.0 / x).collect());
    check("with NaN from a division", || 0.0 / table(), &divided, 1);
    let repeated = vec![rows[0].clone(); 5];
    let broadcast = || jn::broadcast_to(&table().slice(jn::s![0]), [5, n]);
    check("broadcast rows", broadcast, &repeated, 1);
    let one: Vec<Vec<f64>> = (0..n).map(|i| vec![rows[0][i]; 5]).collect();
    check("of equals", broadcast, &one, 0);
    let all = [rows.concat()];
    check("all of a table", table, &all, ..);
    let down: Vec<f64> = (0..n).flat_map(|i| rows.iter().map(move |row| row[i])).collect();
    check("all of its transpose", || table().t(), &[down], ..);
}

#[test]
fn shapes_and_refusals_are_numpys() {
    let x = jn::arange(24).reshape([2, 3, 4]);
    for (found, shape) in [
        (x.argmax(..), &[][..]),
        (x.argmax(1), &[2, 4]),
        (x.argmax(jn::axis(-1).keepdims()), &[2, 3, 1]),
        (x.argmax(jn::axis(..).keepdims()), &[1, 1, 1]),
        (jn::scalar(3.0).argmin(0), &[]),
        (jn::zeros([3, 0]).argmin(0), &[0]),
    ] {
        assert_eq!(found.eval().expect("an index").shape(), shape);
    }
    for (found, expected) in [
        (jn::zeros([0]).argmin(..), "attempt to get argmin of an empty sequence"),
        (jn::zeros([2, 0]).argmax(1), "attempt to get argmax of an empty sequence"),
        (x.argmax(3), "axis 3 is out of bounds for array of dimension 3"),
        (jn::scalar(1).argmax(1), "axis 1 is out of bounds for array of dimension 1"),
        (x.argmin([0, 1]), "takes one axis or all"),
    ] {
        let error = found.eval().expect_err("refused").to_string();
        assert!(error.contains(expected) && error.contains("arg_extrema.rs"), "{error}");
    }
}

/// The value and the index of one extremum, and what reads them, go through the elements together.
#[test]
fn beside_other_reductions() {
    let (n_rows, n) = (40, 500);
    let x = || Array::from_vec(elements(n_rows * n), [n_rows, n]);
    let mut expected = None;
    in_every_way(|way| {
        let (best, at) = (x().max(1), x().argmax(1));
        let value = (best + at.astype(DType::F64) * 0.5 - x().mean(1)) * x().argmin(1);
        let bits: Vec<u64> =
            value.to_vec::<f64>().expect("a value").iter().map(|x| x.to_bits()).collect();
        assert_eq!(*expected.get_or_insert_with(|| bits.clone()), bits, "{way}");
    });
}
