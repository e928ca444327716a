//! Plans: ordered steps over buffers.
//!
//! A plan knows sizes and strides but no address, so that it serves every call on arrays of the
//! same shapes and layouts; only whoever runs it allocates. Of `(a @ b).sum() + c`:
//!
//! ```text
//! step 0  product   input 0, input 1     ──► buffer 0
//! step 1  kernel    buffer 0, input 2    ──► buffer 1     buffer 0 dies
//! output            buffer 1
//! ```

use crate::Unfused;
use jitney_ir::DType;
use jitney_ir::graph::{Graph, Layout, NodeId};
use jitney_ir::kernel::{AccessKind, Kernel};
use jitney_ir::ops::Call;
use jitney_ir::shape::Dims;
use smallvec::SmallVec;
use std::sync::Arc;

/// A buffer that the plan allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u32);

/// Where an array is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the caller's input of this number.
    Input(u32),
    /// In a buffer of the plan.
    Buffer(BufferId),
}

impl Place {
    /// The buffer of the plan, if it is one.
    pub fn buffer(self) -> Option<BufferId> {
        match self {
            Place::Buffer(id) => Some(id),
            Place::Input(_) => None,
        }
    }
}

/// Elements in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayRef {
    /// Which memory.
    pub place: Place,
    /// The dtype of the elements.
    pub dtype: DType,
    /// Where in the memory, in bytes.
    pub layout: Layout,
}

/// What an operand of a kernel call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// No memory: the numbers of an index.
    Index,
    /// Elements of an array.
    Array(Place),
    /// Memory of the task's own, for what is kept of one row.
    Row,
}

impl Binding {
    /// Where the array is, if it is one.
    pub fn array(self) -> Option<Place> {
        match self {
            Binding::Array(place) => Some(place),
            Binding::Index | Binding::Row => None,
        }
    }
}

/// What one access of a kernel is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOperand {
    /// Which memory, if any.
    pub binding: Binding,
    /// Bytes from the start of the memory, or the value of the index at the origin.
    pub offset: isize,
    /// One stride per axis of the kernel, in bytes or units of the index.
    pub strides: Dims<isize>,
}

/// A kernel with everything a call needs but addresses.
#[derive(Clone, Debug)]
pub struct KernelCall {
    /// The kernel.
    pub kernel: Arc<Kernel>,
    /// One extent per axis.
    pub extents: Dims<usize>,
    /// One operand per access.
    pub operands: Vec<CallOperand>,
    /// The extents of reduced axes that were unrolled: none of the kernel's axes are.
    pub unrolled: Dims<usize>,
    /// Bytes of memory for one row that each task needs.
    pub row_bytes: usize,
    /// The nodes it computes, for people.
    pub nodes: Vec<NodeId>,
}

impl KernelCall {
    /// Where the arrays are that accesses of a kind reach.
    pub fn places(&self, kind: AccessKind) -> impl Iterator<Item = Place> + '_ {
        self.of_kind(kind).filter_map(|operand| operand.binding.array())
    }

    /// The operands of a kind of accesses.
    pub fn of_kind(&self, kind: AccessKind) -> impl Iterator<Item = &CallOperand> {
        let pairs = self.kernel.accesses.iter().zip(&self.operands);
        pairs.filter(move |(access, _)| access.kind == kind).map(|(_, operand)| operand)
    }

    /// Whether the call computes element by element: it reads what it reads of an element
    /// before it writes to the same place, and needs no memory of its own.
    pub fn is_elementwise(&self) -> bool {
        self.kernel.n_reduced == 0 && self.row_bytes == 0
    }

    /// Whether it writes to a place that it reads.
    pub fn is_in_place(&self) -> bool {
        let reads: SmallVec<[Place; 8]> = self.places(AccessKind::Load).collect();
        self.places(AccessKind::Store).any(|place| reads.contains(&place))
    }

    /// The number of elements visited.
    pub fn n_elements(&self) -> usize {
        self.extents.iter().product()
    }

    /// The number of rows: elements of the kept axes.
    pub fn n_rows(&self) -> usize {
        self.extents[..self.kernel.n_kept].iter().product()
    }

    /// Bytes read and written, each element that an access can reach counted once, and not again
    /// for those that are shifted against it. What is kept for a row stays in the cache.
    pub fn bytes_moved(&self) -> (usize, usize) {
        let (mut read, mut written) = (0, 0);
        for (access, operand) in self.kernel.accesses.iter().zip(&self.operands) {
            if operand.binding == Binding::Row || access.shift.is_some() {
                continue;
            }
            // Along a stride of 0 an access meets one element again and again.
            let reached = |(&n, &stride): (&usize, &isize)| if stride == 0 { n.min(1) } else { n };
            let elements: usize = self.extents.iter().zip(&operand.strides).map(reached).product();
            match access.kind {
                AccessKind::Load => read += elements * access.dtype.size(),
                AccessKind::Store => written += elements * access.dtype.size(),
                AccessKind::Index => {}
            }
        }
        (read, written)
    }
}

/// A library call with everything it needs but addresses.
#[derive(Clone, Debug)]
pub struct LibraryCall {
    /// Which one.
    pub call: Call,
    /// The operands.
    pub operands: SmallVec<[ArrayRef; 2]>,
    /// The results, by number; those that nobody wants are not computed.
    pub results: SmallVec<[Option<ArrayRef>; 2]>,
    /// The node of the call.
    pub node: NodeId,
}

impl LibraryCall {
    /// The operands, then the results that are wanted.
    pub fn arrays(&self) -> impl Iterator<Item = &ArrayRef> {
        self.operands.iter().chain(self.results.iter().flatten())
    }
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub enum Step {
    /// Runs a kernel.
    Kernel(KernelCall),
    /// Has a library work.
    Library(Box<LibraryCall>),
}

/// Two neighbours in the graph that did not become one kernel, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The node whose value goes through memory.
    pub producer: NodeId,
    /// A node that reads it from there.
    pub consumer: NodeId,
    /// The reason.
    pub why: Unfused,
}

/// What to do to compute a graph.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The graph that is computed, after optimization.
    pub graph: Graph,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Bytes of each buffer.
    pub buffers: Vec<usize>,
    /// For each step, the buffers that no later step and no output needs.
    pub dying: Vec<SmallVec<[BufferId; 2]>>,
    /// Where the outputs are in the end.
    pub outputs: Vec<ArrayRef>,
    /// Why neighbours did not fuse.
    pub refusals: Vec<Refusal>,
}

impl Step {
    /// The places that the step reads.
    pub fn read_places(&self) -> SmallVec<[Place; 8]> {
        match self {
            Step::Kernel(call) => call.places(AccessKind::Load).collect(),
            Step::Library(call) => call.operands.iter().map(|array| array.place).collect(),
        }
    }

    /// The places that the step writes.
    pub fn written_places(&self) -> SmallVec<[Place; 4]> {
        match self {
            Step::Kernel(call) => call.places(AccessKind::Store).collect(),
            Step::Library(call) => call.results.iter().flatten().map(|array| array.place).collect(),
        }
    }

    /// The buffers that the step reads.
    pub fn reads(&self) -> SmallVec<[BufferId; 8]> {
        self.read_places().into_iter().filter_map(Place::buffer).collect()
    }

    /// The buffers that the step writes.
    pub fn writes(&self) -> SmallVec<[BufferId; 4]> {
        self.written_places().into_iter().filter_map(Place::buffer).collect()
    }

    /// The number of arrays that the step reads and writes.
    pub(crate) fn n_arrays(&self) -> usize {
        match self {
            Step::Kernel(call) => call.operands.len(),
            Step::Library(call) => call.arrays().count(),
        }
    }

    /// Changes where the step's arrays are.
    pub(crate) fn move_arrays(&mut self, to: impl Fn(Place) -> Place) {
        match self {
            Step::Library(call) => {
                let results = call.results.iter_mut().flatten();
                for array in call.operands.iter_mut().chain(results) {
                    array.place = to(array.place);
                }
            }
            Step::Kernel(call) => {
                for operand in &mut call.operands {
                    if let Binding::Array(place) = &mut operand.binding {
                        *place = to(*place);
                    }
                }
            }
        }
    }
}

impl Plan {
    /// The kernel calls among the steps.
    pub fn kernels(&self) -> impl Iterator<Item = &KernelCall> {
        self.steps.iter().filter_map(|step| match step {
            Step::Kernel(call) => Some(call),
            Step::Library(_) => None,
        })
    }

    /// For each step, the buffers that it is the first to write.
    pub fn allocations(&self) -> Vec<SmallVec<[BufferId; 2]>> {
        let mut is_written = vec![false; self.buffers.len()];
        let mut is_first = |id: &BufferId| !std::mem::replace(&mut is_written[id.0 as usize], true);
        let mut of = |step: &Step| step.writes().into_iter().filter(&mut is_first).collect();
        self.steps.iter().map(&mut of).collect()
    }

    /// The most bytes of buffers that live at a time.
    pub fn peak_bytes(&self) -> usize {
        let bytes = |ids: &SmallVec<[BufferId; 2]>| -> usize {
            ids.iter().map(|id| self.buffers[id.0 as usize]).sum()
        };
        let (mut now, mut peak) = (0, 0);
        for (allocated, dying) in self.allocations().iter().zip(&self.dying) {
            now += bytes(allocated);
            peak = peak.max(now);
            now -= bytes(dying);
        }
        peak
    }

    /// Bytes that all steps read and write.
    pub fn bytes_moved(&self) -> (usize, usize) {
        let bytes = |array: &ArrayRef| array.layout.shape.len() * array.dtype.size();
        self.steps.iter().fold((0, 0), |(read, written), step| match step {
            Step::Kernel(call) => {
                let (r, w) = call.bytes_moved();
                (read + r, written + w)
            }
            Step::Library(call) => {
                let read = call.operands.iter().map(bytes).fold(read, usize::saturating_add);
                (read, written + call.results.iter().flatten().map(bytes).sum::<usize>())
            }
        })
    }
}
