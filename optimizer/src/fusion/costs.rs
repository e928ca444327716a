//! The cost model: what is cheap enough to compute again, and what makes a kernel too large.
//!
//! Costs are counts of lane instructions: coarse, but the same on every machine, so that a graph
//! has one plan wherever it runs. What instructions really take differs by a factor of ten, hence
//! [`Costs::is_slow`] for the few that stand out.

use jitney_ir::DType;
use jitney_ir::graph::{Graph, NodeId, Op};
use jitney_ir::lanes::{Inst, LaneOp, Program};
use jitney_ir::ops::{Call, Elementwise};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::fmt;

/// Lane instructions that are computed again rather than stored and loaded: a store and a
/// load of 8 bytes that miss the cache cost about as much as this many vector operations.
pub(crate) const CHEAP: usize = 8;

/// The same for a value that a stencil reads at several shifts, all it rests on included:
/// instructions computed more often than once. The Laplacian of horizontal diffusion, five
/// instructions at five shifts, makes twenty of them. Computed again it takes 4.4 ms on one
/// thread and 2.2 on two where storing it takes 6.3 and 3.3 (128 x 128 x 160 of f64): a store
/// and a load that miss the caches are worth sixty instructions, those that hit fewer.
pub(crate) const CHEAP_SHIFTS: usize = 24;

/// How often a division or a square root may be computed instead of once. Each takes as long
/// as several loads, so that a short array of quotients which every row reads is stored.
pub(crate) const SLOW_REPEATS: usize = 4;

/// Lane instructions of one kernel, rare cases included. Compilation takes longer than linear
/// time in the length of a straight line; at this length it is some milliseconds.
pub(crate) const MAX_COST: usize = 2500;

/// Buffers of more than one element of one kernel. Each needs an address register or a reload
/// of one.
pub(crate) const MAX_ACCESSES: usize = 48;

/// Results and reductions of one kernel: each is an address or accumulators more. A row of 48
/// results is a kernel of 48 stores already; what is put together from 60,000 copies of one
/// array would be one of 60,000.
pub(crate) const MAX_RESULTS: usize = 48;

/// Values that a group wants of nodes that have not been visited yet, and single elements that it
/// reads. If none of them turns out to be worth computing there, each is an access.
pub(crate) const MAX_WANTED: usize = 512;

/// Views between a group and a node, and of a chain until one of them is copied: each demand
/// walks along them.
pub(crate) const MAX_VIEWS: usize = 64;

/// Readers of one node that are compared with each other, and demands of one that are looked
/// through for another reduction of the same elements.
pub(crate) const MAX_COMPARED: usize = 128;

/// Nodes of a graph up to which independent groups are merged: each merge searches the
/// dependence graph.
pub(crate) const MAX_MERGE_NODES: usize = 4096;

/// Nodes that a search of the dependence graph looks at before it gives up.
pub(crate) const MAX_SEARCH: usize = 4096;

/// Nodes that all searches for a graph of so many nodes may look at together: about as much as it
/// takes to plan the graph anyway, and what takes some milliseconds for a small one.
pub fn max_searched(n_nodes: usize) -> usize {
    n_nodes.saturating_mul(1 << 6).saturating_add(1 << 20)
}

/// Elements of a row of a kernel with stages. Rows of one element have nothing to share; from
/// two on they are unrolled, and normalizing rows of three takes a tenth of the time that
/// several kernels take.
pub(crate) const LONG_ROW: usize = 2;

/// Elements of the longest row of a kernel with stages. A row is what a host that wants to stop
/// waits for, and one that no cache holds is read from memory in every stage anyway.
pub(crate) const MAX_ROW: usize = 1 << 20;

/// Elements that are not worth a second thread whatever is computed of them.
pub(crate) const SERIAL: usize = 1 << 16;

/// Rows that a kernel of several stages needs to have something to share between threads.
pub(crate) const MIN_ROWS: usize = 64;

/// The same where rows lie across memory and a stripe of them is what a thread takes.
pub(crate) const MIN_COLUMNS: usize = 512;

/// Bytes that a kernel keeps of a row from stage to stage: what a core has for itself.
pub(crate) const MAX_ROW_BYTES: usize = 1 << 17;

/// Why a value goes through memory instead of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unfused {
    /// Evaluation is eager: every operation has its own kernel.
    Eager,
    /// The value is a result of the graph and its reader has another domain.
    IsOutput,
    /// The reader needs the finished reduction before it can start on its elements.
    NeedsReduction,
    /// A reader is a library call, which reads memory.
    ReadByLibrary(Call),
    /// The value is a result of a library call, which leaves it in memory.
    IsOfLibrary(Call),
    /// The value is put together from parts in memory.
    IsConcatenation,
    /// Computing the value wherever it is read would compute it many times.
    WouldRecompute {
        /// Lane instructions of one computation.
        cost: usize,
        /// How often it would be computed instead of once.
        times: usize,
    },
    /// Strides cannot express the reshape between the two.
    NeedsContiguous,
    /// The kernel would be too long.
    TooLarge,
    /// The kernel would have too many buffers.
    TooManyBuffers,
    /// Too many views would lie between the two.
    TooManyViews,
    /// One kernel of both would need its own result before it starts.
    WouldCycle,
}

impl fmt::Display for Unfused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfused::Eager => f.write_str("evaluation is eager"),
            Unfused::IsOutput => f.write_str("it is a result, and the reader has another domain"),
            Unfused::NeedsReduction => {
                f.write_str("the reader needs the finished reduction for its first element")
            }
            Unfused::ReadByLibrary(call) => write!(f, "a {} reads it from memory", call.noun()),
            Unfused::IsOfLibrary(call) => write!(f, "a {} leaves it in memory", call.noun()),
            Unfused::IsConcatenation => f.write_str("it is put together from parts in memory"),
            Unfused::WouldRecompute { cost, times } => {
                let s = if *cost == 1 { "" } else { "s" };
                write!(f, "{cost} instruction{s} would be computed {times} times instead of once")
            }
            Unfused::NeedsContiguous => f.write_str("strides cannot express the reshape between"),
            Unfused::TooLarge => write!(f, "the kernel would exceed {MAX_COST} instructions"),
            Unfused::TooManyBuffers => write!(f, "the kernel would exceed {MAX_ACCESSES} buffers"),
            Unfused::TooManyViews => write!(f, "more than {MAX_VIEWS} views would lie between"),
            Unfused::WouldCycle => f.write_str("each would need the other's result first"),
        }
    }
}

/// What one element of a node costs, in lane instructions.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Those that run for every element: what computing again costs.
    pub common: usize,
    /// All of them, rare cases included: what compiling costs.
    pub all: usize,
}

impl Cost {
    /// The cost of a program, for each lane.
    fn of(program: &Program) -> Cost {
        Cost { common: program.common_cost(), all: compile_cost(program) }
    }
}

/// Operations that no vector instruction does: they are emitted for each lane.
const BY_LANE: [LaneOp; 9] = [
    LaneOp::SDiv,
    LaneOp::UDiv,
    LaneOp::SRem,
    LaneOp::URem,
    LaneOp::FRem,
    LaneOp::UMulHi,
    LaneOp::Clz,
    LaneOp::IPow,
    LaneOp::UGcd,
];

/// What compiling a program costs. 200 remainders of `int64` took 90 ms when each counted as one
/// instruction.
fn compile_cost(program: &Program) -> usize {
    /// Bytes of a vector, and what each of its lanes costs: to take it out, to keep division from
    /// trapping, to divide by instructions that are bound to registers, and to put the result in.
    const VECTOR: usize = 16;
    const EACH: usize = 12;
    let shifts = [LaneOp::Shl, LaneOp::LShr, LaneOp::AShr];
    // Vectors shift all their lanes by one number; wide code those of more than two bytes by any.
    let is_shift = |inst: &&Inst| {
        let is_short = shifts.contains(&inst.op) && inst.ty.size() <= 2;
        is_short && program.inst(inst.args[1]).op != LaneOp::Const
    };
    let is_by_lane = |inst: &&Inst| BY_LANE.contains(&inst.op) || is_shift(inst);
    let by_lane = program.insts.iter().filter(is_by_lane);
    let more: usize = by_lane.map(|inst| EACH * VECTOR / inst.ty.size() - 1).sum();
    program.cost() + more
}

/// Costs of nodes, remembered by operation and dtypes.
#[derive(Default)]
pub(crate) struct Costs(FxHashMap<Signature, Cost>);

/// An elementwise operation with the dtypes of its operands.
type Signature = (Elementwise, SmallVec<[DType; 3]>);

impl Costs {
    /// What one element of the node costs.
    pub fn of(&mut self, graph: &Graph, id: NodeId) -> Cost {
        // Reductions cost their one combination; leaves and views are hardly asked about.
        let Op::Elementwise(op) = graph.node(id).op else { return Cost { common: 1, all: 1 } };
        // Only the program knows its length, and the long ones take their time to build: one is
        // built for all nodes of an operation and dtypes, whatever their shapes.
        let cost = |(op, dtypes): &Signature| Cost::of(&op.program(dtypes));
        *self.0.entry((op, graph.input_dtypes(id))).or_insert_with_key(cost)
    }

    /// Whether the node divides or takes a root, which vectors are slow at. Asked of a node that
    /// would be computed many times, which is rare: the program is built for it.
    pub fn is_slow(&self, graph: &Graph, id: NodeId) -> bool {
        let Op::Elementwise(op) = graph.node(id).op else { return false };
        let program = op.program(&graph.input_dtypes(id));
        let slow = [LaneOp::FDiv, LaneOp::FSqrt, LaneOp::SDiv, LaneOp::UDiv];
        program.insts.iter().any(|inst| slow.contains(&inst.op))
    }
}
