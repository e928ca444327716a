//! The sixteen accumulators of a block, in registers.
//!
//! They are kept in chunks of as many lanes as the program that feeds them is emitted for. For a
//! sum of `f64` in four lanes, a round of the loop takes sixteen elements:
//!
//! ```text
//! chunk         0                 1                 2                    3
//! accumulators  0 1 | 2 3         4 5 | 6 7         8 9 | 10 11          12 13 | 14 15
//! elements      x[16i + 0 … 3]    x[16i + 4 … 7]    x[16i + 8 … 11]      x[16i + 12 … 15]
//! ```
//!
//! Each accumulator adds its own elements in their order, so that the result is the same for any
//! number of lanes; and eight independent chains of additions hide each other's latency.

use crate::blocks::{Lane, Reduced};
use crate::emitter::{Emitter, Values};
use crate::lanes::Staged;
use crate::lanes::pack::{Pack, VECTOR};
use crate::ports::Port;
use crate::range::Body;
use cranelift_codegen::ir::types::I64X2;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::{LaneType, Program};
use jitney_ir::reduction::LANES;
use smallvec::SmallVec;

/// A pack for each lane of a state.
type State = SmallVec<[Pack; 1]>;

/// Accumulators for several states.
#[derive(Clone)]
pub(crate) struct Accumulators<'k> {
    reduced: Vec<&'k Reduced>,
    /// Per state its chunks, of a pack for each lane.
    chunks: Vec<Vec<State>>,
    /// Lanes of a chunk, a divisor of sixteen.
    lanes: usize,
}

impl<'k> Accumulators<'k> {
    /// Accumulators that hold the neutral elements, in chunks of so many lanes.
    ///
    /// A chunk of masks fills a vector: what is compared is hardly narrower, and narrowing
    /// the mask of a comparison is left for the end.
    pub(crate) fn new(
        e: &mut Emitter<'_>,
        reduced: &[&'k Reduced],
        lanes: usize,
    ) -> Accumulators<'k> {
        let mut neutral = |lane: &Lane| {
            let neutral = e.constant(lane.ty, lane.identity, lanes);
            let size = match lane.ty {
                LaneType::Bool => (VECTOR / lanes).clamp(1, 8),
                ty => ty.size(),
            };
            let parts = match lane.ty {
                LaneType::Bool => e.mask(&neutral, size),
                _ => neutral.parts,
            };
            Pack::new(lane.ty, lanes, size, parts)
        };
        let mut chunks = |reduced: &&Reduced| {
            let state: State = reduced.lanes.iter().map(&mut neutral).collect();
            vec![state; LANES / lanes]
        };
        let chunks = reduced.iter().map(&mut chunks).collect();
        Accumulators { reduced: reduced.to_vec(), chunks, lanes }
    }

    /// Combines what the program computes for the indices from `start` below `end`, a
    /// multiple of sixteen of them. Results with a port are written, the others are
    /// accumulated, in order.
    pub(crate) fn run(
        &mut self,
        e: &mut Emitter<'_>,
        body: &Body<'_>,
        stores: &[Option<Port>],
        start: Value,
        end: Value,
    ) {
        // In front of the loop: what is the same for all lanes does not change with rounds.
        let spread = body.spread(e, self.lanes);
        // Cranelift values are written once: accumulators go round the loop as its parameters.
        let before = self.flatten();
        let after = e.count_loop(start, end, LANES as i64, &before, |e, index, carried| {
            let mut sums = self.rebuilt(carried);
            for chunk in 0..LANES / self.lanes {
                let index = e.ins().iadd_imm_s(index, (chunk * self.lanes) as i64);
                let results = body.emit(e, &spread, index, self.lanes);
                // Results that are stored have no accumulators, so the others are counted apart.
                let mut position = 0;
                let mut results = results.iter().zip(stores);
                while let Some((first, store)) = results.next() {
                    let Some(port) = store else {
                        let mut state = State::from_elem(first.clone(), 1);
                        let rest = sums.reduced[position].lanes.len() - 1;
                        state.extend(results.by_ref().take(rest).map(|(lane, _)| lane.clone()));
                        sums.add(e, position, chunk, &state);
                        position += 1;
                        continue;
                    };
                    e.write(port, index, first);
                }
            }
            sums.flatten()
        });
        *self = self.rebuilt(&after);
    }

    /// Combines sixteen elements in memory into the accumulators of one state, given the address of
    /// each of its lanes.
    pub(crate) fn add_memory(&mut self, e: &mut Emitter<'_>, position: usize, lanes: &[Value]) {
        for chunk in 0..LANES / self.lanes {
            let index = e.int((chunk * self.lanes) as i64);
            let types = self.reduced[position].lanes.iter().map(|lane| lane.ty);
            let mut read = |(address, ty): (&Value, _)| {
                e.read(&Port::Contiguous(*address), ty, index, self.lanes)
            };
            let elements: State = lanes.iter().zip(types).map(&mut read).collect();
            self.add(e, position, chunk, &elements);
        }
    }

    /// Lets `body` work on the accumulators if the condition holds, which is taken to be rare.
    pub(crate) fn when(
        &mut self,
        e: &mut Emitter<'_>,
        condition: Value,
        body: impl FnOnce(&mut Emitter<'_>, &mut Self),
    ) {
        let before = self.flatten();
        // Both paths end with values for the same accumulators, which only the rare one has
        // changed.
        let mut changed = self.clone();
        let after = e.branch(
            condition,
            |e| {
                body(e, &mut changed);
                changed.flatten()
            },
            |_| before,
        );
        *self = self.rebuilt(&after);
    }

    /// Combines the accumulators by a balanced tree, to one scalar for each lane of each state.
    pub(crate) fn finish(self, e: &mut Emitter<'_>) -> Vec<Pack> {
        let mut results = Vec::new();
        for (reduced, mut chunks) in self.reduced.iter().zip(self.chunks) {
            // Chunk `c` of the lower half meets `c + half`, which is accumulator `j` with `j +
            // LANES / 2`, then `j + LANES / 4`: the tree that `jitney_ir::reduction` prescribes.
            // Within the last chunk halves of vectors go on with it.
            while chunks.len() > 1 {
                let upper = chunks.split_off(chunks.len() / 2);
                let pairs = chunks.iter().zip(&upper);
                chunks = pairs.map(|(a, b)| meet(e, &reduced.combine, a, b)).collect();
            }
            let mut state = chunks.swap_remove(0);
            while state[0].lanes > 1 {
                let (lower, upper): (State, State) =
                    state.iter().map(|pack| e.halves(pack)).unzip();
                state = meet(e, &reduced.combine, &lower, &upper);
            }
            results.extend(state);
        }
        results
    }

    /// Combines elements into a chunk of one state's accumulators, which come first.
    fn add(&mut self, e: &mut Emitter<'_>, position: usize, chunk: usize, elements: &[Pack]) {
        let sums = &mut self.chunks[position][chunk];
        let combined = meet(e, &self.reduced[position].accumulate, sums, elements);
        for (sum, combined) in sums.iter_mut().zip(combined) {
            // Masks go round the loop in the width they began with.
            sum.parts = match sum.ty {
                LaneType::Bool => e.mask(&combined, sum.size),
                _ => combined.parts,
            };
        }
    }

    /// All accumulators as values, in an order that [`Accumulators::rebuilt`] knows.
    fn flatten(&self) -> Values {
        let packs = self.chunks.iter().flatten().flatten();
        packs.flat_map(|pack| pack.parts.iter().copied()).collect()
    }

    /// The same accumulators in other values.
    fn rebuilt(&self, values: &[Value]) -> Self {
        let mut rebuilt = self.clone();
        let packs = rebuilt.chunks.iter_mut().flatten().flatten();
        let parts = packs.flat_map(|pack| pack.parts.iter_mut());
        parts.zip(values).for_each(|(part, value)| *part = *value);
        rebuilt
    }
}

/// Combines states by a step of the reduction, all of whose parameters vary.
fn meet(e: &mut Emitter<'_>, step: &Program, a: &[Pack], b: &[Pack]) -> State {
    // Emitted anew at each use: it is a few instructions.
    let params: Vec<Option<Pack>> = a.iter().chain(b).cloned().map(Some).collect();
    let staged = Staged::new(step, &vec![false; params.len()]);
    let uniform = staged.emit_uniform(e, &vec![None; params.len()]);
    let spread = staged.spread(e, &uniform, a[0].lanes);
    staged.emit_varying(e, &spread, &params, a[0].lanes).into()
}

impl Emitter<'_> {
    /// The lower and the upper half of the lanes.
    fn halves(&mut self, pack: &Pack) -> (Pack, Pack) {
        let lanes = pack.lanes / 2;
        if lanes == 1 {
            let [lower, upper] = [0, 1].map(|lane| self.lane(pack, lane));
            return (Pack::scalar(pack.ty, lower), Pack::scalar(pack.ty, upper));
        }
        let (lower, upper): (Values, Values) = match pack.parts.len() {
            1 => {
                let part = pack.parts[0];
                let upper = match lanes * pack.size {
                    // A full vector: its upper eight bytes come down.
                    8 => self.upper_half(part),
                    // All lanes in use are in the lower half.
                    bytes => {
                        let halves = self.cast(I64X2, part);
                        let moved = self.ins().ushr_imm_u(halves, 8 * bytes as i64);
                        let ty = self.type_of(part);
                        self.cast(ty, moved)
                    }
                };
                (Values::from_slice(&[part]), Values::from_slice(&[upper]))
            }
            n => (pack.parts[..n / 2].into(), pack.parts[n / 2..].into()),
        };
        let half = |parts| Pack::new(pack.ty, lanes, pack.size, parts);
        (half(lower), half(upper))
    }
}
