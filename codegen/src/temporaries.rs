//! Memory for what passes between the pieces of a program, a chunk of elements at a time.

use crate::emitter::Emitter;
use crate::pieces::{Input, Output, Piece, Pieces};
use crate::ports::Port;
use crate::stage::stack_memory;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{InstBuilder, StackSlot, Value};
use jitney_ir::lanes::{LaneType, ValueId};

/// Bytes of all temporaries together. They share the nearest cache, of 32 KB on most machines,
/// with a chunk of every operand and result.
const BYTES: usize = 1 << 14;

/// The least and the most elements of a chunk, powers of two.
const CHUNKS: std::ops::RangeInclusive<usize> = 64..=1024;

/// The temporaries of a program in pieces.
pub(crate) struct Temporaries {
    chunk: usize,
    /// The memory of each.
    slots: Vec<StackSlot>,
}

impl Temporaries {
    /// Memory for chunks of at most so many elements, a power of two. Nothing for a program in
    /// one piece.
    pub(crate) fn new(e: &mut Emitter<'_>, pieces: &Pieces<'_>, most: usize) -> Temporaries {
        let sizes: Vec<usize> = pieces.temporaries.iter().copied().map(LaneType::size).collect();
        let sides = pieces.program.params.iter().copied().map(LaneType::size);
        // What is read and written lies in the cache as well.
        let bytes = sizes.iter().sum::<usize>() + sides.sum::<usize>();
        let fits = 1 << (BYTES / bytes.max(1)).max(1).ilog2();
        let chunk = fits.clamp(*CHUNKS.start(), *CHUNKS.end()).min(most);
        let slots = sizes.iter().map(|size| stack_memory(e, size * chunk)).collect();
        Temporaries { chunk, slots }
    }

    /// The elements of a chunk.
    pub(crate) fn chunk(&self) -> usize {
        self.chunk
    }

    /// The ports of a piece's parameters, given those of the program and what says which
    /// scalar a uniform value is.
    pub(crate) fn inputs(
        &self,
        e: &mut Emitter<'_>,
        piece: &Piece<'_>,
        sources: &[Port],
        uniform: impl Fn(ValueId) -> Value,
    ) -> Vec<Port> {
        let port = |input: &Input| match *input {
            Input::Param(number) => sources[number].clone(),
            Input::Uniform(value) => Port::Fixed(uniform(value)),
            Input::Temporary(number) => Port::Contiguous(self.address(e, number)),
        };
        piece.inputs.iter().map(port).collect()
    }

    /// The ports of a piece's results.
    pub(crate) fn outputs(
        &self,
        e: &mut Emitter<'_>,
        piece: &Piece<'_>,
        sinks: &[Port],
    ) -> Vec<Port> {
        let port = |output: &Output| match *output {
            Output::Result(number) => sinks[number].clone(),
            Output::Temporary(number) => Port::Contiguous(self.address(e, number)),
        };
        piece.outputs.iter().map(port).collect()
    }

    /// The address of a temporary's first element.
    fn address(&self, e: &mut Emitter<'_>, number: usize) -> Value {
        e.ins().stack_addr(I64, self.slots[number], 0)
    }
}
