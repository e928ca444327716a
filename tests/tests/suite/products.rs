//! Matrix products: their bits depend on the elements and on `m`, `k` and `n` alone, and are the
//! reference's where no library is asked.

use crate::random::inputs::{Arrangement, Spice, arranged};
use jitney::{Array, DType, Index, Mode, Settings, with_mode, with_settings};
use jitney_ir::Kind;
use jitney_ir::Shape;
use jitney_ir::product::Order;
use jitney_runtime::Value;

fn value_of(array: &Array) -> Value {
    array.eval().expect("evaluates").expr().known_value().expect("it has been evaluated").clone()
}

fn bits(array: &Array) -> Vec<u64> {
    value_of(array).scalars().map(|scalar| scalar.bits).collect()
}

/// Ways for the same elements to lie in memory.
fn layouts(matrix: &Array) -> Vec<(&'static str, Array)> {
    let evaluated = |view: Array| view.eval().expect("views of values have values");
    // No rule of arithmetic makes these what they were.
    let copied = |array: &Array| match array.dtype().kind() {
        Kind::Float => evaluated(array + 0.0),
        Kind::Bool | Kind::Signed | Kind::Unsigned => evaluated(array + 1 - 1),
    };
    let flipped = |axes: &[isize]| evaluated(copied(&matrix.flip(axes)).flip(axes));
    // Every second element along both axes of an array of NaNs.
    let [m, n] = matrix.shape() else { panic!("a matrix") };
    let second: [Index; 2] = [Index::stepped(1.., 2), Index::stepped(1.., 2)];
    let filling = if matrix.dtype().kind() == Kind::Float { f64::NAN } else { 77.0 };
    let mut wide = jitney::full([2 * m + 1, 2 * n + 1], filling).astype(matrix.dtype());
    wide.assign(second, matrix);
    vec![
        ("C", copied(matrix)),
        ("F", evaluated(copied(&matrix.t()).t())),
        ("strided", evaluated(copied(&wide).slice(second))),
        ("F strided", evaluated(copied(&wide.t()).t().slice(second))),
        ("rows reversed", flipped(&[0])),
        ("columns reversed", flipped(&[1])),
        ("both reversed", flipped(&[0, 1])),
    ]
}

/// A matrix whose elements are no multiples of a power of two, so that every order of a sum has bits
/// of its own.
fn matrix(dtype: DType, shape: [usize; 2], seed: u64) -> Array {
    let shape = Shape::new(&shape).expect("a small shape");
    arranged(dtype, &shape, Arrangement::C, Spice::Tame, seed)
}

fn check_layouts(dtype: DType, [m, k, n]: [usize; 3], a: &Array, b: &Array, threads: &[usize]) {
    let law = bits(&a.matmul(b));
    if dtype.kind() == Kind::Float && Order::of(m, k, n) != Order::OfLibrary {
        let reference = with_mode(Mode::Reference, || bits(&a.matmul(b)));
        assert!(reference == law, "{dtype} {m} x {k} x {n}: the reference's");
    }
    let (lefts, rights) = (layouts(a), layouts(b));
    for (left_name, left) in &lefts {
        for (right_name, right) in &rights {
            for mode in [Mode::Fused, Mode::Eager] {
                for threads in threads {
                    let settings = Settings {
                        mode: Some(mode),
                        threads: Some(*threads),
                        ..Settings::default()
                    };
                    let found = with_settings(settings, || bits(&left.matmul(right)));
                    assert!(
                        found == law,
                        "{dtype} {m} x {k} x {n}: {left_name}, {right_name}, {mode:?}, \
                         {threads} threads"
                    );
                }
            }
        }
    }
}

/// Extents for every way in which products are computed, and its borders.
const EXTENTS: [[usize; 3]; 40] = [
    [1, 1, 1],
    [1, 16, 1],
    [1, 17, 1],
    [1, 40, 1],
    [7, 31, 1],
    [7, 32, 1],
    [9, 129, 1],
    [70, 13, 1],
    [300, 17, 1],
    [530, 300, 1],
    [1, 5, 9],
    [1, 16, 37],
    [1, 70, 300],
    [1, 600, 3],
    [1, 400, 9],
    [2, 1, 2],
    [40, 1, 30],
    [40, 2, 30],
    [300, 2, 3],
    [3, 2, 2],
    [2, 3, 2],
    [4, 4, 4],
    [3, 5, 30],
    [5, 33, 5],
    [16, 16, 16],
    [16, 17, 16],
    [16, 130, 16],
    [2, 128, 2],
    [2, 300, 128],
    [128, 200, 2],
    [4, 513, 16],
    [8, 1100, 8],
    [3, 127, 70],
    [17, 3, 16],
    [17, 600, 16],
    [11, 1500, 23],
    [12, 1500, 21],
    [70, 66, 65],
    [65, 700, 5],
    [5, 3000, 60],
];

/// As many terms as several groups of blocks have, which threads share.
#[test]
fn long_sums_have_the_same_bits() {
    for dtype in [DType::F64, DType::F32] {
        for extents @ [m, k, n] in [[1, 70_000, 1], [3, 20_001, 1], [1, 9_000, 40]] {
            let (a, b) = (matrix(dtype, [m, k], 11), matrix(dtype, [k, n], 12));
            check_layouts(dtype, extents, &a, &b, &[1, 2]);
        }
    }
}

#[test]
fn layouts_order_and_mode_change_no_bit() {
    for dtype in [DType::F64, DType::F32] {
        for extents @ [m, k, n] in EXTENTS {
            let (a, b) = (matrix(dtype, [m, k], 1), matrix(dtype, [k, n], 2));
            check_layouts(dtype, extents, &a, &b, &[1, 2]);
        }
    }
}

/// Those of integers that are products to the runtime, and others.
#[test]
fn integers_wrap_alike_in_every_layout() {
    for dtype in [DType::I8, DType::U16, DType::I32, DType::I64, DType::U64] {
        for extents @ [m, k, n] in
            [[2, 1, 2], [4, 4, 4], [3, 5, 30], [16, 16, 16], [16, 17, 16], [7, 9, 1], [1, 30, 5]]
        {
            let (a, b) = (matrix(dtype, [m, k], 1), matrix(dtype, [k, n], 2));
            let (a, b) = ((a * 101).eval().expect("evaluates"), b);
            let sums = (a.expand_dims(2) * b.expand_dims(0)).sum(jitney::axis(1).dtype(dtype));
            assert!(bits(&a.matmul(&b)) == bits(&sums), "{dtype} {m} x {k} x {n}");
            let reference = with_mode(Mode::Reference, || bits(&a.matmul(&b)));
            assert!(reference == bits(&sums), "{dtype} {m} x {k} x {n}: the reference's");
            check_layouts(dtype, extents, &a, &b, &[1, 2]);
        }
    }
}

/// Rows and columns that stand still, as a broadcast leaves them, and copies of them.
#[test]
fn broadcast_operands_change_no_bit() {
    for dtype in [DType::F64, DType::F32] {
        for [m, k, n] in EXTENTS {
            let (row, column) = (matrix(dtype, [1, k], 3), matrix(dtype, [k, 1], 4));
            let (a, b) = (matrix(dtype, [m, k], 5), matrix(dtype, [k, n], 6));
            let evaluated = |array: Array| array.eval().expect("evaluates");
            let pairs = [
                (evaluated(row.broadcast_to([m, k])), b.clone()),
                (a.clone(), evaluated(column.broadcast_to([k, n]))),
                (evaluated(row.broadcast_to([m, k])), evaluated(column.broadcast_to([k, n]))),
                (evaluated(matrix(dtype, [m, 1], 7).broadcast_to([m, k])), b.clone()),
                (a.clone(), evaluated(matrix(dtype, [1, n], 8).broadcast_to([k, n]))),
            ];
            for (a, b) in pairs {
                let copies = (evaluated(&a + 0.0), evaluated(&b + 0.0));
                let law = bits(&copies.0.matmul(&copies.1));
                assert!(bits(&a.matmul(&b)) == law, "{dtype} {m} x {k} x {n}");
            }
        }
    }
}

/// Makes arrays of a shape.
type Full<'a> = &'a dyn Fn([usize; 2]) -> Array;

/// What reaches a product through memory in one mode and as a view of an input in another.
#[test]
fn products_of_expressions_have_the_same_bits_fused_and_eager() {
    let full = |shape: [usize; 2]| jitney::full(shape, 0.1).sqrt();
    let expressions: [fn(Full<'_>) -> Array; 6] = [
        |full| full([5, 33]).matmul(&full([5, 33]).t()),
        |full| full([33, 5]).t().matmul(&full([33, 5])),
        |full| full([5, 400]).matmul(&full([5, 400]).t()),
        |full| (full([7, 64]) * jitney::arange(64)).matmul(&full([64, 1])),
        |full| full([1, 64]).matmul(&(full([64, 7]) * jitney::arange(7)).flip([0])),
        |full| full([30, 90]).flip([0, 1]).matmul(&full([30, 90]).t().flip([0])),
    ];
    for (number, expression) in expressions.iter().enumerate() {
        for dtype in [DType::F64, DType::F32] {
            let product = || expression(&|shape| full(shape).astype(dtype));
            let [fused, eager] =
                [Mode::Fused, Mode::Eager].map(|mode| with_mode(mode, || bits(&product())));
            assert!(fused == eager, "expression {number}, {dtype}");
        }
    }
}

/// Each product of a stack is the product of its matrices.
#[test]
fn stacks_have_the_bits_of_their_matrices() {
    for [m, k, n] in EXTENTS {
        let shape = Shape::new(&[3, m, k]).expect("a small shape");
        let a = arranged(DType::F64, &shape, Arrangement::Backwards, Spice::Tame, 9);
        let b = matrix(DType::F64, [k, n], 10);
        let (stacked, alone) = (a.matmul(&b), |i: usize| a.slice(jitney::s![i]).matmul(&b));
        for i in 0..3 {
            assert!(bits(&stacked.slice(jitney::s![i])) == bits(&alone(i)), "{m} x {k} x {n}");
        }
    }
}

/// Sums begin with zero, as NumPy's do.
#[test]
fn products_are_never_negative_zeros() {
    for dtype in [DType::F64, DType::F32] {
        for [m, k, n] in EXTENTS {
            let zeros = jitney::full([m, k], -0.0).astype(dtype);
            let product = zeros.matmul(&jitney::ones([k, n]).astype(dtype));
            assert!(bits(&product).iter().all(|bits| *bits == 0), "{dtype} {m} x {k} x {n}");
        }
    }
}

/// What is copied for the sake of the bits counts as well.
#[test]
fn copies_count_against_the_limit_of_memory() {
    let a = matrix(DType::F64, [20, 500], 1);
    let reversed = (matrix(DType::F64, [500, 20], 2).flip([0]) + 0.0).eval().expect("evaluates");
    let backwards = reversed.flip([0]).eval().expect("evaluates");
    let vector = reversed.slice(jitney::s![.., 3]).eval().expect("evaluates");
    let kind_at = |b: &Array, limit: usize| {
        let settings = Settings { max_memory: Some(limit), ..Settings::default() };
        with_settings(settings, || a.matmul(b).eval().err().map(|error| error.kind()))
    };
    for (b, result, copy) in [(backwards, 20 * 20 * 8, 500 * 20 * 8), (vector, 20 * 8, 500 * 8)] {
        assert_eq!(kind_at(&(&b + 0.0).eval().expect("evaluates"), result), None);
        assert_eq!(kind_at(&b, result + copy - 1), Some(jitney::ErrorKind::Memory));
        assert_eq!(kind_at(&b, result + copy), None);
    }
}
