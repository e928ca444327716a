//! Jitney beside NumPy, numexpr, numba and JAX, on this machine.
//!
//! `cargo run --release -p jitney-benches --bin compare -- --output DIR`

use clap::Parser;
use jitney_benches::compare::case::Scale;
use jitney_benches::compare::table::Report;
use jitney_benches::compare::{
    Bandwidth, Bench, LIBRARIES, Machine, Missing, Row, Worker, cases, picture, verdicts,
};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs Jitney and its peers by turns and writes a table and a picture.
#[derive(Parser)]
#[command(about)]
struct Args {
    /// The Python interpreter that has the peers; those it lacks are left out.
    #[arg(long, default_value = "python3")]
    python: String,
    /// Only cases whose name or size contains one of these, separated by semicolons.
    #[arg(long, default_value = "")]
    only: String,
    /// How many times each contender is timed.
    #[arg(long)]
    rounds: Option<usize>,
    /// Threads of every contender; all processors if not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Fewer rounds, without the largest sizes and most of `float32`.
    #[arg(long)]
    quick: bool,
    /// The folder for compare.md, compare.json and compare.svg; the table alone is printed
    /// without one.
    #[arg(long)]
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    match compare(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn compare(args: &Args) -> Result<(), String> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(processors).clamp(1, processors);
    let rounds = args.rounds.unwrap_or(if args.quick { 3 } else { 9 }).max(1);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (workers, libraries) = start(&args.python, threads);
    let mut bench = Bench { workers, threads, rounds, folder: folder.path().to_owned() };
    let bandwidth = Bandwidth::measure(threads);
    let rows = measure(args, &mut bench)?;
    let verdicts = verdicts(&rows, bandwidth);
    let machine = Machine::this().text();
    let report = Report { rows, verdicts, bandwidth, machine, threads, rounds, libraries };
    let table = report.markdown();
    match &args.output {
        None => println!("{table}"),
        Some(folder) => write(folder, &table, &report).map_err(|error| error.to_string())?,
    }
    Ok(())
}

/// The workers that can be started, and what is known of all. The first one, NumPy, judges
/// the others: without it there is none.
fn start(python: &str, threads: usize) -> (Vec<Worker>, Vec<(String, String)>) {
    let (mut workers, mut libraries) = (Vec::new(), Vec::new());
    for library in LIBRARIES {
        let started = Worker::start(python, library, threads);
        let version = match &started {
            Ok(worker) => worker.version.clone(),
            Err(Missing::Absent(reason) | Missing::Failed(reason)) => format!("absent ({reason})"),
        };
        eprintln!("{library} {version}");
        libraries.push((library.to_owned(), version));
        match started {
            Ok(worker) => workers.push(worker),
            Err(_) if workers.is_empty() => break,
            Err(_) => {}
        }
    }
    (workers, libraries)
}

fn measure(args: &Args, bench: &mut Bench) -> Result<Vec<Row>, String> {
    let scale = if args.quick { Scale::Quick } else { Scale::Full };
    let wanted = |title: &str| args.only.split(';').any(|part| title.contains(part.trim()));
    let mut rows = Vec::new();
    for case in cases(scale).into_iter().filter(|case| wanted(&case.title())) {
        let title = case.title();
        let row = bench.measure(case)?;
        for entry in &row.entries {
            if let Err(Missing::Failed(reason)) = &entry.seconds {
                eprintln!("{title}: {} failed: {reason}", entry.name);
            }
        }
        let ratio = row.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        eprintln!("{title}: {ratio} of the best peer");
        rows.push(row);
    }
    Ok(rows)
}

fn write(folder: &std::path::Path, table: &str, report: &Report) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("compare.md"), table)?;
    fs::write(folder.join("compare.json"), format!("{:#}\n", report.json()))?;
    fs::write(folder.join("compare.svg"), picture::svg(&report.rows))
}
