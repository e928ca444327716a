//! What a rule is made of, and its text form.
//!
//! ```text
//! double-negative int|float: negative(negative(?x)) => ?x
//! commutative any: [add, multiply]
//! ```
//!
//! * A rule has a name and the dtype classes in which it is exact to the bit, those of the
//!   hole `?x`, which every pattern has. Classes are `bool`, `unsigned`, `signed`, `float`,
//!   and for short `int` and `any`.
//! * A hole matches any operand; one that stands twice matches the same node twice. A hole
//!   in capitals, `?K`, matches arrays filled with a literal only.
//! * A literal matches an array filled with it, to the bit: `0` is not `-0.0`. It is read in
//!   the dtype of the operand, and where it is no value of that dtype the rule does not
//!   apply. In a replacement, `true` and `false` are bool, another literal has the dtype of
//!   the hole or operation beside it, and a replacement that is a literal has the root's.
//! * `commutative` names the operations whose operands may be swapped to the bit; patterns
//!   match either order of them.

use jitney_ir::ops::Elementwise;
use jitney_ir::text::{Cursor, ParseError};
use jitney_ir::{DType, Kind, Scalar};

/// The most holes a rule can have.
pub const MAX_HOLES: usize = 4;

/// A set of dtype classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(u8);

impl Classes {
    /// Whether the class is in the set.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & Classes::of(kind).0 != 0
    }

    /// What is in both sets.
    pub fn and(self, other: Classes) -> Classes {
        Classes(self.0 & other.0)
    }

    /// What is in either set.
    pub fn or(self, other: Classes) -> Classes {
        Classes(self.0 | other.0)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn of(kind: Kind) -> Classes {
        Classes(match kind {
            Kind::Bool => 1,
            Kind::Unsigned => 2,
            Kind::Signed => 4,
            Kind::Float => 8,
        })
    }

    fn from_name(name: &str) -> Option<Classes> {
        let int = Classes::of(Kind::Unsigned).or(Classes::of(Kind::Signed));
        Some(match name {
            "bool" => Classes::of(Kind::Bool),
            "unsigned" => Classes::of(Kind::Unsigned),
            "signed" => Classes::of(Kind::Signed),
            "float" => Classes::of(Kind::Float),
            "int" => int,
            "any" => int.or(Classes::of(Kind::Bool)).or(Classes::of(Kind::Float)),
            _ => return None,
        })
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Classes, ParseError> {
        let mut classes = Classes::default();
        loop {
            let name = cursor.peek();
            let Some(class) = Classes::from_name(name) else {
                return cursor.error(format!("`{name}` is no dtype class"));
            };
            cursor.take();
            classes = classes.or(class);
            if !cursor.accept("|") {
                cursor.expect(":")?;
                return Ok(classes);
            }
        }
    }
}

/// A literal of a rule, read once for every dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Boxed, for terms are many and literals few.
    values: Box<[Option<Scalar>; DType::ALL.len()]>,
}

impl Literal {
    fn parse(text: &str) -> Literal {
        Literal { values: Box::new(DType::ALL.map(|dtype| Scalar::parse(dtype, text))) }
    }

    /// The value in the dtype, if the text is one of its values.
    pub fn of(&self, dtype: DType) -> Option<Scalar> {
        self.values[dtype as usize]
    }

    /// The value in each dtype that has it.
    pub fn values(&self) -> impl Iterator<Item = Scalar> {
        self.values.iter().flatten().copied()
    }
}

/// A side of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The operand that hole number so-and-so stands for; 0 is `?x`.
    Hole(usize),
    /// The same, an array filled with a literal.
    ConstantHole(usize),
    /// An array filled with this.
    Literal(Literal),
    /// An operation on terms.
    Apply(Elementwise, Vec<Term>),
}

/// What may be replaced by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// For people.
    pub name: String,
    /// The classes of the dtype of `?x` for which both sides have the same bits.
    pub classes: Classes,
    /// What is replaced: an operation.
    pub pattern: Term,
    /// What stands in its place.
    pub replacement: Term,
    /// How many holes there are.
    pub n_holes: usize,
}

/// One entry of the file.
pub(super) enum Entry {
    Rule(Rule),
    Commutative(Classes, Vec<Elementwise>),
}

/// Reads rules and declarations.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, ParseError> {
    let mut cursor = Cursor::new(text);
    let mut entries = Vec::new();
    while !cursor.at_end() {
        let name = cursor.take();
        let classes = Classes::parse(&mut cursor)?;
        entries.push(if name == "commutative" {
            Entry::Commutative(classes, cursor.list("[", "]", operation)?)
        } else {
            Entry::Rule(rule(&mut cursor, name, classes)?)
        });
    }
    Ok(entries)
}

/// Reads a rule behind its classes. `?x` is hole 0 wherever it stands, for its dtype decides
/// whether the rule applies.
fn rule(cursor: &mut Cursor<'_>, name: &str, classes: Classes) -> Result<Rule, ParseError> {
    let mut holes = vec!["?x"];
    let pattern = term(cursor, &mut holes)?;
    if !pattern.has_hole(0) || !matches!(pattern, Term::Apply(..)) {
        return cursor.error(format!("the pattern of {name} is no operation on ?x"));
    }
    let n_holes = holes.len();
    cursor.expect("=")?;
    cursor.expect(">")?;
    // A hole that the pattern does not have would stand for nothing.
    let replacement = term(cursor, &mut holes)?;
    if holes.len() > n_holes || n_holes > MAX_HOLES {
        return cursor.error(format!("{name} has too many holes, or one only on the right"));
    }
    Ok(Rule { name: name.to_owned(), classes, pattern, replacement, n_holes })
}

/// Reads a side of a rule, numbering holes as they first appear. Words are operations, but for
/// the two literals that look like words.
fn term<'a>(cursor: &mut Cursor<'a>, holes: &mut Vec<&'a str>) -> Result<Term, ParseError> {
    let word = cursor.peek();
    if let Some(name) = word.strip_prefix('?') {
        cursor.take();
        let index = holes.iter().position(|hole| *hole == word).unwrap_or_else(|| {
            holes.push(word);
            holes.len() - 1
        });
        let constant = name.starts_with(char::is_uppercase);
        return Ok(if constant { Term::ConstantHole(index) } else { Term::Hole(index) });
    }
    if word.starts_with(char::is_alphabetic) && word != "true" && word != "false" {
        let op = operation(cursor)?;
        let operands = cursor.list("(", ")", |cursor| term(cursor, holes))?;
        if operands.len() != op.arity() {
            return cursor.error(format!("{word} takes {} operands", op.arity()));
        }
        return Ok(Term::Apply(op, operands));
    }
    let literal = Literal::parse(cursor.take());
    if literal.values().next().is_none() {
        return cursor.error(format!("`{word}` is no literal of any dtype"));
    }
    Ok(Term::Literal(literal))
}

fn operation(cursor: &mut Cursor<'_>) -> Result<Elementwise, ParseError> {
    let name = cursor.take();
    match Elementwise::from_name(name) {
        Some(op) => Ok(op),
        None => cursor.error(format!("unknown operation `{name}`")),
    }
}

impl Term {
    fn has_hole(&self, index: usize) -> bool {
        match self {
            Term::Hole(hole) | Term::ConstantHole(hole) => *hole == index,
            Term::Literal(_) => false,
            Term::Apply(_, operands) => operands.iter().any(|term| term.has_hole(index)),
        }
    }

    /// Calls `visit` for each literal.
    pub(super) fn for_each_literal(&self, visit: &mut impl FnMut(&Literal)) {
        match self {
            Term::Hole(_) | Term::ConstantHole(_) => {}
            Term::Literal(literal) => visit(literal),
            Term::Apply(_, operands) => {
                operands.iter().for_each(|term| term.for_each_literal(visit));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn malformed_rules_are_refused() {
        for text in [
            "name: negative(?x) => ?x",
            "name complex: negative(?x) => ?x",
            "name int: ?x => ?x",
            "name int: negative(?y) => ?y",
            "name int: negative(?x) => ?y",
            "name int: negative(?x, ?x) => ?x",
            "name int: negated(?x) => ?x",
            "name int: add(?x, 1..2) => ?x",
            "name int: negative(?x) -> ?x",
            "name int: negative(?x)",
            "commutative int: add",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
