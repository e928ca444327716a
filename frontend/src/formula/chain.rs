//! Chained comparisons, and what people mean by them.
//!
//! `a < b < c` is meant as `(a < b) & (b < c)`. But `&` and `|` bind tighter than comparisons, so
//! that `a < b & c < d` is a chain as well, with `b & c` in its middle, and is meant as
//! `(a < b) & (c < d)`.

use super::ast::{BinaryOp, Expr, Node, NodeId};

/// `first < second < …`
pub(super) struct Chain {
    pub first: NodeId,
    /// Each further operand, and the comparison before it.
    pub rest: Vec<(BinaryOp, NodeId)>,
}

/// An operand: a value that two comparisons share, or the right side of one, an operator, and
/// the left side of the next.
struct Operand {
    right: NodeId,
    next: Option<(BinaryOp, NodeId)>,
}

/// The longest advice that is better read than skipped.
const MAX_LENGTH: usize = 120;

impl Chain {
    /// What to write instead: the comparisons, if it is clear which are meant.
    pub fn help(&self, source: &str, nodes: &[Node]) -> String {
        match self.rewritten(source, nodes) {
            Some(text) if text.len() <= MAX_LENGTH => format!("write `{text}`"),
            _ => "put each comparison in parentheses, as in `(a < b) & (b < c)`".to_owned(),
        }
    }

    fn rewritten(&self, source: &str, nodes: &[Node]) -> Option<String> {
        let text = |id: NodeId| nodes[id.0].span.of(source);
        let (_, last) = self.rest.last()?;
        // In `x & 1 == 0 & y == 1`, `x & 1` may well be a side of a comparison.
        if parts(self.first, nodes).is_some() || parts(*last, nodes).is_some() {
            return None;
        }
        let mut left = self.first;
        let mut rewritten = String::new();
        for (op, operand) in &self.rest {
            let Operand { right, next } = sides(*operand, nodes)?;
            // Nobody compares numbers: the parts of the operand are one value then.
            if is_number(left, nodes) && is_number(right, nodes) {
                return None;
            }
            rewritten.push_str(&format!("({} {} {})", text(left), op.text(), text(right)));
            let (joint, following) = next.unwrap_or((BinaryOp::And, right));
            if operand != last {
                rewritten.push_str(&format!(" {} ", joint.text()));
            }
            left = following;
        }
        Some(rewritten)
    }
}

/// The sides of an operand; `None` if it has more than two parts.
fn sides(operand: NodeId, nodes: &[Node]) -> Option<Operand> {
    let Some((op, right, left)) = parts(operand, nodes) else {
        return Some(Operand { right: operand, next: None });
    };
    let is_whole = parts(right, nodes).is_none() && parts(left, nodes).is_none();
    is_whole.then_some(Operand { right, next: Some((op, left)) })
}

/// The operands of `&`, `|` or `^`, unless parentheses keep them together.
fn parts(id: NodeId, nodes: &[Node]) -> Option<(BinaryOp, NodeId, NodeId)> {
    let Node { expr, span } = &nodes[id.0];
    match expr {
        // The span of what stands in parentheses includes them.
        Expr::Binary(op @ (BinaryOp::And | BinaryOp::Or | BinaryOp::Xor), x, y)
            if span.start == nodes[x.0].span.start =>
        {
            Some((*op, *x, *y))
        }
        _ => None,
    }
}

fn is_number(id: NodeId, nodes: &[Node]) -> bool {
    matches!(nodes[id.0].expr, Expr::Number(_))
}
