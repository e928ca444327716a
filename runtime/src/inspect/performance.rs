//! How fast kernels ran, and how fast they could have.

use super::explain::Explanation;
use super::machine::{self, Rates};
use super::strategy;
use crate::collect::{self, Collected, Literals};
use crate::context::Context;
use crate::eval::{Values, eval_in};
use crate::exec::Prepared;
use crate::{Error, Expr, Mode, exec, inspect, planning};
use jitney_codegen::{Compiled, Emitters};
use jitney_ir::kernel::{Kernel, Scope};
use jitney_ir::lanes::LaneType;
use jitney_optimizer::{KernelCall, Step};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a kernel ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// What made the code of its inner loops: `avx512`, `avx2` or `cranelift`.
    pub emitter: &'static str,
    /// Bits of the emitter's vectors.
    pub vector_bits: usize,
    /// How many elements its inner loops compute at a time.
    pub lanes: Vec<usize>,
    /// In how many pieces its longest program runs; most run in one.
    pub n_pieces: usize,
    /// How long its last run took.
    pub nanoseconds: u64,
    /// What it could not run faster than; `None` if it is too short to tell, or if the
    /// machine's rates are not known.
    pub limit: Option<Limit>,
}

/// What a kernel could not run faster than, by what the machine does in a simple loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of the two bounds, the one that takes longer.
    pub bound: Bound,
    /// Bytes or lane instructions that the machine does in a second.
    pub per_second: u64,
    /// How long the kernel's bytes or operations take at that rate.
    pub nanoseconds: u64,
}

/// What bounds the speed of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Bytes to and from memory.
    Memory,
    /// Lane instructions.
    Compute,
}

impl Bound {
    /// `memory` or `compute`.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Memory => "memory",
            Bound::Compute => "compute",
        }
    }
}

/// Runs below this are as much call as work: nothing is said of their bounds.
const TOO_SHORT: u64 = 20_000;

/// Evaluations that take less than this run once more.
const REPEATED_BELOW: Duration = Duration::from_secs(1);

/// Evaluates the expressions, which know their values then, and explains how and how fast.
///
/// What takes less than a second runs twice, and the second time counts: the first one may
/// wait for pages of files and of fresh memory. In reference mode no kernel runs.
///
/// # Errors
/// The deferred error of a node that the expressions depend on, or a limit.
pub fn explain_run(roots: &[&Arc<Expr>]) -> Result<Explanation, Error> {
    let context = &Context::of_scope();
    let mut explanation = inspect::explain_in(context, roots)?;
    let ran = match context.mode {
        Mode::Reference => None,
        Mode::Fused | Mode::Eager => run(roots, context)?,
    };
    // Without kernels that run there is nothing to tell of them.
    let Some(Run { prepared, values, times }) = ran else {
        eval_in(context, roots)?;
        return Ok(explanation);
    };
    roots.iter().zip(values).try_for_each(|(root, value)| root.finish(value))?;
    let is_long = |time: &Duration| nanoseconds(*time) >= TOO_SHORT;
    let rates = times.iter().any(is_long).then(|| machine::rates(context)).flatten();
    for report in &mut explanation.kernels {
        let (step, time) = (report.step, times.get(report.step));
        if let (Some(Step::Kernel(call)), Some(code), Some(time)) =
            (prepared.plan().steps.get(step), prepared.code(step), time)
        {
            report.ran = Some(RunReport::new(call, code, nanoseconds(*time), rates));
        }
    }
    Ok(explanation)
}

/// An evaluation with the time of each step.
struct Run {
    prepared: Arc<Prepared>,
    values: Values,
    times: Vec<Duration>,
}

/// `None` if the machine refuses to run compiled code.
fn run(roots: &[&Arc<Expr>], context: &Context) -> Result<Option<Run>, Error> {
    let stop = &context.stop;
    collect::collect(roots, Literals::BecomeInputs, stop, |Collected { key, sources, .. }| {
        let prepared = planning::prepare(key, &key.read(stop)?, strategy(context), context)?;
        let Some(first) = exec::run_timed(&prepared, sources, context) else { return Ok(None) };
        let (values, times) = first?;
        if times.iter().sum::<Duration>() >= REPEATED_BELOW {
            return Ok(Some(Run { prepared, values, times }));
        }
        // The memory of the first result serves the second one.
        drop(values);
        let Some(second) = exec::run_timed(&prepared, sources, context) else { return Ok(None) };
        second.map(|(values, times)| Some(Run { prepared, values, times }))
    })
}

/// The lane instructions of a call, but for those of rare cases. To reduce an element into a
/// row value is one, too.
pub(super) fn operations(call: &KernelCall) -> usize {
    let phases = call.kernel.phases.iter().map(|phase| {
        let times = match phase.scope {
            Scope::Element => call.n_elements(),
            Scope::Row => call.n_rows(),
        };
        phase.program.common_cost().saturating_mul(times)
    });
    let n_reduced = call.kernel.row_values.iter().filter(|v| v.reduction.is_some()).count();
    phases.fold(n_reduced.saturating_mul(call.n_elements()), usize::saturating_add)
}

impl RunReport {
    fn new(call: &KernelCall, code: &Compiled, nanoseconds: u64, rates: Option<Rates>) -> Self {
        let (emitter, vector_bits) = match code.emitter() {
            Emitters::Avx512 => ("avx512", 512),
            Emitters::Avx2 => ("avx2", 256),
            Emitters::Cranelift | Emitters::Best => ("cranelift", 128),
        };
        let lanes = if code.wide_lanes().is_empty() { code.lanes() } else { code.wide_lanes() };
        let mut lanes = lanes.to_vec();
        lanes.sort_unstable();
        lanes.dedup();
        let rates = rates.filter(|_| nanoseconds >= TOO_SHORT);
        let limit = rates.map(|rates| Limit::new(call, rates));
        RunReport { emitter, vector_bits, lanes, n_pieces: code.n_pieces(), nanoseconds, limit }
    }

    /// The part of the bound that was reached: 1 is all. More than that is the caches' doing,
    /// or that of instructions that the machine does faster than most.
    pub fn reached(&self) -> Option<f64> {
        let limit = self.limit?;
        Some(limit.nanoseconds as f64 / self.nanoseconds as f64)
    }
}

impl Limit {
    fn new(call: &KernelCall, rates: Rates) -> Limit {
        let (read, written) = call.bytes_moved();
        // Vectors have more lanes of smaller elements.
        let per_second = rates.operations * 8.0 / widest(&call.kernel) as f64;
        let limit = |bound, amount: usize, per_second: f64| Limit {
            bound,
            per_second: per_second as u64,
            nanoseconds: (amount as f64 / per_second * 1e9) as u64,
        };
        let memory = limit(Bound::Memory, read.saturating_add(written), rates.bytes);
        let compute = limit(Bound::Compute, operations(call), per_second);
        if compute.nanoseconds > memory.nanoseconds { compute } else { memory }
    }
}

/// Bytes of the widest values that the kernel computes.
fn widest(kernel: &Kernel) -> usize {
    let programs = kernel.phases.iter().map(|phase| &phase.program);
    let types = programs.flat_map(|program| program.values().map(|value| program.ty(value)));
    types.map(LaneType::size).max().unwrap_or(8)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lanes: Vec<String> = self.lanes.iter().map(usize::to_string).collect();
        write!(f, "  emitter: {}, vectors of {} bits", self.emitter, self.vector_bits)?;
        if !lanes.is_empty() {
            write!(f, ", {} elements at a time", lanes.join(" or "))?;
        }
        match self.n_pieces {
            1 => writeln!(f)?,
            n => writeln!(f, ", in {n} pieces, chunk by chunk")?,
        }
        writeln!(f, "  last run: {:.1} µs", self.nanoseconds as f64 / 1e3)?;
        match (self.limit, self.reached()) {
            (Some(Limit { bound, per_second, .. }), Some(reached)) => {
                let unit = match bound {
                    Bound::Memory => "GB/s",
                    Bound::Compute => "G lane instructions/s",
                };
                let (percent, rate) = (reached * 100.0, per_second as f64 / 1e9);
                let name = bound.name();
                write!(f, "  bound: {name}, {percent:.0} % of {rate:.1} {unit} reached")?;
                let is_cached = bound == Bound::Memory && reached > 1.0;
                f.write_str(if is_cached { ", with the help of caches\n" } else { "\n" })
            }
            _ if self.nanoseconds < TOO_SHORT => writeln!(f, "  bound: too short to tell"),
            _ => writeln!(f, "  bound: not known, too little memory to measure the machine"),
        }
    }
}
