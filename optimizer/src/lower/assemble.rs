//! A group's programs and loops put together into a kernel call.

use super::axes::Loops;
use super::programs::{PhaseBuilder, Programs};
use super::unroll::unroll;
use crate::fusion::{Groups, Target};
use crate::plan::{CallOperand, KernelCall, Place};
use jitney_ir::graph::{Layout, NodeId};
use jitney_ir::kernel::{Access, Kernel, Phase, Scope};
use jitney_ir::shape::Dims;
use std::sync::Arc;

/// The kernel call of a group, given where each target is; `None` if it reads what strides
/// cannot express.
pub(super) fn call(
    table: &mut Groups<'_>,
    group: usize,
    places: &dyn Fn(Target) -> (Place, Layout),
) -> Option<KernelCall> {
    let programs = Programs::build(table, group, places);
    if !programs.is_complete {
        return None;
    }
    // The strides of accesses are over the domain until `Loops` has simplified it; what is known
    // of them when the kernel is compiled follows from the axes that are left.
    let Programs { accesses, row_values, elements, rows, row_bytes, .. } = programs;
    let group = &table.groups[group];
    let loops = Loops::of(group, &accesses);
    let access = |(number, bound): (usize, &super::programs::Bound)| Access {
        kind: bound.kind,
        dtype: bound.dtype,
        layout: loops.layout(number, bound),
        shift: None,
    };
    let kernel = Kernel {
        schedule: loops.schedule,
        n_kept: loops.n_kept,
        n_reduced: loops.extents.len() - loops.n_kept,
        accesses: accesses.iter().enumerate().map(access).collect(),
        row_values,
        phases: phases(elements, rows),
    };
    let operands: Vec<CallOperand> = accesses
        .into_iter()
        .zip(loops.strides)
        .map(|(bound, strides)| CallOperand {
            binding: bound.binding,
            offset: bound.layout.offset,
            strides,
        })
        .collect();
    let mut nodes: Vec<NodeId> = group.inlined.iter().map(|(id, ..)| *id).collect();
    nodes.extend(group.computed());
    nodes.sort_unstable();
    nodes.dedup();
    debug_assert_eq!(kernel.verify(), Ok(()), "{kernel}");
    let (kept, reduced) = loops.extents.split_at(loops.n_kept);
    let call = match unroll(&kernel, kept, reduced, &operands) {
        Some((kernel, operands)) => KernelCall {
            kernel: Arc::new(kernel),
            extents: kept.into(),
            operands,
            unrolled: reduced.into(),
            // What other kernels keep of a row in memory is in registers here.
            row_bytes: 0,
            nodes,
        },
        None => KernelCall {
            kernel: Arc::new(kernel),
            extents: loops.extents,
            operands,
            unrolled: Dims::new(),
            row_bytes,
            nodes,
        },
    };
    debug_assert_eq!(call.kernel.verify(), Ok(()), "{}", call.kernel);
    Some(call)
}

/// The phases by stage, which count from the end: a kernel with stages 2, 1 and 0 runs elements
/// 2, rows 2, elements 1, and so on. A phase that hands nothing out has no reason to run.
fn phases(elements: Vec<PhaseBuilder>, rows: Vec<PhaseBuilder>) -> Vec<Phase> {
    let stages = elements.into_iter().zip(rows).rev();
    stages
        .flat_map(|(elements, rows)| [(Scope::Element, elements), (Scope::Row, rows)])
        .filter(|(_, phase)| !phase.is_empty())
        .map(|(scope, phase)| {
            let (program, sources, sinks) = phase.finish();
            Phase { scope, program, sources, sinks }
        })
        .collect()
}
