//! The optimized graph for Graphviz.

use super::nodes;
use jitney_ir::graph::{Class, NodeId};
use jitney_optimizer::{Plan, Step};
use std::fmt::Write;

/// Boxes with operation, dtype and shape; steps of the plan are clusters. A node that several
/// kernels compute stands in the first of them and names the others.
pub(super) fn draw(plan: &Plan) -> String {
    let mut out = String::from(
        "digraph jitney {\n  node [shape=box, fontname=\"monospace\"];\n  compound=true;\n",
    );
    let mut drawn = vec![false; plan.graph.nodes.len()];
    for (number, step) in plan.steps.iter().enumerate() {
        let kind = match step {
            Step::Kernel(call) => format!("kernel over {:?}", call.extents),
            Step::Library(call) => call.call.noun().to_owned(),
        };
        let _ = writeln!(out, "  subgraph cluster_{number} {{");
        let _ = writeln!(out, "    label=\"step {number}: {kind}\"; style=rounded;");
        for id in nodes(step) {
            if !std::mem::replace(&mut drawn[id.index()], true) {
                let _ = writeln!(out, "    {}", node(plan, *id, number));
            }
        }
        out.push_str("  }\n");
    }
    for id in plan.graph.ids().filter(|id| !drawn[id.index()]) {
        let _ = writeln!(out, "  {}", node(plan, id, usize::MAX));
    }
    for id in plan.graph.ids() {
        for input in &plan.graph.node(id).inputs {
            let _ = writeln!(out, "  n{} -> n{};", input.0, id.0);
        }
    }
    out.push_str("}\n");
    out
}

/// One box. Results have a double border, leaves are round, views dashed.
fn node(plan: &Plan, id: NodeId, here: usize) -> String {
    let node = plan.graph.node(id);
    let steps = plan.steps.iter().enumerate();
    let elsewhere: Vec<String> = steps
        .filter(|(number, step)| *number != here && nodes(step).contains(&id))
        .map(|(number, _)| number.to_string())
        .collect();
    let mut label = format!("%{} {}\\n{} {}", id.0, node.op, node.dtype, node.shape);
    if !elsewhere.is_empty() {
        let _ = write!(label, "\\nalso in step {}", elsewhere.join(", "));
    }
    let style = match node.op.class() {
        Class::Input | Class::Generator => ", style=rounded",
        Class::View => ", style=dashed",
        Class::Elementwise
        | Class::Reduction
        | Class::Assembly
        | Class::Library
        | Class::Output => "",
    };
    let border = if plan.graph.outputs.contains(&id) { ", peripheries=2" } else { "" };
    format!("n{} [label=\"{label}\"{style}{border}];", id.0)
}
