#![doc = include_str!("../NUMPY.md")]

/// The text of this page, as the table of functions gives it now.
pub fn page() -> String {
    crate::functions::page()
}
