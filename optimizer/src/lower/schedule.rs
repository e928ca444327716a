//! The order of steps.
//!
//! A graph of steps says who waits for whom. What is put together by many steps and read by many
//! would make an edge for every pair of them, so a *gate* stands between those that write such a
//! buffer and those that read it:
//!
//! ```text
//! w0 ──┐          ┌──► r0
//! w1 ──┼──► gate ─┼──► r1      7 edges instead of 12
//! w2 ──┘          ├──► r2
//!                 └──► r3
//! ```

use super::order::{Buffers, Made};
use crate::fusion::Target;
use crate::monitor::{Interrupted, Meter};
use crate::plan::BufferId;
use jitney_ir::graph::{Graph, NodeId, Op};
use petgraph::Direction::Incoming;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Writers of a buffer that have edges of their own to all who read it.
const MAX_DIRECT: usize = 16;

/// The steps in an order in which every buffer is written before it is read, by all its writers:
/// what is put together has several. `None` if there is none.
///
/// The value of an update comes after all that writes its base, and as late as may be: once
/// whoever else reads the base has done so, it can be stored there.
pub(super) fn in_order(
    steps: Vec<Made>,
    graph: &Graph,
    buffers: &Buffers,
    meter: &mut Meter<'_>,
) -> Result<Option<Vec<Made>>, Interrupted> {
    let mut waits = Waits::new(&steps, buffers.n());
    let mut updates: Vec<(NodeId, usize)> = Vec::new();
    for (number, made) in steps.iter().enumerate() {
        let reads = made.step.reads();
        waits.wait(number, &reads);
        meter.charge(reads.len() + made.stores.len() + waits.take_work())?;
        updates.extend(made.stores.iter().filter_map(|target| match *target {
            Target::Part(id, 0) if matches!(graph.node(id).op, Op::Update(_)) => Some((id, number)),
            Target::Part(..) | Target::Own(_) => None,
        }));
    }
    let mut is_late = vec![false; waits.edges.node_count()];
    for &(id, number) in &updates {
        is_late[number] = true;
        let base = buffers.of(graph.node(id).inputs[0]);
        waits.wait(number, base.as_slice());
        meter.charge(1 + waits.take_work())?;
    }
    let order = if updates.is_empty() {
        let sorted = toposort(&waits.edges, None).ok();
        sorted.map(|order| order.into_iter().map(NodeIndex::index).collect())
    } else {
        late(&waits.edges, &is_late)
    };
    let mut steps: Vec<Option<Made>> = steps.into_iter().map(Some).collect();
    let step = |number: usize| steps.get_mut(number).and_then(Option::take);
    Ok(order.map(|order: Vec<usize>| order.into_iter().filter_map(step).collect()))
}

/// Who waits for whom: steps by their number, and gates.
struct Waits {
    edges: DiGraph<(), ()>,
    /// By buffer, the steps that write it.
    writers: Vec<SmallVec<[usize; 2]>>,
    /// By buffer, its gate.
    gates: Vec<Option<NodeIndex>>,
    /// By step or gate, the last step that was made to wait for it, from 1 on.
    waiting: Vec<usize>,
    /// Edges looked at.
    work: usize,
}

impl Waits {
    /// Nobody waits but gates.
    fn new(steps: &[Made], n_buffers: usize) -> Waits {
        let mut edges: DiGraph<(), ()> = DiGraph::with_capacity(steps.len(), steps.len());
        let mut writers: Vec<SmallVec<[usize; 2]>> = vec![SmallVec::new(); n_buffers];
        for (number, made) in steps.iter().enumerate() {
            edges.add_node(());
            for buffer in made.step.writes() {
                let writers = &mut writers[buffer.0 as usize];
                // All writes of a step stand together.
                if writers.last() != Some(&number) {
                    writers.push(number);
                }
            }
        }
        let mut gates = vec![None; n_buffers];
        for (gate, writers) in gates.iter_mut().zip(&writers) {
            if writers.len() > MAX_DIRECT {
                let added = edges.add_node(());
                writers.iter().for_each(|writer| {
                    edges.add_edge(NodeIndex::new(*writer), added, ());
                });
                *gate = Some(added);
            }
        }
        let waiting = vec![0; edges.node_count()];
        Waits { edges, writers, gates, waiting, work: 0 }
    }

    /// Makes a step wait for the others that write buffers. What a kernel reads of its own, an
    /// earlier stage has written.
    fn wait(&mut self, step: usize, buffers: &[BufferId]) {
        for buffer in buffers.iter().map(|buffer| buffer.0 as usize) {
            let writers = &self.writers[buffer];
            match self.gates[buffer].filter(|_| writers.binary_search(&step).is_err()) {
                Some(gate) => self.work += self.edge(gate.index(), step),
                None => {
                    for number in 0..self.writers[buffer].len() {
                        self.work += self.edge(self.writers[buffer][number], step);
                    }
                }
            }
        }
    }

    /// Makes a step wait for something else, once; returns the edges looked at.
    fn edge(&mut self, from: usize, step: usize) -> usize {
        if from != step && self.waiting[from] != step + 1 {
            self.waiting[from] = step + 1;
            self.edges.add_edge(NodeIndex::new(from), NodeIndex::new(step), ());
        }
        1
    }

    fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }
}

/// An order of the nodes along the edges in which late ones come last.
fn late(waits: &DiGraph<(), ()>, is_late: &[bool]) -> Option<Vec<usize>> {
    let mut n_missing: Vec<usize> =
        waits.node_indices().map(|node| waits.neighbors_directed(node, Incoming).count()).collect();
    // Groups are numbered users first. Gates have the highest numbers, and open at once.
    let entry = |number: usize| (Reverse(is_late[number]), number);
    let first = (0..n_missing.len()).filter(|number| n_missing[*number] == 0);
    let mut ready: BinaryHeap<_> = first.map(entry).collect();
    let mut order = Vec::with_capacity(n_missing.len());
    while let Some((_, number)) = ready.pop() {
        order.push(number);
        for user in waits.neighbors(NodeIndex::new(number)).map(NodeIndex::index) {
            n_missing[user] -= 1;
            if n_missing[user] == 0 {
                ready.push(entry(user));
            }
        }
    }
    (order.len() == n_missing.len()).then_some(order)
}
