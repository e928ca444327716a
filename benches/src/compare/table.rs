//! The outcome as Markdown and as JSON.

use super::case::Section;
use super::judge::{NOISE, Verdict, bytes, duration, is_peer};
use super::run::{JITNEY, ONE_THREAD, Row, TEMPORARIES};
use super::stream::Bandwidth;
use super::{Entry, Missing};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What was measured, on what.
pub struct Report {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Their verdicts.
    pub verdicts: Vec<Verdict>,
    /// Of the same run.
    pub bandwidth: Bandwidth,
    /// The machine in words.
    pub machine: String,
    /// Threads of every contender.
    pub threads: usize,
    /// Rounds, of which the medians are.
    pub rounds: usize,
    /// Libraries and their versions, or why they are absent.
    pub libraries: Vec<(String, String)>,
}

const PEERS: [&str; 6] = ["NumPy", "numexpr", "numba", "numba arrays", "numba fastmath", "JAX"];

const SECTIONS: [(Section, &str); 7] = [
    (Section::Workloads, "Workloads"),
    (Section::Kernels, "Kernels"),
    (Section::Products, "Matrix products"),
    (Section::Reductions, "Reductions"),
    (Section::Random, "Random numbers"),
    (Section::Latency, "Latency"),
    (Section::Functions, "Functions alone, one thread, into existing memory"),
];

impl Report {
    /// Everything, for people.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Jitney beside its peers\n\n");
        let Bandwidth { triad, read } = self.bandwidth;
        let versions: Vec<String> =
            self.libraries.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let _ = writeln!(
            text,
            "Medians of {} rounds by turns, {} threads, on {}. STREAM triad of the same run: \
             {:.1} GB/s; reading: {:.1} GB/s. {}.\n\nThe ratio is Jitney's time to that of the \
             best peer (numba with fastmath is none, it computes something else). What differs from \
             NumPy's result by more than rounding is wrong and not timed.\n",
            self.rounds,
            self.threads,
            self.machine,
            triad / 1e9,
            read / 1e9,
            versions.join(", "),
        );
        for (section, title) in SECTIONS {
            let rows: Vec<&Row> =
                self.rows.iter().filter(|row| row.case.section == section).collect();
            if !rows.is_empty() {
                let _ = writeln!(text, "## {title}\n");
                times(&mut text, &rows);
                if section != Section::Functions {
                    costs(&mut text, &rows, self.bandwidth);
                }
            }
        }
        self.bars(&mut text);
        text
    }

    /// How the goals are met: a line for each, and one for each bar that does not hold.
    fn bars(&self, text: &mut String) {
        let _ = writeln!(text, "## Bars\n\n| goal | bars | hold |\n|---|---|---|");
        let goals: BTreeSet<u8> = self.verdicts.iter().map(|verdict| verdict.goal).collect();
        for goal in goals {
            let of_goal = || self.verdicts.iter().filter(|verdict| verdict.goal == goal);
            let held = of_goal().filter(|verdict| verdict.holds).count();
            let _ = writeln!(text, "| {goal} | {} | {held} |", of_goal().count());
        }
        let _ = writeln!(
            text,
            "\nWhat does not hold (Jitney beside itself may differ by {:.0} %, which is \
             noise):\n\n| goal | case | must | found |\n|---|---|---|---|",
            (NOISE - 1.0) * 100.0
        );
        for verdict in self.verdicts.iter().filter(|verdict| !verdict.holds) {
            let Verdict { goal, case, must, found, .. } = verdict;
            let _ = writeln!(text, "| {goal} | {} | {must} | {found} |", code(case));
        }
    }

    /// Everything, for programs.
    pub fn json(&self) -> Value {
        let verdict = |verdict: &Verdict| {
            json!({
                "goal": verdict.goal, "case": verdict.case, "must": verdict.must,
                "found": verdict.found, "holds": verdict.holds,
            })
        };
        json!({
            "machine": self.machine,
            "threads": self.threads,
            "rounds": self.rounds,
            "triad_bytes_per_second": self.bandwidth.triad,
            "read_bytes_per_second": self.bandwidth.read,
            "libraries": self.libraries,
            "rows": self.rows.iter().map(row_json).collect::<Vec<_>>(),
            "bars": self.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        })
    }
}

/// Times of all contenders that any of the rows has.
fn times(text: &mut String, rows: &[&Row]) {
    let ran = |peer: &&&str| rows.iter().any(|row| row.seconds(peer).is_some());
    let peers: Vec<&str> = PEERS.iter().filter(ran).copied().collect();
    let _ = writeln!(text, "| | Jitney | ratio | {} |", peers.join(" | "));
    let _ = writeln!(text, "|---|---|---|{}", "---|".repeat(peers.len()));
    for row in rows {
        let ratio = row.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let time = |name: &str| {
            let entry = row.entries.iter().find(|entry| entry.name == name);
            match entry.map(|entry| &entry.seconds) {
                Some(Ok(seconds)) => duration(*seconds),
                Some(Err(Missing::Failed(_))) => "wrong".to_owned(),
                Some(Err(Missing::Absent(_))) | None => String::new(),
            }
        };
        let others: Vec<String> = peers.iter().map(|peer| time(peer)).collect();
        let title = code(&row.case.title());
        let _ = writeln!(text, "| {title} | {} | {ratio} | {} |", time(JITNEY), others.join(" | "));
    }
    text.push('\n');
}

/// Compilation, memory, bandwidth and what threads bring.
fn costs(text: &mut String, rows: &[&Row], bandwidth: Bandwidth) {
    let _ = writeln!(
        text,
        "| | compiling | first run: numba | JAX | memory: inputs | outputs | Jitney beside them | \
         peers, with outputs | GB/s | of triad | one thread | temporaries |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    for row in rows {
        let first = |name: &str| {
            let entry = row.entries.iter().find(|entry| entry.name == name);
            entry.and_then(|entry| entry.first).map_or(String::new(), duration)
        };
        let own = row.entries.first().and_then(|entry| entry.peak).unwrap_or(0);
        let peers = row.entries.iter().filter(|entry| is_peer(&entry.name));
        let least = peers.filter_map(|entry| entry.peak).min();
        let large = row.input_bytes + row.output_bytes >= 64 << 20;
        let rate = row.bandwidth().filter(|_| large);
        let over = |name: &str| row.seconds(name).map_or(String::new(), duration);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            code(&row.case.title()),
            duration(row.compile),
            first("numba"),
            first("JAX"),
            bytes(row.input_bytes),
            bytes(row.output_bytes),
            bytes(own.saturating_sub(row.output_bytes)),
            least.filter(|_| large).map_or(String::new(), bytes),
            rate.map_or(String::new(), |rate| format!("{:.1}", rate / 1e9)),
            rate.map_or(String::new(), |rate| format!(
                "{:.2}",
                rate / row.memory.unwrap_or(bandwidth).triad
            )),
            over(ONE_THREAD),
            over(TEMPORARIES),
        );
    }
    text.push('\n');
}

/// Formulas in a table are code; asterisks would be emphasis.
fn code(title: &str) -> String {
    match title.rsplit_once(", ") {
        Some((name, size)) if name.contains(['(', '/']) => format!("`{name}`, {size}"),
        _ => title.to_owned(),
    }
}

fn row_json(row: &Row) -> Value {
    let entry = |entry: &Entry| {
        let (seconds, missing) = match &entry.seconds {
            Ok(seconds) => (Some(*seconds), None),
            Err(Missing::Absent(reason)) => (None, Some(format!("absent: {reason}"))),
            Err(Missing::Failed(reason)) => (None, Some(format!("failed: {reason}"))),
        };
        json!({
            "name": entry.name, "seconds": seconds, "missing": missing,
            "first_seconds": entry.first, "peak_bytes": entry.peak,
        })
    };
    json!({
        "name": row.case.name,
        "size": row.case.size,
        "ratio_to_best_peer": row.ratio(),
        "best_peer": row.best_peer().map(|(name, _)| name),
        "compile_seconds": row.compile,
        "compilations_in_100_runs": row.compilations,
        "triad_bytes_per_second": row.memory.map(|memory| memory.triad),
        "read_bytes_per_second": row.memory.map(|memory| memory.read),
        "input_bytes": row.input_bytes,
        "output_bytes": row.output_bytes,
        "contenders": row.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}
