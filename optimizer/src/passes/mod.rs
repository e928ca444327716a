//! Passes from graph to graph, before anything is fused.
//!
//! Each pass walks the nodes once, operands before users, so that time is linear in the
//! size of the graph and nothing recurses along it. A pass may leave nodes behind that
//! nobody uses; the last one drops them. No pass may change a bit of any output, NaN
//! payloads and signs aside.
//!
//! What holds between operations stands in `rules.txt`, not in code: see [`RuleSet`].

mod apply;
mod broadcasts;
mod casts;
mod dead;
mod fold;
mod merge;
mod rebuild;
mod rule_text;
mod rules;
mod views;

pub use rule_text::{Classes, Literal, MAX_HOLES, Rule, Term};
pub use rules::{RuleSet, is_special};

use crate::monitor::{Interrupted, Meter, Monitor, unmonitored};
use jitney_ir::graph::Graph;
use rebuild::Rewritten;
use std::time::{Duration, Instant};

/// A named rewrite of a whole graph.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// What it does, in words joined by hyphens.
    pub name: &'static str,
    run: fn(Graph, &mut Meter<'_>) -> Rewritten,
}

impl Pass {
    /// The pass of the given name.
    pub fn from_name(name: &str) -> Option<Pass> {
        PIPELINE.iter().copied().find(|pass| pass.name == name)
    }

    /// The rewritten graph, which has the same outputs.
    pub fn run(&self, graph: Graph) -> Graph {
        unmonitored(|monitor| self.run_monitored(graph, monitor))
    }

    fn run_monitored(&self, graph: Graph, monitor: &mut dyn Monitor) -> Rewritten {
        let mut meter = Meter::new(monitor, self.name);
        let graph = (self.run)(graph, &mut meter)?;
        meter.tell()?;
        Ok(graph)
    }
}

const SIMPLIFY_VIEWS: Pass = Pass { name: "simplify-views", run: views::simplify_views };
const MERGE_COMMON: Pass = Pass { name: "merge-common", run: merge::merge_common };
const FOLD_CONSTANTS: Pass = Pass { name: "fold-constants", run: fold::fold_constants };
const SHORTEN_CASTS: Pass = Pass { name: "shorten-casts", run: casts::shorten_casts };
const APPLY_RULES: Pass = Pass { name: "apply-rules", run: apply::apply_rules };
const DROP_DEAD: Pass = Pass { name: "drop-dead", run: dead::drop_dead };

/// What [`optimize`] does, in order.
///
/// Views come first because they hide literals and equal operands from the other passes.
/// Merging before the rules lets a rule see that two operands are one. Views and merging
/// come again because the rules bring new neighbours together.
pub const PIPELINE: &[Pass] = &[
    SIMPLIFY_VIEWS,
    MERGE_COMMON,
    FOLD_CONSTANTS,
    SHORTEN_CASTS,
    APPLY_RULES,
    SIMPLIFY_VIEWS,
    MERGE_COMMON,
    DROP_DEAD,
];

/// What one pass did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassReport {
    /// The name of the pass.
    pub name: &'static str,
    /// The number of nodes it was given.
    pub nodes_before: usize,
    /// The number of nodes it left, dead ones included.
    pub nodes_after: usize,
    /// How long it ran.
    pub time: Duration,
}

/// Runs the [`PIPELINE`].
pub fn optimize(graph: &Graph) -> (Graph, Vec<PassReport>) {
    optimize_observed(graph, &mut |_, _| {})
}

/// Runs the [`PIPELINE`] and shows the graph after each pass.
pub fn optimize_observed(
    graph: &Graph,
    observe: &mut dyn FnMut(&PassReport, &Graph),
) -> (Graph, Vec<PassReport>) {
    unmonitored(|monitor| run_pipeline(graph, observe, monitor))
}

/// Runs the [`PIPELINE`] as long as the monitor does not interrupt it.
///
/// # Errors
/// The monitor's.
pub fn optimize_monitored(graph: &Graph, monitor: &mut dyn Monitor) -> Result<Graph, Interrupted> {
    run_pipeline(graph, &mut |_, _| {}, monitor).map(|(graph, _)| graph)
}

fn run_pipeline(
    graph: &Graph,
    observe: &mut dyn FnMut(&PassReport, &Graph),
    monitor: &mut dyn Monitor,
) -> Result<(Graph, Vec<PassReport>), Interrupted> {
    let mut reports = Vec::with_capacity(PIPELINE.len());
    let mut current = graph.clone();
    for pass in PIPELINE {
        let nodes_before = current.nodes.len();
        let start = Instant::now();
        current = pass.run_monitored(current, monitor)?;
        let time = start.elapsed();
        if cfg!(debug_assertions) {
            check(pass, graph, &current);
        }
        let nodes_after = current.nodes.len();
        let report = PassReport { name: pass.name, nodes_before, nodes_after, time };
        observe(&report, &current);
        reports.push(report);
    }
    Ok((current, reports))
}

/// Stops at a pass that broke an invariant or changed the type of an output: a mistake in
/// the pass, whatever the graph.
fn check(pass: &Pass, before: &Graph, after: &Graph) {
    if let Err(error) = after.verify() {
        panic!("pass {} broke the graph: {error}\n{after}", pass.name);
    }
    let types = |graph: &Graph| -> Vec<_> {
        let node = |id: &_| graph.node(*id);
        graph.outputs.iter().map(node).map(|n| (n.dtype, n.shape.clone())).collect()
    };
    assert_eq!(types(before), types(after), "pass {} changed the outputs' types", pass.name);
}
