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
//! call of it takes the place of both loops. Long programs run in pieces ([`crate::pieces`]).

use crate::emitter::{Emitter, Values};
use crate::lanes::pack::Pack;
use crate::lanes::{Packs, Staged};
use crate::pieces::Pieces;
use crate::ports::Port;
use crate::stage::{self, Side};
use crate::temporaries::Temporaries;
use crate::wide_rows::WideRows;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
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
    /// Runs the program for as many indices, in vectors and then one by one.
    fn run_along(&self, e: &mut Emitter<'_>, sinks: &[Port], along: Along) {
        let Along { n, lanes, is_padded } = along;
        let mut done = e.int(0);
        if is_padded {
            return self.run(e, sinks, done, n, lanes);
        }
        if lanes > 1 {
            // Lanes are a power of two.
            let whole = e.ins().band_imm_s(n, -(lanes as i64));
            self.run(e, sinks, done, whole, lanes);
            done = whole;
        }
        self.run(e, sinks, done, n, 1);
    }

    /// A uniform value as a scalar.
    fn uniform_scalar(&self, value: ValueId) -> Value {
        let pack = self.uniform[value.index()].as_ref();
        pack.expect("what is uniform is computed before the loop").parts[0]
    }

    /// A uniform value as 64 bits. Wide code reads a bool as a mask, hence as all zeros or all
    /// ones; of anything else it reads the low bytes alone.
    pub(crate) fn uniform_argument(&self, e: &mut Emitter<'_>, value: ValueId) -> Value {
        let scalar = self.uniform_scalar(value);
        match self.staged.program.ty(value) {
            LaneType::Bool => e.wide_truth(scalar),
            _ => scalar,
        }
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
    let (n, lanes, streams) = match extent {
        Extent::One => {
            let body = Body::prepare(e, program, sources);
            let (first, spread) = (e.int(0), body.spread(e, 1));
            return body.emit_to(e, &spread, sinks, first, 1);
        }
        Extent::Many(n, lanes) | Extent::Padded(n, lanes) => (n, lanes, None),
        Extent::Streaming(n, lanes, streams) => (n, lanes, Some(streams)),
    };
    let along = Along { n, lanes, is_padded: matches!(extent, Extent::Padded(..)) };
    // One lane at a time is asked for by those who have few elements, or none to spare.
    if lanes == 1 {
        return Body::prepare(e, program, sources).run_along(e, sinks, along);
    }
    let is_uniform: Vec<bool> = sources.iter().map(Port::is_uniform).collect();
    let pieces = Pieces::of(program, &is_uniform, e.machine.wide);
    if run_wide(e, &pieces, &sources, sinks, n, streams) {
        return;
    }
    let lanes = if moves_lanes(program, &sources, sinks) { 1 } else { lanes };
    let body = Body::prepare(e, program, sources);
    if pieces.is_whole() {
        return body.run_along(e, sinks, Along { lanes, ..along });
    }
    run_pieces(e, &pieces, &body, sinks, along);
}

/// Whether a program computes less than it takes to put strided elements into vectors and to take
/// them out again, so that single elements are as fast, and half of the code.
fn moves_lanes(program: &Program, sources: &[Port], sinks: &[Port]) -> bool {
    let is_strided = |port: &&Port| matches!(port, Port::Strided { .. });
    let is_moved = |port: &&Port| !port.is_uniform();
    let ports = || sources.iter().chain(sinks).filter(is_moved);
    ports().all(|port| is_strided(&port)) && program.cost() < 2 * ports().count()
}

/// How far loops go.
#[derive(Clone, Copy)]
struct Along {
    n: Value,
    lanes: usize,
    /// Whether there is room for full vectors at the end.
    is_padded: bool,
}

/// Runs a program by wide functions on the first `n` elements; `false` if there are none for
/// it, and the caller goes on with loops of its own.
fn run_wide(
    e: &mut Emitter<'_>,
    pieces: &Pieces<'_>,
    sources: &[Port],
    sinks: &[Port],
    n: Value,
    streams: Option<Value>,
) -> bool {
    if let Some(chunk) = stage::chunk(pieces.program, sources, sinks) {
        return run_staged(e, pieces, sources, sinks, n, streams, chunk);
    }
    let rows = WideRows::new(e, pieces, sources, sinks, streams, usize::MAX);
    let Some(rows) = rows else { return false };
    rows.store_uniform(e, sources.to_vec());
    rows.run(e, sources, sinks, n);
    true
}

/// The same with strided elements on the stack, a chunk at a time; see [`crate::stage`].
fn run_staged(
    e: &mut Emitter<'_>,
    pieces: &Pieces<'_>,
    sources: &[Port],
    sinks: &[Port],
    n: Value,
    streams: Option<Value>,
    chunk: usize,
) -> bool {
    // What is copied once more stays in the cache.
    let streams = streams.filter(|_| !sinks.iter().any(stage::is_strided));
    let staged = (stage::staged(sources), stage::staged(sinks));
    let rows = WideRows::new(e, pieces, &staged.0, &staged.1, streams, chunk);
    let Some(rows) = rows else { return false };
    // Once: chunks of a row have these in common.
    rows.store_uniform(e, sources.to_vec());
    let chunk = rows.chunk(chunk);
    let sources = Side::new(e, sources, pieces.source_sizes(), chunk);
    let sinks = Side::new(e, sinks, pieces.sink_sizes(), chunk);
    e.count_chunks(n, chunk, |e, start, len| {
        sources.copy_in(e, start, len);
        let (from, to) = (sources.ports(e, start), sinks.ports(e, start));
        rows.run_chunk(e, &from, &to, len);
        sinks.copy_out(e, start, len);
    });
    true
}

/// Runs the pieces of a program by loops of their own, a chunk of elements at a time. `whole` is
/// the program itself, which knows what is uniform.
fn run_pieces(
    e: &mut Emitter<'_>,
    pieces: &Pieces<'_>,
    whole: &Body<'_>,
    sinks: &[Port],
    along: Along,
) {
    let temporaries = Temporaries::new(e, pieces, usize::MAX);
    e.note_pieces(pieces.list.len());
    let uniform = |value| whole.uniform_scalar(value);
    let mut bodies = Vec::new();
    for piece in &pieces.list {
        let sources = temporaries.inputs(e, piece, &whole.sources, uniform);
        bodies.push(Body::prepare(e, &piece.program, sources));
    }
    let (source_sizes, sink_sizes) = (pieces.source_sizes(), pieces.sink_sizes());
    e.count_chunks(along.n, temporaries.chunk(), |e, start, len| {
        let sources = Port::all_from(e, &whole.sources, &source_sizes, start);
        let sinks = Port::all_from(e, sinks, &sink_sizes, start);
        for (piece, body) in pieces.list.iter().zip(bodies) {
            let sources = temporaries.inputs(e, piece, &sources, uniform);
            let sinks = temporaries.outputs(e, piece, &sinks);
            Body { sources, ..body }.run_along(e, &sinks, Along { n: len, ..along });
        }
    });
}
