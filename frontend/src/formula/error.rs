//! What is wrong with a formula, shown where it is wrong.

use super::ast::Span;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use jitney_runtime::files::{escaped, is_unseen};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A formula that could not be parsed or evaluated.
///
/// `Display` shows the line, a caret under the span and the advice, without colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    source: Arc<str>,
    fault: Fault,
}

/// A fault before the text that it lies in is attached.
///
/// It is boxed because every level of the parser's recursion has room for some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    span: Span,
    message: String,
    help: Option<String>,
}

impl Fault {
    pub fn new(span: Span, message: impl Into<String>) -> Fault {
        Fault(Box::new(Details { span, message: message.into(), help: None }))
    }

    pub fn help(mut self, help: impl Into<String>) -> Fault {
        self.0.help = Some(help.into());
        self
    }

    /// Adds advice if there is any.
    pub fn maybe_help(mut self, help: Option<impl Into<String>>) -> Fault {
        self.0.help = help.map(Into::into);
        self
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The fault of a part of a text, as one of the whole text, in which the part stands at
    /// `start`.
    pub fn shifted(mut self, start: usize) -> Fault {
        let span = &mut self.0.span;
        *span = Span::new(start + span.start, start + span.end);
        self
    }

    pub fn within(self, source: &Arc<str>) -> FormulaError {
        FormulaError { source: Arc::clone(source), fault: self }
    }
}

impl FormulaError {
    /// The bytes of the formula that are at fault.
    pub fn span(&self) -> Range<usize> {
        self.fault.0.span.start..self.fault.0.span.end
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        self.fault.message()
    }

    /// What to write instead, if that is known.
    pub fn help(&self) -> Option<&str> {
        self.fault.0.help.as_deref()
    }

    /// The message, the line with the span marked, and the advice, for a terminal of any
    /// width; with ANSI colours if `coloured`.
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let excerpt = self.excerpt();
        let snippet = Snippet::source(visible(excerpt.text))
            .line_start(excerpt.line)
            .annotation(AnnotationKind::Primary.span(excerpt.span));
        let title = escaped(self.message()).to_string();
        let mut group = Group::with_title(Level::ERROR.primary_title(title)).element(snippet);
        if let Some(help) = self.help() {
            group = group.element(Level::HELP.message(escaped(help).to_string()));
        }
        renderer.render(&[group])
    }

    /// The lines that the span touches, or the part of them that is near its start: the
    /// renderer shows no more of a long line, but would walk all of it.
    fn excerpt(&self) -> Excerpt<'_> {
        let source = &*self.source;
        let Span { start, end } = self.fault.0.span;
        let first = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = source[end..].find('\n').map_or(source.len(), |length| end + length);
        let from = source.ceil_char_boundary(first.max(start.saturating_sub(NEAR)));
        let to = source.floor_char_boundary(last.min(start + NEAR));
        Excerpt {
            text: &source[from..to],
            line: 1 + source[..first].matches('\n').count(),
            span: start - from..end.min(to) - from,
        }
    }
}

/// Bytes before and after the start of a span that an error shows at most. More than any
/// terminal's width, so that the renderer cuts the line and marks where it did.
const NEAR: usize = 2_000;

/// The text, as many bytes, with question marks for what is not seen. The renderer knows pictures
/// for ASCII's control characters, but leaves other ones as they are.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unseen(c) && !c.is_ascii() {
            true => shown.extend(std::iter::repeat_n('?', c.len_utf8())),
            false => shown.push(c),
        }
    }
    shown
}

struct Excerpt<'a> {
    text: &'a str,
    line: usize,
    span: Range<usize>,
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for FormulaError {}
