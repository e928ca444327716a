//! Operands that are the same along rows, in calls so long that threads share them: a task
//! begins anywhere, also within rows.

use super::check::modes_agree;
use super::inputs::{Arrangement, Spice, arranged};
use jitney::{Array, DType};
use jitney_ir::Shape;
use jitney_runtime::trace;

/// The longest axis is what is shared: the first, the one between, the last one.
const SHAPES: [[usize; 3]; 5] =
    [[90, 40, 33], [3000, 2, 17], [2, 2500, 24], [2, 3, 20_000], [1, 2, 50_003]];

/// An operand that is the same along rows and the given outer axes, and goes backwards along
/// the others if asked to.
fn along_rows(
    dtype: DType,
    shape: [usize; 3],
    same: &[usize],
    is_backward: bool,
    spice: Spice,
) -> Array {
    let extent = |axis| if axis == 2 || same.contains(&axis) { 1 } else { shape[axis] };
    let shape = Shape::new(&[0, 1, 2].map(extent)).unwrap();
    let operand = arranged(dtype, &shape, Arrangement::C, spice, 7);
    if !is_backward {
        return operand;
    }
    let flipped = operand.flip([0, 1]);
    flipped.eval().expect("views of values have values")
}

fn check(shape: [usize; 3], is_backward: bool, spice: Spice) {
    let along_rows = |dtype, same: &[usize]| along_rows(dtype, shape, same, is_backward, spice);
    let full = |dtype| arranged(dtype, &Shape::new(&shape).unwrap(), Arrangement::C, spice, 3);
    let x = full(DType::F64);
    let never = along_rows(DType::F64, &[0, 1]);
    let (flag, byte) = (along_rows(DType::Bool, &[0]), along_rows(DType::I8, &[1]));
    let (single, double) = (along_rows(DType::F32, &[1]), along_rows(DType::F64, &[]));
    let flags = full(DType::Bool);
    let built = [
        // Changing along no axis, along one, along each.
        &x * &never + 0.5,
        (&x - &single) * &never,
        (&x + &double).exp() - &single,
        // Bools and integers of other widths.
        flag.where_(&x * &double, &never - &x),
        (&flags ^ &flag).where_(&byte, full(DType::I16)),
        (full(DType::I32) + &byte) * 3 - &byte,
    ];
    for array in &built {
        let (graph, inputs) = trace(&[array.expr()]).expect("a graph");
        if let Err(why) = modes_agree(&graph, &inputs) {
            panic!("{shape:?}, backwards: {is_backward}, {spice:?}: {why}\n{graph}");
        }
    }
}

#[test]
fn operands_that_are_the_same_along_rows() {
    for shape in SHAPES {
        check(shape, false, Spice::Tame);
        check(shape, true, Spice::Some);
    }
}
