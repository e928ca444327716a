//! NumPy's answers to a corpus of formulas: an oracle that shares nothing with the library.

use jitney::Formula;
use jitney_tests::corpus::Checker;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of cases; one test each, so that they are checked side by side.
const FILES: [&str; 8] =
    ["elementwise", "reductions", "arrange", "create", "choose", "products", "sorting", "language"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
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

/// A check that cannot fail would agree with anybody.
#[test]
fn wrong_answers_are_found() {
    let cases = [
        ("x + 1", "exact", "f8[2]any+0\tf8[2] 3ff8000000000000 nan", true),
        ("x + 1", "exact", "f8[2]any+0\tf8[2] 3ff8000000000001 nan", false),
        ("x + 1", "ulp 1 1", "f8[2]any+0\tf8[2] 3ff8000000000001 nan", true),
        ("x + 1", "ulp 1 1", "f8[2]any+0\tf8[2] 3ff8000000000002 nan", false),
        ("x + 1", "ulp 1 1", "f8[2]any+0\tf8[2] 3ff8000000000000 7ff0000000000000", false),
        ("x + 1", "near", "f8[2]any+0\tf8[2] 3ff8000000000002 nan ~1e-15", true),
        ("x + 1", "near", "f8[2]any+0\tf8[2] 3ff8000000000002 nan ~1e-17", false),
        ("x + 1", "exact", "f8[2]any+0\tf4[2] 3fc00000 nan", false),
        ("x + 1", "exact", "f8[2]any+0\tf8[2,1] 3ff8000000000000 nan", false),
        ("x + 1", "exact", "f8[2]any+0\terror", false),
        ("x + 1", "exact", "f8[2]any+0\tf8[2] #0123456789abcdef", false),
        ("-x", "ulp 1 1", "f8[1]special+1\tf8[1] 8000000000000000", true),
        ("-x", "ulp 1 1", "f8[1]special+1\tf8[1] 0", false),
        ("x + y", "exact", "f8[2]any+0 f8[3]any+0\terror", true),
        ("x, x", "exact", "b1[1]any+0\tb1[1] 1 | b1[1] 1", true),
        ("x, x", "exact", "b1[1]any+0\tb1[1] 1", false),
    ];
    for (formula, tolerance, case, agrees) in cases {
        let mut checker = Checker::new(&read("cases/pools.txt")).expect("pools are pools");
        for line in [&format!("of {formula}\t{tolerance}"), case] {
            checker.line(line).expect("a line of a corpus");
        }
        assert_eq!(checker.failures.is_empty(), agrees, "{formula}: {case}: {tolerance}");
    }
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
fn sorts_are_numpys() {
    check("sorting");
}

#[test]
fn numbers_are_pythons() {
    check("language");
}

/// What formulas know, one name a line with the parameters, as `functions.txt` has it.
fn vocabulary() -> String {
    let signature = |name: &str| Formula::signature(name).expect("a known function");
    let method = |name: &str| Formula::method_signature(name).expect("a known method");
    let functions =
        Formula::functions().map(|name| format!("function {name}({})\n", signature(name)));
    let methods = Formula::methods().map(|name| format!("method {name}({})\n", method(name)));
    let attributes = Formula::attributes().map(|name| format!("attribute {name}\n"));
    let mut lines: Vec<String> = functions.chain(methods).chain(attributes).collect();
    lines.sort_unstable();
    lines.concat()
}

#[test]
fn the_generator_knows_every_function() {
    let path = folder().join("functions.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, vocabulary()).expect("a writable file");
    }
    let advice = "run again with BLESS=1, write cases for what is new, and run generate.py";
    assert_eq!(read("functions.txt"), vocabulary(), "{advice}");
}

/// The page of the documentation is what the table of functions says.
#[test]
fn the_page_for_users_of_numpy_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/NUMPY.md");
    let page = jitney::numpy::page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &page).expect("a writable file");
    }
    let written = fs::read_to_string(&path).expect("a page");
    assert_eq!(written, page, "run again with BLESS=1");
}

#[test]
fn every_function_has_a_case() {
    let formulas: Vec<String> = FILES
        .iter()
        .flat_map(|name| {
            read(&format!("cases/{name}.txt")).lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| line.starts_with("of "))
        .collect();
    let named = |what: &str| {
        let (kind, name) = what.split_once(' ').expect("a kind and a name");
        let name = name.split('(').next().unwrap_or(name);
        let pattern = match kind {
            "function" => format!("{name}("),
            "method" => format!(".{name}("),
            _ => format!(".{name}"),
        };
        formulas.iter().any(|formula| has_call(formula, &pattern))
    };
    let vocabulary = vocabulary();
    let missing: Vec<&str> = vocabulary.lines().filter(|what| !named(what)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// Whether the text has the pattern, not as the end of a longer name.
fn has_call(text: &str, pattern: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(pattern)
        .any(|(at, _)| pattern.starts_with('.') || !text[..at].ends_with(part))
}

/// The names of a table's first column.
fn column(name: &str) -> Vec<String> {
    let text = read(name);
    text.lines().skip(1).map(|row| row.split('\t').next().unwrap_or("").to_owned()).collect()
}

/// Each difference from NumPy has its reason, and each reason a case.
#[test]
fn differences_have_reasons_and_cases() {
    let mut found: Vec<String> = Vec::new();
    for name in FILES {
        let text = read(&format!("cases/{name}.txt"));
        let cases = text.lines().filter(|line| !line.starts_with("of "));
        let names = cases.filter_map(|line| line.split('\t').nth(2)).flat_map(|n| n.split('+'));
        found.extend(names.map(str::to_owned));
    }
    found.sort_unstable();
    found.dedup();
    let mut reasons = column("differences.tsv");
    reasons.sort_unstable();
    assert_eq!(found, reasons);
}
