//! Text from elsewhere, such as the names in an archive, as a terminal may show it.

use std::fmt::{self, Display, Write};

/// The text, with escapes for characters that control a terminal or the direction of writing,
/// or that nobody sees: a name must not look like another, clear the screen or begin a line.
///
/// ```
/// use jitney_runtime::files::escaped;
/// assert_eq!(escaped("a\x1b[2Jé\n").to_string(), "a\\u{1b}[2Jé\\n");
/// ```
pub fn escaped(text: &str) -> impl Display {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|c| match is_unseen(c) {
            true => write!(f, "{}", c.escape_default()),
            false => f.write_char(c),
        })
    })
}

/// Whether a character controls a terminal or the direction of writing, or is not seen at all.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Direction of writing, joiners, separators of lines, and what is not shown at all.
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
