//! The invariants of the workspace, stated as absences: which crate may name what, where
//! unsafe code may be, and how long a file may get.

use std::fs;
use std::path::{Path, PathBuf};

/// The arrows between our packages: who may depend on whom.
const ARROWS: [(&str, &[&str]); 8] = [
    ("jitney-ir", &[]),
    ("jitney-optimizer", &["jitney-ir"]),
    ("jitney-codegen", &["jitney-ir"]),
    ("jitney-runtime", &["jitney-ir", "jitney-optimizer", "jitney-codegen"]),
    ("jitney", &["jitney-ir", "jitney-runtime"]),
    ("jitney-cli", &["jitney", "jitney-ir", "jitney-runtime"]),
    ("jitney-tests", &ALL),
    ("jitney-benches", &ALL),
];

const ALL: [&str; 6] =
    ["jitney-ir", "jitney-optimizer", "jitney-codegen", "jitney-runtime", "jitney", "jitney-cli"];

/// Libraries and the places where they may be named.
const LIBRARIES: [(&str, &[&str]); 4] = [
    ("cranelift", &["codegen"]),
    ("iced_x86", &["codegen"]),
    ("rayon", &["runtime"]),
    ("petgraph", &["ir/src/graph", "optimizer"]),
];

/// Where unsafe code may be.
const UNSAFE: &[&str] = &[
    "codegen",
    "runtime/src/buffer.rs",
    "runtime/src/exec",
    "runtime/src/files/map.rs",
    // Calls compiled kernels as the runtime does.
    "tests/tests/suite/codegen/harness.rs",
    "tests/tests/suite/columns.rs",
    "tests/tests/suite/row_ends.rs",
    // Forks.
    "tests/tests/suite/threads.rs",
    "tests/tests/suite/wide.rs",
    "benches/benches/emitters.rs",
];

/// What may be static in the runtime and the frontend: one engine, and what each thread has for
/// itself. By file, the variables; constants of a table are none.
const STATICS: &[(&str, &[&str])] = &[
    // Rows of tables.
    ("frontend/src/formula/random/distributions.rs", &["GENERATOR", "LEGACY"]),
    ("frontend/src/functions/table.rs", &["TABLE"]),
    // The state of NumPy's legacy functions.
    ("frontend/src/random/legacy.rs", &["STATE"]),
    ("runtime/src/buffer/idle.rs", &["IDLE"]),
    ("runtime/src/cache/recent.rs", &["RECENT"]),
    ("runtime/src/collect.rs", &["WALK"]),
    ("runtime/src/engine.rs", &["DEFAULT"]),
    ("runtime/src/exec/threads.rs", &["ALONE", "HOST"]),
    ("runtime/src/expr.rs", &["RETIRED"]),
    // Scopes, captured where an evaluation starts.
    ("runtime/src/function.rs", &["N_TRACING"]),
    ("runtime/src/nodes.rs", &["ALLOWANCE"]),
    ("runtime/src/settings.rs", &["SCOPE"]),
];

/// Crates that forbid it at their root.
const SAFE: [&str; 3] = ["ir", "optimizer", "frontend"];

/// Lines of a file that is no table.
const MAX_LINES: usize = 600;

const TABLES: &[&str] = &[];

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests are in the workspace").to_owned()
}

/// The files below the workspace's crates that have one of the extensions, with their text.
pub fn sources(extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let crates = ["ir", "optimizer", "codegen", "runtime", "frontend", "tests", "benches"];
    let mut folders: Vec<PathBuf> = crates.map(|name| root().join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the crate's folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() && entry.file_name() != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).expect("sources are text");
                let path = path.strip_prefix(root()).expect("it is below the root");
                found.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    assert!(!found.is_empty(), "no file ends in .{extension}");
    found
}

/// Rust sources without their comments, this file left out: it names what it looks for.
fn code() -> Vec<(String, String)> {
    let strip = |text: String| -> String {
        let code = |line: &str| line.split("//").next().unwrap_or("").to_owned();
        text.lines().map(code).collect::<Vec<_>>().join("\n")
    };
    let others = sources("rs").into_iter().filter(|(path, _)| !path.ends_with("suite/tidy.rs"));
    others.map(|(path, text)| (path, strip(text))).collect()
}

fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path == *place || path.starts_with(&format!("{place}/")))
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whether the text has the word with no letter, digit or underscore beside it.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

#[test]
fn crates_depend_along_the_arrows() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in sources("toml").iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        let name = manifest["package"]["name"].as_str().expect("a package has a name");
        let Some((_, allowed)) = ARROWS.iter().find(|(package, _)| *package == name) else {
            wrong.push(format!("{path}: no arrow is stated for {name}"));
            continue;
        };
        seen += 1;
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(kind).and_then(|found| found.as_table()) else {
                continue;
            };
            let ours = table.keys().filter(|name| name.starts_with("jitney"));
            // Examples and doc tests of a crate may use the crate itself.
            let extra = ours.filter(|found| !allowed.contains(&found.as_str()) && *found != name);
            wrong.extend(extra.map(|found| format!("{path}: {name} may not depend on {found}")));
        }
    }
    assert_eq!(seen, ARROWS.len(), "every package of the workspace has a manifest");
    assert_none(&wrong);
}

#[test]
fn libraries_are_named_where_they_belong() {
    let mut wrong = Vec::new();
    for (path, text) in code() {
        for (library, places) in LIBRARIES {
            let names = |pattern: String| text.contains(&pattern);
            let is_named = names(format!("{library}::")) || names(format!("use {library}"));
            if is_named && !is_in(&path, places) {
                wrong.push(format!("{path} names {library}"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn unsafe_code_is_in_few_places() {
    let has_unsafe = |text: &str| has_word(text, "unsafe");
    let unsafe_files = code().into_iter().filter(|(_, text)| has_unsafe(text));
    let stray = unsafe_files.filter(|(path, _)| !is_in(path, UNSAFE));
    assert_none(&stray.map(|(path, _)| format!("{path} has unsafe code")).collect::<Vec<_>>());
    for name in SAFE {
        let path = root().join(name).join("src/lib.rs");
        let text = fs::read_to_string(&path).expect("a crate has a root");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name} forbids unsafe code");
    }
}

#[test]
fn what_evaluations_share_is_behind_the_engine() {
    let is_ours = |path: &str| is_in(path, &["runtime/src", "frontend/src", "frontend/cli/src"]);
    let is_table = |path: &str| is_in(path, &["runtime/src/random/tables"]);
    let mut found = Vec::new();
    for (path, text) in code().into_iter().filter(|(path, _)| is_ours(path) && !is_table(path)) {
        let mut names: Vec<String> = text.split("static ").skip(1).filter_map(variable).collect();
        names.sort();
        if !names.is_empty() {
            found.push((path, names));
        }
    }
    found.sort();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let allowed: Vec<(String, Vec<String>)> =
        STATICS.iter().map(|(path, names)| ((*path).to_owned(), owned(names))).collect();
    assert_eq!(found, allowed);
}

/// The name that a declaration begins with, after the keyword.
fn variable(declaration: &str) -> Option<String> {
    let name = declaration.trim_start().strip_prefix("mut ").unwrap_or(declaration);
    let end = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_')?;
    (end > 0 && name[end..].trim_start().starts_with(':')).then(|| name[..end].to_owned())
}

#[test]
fn no_file_is_too_long() {
    let long = sources("rs").into_iter().filter(|(path, text)| {
        text.lines().count() > MAX_LINES && !TABLES.contains(&path.as_str())
    });
    let say = |(path, text): (String, String)| format!("{path} has {} lines", text.lines().count());
    assert_none(&long.map(say).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished() {
    let words = ["todo!", "unimplemented!", "dbg!", "#[ignore", "TODO", "FIXME", "XXX"];
    let mut wrong = Vec::new();
    for (path, text) in sources("rs").iter().filter(|(path, _)| !path.ends_with("suite/tidy.rs")) {
        let found = words.iter().filter(|word| text.contains(**word));
        wrong.extend(found.map(|word| format!("{path} has {word}")));
    }
    assert_none(&wrong);
}
