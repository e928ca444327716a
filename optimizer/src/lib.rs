//! From an array graph to a plan: which kernels to run, on what, in which order.
//!
//! [`optimize`] rewrites the graph by the passes of [`PIPELINE`]; [`plan`] then groups its
//! nodes into kernels ([`fusion`]) and lowers each group to a
//! [`Kernel`](jitney_ir::kernel::Kernel) and the strides to call it with. This crate knows no
//! machine code: it meets the code generator in `jitney_ir::kernel`.

#![forbid(unsafe_code)]

pub mod fusion;
mod lower;
mod monitor;
pub mod passes;
mod plan;

pub use fusion::{Unfused, max_searched};
pub use passes::{
    PIPELINE, Pass, PassReport, is_special, optimize, optimize_monitored, optimize_observed,
};
pub use plan::{
    ArrayRef, Binding, BufferId, CallOperand, KernelCall, LibraryCall, Place, Plan, Refusal, Step,
};

pub use monitor::{GROUP, Interrupted, LOWER, Monitor, SEARCH};

use jitney_ir::graph::{Graph, Layout};
use lower::Unlowered;
use monitor::unmonitored;

/// How a plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// As few kernels as pay.
    Fused,
    /// One kernel for each operation, each result in memory.
    Eager,
}

/// The plan that computes the graph's outputs from inputs with the given layouts (in bytes).
///
/// The plan holds for these shapes and strides; its kernels hold for all.
pub fn plan(graph: &Graph, inputs: &[Layout], strategy: Strategy) -> Plan {
    plan_reusing(graph, inputs, &[], strategy)
}

/// As [`plan`], where nobody needs the *owned* inputs, given by number, once the outputs are
/// there: the plan may write into their memory. Each must be C-contiguous from the start of
/// its memory to the end, or the base of an update of all its elements which is the output;
/// other inputs may not overlap it.
pub fn plan_reusing(graph: &Graph, inputs: &[Layout], owned: &[u32], strategy: Strategy) -> Plan {
    unmonitored(|monitor| plan_monitored(graph, inputs, owned, strategy, monitor))
}

/// As [`plan_reusing`], as long as the monitor does not interrupt it.
///
/// # Errors
/// The monitor's.
pub fn plan_monitored(
    graph: &Graph,
    inputs: &[Layout],
    owned: &[u32],
    strategy: Strategy,
    monitor: &mut dyn Monitor,
) -> Result<Plan, Interrupted> {
    let mut lower = |strategy, values_apart| {
        let may = fusion::Owned { inputs: owned, values_apart };
        let groups = fusion::group(graph, inputs, may, strategy, monitor)?;
        lower::lower(groups, owned, monitor)
    };
    let plan = match lower(strategy, false) {
        Err(Unlowered::Mixed) => lower(strategy, true),
        plan => plan,
    };
    let stuck = match plan {
        Ok(plan) => return Ok(plan),
        Err(Unlowered::Interrupted) => return Err(Interrupted),
        Err(stuck) => stuck,
    };
    // Grouping asks before it ties nodes together, so that no group waits for itself, and
    // copies what could not be read. Were it wrong, the plan without fusion is still right.
    debug_assert!(false, "groups that cannot be lowered ({stuck:?}):\n{graph}");
    match lower(Strategy::Eager, true) {
        Ok(plan) => Ok(plan),
        Err(Unlowered::Interrupted) => Err(Interrupted),
        Err(stuck) => {
            unreachable!("without fusion, steps stand in the order of the graph: {stuck:?}")
        }
    }
}
