//! Short rows unrolled.
//!
//! A row of a few elements is over before a loop along it has begun. So many rows of so few
//! elements become an elementwise kernel over the rows: each element of a row is a parameter
//! of its own, an access that runs from row to row, and its reductions are trees of
//! instructions. Nothing goes through memory between the phases.
//!
//! The number of elements becomes part of the kernel, one of [`MAX_ELEMENTS`].
//!
//! ```text
//! kept=1 reduced=1, rows of 3 f64                 kept=1 reduced=0
//! a0 = load f64 contiguous, strides 24, 8    ──►  a0, a1, a2 = load f64 strided, stride 24,
//! r0 = sum f64                                                 at offsets 0, 8 and 16
//! element (a0) -> (r0)                            element (a0, a1, a2) -> (a3):
//! row (r0) -> (a1)                                    a3 = the row phase of (a0 + a2) + a1
//! ```
//!
//! The sum has the order of all reductions, in which accumulator 0 meets 2 before it meets 1. A
//! vector holds one element each of several rows, and all of its lanes are in use.

use crate::fusion::MAX_ACCESSES;
use crate::plan::{Binding, CallOperand};
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, RowValueId, Schedule, Scope, Sink, Source,
};
use jitney_ir::lanes::{Builder, LaneType, V};
use jitney_ir::ops::Lanes;
use jitney_ir::reduction::{self, Meeting};
use jitney_ir::shape::Dims;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Most elements of a row that is unrolled: more of them are worth a loop. Unrolled, rows of
/// 3, 10 and 16 `f64` are normalized in 2.6, 7 and 11 ns each where a loop takes 16, 23 and
/// 20; of 20 elements both take 15.
const MAX_ELEMENTS: usize = reduction::LANES;

/// Most lane instructions of a program of unrolled rows: 111 of them with 32 accesses, for rows
/// of 16, take a millisecond to compile.
const MAX_COST: usize = 400;

/// The same for so many rows that more pay. Softmax of rows of ten, of 600, takes 0.7 ms longer
/// to compile and then 6 ns instead of 17 a row.
const MAX_COST_OF_MANY: usize = 900;
/// How many rows those are.
const MANY_ROWS: usize = 1 << 15;

/// Least rows next to each other: they are what vectors are filled with.
const MIN_ROWS: usize = 64;

/// The same without reduced axes, and its operands, if rows are many and short.
pub(super) fn unroll(
    kernel: &Kernel,
    kept: &[usize],
    reduced: &[usize],
    operands: &[CallOperand],
) -> Option<(Kernel, Vec<CallOperand>)> {
    let n: usize = reduced.iter().product();
    let is_short = kernel.n_reduced > 0 && (1..=MAX_ELEMENTS).contains(&n);
    if !is_short || kept.last().is_none_or(|n_rows| *n_rows < MIN_ROWS) {
        return None;
    }
    // Sinks count, as every element's combination or store is an instruction, too.
    let cost = |phase: &Phase| match phase.scope {
        Scope::Element => n * (phase.program.cost() + phase.sinks.len()),
        Scope::Row => phase.program.cost(),
    };
    let has_many_rows = kept.iter().product::<usize>() >= MANY_ROWS;
    let most = if has_many_rows { MAX_COST_OF_MANY } else { MAX_COST };
    if kernel.phases.iter().map(cost).sum::<usize>() > most {
        return None;
    }
    let mut rows = Rows::new(kernel, reduced, operands);
    kernel.phases.iter().try_for_each(|phase| rows.run(phase))?;
    rows.finish()
}

/// An element of a row: the access, and the position in the row if that makes a difference.
type Element = (usize, usize);

/// The one phase in the making.
struct Rows<'k> {
    kernel: &'k Kernel,
    operands: &'k [CallOperand],
    /// The indices of each element of a row.
    positions: Vec<Dims<usize>>,
    /// By access, the first one of the same memory: what is stored may be loaded later.
    places: Vec<usize>,
    builder: Builder,
    params: FxHashMap<Element, V>,
    sources: Vec<Element>,
    /// What has been stored, by the place. In order, for the order of stores is part of the
    /// kernel, and equal kernels share code.
    stored: BTreeMap<Element, V>,
    /// By number, the row values that are known.
    row_values: Vec<Option<V>>,
}

impl<'k> Rows<'k> {
    /// Nothing computed yet. Positions are in C order, as reductions take their elements.
    fn new(kernel: &'k Kernel, reduced: &[usize], operands: &'k [CallOperand]) -> Rows<'k> {
        let mut positions = vec![Dims::new()];
        for &extent in reduced {
            let longer = |position: Dims<usize>| {
                (0..extent).map(move |index| {
                    let mut position = position.clone();
                    position.push(index);
                    position
                })
            };
            positions = positions.into_iter().flat_map(longer).collect();
        }
        let place = |operand: &CallOperand| operands.iter().position(|other| other == operand);
        Rows {
            kernel,
            operands,
            positions,
            places: operands.iter().filter_map(place).collect(),
            builder: Builder::new(),
            params: FxHashMap::default(),
            sources: Vec::new(),
            stored: BTreeMap::new(),
            row_values: vec![None; kernel.row_values.len()],
        }
    }

    /// Appends a phase, once for each position if it is one over elements.
    fn run(&mut self, phase: &Phase) -> Option<()> {
        let n = match phase.scope {
            Scope::Element => self.positions.len(),
            Scope::Row => 1,
        };
        // By number of the first lane, the states of the row values that are reduced.
        let mut reduced: BTreeMap<u32, Vec<Lanes<V>>> = BTreeMap::new();
        for position in 0..n {
            let args = phase.sources.iter().map(|source| self.source(*source, position, n));
            let args: Vec<V> = args.collect::<Option<_>>()?;
            let results = self.builder.inline(&phase.program, &args);
            for (sink, result) in phase.sinks.iter().zip(results) {
                match *sink {
                    Sink::Store(id) => {
                        let element = self.element(id, position);
                        self.stored.insert(element, result);
                    }
                    Sink::Row(id) => {
                        let lane = u32::from(self.kernel.row_values[id.0 as usize].lane);
                        let states = reduced.entry(id.0 - lane).or_default();
                        states.resize(position + 1, Lanes::new());
                        states[position].push(result);
                    }
                }
            }
        }
        for (first, states) in reduced {
            let state = self.reduce(RowValueId(first), &states)?;
            let rows = &mut self.row_values[first as usize..];
            rows.iter_mut().zip(state).for_each(|(row, lane)| *row = Some(lane));
        }
        Some(())
    }

    /// The elements' states combined in the order that all reductions have. Nothing is the neutral
    /// state, so that it costs nothing.
    fn reduce(&mut self, first: RowValueId, states: &[Lanes<V>]) -> Option<Lanes<V>> {
        let state = self.kernel.state(first);
        let Some(reduction) = state[0].reduction else { return states.first().cloned() };
        let dtype = state[0].dtype;
        let b = &mut self.builder;
        if reduction.n_lanes() > 1 {
            // The result is the same, and there is less to do.
            let accumulate =
                |x: Lanes<V>, y: Lanes<V>| reduction.meet(Meeting::Accumulate, b, dtype, &x, &y);
            return states.iter().cloned().reduce(accumulate);
        }
        let states: Vec<Option<Lanes<V>>> = states.iter().cloned().map(Some).collect();
        reduction::reduce(&states, None, |how, x, y| match (x, y) {
            (Some(x), Some(y)) => Some(reduction.meet(how, b, dtype, &x, &y)),
            (one, None) | (None, one) => one,
        })
    }

    /// A parameter of a phase at a position, one of so many.
    fn source(&mut self, source: Source, position: usize, n: usize) -> Option<V> {
        let id = match source {
            Source::Row(id) => return self.row_values[id.0 as usize],
            Source::Access(id) => id,
        };
        let element = self.element(id, position);
        // What an earlier phase has stored is still in a register.
        if let Some(value) = self.stored.get(&element) {
            return Some(*value);
        }
        if let Some(index) = self.index(id, position) {
            return Some(self.builder.int(LaneType::I64, index));
        }
        // With all those that follow, whose turn comes soon: what lies next to each other in
        // memory is copied together if the accesses are next to each other.
        (position..n).for_each(|position| self.load(id, position));
        self.params.get(&element).copied()
    }

    /// The number that an index is at a position of every row. Where it begins elsewhere than at 0 it
    /// stays an operand, so that a kernel serves every beginning.
    fn index(&self, id: AccessId, position: usize) -> Option<i64> {
        let operand = &self.operands[id.0 as usize];
        let (rows, along) = operand.strides.split_at(self.kernel.n_kept);
        let is_index = self.kernel.access(id).kind == AccessKind::Index;
        let is_same = operand.offset == 0 && rows.iter().all(|stride| *stride == 0);
        (is_index && is_same).then(|| distance(&self.positions[position], along) as i64)
    }

    /// Makes what an access reaches at a position a parameter.
    fn load(&mut self, id: AccessId, position: usize) {
        let element = self.element(id, position);
        self.params.entry(element).or_insert_with(|| {
            self.sources.push(element);
            self.builder.param(LaneType::of(self.kernel.access(id).dtype))
        });
    }

    /// What an access reaches at a position. An access that stands still along the row reaches the
    /// same at all, and is one parameter.
    fn element(&self, id: AccessId, position: usize) -> Element {
        let access = id.0 as usize;
        let mut strides = self.operands[access].strides[self.kernel.n_kept..].iter();
        let is_same = strides.all(|stride| *stride == 0);
        (self.places[access], if is_same { 0 } else { position })
    }

    /// The kernel; `None` if it has too many accesses.
    fn finish(mut self) -> Option<(Kernel, Vec<CallOperand>)> {
        let operands = self.operands;
        // Nobody outside reads what was kept for the row.
        self.stored.retain(|(access, _), _| operands[*access].binding != Binding::Row);
        let (sinks, results): (Vec<Element>, Vec<V>) = self.stored.into_iter().unzip();
        let elements = self.sources.iter().chain(&sinks);
        let n_kept = self.kernel.n_kept;
        let n_moving =
            elements.clone().filter(|e| operands[e.0].strides[..n_kept].iter().any(|s| *s != 0));
        if n_moving.count() > MAX_ACCESSES {
            return None;
        }
        // The position moves into the offset, which leaves strides along the kept axes alone.
        let operand = |&(access, position): &Element| {
            let operand = &operands[access];
            let (rows, along) = operand.strides.split_at(n_kept);
            let offset = operand.offset + distance(&self.positions[position], along);
            CallOperand { binding: operand.binding, offset, strides: rows.into() }
        };
        let operands: Vec<CallOperand> = elements.clone().map(operand).collect();
        let n_sources = self.sources.len();
        let access = |(number, (&(access, _), operand)): (usize, (&Element, &CallOperand))| {
            let Access { kind, dtype, .. } = self.kernel.accesses[access];
            // A place that is loaded and stored goes by one number, with the kind of the first
            // access.
            let kind = match kind {
                AccessKind::Index => kind,
                _ if number < n_sources => AccessKind::Load,
                _ => AccessKind::Store,
            };
            let unit = if kind == AccessKind::Index { 1 } else { dtype.size() };
            // There is a kept axis, or there were no neighbouring rows.
            let layout = match operand.strides[n_kept - 1] {
                0 => Layout::Broadcast,
                stride if stride == unit as isize => Layout::Contiguous,
                _ => Layout::Strided,
            };
            Access { kind, dtype, layout, shift: None }
        };
        let mut accesses: Vec<Access> = elements.zip(&operands).enumerate().map(access).collect();
        note_neighbours(&mut accesses, &operands);
        let id = |number: usize| AccessId(number as u32);
        let phase = Phase {
            scope: Scope::Element,
            program: self.builder.finish(&results),
            sources: (0..n_sources).map(|number| Source::Access(id(number))).collect(),
            sinks: (0..sinks.len()).map(|number| Sink::Store(id(n_sources + number))).collect(),
        };
        let kernel = Kernel {
            schedule: Schedule::Rows,
            n_kept,
            n_reduced: 0,
            accesses,
            row_values: Vec::new(),
            phases: vec![phase],
        };
        Some((kernel, operands))
    }
}

/// How far a position is from the first one.
fn distance(position: &[usize], strides: &[isize]) -> isize {
    position.iter().zip(strides).map(|(index, stride)| *index as isize * stride).sum()
}

/// Notes which accesses reach what lies right behind what the one before them reaches.
fn note_neighbours(accesses: &mut [Access], operands: &[CallOperand]) {
    for number in 1..accesses.len() {
        let (before, access) = (accesses[number - 1], accesses[number]);
        if access.kind == AccessKind::Index || access.layout != Layout::Strided {
            continue;
        }
        let is_alike = (before.kind, before.dtype) == (access.kind, access.dtype);
        let mut behind = operands[number - 1].clone();
        behind.offset = behind.offset.wrapping_add_unsigned(access.dtype.size());
        if is_alike && behind == operands[number] {
            accesses[number].layout = Layout::Next;
        }
    }
}
