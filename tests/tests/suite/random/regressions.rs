//! Graphs that once went wrong, or that did where a check of the optimizer or the runtime was
//! taken out on purpose, as random programs found them and shrank them.

use super::check::{modes_agree, texts_read_back};
use super::inputs::{ARRANGEMENTS, Arrangement, Spice, arranged};
use jitney_ir::graph::{Graph, Op};
use jitney_runtime::{Value, trace};

/// Everything that holds of random graphs holds of this one, however its inputs lie.
fn check(text: &str) {
    let graph = Graph::parse(text).expect("the graph is valid");
    for arrangement in ARRANGEMENTS {
        for spice in [Spice::Tame, Spice::Some, Spice::All] {
            let inputs = inputs(&graph, arrangement, spice);
            let outcome =
                modes_agree(&graph, &inputs).and_then(|()| texts_read_back(&graph, &inputs));
            if let Err(why) = outcome {
                panic!("{arrangement:?}, {spice:?}: {why}\n{graph}");
            }
        }
    }
}

fn inputs(graph: &Graph, arrangement: Arrangement, spice: Spice) -> Vec<Value> {
    let mut found = vec![None; graph.n_inputs()];
    for node in &graph.nodes {
        if let Op::Input(number) = node.op {
            let seed = u64::from(number);
            let array = arranged(node.dtype, &node.shape, arrangement, spice, seed);
            let (_, values) = trace(&[array.expr()]).expect("inputs have values");
            found[number as usize] = values.into_iter().next();
        }
    }
    found.into_iter().map(|value| value.expect("inputs are numbered densely")).collect()
}

#[test]
fn a_mean_taken_from_its_rows() {
    check(
        "graph {
           %0 = input 0 : f64[3, 300]
           %1 = reduce.sum axes=[1] %0 : f64[3]
           %2 = reshape %1 : f64[3, 1]
           %3 = broadcast %2 : f64[3, 300]
           %4 = subtract %0, %3 : f64[3, 300]
           %5 = reduce.max axes=[0] %4 : f64[300]
           return %5, %1
         }",
    );
}

#[test]
fn a_variance_beside_what_it_is_of() {
    check(
        "graph {
           %0 = input 0 : f64[20]
           %1 = add %0, %0 : f64[20]
           %2 = reduce.sum axes=[0] %1 : f64[]
           %3 = broadcast %2 : f64[20]
           %4 = subtract %1, %3 : f64[20]
           %5 = square %4 : f64[20]
           %6 = reduce.sum axes=[0] %5 : f64[]
           %7 = broadcast %6 : f64[20]
           %8 = add %1, %7 : f64[20]
           return %8, %1
         }",
    );
}

#[test]
fn two_reductions_of_one_value_of_which_one_waits_for_the_other() {
    check(
        "graph {
           %0 = input 0 : f64[255, 13]
           %1 = cbrt %0 : f64[255, 13]
           %2 = reduce.sum axes=[0] %1 : f64[13]
           %3 = reduce.sum axes=[0, 1] %1 : f64[]
           %4 = broadcast %3 : f64[13]
           %5 = add %2, %4 : f64[13]
           %6 = broadcast %5 : f64[255, 13]
           %7 = add %6, %1 : f64[255, 13]
           %8 = reduce.max axes=[0] %7 : f64[13]
           return %8, %7
         }",
    );
}

#[test]
fn a_reduction_in_parts_that_are_not_a_power_of_two() {
    check(
        "graph {
           %0 = input 0 : f64[30001]
           %1 = sin %0 : f64[30001]
           %2 = reduce.sum axes=[0] %1 : f64[]
           %3 = reduce.max axes=[0] %1 : f64[]
           %4 = subtract %2, %3 : f64[]
           return %4
         }",
    );
}

#[test]
fn an_input_copied_for_one_reader_that_another_reads_where_it_lies() {
    check(
        "graph {
           %0 = input 0 : f64[3, 4]
           %1 = transpose perm=[1, 0] %0 : f64[4, 3]
           %2 = reshape %1 : f64[12]
           %3 = reshape %0 : f64[12]
           %4 = add %2, %3 : f64[12]
           %5 = reshape %1 : f64[2, 6]
           %6 = reshape %0 : f64[2, 6]
           return %4, %5, %6
         }",
    );
}

#[test]
fn a_view_copied_for_one_reader_that_another_reads_through() {
    check(
        "graph {
           %0 = input 0 : f64[3, 4]
           %1 = sqrt %0 : f64[3, 4]
           %2 = transpose perm=[1, 0] %1 : f64[4, 3]
           %3 = transpose perm=[1, 0] %2 : f64[3, 4]
           %4 = reshape %3 : f64[12]
           %5 = reshape %2 : f64[12]
           %6 = add %4, %5 : f64[12]
           return %6, %4, %3
         }",
    );
}

#[test]
fn a_reduction_whose_rows_are_also_read_through_a_slice() {
    check(
        "graph {
           %0 = input 0 : f32[4, 16]
           %1 = add %0, %0 : f32[4, 16]
           %2 = slice start=[3, 0] step=[1, 1] %1 : f32[1, 16]
           %3 = reshape %2 : f32[16]
           %4 = cast %3 : bool[16]
           %5 = reduce.sum axes=[0] %0 : f32[16]
           %6 = transpose perm=[0] %5 : f32[16]
           %7 = cast %6 : bool[16]
           %8 = logical_and %4, %7 : bool[16]
           return %8
         }",
    );
}
