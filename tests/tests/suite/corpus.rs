//! NumPy's answers to a corpus of formulas: an oracle that shares nothing with the library.

use jitney_tests::corpus::Checker;
use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every case of a file agrees, the first ones that do not are shown.
fn check(name: &str) {
    let mut checker = Checker::new(&read("cases/pools.txt")).expect("pools are pools");
    for line in read(&format!("cases/{name}.txt")).lines() {
        checker.line(line).expect("a line of a corpus");
    }
    assert!(checker.n_cases > 0, "{name} has no case");
    let failures = &checker.failures;
    let shown = failures.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} disagree:\n{shown}", failures.len(), checker.n_cases);
}

#[test]
fn elementwise_functions_are_numpys() {
    check("elementwise");
}

#[test]
fn reductions_are_numpys() {
    check("reductions");
}

#[test]
fn views_and_joins_are_numpys() {
    check("arrange");
}

#[test]
fn creation_is_numpys() {
    check("create");
}

#[test]
fn choices_are_numpys() {
    check("choose");
}

#[test]
fn products_are_numpys() {
    check("products");
}

#[test]
fn numbers_are_pythons() {
    check("language");
}
