//! Checks a corpus that comes by standard input: what `data/corpus/generate.py --full` prints.
//! Prints each disagreement as it is found, and at the end how many cases agree.

use jitney_tests::corpus::Checker;
use std::io::{self, BufRead};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut checker = Checker::default();
    let mut n_failures = 0;
    for line in io::stdin().lock().lines() {
        let taken = line.map_err(|error| error.to_string()).and_then(|line| checker.line(&line));
        if let Err(why) = taken {
            eprintln!("error: {why}");
            return ExitCode::FAILURE;
        }
        for failure in checker.failures.drain(..) {
            println!("{failure}");
            n_failures += 1;
        }
    }
    let on_purpose: usize = checker.differences.values().sum();
    println!("{} cases, {n_failures} disagree", checker.n_cases);
    println!("{on_purpose} agree with a documented difference: {:?}", checker.differences);
    ExitCode::from(u8::from(n_failures > 0))
}
