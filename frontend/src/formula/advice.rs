//! What to write instead of what a formula cannot say.

use super::ast::{BinaryOp, Span};
use super::error::Fault;
use super::token::{Symbol, Token};

/// Python's keywords that people use in expressions, and what stands for them here.
const KEYWORDS: &[(&str, &str)] = &[
    ("and", "write `(a) & (b)` with parentheses around both sides, or `logical_and(a, b)`"),
    ("or", "write `(a) | (b)` with parentheses around both sides, or `logical_or(a, b)`"),
    ("not", "write `~(a)` for bools, or `logical_not(a)`"),
    ("if", "write `where(condition, a, b)` for `a if condition else b`"),
    ("else", "write `where(condition, a, b)` for `a if condition else b`"),
    ("elif", "write `select([first, second], [a, b], otherwise)`"),
    ("for", "operations on whole arrays replace loops; `arange(n)` counts"),
    ("while", "operations on whole arrays replace loops"),
    ("in", "write `(x == a) | (x == b)`"),
    ("is", "write `==`, or `isnan(x)` to find missing values"),
    ("lambda", "write the expression itself where its value is needed"),
    ("import", "leave this line out: NumPy's names are known, with `np.` or without"),
    ("from", "leave this line out: NumPy's names are known, with `np.` or without"),
    ("def", "write the expressions themselves; `name = expression` names a value"),
    ("return", "leave the word out: the last expression is the result"),
];

/// Symbols that Python knows and the grammar here does not, or not in this place.
const SYMBOLS: &[(Symbol, &str, &str)] = &[
    (
        Symbol::Walrus,
        "`:=` cannot stand in an expression",
        "write `name = value` as a statement of its own, before this one",
    ),
    (
        Symbol::Assign,
        "`=` cannot stand in an expression",
        "to compare, write `==`; to name a value, write `name = value` as a statement of its own",
    ),
    (Symbol::Star, "`*` has nothing before it to multiply", "values cannot be unpacked with `*`"),
    (
        Symbol::Colon,
        "`:` has a meaning only between the brackets of an index",
        "a slice is written `x[start:stop:step]`",
    ),
];

/// Functions that other libraries have, or NumPy under another name, and what they compute.
const FUNCTIONS: &[(&str, &str)] = &[
    ("cot", "1 / tan(x)"),
    ("coth", "1 / tanh(x)"),
    ("csc", "1 / sin(x)"),
    ("csch", "1 / sinh(x)"),
    ("expit", "1 / (1 + exp(-x))"),
    ("isneginf", "x == -inf"),
    ("isposinf", "x == inf"),
    ("lerp", "a + (b - a) * t"),
    ("ln", "log(x)"),
    ("logit", "log(x / (1 - x))"),
    ("norm", "sqrt((x**2).sum())"),
    ("relu", "maximum(x, 0)"),
    ("rsqrt", "1 / sqrt(x)"),
    ("sec", "1 / cos(x)"),
    ("sech", "1 / cosh(x)"),
    ("sgn", "sign(x)"),
    ("sigmoid", "1 / (1 + exp(-x))"),
    ("silu", "x / (1 + exp(-x))"),
    ("softmax", "exp(x - x.max()) / exp(x - x.max()).sum()"),
    ("softplus", "logaddexp(x, 0)"),
];

/// What computes what a function of another library does.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What was probably meant by an operator on bits that met floats.
pub(super) fn on_bits(op: BinaryOp) -> Option<&'static str> {
    match op {
        BinaryOp::And => Some(
            "`&` binds tighter than comparisons: put these in parentheses, as in `(a < b) & (c < d)`",
        ),
        BinaryOp::Or => Some(
            "`|` binds tighter than comparisons: put these in parentheses, as in `(a < b) | (c < d)`",
        ),
        BinaryOp::Xor => Some("`^` is exclusive or: a power is written `**`"),
        _ => None,
    }
}

/// The fault that the token `at` is not what was `wanted`.
pub(super) fn unexpected(source: &str, tokens: &[(Token, Span)], at: usize, wanted: &str) -> Fault {
    let (token, span) = tokens[at];
    let text = span.of(source);
    if token == Token::Keyword {
        let advice = KEYWORDS.iter().find(|(word, _)| *word == text).map(|(_, help)| *help);
        return Fault::new(span, format!("`{text}` has no meaning in a formula"))
            .maybe_help(advice);
    }
    let known = SYMBOLS.iter().find(|(symbol, ..)| Token::Symbol(*symbol) == token);
    if let Some((_, message, help)) = known {
        return Fault::new(span, *message).help(*help);
    }
    let found = match token {
        Token::End => "the end of the formula".to_string(),
        Token::Newline if text == ";" => "`;`".to_string(),
        Token::Newline => "the end of the line".to_string(),
        Token::Str(_) => format!("the string {text}"),
        _ => format!("`{text}`"),
    };
    let fault = Fault::new(span, format!("expected {wanted}, found {found}"));
    let begins_value = matches!(token, Token::Number(_) | Token::Str(_) | Token::Name);
    if begins_value && at > 0 && ends_value(tokens[at - 1].0) {
        return fault.help("an operator or a comma is missing before it");
    }
    let doubled = at > 0 && tokens[at - 1].0 == token && matches!(text, "&" | "|");
    fault.maybe_help(doubled.then(|| format!("write a single `{text}`")))
}

fn ends_value(token: Token) -> bool {
    match token {
        Token::Number(_) | Token::Str(_) | Token::Name => true,
        Token::Symbol(symbol) => matches!(symbol, Symbol::CloseParen | Symbol::CloseBracket),
        Token::Keyword | Token::Newline | Token::End => false,
    }
}
