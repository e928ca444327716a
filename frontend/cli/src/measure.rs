//! One mode, measured.

use crate::Failure;
use crate::args::mode_name;
use crate::inputs::Inputs;
use crate::progress::Progress;
use jitney::{Array, FormulaValue, Mode};
use std::time::{Duration, Instant};

/// Time after which no more runs are started if their number was not asked for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs after the first one if their number was not asked for.
const RUNS: u32 = 10;

/// How a formula ran in one mode.
pub(crate) struct Measurement {
    /// The mode.
    pub mode: Mode,
    /// Nanoseconds of the first run, compilation included.
    pub first_ns: u64,
    /// Nanoseconds of each run after the first, sorted.
    pub runs: Vec<u64>,
    /// Nanoseconds of compilation.
    pub compile_ns: u64,
    /// Kernels and library calls.
    pub kernels: usize,
    /// Bytes that kernels and library calls read; `None` for the interpreter.
    pub bytes_read: Option<usize>,
    /// Bytes that they write.
    pub bytes_written: Option<usize>,
    /// The most bytes of results and temporaries at any time of the first run.
    pub peak_bytes: usize,
    /// Threads that were there to be used.
    pub threads: usize,
    /// What the last run gave.
    pub value: FormulaValue,
}

impl Measurement {
    /// Runs the formula in a mode: once with nothing compiled, then `runs` times.
    ///
    /// A run is what a program does each time: it builds the graph and evaluates it.
    pub fn take(inputs: &Inputs, mode: Mode, runs: Option<u32>) -> Result<Self, Failure> {
        let _progress = Progress::start(&format!("running {}", mode_name(mode)));
        jitney::with_mode(mode, || {
            let explained = {
                let value = inputs.build()?;
                jitney::explain(&arrays(&value))?
            };
            jitney::clear_caches();
            let compiled = jitney::compilations().1;
            jitney::reset_peak();
            let before = jitney::bytes_in_use();
            let (mut value, first_ns) = run(inputs)?;
            let peak_bytes = jitney::peak_bytes().saturating_sub(before);
            let compile_ns = nanoseconds(jitney::compilations().1.saturating_sub(compiled));
            let mut times = Vec::new();
            let start = Instant::now();
            for _ in 0..runs.unwrap_or(RUNS) {
                if runs.is_none() && !times.is_empty() && start.elapsed() > PATIENCE {
                    break;
                }
                // The memory of one result serves the next.
                drop(value);
                let (next, time) = run(inputs)?;
                value = next;
                times.push(time);
            }
            times.sort_unstable();
            let is_compiled = mode != Mode::Reference;
            Ok(Measurement {
                mode,
                first_ns,
                runs: times,
                compile_ns,
                kernels: if is_compiled { explained.moved.steps } else { 0 },
                bytes_read: is_compiled.then_some(explained.moved.bytes_read),
                bytes_written: is_compiled.then_some(explained.moved.bytes_written),
                peak_bytes,
                threads: if is_compiled { jitney::threads() } else { 1 },
                value,
            })
        })
    }

    /// The middle of the runs after the first.
    pub fn median_ns(&self) -> u64 {
        self.runs.get(self.runs.len() / 2).copied().unwrap_or(self.first_ns)
    }

    /// The fastest of them.
    pub fn min_ns(&self) -> u64 {
        self.runs.first().copied().unwrap_or(self.first_ns)
    }
}

/// The arrays of a value.
pub(crate) fn arrays(value: &FormulaValue) -> Vec<&Array> {
    value.arrays().iter().collect()
}

fn run(inputs: &Inputs) -> Result<(FormulaValue, u64), Failure> {
    let start = Instant::now();
    let value = inputs.build()?;
    Array::eval_all(&arrays(&value))?;
    Ok((value, nanoseconds(start.elapsed())))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
