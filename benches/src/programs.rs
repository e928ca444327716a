//! Long programs: the same step again and again in one expression. What they cost to compile is
//! what a loop that somebody wrote in Rust costs before it runs for the first time.

// A range to -1 ends before the last element, as in NumPy.
#![allow(
    clippy::reversed_empty_ranges,
    reason = "slices end before they begin, counted from the end"
)]

use jitney as jn;
use jn::{Array, DType, s};

/// How often a step is repeated.
const STEPS: usize = 10;

/// A step that is repeated, from an array to one of the same dtype and shape.
pub struct LongProgram {
    /// What it is, with the shape.
    pub name: &'static str,
    /// The array before the first step.
    pub input: fn() -> Array,
    /// A step.
    pub step: fn(Array) -> Array,
}

impl LongProgram {
    /// All steps in one expression.
    pub fn build(&self, input: &Array) -> Array {
        (0..STEPS).fold(input.clone(), |array, _| (self.step)(array))
    }
}

/// The programs.
pub const LONG_PROGRAMS: &[LongProgram] = &[
    LongProgram { name: "gelu, 65536 f32", input: || ramp([64, 1024], DType::F32), step: gelu },
    LongProgram {
        name: "layernorm, rows of 1024 f32",
        input: || ramp([64, 1024], DType::F32),
        step: layernorm,
    },
    LongProgram {
        name: "layernorm, rows of 10 f64",
        input: || ramp([64, 10], DType::F64),
        step: layernorm,
    },
    LongProgram { name: "life within a border, 64 x 64 i64", input: cells, step: life_inside },
    LongProgram { name: "life padded with zeros, 64 x 64 i64", input: cells, step: life_padded },
    LongProgram { name: "life rolled, 64 x 64 i64", input: cells, step: life_rolled },
];

fn ramp(shape: [isize; 2], dtype: DType) -> Array {
    let n = shape.iter().product::<isize>();
    jn::linspace(0.1, 1.0, n.unsigned_abs()).sin().astype(dtype).reshape(shape)
}

/// The usual approximation by a hyperbolic tangent.
fn gelu(x: Array) -> Array {
    let inner = (&x + x.pow(3) * 0.044715) * 0.797_884_6;
    &x * 0.5 * (inner.tanh() + 1.0)
}

/// Rows with a mean of 0 and a variance of 1.
fn layernorm(x: Array) -> Array {
    let over = || jn::axis(-1).keepdims();
    (&x - x.mean(over())) / (x.var(over()) + 1e-5).sqrt()
}

fn cells() -> Array {
    (jn::arange(64 * 64) * 2654435761_i64 / 65536 % 3).equal(0).astype(DType::I64).reshape([64, 64])
}

/// A step of the game of life; cells at the border stay what they are.
fn life_inside(cells: Array) -> Array {
    let next = next_generation(&cells);
    cells.set(s![1..-1, 1..-1], next)
}

/// A step of the game of life with dead cells around.
fn life_padded(cells: Array) -> Array {
    let [rows, columns] = [cells.shape()[0], cells.shape()[1]];
    let padded = jn::zeros([rows + 2, columns + 2]).astype(DType::I64);
    next_generation(&padded.set(s![1..-1, 1..-1], cells))
}

/// What becomes of the cells inside the border.
fn next_generation(cells: &Array) -> Array {
    let neighbours = cells.slice(s![..-2, ..-2])
        + cells.slice(s![..-2, 1..-1])
        + cells.slice(s![..-2, 2..])
        + cells.slice(s![1..-1, ..-2])
        + cells.slice(s![1..-1, 2..])
        + cells.slice(s![2.., ..-2])
        + cells.slice(s![2.., 1..-1])
        + cells.slice(s![2.., 2..]);
    let survive = neighbours.equal(2) & cells.slice(s![1..-1, 1..-1]).equal(1);
    jn::where_(neighbours.equal(3) | survive, 1, 0)
}

/// A step of the game of life on a torus.
fn life_rolled(cells: Array) -> Array {
    let rows = [1, -1].map(|by| rolled_rows(&cells, by));
    let mut neighbours = &rows[0] + &rows[1];
    for array in [&cells, &rows[0], &rows[1]] {
        neighbours = neighbours + rolled_columns(array, 1) + rolled_columns(array, -1);
    }
    let survive = neighbours.equal(2) & cells.equal(1);
    jn::where_(neighbours.equal(3) | survive, 1, 0)
}

/// The rows, the first `by` of them at the end.
fn rolled_rows(x: &Array, by: isize) -> Array {
    jn::concatenate(&[&x.slice(s![by..]), &x.slice(s![..by])], 0)
}

/// The columns, the first `by` of them at the end.
fn rolled_columns(x: &Array, by: isize) -> Array {
    jn::concatenate(&[&x.slice(s![.., by..]), &x.slice(s![.., ..by])], 1)
}
