//! The stages as text.

use super::{Planned, internal, nodes, op_and_type};
use crate::Error;
use crate::context::Context;
use jitney_codegen::{CompileError, Compiler};
use jitney_ir::graph::{NodeId, Op};
use jitney_ir::kernel::{Kernel, Scope, Sink, Source};
use jitney_ir::ops::Call;
use jitney_optimizer::{ArrayRef, Binding, KernelCall, LibraryCall, Place, Plan, Step};
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// The optimized graph; a comment on each line says where the node is computed, or what a
/// literal that became an input is worth.
pub(super) fn optimized(planned: &Planned) -> String {
    let graph = &planned.plan.graph;
    let text = graph.to_string();
    let mut lines = text.lines();
    let mut out = String::new();
    let mut steps: FxHashMap<NodeId, Vec<String>> = FxHashMap::default();
    for (number, step) in planned.plan.steps.iter().enumerate() {
        for id in nodes(step) {
            steps.entry(*id).or_default().push(format!("step {number}"));
        }
    }
    // The first line opens the graph, one line for each node follows.
    out.extend(lines.next().map(|line| format!("{line}\n")));
    for (id, line) in graph.ids().zip(lines.by_ref()) {
        match value(planned, id).or_else(|| steps.get(&id).map(|steps| steps.join(", "))) {
            Some(note) => {
                let _ = writeln!(out, "{line:<48} ; {note}");
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    lines.for_each(|line| {
        let _ = writeln!(out, "{line}");
    });
    out
}

/// What an input of one element is worth.
fn value(planned: &Planned, id: NodeId) -> Option<String> {
    let Op::Input(number) = planned.plan.graph.node(id).op else { return None };
    let value = &planned.inputs[number as usize];
    (value.shape().rank() == 0).then(|| format!("= {}", value.get(0)))
}

/// Every step: kernels in their textual form, with what they compute and are called with.
pub(super) fn kernels(planned: &Planned) -> String {
    by_step(&planned.plan, |out, _, call| {
        let _ = writeln!(out, "; extents {:?}", call.extents);
        for (number, operand) in call.operands.iter().enumerate() {
            let place = binding_name(operand.binding);
            let _ = writeln!(
                out,
                "; a{number}: {place}, offset {}, strides {:?}",
                operand.offset, operand.strides
            );
        }
        let _ = write!(out, "{}", call.kernel);
    })
}

/// The lane programs of every kernel, one for each phase.
pub(super) fn lanes(planned: &Planned) -> String {
    by_step(&planned.plan, |out, number, call| {
        for phase in &call.kernel.phases {
            let scope = match phase.scope {
                Scope::Element => "each element",
                Scope::Row => "each row",
            };
            let sources: Vec<String> = phase.sources.iter().map(source_name).collect();
            let sinks: Vec<String> = phase.sinks.iter().map(sink_name).collect();
            let _ = writeln!(out, "; step {number}, for {scope}");
            let _ =
                writeln!(out, "; parameters {}; results {}", sources.join(", "), sinks.join(", "));
            let _ = write!(out, "{}", phase.program);
        }
    })
}

fn source_name(source: &Source) -> String {
    match source {
        Source::Access(id) => format!("a{}", id.0),
        Source::Row(id) => format!("r{}", id.0),
    }
}

fn sink_name(sink: &Sink) -> String {
    match sink {
        Sink::Store(id) => format!("a{}", id.0),
        Sink::Row(id) => format!("r{}", id.0),
    }
}

/// What the code generator makes of every kernel.
pub(super) fn compiled(
    context: &Context,
    planned: &Planned,
    show: impl Fn(&Compiler, &Kernel) -> Result<String, CompileError>,
) -> Result<String, Error> {
    let compiler = context.engine.caches.compiler().map_err(|error| internal(&error))?;
    let mut failed = None;
    let text = by_step(&planned.plan, |out, _, call| match show(compiler, &call.kernel) {
        Ok(text) => out.push_str(&text),
        Err(error) => failed = Some(internal(&error)),
    });
    failed.map_or(Ok(text), Err)
}

/// A heading for every step, and below it what `show` writes of a kernel.
fn by_step(plan: &Plan, mut show: impl FnMut(&mut String, usize, &KernelCall)) -> String {
    let mut out = String::new();
    for (number, step) in plan.steps.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match step {
            Step::Kernel(call) => {
                let _ = writeln!(out, "; step {number}: kernel");
                computes(&mut out, plan, step);
                show(&mut out, number, call);
            }
            Step::Library(call) => {
                let _ = writeln!(out, "; step {number}: {}, by the library", call.call.noun());
                computes(&mut out, plan, step);
                library(&mut out, call);
            }
        }
    }
    if plan.steps.is_empty() {
        out.push_str("; nothing to compute\n");
    }
    out
}

fn computes(out: &mut String, plan: &Plan, step: &Step) {
    for id in nodes(step) {
        let _ = writeln!(out, ";   %{} = {}", id.0, op_and_type(plan.graph.node(*id)));
    }
}

fn library(out: &mut String, call: &LibraryCall) {
    let side = |array: &ArrayRef| {
        format!("{} {} {}", array.dtype.short(), array.layout.shape, place_name(array.place))
    };
    let operands: Vec<String> = call.operands.iter().map(side).collect();
    let results: Vec<String> = call.results.iter().flatten().map(side).collect();
    let between = if call.call == (Call::MatMul {}) { " @ " } else { ", " };
    let _ = writeln!(out, "; {} -> {}", operands.join(between), results.join(", "));
}

/// The name of a place.
fn binding_name(binding: Binding) -> String {
    match binding {
        Binding::Index => "index".to_owned(),
        Binding::Array(place) => place_name(place),
        Binding::Row => "memory for a row".to_owned(),
    }
}

pub(super) fn place_name(place: Place) -> String {
    match place {
        Place::Input(number) => format!("input {number}"),
        Place::Buffer(id) => format!("buffer {}", id.0),
    }
}
