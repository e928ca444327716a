//! Timing of Jitney's own runs.

use super::case::{Case, Must, Outputs, Program};
use jitney as jn;
use jn::{Array, Error, Settings};
use std::time::Instant;

/// What one timed section takes, so that the clock does not show.
pub(super) const TARGET_SECONDS: f64 = 5e-3;

/// How many cold runs the compile time is the median of.
const COLD_RUNS: usize = 5;

/// Runs of a timed section in which nothing is compiled before each.
const COLD_REPETITIONS: usize = 20;

/// Mean seconds of a run. As the peers', it starts with runs that are not timed: they fill the
/// caches again, and the system has spread the threads over the processors.
pub(super) fn time(
    case: &Case,
    run: &Program,
    inputs: &[Array],
    threads: usize,
    repetitions: usize,
) -> Result<f64, Error> {
    with_threads(threads, || {
        if case.cold {
            return cold_time(run, inputs);
        }
        let start = Instant::now();
        while start.elapsed().as_secs_f64() < TARGET_SECONDS {
            run(inputs)?;
        }
        let start = Instant::now();
        for _ in 0..repetitions {
            std::hint::black_box(run(inputs)?);
        }
        Ok(start.elapsed().as_secs_f64() / repetitions as f64)
    })
}

/// Mean seconds of runs with nothing compiled.
fn cold_time(run: &Program, inputs: &[Array]) -> Result<f64, Error> {
    let mut seconds = 0.0;
    for _ in 0..COLD_REPETITIONS {
        jn::clear_caches();
        let start = Instant::now();
        std::hint::black_box(run(inputs)?);
        seconds += start.elapsed().as_secs_f64();
    }
    Ok(seconds / COLD_REPETITIONS as f64)
}

/// The outputs, the seconds of a run with nothing compiled, and the most bytes it took.
pub(super) fn first_run(
    run: &Program,
    inputs: &[Array],
    threads: usize,
) -> Result<(Outputs, f64, usize), Error> {
    with_threads(threads, || {
        jn::clear_caches();
        jn::reset_peak();
        let before = jn::bytes_in_use();
        let start = Instant::now();
        let outputs = run(inputs)?;
        let first = start.elapsed().as_secs_f64();
        Ok((outputs, first, jn::peak_bytes().saturating_sub(before)))
    })
}

/// Median seconds of compilation.
pub(super) fn compile_seconds(case: &Case, inputs: &[Array], threads: usize) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..COLD_RUNS {
        let run = (case.make)();
        jn::clear_caches();
        let before = jn::compilations().1;
        let start = Instant::now();
        with_threads(threads, || run(inputs))?;
        times.push(jn::compilations().1.saturating_sub(before).as_secs_f64());
        if start.elapsed().as_secs_f64() > 0.3 {
            break;
        }
    }
    Ok(median(&mut times))
}

/// Kernels that a hundred runs compile, if a bar asks for their number.
pub(super) fn compilations(case: &Case, inputs: &[Array]) -> Result<Option<u64>, Error> {
    let asked = case.bars.iter().any(|bar| matches!(bar.must, Must::CompileKernels(_)));
    if !asked {
        return Ok(None);
    }
    let run = (case.make)();
    jn::clear_caches();
    let before = jn::compilations().0;
    for _ in 0..100 {
        run(inputs)?;
    }
    Ok(Some(jn::compilations().0 - before))
}

/// The middle one.
pub(super) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn with_threads<R>(threads: usize, body: impl FnOnce() -> R) -> R {
    // As many as there are is what evaluation uses unasked.
    let asked = (threads != jn::threads()).then_some(threads);
    let settings = Settings { threads: asked, compile_at_once: true, ..Settings::default() };
    jn::with_settings(settings, body)
}
