//! Assignment to elements: NumPy's values and refusals.

use jitney::{Array, Operand, s};
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Strategy, plan_reusing};

/// A range to -1 ends before the last element, as in NumPy.
#[allow(
    clippy::reversed_empty_ranges,
    reason = "slices end before they begin, counted from the end"
)]
#[test]
fn elements_that_the_index_picks_are_the_value() {
    let x = || jitney::arange(12).reshape([3, 4]);
    let check = |index: &[jitney::Index], value: Operand, expected: [i64; 12]| {
        let mut assigned = x();
        assigned.assign(index, value.clone());
        for array in [x().set(index, value), assigned] {
            assert_eq!(array.to_vec::<i64>().expect("fits"), expected, "at {index:?}");
        }
    };
    let row = || Operand::from(jitney::array(vec![-1, -2]));
    let column = || Operand::from(jitney::array(vec![-1, -2, -3]).expand_dims(1));
    check(&s![1..-1, 1..-1], row(), [0, 1, 2, 3, 4, -1, -2, 7, 8, 9, 10, 11]);
    check(&s![.., 1..3], row(), [0, -1, -2, 3, 4, -1, -2, 7, 8, -1, -2, 11]);
    check(&s![.., ..;2], row(), [-1, 1, -2, 3, -1, 5, -2, 7, -1, 9, -2, 11]);
    check(&s![.., ..;-2], row(), [0, -2, 2, -1, 4, -2, 6, -1, 8, -2, 10, -1]);
    check(&s![..;2, ..;3], row(), [-1, 1, 2, -2, 4, 5, 6, 7, -1, 9, 10, -2]);
    check(&s![1, 1..3], row(), [0, 1, 2, 3, 4, -1, -2, 7, 8, 9, 10, 11]);
    check(&s![-1], Operand::Int(9), [0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9]);
    check(&s![2, 0], Operand::Float(-1.9), [0, 1, 2, 3, 4, 5, 6, 7, -1, 9, 10, 11]);
    check(&s![.., jitney::newaxis, 1], column(), [0, -1, 2, 3, 4, -2, 6, 7, 8, -3, 10, 11]);
    check(&s![jitney::ellipsis, ..;-1], column(), [-1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -3, -3]);
    check(&s![3.., ..], Operand::Int(9), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let dear = Operand::from(jitney::ones([1, 1, 1, 4]) * 7.0);
    check(&s![0], dear, [7, 7, 7, 7, 4, 5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn an_array_without_axes_has_one_element_to_set() {
    let x = jitney::scalar(1.0).set(s![], 2);
    assert_eq!(x.item::<f64>().expect("fits"), 2.0);
}

#[test]
fn operators_that_assign_rebind() {
    let mut x = jitney::arange(3);
    let before = x.clone();
    x += 2;
    x <<= &before;
    assert_eq!(x.to_vec::<i64>().expect("fits"), [2, 6, 16]);
    assert_eq!(before.to_vec::<i64>().expect("fits"), [0, 1, 2]);
    x /= jitney::array(vec![2.0, 0.0, 4.0]);
    assert_eq!(x.to_vec::<f64>().expect("fits"), [1.0, f64::INFINITY, 4.0]);
    x -= jitney::ones([4]);
    let error = x.eval().expect_err("does not fit").to_string();
    assert!(error.contains("update.rs"), "{error}");
}

#[test]
fn what_does_not_fit_fails_where_it_is_set() {
    let bytes = || jitney::zeros([2, 3]).astype(jitney::DType::U8);
    let check = |array: Array, expected: &str| {
        let error = array.eval().expect_err("does not fit");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("update.rs"), "{error}");
    };
    let shapes = "could not broadcast input array from shape (2,) into shape (2, 3)";
    check(bytes().set(s![..], jitney::ones([2])), shapes);
    check(bytes().set(s![.., 3], 1), "index 3 is out of bounds for axis 1 with size 3");
    check(bytes().set(s![0, 0, 0], 1), "too many indices");
    check(bytes().set(s![0], 300), "integer 300 is out of bounds for uint8");
    check(bytes().set(s![0], -1.5), "integer -1 is out of bounds for uint8");
    check(bytes().set(s![0], f64::NAN), "cannot convert float NaN to integer");
    check(bytes().set(s![0], f64::INFINITY), "cannot convert float infinity to integer");
    let mut array = bytes();
    array.assign(s![5], 1);
    check(array, "index 5 is out of bounds for axis 0 with size 2");
}

#[test]
fn updates_that_do_not_fit_are_no_graphs() {
    let check = |value: &str, update: &str, expected: &str| {
        let text = format!(
            "graph {{\n  %0 = input 0 : f64[4]\n  %1 = input 1 : {value}\n  %2 = update {update} \
             %0, %1 : f64[4]\n  return %2\n}}\n"
        );
        let error = Graph::parse(&text).expect_err("does not fit").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("f64[2]", "start=[3] step=[-2]", "walks forwards");
    check("f64[2]", "start=[1] step=[3]", "inside its operand");
    check("f32[2]", "start=[1] step=[1]", "has its dtype");
}

/// What replaces an array that nobody needs any more may show the array itself, another way round:
/// it is put aside before the array is overwritten, however the array lies in memory.
#[test]
fn values_that_show_their_base_are_put_aside() {
    const N: usize = 5;
    for (rank, step) in [(1, 2), (2, 2), (3, 2), (1, -2), (2, -2), (1, 4)] {
        let list = |first: isize, other: isize| {
            let rest = std::iter::repeat_n(other, rank - 1);
            let all = std::iter::once(first).chain(rest).map(|number| number.to_string());
            all.collect::<Vec<_>>().join(", ")
        };
        let last = N as isize - 1;
        let ty = format!("i16[{}]", list(N as isize, 1));
        let text = format!(
            "graph {{
               %0 = input 0 : {ty}
               %1 = slice start=[{}] step=[{}] %0 : {ty}
               %2 = update start=[{}] step=[{}] %0, %1 : {ty}
               return %2
             }}",
            list(last, 0),
            list(-1, 1),
            list(0, 0),
            list(1, 1)
        );
        let graph = Graph::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut layout = Layout::contiguous(&graph.nodes[0].shape, 2);
        layout.strides[0] = step;
        layout.offset = if step < 0 { last * -step } else { 0 };
        for strategy in [Strategy::Fused, Strategy::Eager] {
            let plan = plan_reusing(&graph, std::slice::from_ref(&layout), &[0], strategy);
            assert_eq!(plan.steps.len(), 2, "{text}");
        }
    }
}
