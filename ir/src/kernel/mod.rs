//! Kernels: a loop nest over runtime extents, strided accesses, and lane programs as body.
//!
//! # Iteration space
//! A kernel has `n_kept` kept axes and `n_reduced` reduced axes, each group outermost first;
//! the kept axes come first. A *row* is one index of the kept axes. Extents and strides are
//! arguments of each call, so a kernel serves every size.
//!
//! # Accesses
//! An [`Access`] is a base and one stride per axis: a buffer that is read or written (base
//! address and strides in bytes), or an index operand, whose value is the affine function
//! `base + Σ stride·index` itself, an `i64`. [`Layout`] says what is known of the stride of
//! the *vector axis* when the kernel is compiled; every other stride is only known when it
//! runs. The vector axis is the last axis, or the last kept axis under [`Schedule::Columns`].
//!
//! # Phases
//! Each row runs the phases in order. An *element* phase visits every index of the reduced
//! axes in C order and a *row* phase runs once. The phase's lane program takes its parameters
//! from accesses and from row values computed by earlier phases; its results are stored or
//! become row values: an element phase reduces into them, in the order of
//! [`crate::reduction`], and a row phase computes them once. So `reduce` is an element phase
//! and perhaps a row phase; softmax is three element phases over one row; a kernel without
//! reduced axes has a single element phase. What one element phase stores, a later one may
//! load: softmax keeps its exponentials in memory for one row.
//!
//! # The call
//! A compiled kernel takes one argument, a pointer to `i64` slots, laid out by [`Slots`].
//! Work is split by calling it with moved bases and smaller extents along kept axes. The
//! blocks of one long reduction are split by [`Mode`]: calls in mode `Partial` leave the row
//! values of a range of blocks in memory, and a call in mode `Finish` combines them and runs
//! the row phases.

mod kernel_text;
mod verify;

pub use verify::VerifyError;

use crate::dtype::DType;
use crate::lanes::Program;
use crate::ops::Reduction;

/// What is known, when a kernel is compiled, of an access's stride along the vector axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The stride is 0: one value for the whole inner loop.
    Broadcast,
    /// The stride is the size of an element (1 for an index).
    Contiguous,
    /// The stride is any number, negative ones included.
    Strided,
    /// As `Strided`, and each element lies right behind that of the access before, which has the
    /// same strides. So accesses that follow each other are the columns of one array.
    Next,
}

/// What an access is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessKind {
    /// Elements are read.
    Load,
    /// Elements are written; no other access overlaps them, but for loads of the same
    /// elements by later phases of the row, and, in kernels without reduced axes, for loads
    /// that read at each index the very element that is written there: these come first.
    Store,
    /// The value is `base + Σ stride·index`; the dtype is `int64`.
    Index,
}

/// A buffer access or index operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// What it is for.
    pub kind: AccessKind,
    /// The dtype of the elements.
    pub dtype: DType,
    /// What is known of the stride of the vector axis.
    pub layout: Layout,
    /// That its elements are those of another load, if they are.
    pub shift: Option<Shift>,
}

/// What slices of one array have in common, as far as they differ along the vector axis alone:
/// a load's elements are those of another one, some further on. Who computes many at a time
/// needs to load them once only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// The other one, from the element on that comes first.
    pub of: AccessId,
    /// How many elements further on.
    pub by: u8,
}

/// An index into [`Kernel::accesses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessId(pub u32);

/// A value per row, computed by an earlier phase: an index into [`Kernel::row_values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowValueId(pub u32);

/// How a reduction is vectorized. A kernel without reduced axes is always `Rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Schedule {
    /// Row by row, along the last reduced axis.
    Rows,
    /// Many rows at once, along the last kept axis: for reductions over outer axes, whose
    /// neighbouring rows are neighbours in memory.
    Columns,
}

/// Where a parameter of a phase's program comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Read through an access.
    Access(AccessId),
    /// A row value of an earlier phase.
    Row(RowValueId),
}

/// Where a result of a phase's program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sink {
    /// Written through an access.
    Store(AccessId),
    /// Into a row value: reduced by an element phase, kept as it is by a row phase.
    Row(RowValueId),
}

/// How often a phase runs in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Once per index of the reduced axes.
    Element,
    /// Once.
    Row,
}

/// A lane program with its sources and sinks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phase {
    /// How often it runs in a row.
    pub scope: Scope,
    /// What happens to one element.
    pub program: Program,
    /// One source per parameter of the program.
    pub sources: Vec<Source>,
    /// One sink per result of the program.
    pub sinks: Vec<Sink>,
}

/// A row value: what computes it, and its dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowValue {
    /// The reduction by an element phase; `None` if a row phase computes the value.
    pub reduction: Option<Reduction>,
    /// The dtype of what is reduced and of the result.
    pub dtype: DType,
}

/// A loop nest; see the [module](self). Its value is the key under which code is cached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// How reductions are vectorized.
    pub schedule: Schedule,
    /// The number of kept axes.
    pub n_kept: usize,
    /// The number of reduced axes.
    pub n_reduced: usize,
    /// Buffers and index operands.
    pub accesses: Vec<Access>,
    /// The values that reductions compute.
    pub row_values: Vec<RowValue>,
    /// What each row runs, in order.
    pub phases: Vec<Phase>,
}

impl Kernel {
    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.n_kept + self.n_reduced
    }

    /// The axis along which the inner loop runs; `None` if there are no axes.
    pub fn vector_axis(&self) -> Option<usize> {
        match self.schedule {
            Schedule::Rows => self.rank().checked_sub(1),
            Schedule::Columns => self.n_kept.checked_sub(1),
        }
    }

    /// The access with the given id.
    pub fn access(&self, id: AccessId) -> &Access {
        &self.accesses[id.0 as usize]
    }

    /// Whether the blocks of its reductions may be split between calls: the only element
    /// phase comes first, so that it waits for no row value.
    pub fn is_splittable(&self) -> bool {
        let mut scopes = self.phases.iter().map(|phase| phase.scope);
        let starts = scopes.next() == Some(Scope::Element);
        self.n_reduced > 0 && starts && scopes.all(|scope| scope == Scope::Row)
    }

    /// Lane instructions per element, over all phases, but for those of rare cases.
    ///
    /// This is what threads are woken for. (Compilers care for the length of each program.)
    pub fn common_cost(&self) -> usize {
        self.phases.iter().map(|phase| phase.program.common_cost()).sum()
    }
}

/// What a call does with the blocks of its reductions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Mode {
    /// Reduces all blocks and runs all phases.
    Whole = 0,
    /// Reduces the blocks of a range and leaves the row values in the partials. Row phases
    /// do not run.
    Partial = 1,
    /// Combines partials into the row values, by a balanced tree, then runs the row phases.
    /// Element phases do not run.
    Finish = 2,
    /// Combines partials into one, which takes the place of the first. No phase runs.
    Combine = 3,
}

impl Mode {
    /// The bit of modes that leave partials and run no row phases.
    pub const LEAVES_PARTIALS: i64 = 1;
    /// The bit of modes that begin with partials and run no element phases.
    pub const TAKES_PARTIALS: i64 = 2;
}

/// Where the arguments of a call stand, in slots of an `i64`.
///
/// First the extents, one per axis; then for each access its base and one stride per axis;
/// then the slots of the reduction, which only kernels with reduced axes read, and of hints.
///
/// Partials are 8-byte slots: the row value `v` of the `r`-th row of the call (in C order of
/// the kept axes) is at `partials + 8 * (v * n_rows + r)`, in its low bytes. Mode `Finish`
/// finds the partials of task `t` at `partials + t * partial_stride`.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    rank: usize,
    n_accesses: usize,
}

impl Slots {
    /// The layout of the kernel's arguments.
    pub fn of(kernel: &Kernel) -> Slots {
        Slots { rank: kernel.rank(), n_accesses: kernel.accesses.len() }
    }

    /// The extent of an axis.
    pub fn extent(self, axis: usize) -> usize {
        axis
    }

    /// The base of an access: an address, or the value of an index operand at the origin.
    pub fn base(self, access: usize) -> usize {
        self.rank + access * (1 + self.rank)
    }

    /// The stride of an access along an axis: in bytes, or units of an index operand.
    pub fn stride(self, access: usize, axis: usize) -> usize {
        self.base(access) + 1 + axis
    }

    fn reduction(self, index: usize) -> usize {
        self.rank + self.n_accesses * (1 + self.rank) + index
    }

    /// Address of scratch memory, 64-byte aligned, as large as the compiled kernel asks for.
    pub fn scratch(self) -> usize {
        self.reduction(0)
    }

    /// The [`Mode`].
    pub fn mode(self) -> usize {
        self.reduction(1)
    }

    /// The first block, for mode `Partial`: a multiple of the range's power of two.
    pub fn first_block(self) -> usize {
        self.reduction(2)
    }

    /// One past the last block, for mode `Partial`; blocks past the end are not there.
    pub fn end_block(self) -> usize {
        self.reduction(3)
    }

    /// Address of the partials, for modes `Partial` and `Finish`.
    pub fn partials(self) -> usize {
        self.reduction(4)
    }

    /// The number of partials to combine, for mode `Finish`.
    pub fn n_partials(self) -> usize {
        self.reduction(5)
    }

    /// Bytes from one task's partials to the next, for mode `Finish`.
    pub fn partial_stride(self) -> usize {
        self.reduction(6)
    }

    /// The number of rows of the call, the product of the kept extents.
    pub fn n_rows(self) -> usize {
        self.reduction(7)
    }

    /// Not 0 if what the last element phase stores is more than caches hold, so that it had
    /// better go past them.
    pub fn streams(self) -> usize {
        self.reduction(8)
    }

    /// The number of slots.
    pub fn len(self) -> usize {
        self.reduction(9)
    }

    /// Never: there are always the slots of the reduction.
    pub fn is_empty(self) -> bool {
        false
    }
}
