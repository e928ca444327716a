//! Long programs in pieces.
//!
//! In a long program each operation waits for the one before, and the machine does not look far
//! enough ahead to begin the next element meanwhile. Short programs compute several vectors side
//! by side, but a long one has no registers left for that. So it is cut where few values are
//! needed on the other side, and the pieces run one after the other over a chunk of elements that
//! stays in the nearest cache. Values that pass from piece to piece are *temporaries* in memory:
//!
//! ```text
//! log(1 + exp(sin(x)))       whole: 170 instructions, one vector at a time
//!
//! for each chunk of 512      sin(x)           ──► temporary 0      three vectors at a time
//!                            exp(t0)          ──► temporary 0      likewise
//!                            log(1 + t0)      ──► result
//! ```
//!
//! So a chain of functions costs what its functions cost one by one in the cache, and compiles in
//! a time proportional to its length.
//!
//! # Invariants
//! * The pieces hold every varying instruction of the program once, in order.
//! * Only the last piece writes results: a result may take the place of an operand, which
//!   earlier pieces still read.
//! * What is uniform is computed for the program as a whole; pieces have it as a parameter.
//! * What is only needed on a rare path stays in the piece of its select.

mod cut;

use crate::lanes::uniform_values;
use crate::wide::Target;
use jitney_ir::lanes::{Builder, LaneType, Program, V, ValueId};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::ops::Range;

/// Where a parameter of a piece comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// The program's parameter of this number.
    Param(usize),
    /// A uniform value of the program.
    Uniform(ValueId),
    /// The temporary of this number.
    Temporary(usize),
}

/// Where a result of a piece goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// It is the program's result of this number.
    Result(usize),
    /// The temporary of this number.
    Temporary(usize),
}

/// A program of its own that computes some of the values.
pub(crate) struct Piece<'p> {
    pub(crate) program: Cow<'p, Program>,
    /// One for each parameter.
    pub(crate) inputs: Vec<Input>,
    /// One for each result.
    pub(crate) outputs: Vec<Output>,
}

/// A program in the pieces in which it runs.
pub(crate) struct Pieces<'p> {
    /// The program as a whole.
    pub(crate) program: &'p Program,
    /// In order; one if it is not cut.
    pub(crate) list: Vec<Piece<'p>>,
    /// The types of the temporaries' elements.
    pub(crate) temporaries: Vec<LaneType>,
}

impl<'p> Pieces<'p> {
    /// A program as it runs best, given which parameters are uniform and for what vectors it is
    /// compiled.
    pub(crate) fn of(
        program: &'p Program,
        uniform_params: &[bool],
        target: Option<Target>,
    ) -> Pieces<'p> {
        let is_uniform = uniform_values(program, uniform_params);
        let starts = cut::cut(program, &is_uniform, target);
        if starts.is_empty() {
            return Pieces::whole(program);
        }
        Cutter::new(program, &is_uniform).pieces(&starts)
    }

    /// A program in one piece.
    fn whole(program: &'p Program) -> Pieces<'p> {
        let piece = Piece {
            program: Cow::Borrowed(program),
            inputs: (0..program.params.len()).map(Input::Param).collect(),
            outputs: (0..program.results.len()).map(Output::Result).collect(),
        };
        Pieces { program, list: vec![piece], temporaries: Vec::new() }
    }

    /// Bytes of the elements of each parameter of the program.
    pub(crate) fn source_sizes(&self) -> Vec<usize> {
        self.program.params.iter().map(|ty| ty.size()).collect()
    }

    /// Bytes of the elements of each result of the program.
    pub(crate) fn sink_sizes(&self) -> Vec<usize> {
        self.program.results.iter().map(|result| self.program.ty(*result).size()).collect()
    }

    /// Whether the program is not cut.
    pub(crate) fn is_whole(&self) -> bool {
        self.list.len() == 1
    }
}

/// Makes the pieces.
struct Cutter<'p, 'u> {
    program: &'p Program,
    is_uniform: &'u [bool],
    /// For each value, the last instruction that reads it; one past all for results.
    last_reads: Vec<usize>,
    /// The temporaries that hold values.
    homes: FxHashMap<ValueId, usize>,
    temporaries: Vec<LaneType>,
    /// Temporaries that hold nothing that is still read.
    free: Vec<usize>,
}

impl<'p, 'u> Cutter<'p, 'u> {
    fn new(program: &'p Program, is_uniform: &'u [bool]) -> Cutter<'p, 'u> {
        Cutter {
            program,
            is_uniform,
            last_reads: last_reads(program),
            homes: FxHashMap::default(),
            temporaries: Vec::new(),
            free: Vec::new(),
        }
    }

    /// The pieces that begin at the given instructions, and the first one.
    fn pieces(mut self, starts: &[usize]) -> Pieces<'p> {
        let n = self.program.insts.len();
        let begins = std::iter::once(0).chain(starts.iter().copied());
        let ends = starts.iter().copied().chain([n]);
        let list = begins.zip(ends).map(|(begin, end)| self.piece(begin..end)).collect();
        Pieces { program: self.program, list, temporaries: self.temporaries }
    }

    /// The piece of a range of instructions.
    fn piece(&mut self, range: Range<usize>) -> Piece<'p> {
        let program = self.program;
        let values = (range.start as u32..range.end as u32).map(ValueId);
        let computed: Vec<ValueId> =
            values.filter(|value| is_work(program, self.is_uniform, *value)).collect();
        let is_last = range.end == program.insts.len();
        let mut b = Builder::new();
        let (inputs, mut values) = self.read(&mut b, &computed, is_last);
        for &value in &computed {
            let inst = program.inst(value);
            let args: Vec<V> = inst.args.iter().map(|arg| values[arg]).collect();
            values.insert(value, b.append(inst, &args));
        }
        // What was read for the last time gives its place to what is handed on: a piece reads
        // before it writes, element by element.
        self.release(range.end);
        let (outputs, handed_out) = if is_last {
            let outputs = (0..program.results.len()).map(Output::Result).collect();
            (outputs, program.results.to_vec())
        } else {
            let is_read = |value: &ValueId| self.last_reads[value.index()] >= range.end;
            let handed_on: Vec<ValueId> = computed.into_iter().filter(is_read).collect();
            let outputs = handed_on.iter().map(|value| Output::Temporary(self.keep(*value)));
            (outputs.collect(), handed_on)
        };
        let handed_out: Vec<V> = handed_out.iter().map(|value| values[value]).collect();
        Piece { program: Cow::Owned(b.finish(&handed_out)), inputs, outputs }
    }

    /// Appends what a piece reads without computing it: constants, and parameters with where they
    /// come from. The last piece also hands out results that it does not compute.
    fn read(
        &self,
        b: &mut Builder,
        computed: &[ValueId],
        is_last: bool,
    ) -> (Vec<Input>, FxHashMap<ValueId, V>) {
        let program = self.program;
        let (mut inputs, mut values) = (Vec::new(), FxHashMap::default());
        let args = computed.iter().flat_map(|value| program.inst(*value).args.iter());
        let results: &[ValueId] = if is_last { &program.results } else { &[] };
        for &value in args.chain(results) {
            if values.contains_key(&value) || computed.binary_search(&value).is_ok() {
                continue;
            }
            let ty = program.ty(value);
            let here = match program.constant(value) {
                Some(bits) => b.bits(ty, bits),
                None => {
                    inputs.push(self.input(value));
                    b.param(ty)
                }
            };
            values.insert(value, here);
        }
        (inputs, values)
    }

    /// Where a piece finds a value that it does not compute.
    fn input(&self, value: ValueId) -> Input {
        match self.homes.get(&value) {
            Some(home) => Input::Temporary(*home),
            None if self.is_uniform[value.index()] => Input::Uniform(value),
            None => Input::Param(self.program.inst(value).imm as usize),
        }
    }

    /// Frees the temporaries of what nothing from an instruction on reads.
    fn release(&mut self, end: usize) {
        let (homes, last_reads, free) = (&mut self.homes, &self.last_reads, &mut self.free);
        homes.retain(|value, home| {
            let is_read = last_reads[value.index()] >= end;
            if !is_read {
                free.push(*home);
            }
            is_read
        });
        // The order of a hash map is no order, and code is to be the same every time.
        free.sort_unstable();
    }

    /// Gives a value a temporary.
    fn keep(&mut self, value: ValueId) -> usize {
        let ty = self.program.ty(value);
        let fits = |home: &usize| self.temporaries[*home] == ty;
        let home = match self.free.iter().position(fits) {
            Some(position) => self.free.remove(position),
            None => {
                self.temporaries.push(ty);
                self.temporaries.len() - 1
            }
        };
        self.homes.insert(value, home);
        home
    }
}

/// Whether a value is computed for every element, rather than read or known before.
fn is_work(program: &Program, is_uniform: &[bool], value: ValueId) -> bool {
    !is_uniform[value.index()] && !program.inst(value).op.is_leaf()
}

/// For each value, the last instruction that reads it; one past all for results.
fn last_reads(program: &Program) -> Vec<usize> {
    let mut last_reads = vec![0; program.insts.len()];
    for value in program.values() {
        program.inst(value).args.iter().for_each(|arg| last_reads[arg.index()] = value.index());
    }
    program.results.iter().for_each(|result| last_reads[result.index()] = program.insts.len());
    last_reads
}
