//! What NumPy has and Jitney does not yet: better named than called unknown.

use super::table::Function;

/// The names of families, of methods and of attributes.
const SURFACE: &str = include_str!("surface.txt");

/// Whether a name is that of a function, module or dtype without a row.
pub(crate) fn comes_later(name: &str) -> bool {
    Function::lookup(name).is_none()
        && families().any(|(family, mut names)| {
            !matches!(family, "methods" | "attributes") && names.any(|known| known == name)
        })
}

/// Whether a name is that of a method without a row, or of an attribute.
pub(crate) fn member_comes_later(name: &str) -> bool {
    Function::method(name).is_none()
        && families().any(|(family, mut names)| {
            matches!(family, "methods" | "attributes") && names.any(|known| known == name)
        })
}

/// The families with their names.
fn families() -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    let lines = SURFACE.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(family, names)| (family, names.split_whitespace()))
}
