//! The same properties where there are many rows of a few elements, which kernels unroll.

use super::check::{modes_agree, texts_read_back};
use super::inputs::{Arrangement, Spice, arranged};
use jitney::{Array, DType};
use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Plan, Strategy};
use jitney_runtime::{Value, trace};

/// What is done with rows along the last axis.
const PROGRAMS: [fn(&Array) -> Vec<Array>; 6] = [
    |x| vec![x.sum(-1), x.prod(-1), x.max(-1), x.min(-1)],
    |x| vec![x.any(-1), x.all(-1), x.mean(-1)],
    |x| vec![x.pow(2).sum(-1).sqrt()],
    |x| vec![(x - x.mean(-1).expand_dims(-1)) / x.std(-1).expand_dims(-1)],
    |x| {
        let total = x.sum(-1).expand_dims(-1);
        vec![x * &total, total.clone(), x.slice(jitney::s![.., ..;-1]) + total]
    },
    |x| {
        let n = *x.shape().last().unwrap_or(&0);
        let weights = jitney::arange(n).astype(x.dtype());
        let raised = x + (x * &weights).max(-1).expand_dims(-1);
        vec![(&raised * weights).min(-1), raised]
    },
];

const DTYPES: [DType; 6] = [DType::F64, DType::F32, DType::I64, DType::I16, DType::U8, DType::Bool];

const ARRANGEMENTS: [Arrangement; 4] =
    [Arrangement::C, Arrangement::Fortran, Arrangement::EverySecond, Arrangement::Backwards];

#[test]
fn rows_of_any_few_elements_give_the_same_bits() {
    for n in 1..=17 {
        for (number, dtype) in DTYPES.into_iter().enumerate() {
            let arrangement = ARRANGEMENTS[(n + number) % ARRANGEMENTS.len()];
            let spice = [Spice::Some, Spice::All][n % 2];
            // Odd numbers of rows, so that no vector is full in the end.
            let x = arranged(dtype, &Shape::new(&[131, n]), arrangement, spice, n as u64);
            for (number, program) in PROGRAMS.iter().enumerate() {
                check(&program(&x), &format!("program {number}, {dtype}, {n}, {arrangement:?}"));
            }
        }
    }
}

#[test]
fn rows_along_several_axes_give_the_same_bits() {
    for arrangement in ARRANGEMENTS {
        let shape = Shape::new(&[2, 3, 70, 4]);
        let x = arranged(DType::F64, &shape, arrangement, Spice::Some, 1);
        let centred = &x - x.mean([1, 3]).expand_dims(1).expand_dims(-1);
        let outputs = [
            x.sum([1, 3]),
            x.max([0, 1]),
            x.sum(0),
            x.mean([0, 1, 3]),
            (&centred * &centred).sum([1, 3]),
            centred,
        ];
        for output in outputs {
            check(&[output], &format!("{arrangement:?}"));
        }
    }
}

#[test]
fn rows_of_few_elements_become_lanes() {
    for n in 1..=16 {
        let x = arranged(DType::F64, &Shape::new(&[64, n]), Arrangement::C, Spice::Tame, 0);
        let normalized = (&x - x.mean(-1).expand_dims(-1)) / x.std(-1).expand_dims(-1);
        let plan = plan(&[normalized]);
        assert_eq!(plan.steps.len(), 1, "{n}");
        assert!(plan.kernels().all(|call| call.kernel.n_reduced == 0), "{n}");
    }
    for shape in [[64, 17], [63, 16]] {
        let x = arranged(DType::F64, &Shape::new(&shape), Arrangement::C, Spice::Tame, 0);
        assert!(plan(&[x.sum(-1)]).kernels().all(|call| call.kernel.n_reduced == 1), "{shape:?}");
    }
}

fn graph(outputs: &[Array]) -> (Graph, Vec<Value>) {
    let exprs: Vec<_> = outputs.iter().map(|array| array.expr()).collect();
    trace(&exprs).unwrap_or_else(|error| panic!("{error}"))
}

fn plan(outputs: &[Array]) -> Plan {
    let (graph, inputs) = graph(outputs);
    let layouts: Vec<Layout> = inputs.iter().map(|value| value.layout().clone()).collect();
    jitney_optimizer::plan(&jitney_optimizer::optimize(&graph).0, &layouts, Strategy::Fused)
}

fn check(outputs: &[Array], what: &str) {
    let (graph, inputs) = graph(outputs);
    let outcome = modes_agree(&graph, &inputs).and_then(|()| texts_read_back(&graph, &inputs));
    outcome.unwrap_or_else(|why| panic!("{what}: {why}\n{graph}"));
}
