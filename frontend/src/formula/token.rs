//! Text to tokens.
//!
//! As in Python, a newline ends a statement only outside brackets. Brackets are matched
//! here, where the one that lacks its partner is known.

use super::ast::Span;
use super::error::Fault;
use super::number;
use super::python::Number;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Number(Number),
    /// A string; the span is that of its contents.
    Str(Span),
    Name,
    Keyword,
    Symbol(Symbol),
    /// The end of a statement: a newline or `;`.
    Newline,
    End,
}

macro_rules! symbols {
    ($($variant:ident $text:literal,)*) => {
        /// Operators and punctuation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Symbol { $($variant,)* }

        /// In order of falling length, so that the first match is the longest.
        const SYMBOLS: &[(&str, Symbol)] = &[$(($text, Symbol::$variant),)*];
    };
}

symbols! {
    PowerAssign "**=", FloorDivideAssign "//=", LeftShiftAssign "<<=", RightShiftAssign ">>=",
    Ellipsis "...",
    Power "**", FloorDivide "//", LeftShift "<<", RightShift ">>",
    LessEqual "<=", GreaterEqual ">=", EqualEqual "==", NotEqual "!=", Walrus ":=",
    AddAssign "+=", SubtractAssign "-=", MultiplyAssign "*=", DivideAssign "/=",
    RemainderAssign "%=", MatMulAssign "@=", AndAssign "&=", OrAssign "|=", XorAssign "^=",
    Plus "+", Minus "-", Star "*", Slash "/", Percent "%", At "@", And "&", Or "|", Xor "^",
    Tilde "~", Less "<", Greater ">", Assign "=", Comma ",", Colon ":", Dot ".",
    OpenParen "(", CloseParen ")", OpenBracket "[", CloseBracket "]",
}

/// Python's words that no name may be, but for `True`, `False` and `None`, which are values.
const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// What people write for an operator that Python spells differently.
const FOREIGN: &[(&str, &str)] = &[
    ("&&", "write `&`, with parentheses around both sides"),
    ("||", "write `|`, with parentheses around both sides"),
    ("!", "write `~x`, or `logical_not(x)`"),
    ("\u{2212}", "write the minus sign as `-`"),
    ("\u{2013}", "write the minus sign as `-`"),
    ("\u{d7}", "write `*`"),
    ("\u{b7}", "write `*`"),
    ("\u{f7}", "write `/`"),
    ("\u{2264}", "write `<=`"),
    ("\u{2265}", "write `>=`"),
    ("\u{2260}", "write `!=`"),
    ("\u{b2}", "write `**2`"),
    ("\u{b3}", "write `**3`"),
    ("\u{221a}", "write `sqrt(x)`"),
    ("\u{201c}", "write quotes as `'` or `\"`"),
    ("\u{2018}", "write quotes as `'` or `\"`"),
    ("{", "a list of values is written `[a, b]`"),
    ("}", "a list of values is written `[a, b]`"),
    ("\\", "a backslash may only end a line that the next one continues"),
];

/// The tokens of a formula, the last being [`Token::End`].
pub(super) fn tokenize(source: &str) -> Result<Vec<(Token, Span)>, Fault> {
    let mut lexer = Lexer { source, at: 0, open: Vec::new(), tokens: Vec::new() };
    while let Some(first) = lexer.rest().chars().next() {
        lexer.step(first)?;
    }
    lexer.finish()
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    /// Brackets waiting for their partners.
    open: Vec<(Symbol, Span)>,
    tokens: Vec<(Token, Span)>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Reads the token that begins with the character.
    fn step(&mut self, first: char) -> Result<(), Fault> {
        let rest = self.rest();
        let second = rest[first.len_utf8()..].chars().next();
        match first {
            '\n' | ';' => self.separator(first),
            '\\' if self.skip_continuation() => {}
            // A byte order mark opens many a pasted file.
            '\u{feff}' => self.at += first.len_utf8(),
            _ if first.is_whitespace() => self.at += first.len_utf8(),
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => return self.string(first),
            '0'..='9' => return self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => return self.number(),
            _ if is_name_start(first) => self.name(),
            _ => return self.symbol(first),
        }
        Ok(())
    }

    fn push(&mut self, token: Token, length: usize) -> Span {
        let span = Span::new(self.at, self.at + length);
        self.tokens.push((token, span));
        self.at = span.end;
        span
    }

    /// Ends the statement, unless a bracket is open and the newline thus only white space.
    fn separator(&mut self, separator: char) {
        if separator == '\n' && !self.open.is_empty() {
            self.at += 1;
        } else {
            self.push(Token::Newline, 1);
        }
    }

    fn skip_continuation(&mut self) -> bool {
        let rest = self.rest();
        let newline = ["\\\n", "\\\r\n"].into_iter().find(|newline| rest.starts_with(newline));
        self.at += newline.map_or(0, str::len);
        newline.is_some()
    }

    fn string(&mut self, quote: char) -> Result<(), Fault> {
        let inside = &self.rest()[1..];
        let stop = inside.find([quote, '\n', '\\']).unwrap_or(inside.len());
        let here = Span::new(self.at, self.at + 1 + stop);
        match inside[stop..].chars().next() {
            Some(end) if end == quote => {
                let contents = Span::new(here.start + 1, here.end);
                self.push(Token::Str(contents), stop + 2);
                Ok(())
            }
            Some('\\') => Err(Fault::new(here, "strings here have no `\\` escapes")
                .help("strings name dtypes and options, such as 'float32' or 'ij'")),
            _ => Err(Fault::new(here, "this string is never closed")),
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let (value, length) = number::parse(self.rest()).map_err(|fault| fault.shifted(self.at))?;
        self.push(value, length);
        Ok(())
    }

    fn name(&mut self) {
        let rest = self.rest();
        let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
        let keyword = KEYWORDS.contains(&&rest[..length]);
        self.push(if keyword { Token::Keyword } else { Token::Name }, length);
    }

    fn symbol(&mut self, first: char) -> Result<(), Fault> {
        let rest = self.rest();
        let foreign = FOREIGN.iter().find(|(text, _)| rest.starts_with(text));
        let known = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text));
        match (foreign, known) {
            // `!=` is known although `!` is foreign; `&&` is foreign although `&` is known.
            (None, Some((text, symbol))) | (Some(("!", _)), Some((text, symbol))) => {
                let span = self.push(Token::Symbol(*symbol), text.len());
                self.match_bracket(*symbol, span)
            }
            (Some((text, help)), _) => {
                let span = Span::new(self.at, self.at + text.len());
                Err(Fault::new(span, format!("`{text}` has no meaning in a formula")).help(*help))
            }
            (None, None) => {
                let span = Span::new(self.at, self.at + first.len_utf8());
                let shown = first.escape_debug();
                Err(Fault::new(span, format!("`{shown}` has no meaning in a formula")))
            }
        }
    }

    fn match_bracket(&mut self, symbol: Symbol, span: Span) -> Result<(), Fault> {
        let partner = match symbol {
            Symbol::OpenParen | Symbol::OpenBracket => {
                self.open.push((symbol, span));
                return Ok(());
            }
            Symbol::CloseParen => Symbol::OpenParen,
            Symbol::CloseBracket => Symbol::OpenBracket,
            _ => return Ok(()),
        };
        let closing = span.of(self.source);
        match self.open.pop() {
            Some((open, _)) if open == partner => Ok(()),
            Some((_, open)) => {
                let message = format!(
                    "`{closing}` does not match `{}` at column {}",
                    open.of(self.source),
                    column(self.source, open.start),
                );
                Err(Fault::new(span, message))
            }
            None => {
                let partner = if closing == ")" { "(" } else { "[" };
                Err(Fault::new(span, format!("`{closing}` has no `{partner}` before it")))
            }
        }
    }

    fn finish(mut self) -> Result<Vec<(Token, Span)>, Fault> {
        if let Some((_, span)) = self.open.pop() {
            let bracket = span.of(self.source);
            return Err(Fault::new(span, format!("`{bracket}` is never closed")));
        }
        self.push(Token::End, 0);
        Ok(self.tokens)
    }
}

/// The column of a byte, counted in characters from 1.
fn column(source: &str, at: usize) -> usize {
    let line = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    1 + source[line..at].chars().count()
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Digits other than ASCII's are left out: among them are those of `x²`.
pub(super) fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit()
}
