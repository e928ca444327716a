//! Statements, and the parser's way through the tokens; expressions are in
//! [`super::expression`].
//!
//! The recursion is that of nested expressions, which [`Limits::max_depth`] bounds.

use super::advice;
use super::ast::{Ast, BinaryOp, Expr, Node, NodeId, Span, Target};
use super::error::Fault;
use super::limits::Limits;
use super::token::{Symbol, Token, tokenize};
use std::sync::Arc;

pub(super) type Parsed<T> = Result<T, Fault>;

/// Parses a formula.
pub(super) fn parse(source: &Arc<str>, limits: &Limits) -> Parsed<Ast> {
    if source.len() > limits.max_length {
        let length = source.len();
        return Err(Fault::new(
            Span::new(0, 0),
            format!("the formula is {length} bytes long; the limit is {}", limits.max_length),
        ));
    }
    let tokens = tokenize(source)?;
    let mut parser = Parser { source, tokens: &tokens, at: 0, depth: 0, limits, nodes: Vec::new() };
    parser.program()?;
    Ok(Ast { source: Arc::clone(source), nodes: parser.nodes })
}

/// The state of parsing, as the text is read from left to right.
pub(super) struct Parser<'a> {
    pub source: &'a str,
    pub tokens: &'a [(Token, Span)],
    pub at: usize,
    pub depth: usize,
    pub limits: &'a Limits,
    pub nodes: Vec<Node>,
}

/// The operator of an augmented assignment such as `+=`.
fn augmented_operator(token: Token) -> Option<BinaryOp> {
    let Token::Symbol(symbol) = token else { return None };
    Some(match symbol {
        Symbol::AddAssign => BinaryOp::Add,
        Symbol::SubtractAssign => BinaryOp::Subtract,
        Symbol::MultiplyAssign => BinaryOp::Multiply,
        Symbol::DivideAssign => BinaryOp::Divide,
        Symbol::FloorDivideAssign => BinaryOp::FloorDivide,
        Symbol::RemainderAssign => BinaryOp::Remainder,
        Symbol::PowerAssign => BinaryOp::Power,
        Symbol::MatMulAssign => BinaryOp::MatMul,
        Symbol::AndAssign => BinaryOp::And,
        Symbol::OrAssign => BinaryOp::Or,
        Symbol::XorAssign => BinaryOp::Xor,
        Symbol::LeftShiftAssign => BinaryOp::LeftShift,
        Symbol::RightShiftAssign => BinaryOp::RightShift,
        _ => return None,
    })
}

/// Statements.
impl Parser<'_> {
    fn program(&mut self) -> Parsed<()> {
        let mut last = None;
        loop {
            while self.eat(Token::Newline) {}
            if self.token() == Token::End {
                break;
            }
            if let Some(value) = last.take() {
                self.push(Expr::Discard(value), self.nodes[value.0].span)?;
            }
            last = self.statement()?;
            if !matches!(self.token(), Token::Newline | Token::End) {
                return Err(self.unexpected("the end of the statement"));
            }
        }
        match (last, self.nodes.last()) {
            (Some(_), _) => Ok(()),
            (None, None) => Err(Fault::new(self.span(), "the formula is empty")),
            (None, Some(assignment)) => {
                Err(Fault::new(assignment.span, "the last statement has no value")
                    .help("end the formula with an expression, such as the name just assigned"))
            }
        }
    }

    /// Parses a statement; returns its value if it is an expression.
    fn statement(&mut self) -> Parsed<Option<NodeId>> {
        let (mark, begin) = (self.nodes.len(), self.at);
        let first = self.expressions()?;
        let is_item = matches!(self.nodes[first.0].expr, Expr::Index(..));
        if self.token() == Token::Symbol(Symbol::Assign) {
            if is_item {
                self.item_assignment(mark, begin, first)?;
            } else {
                self.assignment(mark, first)?;
            }
            Ok(None)
        } else if let Some(op) = augmented_operator(self.token()) {
            self.augmented_assignment(op, first).map(|()| None)
        } else {
            Ok(Some(first))
        }
    }

    fn assignment(&mut self, mark: usize, first: NodeId) -> Parsed<()> {
        let start = self.nodes[first.0].span;
        let mut targets = Vec::new();
        let mut value = first;
        while self.eat(Token::Symbol(Symbol::Assign)) {
            // What was parsed as an expression was a target: its nodes are not evaluated.
            targets.push(self.target(value)?);
            self.nodes.truncate(mark);
            value = self.expressions()?;
        }
        let span = start.to(self.nodes[value.0].span);
        self.push(Expr::Assign(targets, value), span)?;
        Ok(())
    }

    /// `name[index] = value`: the name stands for another array from then on.
    ///
    /// As in Python, the value is computed before the index: the target is read once more behind
    /// it.
    fn item_assignment(&mut self, mark: usize, begin: usize, target: NodeId) -> Parsed<()> {
        let name = self.item_name(target)?;
        self.nodes.truncate(mark);
        self.advance();
        let value = self.expressions()?;
        if self.token() == Token::Symbol(Symbol::Assign) {
            let fault = Fault::new(self.span(), "elements are assigned to alone");
            return Err(fault.help("write one assignment for each target"));
        }
        let end = std::mem::replace(&mut self.at, begin);
        let target = self.expressions()?;
        self.at = end;
        self.set_item(name, target, None, value)
    }

    /// The name of an array of which elements are assigned to.
    fn item_name(&self, target: NodeId) -> Parsed<Span> {
        let Node { expr, span } = &self.nodes[target.0];
        let Expr::Index(object, _) = expr else { return Err(no_target(*span)) };
        match &self.nodes[object.0].expr {
            Expr::Name(name) if !name.qualified => Ok(name.span),
            _ => Err(Fault::new(*span, "only elements of an array with a name can be set")
                .help("write all indices in one pair of brackets, as in `x[0, 1] = value`")),
        }
    }

    /// The statement that gives a name the array with other elements. The last node that was
    /// parsed for the target reads those elements, which the statement does itself.
    fn set_item(
        &mut self,
        name: Span,
        target: NodeId,
        op: Option<BinaryOp>,
        value: NodeId,
    ) -> Parsed<()> {
        let Node { expr, span } = self.nodes[target.0].clone();
        let Expr::Index(object, index) = expr else { return Err(no_target(span)) };
        // What reads the elements is taken away; it gave nothing that anybody takes.
        self.nodes[target.0].expr = Expr::None;
        let span = span.to(self.nodes[value.0].span);
        let updated = self.push(Expr::SetItem { object, index, op, value }, span)?;
        self.push(Expr::Assign(vec![Target::Name(name)], updated), span)?;
        Ok(())
    }

    fn augmented_assignment(&mut self, op: BinaryOp, target: NodeId) -> Parsed<()> {
        let target_span = self.nodes[target.0].span;
        if let Expr::Index(..) = self.nodes[target.0].expr {
            let name = self.item_name(target)?;
            self.advance();
            let value = self.expressions()?;
            return self.set_item(name, target, Some(op), value);
        }
        let Target::Name(name) = self.target(target)? else {
            return Err(Fault::new(target_span, "only a single name can be updated"));
        };
        self.advance();
        let value = self.expressions()?;
        let span = target_span.to(self.nodes[value.0].span);
        let updated = self.push(Expr::Binary(op, target, value), span)?;
        self.push(Expr::Assign(vec![Target::Name(name)], updated), span)?;
        Ok(())
    }

    fn target(&self, id: NodeId) -> Parsed<Target> {
        let Node { expr, span } = &self.nodes[id.0];
        match expr {
            Expr::Name(name) if !name.qualified => Ok(Target::Name(name.span)),
            Expr::Tuple(items) | Expr::List(items) => {
                let targets = items.iter().map(|item| self.target(*item));
                Ok(Target::Tuple(targets.collect::<Parsed<_>>()?, *span))
            }
            Expr::Index(..) => Err(Fault::new(*span, "elements are assigned to alone")
                .help("write one assignment for each target")),
            Expr::Binary(..)
            | Expr::Unary(..)
            | Expr::Call(..)
            | Expr::Attribute(..)
            | Expr::Name(_)
            | Expr::Number(_)
            | Expr::Str(_)
            | Expr::None
            | Expr::Ellipsis
            | Expr::Slice(_)
            | Expr::Assign(..)
            | Expr::SetItem { .. }
            | Expr::Discard(_) => Err(no_target(*span)),
        }
    }
}

fn no_target(span: Span) -> Fault {
    Fault::new(span, "only names can be assigned to").help("to compare, write `==`")
}

/// Tokens, nodes and limits.
impl Parser<'_> {
    pub fn token(&self) -> Token {
        self.tokens[self.at].0
    }

    pub fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// Steps over a token, which must not be the end.
    pub fn advance(&mut self) -> Span {
        let span = self.span();
        self.at += 1;
        span
    }

    pub fn eat(&mut self, token: Token) -> bool {
        let found = self.token() == token;
        self.at += usize::from(found);
        found
    }

    pub fn require(&mut self, symbol: Symbol, what: &str) -> Parsed<Span> {
        if self.token() == Token::Symbol(symbol) {
            Ok(self.advance())
        } else {
            Err(self.unexpected(what))
        }
    }

    pub fn unexpected(&self, wanted: &str) -> Fault {
        advice::unexpected(self.source, self.tokens, self.at, wanted)
    }

    pub fn both(&self, first: NodeId, last: NodeId) -> Span {
        self.nodes[first.0].span.to(self.nodes[last.0].span)
    }

    pub fn push(&mut self, expr: Expr, span: Span) -> Parsed<NodeId> {
        if self.nodes.len() >= self.limits.max_nodes {
            let limit = self.limits.max_nodes;
            return Err(Fault::new(
                span,
                format!("the formula has more than {limit} parts, which is the limit"),
            ));
        }
        self.nodes.push(Node { expr, span });
        Ok(NodeId(self.nodes.len() - 1))
    }

    /// Counts a level of nesting, which is left with [`Parser::leave`].
    pub fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        let limit = self.limits.max_depth.min(Limits::DEEPEST);
        if self.depth > limit {
            return Err(Fault::new(
                self.span(),
                format!("the formula is nested more than {limit} levels deep, which is the limit"),
            )
            .help("give parts of it names, in statements before it"));
        }
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }
}
