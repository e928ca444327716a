//! Lane programs as AVX-512 or AVX2 code, 64 or 32 bytes at a time.
//!
//! Cranelift has vectors of 128 bits. A program along contiguous elements therefore
//! becomes a function of its own here, which Cranelift's loop nest calls once a row and
//! which leaves no rest: the last elements are computed under a mask.
//!
//! * [`target`]: which of the two instruction sets it is;
//! * [`select`], [`operations`] and [`emulated`]: from lane operations to instructions, with
//!   [`code`] as their table, in which they have AVX-512's names; [`masks`]: bools;
//! * [`rare`]: the tests of rare selects; [`avx2`]: what AVX2 does otherwise;
//! * [`ahead`]: asking for memory before it is read; [`stream`]: writing past the caches;
//! * [`schedule`]: the order of instructions; [`fold`]: loads that are operands of others;
//! * [`allocate`]: registers, of which there are 32 or 16;
//! * [`encode`]: the loop around the bodies, and bytes.
//!
//! Rare selects cost a test: the usual body computes their conditions but not their rare
//! operands, and if a condition holds in any lane, a cold body computes these elements
//! again in full.
//!
//! What has no instructions here (integer division, powers, remainders …) is left to
//! Cranelift with the whole program.

mod ahead;
mod allocate;
mod avx2;
mod code;
mod emulated;
mod encode;
mod fold;
mod layout;
mod machine;
mod masks;
mod operations;
mod rare;
mod reduce;
mod schedule;
mod select;
mod stream;
mod stretches;
mod target;

pub(crate) use layout::Argument;
pub(crate) use reduce::{Reduced, accumulating, compile_reduction};
pub(crate) use select::Source;
pub(crate) use target::Target;

use crate::lanes::uniform_values;
use allocate::{Allocated, allocate};
use encode::{Bodies, Frame, encode};
use fold::fold_loads;
use jitney_ir::lanes::{LaneOp, LaneType, Program, ValueId};
use layout::Layout;
use machine::Kept;
use reduce::Reduction;
use schedule::schedule;
use select::{Rare, Subject, Wish, select};
use stretches::stretches;

/// Programs of more instructions than this fill the machine's window by themselves.
const TOO_LONG_TO_PAIR: usize = 200;

/// Programs of as many wait for results rather than for memory. Three vectors at a time are
/// up to a fourth faster than two even where some values must be saved: logarithms take 0.36 ns
/// then instead of 0.37.
const MUCH: usize = 20;

/// Programs of so many for common cases that divide are waiting even then, for the machine does
/// not look far enough ahead to begin the next step: with five vectors powers of doubles take
/// 1.17 ns instead of 1.37, inverse hyperbolic tangents of floats 0.29 instead of 0.33. Shorter
/// ones wait less, and longer ones (Black and Scholes of floats: 292 us with three vectors, 461
/// with five) have more to save than they gain.
const WAITING: std::ops::RangeInclusive<usize> = 60..=130;

/// Programs of as many elements a lane are the rows of a chunk, which few vectors should fill;
/// their elements wait side by side.
const MANY_ELEMENTS: usize = 12;

/// The vectors of a step of other programs, and of any where registers are few.
const FEW_COPIES: usize = 2;

/// A function `extern "sysv64" fn(arguments: *const i64, n: i64)` that runs a program on
/// `n` elements.
pub(crate) struct WideFunction {
    /// Code, then constants.
    pub(crate) bytes: Vec<u8>,
    /// How many of the bytes are code.
    pub(crate) code_bytes: usize,
    /// What the arguments are to be.
    pub(crate) arguments: Vec<Argument>,
    /// Elements computed at a time.
    pub(crate) lanes: usize,
}

/// Compiles a program whose parameters come from the given sources and whose results are
/// contiguous. `None` if it is left to Cranelift. Where `may_stream`, results may go past the
/// caches if that is what the call asks for.
pub(crate) fn compile(
    target: Target,
    program: &Program,
    sources: &[Source],
    may_stream: bool,
) -> Option<WideFunction> {
    let is_uniform = &uniform(program, sources);
    let subject = Subject::new(target, program, sources, is_uniform);
    let mut layout = Layout::new(target);
    let (main, rest) = bodies(subject, &mut layout)?;
    let streams = may_stream && stream::pays(program);
    assemble(subject, main, rest, layout, streams, None)
}

/// The bodies of a tail and, if any lane may take a rare path, of what is computed in full.
type Rest = (Allocated, Option<Allocated>);

fn bodies(subject: Subject<'_>, layout: &mut Layout) -> Option<(MainBody, Rest)> {
    let is_rare = |v: ValueId| subject.program.inst(v).op == LaneOp::SelectRare;
    let has_rare = subject.program.values().any(|v| is_rare(v) && !subject.is_uniform[v.index()]);
    let usual = if has_rare { Rare::Leaves } else { Rare::Stays };
    let main = main_body(subject, usual, layout)?;
    let mut rest = |rare| {
        let mut body = select(subject, Wish::plain(rare), layout)?.body;
        body.n_vectors -= subject.target.n_masks_of_rest();
        if rare == usual && subject.program.cost() >= MUCH {
            schedule(&mut body);
        }
        Some(allocate(&body))
    };
    let tail = rest(usual)?;
    let cold = if has_rare { Some(rest(Rare::Stays)?) } else { None };
    Some((main, (tail, cold)))
}

/// Puts the function together from its bodies.
fn assemble(
    subject: Subject<'_>,
    MainBody { allocated: main, copies, kept }: MainBody,
    (tail, cold): Rest,
    mut layout: Layout,
    may_stream: bool,
    reduction: Option<&Reduction>,
) -> Option<WideFunction> {
    let all_lanes = match subject.target {
        Target::Avx2 => layout.slots(&[u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0, 0, 0, 0]),
        Target::Avx512 => layout.bits(u64::MAX >> (64 - subject.lanes)),
    };
    let ahead = match reduction {
        Some(_) => ahead::arguments(&mut layout, subject.sources),
        None => Vec::new(),
    };
    let streams = may_stream.then(|| layout.argument(Argument::Streams));
    let frame = Frame {
        target: subject.target,
        lanes: subject.lanes,
        step: subject.lanes * copies,
        reach: subject.lanes * copies + ahead_of(subject, &kept),
        n_vectors: subject.n_vectors(),
        pointers: &pointers(&layout, subject.sources, reduction),
        kept: &kept,
        constants: &layout.constants,
        streams,
        sinks: &stream::sinks(&layout).collect::<Vec<_>>(),
        reduction,
        ahead: &ahead,
        all_lanes,
    };
    let encoded = encode(&frame, &Bodies { main, tail, cold });
    debug_assert!(encoded.is_ok(), "{:?}\n{}", encoded.err(), subject.program);
    let (bytes, code_bytes) = encoded.ok()?;
    Some(WideFunction { bytes, code_bytes, arguments: layout.arguments, lanes: subject.lanes })
}

/// Whether there are instructions for all of a program, given where its parameters come
/// from.
pub(crate) fn has_instructions(target: Target, program: &Program, sources: &[Source]) -> bool {
    let is_uniform = &uniform(program, sources);
    let subject = Subject::new(target, program, sources, is_uniform);
    select(subject, Wish::plain(Rare::Stays), &mut Layout::new(target)).is_some()
}

/// Which values are the same for all elements.
fn uniform(program: &Program, sources: &[Source]) -> Vec<bool> {
    let params: Vec<bool> = sources.iter().map(|source| *source == Source::Uniform).collect();
    uniform_values(program, &params)
}

/// How many elements fill a vector of the widest values.
fn lanes_of(subject: Subject<'_>) -> usize {
    let live = subject.live(Rare::Stays);
    let insts = subject.program.insts.iter().zip(live);
    let types = insts.filter(|(_, is_live)| *is_live).map(|(inst, _)| inst.ty);
    let sizes = types.filter(|ty| *ty != LaneType::Bool).map(LaneType::size);
    subject.target.vector_bytes() / sizes.max().unwrap_or(1)
}

impl<'p> Subject<'p> {
    /// A program on as many lanes as fill a vector, with no accumulators.
    fn new(
        target: Target,
        program: &'p Program,
        sources: &'p [Source],
        is_uniform: &'p [bool],
    ) -> Subject<'p> {
        let accumulators = &[];
        let mut subject =
            Subject { program, sources, is_uniform, lanes: 0, target, accumulators, n_reserved: 0 };
        subject.lanes = lanes_of(subject);
        subject
    }
}

/// The body that computes a step of a row.
struct MainBody {
    allocated: Allocated,
    /// How many vectors a step has.
    copies: usize,
    kept: Vec<Kept>,
}

/// How far beyond its step, and beyond what a row has more of it, the main body reads.
fn ahead_of(subject: Subject<'_>, kept: &[Kept]) -> usize {
    let ahead = kept.iter().filter_map(|kept| match kept {
        Kept::Stretch(stretch) => Some(subject.lanes.saturating_sub(stretch.beyond)),
        Kept::Cell(_) => None,
    });
    ahead.max().unwrap_or(0)
}

/// Several vectors make a step, so that one is computed while others wait for a result. Of
/// what computes little there are no more than have room in registers; registers that are
/// left keep constants.
fn main_body(subject: Subject<'_>, rare: Rare, layout: &mut Layout) -> Option<MainBody> {
    let cost = subject.program.cost();
    let shared = stretches(subject, layout);
    let mut make = |copies, kept: &[Kept]| {
        let mut selected = select(subject, Wish { rare, copies, kept }, layout)?;
        if cost >= MUCH {
            schedule(&mut selected.body);
        }
        fold_loads(&mut selected.body, subject.lanes);
        Some((allocate(&selected.body), selected.cells))
    };
    let mut copies = copies(subject, subject.program.common_cost());
    let (mut allocated, mut cells) = make(copies, &shared)?;
    if allocated.n_saved > 0 && copies == FEW_COPIES && subject.accumulators.is_empty() {
        (copies, (allocated, cells)) = (1, make(1, &shared)?);
    }
    cells.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    cells.truncate(subject.n_vectors() - shared.len() - allocated.n_vectors);
    if !cells.is_empty() {
        let cells = cells.into_iter().map(|(spread, _)| Kept::Cell(spread));
        let kept: Vec<Kept> = shared.iter().copied().chain(cells).collect();
        let (with_kept, _) = make(copies, &kept)?;
        if with_kept.n_saved == 0 {
            return Some(MainBody { allocated: with_kept, copies, kept });
        }
    }
    Some(MainBody { allocated, copies, kept: shared })
}

/// Most elements of a step: where a row ends, the instruction that makes the mask of the lanes in
/// use looks at eight bits of how many are left.
const MAX_STEP: usize = 256;

/// How many vectors to try to make a step of.
fn copies(subject: Subject<'_>, cost: usize) -> usize {
    let program = subject.program;
    let divides = || program.insts.iter().any(|inst| inst.op == LaneOp::FDiv);
    let copies = match subject.target {
        _ if !subject.accumulators.is_empty() => reduce::copies(subject.lanes),
        _ if cost > TOO_LONG_TO_PAIR => 1,
        _ if n_elements(subject) >= MANY_ELEMENTS => FEW_COPIES,
        Target::Avx512 if WAITING.contains(&cost) && divides() => 5,
        Target::Avx512 if cost >= MUCH => 3,
        Target::Avx512 | Target::Avx2 => FEW_COPIES,
    };
    copies.min(MAX_STEP / subject.lanes)
}

/// How many elements a lane reads and writes.
fn n_elements(subject: Subject<'_>) -> usize {
    let loads = subject.sources.iter().filter(|source| **source == Source::Elements);
    loads.count() + subject.program.results.len()
}

/// Offsets of arguments that are addresses, those of results first: what is loaded after a
/// store waits for the store's address. Where a reduction's result goes is asked once, at its
/// end.
fn pointers(layout: &Layout, sources: &[Source], reduction: Option<&Reduction>) -> Vec<u32> {
    let is_address = |argument: &Argument| match argument {
        Argument::Source(number) => {
            matches!(sources[*number], Source::Elements | Source::Shifted { .. })
        }
        Argument::Sink(_) | Argument::Ahead(_) => true,
        Argument::Stride(_) | Argument::Uniform(_) | Argument::Streams => false,
    };
    let is_sink = |argument: &Argument| matches!(argument, Argument::Sink(_));
    let addresses = layout.arguments.iter().enumerate().filter(|(_, a)| is_address(a));
    let (sinks, sources): (Vec<_>, Vec<_>) = addresses.partition(|(_, a)| is_sink(a));
    let all = sinks.into_iter().chain(sources);
    let all = all.map(|(index, _)| (index * layout::SLOT) as u32);
    all.filter(|offset| reduction.is_none_or(|reduction| !reduction.ends_at(*offset))).collect()
}
