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
use jitney_ir::kernel::Kernel;
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
    /// The number of elements visited.
    pub fn n_elements(&self) -> usize {
        self.extents.iter().product()
    }

    /// The number of rows: elements of the kept axes.
    pub fn n_rows(&self) -> usize {
        self.extents[..self.kernel.n_kept].iter().product()
    }

    /// Bytes read and written, each element that an access can reach counted once. What is
    /// kept for a row stays in the cache.
    pub fn bytes_moved(&self) -> (usize, usize) {
        let (mut read, mut written) = (0, 0);
        for (access, operand) in self.kernel.accesses.iter().zip(&self.operands) {
            if operand.binding == Binding::Row {
                continue;
            }
            // Along a stride of 0 an access meets one element again and again.
            let reached = |(&n, &stride): (&usize, &isize)| if stride == 0 { n.min(1) } else { n };
            let elements: usize = self.extents.iter().zip(&operand.strides).map(reached).product();
            match access.kind {
                jitney_ir::kernel::AccessKind::Load => read += elements * access.dtype.size(),
                jitney_ir::kernel::AccessKind::Store => written += elements * access.dtype.size(),
                jitney_ir::kernel::AccessKind::Index => {}
            }
        }
        (read, written)
    }
}

/// A matrix product by the library.
#[derive(Clone, Debug)]
pub struct ProductCall {
    /// `[.., m, k]`.
    pub a: ArrayRef,
    /// `[.., k, n]`.
    pub b: ArrayRef,
    /// `[.., m, n]`.
    pub out: ArrayRef,
    /// The node it computes.
    pub node: NodeId,
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub enum Step {
    /// Runs a kernel.
    Kernel(KernelCall),
    /// Multiplies matrices.
    Product(Box<ProductCall>),
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

impl Plan {
    /// The kernel calls among the steps.
    pub fn kernels(&self) -> impl Iterator<Item = &KernelCall> {
        self.steps.iter().filter_map(|step| match step {
            Step::Kernel(call) => Some(call),
            Step::Product(_) => None,
        })
    }

    /// Bytes that all steps read and write.
    pub fn bytes_moved(&self) -> (usize, usize) {
        let bytes = |array: &ArrayRef| array.layout.shape.len() * array.dtype.size();
        self.steps.iter().fold((0, 0), |(read, written), step| match step {
            Step::Kernel(call) => {
                let (r, w) = call.bytes_moved();
                (read + r, written + w)
            }
            Step::Product(call) => {
                (read + bytes(&call.a) + bytes(&call.b), written + bytes(&call.out))
            }
        })
    }
}
