//! Calls of the wide functions of a program, for one row after another.
//!
//! What is the same for many rows is computed and stored for all of them: short rows would spend
//! their time on it otherwise. The functions read their arguments and leave them as they are. A
//! program in pieces has a function for each, and takes a row chunk by chunk: see
//! [`crate::pieces`].

use crate::emitter::{Emitter, Machine};
use crate::pieces::{Input, Output, Piece, Pieces};
use crate::ports::Port;
use crate::range::Body;
use crate::temporaries::Temporaries;
use crate::wide::{self, Argument, Source, WideFunction};
use cranelift_codegen::ir::{StackSlot, Value};
use jitney_ir::lanes::ValueId;

/// The wide functions of a program.
pub(crate) struct WideRows<'p> {
    pieces: &'p Pieces<'p>,
    functions: Vec<Called>,
    temporaries: Temporaries,
    /// If it is there and not 0, results go past the caches.
    streams: Option<Value>,
}

/// A function and the memory of its arguments.
struct Called {
    function: WideFunction,
    memory: StackSlot,
}

impl<'p> WideRows<'p> {
    /// Functions for ports like these, if there are: they walk along contiguous memory, numbers
    /// or nothing, and the program has instructions there. They take at most so many elements
    /// at a time if the program is in pieces.
    pub(crate) fn new(
        e: &mut Emitter<'_>,
        pieces: &'p Pieces<'p>,
        sources: &[Port],
        sinks: &[Port],
        streams: Option<Value>,
        most: usize,
    ) -> Option<WideRows<'p>> {
        if !sinks.iter().all(|port| matches!(port, Port::Contiguous(_))) {
            return None;
        }
        let compile = |piece| wide_function(e.machine, piece, sources, streams.is_some());
        let functions: Option<Vec<WideFunction>> = pieces.list.iter().map(compile).collect();
        let call =
            |function: WideFunction| Called { memory: e.argument_memory(&function), function };
        let functions: Vec<Called> = functions?.into_iter().map(call).collect();
        let temporaries = Temporaries::new(e, pieces, most);
        e.note_pieces(pieces.list.len());
        Some(WideRows { pieces, functions, temporaries, streams })
    }

    /// The elements of a chunk that has at most so many.
    pub(crate) fn chunk(&self, most: usize) -> usize {
        if self.pieces.is_whole() { most } else { self.temporaries.chunk() }
    }

    /// Stores what does not change along a row, given the program's parameters.
    pub(crate) fn store_uniform(&self, e: &mut Emitter<'_>, sources: Vec<Port>) {
        let whole = Body::prepare(e, self.pieces.program, sources);
        for (piece, called) in self.pieces.list.iter().zip(&self.functions) {
            for (index, argument) in called.function.arguments.iter().enumerate() {
                let Argument::Uniform(value) = *argument else { continue };
                let value = whole.uniform_argument(e, self.uniform_value(piece, value));
                e.store_argument(called.memory, index, value);
            }
        }
    }

    /// The program's uniform value that one of a piece is.
    fn uniform_value(&self, piece: &Piece<'_>, value: ValueId) -> ValueId {
        if self.pieces.is_whole() {
            return value;
        }
        // Beside constants, all that is uniform in a piece are parameters.
        match piece.inputs[piece.program.inst(value).imm as usize] {
            Input::Uniform(value) => value,
            Input::Param(_) | Input::Temporary(_) => unreachable!("not uniform"),
        }
    }

    /// Stores the rest and runs the program along a row. Takes itself: each function belongs to
    /// one place in the code.
    pub(crate) fn run(self, e: &mut Emitter<'_>, sources: &[Port], sinks: &[Port], n: Value) {
        if self.pieces.is_whole() {
            return self.run_chunk(e, sources, sinks, n);
        }
        let sizes = (self.pieces.source_sizes(), self.pieces.sink_sizes());
        let chunk = self.temporaries.chunk();
        e.count_chunks(n, chunk, |e, start, len| {
            let sources = Port::all_from(e, sources, &sizes.0, start);
            let sinks = Port::all_from(e, sinks, &sizes.1, start);
            self.run_chunk(e, &sources, &sinks, len);
        });
    }

    /// The same for no more elements than there is room for.
    pub(crate) fn run_chunk(self, e: &mut Emitter<'_>, sources: &[Port], sinks: &[Port], n: Value) {
        for (piece, called) in self.pieces.list.iter().zip(self.functions) {
            // Any value does for what is uniform: that has been stored.
            let sources = self.temporaries.inputs(e, piece, sources, |_| n);
            let sinks = self.temporaries.outputs(e, piece, sinks);
            for (index, argument) in called.function.arguments.iter().enumerate() {
                if let Some(value) = moving_argument(*argument, &sources, &sinks, self.streams) {
                    e.store_argument(called.memory, index, value);
                }
            }
            e.call_wide_with(called.function, called.memory, n);
        }
    }
}

/// An argument of a wide function that is no value of its program.
pub(crate) fn moving_argument(
    argument: Argument,
    sources: &[Port],
    sinks: &[Port],
    streams: Option<Value>,
) -> Option<Value> {
    match argument {
        Argument::Source(number) => sources[number].first(),
        Argument::Stride(number) => sources[number].step(),
        Argument::Sink(number) => sinks[number].first(),
        Argument::Streams => streams,
        Argument::Uniform(_) | Argument::Ahead(_) => None,
    }
}

/// The wide function of a piece.
fn wide_function(
    machine: Machine,
    piece: &Piece<'_>,
    sources: &[Port],
    may_stream: bool,
) -> Option<WideFunction> {
    let of_param = |number: usize| match &sources[number] {
        Port::Fixed(_) => Some(Source::Uniform),
        Port::Contiguous(_) => Some(Source::Elements),
        Port::Shifted { of, by, .. } => {
            let of = piece.inputs.iter().position(|input| *input == Input::Param(*of));
            Some(of.map_or(Source::Elements, |of| Source::Shifted { of, by: *by }))
        }
        Port::Iota { .. } => Some(Source::Numbers),
        Port::Strided { .. } => None,
    };
    let source = |input: &Input| match *input {
        Input::Param(number) => of_param(number),
        Input::Uniform(_) => Some(Source::Uniform),
        Input::Temporary(_) => Some(Source::Elements),
    };
    let sources: Vec<Source> = piece.inputs.iter().map(source).collect::<Option<_>>()?;
    // Temporaries are read again at once.
    let has_results = piece.outputs.iter().all(|output| matches!(output, Output::Result(_)));
    wide::compile(machine.wide?, &piece.program, &sources, may_stream && has_results)
}
