//! Runs a lane program along the vector axis: a loop over vectors, then one over the rest.
//!
//! Of 11 elements and 4 lanes, with what does not change along the axis computed in front:
//!
//! ```text
//! uniform    once, as scalars
//! spread     over 4 lanes
//! vectors    0 1 2 3 | 4 5 6 7
//! spread     over 1 lane
//! scalars    8 | 9 | 10
//! ```
//!
//! The rest is not computed under masks or in one vector more: memory ends with the last element,
//! and Cranelift has no masked loads. Where [`crate::wide`] has a function for the program, a
//! call of it takes the place of both loops.

use crate::emitter::{Emitter, Machine, Values};
use crate::lanes::pack::Pack;
use crate::lanes::{Packs, Staged};
use crate::ports::Port;
use crate::stage::{self, Side};
use crate::wide::{self, Argument, Source, WideFunction};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, StackSlot, Value};
use jitney_ir::lanes::{LaneType, Program, ValueId};

/// Most vectors one value may take.
const MAX_PARTS: usize = 4;

/// Programs of at most this many instructions get twice the lanes: two independent chains
/// of instructions hide each other's latency, and the cost of the loop halves. For the
/// forty instructions of `exp` that gains 5 % and takes 40 % longer to compile.
const SMALL_PROGRAM: usize = 12;

/// How many lanes a program is emitted for.
///
/// The narrowest values fill a vector unless that would spread the widest ones over more
/// than [`MAX_PARTS`]:
///
/// ```text
/// f64 -> f64     2 lanes, a vector; 4 if the program is small
/// f32 -> f32     4 lanes, a vector; 8 if the program is small
/// f64 -> bool    8 lanes: half a vector of bools, four vectors of f64
/// ```
pub(crate) fn lanes_of(program: &Program) -> usize {
    // A bool counts where it is a byte in memory; a mask takes the width of what it masks.
    let results = program.results.iter().map(|result| program.ty(*result));
    let inner = program.insts.iter().map(|inst| inst.ty).filter(|ty| *ty != LaneType::Bool);
    let types = program.params.iter().copied().chain(results).chain(inner);
    let sizes = || types.clone().map(LaneType::size);
    let (smallest, largest) = (sizes().min().unwrap_or(8), sizes().max().unwrap_or(8));
    let lanes = (16 / smallest).min(MAX_PARTS * 16 / largest);
    let has_room = lanes * largest <= MAX_PARTS / 2 * 16;
    if has_room && program.cost() <= SMALL_PROGRAM { 2 * lanes } else { lanes }
}

/// A program with its ports, and what of it is computed before the loop.
pub(crate) struct Body<'p> {
    staged: Staged<'p>,
    sources: Vec<Port>,
    /// The uniform values, of one lane.
    uniform: Packs,
}

impl<'p> Body<'p> {
    /// Emits what does not change along the vector axis.
    pub(crate) fn prepare(
        e: &mut Emitter<'_>,
        program: &'p Program,
        sources: Vec<Port>,
    ) -> Body<'p> {
        let is_uniform: Vec<bool> = sources.iter().map(Port::is_uniform).collect();
        let staged = Staged::new(program, &is_uniform);
        let params: Vec<Option<Pack>> = sources
            .iter()
            .zip(&program.params)
            .map(|(source, ty)| match source {
                Port::Fixed(value) => Some(Pack::scalar(*ty, *value)),
                _ => None,
            })
            .collect();
        let uniform = staged.emit_uniform(e, &params);
        Body { staged, sources, uniform }
    }

    /// The uniform values for so many lanes; to be emitted before the loop.
    pub(crate) fn spread(&self, e: &mut Emitter<'_>, lanes: usize) -> Packs {
        self.staged.spread(e, &self.uniform, lanes)
    }

    /// Emits the program for the lanes from `index` on.
    pub(crate) fn emit(
        &self,
        e: &mut Emitter<'_>,
        spread: &Packs,
        index: Value,
        lanes: usize,
    ) -> Vec<Pack> {
        let params: Vec<Option<Pack>> = self
            .sources
            .iter()
            .zip(&self.staged.program.params)
            .map(|(source, ty)| (!source.is_uniform()).then(|| e.read(source, *ty, index, lanes)))
            .collect();
        self.staged.emit_varying(e, spread, &params, lanes)
    }

    /// Emits the program for the lanes from `index` on and writes its results: after all is
    /// read, since a result may take the place of an operand.
    pub(crate) fn emit_to(
        &self,
        e: &mut Emitter<'_>,
        spread: &Packs,
        sinks: &[Port],
        index: Value,
        lanes: usize,
    ) {
        let results = self.emit(e, spread, index, lanes);
        for (sink, result) in sinks.iter().zip(&results) {
            e.write(sink, index, result);
        }
    }

    /// Runs the program for the indices from `start` below `end`.
    pub(crate) fn run(
        &self,
        e: &mut Emitter<'_>,
        sinks: &[Port],
        start: Value,
        end: Value,
        lanes: usize,
    ) {
        // What precedes the loop is not for nothing when there is nothing to loop over.
        let runs = e.ins().icmp(IntCC::SignedLessThan, start, end);
        e.when(runs, |e| {
            let spread = self.spread(e, lanes);
            e.count_loop(start, end, lanes as i64, &[], |e, index, _| {
                self.emit_to(e, &spread, sinks, index, lanes);
                Values::new()
            });
        });
    }
}

impl Body<'_> {
    /// Runs the program on the first `n` elements by a wide function; `false` if there is
    /// none for it, and the caller goes on with loops of its own.
    fn run_wide(
        &self,
        e: &mut Emitter<'_>,
        sinks: &[Port],
        n: Value,
        streams: Option<Value>,
    ) -> bool {
        let program = self.staged.program;
        if let Some(chunk) = stage::chunk(program, &self.sources, sinks) {
            return self.run_chunks(e, sinks, n, chunk, streams);
        }
        let function = wide_function(e.machine, program, &self.sources, sinks, streams.is_some());
        let Some(function) = function else { return false };
        let arguments = function.arguments.iter();
        let arguments = arguments.map(|argument| self.argument(e, *argument, sinks, streams));
        let Some(arguments) = arguments.collect::<Option<Vec<Value>>>() else { return false };
        e.call_wide(function, &arguments, n);
        true
    }

    /// The same with strided elements on the stack, a chunk at a time; see [`crate::stage`].
    fn run_chunks(
        &self,
        e: &mut Emitter<'_>,
        sinks: &[Port],
        n: Value,
        chunk: usize,
        streams: Option<Value>,
    ) -> bool {
        let program = self.staged.program;
        // What is copied once more stays in the cache.
        let streams = streams.filter(|_| !sinks.iter().any(stage::is_strided));
        let (staged_sources, staged_sinks) = (stage::staged(&self.sources), stage::staged(sinks));
        let rows = WideRows::new(e, program, &staged_sources, &staged_sinks, streams);
        let Some(rows) = rows else { return false };
        // Once: chunks of a row have these in common.
        rows.store_uniform(e, self);
        let sources = Side::new(e, &self.sources, stage::source_sizes(program), chunk);
        let sinks = Side::new(e, sinks, stage::sink_sizes(program), chunk);
        let start = e.int(0);
        e.count_loop(start, n, chunk as i64, &[], |e, start, _| {
            let (rest, most) = (e.ins().isub(n, start), e.int(chunk as i64));
            let len = e.ins().smin(rest, most);
            sources.copy_in(e, start, len);
            let (from, to) = (sources.ports(e, start), sinks.ports(e, start));
            rows.run(e, &from, &to, len);
            sinks.copy_out(e, start, len);
            Values::new()
        });
        true
    }

    /// An argument to call a wide function with.
    pub(crate) fn argument(
        &self,
        e: &mut Emitter<'_>,
        argument: Argument,
        sinks: &[Port],
        streams: Option<Value>,
    ) -> Option<Value> {
        match argument {
            Argument::Uniform(value) => self.uniform_argument(e, value),
            moving => moving_argument(moving, &self.sources, sinks, streams),
        }
    }

    /// A uniform value as 64 bits. Wide code reads a bool as a mask, hence as all zeros or all
    /// ones; of anything else it reads the low bytes alone.
    fn uniform_argument(&self, e: &mut Emitter<'_>, value: ValueId) -> Option<Value> {
        let pack = self.uniform[value.index()].as_ref()?;
        let is_bool = pack.ty == LaneType::Bool;
        Some(if is_bool { e.wide_truth(pack.parts[0]) } else { pack.parts[0] })
    }
}

/// An argument of a wide function that is no value of its program.
fn moving_argument(
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

/// The wide function for ports like these, if there is one: they walk along contiguous memory,
/// numbers or nothing, and the program has instructions there.
fn wide_function(
    machine: Machine,
    program: &Program,
    sources: &[Port],
    sinks: &[Port],
    may_stream: bool,
) -> Option<WideFunction> {
    let source = |port: &Port| match port {
        Port::Fixed(_) => Some(Source::Uniform),
        Port::Contiguous(_) => Some(Source::Elements),
        Port::Shifted { of, by, .. } => Some(Source::Shifted { of: *of, by: *by }),
        Port::Iota { .. } => Some(Source::Numbers),
        Port::Strided { .. } => None,
    };
    let is_contiguous = |port: &Port| matches!(port, Port::Contiguous(_));
    let target = machine.wide?;
    if !sinks.iter().all(is_contiguous) {
        return None;
    }
    let sources: Vec<Source> = sources.iter().map(source).collect::<Option<_>>()?;
    wide::compile(target, program, &sources, may_stream)
}

/// A wide function that is called for one row after another. What is the same for many rows
/// is computed and stored for all of them: short rows would spend their time on it otherwise.
/// The function reads its arguments and leaves them as they are.
pub(crate) struct WideRows {
    function: WideFunction,
    memory: StackSlot,
    streams: Option<Value>,
}

impl WideRows {
    /// A function for ports like these, if there is one. If a value is given that is not 0,
    /// results go past the caches.
    pub(crate) fn new(
        e: &mut Emitter<'_>,
        program: &Program,
        sources: &[Port],
        sinks: &[Port],
        streams: Option<Value>,
    ) -> Option<WideRows> {
        let function = wide_function(e.machine, program, sources, sinks, streams.is_some())?;
        let memory = e.argument_memory(&function);
        Some(WideRows { function, memory, streams })
    }

    /// Stores what does not change along a row.
    pub(crate) fn store_uniform(&self, e: &mut Emitter<'_>, body: &Body<'_>) {
        for (index, argument) in self.function.arguments.iter().enumerate() {
            let Argument::Uniform(value) = *argument else { continue };
            let value = body.uniform_argument(e, value);
            let value = value.expect("what is uniform is computed before any row");
            e.store_argument(self.memory, index, value);
        }
    }

    /// Stores the rest and runs the program along a row. Takes itself: the function belongs to one
    /// place in the code.
    pub(crate) fn run(self, e: &mut Emitter<'_>, sources: &[Port], sinks: &[Port], n: Value) {
        for (index, argument) in self.function.arguments.iter().enumerate() {
            if let Some(value) = moving_argument(*argument, sources, sinks, self.streams) {
                e.store_argument(self.memory, index, value);
            }
        }
        e.call_wide_with(self.function, self.memory, n);
    }
}

/// How far a program runs along the vector axis.
#[derive(Clone, Copy)]
pub(crate) enum Extent {
    /// One element.
    One,
    /// So many, the given number of lanes at a time while they last.
    Many(Value, usize),
    /// As `Many`, to results that nobody reads soon: if the last value is not 0, they are
    /// too large for caches.
    Streaming(Value, usize, Value),
    /// So many or a few more, always the given number of lanes at a time: for memory that
    /// has room for more, which saves the second loop.
    Padded(Value, usize),
}

impl Extent {
    /// The same without more than the elements asked for, one at a time.
    pub(crate) fn exact(self) -> Extent {
        match self {
            Extent::Padded(n, _) => Extent::Many(n, 1),
            exact => exact,
        }
    }
}

/// Runs the program for the indices from 0 on.
pub(crate) fn run(
    e: &mut Emitter<'_>,
    program: &Program,
    sources: Vec<Port>,
    sinks: &[Port],
    extent: Extent,
) {
    let body = Body::prepare(e, program, sources);
    let runs_wide = match extent {
        // One lane at a time is asked for by those who have few elements, or none to spare.
        Extent::Many(n, 2..) | Extent::Padded(n, 2..) => body.run_wide(e, sinks, n, None),
        Extent::Streaming(n, _, streams) => body.run_wide(e, sinks, n, Some(streams)),
        Extent::Many(..) | Extent::One | Extent::Padded(..) => false,
    };
    if runs_wide {
        return;
    }
    let mut done = e.int(0);
    match extent {
        Extent::One => {
            let spread = body.spread(e, 1);
            body.emit_to(e, &spread, sinks, done, 1);
        }
        Extent::Many(n, lanes) | Extent::Streaming(n, lanes, _) => {
            if lanes > 1 {
                // Lanes are a power of two.
                let whole = e.ins().band_imm_s(n, -(lanes as i64));
                body.run(e, sinks, done, whole, lanes);
                done = whole;
            }
            body.run(e, sinks, done, n, 1);
        }
        Extent::Padded(n, lanes) => body.run(e, sinks, done, n, lanes),
    }
}
