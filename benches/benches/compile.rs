//! What a call costs beside its arithmetic, on ten elements: compilation of a fresh graph, the graph
//! alone, and calls of traced functions. And what compiling ten steps in one expression costs.
//!
//! `cargo bench -p jitney-benches --bench compile`

use divan::Bencher;
use jitney as jn;
use jitney_benches::programs::LONG_PROGRAMS;
use jitney_benches::{Inputs, SMALL_KERNELS};
use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Layout, Node, Op};
use jitney_optimizer::{Strategy, optimize};
use jn::{Array, DType};

fn main() {
    divan::main();
}

fn names() -> impl Iterator<Item = &'static str> {
    SMALL_KERNELS.iter().map(|kernel| kernel.name)
}

fn build_of(name: &str) -> fn(&Inputs) -> Array {
    let kernel = SMALL_KERNELS.iter().find(|kernel| kernel.name == name);
    kernel.expect("a known kernel").build
}

/// Plans and code are forgotten before each run, which is not timed.
#[divan::bench(args = names(), sample_size = 1, sample_count = 200)]
fn cold(bencher: Bencher<'_, '_>, name: &str) {
    let settings = jn::Settings { compile_at_once: true, ..jn::settings() };
    jn::with_settings(settings, || first(bencher, name));
}

/// The first evaluation as it is done unless told: by the interpreter.
#[divan::bench(args = names(), sample_size = 1, sample_count = 200)]
fn first(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let build = build_of(name);
    bencher
        .with_inputs(jn::clear_caches)
        .bench_local_refs(|()| build(&inputs).eval().expect("a kernel that evaluates"));
}

/// The same for ten steps in one expression.
#[divan::bench(args = LONG_PROGRAMS.iter().map(|program| program.name), sample_size = 1, sample_count = 50)]
fn cold_long(bencher: Bencher<'_, '_>, name: &str) {
    let program = LONG_PROGRAMS.iter().find(|program| program.name == name);
    let program = program.expect("a known program");
    let input = (program.input)();
    input.eval().expect("memory for the input");
    let settings = jn::Settings { compile_at_once: true, threads: Some(1), ..jn::settings() };
    jn::with_settings(settings, || {
        bencher
            .with_inputs(jn::clear_caches)
            .bench_local_refs(|()| program.build(&input).eval().expect("a program that evaluates"));
    });
}

/// Optimizing and planning the same graph, without compilation.
#[divan::bench(args = names())]
fn plan(bencher: Bencher<'_, '_>, name: &str) {
    let graph = graph_of(name);
    bencher.bench_local(|| {
        let (optimized, _) = optimize(&graph);
        let inputs: Vec<Layout> =
            (0..optimized.n_inputs()).map(|n| layout(&optimized, n)).collect();
        jitney_optimizer::plan(&optimized, &inputs, Strategy::Fused)
    });
}

/// What of that is checking that the graph is one.
#[divan::bench(args = names())]
fn verify(bencher: Bencher<'_, '_>, name: &str) {
    let graph = graph_of(name);
    bencher.bench_local(|| graph.verify().expect("a graph"));
}

/// How an input lies in memory; one that nothing uses any more, anyhow.
fn layout(graph: &Graph, input: usize) -> Layout {
    let node = graph.nodes.iter().find(|node| node.op == Op::Input(input as u32));
    let of = |node: &Node| Layout::contiguous(&node.shape, node.dtype.size());
    node.map_or_else(|| Layout::contiguous(&Shape::scalar(), 8), of)
}

fn graph_of(name: &str) -> Graph {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let text = build_of(name)(&inputs).dump(jn::Stage::Graph).expect("a graph");
    Graph::parse(&text).expect("dumps parse back")
}

/// The same graph again: everything but compilation.
#[divan::bench(args = names())]
fn warm(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let build = build_of(name);
    bencher.bench_local(|| build(&inputs).eval().expect("a kernel that evaluates"));
}

/// The same as a function that has been traced.
#[divan::bench(args = names())]
fn call(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let function = jn::jit(|all| built(name, all));
    let Inputs { a, b, c, rows, cube } = &inputs;
    bencher.bench_local(|| function.call([a, b, c, rows, cube]).expect("a kernel that evaluates"));
}

/// The same into the memory of the last result.
#[divan::bench(args = names())]
fn call_into(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let function = jn::jit(|all| built(name, all));
    let Inputs { a, b, c, rows, cube } = &inputs;
    let mut result = jn::scalar(0.0);
    bencher.bench_local(|| {
        let called = function.call_into([a, b, c, rows, cube], &mut result);
        called.expect("a kernel that evaluates");
    });
}

fn built(name: &str, [a, b, c, rows, cube]: [Array; 5]) -> Array {
    build_of(name)(&Inputs { a, b, c, rows, cube })
}
