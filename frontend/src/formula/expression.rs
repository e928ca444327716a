//! Expressions, by precedence climbing.
//!
//! The parser recurses once a level of nesting; chains such as `a + b + c` and `x.T.T` are
//! loops.

use super::ast::{Argument, BinaryOp, Callee, Expr, Name, Node, NodeId, Span, UnaryOp};
use super::chain::Chain;
use super::error::Fault;
use super::parse::{Parsed, Parser};
use super::python::Number;
use super::token::{Symbol, Token};

/// How tightly a binary operator binds; higher is tighter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Comparison,
    Or,
    Xor,
    And,
    Shift,
    Sum,
    Product,
    /// Signs, which stand between products and `**`.
    Unary,
}

impl Level {
    fn tighter(self) -> Level {
        match self {
            Level::Comparison => Level::Or,
            Level::Or => Level::Xor,
            Level::Xor => Level::And,
            Level::And => Level::Shift,
            Level::Shift => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product | Level::Unary => Level::Unary,
        }
    }
}

/// The binary operator that a token spells; `**` is not among them, as it binds to the right.
fn binary_operator(token: Token) -> Option<(BinaryOp, Level)> {
    let Token::Symbol(symbol) = token else { return None };
    Some(match symbol {
        Symbol::Less => (BinaryOp::Less, Level::Comparison),
        Symbol::LessEqual => (BinaryOp::LessEqual, Level::Comparison),
        Symbol::Greater => (BinaryOp::Greater, Level::Comparison),
        Symbol::GreaterEqual => (BinaryOp::GreaterEqual, Level::Comparison),
        Symbol::EqualEqual => (BinaryOp::Equal, Level::Comparison),
        Symbol::NotEqual => (BinaryOp::NotEqual, Level::Comparison),
        Symbol::Or => (BinaryOp::Or, Level::Or),
        Symbol::Xor => (BinaryOp::Xor, Level::Xor),
        Symbol::And => (BinaryOp::And, Level::And),
        Symbol::LeftShift => (BinaryOp::LeftShift, Level::Shift),
        Symbol::RightShift => (BinaryOp::RightShift, Level::Shift),
        Symbol::Plus => (BinaryOp::Add, Level::Sum),
        Symbol::Minus => (BinaryOp::Subtract, Level::Sum),
        Symbol::Star => (BinaryOp::Multiply, Level::Product),
        Symbol::Slash => (BinaryOp::Divide, Level::Product),
        Symbol::FloorDivide => (BinaryOp::FloorDivide, Level::Product),
        Symbol::Percent => (BinaryOp::Remainder, Level::Product),
        Symbol::At => (BinaryOp::MatMul, Level::Product),
        _ => return None,
    })
}

/// Expressions.
impl Parser<'_> {
    /// `a`, or `a, b` as a tuple.
    pub fn expressions(&mut self) -> Parsed<NodeId> {
        self.expression_list(Self::expression)
    }

    /// `a`, or `a, b` as a tuple, where each item is parsed by `item`.
    fn expression_list(&mut self, item: fn(&mut Self) -> Parsed<NodeId>) -> Parsed<NodeId> {
        let first = item(self)?;
        if self.token() != Token::Symbol(Symbol::Comma) {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(Token::Symbol(Symbol::Comma)) && self.begins_item() {
            items.push(item(self)?);
        }
        let last = items[items.len() - 1];
        let span = self.nodes[first.0].span.to(self.nodes[last.0].span);
        self.push(Expr::Tuple(items), span)
    }

    /// Whether another item follows a comma, rather than the end of the list.
    fn begins_item(&self) -> bool {
        use Symbol::{Assign, CloseBracket, CloseParen};
        match self.token() {
            Token::Newline | Token::End => false,
            Token::Symbol(symbol) => !matches!(symbol, Assign | CloseBracket | CloseParen),
            _ => true,
        }
    }

    fn expression(&mut self) -> Parsed<NodeId> {
        self.binary(Level::Comparison)
    }

    fn binary(&mut self, lowest: Level) -> Parsed<NodeId> {
        if lowest == Level::Unary {
            return self.unary();
        }
        self.enter()?;
        let mut left = self.unary()?;
        while let Some((op, level)) = binary_operator(self.token()).filter(|op| op.1 >= lowest) {
            self.advance();
            let right = self.binary(level.tighter())?;
            left = self.push(Expr::Binary(op, left, right), self.both(left, right))?;
            if level == Level::Comparison {
                self.refuse_chain(left)?;
            }
        }
        self.leave();
        Ok(left)
    }

    /// `a < b < c` would need the truth value of an array.
    fn refuse_chain(&mut self, comparison: NodeId) -> Parsed<()> {
        let Some((_, Level::Comparison)) = binary_operator(self.token()) else { return Ok(()) };
        let Expr::Binary(op, first, second) = self.nodes[comparison.0].expr else { return Ok(()) };
        let mut chain = Chain { first, rest: vec![(op, second)] };
        let mut last = second;
        while let Some((op, Level::Comparison)) = binary_operator(self.token()) {
            self.advance();
            last = self.binary(Level::Or)?;
            chain.rest.push((op, last));
        }
        let fault = Fault::new(self.both(first, last), "comparisons of arrays cannot be chained");
        Err(fault.help(chain.help(self.source, &self.nodes)))
    }

    fn unary(&mut self) -> Parsed<NodeId> {
        let op = match self.token() {
            Token::Symbol(Symbol::Minus) => UnaryOp::Negative,
            Token::Symbol(Symbol::Plus) => UnaryOp::Positive,
            Token::Symbol(Symbol::Tilde) => UnaryOp::Invert,
            _ => return self.power(),
        };
        self.enter()?;
        let sign = self.advance();
        let operand = self.unary()?;
        self.leave();
        let span = sign.to(self.nodes[operand.0].span);
        self.push(Expr::Unary(op, operand), span)
    }

    /// `base ** exponent`: tighter than a sign before it, looser than one after it.
    fn power(&mut self) -> Parsed<NodeId> {
        let base = self.postfix()?;
        if !self.eat(Token::Symbol(Symbol::Power)) {
            return Ok(base);
        }
        self.enter()?;
        let exponent = self.unary()?;
        self.leave();
        self.push(Expr::Binary(BinaryOp::Power, base, exponent), self.both(base, exponent))
    }

    fn postfix(&mut self) -> Parsed<NodeId> {
        let mut value = self.atom()?;
        loop {
            value = match self.token() {
                Token::Symbol(Symbol::Dot) => self.attribute(value)?,
                Token::Symbol(Symbol::OpenParen) => self.call(value)?,
                Token::Symbol(Symbol::OpenBracket) => self.index(value)?,
                _ => return Ok(value),
            };
        }
    }

    fn attribute(&mut self, object: NodeId) -> Parsed<NodeId> {
        self.advance();
        if self.token() != Token::Name {
            return Err(self.unexpected("a name after `.`"));
        }
        let name = self.advance();
        let span = self.nodes[object.0].span.to(name);
        self.push(Expr::Attribute(object, name), span)
    }

    fn atom(&mut self) -> Parsed<NodeId> {
        let span = self.span();
        let expr = match self.token() {
            Token::Number(value) => Expr::Number(value),
            Token::Str(contents) => Expr::Str(contents),
            Token::Name => return self.name(),
            Token::Symbol(Symbol::Ellipsis) => Expr::Ellipsis,
            Token::Symbol(Symbol::OpenParen) => return self.parenthesized(),
            Token::Symbol(Symbol::OpenBracket) => return self.list(),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        self.push(expr, span)
    }

    fn name(&mut self) -> Parsed<NodeId> {
        let span = self.advance();
        let expr = match span.of(self.source) {
            "True" => Expr::Number(Number::Bool(true)),
            "False" => Expr::Number(Number::Bool(false)),
            "None" => Expr::None,
            "np" | "numpy" | "jn" if self.token() == Token::Symbol(Symbol::Dot) => {
                self.advance();
                if self.token() != Token::Name {
                    return Err(self.unexpected("a name after `.`"));
                }
                let name = self.advance();
                let expr = Expr::Name(Name { span: name, qualified: true });
                return self.push(expr, span.to(name));
            }
            _ => Expr::Name(Name { span, qualified: false }),
        };
        self.push(expr, span)
    }

    fn parenthesized(&mut self) -> Parsed<NodeId> {
        let open = self.advance();
        if self.token() == Token::Symbol(Symbol::CloseParen) {
            let close = self.advance();
            return self.push(Expr::Tuple(Vec::new()), open.to(close));
        }
        let value = self.expressions()?;
        let close = self.require(Symbol::CloseParen, "`,` or `)`")?;
        // Errors about the value, and advice that quotes it, include the parentheses.
        self.nodes[value.0].span = open.to(close);
        Ok(value)
    }

    fn list(&mut self) -> Parsed<NodeId> {
        let open = self.advance();
        let mut items = Vec::new();
        while self.token() != Token::Symbol(Symbol::CloseBracket) {
            items.push(self.expression()?);
            if !self.eat(Token::Symbol(Symbol::Comma)) {
                break;
            }
        }
        let close = self.require(Symbol::CloseBracket, "`,` or `]`")?;
        self.push(Expr::List(items), open.to(close))
    }
}

/// What follows a value: calls and indices.
impl Parser<'_> {
    fn call(&mut self, callee: NodeId) -> Parsed<NodeId> {
        let Node { expr, span } = self.nodes[callee.0].clone();
        let callee = match expr {
            Expr::Name(name) => Callee::Function(name),
            Expr::Attribute(object, name) => Callee::Method(object, name),
            _ => {
                return Err(Fault::new(span, "only functions and methods can be called")
                    .help("to multiply, write `*`"));
            }
        };
        // The callee is the last node: it is looked up by the call, not evaluated before it.
        self.nodes.pop();
        self.advance();
        let mut arguments = Vec::new();
        while self.token() != Token::Symbol(Symbol::CloseParen) {
            let argument = self.argument(&arguments)?;
            arguments.push(argument);
            if !self.eat(Token::Symbol(Symbol::Comma)) {
                break;
            }
        }
        let close = self.require(Symbol::CloseParen, "`,` or `)`")?;
        self.push(Expr::Call(callee, arguments), span.to(close))
    }

    fn argument(&mut self, before: &[Argument]) -> Parsed<Argument> {
        let next = self.tokens.get(self.at + 1).map(|(token, _)| *token);
        let keyword = match (self.token(), next) {
            (Token::Name, Some(Token::Symbol(Symbol::Assign))) => {
                let name = self.advance();
                self.advance();
                Some(name)
            }
            (Token::Symbol(Symbol::Star | Symbol::Power), _) => {
                return Err(Fault::new(self.span(), "arguments cannot be unpacked with `*`")
                    .help("write the arguments one by one"));
            }
            _ => None,
        };
        let value = self.expression()?;
        let named_before = |name: Span| {
            let text = name.of(self.source);
            before.iter().any(|other| other.keyword.is_some_and(|k| k.of(self.source) == text))
        };
        match keyword {
            Some(name) if named_before(name) => Err(Fault::new(
                name,
                format!("keyword argument repeated: `{}`", name.of(self.source)),
            )),
            None if before.iter().any(|other| other.keyword.is_some()) => Err(Fault::new(
                self.nodes[value.0].span,
                "a positional argument cannot follow a keyword argument",
            )
            .help("`name=value` names an argument; to compare, write `==`")),
            _ => Ok(Argument { keyword, value }),
        }
    }

    fn index(&mut self, object: NodeId) -> Parsed<NodeId> {
        self.advance();
        if self.token() == Token::Symbol(Symbol::CloseBracket) {
            return Err(self
                .unexpected("an index")
                .help("for all elements, write `[:]` or `[...]`"));
        }
        let index = self.expression_list(Self::index_item)?;
        let close = self.require(Symbol::CloseBracket, "`,` or `]`")?;
        let span = self.nodes[object.0].span.to(close);
        self.push(Expr::Index(object, index), span)
    }

    /// An expression, or a slice `start:stop:step` of which every part may be absent.
    fn index_item(&mut self) -> Parsed<NodeId> {
        let start = self.span();
        let mut parts = [None; 3];
        let mut n_colons = 0;
        loop {
            if self.token() == Token::Symbol(Symbol::Colon) && n_colons < 2 {
                n_colons += 1;
                self.advance();
            } else if parts[n_colons].is_none() && !self.ends_slice() {
                parts[n_colons] = Some(self.expression()?);
            } else {
                break;
            }
        }
        match (n_colons, parts[0]) {
            (0, Some(value)) => Ok(value),
            (0, None) => Err(self.unexpected("an index")),
            _ => {
                let span = start.to(self.tokens[self.at - 1].1);
                self.push(Expr::Slice(parts), span)
            }
        }
    }

    fn ends_slice(&self) -> bool {
        use Symbol::{CloseBracket, Colon, Comma};
        matches!(self.token(), Token::Symbol(Comma | CloseBracket | Colon))
    }
}
