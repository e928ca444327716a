//! The lexical part shared by the textual forms: a cursor over tokens with line numbers.

use std::fmt;

/// A syntax error in a dump that was parsed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// 1-based line.
    pub line: usize,
    /// What was expected or is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Reads tokens: words (letters, digits, `_ . % + - ?`), `->` and single punctuation marks.
///
/// Comments run from `;` to the end of the line.
#[derive(Clone)]
pub struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '%' | '+' | '-' | '?')
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of the text.
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor { rest: text, line: 1 }
    }

    /// An error at the present line.
    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError { line: self.line, message: message.into() })
    }

    fn skip_blank(&mut self) {
        loop {
            let trimmed = self.rest.trim_start();
            self.line += self.rest[..self.rest.len() - trimmed.len()].matches('\n').count();
            self.rest = trimmed;
            let Some(comment) = trimmed.strip_prefix(';') else { return };
            self.rest = comment.find('\n').map_or("", |end| &comment[end..]);
        }
    }

    /// The next token without taking it; empty at the end.
    pub fn peek(&mut self) -> &'a str {
        self.skip_blank();
        let rest = self.rest;
        if rest.starts_with("->") {
            return &rest[..2];
        }
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        match rest.chars().next() {
            Some(first) if len == 0 => &rest[..first.len_utf8()],
            _ => &rest[..len],
        }
    }

    /// Takes the next token.
    pub fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.rest = &self.rest[token.len()..];
        token
    }

    /// Takes the next token if it is the given one.
    pub fn accept(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.take();
        }
        found
    }

    /// Takes the given token.
    ///
    /// # Errors
    /// If another one comes.
    pub fn expect(&mut self, token: &str) -> Result<(), ParseError> {
        let found = self.peek();
        if self.accept(token) {
            Ok(())
        } else {
            self.error(format!("expected `{token}`, found `{found}`"))
        }
    }

    /// Takes a number.
    ///
    /// # Errors
    /// If the next token is none.
    pub fn number<T: std::str::FromStr>(&mut self) -> Result<T, ParseError> {
        let token = self.peek();
        match token.parse() {
            Ok(number) => {
                self.take();
                Ok(number)
            }
            Err(_) => self.error(format!("expected a number, found `{token}`")),
        }
    }

    /// Takes a word that starts with `prefix` and ends in a number, such as `v12`.
    ///
    /// # Errors
    /// If the next token is none.
    pub fn numbered<T: std::str::FromStr>(&mut self, prefix: &str) -> Result<T, ParseError> {
        let token = self.peek();
        match token.strip_prefix(prefix).and_then(|digits| digits.parse().ok()) {
            Some(number) => {
                self.take();
                Ok(number)
            }
            None => self.error(format!("expected `{prefix}` and a number, found `{token}`")),
        }
    }

    /// Takes what `item` reads between `open` and `close`, separated by commas.
    ///
    /// # Errors
    /// If a bracket, a comma or an item is missing.
    pub fn list<T>(
        &mut self,
        open: &str,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        self.expect(open)?;
        let mut items = Vec::new();
        while !self.accept(close) {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Whether nothing but blanks and comments is left.
    pub fn at_end(&mut self) -> bool {
        self.peek().is_empty()
    }
}
