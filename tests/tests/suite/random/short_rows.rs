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
            let x = arranged(dtype, &Shape::new(&[131, n]).unwrap(), arrangement, spice, n as u64);
            for (number, program) in PROGRAMS.iter().enumerate() {
                check(&program(&x), &format!("program {number}, {dtype}, {n}, {arrangement:?}"));
            }
        }
    }
}

#[test]
fn rows_along_several_axes_give_the_same_bits() {
    for arrangement in ARRANGEMENTS {
        let shape = Shape::new(&[2, 3, 70, 4]).unwrap();
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
        let x =
            arranged(DType::F64, &Shape::new(&[64, n]).unwrap(), Arrangement::C, Spice::Tame, 0);
        let normalized = (&x - x.mean(-1).expand_dims(-1)) / x.std(-1).expand_dims(-1);
        let plan = plan(&[normalized]);
        assert_eq!(plan.steps.len(), 1, "{n}");
        assert!(plan.kernels().all(|call| call.kernel.n_reduced == 0), "{n}");
    }
    for shape in [[64, 17], [63, 16]] {
        let x = arranged(DType::F64, &Shape::new(&shape).unwrap(), Arrangement::C, Spice::Tame, 0);
        assert!(plan(&[x.sum(-1)]).kernels().all(|call| call.kernel.n_reduced == 1), "{shape:?}");
    }
}

#[test]
fn elements_of_a_row_are_neighbours_where_they_lie_so() {
    let n_next = |arrangement| {
        let of = |arrangement, seed| {
            arranged(DType::F64, &Shape::new(&[64, 10]).unwrap(), arrangement, Spice::Tame, seed)
        };
        // Elements of both are read by turns.
        let product = of(arrangement, 0) * of(Arrangement::C, 1);
        let plan = plan(&[&product - product.mean(-1).expand_dims(-1)]);
        let accesses = plan.kernels().flat_map(|call| call.kernel.accesses.clone());
        accesses.filter(|access| access.layout == jitney_ir::kernel::Layout::Next).count()
    };
    // All but the first, of what is read and what is written.
    assert_eq!(n_next(Arrangement::C), 27);
    for other in [Arrangement::Fortran, Arrangement::EverySecond, Arrangement::Backwards] {
        assert_eq!(n_next(other), 18, "{other:?}");
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

#[test]
fn rows_that_share_an_operand_give_the_same_bits() {
    // As many rows as can be joined without any left, and a prime number of them.
    let shapes = [(8192, 2), (8192, 3), (9973, 3), (4096, 7), (1009, 17), (641, 26), (60, 300)];
    for (number, (n_rows, n)) in shapes.into_iter().enumerate() {
        for dtype in [DTYPES[number % DTYPES.len()], DType::F64] {
            let x =
                arranged(dtype, &Shape::new(&[n_rows, n]).unwrap(), Arrangement::C, Spice::Some, 1);
            let own =
                arranged(dtype, &Shape::new(&[3, n]).unwrap(), Arrangement::C, Spice::Some, 2);
            let row = own.slice(jitney::s![1]);
            let y = &x * &row + row.slice(jitney::s![..;-1]);
            check(&[&x + &row], &format!("{dtype}, {n_rows} rows of {n}"));
            check(&[&x * &row, &x + own.slice(jitney::s![2]), y], &format!("{dtype}, {n}"));
        }
    }
}

#[test]
fn rows_below_other_axes_share_operands() {
    let x =
        arranged(DType::F64, &Shape::new(&[5, 1201, 3]).unwrap(), Arrangement::C, Spice::Some, 1);
    let row = arranged(DType::F64, &Shape::new(&[3]).unwrap(), Arrangement::C, Spice::Some, 2);
    let by_outer =
        arranged(DType::F64, &Shape::new(&[5, 1, 3]).unwrap(), Arrangement::C, Spice::Some, 3);
    let scalars =
        arranged(DType::F64, &Shape::new(&[5, 1, 1]).unwrap(), Arrangement::C, Spice::Some, 4);
    let flipped = x.slice(jitney::s![.., ..;-1, ..]);
    for output in [&x * &row, &x * &row + &scalars, &x * &by_outer + &row, &flipped + &row] {
        check(&[output], "three axes");
    }
}

#[test]
fn short_rows_are_joined_where_an_operand_repeats() {
    let kernels = |n_rows: usize, n: usize| {
        let x = arranged(
            DType::F64,
            &Shape::new(&[n_rows, n]).unwrap(),
            Arrangement::C,
            Spice::Tame,
            0,
        );
        let row = arranged(DType::F64, &Shape::new(&[n]).unwrap(), Arrangement::C, Spice::Tame, 1);
        plan(&[x * row]).kernels().map(|call| call.extents.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(kernels(10_000, 3), [vec![400, 3], vec![25, 1200]]);
    assert_eq!(kernels(9973, 3), [vec![342, 3], vec![29, 1026], vec![55, 3]]);
    assert_eq!(kernels(100, 3), [vec![100, 3]]);
    assert_eq!(kernels(100, 513), [vec![100, 513]]);
}

#[test]
fn more_stages_than_a_kernel_may_have_are_several_kernels() {
    for n in [3, 16, 100] {
        let mut x =
            arranged(DType::F64, &Shape::new(&[64, n]).unwrap(), Arrangement::C, Spice::Tame, 1);
        for _ in 0..300 {
            x = &x - x.mean(-1).expand_dims(-1);
        }
        assert!(plan(std::slice::from_ref(&x)).steps.len() > 8, "{n}");
        check(&[x], &format!("rows of {n}"));
    }
}
