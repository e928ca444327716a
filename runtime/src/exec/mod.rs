//! Running plans.
//!
//! What a run needs to know of a plan is worked out once, when the plan is made
//! ([`Prepared`]): a run of a small plan takes less time than a look at all of its steps.

mod call;
mod cuts;
mod first_error;
mod helpers;
mod library;
mod memory;
mod pools;
mod product;
mod shares;
mod threads;

pub(crate) use helpers::Tasks;
pub(crate) use library::reference;
pub(crate) use memory::{Budget, out_of_memory};
pub(crate) use pools::Pools;
pub(crate) use threads::Workers;

use crate::Error;
use crate::buffer::Buffer;
use crate::cache::{Charge, CodeSlot};
use crate::context::{Context, Stop};
use crate::eval::Values;
use crate::source::Inputs;
use crate::value::span;
use call::Call;
use jitney_codegen::Compiled;
use jitney_ir::DType;
use jitney_ir::graph::Layout;
use jitney_ir::kernel::Kernel;
use jitney_optimizer::{ArrayRef, BufferId, Place, Plan, Step};
use memory::Memory;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Tasks that are handed out together, a power of two. What comes after a failed one is passed over,
/// which takes a fraction of a millisecond for so many.
const AT_ONCE: usize = 1 << 13;

/// A plan, ready to run.
pub(crate) struct Prepared {
    plan: Plan,
    /// By step; `None` for steps that are no kernels.
    calls: Vec<Option<Call>>,
    /// By step: the buffers that it is the first to write.
    allocated: Vec<SmallVec<[BufferId; 2]>>,
    overwritten: Overwritten,
    outputs: Box<[Output]>,
    /// Whether all code is there.
    is_compiled: AtomicBool,
    _charge: Charge,
}

/// A result of a plan.
struct Output {
    place: Place,
    dtype: DType,
    layout: Arc<Layout>,
    /// The bytes of its memory that it covers.
    reach: (i128, i128),
}

impl Output {
    fn of(ArrayRef { place, dtype, layout }: &ArrayRef) -> Output {
        let reach = span(layout, dtype.size());
        Output { place: *place, dtype: *dtype, layout: Arc::new(layout.clone()), reach }
    }
}

/// What a plan does to its inputs.
struct Overwritten {
    /// The first step that overwrites one; as many as there are steps if none does.
    first: usize,
    /// The inputs that are overwritten.
    inputs: SmallVec<[u32; 2]>,
    /// How long that step and all that follow take, in the terms of [`Call::most_work`].
    work: usize,
}

impl Overwritten {
    fn of(plan: &Plan, calls: &[Option<Call>]) -> Overwritten {
        let number = |place: Place| match place {
            Place::Input(number) => Some(number),
            Place::Buffer(_) => None,
        };
        let by_step = |step: &Step| step.written_places().into_iter().filter_map(number);
        let overwrites = |step: &Step| by_step(step).next().is_some();
        let first = plan.steps.iter().position(overwrites).unwrap_or(plan.steps.len());
        let mut inputs: SmallVec<[u32; 2]> = plan.steps.iter().flat_map(by_step).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let work =
            calls[first..].iter().flatten().map(Call::most_work).fold(0, usize::saturating_add);
        Overwritten { first, inputs, work }
    }
}

impl Prepared {
    /// Prepares a plan whose kernels have code in the given slots.
    pub fn new(
        plan: Plan,
        code_slot: impl Fn(&Arc<Kernel>) -> CodeSlot,
        charge: Charge,
    ) -> Prepared {
        let call = |(number, step): (usize, &Step)| match step {
            Step::Kernel(call) => Some(Call::new(call, number, code_slot(&call.kernel))),
            Step::Library(_) => None,
        };
        let calls = plan.steps.iter().enumerate().map(call).collect();
        let calls: Vec<Option<Call>> = calls;
        let allocated = plan.allocations();
        let overwritten = Overwritten::of(&plan, &calls);
        let outputs = plan.outputs.iter().map(Output::of).collect();
        Prepared {
            plan,
            calls,
            allocated,
            overwritten,
            outputs,
            is_compiled: AtomicBool::new(false),
            _charge: charge,
        }
    }

    /// Whether the cache has forgotten code of one of its kernels.
    pub fn has_lost_code(&self) -> bool {
        self.calls.iter().flatten().any(Call::has_lost_code)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The code of a step; `None` if it is no kernel, or there is no code for it.
    pub fn code(&self, step: usize) -> Option<&Compiled> {
        self.calls.get(step)?.as_ref()?.code().ok()
    }

    /// Compiles what has not been compiled; `false` if the machine does not let it run.
    ///
    /// # Errors
    /// If the evaluation is to stop.
    #[inline]
    fn compile(&self, stop: &Stop) -> Result<bool, Error> {
        if self.is_compiled.load(Ordering::Relaxed) { Ok(true) } else { self.compile_all(stop) }
    }

    #[cold]
    fn compile_all(&self, stop: &Stop) -> Result<bool, Error> {
        for call in self.calls.iter().flatten() {
            if !call.is_compiled() {
                stop.check()?;
            }
            if call.code().is_err() {
                return Ok(false);
            }
        }
        self.is_compiled.store(true, Ordering::Relaxed);
        Ok(true)
    }
}

/// Asks for inputs to be overwritten, by number. The answer is yes if nobody else can see them,
/// as long as the run takes; the run must succeed then.
pub(crate) type Take<'a> = dyn FnMut(&[u32]) -> bool + 'a;

/// What a run leaves. It is handed down to whoever fills it: values that have just been written
/// are waited for when they are moved.
#[derive(Default)]
pub(crate) struct Results {
    /// Memory for results, by number, of which the caller holds all references. It serves where
    /// it has the right size.
    pub memory: SmallVec<[Option<Buffer>; 2]>,
    /// The results, once the run has succeeded.
    pub values: Values,
}

/// Runs a plan; `None` if the machine refuses to run compiled code at all.
pub(crate) fn run(
    prepared: &Prepared,
    inputs: &dyn Inputs,
    context: &Context,
    take: &mut Take<'_>,
    results: &mut Results,
) -> Option<Result<(), Error>> {
    // All kernels are compiled before anything is allocated.
    match prepared.compile(&context.stop) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(stopped) => return Some(Err(stopped)),
    }
    let mut memory = Memory::new(inputs, prepared.plan.buffers.len());
    for (output, place) in prepared.outputs.iter().zip(&mut results.memory) {
        if let (Place::Buffer(id), Some(buffer)) = (output.place, &*place)
            && buffer.len() == prepared.plan.buffers[id.0 as usize]
        {
            memory.put(id, place);
        }
    }
    Some(run_steps(prepared, &mut memory, context, take, &mut (), &mut results.values))
}

/// As [`run`], with the time that each step took. Inputs are not overwritten.
pub(crate) fn run_timed(
    prepared: &Prepared,
    inputs: &dyn Inputs,
    context: &Context,
) -> Option<Result<(Values, Vec<Duration>), Error>> {
    match prepared.compile(&context.stop) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(stopped) => return Some(Err(stopped)),
    }
    let mut watch = StopWatch { started: Instant::now(), times: Vec::new() };
    let mut memory = Memory::new(inputs, prepared.plan.buffers.len());
    let mut values = Values::new();
    let take: &mut Take<'_> = &mut |_| false;
    let result = run_steps(prepared, &mut memory, context, take, &mut watch, &mut values);
    Some(result.map(|()| (values, watch.times)))
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
    memory: &mut Memory<'_>,
    context: &Context,
    take: &mut Take<'_>,
    watch: &mut impl Watch,
    values: &mut Values,
) -> Result<(), Error> {
    let plan = &prepared.plan;
    let workers = Workers::of(context);
    let mut budget = Budget(context.max_memory);
    let never = Stop::default();
    let mut stop = &context.stop;
    for (number, step) in plan.steps.iter().enumerate() {
        stop.check()?;
        if number <= prepared.overwritten.first {
            prepared.allocate(number, memory, &mut budget)?;
        }
        if number == prepared.overwritten.first
            && prepared.overwrite(take, stop, memory, &mut budget)?
        {
            stop = &never;
        }
        watch.start();
        match (step, &prepared.calls[number]) {
            (Step::Kernel(_), Some(call)) => call.run(memory, &workers, stop)?,
            (Step::Kernel(_), None) => {}
            (Step::Library(call), _) => library::run(call, memory, &workers, stop, &mut budget)?,
        }
        watch.stop();
        for id in &plan.dying[number] {
            memory.free(*id, &mut budget);
        }
    }
    for output in &prepared.outputs {
        memory.output(output, values)?;
    }
    Ok(())
}

impl Prepared {
    /// Allocates the buffers that a step is the first to write.
    fn allocate(
        &self,
        step: usize,
        memory: &mut Memory<'_>,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        let bytes = |id: &BufferId| self.plan.buffers[id.0 as usize];
        self.allocated[step].iter().try_for_each(|id| memory.allocate(*id, bytes(id), budget))
    }

    /// Sees to it that the steps from the first one on that overwrites inputs may do so: to the
    /// inputs themselves, or else to copies. Returns whether it is the inputs; all that could
    /// fail has been done then.
    fn overwrite(
        &self,
        take: &mut Take<'_>,
        stop: &Stop,
        memory: &mut Memory<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Error> {
        let Overwritten { first, inputs, work } = &self.overwritten;
        for step in first + 1..self.plan.steps.len() {
            self.allocate(step, memory, budget)?;
        }
        // The first one is checked when it runs, before it writes anything.
        for call in self.calls[first + 1..].iter().flatten() {
            call.check(memory)?;
        }
        // What cannot be stopped must be short for a host that may ask for it.
        let is_short = !stop.is_possible() || *work <= call::UNSTOPPABLE_WORK;
        if is_short && take(inputs) {
            return Ok(true);
        }
        inputs.iter().try_for_each(|input| memory.copy(*input, budget))?;
        Ok(false)
    }
}
