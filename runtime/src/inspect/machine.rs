//! How fast the machine is: bytes to and from memory, and lane instructions, in loops of
//! Jitney's own that do little else. What a kernel reaches is measured by these.

use super::performance::operations;
use crate::Value;
use crate::cache::{Charge, CodeSlot};
use crate::context::{Context, Stop};
use crate::eval::Values;
use crate::exec::{self, Prepared, Workers};
use crate::planning;
use crate::source::Source;
use jitney_ir::Shape;
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Step, Strategy};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the machine does in a second, with a given number of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Bytes read and written, of arrays larger than caches.
    pub bytes: f64,
    /// Additions and multiplications of `float64` lanes, of arrays in the first cache.
    pub operations: f64,
}

/// Rates by the number of threads, as far as they have been measured.
pub(crate) struct KnownRates(Mutex<Vec<(usize, Rates)>>);

impl KnownRates {
    pub const fn new() -> KnownRates {
        KnownRates(Mutex::new(Vec::new()))
    }
}

/// Elements of each array whose bytes are counted: 32 MB.
const LONG: usize = 4 << 20;

/// Bytes that measuring takes of memory.
const MEMORY: usize = 3 * 8 * LONG;

/// Runs of which the fastest counts, as far as there is time for them.
const REPETITIONS: usize = 5;
const PATIENCE: Duration = Duration::from_millis(15);

/// The rates with the threads of the context, measured when first asked for; `None` if that
/// takes more memory than it allows.
pub(super) fn rates(context: &Context) -> Option<Rates> {
    let threads = Workers::of(context).count();
    // Held while measuring: nobody else measures meanwhile.
    let mut known = context.engine.rates.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, rates)) = known.iter().find(|(n, _)| *n == threads) {
        return Some(*rates);
    }
    if context.max_memory.is_some_and(|allowed| allowed < MEMORY) {
        return None;
    }
    let unlimited = Context::unlimited(context.threads);
    let rates = Rates { bytes: bytes(&unlimited)?, operations: lane_operations(&unlimited)? };
    known.push((threads, rates));
    Some(rates)
}

/// By the sum of two arrays. They are made by a kernel, whose memory is of huge pages and is
/// touched by all threads.
fn bytes(context: &Context) -> Option<f64> {
    let numbers = format!(
        "graph {{
           %0 = iota : i64[{LONG}]
           %1 = cast %0 : f64[{LONG}]
           %2 = add %1, %1 : f64[{LONG}]
           return %1, %2
         }}"
    );
    let sum = format!(
        "graph {{
           %0 = input 0 : f64[{LONG}]
           %1 = input 1 : f64[{LONG}]
           %2 = add %0, %1 : f64[{LONG}]
           return %2
         }}"
    );
    let (inputs, _) = Loop::new(context, &numbers, &[])?.run(context)?;
    let sum = Loop::new(context, &sum, &inputs)?;
    let (read, written) = sum.prepared.plan().bytes_moved();
    Some((read + written) as f64 / sum.fastest(context)?.as_secs_f64())
}

/// Rows and columns of what lane instructions are counted in: the columns fit in the first
/// cache.
const ROWS: usize = 512;
const COLUMNS: usize = 2048;

/// By additions and multiplications, most of which do not wait for each other, on each pair of
/// a column and a row.
fn lane_operations(context: &Context) -> Option<f64> {
    let halves = |n| Value::from_vec(vec![0.5; n], &Shape::new(&[n]).ok()?).ok();
    let chains = Loop::new(context, &chains(), &[halves(COLUMNS)?, halves(ROWS)?])?;
    let count = |step: &Step| match step {
        Step::Kernel(call) => operations(call),
        Step::Library(_) => 0,
    };
    let operations: usize = chains.prepared.plan().steps.iter().map(count).sum();
    Some(operations as f64 / chains.fastest(context)?.as_secs_f64())
}

/// The sum of four chains of operations, summed along rows so that nothing is written.
fn chains() -> String {
    let ty = format!("f64[{ROWS}, {COLUMNS}]");
    let mut nodes = vec![
        format!("input 0 : f64[{COLUMNS}]"),
        format!("broadcast %0 : {ty}"),
        format!("input 1 : f64[{ROWS}]"),
        format!("reshape %2 : f64[{ROWS}, 1]"),
        format!("broadcast %3 : {ty}"),
        format!("multiply %1, %4 : {ty}"),
    ];
    let start = nodes.len() - 1;
    let mut push = |node: String| {
        nodes.push(node);
        nodes.len() - 1
    };
    let mut ends = Vec::new();
    for chain in 1..=4 {
        let constant = push(format!("constant 0.{chain} : f64[]"));
        let constant = push(format!("broadcast %{constant} : {ty}"));
        let step = |value, _| {
            let product = push(format!("multiply %{value}, %{constant} : {ty}"));
            push(format!("add %{product}, %{constant} : {ty}"))
        };
        ends.push((0..6).fold(start, step));
    }
    let sum = ends.into_iter().reduce(|a, b| push(format!("add %{a}, %{b} : {ty}")));
    let sum = sum.unwrap_or(start);
    let result = push(format!("reduce.sum axes=[1] %{sum} : f64[{ROWS}]"));
    let mut text = "graph {\n".to_owned();
    for (number, node) in nodes.iter().enumerate() {
        let _ = writeln!(text, "%{number} = {node}");
    }
    text + &format!("return %{result}\n}}")
}

/// A graph, ready to be evaluated again and again; no cache knows of it.
struct Loop {
    prepared: Prepared,
    sources: Vec<Source>,
}

impl Loop {
    fn new(context: &Context, text: &str, inputs: &[Value]) -> Option<Loop> {
        let graph = Graph::parse(text).ok()?;
        let layout = |input: &Value| Layout { offset: 0, ..input.layout().clone() };
        let layouts: Vec<Layout> = inputs.iter().map(layout).collect();
        let plan = planning::plan(&graph, &layouts, Strategy::Fused, &Stop::default()).ok()?;
        let caches = &context.engine.caches;
        let charge = Charge::of_plan(caches, &plan);
        let prepared = Prepared::new(plan, |_| CodeSlot::new(caches), charge);
        Some(Loop { prepared, sources: inputs.iter().map(Source::of).collect() })
    }

    fn run(&self, context: &Context) -> Option<(Values, Duration)> {
        let (values, times) = exec::run_timed(&self.prepared, &self.sources, context)?.ok()?;
        Some((values, times.iter().sum()))
    }

    /// The time of the fastest of a few runs, after one that compiles, and that waits for the
    /// memory which the others use again.
    fn fastest(&self, context: &Context) -> Option<Duration> {
        self.run(context)?;
        let start = Instant::now();
        let mut fastest = Duration::MAX;
        for _ in 0..REPETITIONS {
            let (_, time) = self.run(context)?;
            fastest = fastest.min(time.max(Duration::from_nanos(1)));
            if start.elapsed() > PATIENCE {
                break;
            }
        }
        Some(fastest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_memory_is_not_used_up_for_measuring() {
        let context = Context { max_memory: Some(MEMORY - 1), ..Context::unlimited(Some(7)) };
        assert!(rates(&context).is_none());
    }

    #[test]
    fn lane_instructions_are_counted_in_one_kernel() {
        let halves = |n| Value::from_vec(vec![0.5; n], &Shape::new(&[n]).unwrap()).unwrap();
        let context = Context::unlimited(None);
        let inputs = [halves(COLUMNS), halves(ROWS)];
        let chains = Loop::new(&context, &chains(), &inputs).expect("a graph");
        let [Step::Kernel(call)] = &chains.prepared.plan().steps[..] else { panic!("one kernel") };
        // One product, four chains of twelve, three sums, and the reduction.
        assert_eq!(operations(call), ROWS * COLUMNS * (1 + 4 * 12 + 3 + 1));
    }
}
