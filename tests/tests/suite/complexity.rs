//! Planning takes work in proportion to the graph: counted, not timed, at n, 2n and 4n.
//!
//! Each form makes n nodes of a kind that know of each other in the way that costs most: they
//! read one value, or are read by one, or form a chain.

use jitney::{Array, s};
use jitney_ir::graph::{Graph, Layout, Op, View};
use jitney_ir::ops::Elementwise;
use jitney_optimizer::{
    GROUP, Interrupted, LOWER, Monitor, PIPELINE, SEARCH, Strategy, max_searched,
    optimize_monitored, plan_monitored,
};
use jitney_runtime::trace;
use std::collections::{BTreeMap, BTreeSet};

/// What makes the outputs of a graph of about so many nodes.
type Form = (&'static str, fn(usize) -> Vec<Array>);

const FORMS: &[Form] = &[
    ("a chain of operations", |n| chain(n, |y, x| y.sin() * x)),
    ("a chain of casts", |n| chain(n, |y, x| y.astype(jitney::DType::F32) * x)),
    ("a chain of reductions", |n| chain(n, |y, _| y - y.mean(..))),
    ("a chain of rows", |n| {
        let m = vector(64).broadcast_to([64, 64]);
        one((0..n).fold(m, |y, _| &y - y.mean(-1).expand_dims(-1)))
    }),
    ("a chain of views", |n| chain(n, |y, _| turned(y))),
    ("a chain of mirrors", |n| chain(n, |y, _| -y.flip([]))),
    ("a chain of views, each of them read", |n| {
        let mut view = vector(64) * 2.0;
        let mut total = view.sum(..);
        for _ in 0..n / 4 {
            view = turned(&view);
            total += view.slice(s![0]);
        }
        one(total)
    }),
    ("a chain of joins", |n| {
        chain(n, |y, x| jitney::concatenate(&[&y.slice(s![1..]), &x.slice(s![..1])], 0))
    }),
    ("a chain of updates", |n| chain(n, |y, x| y.set(s![1], x.slice(s![0])))),
    ("a chain of products", |n| {
        let m = vector(64).reshape([8, 8]);
        one((0..n).fold(m.clone(), |y, _| y.matmul(&m)))
    }),
    ("a chain of choices", |n| chain(n, |y, x| jitney::where_(y.greater(x.slice(s![3])), -y, x))),
    ("a polynomial", |n| one((0..n).fold(vector(64), |y, i| y * vector(64) + i as f64 * 0.37))),
    ("literals", |n| one((0..n).fold(vector(64), |y, i| y + jitney::full([64], i as f64).sin()))),
    ("single elements of an input", |n| total(elements(&vector(n), n))),
    ("single elements of a value", |n| total(elements(&(vector(n) * 2.0), n))),
    ("single elements of indices", |n| total(elements(&jitney::arange(n), n))),
    ("slices of an input, reduced", |n| {
        let x = vector(n);
        total((0..n).map(|i| x.slice(s![i as isize..]).sum(..)))
    }),
    ("reductions of one value", |n| {
        let x = vector(64).sin();
        total((0..n).map(|i| (&x + i as f64 * 0.37).max(..)))
    }),
    ("outputs that read one value", |n| {
        let x = vector(64).sin();
        (0..n).map(|i| &x * (i as f64 * 0.37)).collect()
    }),
    ("inputs", |n| total((0..n).map(|_| vector(64)))),
    ("one input, joined", |n| {
        let x = vector(3);
        one(jitney::concatenate(&vec![&x; n], 0).sum(..))
    }),
    ("a join of values", |n| {
        let x = vector(64);
        let parts: Vec<Array> = (0..n).map(|i| &x * (i as f64 * 0.37)).collect();
        one(jitney::concatenate(&parts.iter().collect::<Vec<_>>(), 0))
    }),
    ("a join of what a join is made of", |n| {
        let x = vector(n);
        let rows: Vec<Array> = elements(&x, n).collect();
        let joined = jitney::stack(&rows.iter().collect::<Vec<_>>(), 0);
        let again: Vec<Array> = elements(&joined, n).collect();
        one(jitney::stack(&again.iter().collect::<Vec<_>>(), 0).sum(..))
    }),
    ("readers of a join", |n| {
        let x = vector(64);
        let rows: Vec<Array> = (0..n).map(|i| &x * (i as f64 * 0.37)).collect();
        let joined = jitney::stack(&rows.iter().collect::<Vec<_>>(), 0);
        elements(&joined, n).map(|row| row + 1.0).collect()
    }),
    ("updates of one array", |n| {
        let x = vector(64) * 2.0;
        total((0..n).map(|i| x.set(s![i as isize % 64], i as f64 * 0.37).sum(..)))
    }),
    ("broadcasts of one column", |n| {
        let x = vector(64).sin();
        total((0..n).map(|i| x.expand_dims(-1).broadcast_to([64, 2 + i % 50]).sum(..)))
    }),
    ("sorts of one array", |n| {
        let x = vector(64).sin();
        let rows = (0..n).map(|i| (&x * (i as f64 * 0.37)).sort(0) + x.argsort(0));
        total(rows.map(|row| row.sum(..)))
    }),
    ("one value with many readers", |n| {
        let shared = vector(64).sin();
        chain(n, |y, _| y + &shared * y)
    }),
];

fn vector(n: usize) -> Array {
    jitney::linspace(0.0, 1.0, n).eval().expect("evaluates")
}

fn one(array: Array) -> Vec<Array> {
    vec![array]
}

fn total(terms: impl IntoIterator<Item = Array>) -> Vec<Array> {
    one(terms.into_iter().reduce(|total, term| total + term).expect("some"))
}

fn chain(n: usize, step: impl Fn(&Array, &Array) -> Array) -> Vec<Array> {
    let x = vector(64);
    one((0..n).fold(x.clone(), |y, _| step(&y, &x)))
}

/// Views that no pass makes one of.
fn turned(y: &Array) -> Array {
    y.reshape([8, 8]).t().slice(s![..;-1]).reshape([64])
}

fn elements(x: &Array, n: usize) -> impl Iterator<Item = Array> {
    (0..n as isize).map(|i| x.slice(s![i]))
}

/// Work by stage, and whether there may be more of it.
struct Counter {
    by_stage: BTreeMap<&'static str, usize>,
    left: usize,
}

impl Monitor for Counter {
    fn charge(&mut self, stage: &'static str, work: usize) -> Result<(), Interrupted> {
        assert!(self.left > 0, "{stage} goes on after it was interrupted");
        *self.by_stage.entry(stage).or_default() += work;
        self.left = self.left.saturating_sub(work);
        if self.left == 0 { Err(Interrupted) } else { Ok(()) }
    }
}

fn graph_of(outputs: &[Array]) -> (Graph, Vec<Layout>) {
    let exprs: Vec<_> = outputs.iter().map(|array| array.expr()).collect();
    let (graph, inputs) = trace(&exprs).expect("a graph");
    (graph, inputs.iter().map(|value| value.layout().clone()).collect())
}

/// The work of planning, of which there may be so much, and whether there was a plan in the end.
fn work(
    (graph, layouts): &(Graph, Vec<Layout>),
    strategy: Strategy,
    most: usize,
) -> (BTreeMap<&'static str, usize>, bool) {
    let mut counter = Counter { by_stage: BTreeMap::new(), left: most };
    let optimized = match strategy {
        Strategy::Fused => optimize_monitored(graph, &mut counter),
        Strategy::Eager => Ok(graph.clone()),
    };
    let plan =
        optimized.and_then(|graph| plan_monitored(&graph, layouts, &[], strategy, &mut counter));
    (counter.by_stage, plan.is_ok())
}

#[test]
fn work_grows_with_the_graph() {
    for (name, form) in FORMS {
        let graphs = [1000, 2000, 4000].map(|n| graph_of(&form(n)));
        for strategy in [Strategy::Fused, Strategy::Eager] {
            let works = graphs.each_ref().map(|graph| work(graph, strategy, usize::MAX).0);
            for (stage, &least) in &works[0] {
                let [_, double, most] = works.each_ref().map(|work| work[stage]);
                if *stage == SEARCH {
                    let n_nodes = graphs[2].0.nodes.len();
                    assert!(most <= max_searched(n_nodes), "{name}, {strategy:?}: {most}");
                    continue;
                }
                let is_linear = double * 10 <= least * 26 && most * 10 <= double * 26;
                assert!(is_linear, "{name}, {strategy:?}, {stage}: {least}, {double}, {most}");
            }
        }
    }
}

#[test]
fn every_stage_stops_when_it_is_interrupted() {
    for (name, form) in FORMS {
        let graph = graph_of(&form(200));
        for strategy in [Strategy::Fused, Strategy::Eager] {
            let (by_stage, is_planned) = work(&graph, strategy, usize::MAX);
            assert!(is_planned, "{name}, {strategy:?}");
            let all: usize = by_stage.values().sum();
            for part in 1..=20 {
                let most = all * part / 21;
                assert!(!work(&graph, strategy, most).1, "{name}, {strategy:?}, {most} of {all}");
            }
        }
    }
}

/// The name of a kind of nodes. That this is exhaustive is why a new kind needs a form.
fn kind(op: &Op) -> &'static str {
    match op {
        Op::Input(_) => "input",
        Op::Constant(_) => "constant",
        Op::Iota => "iota",
        Op::Elementwise(Elementwise::Cast(_)) => "cast",
        Op::Elementwise(_) => "elementwise",
        Op::Reduce(..) => "reduce",
        Op::View(View::Reshape) => "reshape",
        Op::View(View::Transpose(_)) => "transpose",
        Op::View(View::Slice(_)) => "slice",
        Op::View(View::Broadcast) => "broadcast",
        Op::Concat(_) => "concat",
        Op::Update(_) => "update",
        Op::Call(call) => call.name(),
        Op::Output(_) => "output",
    }
}

#[test]
fn every_kind_of_nodes_and_every_stage_is_measured() {
    let (mut kinds, mut stages) = (BTreeSet::new(), BTreeSet::new());
    for (_, form) in FORMS {
        let graph = graph_of(&form(100));
        kinds.extend(graph.0.nodes.iter().map(|node| kind(&node.op)));
        stages.extend(work(&graph, Strategy::Fused, usize::MAX).0.into_keys());
    }
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    let known = PIPELINE.iter().map(|pass| pass.name).chain([GROUP, SEARCH, LOWER]);
    assert_eq!(stages, known.collect());
}
