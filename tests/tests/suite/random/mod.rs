//! Random programs: every mode, any number of threads, and every way to group the outputs
//! give the same bits, and everything that prints reads back.
//!
//! A program is a short list of steps over a few inputs ([`generate`]). [`build`] runs it
//! through the public API and keeps a list of the calls. [`check`] holds the properties,
//! stated for any array graph, so that [`regressions`] can ask for the same of graphs in
//! their text form.

mod build;
mod check;
mod emitters;
mod generate;
pub mod inputs;
mod products;
mod regressions;
mod rows;
mod short_rows;

use build::Built;
use generate::{Program, program};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::Cell;

/// A runner of as many cases as `PROPTEST_CASES` says, or else as given.
fn runner(cases: u32) -> TestRunner {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if told { Config::default().cases } else { cases };
    // Failures become graphs in `regressions`, not seeds in a file nobody can read.
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..Config::default()
    })
}

/// Checks a property of random programs and shows the smallest that lacks it.
fn for_all(cases: u32, size: generate::Size, holds: impl Fn(&Built) -> Result<(), String>) {
    let outcome = runner(cases).run(&program(size), |program: Program| {
        holds(&build::build(&program)).map_err(TestCaseError::fail)
    });
    if let Err(error) = outcome {
        match error {
            TestError::Fail(why, program) => panic!("{why}\n{}", build::build(&program)),
            TestError::Abort(why) => panic!("{why}"),
        }
    }
}

#[test]
fn all_modes_give_the_same_bits() {
    for_all(5000, generate::SMALL, |built| check::modes_agree(&built.graph, &built.values));
}

#[test]
fn long_programs_give_the_same_bits() {
    for_all(800, generate::LONG, |built| check::modes_agree(&built.graph, &built.values));
}

#[test]
fn threads_do_not_change_bits() {
    for_all(400, generate::LARGE, |built| check::modes_agree(&built.graph, &built.values));
}

#[test]
fn everything_that_prints_reads_back() {
    for_all(1000, generate::SMALL, |built| check::texts_read_back(&built.graph, &built.values));
}

#[test]
fn nothing_that_may_fail_follows_an_overwrite() {
    let n_overwriting = Cell::new(0);
    for_all(2000, generate::SMALL, |built| {
        let overwrites = check::overwrites_last(&built.graph, &built.values)?;
        n_overwriting.set(n_overwriting.get() + usize::from(overwrites));
        Ok(())
    });
    assert!(n_overwriting.get() > 100, "{} plans overwrite an input", n_overwriting.get());
}

#[test]
fn failures_are_the_same_in_every_mode() {
    for_all(300, generate::SMALL, |built| {
        built.failed.iter().try_for_each(check::fails_everywhere)
    });
}
