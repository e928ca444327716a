//! Python's number literals.

use super::ast::Span;
use super::error::Fault;
use super::python::Number;
use super::token::{Token, is_name_part};

/// The number that `text` begins with, and its length in bytes.
///
/// Like Python's, integers are unbounded.
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
    let digits = without_underscores(digits)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let huge = || Number::Huge(nearest_float(&digits, radix));
    Some(Token::Number(i128::from_str_radix(&digits, radix).map_or_else(|_| huge(), Number::Int)))
}

/// The float nearest to an integer of any number of digits.
fn nearest_float(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::INFINITY);
    }
    // Of a radix that is a power of two, the leading bits are exact; of the rest it matters
    // only whether there is any, for one bit below those that a float keeps.
    let (mut leading, mut exponent) = (0_u128, 0);
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        if leading < 1 << 120 {
            leading = leading * u128::from(radix) + u128::from(digit);
        } else {
            leading |= u128::from(digit != 0);
            exponent += radix.ilog2() as i32;
        }
    }
    leading as f64 * 2_f64.powi(exponent)
}

fn float(literal: &str) -> Option<Token> {
    let parts = literal.split(['.', 'e', 'E', '+', '-']).filter(|part| !part.is_empty());
    let well_formed = parts.into_iter().all(|part| without_underscores(part).is_some());
    let value = || literal.replace('_', "").parse().ok();
    if well_formed { value().map(|value| Token::Number(Number::Float(value))) } else { None }
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
    } else {
        Fault::new(whole, format!("`{}` is no number", whole.of(text)))
    }
}
