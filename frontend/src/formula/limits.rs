//! What a formula may cost before it is refused.

/// Bounds on a formula, so that text from strangers can be evaluated.
///
/// The defaults admit what people write and refuse what only a program would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text. Default: 64 KiB.
    pub max_length: usize,
    /// Levels of nesting: parentheses, brackets, calls, signs, and towers of `**`.
    /// Default: 200, as many parentheses as Python itself nests. The parser recurses once a
    /// level, so more than [`Limits::DEEPEST`] is taken as that.
    pub max_depth: usize,
    /// Names, literals, operators and calls. Default: 65,536.
    pub max_nodes: usize,
    /// Elements of an array that the formula makes. An array as large as one that was bound
    /// to a name is always admitted. Default: 2^30.
    pub max_elements: usize,
    /// Operations on arrays, and casts and broadcasts that they need: the nodes of the graph.
    /// `stack(x)` makes two for each row of `x`. Default: 131,072, which take some hundred MB and
    /// about a second to plan.
    pub max_operations: usize,
}

impl Limits {
    /// The deepest nesting that fits any thread's stack: a level takes some 2 KiB of it where
    /// the compiler does not optimize, so all of them about half a MiB.
    pub const DEEPEST: usize = 256;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_length: 1 << 16,
            max_depth: 200,
            max_nodes: 1 << 16,
            max_elements: 1 << 30,
            max_operations: 1 << 17,
        }
    }
}
