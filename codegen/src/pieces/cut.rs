//! Where to cut: the cost model of pieces.
//!
//! A piece takes the time in which its instructions begin and, in addition, what the longest chain
//! of them waits for that is not hidden by other vectors. The machine looks so many instructions
//! ahead, so that twice the length leaves half of the vectors in work to share the waiting:
//!
//! ```text
//! time = length * issue + length * chain / window
//! ```
//!
//! So two halves of a program wait half as long as the whole, and that is what a cut gains; it costs
//! what it takes to store and load the values that cross it, and to begin a piece. Of all ways to
//! cut, the cheapest is taken. Times are in sixteenths of a cycle, for one vector.
//!
//! ```text
//! with AVX2              length   chain   time       measured
//! exp(x)                 25       720     156        172
//! sin(x)                 43       768     275        296
//! exp(sin(x))            68       1488    588        660
//! the same in pieces                      431 + 32   469
//! ```
//!
//! The figures are fitted to some thirty functions and pairs of them on Zen 4: with AVX2 the model is
//! within 20 % of all, and 10 % off on average. Those of Cranelift's code are the best of some twenty
//! for the chains of `--bench chains`: what fits its functions leaves more of these slower in pieces.

use super::{is_work, last_reads};
use crate::wide::Target;
use jitney_ir::lanes::{LaneOp, LaneType, Program, Typing, ValueId};

/// Programs of fewer instructions have enough vectors in work as they are.
const SHORT: usize = 56;

/// Cuts that more values cross are not thought about. A bool counts as two.
const MAX_CROSSING: usize = 8;

/// Along a stretch of equally good cuts, one in so many instructions is thought about.
const PLATEAU: usize = 16;

/// Pieces of more instructions are not thought about unless there is no other.
const MAX_PIECE: usize = 512;

/// The instructions at which the pieces of a program but for the first begin; none if it is best
/// left as it is.
pub(super) fn cut(program: &Program, is_uniform: &[bool], target: Option<Target>) -> Vec<usize> {
    let is_common = program.common_values();
    let work: Vec<usize> = program
        .values()
        .filter(|value| is_work(program, is_uniform, *value) && is_common[value.index()])
        .map(ValueId::index)
        .collect();
    if work.len() < SHORT {
        return Vec::new();
    }
    let crossings = Crossings::of(program, is_uniform, &is_common);
    let candidates = candidates(&work, &crossings);
    let model = Model { program, prices: Prices::of(target), work: &work };
    cheapest(&model, &candidates)
}

/// A place to cut.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The position among the common instructions of the first one behind it.
    position: usize,
    /// How many values cross.
    n_crossing: usize,
}

/// What crosses a cut before each instruction.
struct Crossings {
    /// How many.
    counts: Vec<usize>,
    /// Whether a value is among them that only a rare path needs: it would be computed always.
    has_rare: Vec<bool>,
}

impl Crossings {
    fn of(program: &Program, is_uniform: &[bool], is_common: &[bool]) -> Crossings {
        let n = program.insts.len();
        let last_reads = last_reads(program);
        // Differences first, summed up afterwards: a value counts from behind its definition up
        // to its last reader.
        let (mut common, mut rare) = (vec![0isize; n + 2], vec![0isize; n + 2]);
        for value in program.values().filter(|value| is_work(program, is_uniform, *value)) {
            let index = value.index();
            let counts = match is_common[index] {
                true => &mut common,
                false => &mut rare,
            };
            // A bool is a byte in memory and a mask in registers.
            let count = if program.ty(value) == LaneType::Bool { 2 } else { 1 };
            counts[index + 1] += count;
            counts[last_reads[index].max(index) + 1] -= count;
        }
        let sums = |differences: Vec<isize>| -> Vec<usize> {
            let sum = |sum: &mut isize, difference| {
                *sum += difference;
                Some(sum.unsigned_abs())
            };
            differences.into_iter().scan(0, sum).collect()
        };
        let has_rare = sums(rare).into_iter().map(|count| count > 0).collect();
        Crossings { counts: sums(common), has_rare }
    }
}

/// The places where fewer values cross than around them, between the start and the end.
fn candidates(work: &[usize], crossings: &Crossings) -> Vec<Candidate> {
    let count = |position: usize| crossings.counts[work[position]];
    let mut candidates = vec![Candidate { position: 0, n_crossing: 0 }];
    let inner = 1..work.len().saturating_sub(1);
    for (position, &first) in work.iter().enumerate().take(inner.end).skip(inner.start) {
        let (before, here, after) = (count(position - 1), count(position), count(position + 1));
        let last = candidates[candidates.len() - 1].position;
        let is_lower = here < before || position - last >= PLATEAU;
        let is_possible = here <= MAX_CROSSING && !crossings.has_rare[first];
        if is_possible && is_lower && here <= after {
            candidates.push(Candidate { position, n_crossing: here });
        }
    }
    candidates.push(Candidate { position: work.len(), n_crossing: 0 });
    candidates
}

/// The cuts of the cheapest way from the first candidate to the last.
fn cheapest(model: &Model<'_>, candidates: &[Candidate]) -> Vec<usize> {
    let last = candidates.len() - 1;
    // The cost of the cheapest way to each candidate, and the one before it on that way.
    let mut best: Vec<(usize, usize)> = vec![(usize::MAX, 0); candidates.len()];
    best[0] = (0, 0);
    for from in 0..last {
        let start = best[from].0 + model.prices.cut(candidates[from]);
        for (to, time) in model.times(candidates, from) {
            if start + time < best[to].0 {
                best[to] = (start + time, from);
            }
        }
    }
    let mut starts = Vec::new();
    let mut at = best[last].1;
    while at > 0 {
        starts.push(model.work[candidates[at].position]);
        at = best[at].1;
    }
    starts.reverse();
    starts
}

/// What things take, in sixteenths of a cycle.
struct Prices {
    /// An instruction that waits for nothing. Those of 64 bytes take twice as long as shorter ones
    /// where the machine computes halves of them.
    issue: usize,
    /// So many instructions ahead the machine looks. It seems more with AVX-512, where three vectors
    /// are computed side by side.
    window: usize,
    /// A store and a load of a value that crosses a cut.
    crossing: usize,
    /// To begin a piece: a call for each chunk, whose first vectors wait for the last of the
    /// piece before.
    piece: usize,
}

impl Prices {
    fn of(target: Option<Target>) -> Prices {
        match target {
            Some(Target::Avx512) => Prices { issue: 8, window: 520, crossing: 40, piece: 20 },
            Some(Target::Avx2) => Prices { issue: 4, window: 320, crossing: 20, piece: 12 },
            None => Prices { issue: 3, window: 200, crossing: 8, piece: 6 },
        }
    }

    fn cut(&self, candidate: Candidate) -> usize {
        self.piece + self.crossing * candidate.n_crossing
    }
}

/// What is needed to say how long a piece takes.
struct Model<'p> {
    program: &'p Program,
    prices: Prices,
    /// The common instructions.
    work: &'p [usize],
}

impl Model<'_> {
    /// The candidates at which a piece from one of them on may end, with how long it takes.
    fn times(&self, candidates: &[Candidate], from: usize) -> Vec<(usize, usize)> {
        let begin = candidates[from].position;
        // How long after the piece has begun each of its values is there.
        let mut there = vec![0; self.program.insts.len()];
        let (mut length, mut longest) = (0, 0);
        let mut times = Vec::new();
        let mut ends = (from + 1..candidates.len()).peekable();
        for position in begin..self.work.len() {
            let inst = &self.program.insts[self.work[position]];
            let (latency, n_slots) = cost(inst.op);
            let start = inst.args.iter().map(|arg| there[arg.index()]).max().unwrap_or(0);
            there[self.work[position]] = start + latency;
            longest = longest.max(start + latency);
            length += n_slots;
            if ends.next_if(|end| candidates[*end].position == position + 1).is_some_and(|end| {
                times.push((end, self.time(length, longest)));
                length > MAX_PIECE
            }) {
                break;
            }
        }
        times
    }

    /// How long a vector takes of a piece of some length with a longest chain.
    fn time(&self, length: usize, longest: usize) -> usize {
        length * self.prices.issue + length * longest / self.prices.window
    }
}

/// How long an instruction makes its readers wait, and as how many it counts.
fn cost(op: LaneOp) -> (usize, usize) {
    match op {
        LaneOp::FDiv => (208, 8),
        LaneOp::FSqrt => (320, 12),
        LaneOp::Fma => (64, 1),
        // Registers have no types.
        LaneOp::Bitcast => (0, 0),
        // What is rare is tested for.
        LaneOp::SelectRare => (0, 1),
        // A load for each lane.
        LaneOp::Lookup => (320, 8),
        LaneOp::FNeg | LaneOp::FAbs => (16, 1),
        LaneOp::IMul => (48, 1),
        _ => match op.typing() {
            Typing::Int | Typing::Bits | Typing::IntCompare | Typing::Select => (16, 1),
            Typing::Leaf | Typing::Float | Typing::FloatCompare | Typing::Bitcast => (48, 1),
            Typing::Widen | Typing::Narrow | Typing::BoolToInt | Typing::Lookup => (48, 1),
            Typing::FloatToFloat | Typing::IntToFloat | Typing::FloatToInt => (48, 1),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pieces;
    use super::*;
    use jitney_ir::DType;
    use jitney_ir::lanes::Builder;
    use jitney_ir::ops::Elementwise;

    const TARGETS: [Option<Target>; 3] = [Some(Target::Avx512), Some(Target::Avx2), None];

    fn chain(functions: &[Elementwise]) -> Program {
        let mut b = Builder::new();
        let x = b.param(LaneType::F64);
        let apply = |x, function: &Elementwise| function.build(&mut b, &[DType::F64], &[x]);
        let result = functions.iter().fold(x, apply);
        b.finish(&[result])
    }

    fn n_pieces(program: &Program, target: Option<Target>) -> usize {
        let uniform = vec![false; program.params.len()];
        Pieces::of(program, &uniform, target).list.len()
    }

    #[test]
    fn functions_alone_stay_whole_and_chains_do_not() {
        use Elementwise::{Exp, Log, Sin};
        for target in TARGETS {
            for function in [Exp, Log, Sin] {
                assert_eq!(n_pieces(&chain(&[function]), target), 1, "{function:?}, {target:?}");
            }
            for length in [4, 8, 16] {
                let program = chain(&[Sin, Exp, Sin, Log].repeat(length / 4));
                let n = n_pieces(&program, target);
                assert!((length..=2 * length).contains(&n), "{n} of {length}, {target:?}");
            }
        }
    }

    #[test]
    fn pieces_are_short_and_hand_little_on() {
        let program = chain(&[Elementwise::Tanh, Elementwise::Erf, Elementwise::Sin].repeat(4));
        for target in TARGETS {
            for piece in Pieces::of(&program, &[false], target).list {
                assert!(piece.program.common_cost() <= 100, "{target:?}");
                assert!(piece.inputs.len() <= MAX_CROSSING, "{target:?}");
                assert_eq!(piece.program.verify(), Ok(()));
            }
        }
    }

    /// What is made first and read last, in the opposite order: many values cross any cut.
    #[test]
    fn what_hands_much_on_is_not_cut() {
        let mut b = Builder::new();
        let x = b.param(LaneType::F64);
        let term = |b: &mut Builder, i: u32| {
            let factor = b.float(LaneType::F64, f64::from(i));
            b.fma(x, factor, x)
        };
        let terms: Vec<_> = (0..60).map(|i| term(&mut b, i)).collect();
        let product = terms.into_iter().rev().reduce(|product, term| b.fmul(product, term));
        let program = b.finish(&[product.unwrap_or(x)]);
        for target in TARGETS {
            assert!(n_pieces(&program, target) <= 2, "{target:?}");
        }
    }
}
