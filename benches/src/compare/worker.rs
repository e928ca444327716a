//! Peers: one process for each Python library, spoken to in lines of JSON.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The libraries that peers come from.
pub const LIBRARIES: [&str; 4] = ["numpy", "numexpr", "numba", "jax"];

/// A process that runs programs of one library.
pub struct Worker {
    /// The library.
    pub library: &'static str,
    /// The versions of library and Python.
    pub version: String,
    /// The contenders that the library brings.
    pub contenders: Vec<String>,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Why a peer has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// It is not installed, or has no such program.
    Absent(String),
    /// It failed, or its result is not NumPy's.
    Failed(String),
}

impl Worker {
    /// Starts the worker of a library.
    ///
    /// # Errors
    /// If interpreter or library is not there.
    pub fn start(python: &str, library: &'static str, threads: usize) -> Result<Worker, Missing> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/worker.py");
        let mut command = Command::new(python);
        command.arg(script).arg(library).arg(threads.to_string());
        // Freed memory stays with the process, as it does in Jitney: otherwise every large
        // result would cost its page faults again. (These are settings of the GNU C library.)
        command.env("MALLOC_MMAP_MAX_", "0").env("MALLOC_ARENA_MAX", "1");
        command.env("MALLOC_TRIM_THRESHOLD_", (1_u64 << 40).to_string());
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS"] {
            command.env(variable, threads.to_string());
        }
        command.env("NUMBA_NUM_THREADS", threads.to_string()).env("JAX_PLATFORMS", "cpu");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| absent(&error))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, answers) = pipes.ok_or_else(|| absent(&"no pipes"))?;
        let mut worker = Worker {
            library,
            version: String::new(),
            contenders: Vec::new(),
            process,
            requests,
            answers: BufReader::new(answers),
        };
        let hello = worker.ask(json!({ "do": "hello" }))?;
        let text = |name: &str| hello[name].as_str().unwrap_or("?").to_owned();
        worker.version = format!("{} (Python {})", text("version"), text("python"));
        let contenders = hello["contenders"].as_array().into_iter().flatten();
        worker.contenders =
            contenders.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        Ok(worker)
    }

    /// The answer to a request.
    ///
    /// # Errors
    /// If the worker answers that it cannot, or not at all.
    pub fn ask(&mut self, request: Value) -> Result<Value, Missing> {
        let mut line = String::new();
        writeln!(self.requests, "{request}")
            .and_then(|()| self.answers.read_line(&mut line))
            .map_err(|error| absent(&error))?;
        let answer: Value = serde_json::from_str(&line)
            .map_err(|_| Missing::Failed(format!("{} ended without an answer", self.library)))?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        match (text("absent"), text("failed")) {
            (Some(reason), _) => Err(Missing::Absent(reason)),
            (_, Some(reason)) => Err(Missing::Failed(reason)),
            _ => Ok(answer),
        }
    }
}

impl Drop for Worker {
    /// The process would also end by itself, at the end of its input.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn absent(reason: &dyn std::fmt::Display) -> Missing {
    Missing::Absent(reason.to_string())
}
