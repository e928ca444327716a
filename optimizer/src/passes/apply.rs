//! Rewrites elementwise operations by the rules of `rules.txt`.
//!
//! Operands are rewritten before their users, and what a rule makes is folded and rewritten
//! in turn, so that one walk over the graph goes as far as the rules do.
//!
//! ```text
//! add(negative(a), b)    its operands have been rewritten
//! add(?x, negative(?y))  the pattern with its operands swapped: ?x is b, ?y is a
//! subtract(b, a)         made, folded if both are literals, and matched in turn
//! ```
//!
//! What a rule leaves behind without a user is dropped by the last pass.

use super::fold::Folder;
use super::rebuild::{Rewritten, fill, literal, rebuild};
use super::rule_text::{MAX_HOLES, Term};
use super::rules::RuleSet;
use crate::monitor::Meter;
use jitney_ir::graph::{Graph, Node, NodeId, Op};
use jitney_ir::{DType, Shape};
use smallvec::SmallVec;

pub(super) fn apply_rules(graph: Graph, meter: &mut Meter<'_>) -> Rewritten {
    let rules = RuleSet::standard();
    let mut folder = Folder::default();
    rebuild(graph, meter, |graph, node| {
        Rewriter { graph, rules, folder: &mut folder, fuel: FUEL }.node(node)
    })
}

/// Rules applied to one node and what becomes of it. Every rule makes its pattern smaller or
/// brings it closer to a normal form; the bound keeps a mistake in that from running on.
const FUEL: usize = 32;

/// The operand that each hole stands for.
type Holes = [Option<NodeId>; MAX_HOLES];

/// One node on its way through the rules. It recurses as deep as rules and fuel go, whatever the
/// size of the graph.
struct Rewriter<'a> {
    graph: &'a mut Graph,
    rules: &'static RuleSet,
    folder: &'a mut Folder,
    fuel: usize,
}

impl Rewriter<'_> {
    /// Appends a node, or what it becomes. Literals are folded first: many rules would match them.
    fn node(&mut self, node: Node) -> NodeId {
        if let Some(scalar) = self.folder.fold(self.graph, &node) {
            return fill(self.graph, scalar, &node.shape);
        }
        self.rewritten(&node).unwrap_or_else(|| self.graph.push(node))
    }

    /// What the first rule that matches makes of a node.
    fn rewritten(&mut self, node: &Node) -> Option<NodeId> {
        let Op::Elementwise(op) = node.op else { return None };
        for pattern in self.rules.patterns(op) {
            let mut holes = Holes::default();
            let matches = match_all(self.graph, &pattern.operands, &node.inputs, &mut holes);
            // `?x` stands in every pattern, and its dtype is what classes are about: the result of
            // a comparison is a bool whatever is compared.
            let Some(x) = holes[0].filter(|_| matches) else { continue };
            if self.fuel == 0 || !pattern.classes.contains(self.graph.node(x).dtype.kind()) {
                continue;
            }
            self.fuel -= 1;
            let replacement = &self.rules.rules()[pattern.rule].replacement;
            let made = self.make(replacement, &holes, &node.shape, node.dtype);
            if made.is_some() {
                return made;
            }
        }
        None
    }

    /// Appends a term; a literal is of the given dtype. `None` where it has no type.
    fn make(&mut self, term: &Term, holes: &Holes, shape: &Shape, dtype: DType) -> Option<NodeId> {
        let (op, terms) = match term {
            Term::Hole(index) | Term::ConstantHole(index) => return holes[*index],
            Term::Literal(literal) => return Some(fill(self.graph, literal.of(dtype)?, shape)),
            Term::Apply(op, terms) => (*op, terms),
        };
        // Literals wait until it is known what they stand beside.
        let mut inputs: SmallVec<[Option<NodeId>; 3]> = SmallVec::new();
        for term in terms {
            let is_literal = matches!(term, Term::Literal(_));
            let made = if is_literal { None } else { self.make(term, holes, shape, dtype) };
            inputs.push(made);
        }
        // The last, for the first operand of `where` is a condition.
        let beside = inputs.iter().flatten().last().map(|id| self.graph.node(*id).dtype);
        for (input, term) in inputs.iter_mut().zip(terms) {
            if let Term::Literal(literal) = term {
                let dtype = if literal.of(DType::Bool).is_some() { DType::Bool } else { beside? };
                *input = Some(fill(self.graph, literal.of(dtype)?, shape));
            }
        }
        let inputs: SmallVec<[NodeId; 3]> = inputs.into_iter().collect::<Option<_>>()?;
        let dtypes: SmallVec<[DType; 3]> =
            inputs.iter().map(|input| self.graph.node(*input).dtype).collect();
        // A replacement may not need a cast; where it would, the rule does not apply.
        let signature = op.signature(&dtypes).ok().filter(|found| found.operands == dtypes)?;
        let (op, dtype) = (Op::Elementwise(op), signature.result);
        Some(self.node(Node { op, inputs, dtype, shape: shape.clone() }))
    }
}

/// Whether terms match operands, filling the holes. A failed match leaves holes filled, so each
/// attempt starts with new ones.
fn match_all(graph: &Graph, terms: &[Term], inputs: &[NodeId], holes: &mut Holes) -> bool {
    terms.iter().zip(inputs).all(|(term, input)| match_one(graph, term, *input, holes))
}

/// Whether a term matches a node. The depth of the term, not the graph's, bounds the recursion.
fn match_one(graph: &Graph, term: &Term, id: NodeId, holes: &mut Holes) -> bool {
    match term {
        Term::Hole(index) => *holes[*index].get_or_insert(id) == id,
        Term::ConstantHole(index) => {
            *holes[*index].get_or_insert(id) == id && literal(graph, id).is_some()
        }
        Term::Literal(wanted) => {
            let found = literal(graph, id);
            found.is_some_and(|scalar| wanted.of(scalar.dtype) == Some(scalar))
        }
        Term::Apply(op, terms) => {
            let node = graph.node(id);
            node.op == Op::Elementwise(*op) && match_all(graph, terms, &node.inputs, holes)
        }
    }
}
