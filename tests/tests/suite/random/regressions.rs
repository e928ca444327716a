//! Graphs that once went wrong, as random programs found them.

use super::check::{modes_agree, texts_read_back};
use super::inputs::{Arrangement, Spice, arranged};
use jitney_ir::graph::{Graph, Op};
use jitney_runtime::{Value, trace};

const ARRANGEMENTS: [Arrangement; 5] = [
    Arrangement::C,
    Arrangement::Fortran,
    Arrangement::EverySecond,
    Arrangement::Backwards,
    Arrangement::Repeated,
];

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
