//! Bytes that plans and code take, by an estimate, wherever they are kept.

use super::{Caches, CodeSlot, Strategy, lock};
use jitney_codegen::Compiled;
use jitney_ir::graph::Node;
use jitney_optimizer::{Plan, Step};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes that something takes as long as it lives.
pub(crate) struct Charge {
    bytes: usize,
    caches: &'static Caches,
}

impl Charge {
    fn new(caches: &'static Caches, bytes: usize) -> Charge {
        caches.bytes.fetch_add(bytes, Ordering::Relaxed);
        Charge { bytes, caches }
    }

    /// Those of a plan, without its code.
    pub fn of_plan(caches: &'static Caches, plan: &Plan) -> Charge {
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
        Charge::new(caches, steps + 2 * size_of::<Node>() * plan.graph.nodes.len())
    }

    /// Those of code, which has pages of its own, and of what the compiler keeps beside it.
    pub fn of_code(caches: &'static Caches, code: &Compiled) -> Charge {
        const PAGE: usize = 1 << 12;
        Charge::new(caches, code.code_bytes().next_multiple_of(PAGE) + 4 * PAGE)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.caches.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Caches {
    /// Forgets what has not been used for longest, half of the plans at a time, until the rest is
    /// as small as it is to be. The last plan of a kind stays.
    pub(super) fn shrink(&self) {
        let is_too_much = || {
            let [bytes, most] = [&self.bytes, &self.max_bytes].map(|n| n.load(Ordering::Relaxed));
            bytes > most
        };
        let mut has_evicted = true;
        while has_evicted && is_too_much() {
            has_evicted = false;
            self.n_forgotten.fetch_add(1, Ordering::Relaxed);
            for strategy in [Strategy::Fused, Strategy::Eager] {
                let mut plans = lock(self.plans(strategy));
                let n = plans.entries.len();
                let evicted = if n > 1 { plans.evict(n) } else { Vec::new() };
                drop(plans);
                has_evicted |= !evicted.is_empty();
            }
            // Code that no plan has any more.
            let mut kernels = lock(&self.kernels);
            let is_alone = |slot: &CodeSlot| Arc::strong_count(&slot.0) == 1;
            let unused: Vec<_> =
                kernels.entries.extract_if(|_, (slot, _)| is_alone(slot)).collect();
            drop(kernels);
            drop(unused);
        }
    }
}
