//! `jitney`: evaluates NumPy formulas over `.npy` files from the command line.
//!
//! `main` parses the arguments ([`args`]) and turns what [`run`] returns into an exit status.
//! [`inputs`] gives names their values, [`mapped`] watches over files, [`measure`] times a mode, [`compare`] runs all of
//! them, [`report`] sets the figures as a table or as JSON, [`progress`] shows that work
//! goes on.

#![deny(unsafe_code)]

mod args;
mod compare;
mod inputs;
mod mapped;
mod measure;
mod progress;
mod report;
mod run;

use args::Command;
use clap::Parser;
use jitney::ErrorKind;
use jitney::print::escaped;
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
    /// A mistake of this program's, in full.
    Internal(String),
    /// Whoever reads the output has seen enough.
    Closed,
}

impl Failure {
    /// The failure that an error of this kind is, told in these words.
    fn told(kind: ErrorKind, text: String) -> Failure {
        match kind {
            ErrorKind::Internal => Failure::Internal(format!("internal {text}")),
            _ => Failure::Mistake(text),
        }
    }

    /// The failure, with a line more that says where.
    fn at(self, place: &str) -> Failure {
        let add = |message: String| format!("{}\n{place}", message.trim_end());
        match self {
            Failure::Mistake(message) => Failure::Mistake(add(message)),
            Failure::Internal(message) => Failure::Internal(add(message)),
            Failure::Closed => Failure::Closed,
        }
    }
}

impl From<jitney::Error> for Failure {
    fn from(error: jitney::Error) -> Failure {
        // The line in this program's source that the error remembers says nothing here.
        let text = format!("error: {}: {}", error.operation(), error.message());
        Failure::told(error.kind(), text)
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

/// What follows the message of an internal error.
const A_BUG: &str = "this is a bug in jitney, not in the formula; please report it";

fn main() -> ExitCode {
    // No input is known to get here; if one does, it ends in a message like any other.
    panic::set_hook(Box::new(|info| {
        let _ = writeln!(io::stderr(), "internal error: {info}\n{A_BUG}");
    }));
    let outcome = panic::catch_unwind(|| match command()? {
        Command::Eval(options) => run::eval(&options),
    });
    match &outcome {
        Ok(Err(Failure::Mistake(message))) => {
            let _ = writeln!(io::stderr(), "{}", message.trim_end());
        }
        Ok(Err(Failure::Internal(message))) => {
            let _ = writeln!(io::stderr(), "{}\n{A_BUG}", message.trim_end());
        }
        Ok(Ok(_) | Err(Failure::Closed)) | Err(_) => {}
    }
    ExitCode::from(status(&outcome))
}

/// The command that the arguments are.
fn command() -> Result<Command, Failure> {
    Command::try_parse().map_err(|error| {
        let is_seen = |word: &str| escaped(word).to_string() == word;
        if std::env::args_os().all(|word| is_seen(&word.to_string_lossy())) {
            error.exit();
        }
        // Without colours, which could not be told from those of the arguments.
        let text = error.render().to_string();
        let lines: Vec<String> = text.lines().map(|line| escaped(line).to_string()).collect();
        Failure::Mistake(lines.join("\n"))
    })
}

/// The exit status, as the help says; a panic is an outcome as well.
fn status(outcome: &std::thread::Result<Result<Outcome, Failure>>) -> u8 {
    match outcome {
        Ok(Ok(Outcome::Fine) | Err(Failure::Closed)) => 0,
        Ok(Ok(Outcome::Different)) => 1,
        Ok(Err(Failure::Mistake(_))) => 2,
        Ok(Err(Failure::Internal(_))) | Err(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Outcome, status};
    use jitney::{Error, ErrorKind};
    use std::io;

    #[test]
    fn every_outcome_has_its_status() {
        let failed = |kind| Failure::from(Error::nowhere(kind, "eval", "no"));
        for (outcome, expected) in [
            (Ok(Ok(Outcome::Fine)), 0),
            (Ok(Err(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)))), 0),
            (Ok(Ok(Outcome::Different)), 1),
            (Ok(Err(failed(ErrorKind::Shape))), 2),
            (Ok(Err(failed(ErrorKind::Memory).at("there"))), 2),
            (Ok(Err(Failure::from(io::Error::from(io::ErrorKind::StorageFull)))), 2),
            (Ok(Err(failed(ErrorKind::Internal))), 3),
            (Ok(Err(failed(ErrorKind::Internal).at("there"))), 3),
            (Err(Box::new("a panic") as Box<dyn std::any::Any + Send>), 3),
        ] {
            assert_eq!(status(&outcome), expected, "{outcome:?}");
        }
    }
}
