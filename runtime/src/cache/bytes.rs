//! Bytes that plans and code take, by an estimate, wherever they are kept.

use super::{CACHES, CodeSlot, Strategy, lock, plans};
use jitney_codegen::Compiled;
use jitney_ir::graph::Node;
use jitney_optimizer::{Plan, Step};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes that something takes as long as it lives.
pub(crate) struct Charge(usize);

impl Charge {
    fn new(bytes: usize) -> Charge {
        CACHES.bytes.fetch_add(bytes, Ordering::Relaxed);
        Charge(bytes)
    }

    /// Those of a plan, without its code.
    pub fn of_plan(plan: &Plan) -> Charge {
        /// Bytes of a step, of an operand and of an operation in a kernel's program, with what
        /// running them needs.
        const STEP: usize = 1 << 10;
        const OPERAND: usize = 256;
        const OPERATION: usize = 48;
        let step = |step: &Step| match step {
            Step::Kernel(call) => {
                let programs = call.kernel.phases.iter().map(|phase| &phase.program);
                let n_operations: usize = programs.map(|program| program.values().count()).sum();
                STEP + OPERAND * call.operands.len() + OPERATION * n_operations
            }
            Step::Library(_) => STEP,
        };
        let steps: usize = plan.steps.iter().map(step).sum();
        Charge::new(steps + 2 * size_of::<Node>() * plan.graph.nodes.len())
    }

    /// Those of code, which has pages of its own, and of what the compiler keeps beside it.
    pub fn of_code(code: &Compiled) -> Charge {
        const PAGE: usize = 1 << 12;
        Charge::new(code.code_bytes().next_multiple_of(PAGE) + 4 * PAGE)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        CACHES.bytes.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Forgets what has not been used for longest, half of the plans at a time, until the rest is as small as
/// it is to be. The last plan of a kind stays.
pub(super) fn shrink() {
    let is_too_much = || {
        let [bytes, most] = [&CACHES.bytes, &CACHES.max_bytes].map(|n| n.load(Ordering::Relaxed));
        bytes > most
    };
    let mut has_evicted = true;
    while has_evicted && is_too_much() {
        has_evicted = false;
        CACHES.n_forgotten.fetch_add(1, Ordering::Relaxed);
        for strategy in [Strategy::Fused, Strategy::Eager] {
            let mut plans = lock(plans(strategy));
            let n = plans.entries.len();
            let evicted = if n > 1 { plans.evict(n) } else { Vec::new() };
            drop(plans);
            has_evicted |= !evicted.is_empty();
        }
        // Code that no plan has any more.
        let mut kernels = lock(&CACHES.kernels);
        let is_alone = |slot: &CodeSlot| Arc::strong_count(&slot.0) == 1;
        let unused: Vec<_> = kernels.entries.extract_if(|_, (slot, _)| is_alone(slot)).collect();
        drop(kernels);
        drop(unused);
    }
}
