//! `jitney`: evaluates NumPy formulas over `.npy` files from the command line.
//!
//! `main` parses the arguments ([`args`]) and turns what [`run`] returns into an exit status.
//! [`inputs`] gives names their values, [`measure`] times a mode, [`compare`] runs all of
//! them, [`report`] sets the figures as a table or as JSON, [`progress`] shows that work
//! goes on.

#![forbid(unsafe_code)]

mod args;
mod compare;
mod inputs;
mod measure;
mod progress;
mod report;
mod run;

use args::Command;
use clap::Parser;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

/// How a run without a mistake ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Fine,
    /// `--compare` found a difference.
    Different,
}

/// What went wrong, as the user reads it.
#[derive(Debug)]
enum Failure {
    /// A mistake of the user's or a limit, in full.
    Mistake(String),
    /// Whoever reads the output has seen enough.
    Closed,
}

impl From<jitney::Error> for Failure {
    fn from(error: jitney::Error) -> Failure {
        // The line in this program's source that the error remembers says nothing here.
        Failure::Mistake(format!("error: {}: {}", error.operation(), error.message()))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Mistake(format!("error: cannot write the output: {error}")),
        }
    }
}

fn main() -> ExitCode {
    // No input is known to get here; if one does, it ends in a message like any other.
    panic::set_hook(Box::new(|info| {
        let _ = writeln!(
            io::stderr(),
            "internal error: {info}\nthis is a bug in jitney, not in the formula; please report it"
        );
    }));
    let outcome = panic::catch_unwind(|| match Command::parse() {
        Command::Eval(options) => run::eval(&options),
    });
    match outcome {
        Ok(Ok(Outcome::Fine)) | Ok(Err(Failure::Closed)) => ExitCode::SUCCESS,
        Ok(Ok(Outcome::Different)) => ExitCode::from(1),
        Ok(Err(Failure::Mistake(message))) => {
            let _ = writeln!(io::stderr(), "{}", message.trim_end());
            ExitCode::from(2)
        }
        Err(_) => ExitCode::from(2),
    }
}
