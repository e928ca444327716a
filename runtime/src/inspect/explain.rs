//! What was fused, what was not, and what that saves.

use super::performance::{RunReport, operations};
use super::stages::place_name;
use super::{nodes, op_and_type};
use jitney_ir::graph::NodeId;
use jitney_ir::kernel::{AccessKind, Layout, Schedule, Shift};
use jitney_ir::ops::Exactness;
use jitney_ir::shape::Tuple;
use jitney_optimizer::{KernelCall, LibraryCall, Plan, Step};
use std::fmt;

/// What an evaluation does, and why; `Display` tells it to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The kernels, in the order in which they run.
    pub kernels: Vec<KernelReport>,
    /// The matrix products, which a library computes.
    pub library_calls: Vec<LibraryReport>,
    /// Neighbours in the graph that did not become one kernel, and why.
    pub unfused: Vec<UnfusedReport>,
    /// What the evaluation moves.
    pub moved: Traffic,
    /// What eager evaluation of the same graph moves.
    pub moved_eager: Traffic,
    /// Bytes of each buffer that is allocated for results and temporaries. Not all of them
    /// live at the same time.
    pub buffers: Vec<usize>,
    /// The most bytes of them that live at a time.
    pub peak_bytes: usize,
    /// The number of elements of the largest array in the graph.
    pub largest_array: usize,
}

/// A kernel of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelReport {
    /// Its step in the plan.
    pub step: usize,
    /// The nodes that it computes: what was fused. None if it repeats a row for another kernel.
    pub nodes: Vec<NodeReport>,
    /// `rows` or `columns`: how reductions are vectorized.
    pub schedule: &'static str,
    /// The extents of its kept axes, as simplified for it.
    pub kept: Vec<usize>,
    /// The extents of its reduced axes.
    pub reduced: Vec<usize>,
    /// The extents of axes that were unrolled, because rows are short.
    pub unrolled: Vec<usize>,
    /// What it reads and writes.
    pub accesses: Vec<AccessReport>,
    /// Whether it writes over what it reads.
    pub is_in_place: bool,
    /// Lane instructions for each element, or each row if rows are unrolled, but for those of
    /// rare cases.
    pub instructions: usize,
    /// Lane instructions in all, with one for each element of each value that is reduced.
    pub operations: usize,
    /// What it moves.
    pub moved: Traffic,
    /// How it ran; `None` if it has only been looked at.
    pub ran: Option<RunReport>,
}

/// A library call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryReport {
    /// Its step in the plan.
    pub step: usize,
    /// The node that it computes.
    pub node: NodeReport,
    /// The number of products that are summed for each element, if in an order of the library's
    /// own.
    pub inner: Option<usize>,
}

/// A node of the optimized graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Its number: `%3` in dumps.
    pub id: u32,
    /// Its operation with parameters: `reduce.sum axes=[0]`.
    pub op: String,
    /// NumPy's name of its dtype.
    pub dtype: &'static str,
    /// Its extents.
    pub shape: Vec<usize>,
}

/// An access of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessReport {
    /// `load`, `store` or `index`.
    pub kind: &'static str,
    /// NumPy's name of the elements' dtype.
    pub dtype: &'static str,
    /// `contiguous`, `broadcast` or `strided` along the inner loop.
    pub layout: &'static str,
    /// The input or buffer.
    pub place: Option<String>,
    /// The access whose elements it reads, so many further on, if there is one.
    pub shift: Option<(usize, usize)>,
}

/// Two neighbours that did not become one kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfusedReport {
    /// The node whose value goes through memory.
    pub producer: NodeReport,
    /// A node that reads it from there.
    pub consumer: NodeReport,
    /// The reason.
    pub reason: String,
}

/// Kernels run and bytes moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The number of kernels and library calls.
    pub steps: usize,
    /// Bytes read.
    pub bytes_read: usize,
    /// Bytes written.
    pub bytes_written: usize,
}

fn inner(call: &LibraryCall) -> Option<usize> {
    match call.call.exactness() {
        Exactness::Bits => None,
        Exactness::Bound => call.operands[0].layout.shape.extents().last().copied(),
    }
}

impl Explanation {
    pub(super) fn new(plan: &Plan, eager: &Plan) -> Explanation {
        let steps = || plan.steps.iter().enumerate();
        let kernel = |(number, step): (usize, &Step)| match step {
            Step::Kernel(call) => Some(KernelReport::new(plan, number, call)),
            Step::Library(_) => None,
        };
        let call = |(number, step): (usize, &Step)| match step {
            Step::Kernel(_) => None,
            Step::Library(call) => Some(LibraryReport {
                step: number,
                node: NodeReport::new(plan, call.node),
                inner: inner(call),
            }),
        };
        let unfused = plan.refusals.iter().map(|refusal| UnfusedReport {
            producer: NodeReport::new(plan, refusal.producer),
            consumer: NodeReport::new(plan, refusal.consumer),
            reason: refusal.why.to_string(),
        });
        Explanation {
            kernels: steps().filter_map(kernel).collect(),
            library_calls: steps().filter_map(call).collect(),
            unfused: unfused.collect(),
            moved: Traffic::of(plan),
            moved_eager: Traffic::of(eager),
            buffers: plan.buffers.clone(),
            peak_bytes: plan.peak_bytes(),
            largest_array: plan.graph.nodes.iter().map(|node| node.shape.len()).max().unwrap_or(0),
        }
    }
}

impl Traffic {
    fn of(plan: &Plan) -> Traffic {
        let (bytes_read, bytes_written) = plan.bytes_moved();
        Traffic { steps: plan.steps.len(), bytes_read, bytes_written }
    }
}

impl KernelReport {
    fn new(plan: &Plan, step: usize, call: &KernelCall) -> KernelReport {
        let kernel = &call.kernel;
        let pairs = kernel.accesses.iter().zip(&call.operands);
        let access = pairs.map(|(access, operand)| AccessReport {
            kind: match access.kind {
                AccessKind::Load => "load",
                AccessKind::Store => "store",
                AccessKind::Index => "index",
            },
            dtype: access.dtype.name(),
            layout: match access.layout {
                Layout::Broadcast => "broadcast",
                Layout::Contiguous => "contiguous",
                Layout::Strided | Layout::Next => "strided",
            },
            place: operand.binding.array().map(place_name),
            shift: access.shift.map(|Shift { of, by }| (of.0 as usize, by.into())),
        });
        let (bytes_read, bytes_written) = call.bytes_moved();
        let (kept, reduced) = call.extents.split_at(kernel.n_kept);
        KernelReport {
            step,
            nodes: nodes(&plan.steps[step]).iter().map(|id| NodeReport::new(plan, *id)).collect(),
            schedule: match kernel.schedule {
                Schedule::Rows => "rows",
                Schedule::Columns => "columns",
            },
            kept: kept.to_vec(),
            reduced: reduced.to_vec(),
            unrolled: call.unrolled.to_vec(),
            accesses: access.collect(),
            is_in_place: call.is_in_place(),
            instructions: kernel.common_cost(),
            operations: operations(call),
            moved: Traffic { steps: 1, bytes_read, bytes_written },
            ran: None,
        }
    }
}

impl NodeReport {
    fn new(plan: &Plan, id: NodeId) -> NodeReport {
        let node = plan.graph.node(id);
        let op = op_and_type(node);
        let op = op.split(" : ").next().unwrap_or_default().to_owned();
        NodeReport { id: id.0, op, dtype: node.dtype.name(), shape: node.shape.extents().to_vec() }
    }
}

impl fmt::Display for NodeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{} {} {} {}", self.id, self.op, self.dtype, Tuple(&self.shape))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let allocated: usize = self.buffers.iter().sum();
        writeln!(
            f,
            "{}, {}, {} of {allocated} bytes in all, {} at a time",
            count(self.kernels.len(), "kernel"),
            count(self.library_calls.len(), "library call"),
            count(self.buffers.len(), "buffer"),
            self.peak_bytes,
        )?;
        self.kernels.iter().try_for_each(|kernel| write!(f, "{kernel}"))?;
        for LibraryReport { step, node, .. } in &self.library_calls {
            writeln!(f, "step {step}: library call\n  computes {node}")?;
        }
        if !self.unfused.is_empty() {
            writeln!(f, "not fused:")?;
        }
        for UnfusedReport { producer, consumer, reason } in &self.unfused {
            writeln!(f, "  {producer} goes through memory to {consumer}: {reason}")?;
        }
        let Traffic { steps, bytes_read, bytes_written } = self.moved;
        let eager = self.moved_eager;
        let many = |steps: usize| if steps == 1 { "step" } else { "steps" };
        write!(f, "moves: reads {bytes_read} bytes, writes {bytes_written}, ")?;
        writeln!(f, "in {steps} {}", many(steps))?;
        write!(f, "eager: reads {} bytes, writes {}, ", eager.bytes_read, eager.bytes_written)?;
        writeln!(f, "in {} {}", eager.steps, many(eager.steps))
    }
}

impl fmt::Display for KernelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: kernel over {:?}", self.step, self.kept)?;
        if !self.reduced.is_empty() {
            write!(f, ", reducing {:?} by {}", self.reduced, self.schedule)?;
        }
        if !self.unrolled.is_empty() {
            write!(f, ", rows of {:?} unrolled", self.unrolled)?;
        }
        let Traffic { bytes_read, bytes_written, .. } = self.moved;
        let each = if self.unrolled.is_empty() { "an element" } else { "a row" };
        writeln!(
            f,
            "; {} lane instructions {each}; reads {bytes_read} bytes, writes {bytes_written}{}",
            self.instructions,
            if self.is_in_place { " over them" } else { "" }
        )?;
        writeln!(f, "  {} operations", self.operations)?;
        self.ran.iter().try_for_each(|ran| write!(f, "{ran}"))?;
        if self.nodes.is_empty() {
            writeln!(f, "  repeats a short row, for a later step to read it as a long one")?;
        }
        self.nodes.iter().try_for_each(|node| writeln!(f, "  computes {node}"))?;
        for (number, access) in self.accesses.iter().enumerate() {
            let AccessReport { kind, dtype, layout, place, shift } = access;
            let place = place.as_deref().unwrap_or("position");
            write!(f, "  a{number} {kind} {dtype} {layout}, {place}")?;
            match shift {
                Some((of, by)) => writeln!(f, ", {by} elements beyond a{of}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
