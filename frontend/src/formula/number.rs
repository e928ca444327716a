//! Python's number literals.

use super::ast::Span;
use super::error::Fault;
use super::token::{Token, is_name_part};

/// The number that `text` begins with, and its length in bytes.
///
/// Python's integers are unbounded; the ones here end at 2^127, far beyond what an array holds.
pub(super) fn parse(text: &str) -> Result<(Token, usize), Fault> {
    let length = extent(text);
    let literal = &text[..length];
    let token = match literal.as_bytes() {
        [b'0', b'x' | b'X', ..] => integer(&literal[2..], 16),
        [b'0', b'o' | b'O', ..] => integer(&literal[2..], 8),
        [b'0', b'b' | b'B', ..] => integer(&literal[2..], 2),
        _ if literal.contains(['.', 'e', 'E']) => float(literal),
        _ => integer(literal, 10).filter(|_| !has_leading_zero(literal)),
    };
    let junk = text[length..].find(|c| !is_name_part(c)).unwrap_or(text.len() - length);
    match token {
        Some(token) if junk == 0 => Ok((token, length)),
        _ => Err(diagnose(text, length, junk)),
    }
}

/// The bytes that can belong to the number.
fn extent(text: &str) -> usize {
    let bytes = text.as_bytes();
    if let [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] = bytes {
        let digits = |b: &u8| b.is_ascii_hexdigit() || *b == b'_';
        return 2 + bytes[2..].iter().take_while(|b| digits(b)).count();
    }
    let digits = |from: usize| {
        from + bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
        }
    }
    end
}

fn integer(digits: &str, radix: u32) -> Option<Token> {
    // Python admits `0x_ff`, but not `_` at the end or twice in a row.
    let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    i128::from_str_radix(&without_underscores(digits)?, radix).ok().map(Token::Int)
}

fn float(literal: &str) -> Option<Token> {
    let parts = literal.split(['.', 'e', 'E', '+', '-']).filter(|part| !part.is_empty());
    let well_formed = parts.into_iter().all(|part| without_underscores(part).is_some());
    let value = || literal.replace('_', "").parse().ok();
    if well_formed { value().map(Token::Float) } else { None }
}

/// The digits alone, if every `_` stands between two of them.
fn without_underscores(digits: &str) -> Option<String> {
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    (!misplaced && !digits.is_empty()).then(|| digits.replace('_', ""))
}

fn has_leading_zero(literal: &str) -> bool {
    literal.starts_with('0') && literal.bytes().any(|b| b.is_ascii_digit() && b != b'0')
}

/// Why the `length` bytes, followed by `junk` bytes of a name, are no number.
fn diagnose(text: &str, length: usize, junk: usize) -> Fault {
    let (number, tail) = (&text[..length], &text[length..length + junk]);
    let whole = Span::new(0, length + junk);
    let decimal = number.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if matches!(tail, "j" | "J") {
        Fault::new(whole, "complex numbers come with a later version")
    } else if junk > 0 && number.ends_with('.') {
        Fault::new(whole, format!("`{}` is no number", whole.of(text)))
            .help(format!("write the number as `{number}0`, or call a function by its name alone"))
    } else if junk > 0 && !number.starts_with("0x") {
        Fault::new(whole, format!("`{}` is no number", whole.of(text)))
            .help(format!("to multiply, write `{number}*{tail}`"))
    } else if junk == 0 && decimal && has_leading_zero(number) {
        Fault::new(whole, "integers cannot begin with 0").help(format!(
            "write `{}`, or `0o` before an octal number",
            number.trim_start_matches('0')
        ))
    } else if junk == 0 && decimal && without_underscores(number).is_some() {
        Fault::new(whole, "this integer is too large").help("write it as a float, such as `1e40`")
    } else {
        Fault::new(whole, format!("`{}` is no number", whole.of(text)))
    }
}
