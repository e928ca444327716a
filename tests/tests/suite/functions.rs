//! What NumPy has in functions, methods and formulas, Jitney has in all three: each line is a call
//! in Rust and the same one in a formula.

use jitney::{Array, DType, Formula, arange, array, axis};

fn x() -> Array {
    array([2.5, -1.0, 0.5, 4.0, -0.25, 8.0]).reshape([2, 3])
}

/// The text of an array tells dtype and elements; the shape stands beside it.
fn shown(array: &Array) -> String {
    let array = array.eval().expect("evaluates");
    format!("{:?} {:?} {array:?}", array.shape(), array.dtype())
}

fn check(calls: &[(Array, &str)]) {
    for (array, text) in calls {
        let mut formula = Formula::parse(text).expect("parses");
        let value = formula.bind("x", x()).bind("n", arange(6)).eval().expect("has a value");
        assert_eq!(shown(array), shown(&value), "{text}");
    }
}

#[test]
fn creation_takes_options() {
    check(&[
        (jitney::eye(3), "eye(3)"),
        (jitney::eye_with(3, |o| o.m(4).k(-1).dtype(DType::I32)), "eye(3, 4, -1, int32)"),
        (jitney::identity_with(2, |o| o.dtype(DType::Bool)), "identity(2, bool)"),
        (jitney::zeros_with([2, 1], |o| o.dtype(DType::U8)), "zeros((2, 1), dtype=uint8)"),
        (jitney::empty([2]), "empty(2)"),
        (jitney::full_with([2], 7, |o| o.dtype(DType::F32)), "full(2, 7, float32)"),
        (jitney::full_like(&x(), 3), "full_like(x, 3)"),
        (jitney::ones_like_with(&x(), |o| o.dtype(DType::I8)), "ones_like(x, int8)"),
        (arange(5), "arange(5)"),
        (arange(2..5), "arange(2, 5)"),
        (arange((0, 10, 2)), "arange(0, 10, 2)"),
        (arange((1.0, 0.0, -0.25)), "arange(1.0, 0.0, -0.25)"),
        (jitney::arange_with(3, |o| o.dtype(DType::F32)), "arange(3, dtype=float32)"),
        (jitney::linspace(0, 1, 11), "linspace(0, 1, 11)"),
        (
            jitney::linspace_with(0, 5, 5, |o| o.endpoint(false)),
            "linspace(0, 5, 5, endpoint=False)",
        ),
        (jitney::linspace_retstep(0, 1, 5).1, "linspace(0, 1, 5, retstep=True)[1]"),
        (jitney::linspace_retstep(0, 1, 5).0, "linspace(0, 1, 5, retstep=True)[0]"),
        (jitney::logspace_with(0, 3, 4, |o| o.base(2)), "logspace(0, 3, 4, base=2)"),
        (jitney::indices([2, 3]), "indices((2, 3))"),
        (jitney::asarray(3), "asarray(3)"),
        (jitney::asarray_with(x(), |o| o.dtype(DType::F32)), "asarray(x, float32)"),
        (jitney::meshgrid([arange(2), arange(3)])[1].clone(), "meshgrid(arange(2), arange(3))[1]"),
    ]);
}

#[test]
fn views_and_joins_take_axes_and_lists() {
    let rows: Vec<Array> = (0..2).map(|row| x().slice(jitney::s![row])).collect();
    check(&[
        (x().flatten(), "x.flatten()"),
        (x().copy(), "copy(x)"),
        (x().transpose(..), "x.transpose()"),
        (x().transpose([1, 0]), "x.transpose(1, 0)"),
        (jitney::permute_dims(&x(), [1, 0]), "permute_dims(x, (1, 0))"),
        (x().matrix_transpose(), "matrix_transpose(x)"),
        (x().expand_dims([0, -1]), "expand_dims(x, (0, -1))"),
        (x().expand_dims(0).moveaxis([0, 1], [2, 0]), "moveaxis(x[None], (0, 1), (2, 0))"),
        (x().expand_dims(0).squeeze(..), "x[None].squeeze()"),
        (x().expand_dims(0).squeeze(0), "squeeze(x[None], 0)"),
        (x().flip(..), "flip(x)"),
        (x().flip([]), "flip(x, ())"),
        (x().flip(0), "flip(x, 0)"),
        (jitney::concatenate(&rows, 0), "concatenate([x[0], x[1]], 0)"),
        (jitney::concatenate([&x(), &x()], ..), "concatenate((x, x), axis=None)"),
        (jitney::concat([x(), x()], 1), "concat((x, x), 1)"),
        (jitney::stack(rows.iter(), 1), "stack([x[0], x[1]], axis=1)"),
        (jitney::vstack_with(&rows, |o| o.dtype(DType::F32)), "vstack(x, dtype=float32)"),
        (x().astype(DType::I8), "astype(x, int8)"),
    ]);
}

#[test]
fn choices_and_comparisons_take_options() {
    check(&[
        (x().clip(.., 3), "x.clip(max=3)"),
        (jitney::clip(&x(), 0, 3), "clip(x, 0, 3)"),
        (x().round(0), "x.round()"),
        (jitney::around(&x(), 1), "around(x, 1)"),
        (x().angle(), "angle(x)"),
        (x().angle_with(|o| o.deg(true)), "angle(x, deg=True)"),
        (x().allclose(&x()), "allclose(x, x)"),
        (jitney::isclose(&x(), &(x() + 1e-6)), "isclose(x, x + 1e-6)"),
        (x().isclose_with(&(x() + 0.1), |o| o.atol(0.2)), "isclose(x, x + 0.1, atol=0.2)"),
        (x().sqrt().nan_to_num(), "nan_to_num(sqrt(x))"),
        (x().sqrt().nan_to_num_with(|o| o.nan(1)), "nan_to_num(sqrt(x), nan=1)"),
        (
            jitney::select([x().greater(0), x().less(0)], [x(), -x()], 9),
            "select([x > 0, x < 0], [x, -x], 9)",
        ),
        (x().modf().0, "modf(x)[0]"),
        (jitney::bitwise_left_shift(arange(6), 1), "bitwise_left_shift(n, 1)"),
    ]);
}

#[test]
fn reductions_take_an_axis_with_options() {
    check(&[
        (x().sum(..), "x.sum()"),
        (x().sum(axis(0).keepdims()), "x.sum(0, keepdims=True)"),
        (jitney::amax(&x(), [0, 1]), "amax(x, (0, 1))"),
        (x().var(axis(1).ddof(1.0).dtype(DType::F32)), "var(x, 1, ddof=1, dtype=float32)"),
        (x().ptp(0), "ptp(x, 0)"),
    ]);
}

#[test]
fn formulas_assign_to_elements() {
    let at = |index: &[jitney::Index], value: f64| x().set(index, value);
    check(&[
        (at(&jitney::s![0, 1], 7.0), "x[0, 1] = 7; x"),
        (at(&jitney::s![.., ..;2], 0.0), "x[:, ::2] = 0; x"),
        (x(), "y = x; y[0] = 5; x"),
        (x().set(jitney::s![0], x().slice(jitney::s![0]) * 2.0), "x[0] *= 2; x"),
        (arange(6).set(jitney::s![1..3], array([8, 9])), "n[1:3] = [8, 9]; n"),
        (arange(6).set(jitney::s![0], 3), "n[0] += 3.5; n"),
        (arange(6).set(jitney::s![2], 5), "i = n; n[i[2]] = i[5]; n"),
    ]);
}

/// A bad call says what is wrong, in Rust and in formulas.
#[test]
fn bad_axes_are_errors() {
    for (array, message) in [
        (x().moveaxis([0, 1], 0), "needs as many destinations as sources"),
        (x().moveaxis([0, 0], [0, 1]), "repeated axis 0"),
        (x().expand_dims([0, 0]), "repeated axis 0"),
        (x().expand_dims(5), "axis 5 is out of bounds"),
        (x().expand_dims(..), "takes an axis or several"),
        (x().transpose([0]), "1 axes for an array of shape (2, 3)"),
        (jitney::concatenate([x()], [0, 1]), "takes one axis or none"),
        (jitney::indices([]), "at least one dimension"),
    ] {
        let error = array.eval().expect_err("is no call");
        assert!(error.message().contains(message), "{}: {message}", error.message());
        assert!(error.to_string().contains("functions.rs"), "{error}");
    }
}
