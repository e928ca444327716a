//! *Jitney for NumPy users*: the table of functions as a page of documentation.

use super::table::{self, Row};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Jitney for NumPy users

Names, arguments and their order are NumPy's. In Rust what NumPy requires is given by position, and
what it leaves open by a function of the same name and `_with`, which takes a closure:
`np.eye(3, k=1)` is `jn::eye_with(3, |o| o.k(1))`. NumPy's `axis=None` is `..`; reductions take
their options with the axis: `x.sum(jn::axis(0).keepdims())`. Functions whose first argument is an
array are methods too: `jn::sum(&x, 0)` is `x.sum(0)`. In formulas everything is written as in
Python, with `np.` or without.

This page is made from the table that makes the functions.
";

/// The page as Markdown.
pub(crate) fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (title, rows) in table::families() {
        let _ = write!(text, "\n## {title}\n\n| NumPy | Rust | what it gives |\n|---|---|---|\n");
        for row in rows {
            let _ = writeln!(text, "| {} | {} | {} |", numpy(row), rust(row), summary(row));
        }
    }
    text
}

/// NumPy's forms, which are those of formulas.
fn numpy(row: &Row) -> String {
    let mut forms = Vec::new();
    if row.kind.is_function() {
        forms.push(format!("`{}({})`", row.name, row.signature(false)));
    }
    if row.kind.is_method() {
        let signature = row.signature(true);
        let given = signature.strip_prefix("self").unwrap_or(&signature);
        forms.push(format!("`a.{}({})`", row.name, given.trim_start_matches(", ")));
    }
    forms.extend(row.aliases.iter().map(|alias| format!("`{alias}`")));
    forms.join(", ")
}

fn rust(row: &Row) -> String {
    let forms = row.rust.iter().map(|form| format!("`{}`", form.replace('|', "\\|")));
    forms.collect::<Vec<_>>().join(", ")
}

/// The first sentence of a row's documentation.
fn summary(row: &Row) -> String {
    let lines = row.doc.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let sentence = paragraph.split_inclusive(". ").next().unwrap_or("").trim();
    // Links to the documentation of functions mean nothing in the page.
    let plain = sentence.replace("[`", "`").replace("`]", "`").replace('|', "\\|");
    plain.split("](").next().unwrap_or("").to_owned()
}
