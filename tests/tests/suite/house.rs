//! How the sources are written, as far as a parser can tell.
//!
//! Code inside of `macro_rules!` is not looked at.

use crate::tidy::sources;
use std::fmt::Write as _;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, ExprMatch, Meta, Pat, Path};

/// Enums that grow with what Jitney can do: whoever matches on them says what becomes of every
/// variant, so that a new one is an error wherever it has to be thought of.
const GROWING: [&str; 6] = ["Call", "Class", "Op", "PendingOp", "Reduction", "Step"];

/// What somebody has against a file, line by line.
#[derive(Default)]
struct Complaints {
    text: String,
    file: String,
}

impl Complaints {
    fn add(&mut self, place: proc_macro2::Span, what: &str) {
        writeln!(self.text, "{}:{}: {what}", self.file, place.start().line).expect("strings grow");
    }
}

/// Runs a check over all sources.
fn check(look: impl Fn(&syn::File, &mut Complaints)) {
    let mut complaints = Complaints::default();
    for (path, text) in sources("rs") {
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        complaints.file = path;
        look(&parsed, &mut complaints);
    }
    assert!(complaints.text.is_empty(), "\n{}", complaints.text);
}

/// The enums whose variants a pattern names.
#[derive(Default)]
struct Named(Vec<String>);

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if let [.., owner, _] = &names[..] {
            self.0.push(owner.clone());
        }
        visit::visit_path(self, path);
    }
}

struct WithoutRest<'c>(&'c mut Complaints);

impl<'ast> Visit<'ast> for WithoutRest<'_> {
    fn visit_expr_match(&mut self, found: &'ast ExprMatch) {
        let mut named = Named::default();
        found.arms.iter().for_each(|arm| named.visit_pat(&arm.pat));
        let is_rest = |arm: &&Arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none();
        if let Some(rest) = found.arms.iter().find(is_rest)
            && let Some(name) = GROWING.iter().find(|name| named.0.iter().any(|n| n == *name))
        {
            self.0.add(rest.span(), &format!("`_` stands for what `{name}` may become"));
        }
        visit::visit_expr_match(self, found);
    }
}

#[test]
fn matches_name_every_kind_of_node_and_step() {
    check(|file, complaints| WithoutRest(complaints).visit_file(file));
}

struct Reasons<'c>(&'c mut Complaints);

impl<'ast> Visit<'ast> for Reasons<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        let is_exception = list.path.is_ident("allow") || list.path.is_ident("expect");
        if is_exception && !list.tokens.to_string().contains("reason =") {
            self.0.add(attribute.span(), "an exception without its reason");
        }
    }
}

#[test]
fn exceptions_have_their_reason() {
    check(|file, complaints| Reasons(complaints).visit_file(file));
}
