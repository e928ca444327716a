//! The rules of `rules.txt`, indexed by the operation at the root of their pattern.
//!
//! A node is compared with the handful of patterns that begin with its operation, and matching is
//! a plain walk: the orders in which commutative operands may stand are written out beforehand.

use super::rule_text::{self, Classes, Entry, Rule, Term};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Kind, Scalar};
use std::sync::LazyLock;

/// A set of rules, ready to be matched.
pub struct RuleSet {
    rules: Vec<Rule>,
    /// By operation: in which classes its operands may be swapped.
    commutative: Vec<Classes>,
    /// By operation: the patterns with it at the root.
    patterns: Vec<Vec<Pattern>>,
    /// The bits of every literal of a pattern, by dtype: a few, which are soon looked through.
    literals: [Vec<u64>; DType::ALL.len()],
}

/// The pattern of a rule, with operands in one of the orders in which it may be met.
pub(super) struct Pattern {
    /// Where this order means the same and the rule is exact.
    pub classes: Classes,
    pub operands: Vec<Term>,
    /// The rule, as an index.
    pub rule: usize,
}

static STANDARD: LazyLock<RuleSet> = LazyLock::new(|| {
    let entries = rule_text::parse(include_str!("rules.txt"));
    RuleSet::new(entries.expect("a test parses the rules"))
});

/// Whether some rule looks for this literal. Such a literal decides what a graph becomes;
/// any other can be a parameter of the compiled code.
pub fn is_special(scalar: Scalar) -> bool {
    STANDARD.literals[scalar.dtype as usize].contains(&scalar.bits)
}

impl RuleSet {
    /// The rules of `rules.txt`.
    pub fn standard() -> &'static RuleSet {
        &STANDARD
    }

    /// Every rule, as written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether operands of the class may be swapped to the bit.
    pub fn commutes(&self, op: Elementwise, kind: Kind) -> bool {
        self.commutative[op.place()].contains(kind)
    }

    /// The patterns with the operation at the root, in the order of the file.
    pub(super) fn patterns(&self, op: Elementwise) -> &[Pattern] {
        &self.patterns[op.place()]
    }

    fn new(entries: Vec<Entry>) -> RuleSet {
        // Casts have a place as well, behind all others.
        let n_places = Elementwise::ALL.len() + 1;
        let mut set = RuleSet {
            rules: Vec::new(),
            commutative: vec![Classes::default(); n_places],
            patterns: (0..n_places).map(|_| Vec::new()).collect(),
            literals: Default::default(),
        };
        for entry in entries {
            match entry {
                Entry::Rule(rule) => set.rules.push(rule),
                Entry::Commutative(classes, ops) => ops.iter().for_each(|op| {
                    let known = &mut set.commutative[op.place()];
                    *known = known.or(classes);
                }),
            }
        }
        // Only now, for a declaration may stand behind a rule.
        for (index, rule) in set.rules.iter().enumerate() {
            rule.pattern.for_each_literal(&mut |literal| {
                for scalar in literal.values() {
                    let known = &mut set.literals[scalar.dtype as usize];
                    if !known.contains(&scalar.bits) {
                        known.push(scalar.bits);
                    }
                }
            });
            for (term, classes) in orders(&rule.pattern, rule.classes, &set.commutative) {
                if let Term::Apply(op, operands) = term {
                    set.patterns[op.place()].push(Pattern { classes, operands, rule: index });
                }
            }
        }
        set
    }
}

/// The term with the operands of commutative operations in every order, each with the
/// classes in which it means the same.
///
/// `add(multiply(?x, 2), ?y)` stands there as `add(multiply(2, ?x), ?y)` and with both operands of
/// `add` swapped, four orders in all. Patterns are so small that there are never many.
fn orders(term: &Term, classes: Classes, commutative: &[Classes]) -> Vec<(Term, Classes)> {
    let Term::Apply(op, operands) = term else { return vec![(term.clone(), classes)] };
    let mut lists = vec![(Vec::new(), classes)];
    for operand in operands {
        let extended = lists.iter().flat_map(|(list, classes)| {
            orders(operand, *classes, commutative).into_iter().map(move |(term, classes)| {
                let mut list: Vec<Term> = list.clone();
                list.push(term);
                (list, classes)
            })
        });
        lists = extended.collect();
    }
    let mut all: Vec<(Term, Classes)> = Vec::new();
    for (list, classes) in lists {
        let mut swapped = list.clone();
        swapped.reverse();
        let swaps = if swapped.len() == 2 { commutative[op.place()] } else { Classes::default() };
        for (list, classes) in [(list, classes), (swapped, classes.and(swaps))] {
            let term = Term::Apply(*op, list);
            // `add(?x, ?x)` is its own mirror image, and would be tried twice.
            let known = all.iter().any(|(other, at)| *other == term && at.and(classes) == classes);
            if !classes.is_empty() && !known {
                all.push((term, classes));
            }
        }
    }
    all
}
