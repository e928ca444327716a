//! Runs a lane program along the vector axis: a loop over vectors, then one over the rest.

use crate::emitter::{Emitter, Values};
use crate::lanes::pack::Pack;
use crate::lanes::{Packs, Staged};
use crate::ports::Port;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::{LaneOp, LaneType, Program, Typing};

/// Most vectors one value may take.
const MAX_PARTS: usize = 4;

/// Programs of at most this many instructions get twice the lanes: two independent chains
/// of instructions hide each other's latency, and the cost of the loop halves.
const SMALL_PROGRAM: usize = 12;

/// How many lanes a program is emitted for.
///
/// The narrowest values fill a vector unless that would spread the widest ones over more
/// than [`MAX_PARTS`].
pub(crate) fn lanes_of(program: &Program) -> usize {
    let in_memory = |ty: LaneType| ty != LaneType::Bool;
    let ends = program.results.iter().map(|result| program.ty(*result));
    let ends = ends.chain(program.params.iter().copied());
    let inner = program.insts.iter().map(|inst| inst.ty).filter(|ty| in_memory(*ty));
    let sizes = || ends.clone().chain(inner.clone()).map(LaneType::size);
    let (smallest, largest) = (sizes().min().unwrap_or(8), sizes().max().unwrap_or(8));
    let lanes = (16 / smallest).min(MAX_PARTS * 16 / largest);
    let has_room = lanes * largest <= MAX_PARTS / 2 * 16;
    if has_room && program.cost() <= SMALL_PROGRAM { 2 * lanes } else { lanes }
}

/// Whether emitting for several lanes pays: what calls the host for every lane does not.
pub(crate) fn vectorizes(program: &Program) -> bool {
    let loops = |op| matches!(op, LaneOp::IPow | LaneOp::UGcd);
    !program.insts.iter().any(|inst| loops(inst.op))
        && program.insts.iter().any(|inst| inst.op.typing() != Typing::Leaf || inst.ty.size() < 8)
}

/// A program with its ports, and what of it is computed before the loop.
pub(crate) struct Body<'p> {
    staged: Staged<'p>,
    sources: Vec<Port>,
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
}

/// Runs the program for the indices from 0 below `n`, `lanes` at a time while they last.
pub(crate) fn run(
    e: &mut Emitter<'_>,
    program: &Program,
    sources: Vec<Port>,
    sinks: &[Port],
    n: Value,
    lanes: usize,
) {
    let body = Body::prepare(e, program, sources);
    let mut done = e.int(0);
    if lanes > 1 {
        let whole = e.ins().band_imm_s(n, -(lanes as i64));
        run_steps(e, &body, sinks, done, whole, lanes);
        done = whole;
    }
    run_steps(e, &body, sinks, done, n, 1);
}

fn run_steps(
    e: &mut Emitter<'_>,
    body: &Body<'_>,
    sinks: &[Port],
    start: Value,
    end: Value,
    lanes: usize,
) {
    let spread = body.spread(e, lanes);
    e.count_loop(start, end, lanes as i64, &[], |e, index, _| {
        let results = body.emit(e, &spread, index, lanes);
        for (sink, result) in sinks.iter().zip(&results) {
            e.write(sink, index, result);
        }
        Values::new()
    });
}
