//! Figures as tables for people and as JSON for programs.

use crate::args::mode_name;
use crate::compare::{Agreement, Comparison};
use crate::measure::Measurement;
use jitney::{Explanation, Traffic};
use serde_json::{Value, json};
use std::fmt::Write;

/// Figures of one or several modes, a column each.
pub(crate) fn table(measurements: &[Measurement], agreements: &[Agreement]) -> String {
    let row = |name: &str, cell: &dyn Fn(&Measurement) -> String| {
        let mut cells = vec![name.to_owned()];
        cells.extend(measurements.iter().map(cell));
        cells
    };
    let counted = |bytes: Option<usize>| bytes.map_or("-".to_owned(), bytes_text);
    let mut rows = vec![
        row("", &|m| mode_name(m.mode).to_owned()),
        row("median time", &|m| time_text(m.median_ns())),
        row("fastest", &|m| time_text(m.min_ns())),
        row("first run", &|m| time_text(m.first_ns)),
        row("compile time", &|m| time_text(m.compile_ns)),
        row("runs", &|m| m.runs.len().to_string()),
        row("kernels", &|m| m.kernels.to_string()),
        row("bytes read", &|m| counted(m.bytes_read)),
        row("bytes written", &|m| counted(m.bytes_written)),
        row("peak memory", &|m| bytes_text(m.peak_bytes)),
        row("threads", &|m| m.threads.to_string()),
    ];
    if !agreements.is_empty() {
        let mut cells = vec!["bits".to_owned()];
        cells.extend(agreements.iter().map(Agreement::text));
        rows.push(cells);
    }
    set(&rows)
}

/// The table of a comparison with what is to be said below it.
pub(crate) fn comparison(comparison: &Comparison) -> String {
    let mut text = table(&comparison.measurements, &comparison.agreements);
    if let Some(why) = &comparison.skipped {
        let _ = writeln!(text, "reference skipped: {why}");
    }
    for complaint in complaints(comparison) {
        let _ = writeln!(text, "{complaint}");
    }
    text
}

fn complaints(comparison: &Comparison) -> impl Iterator<Item = String> + '_ {
    let pairs = comparison.measurements.iter().zip(&comparison.agreements);
    pairs.filter_map(|(measurement, agreement)| agreement.complaint(measurement.mode))
}

/// Rows as columns of one width each, the first to the left and the others to the right.
fn set(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..n_columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A time with three or four digits.
fn time_text(nanoseconds: u64) -> String {
    let n = nanoseconds as f64;
    match nanoseconds {
        0 => "0".to_owned(),
        1..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.2} µs", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} ms", n / 1e6),
        _ => format!("{:.2} s", n / 1e9),
    }
}

/// A number of bytes with three or four digits.
fn bytes_text(bytes: usize) -> String {
    let n = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.2} kB", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} MB", n / 1e6),
        _ => format!("{:.2} GB", n / 1e9),
    }
}

/// The figures of one mode; the field names are an interface.
pub(crate) fn measurement_json(m: &Measurement) -> Value {
    json!({
        "mode": mode_name(m.mode),
        "runs": m.runs.len(),
        "first_ns": m.first_ns,
        "median_ns": m.median_ns(),
        "min_ns": m.min_ns(),
        "compile_ns": m.compile_ns,
        "kernels": m.kernels,
        "bytes_read": m.bytes_read,
        "bytes_written": m.bytes_written,
        "peak_bytes": m.peak_bytes,
        "threads": m.threads,
    })
}

/// A comparison.
pub(crate) fn comparison_json(comparison: &Comparison) -> Value {
    let pairs = comparison.measurements.iter().zip(&comparison.agreements);
    let modes = pairs.map(|(measurement, agreement)| {
        let mut object = measurement_json(measurement);
        object["bits"] = json!(agreement.text());
        object
    });
    json!({
        "equal": comparison.all_agree(),
        "modes": modes.collect::<Vec<_>>(),
        "reference_skipped": comparison.skipped,
        "differences": complaints(comparison).collect::<Vec<_>>(),
    })
}

/// An explanation.
pub(crate) fn explanation_json(explanation: &Explanation) -> Value {
    let node = |node: &jitney::NodeReport| json!({"id": node.id, "op": node.op, "dtype": node.dtype, "shape": node.shape});
    let moved = |moved: &Traffic| {
        json!({
            "steps": moved.steps,
            "bytes_read": moved.bytes_read,
            "bytes_written": moved.bytes_written,
        })
    };
    let access = |access: &jitney::AccessReport| {
        json!({
            "kind": access.kind,
            "dtype": access.dtype,
            "layout": access.layout,
            "place": access.place,
        })
    };
    let limit = |kernel: &jitney::KernelReport| kernel.ran.as_ref().and_then(|ran| ran.limit);
    let kernel = |kernel: &jitney::KernelReport| {
        json!({
            "step": kernel.step,
            "nodes": kernel.nodes.iter().map(node).collect::<Vec<_>>(),
            "schedule": kernel.schedule,
            "kept": kernel.kept,
            "reduced": kernel.reduced,
            "accesses": kernel.accesses.iter().map(access).collect::<Vec<_>>(),
            "in_place": kernel.is_in_place,
            "instructions": kernel.instructions,
            "operations": kernel.operations,
            "moved": moved(&kernel.moved),
            "emitter": kernel.ran.as_ref().map(|ran| ran.emitter),
            "vector_bits": kernel.ran.as_ref().map(|ran| ran.vector_bits),
            "lanes": kernel.ran.as_ref().map(|ran| &ran.lanes),
            "pieces": kernel.ran.as_ref().map(|ran| ran.n_pieces),
            "run_ns": kernel.ran.as_ref().map(|ran| ran.nanoseconds),
            "bound": limit(kernel).map(|limit| limit.bound.name()),
            "bound_per_second": limit(kernel).map(|limit| limit.per_second),
            "bound_reached": kernel.ran.as_ref().and_then(jitney::RunReport::reached),
        })
    };
    let call = |call: &jitney::LibraryReport| json!({"step": call.step, "node": node(&call.node), "inner": call.inner});
    let unfused = |unfused: &jitney::UnfusedReport| {
        json!({
            "producer": node(&unfused.producer),
            "consumer": node(&unfused.consumer),
            "reason": unfused.reason,
        })
    };
    json!({
        "kernels": explanation.kernels.iter().map(kernel).collect::<Vec<_>>(),
        "library_calls": explanation.library_calls.iter().map(call).collect::<Vec<_>>(),
        "unfused": explanation.unfused.iter().map(unfused).collect::<Vec<_>>(),
        "moved": moved(&explanation.moved),
        "moved_eager": moved(&explanation.moved_eager),
        "buffers": explanation.buffers,
        "peak_bytes": explanation.peak_bytes,
    })
}
