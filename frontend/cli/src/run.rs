//! `jitney eval`.

use crate::args::Options;
use crate::compare::Comparison;
use crate::inputs::Inputs;
use crate::measure::{Measurement, arrays};
use crate::progress::Progress;
use crate::{Failure, Outcome, report};
use jitney::print::escaped;
use jitney::{Array, Explanation, FormulaValue, Mode, Settings, Stage};
use serde_json::json;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

/// Elements up to which the arrays of a tuple are evaluated together for printing; of larger
/// ones, printing computes only what is shown.
const SMALL: usize = 1 << 20;

/// Evaluates what the options ask for and prints it.
pub(crate) fn eval(options: &Options) -> Result<Outcome, Failure> {
    let settings = Settings {
        mode: Some(options.mode.mode()),
        threads: options.threads.map(usize::from),
        max_memory: options.max_memory.or_else(available_memory),
        // A time that no clock reaches is no limit.
        deadline: options.max_time.and_then(|time| Instant::now().checked_add(time)),
        // What is reported of the code is then true of the first run, too.
        compile_at_once: true,
        ..Settings::default()
    };
    jitney::with_settings(settings, || eval_within(options))
}

fn eval_within(options: &Options) -> Result<Outcome, Failure> {
    jitney::check_environment()?;
    let inputs = Inputs::new(options)?;
    if options.measures() {
        let _progress = Progress::start("loading the inputs");
        inputs.load()?;
    }
    let value = inputs.build()?;
    if let Some(path) = &options.output {
        check_output(path, &value)?;
    }
    check_interpreter(&value)?;
    dump(&value, &options.dump)?;
    let explanation = options.explain.then(|| explained(&value)).transpose()?;
    if !options.measures() {
        finish(options, &value)?;
        explanation.map_or(Ok(()), |explanation| print(&explanation.to_string()))?;
        return Ok(Outcome::Fine);
    }
    drop(value);
    measure(options, &inputs, explanation.as_ref())
}

/// How the value came about and how fast. If it cannot be computed as a whole, for want of
/// memory, at least how it would.
fn explained(value: &FormulaValue) -> Result<Explanation, Failure> {
    let _progress = Progress::start("evaluating");
    let arrays = arrays(value);
    Ok(jitney::explain_run(&arrays).or_else(|_| jitney::explain(&arrays))?)
}

/// Runs with the figures that are asked for.
fn measure(
    options: &Options,
    inputs: &Inputs,
    explanation: Option<&Explanation>,
) -> Result<Outcome, Failure> {
    let comparison = match options.compare {
        true => Some(Comparison::run(inputs, options.time)?),
        false => None,
    };
    let alone = match &comparison {
        Some(_) => None,
        // Figures that come beside an explanation need no more than one run.
        None => Some(Measurement::take(
            inputs,
            options.mode.mode(),
            options.time.or(options.explain.then_some(1)),
        )?),
    };
    let measurements = comparison.as_ref().map(|comparison| &comparison.measurements[..]);
    let measurements = measurements.or(alone.as_ref().map(std::slice::from_ref)).unwrap_or(&[]);
    let wanted = |m: &&Measurement| m.mode == options.mode.mode();
    let Some(shown) = measurements.iter().find(wanted).or(measurements.first()) else {
        return Ok(Outcome::Fine);
    };
    if options.json {
        write_output(options, &shown.value)?;
        print_json(shown, comparison.as_ref(), explanation)?;
    } else {
        finish(options, &shown.value)?;
        match &comparison {
            Some(comparison) => print(&report::comparison(comparison))?,
            None => print(&report::table(measurements, &[]))?,
        }
        explanation.map_or(Ok(()), |explanation| print(&explanation.to_string()))?;
    }
    let differs = comparison.is_some_and(|comparison| !comparison.all_agree());
    Ok(if differs { Outcome::Different } else { Outcome::Fine })
}

fn print_json(
    shown: &Measurement,
    comparison: Option<&Comparison>,
    explanation: Option<&Explanation>,
) -> Result<(), Failure> {
    let mut object = report::measurement_json(shown);
    let result = |array: &Array| json!({"dtype": array.dtype().name(), "shape": array.shape()});
    object["results"] = shown.value.arrays().iter().map(result).collect();
    object["text"] = json!(shown.value.text()?);
    if let Some(comparison) = comparison {
        object["compare"] = report::comparison_json(comparison);
    }
    if let Some(explanation) = explanation {
        object["explain"] = report::explanation_json(explanation);
    }
    print(&format!("{object:#}\n"))
}

fn dump(value: &FormulaValue, stages: &[Stage]) -> Result<(), Failure> {
    for stage in stages {
        let text = jitney::dump(&arrays(value), *stage)?;
        // The heading is a comment in every form that is read back.
        let heading = if *stage == Stage::Dot { "//" } else { ";" };
        print(&format!("{heading} {stage}\n{text}\n"))?;
    }
    Ok(())
}

/// Writes the result where it is to go: to a file, or printed.
fn finish(options: &Options, value: &FormulaValue) -> Result<(), Failure> {
    // Graphviz takes a drawing and nothing else.
    if options.output.is_none() && options.dump == [Stage::Dot] {
        return Ok(());
    }
    if options.output.is_some() {
        return write_output(options, value);
    }
    let text = {
        let _progress = Progress::start("evaluating");
        if value.is_tuple() && value.arrays().iter().all(|array| array.size() <= SMALL) {
            Array::eval_all(&arrays(value))?;
        }
        value.text()?
    };
    print(&format!("{text}\n"))
}

fn write_output(options: &Options, value: &FormulaValue) -> Result<(), Failure> {
    let Some(path) = &options.output else { return Ok(()) };
    let _progress = Progress::start(&format!("writing {}", escaped(&path.to_string_lossy())));
    if is_archive(path) {
        let names: Vec<String> = (0..value.arrays().len()).map(|n| format!("arr_{n}")).collect();
        let names = names.iter().map(String::as_str);
        jitney::savez(path, &names.zip(value.arrays()).collect::<Vec<_>>())?;
    } else {
        value.arrays().iter().try_for_each(|array| array.save(path))?;
    }
    Ok(())
}

/// Refuses a file name that does not fit the result, before any work is done for it.
fn check_output(path: &Path, value: &FormulaValue) -> Result<(), Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let advice = match extension {
        Some("npz") => return Ok(()),
        Some("npy") if !value.is_tuple() => return Ok(()),
        Some("npy") => "the result is a tuple: write it to an .npz file",
        _ => "the name must end in .npy, or in .npz for a tuple",
    };
    let path = path.to_string_lossy();
    Err(Failure::Mistake(format!("error: cannot write {}: {advice}", escaped(&path))))
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "npz")
}

/// The interpreter holds whole arrays, eight bytes an element: refuses what cannot fit.
fn check_interpreter(value: &FormulaValue) -> Result<(), Failure> {
    let settings = jitney::settings();
    let (Mode::Reference, Some(max_memory)) = (settings.mode(), settings.max_memory) else {
        return Ok(());
    };
    let needed = jitney::explain(&arrays(value))?.largest_array.saturating_mul(8);
    if needed <= max_memory {
        return Ok(());
    }
    Err(Failure::Mistake(format!(
        "error: the interpreter needs {needed} bytes for the largest array; {max_memory} are allowed"
    )))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Bytes that the system can give without swapping, where it says so.
fn available_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
