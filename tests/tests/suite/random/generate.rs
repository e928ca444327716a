//! Random programs as data that shrinks.
//!
//! Everything about a program is decided by small numbers. What a number means depends on
//! what is there when its step runs (see [`Choices`]), so that no program is invalid and
//! removing a step or zeroing a number leaves a program that is like it but simpler.

use proptest::prelude::*;

/// How large the arrays of a program are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Extents that axes have.
    pub extents: &'static [usize],
    /// Elements of an input, and of any result, at most.
    pub max_input: usize,
    pub max_result: usize,
    /// Steps, the last number excluded.
    pub steps: (usize, usize),
}

/// Around vector widths and the block lengths of reductions; empty; primes.
const EXTENTS: &[usize] =
    &[3, 1, 2, 4, 5, 7, 8, 0, 13, 15, 16, 17, 31, 33, 63, 64, 65, 255, 256, 257, 512, 513, 4097];

/// Arrays that the interpreter goes through quickly.
pub const SMALL: Size =
    Size { extents: EXTENTS, max_input: 4200, max_result: 6000, steps: (1, 16) };

/// Arrays for which threads are woken.
pub const LARGE: Size = Size {
    extents: &[64, 4096, 30_000, 257, 9000, 3, 17, 256, 1000, 4097],
    max_input: 40_000,
    max_result: 60_000,
    steps: (2, 9),
};

/// Many operations, enough for every limit of a kernel, on few elements.
pub const LONG: Size =
    Size { extents: &[3, 2, 17, 4, 33], max_input: 70, max_result: 200, steps: (20, 90) };

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An operation of the elementwise table.
    Elementwise,
    /// An operation of two operands with a Rust scalar as one of them.
    WithScalar,
    /// A conversion.
    Cast,
    /// A reduction, of the table or composite.
    Reduce,
    /// A value against a reduction of it, as in every normalization.
    Against,
    /// A rearrangement.
    View,
    /// A concatenation or stack.
    Join,
    /// An assignment to elements.
    Set,
    /// A new array.
    Create,
    /// A library call of several results.
    Call,
}

/// Numbers that decide something.
pub type Numbers = [u8; 12];

/// A program: inputs, steps that refer to earlier values, and which values are wanted.
#[derive(Clone, Debug)]
pub struct Program {
    pub size: Size,
    /// The shape that inputs have, but for axes left out or of one element.
    pub shape: Numbers,
    pub inputs: Vec<Numbers>,
    pub steps: Vec<(Kind, Numbers)>,
    /// Further outputs beside the last value.
    pub outputs: Vec<u8>,
}

/// Programs of the given size.
pub fn program(size: Size) -> impl Strategy<Value = Program> {
    let numbers = || proptest::array::uniform12(any::<u8>());
    let kind = prop_oneof![
        10 => Just(Kind::Elementwise),
        3 => Just(Kind::WithScalar),
        2 => Just(Kind::Cast),
        4 => Just(Kind::Reduce),
        4 => Just(Kind::Against),
        5 => Just(Kind::View),
        1 => Just(Kind::Join),
        2 => Just(Kind::Set),
        1 => Just(Kind::Create),
        1 => Just(Kind::Call),
    ];
    let steps = proptest::collection::vec((kind, numbers()), size.steps.0..size.steps.1);
    let inputs = proptest::collection::vec(numbers(), 1..=3);
    let outputs = proptest::collection::vec(any::<u8>(), 0..4);
    (numbers(), inputs, steps, outputs).prop_map(move |(shape, inputs, steps, outputs)| Program {
        size,
        shape,
        inputs,
        steps,
        outputs,
    })
}

/// Numbers taken one after the other; past the end, zeros. Zero is the plainest choice.
pub struct Choices<'a>(std::slice::Iter<'a, u8>);

impl<'a> Choices<'a> {
    pub fn new(numbers: &'a [u8]) -> Choices<'a> {
        Choices(numbers.iter())
    }

    /// A number below `n`, which must not be zero.
    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % n
    }

    /// One of the items.
    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}
