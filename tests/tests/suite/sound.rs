//! What the runtime's public items are given in vain: memory that is no array, and nodes that no
//! operation of arrays makes.

use jitney_ir::graph::{Layout, Op, SliceAxis, View};
use jitney_ir::ops::{Call, Elementwise, Reduction};
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Scalar, Shape};
use jitney_runtime::buffer::Buffer;
use jitney_runtime::{Element, ErrorKind, Expr, ExprInput, ExprInputs, Mode, Value};
use smallvec::smallvec;
use std::sync::Arc;

fn shape_of(extents: &[usize]) -> Shape {
    Shape::new(extents).expect("a shape that there is")
}

fn layout(shape: &[usize], strides: &[isize], offset: isize) -> Layout {
    Layout { shape: shape_of(shape), strides: Dims::from_slice(strides), offset }
}

#[test]
fn memory_that_is_no_array_is_refused() {
    let words = || Buffer::from_vec(vec![0x0102_0304_0506_0708_u64; 4]);
    for (dtype, layout, part) in [
        (DType::F64, layout(&[5], &[8], 0), "bytes 0..40 of a buffer of 32"),
        (DType::F64, layout(&[2], &[8], -8), "bytes -8..8"),
        (DType::F64, layout(&[2], &[8], 4), "not aligned"),
        (DType::F32, layout(&[2], &[6], 0), "not aligned"),
        (DType::I16, layout(&[2], &[2], 1), "not aligned"),
        (DType::U8, layout(&[2, 2], &[2], 0), "2 axes with 1 strides"),
        (DType::Bool, layout(&[8], &[1], 0), "only 0 and 1 are bools"),
    ] {
        let error = Value::new(words(), dtype, layout).map(|_| ()).expect_err(part);
        assert!(error.message().contains(part), "{part}: {}", error.message());
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
    let nowhere = layout(&[0, 3], &[isize::MAX, 5], isize::MAX);
    let empty = Value::new(words(), DType::F64, nowhere).map(Expr::value).expect("no element");
    let rows = Op::View(View::Slice(smallvec![SliceAxis { start: 0, step: 1 }; 2]));
    let row = node(rows, &[&empty], DType::F64, &[0, 1]);
    jitney_runtime::eval(&[&row]).expect("evaluates");
    // Every second byte, from the last one on, is a bool.
    let bytes = Buffer::from_vec(vec![7_u8, 1, 9, 0, 255, 1]);
    let bools = Value::new(bytes, DType::Bool, layout(&[3], &[-2], 5)).expect("they are bools");
    assert_eq!(bools.to_vec::<bool>().expect("they are bools"), [true, false, true]);
}

fn node(op: Op, inputs: &[&Arc<Expr>], dtype: DType, shape: &[usize]) -> Arc<Expr> {
    let inputs = inputs.iter().map(|input| ExprInput::Node(Arc::clone(input))).collect();
    Expr::new(op, inputs, dtype, shape_of(shape))
}

fn array<T: Element>(elements: &[T]) -> Arc<Expr> {
    let shape = shape_of(&[elements.len()]);
    Expr::value(Value::from_slice(elements, &shape).expect("memory for a few elements"))
}

/// Nodes with something wrong, each alone and below others.
fn nonsense() -> Vec<(&'static str, Arc<Expr>)> {
    let (x, bytes) = (array(&[1.0, 2.0, 3.0]), array(&[7_u8, 8, 9]));
    let slice = |start, step| Op::View(View::Slice(smallvec![SliceAxis { start, step }]));
    let update = Op::Update(smallvec![SliceAxis { start: 0, step: 1 }]);
    let add = Op::Elementwise(Elementwise::Add);
    let scalar = Scalar { dtype: DType::F64, bits: 0 };
    let vast = usize::MAX / 2;
    let part = node(slice(0, 0), &[&x], DType::F64, &[vast]);
    let (f64, bool) = (DType::F64, DType::Bool);
    vec![
        ("an input without a value", node(Op::Input(0), &[], f64, &[3])),
        ("a sum of one", node(add.clone(), &[&x], f64, &[3])),
        ("a sum of 300", node(add.clone(), &[&x; 300], f64, &[3])),
        ("a sum of dtypes", node(add.clone(), &[&x, &bytes], f64, &[3])),
        ("a sum of another dtype", node(add.clone(), &[&x, &x], DType::I64, &[3])),
        ("a sum of another shape", node(add, &[&x, &x], f64, &[4])),
        ("bytes as bools", node(Op::View(View::Reshape), &[&bytes], bool, &[3])),
        ("a reshape to more", node(Op::View(View::Reshape), &[&x], f64, &[4])),
        ("a slice beyond", node(slice(1, 1), &[&x], f64, &[3])),
        ("a transpose of nothing", node(Op::View(View::Transpose(smallvec![1])), &[&x], f64, &[3])),
        ("a cast to another shape", node(Op::cast(DType::F32), &[&x], DType::F32, &[2])),
        ("a cast of two", node(Op::cast(DType::F32), &[&x, &x], DType::F32, &[3])),
        ("a sum over no axis", node(Op::Reduce(Reduction::Sum, smallvec![1]), &[&x], f64, &[])),
        ("a join of less", node(Op::Concat(0), &[&x, &x], f64, &[7])),
        ("a join that overflows", node(Op::Concat(0), &[&part, &part, &x], f64, &[1])),
        ("a product of vectors", node(Op::Call(Call::MatMul {}), &[&x, &x], f64, &[])),
        ("an update by another dtype", node(update.clone(), &[&x, &bytes], f64, &[3])),
        ("an update to another dtype", node(update.clone(), &[&bytes, &bytes], bool, &[3])),
        ("an update to another shape", node(update, &[&x, &x], f64, &[4])),
        ("a constant of another dtype", node(Op::Constant(scalar), &[], DType::U8, &[])),
        ("an iota of floats", node(Op::Iota, &[], f64, &[3])),
    ]
}

#[test]
fn nodes_that_no_operation_makes_are_errors() {
    for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
        for (what, wrong) in nonsense() {
            let negative = Op::Elementwise(Elementwise::Negative);
            let user = node(negative, &[&wrong], wrong.dtype(), wrong.shape().extents());
            let kind = |root: &Arc<Expr>| {
                let result = jitney_runtime::with_mode(mode, || jitney_runtime::eval(&[root]));
                result.map_err(|error| error.kind())
            };
            assert_eq!(kind(&wrong), Err(ErrorKind::Internal), "{mode:?}: {what}");
            assert_eq!(kind(&user), Err(ErrorKind::Internal), "{mode:?}: below, {what}");
        }
    }
}

/// A bool has one bit, whatever its word holds.
#[test]
fn literals_have_the_bits_of_their_dtype() {
    let wrong = Scalar { dtype: DType::Bool, bits: 0xfe };
    assert_eq!(Value::from_scalar(wrong).contiguous_bytes(), Some(&[1][..]));
    let x = array(&[true, false]);
    for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
        let inputs: ExprInputs =
            smallvec![ExprInput::Node(Arc::clone(&x)), ExprInput::Literal(wrong)];
        let op = Op::Elementwise(Elementwise::LogicalAnd);
        let both = Expr::new(op, inputs, DType::Bool, shape_of(&[2]));
        jitney_runtime::with_mode(mode, || jitney_runtime::eval(&[&both])).expect("evaluates");
        let value = both.known_value().expect("is evaluated");
        assert_eq!(value.contiguous_bytes(), Some(&[1, 0][..]), "{mode:?}");
    }
}
