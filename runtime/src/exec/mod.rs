//! Running plans.
//!
//! What a run needs to know of a plan is worked out once, when the plan is made
//! ([`Prepared`]): a run of a small plan takes less time than a look at all of its steps.

mod call;
mod helpers;
mod memory;
mod product;
mod threads;

pub(crate) use memory::{Budget, out_of_memory};
pub(crate) use threads::Workers;

use crate::cache::CodeSlot;
use crate::eval::Values;
use crate::source::Source;
use crate::{Error, Settings};
use call::Call;
use jitney_codegen::{CompileError, Compiled};
use jitney_ir::kernel::Kernel;
use jitney_optimizer::{BufferId, Plan, Step};
use memory::Memory;
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A plan, ready to run.
pub(crate) struct Prepared {
    plan: Plan,
    /// By step; `None` for steps that are no kernels.
    calls: Vec<Option<Call>>,
    /// By step: the buffers that it is the first to write.
    allocated: Vec<SmallVec<[BufferId; 2]>>,
}

impl Prepared {
    /// Prepares a plan whose kernels have code in the given slots.
    pub fn new(plan: Plan, code_slot: impl Fn(&Arc<Kernel>) -> CodeSlot) -> Prepared {
        let call = |(number, step): (usize, &Step)| match step {
            Step::Kernel(call) => Some(Call::new(call, number, code_slot(&call.kernel))),
            Step::Product(_) => None,
        };
        let calls = plan.steps.iter().enumerate().map(call).collect();
        let allocated = memory::allocations(&plan);
        Prepared { plan, calls, allocated }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The code of a step; `None` if it is no kernel, or there is no code for it.
    pub fn code(&self, step: usize) -> Option<&Compiled> {
        self.calls.get(step)?.as_ref()?.code().ok()
    }

    /// Compiles what has not been compiled.
    fn compile(&self) -> Result<(), &CompileError> {
        self.calls.iter().flatten().try_for_each(|call| call.code().map(|_| ()))
    }
}

/// Runs a plan; `None` if the machine refuses to run compiled code at all.
pub(crate) fn run(
    prepared: &Prepared,
    sources: &[Source],
    settings: &Settings,
) -> Option<Result<Values, Error>> {
    // All kernels are compiled before anything is allocated.
    prepared.compile().ok()?;
    Some(run_steps(prepared, sources, settings, &mut ()))
}

/// As [`run`], with the time that each step took.
pub(crate) fn run_timed(
    prepared: &Prepared,
    sources: &[Source],
    settings: &Settings,
) -> Option<Result<(Values, Vec<Duration>), Error>> {
    prepared.compile().ok()?;
    let mut watch = StopWatch { started: Instant::now(), times: Vec::new() };
    let result = run_steps(prepared, sources, settings, &mut watch);
    Some(result.map(|values| (values, watch.times)))
}

/// Looks on while steps run. Nobody ([`()`](unit)) costs nothing.
trait Watch {
    fn start(&mut self) {}
    fn stop(&mut self) {}
}

impl Watch for () {}

struct StopWatch {
    started: Instant,
    times: Vec<Duration>,
}

impl Watch for StopWatch {
    fn start(&mut self) {
        self.started = Instant::now();
    }

    fn stop(&mut self) {
        self.times.push(self.started.elapsed());
    }
}

fn run_steps(
    prepared: &Prepared,
    sources: &[Source],
    settings: &Settings,
    watch: &mut impl Watch,
) -> Result<Values, Error> {
    let plan = &prepared.plan;
    let workers = Workers::of(settings);
    let mut budget = Budget(settings.max_memory);
    let mut memory = Memory::new(sources, plan.buffers.len());
    for (number, step) in plan.steps.iter().enumerate() {
        settings.check_cancelled()?;
        for id in &prepared.allocated[number] {
            memory.allocate(*id, plan.buffers[id.0 as usize], &mut budget)?;
        }
        watch.start();
        match (step, &prepared.calls[number]) {
            (Step::Kernel(_), Some(call)) => call.run(&memory, &workers, settings)?,
            (Step::Kernel(_), None) => {}
            (Step::Product(call), _) => product::run(call, &memory, &workers)?,
        }
        watch.stop();
        for id in &plan.dying[number] {
            memory.free(*id, &mut budget);
        }
    }
    plan.outputs.iter().map(|output| memory.value(output)).collect()
}
