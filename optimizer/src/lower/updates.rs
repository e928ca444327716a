//! Updates in place: of an array that nobody needs any more, only the elements that change
//! are written.
//!
//! An update is lowered to groups that store its value and what that leaves of the base into
//! a buffer of its own. Here the steps that copy the rest of the base go, and the value is
//! stored into the base, where this is right:
//! * the base is a buffer of the plan, or an input that may be overwritten, and no output;
//! * every other step that reads it stands before the one that stores the value;
//! * that step is elementwise and, if it reads the base, reads each element where it stores
//!   one.
//!
//! A chain of updates thus becomes a chain of stores into one array.

use super::order::{Buffers, Made};
use super::reuse::{are_plain_from, reads_where_it_stores};
use crate::fusion::{Groups, Target};
use crate::plan::{ArrayRef, Place, Step};
use jitney_ir::graph::{NodeId, Op};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// The steps with updates in place.
pub(super) fn in_place(
    table: &Groups<'_>,
    buffers: &Buffers,
    steps: Vec<Made>,
    outputs: &mut [ArrayRef],
) -> Vec<Step> {
    let mut updates = Updates::new(table, buffers, &steps, outputs);
    for id in table.graph.ids() {
        if matches!(table.graph.node(id).op, Op::Update(_)) {
            updates.consider(id);
        }
    }
    let Updates { is_dropped, moved, .. } = updates;
    let to = |place: Place| moved.get(&place).copied().unwrap_or(place);
    outputs.iter_mut().for_each(|output| output.place = to(output.place));
    let numbered = steps.into_iter().zip(is_dropped);
    let left = numbered.filter(|(_, is_dropped)| !is_dropped).map(|(made, _)| made.step);
    left.map(|mut step| {
        step.move_arrays(to);
        step
    })
    .collect()
}

struct Updates<'a> {
    table: &'a Groups<'a>,
    buffers: &'a Buffers,
    steps: &'a [Made],
    /// The steps that store parts of an update, by update, each with the number of the part.
    parts: FxHashMap<NodeId, SmallVec<[(usize, usize); 4]>>,
    /// The steps that read a place.
    readers: FxHashMap<Place, SmallVec<[usize; 4]>>,
    /// Places that outputs are in, and bases that have been overwritten.
    kept: FxHashSet<Place>,
    /// The first step from which on all steps are plain.
    plain_from: usize,
    /// Steps that copy what now stays where it is.
    is_dropped: Vec<bool>,
    /// Where the elements of a buffer are instead.
    moved: FxHashMap<Place, Place>,
}

impl<'a> Updates<'a> {
    fn new(
        table: &'a Groups<'a>,
        buffers: &'a Buffers,
        steps: &'a [Made],
        outputs: &[ArrayRef],
    ) -> Updates<'a> {
        let mut updates = Updates {
            table,
            buffers,
            steps,
            parts: FxHashMap::default(),
            readers: FxHashMap::default(),
            kept: outputs.iter().map(|output| output.place).collect(),
            plain_from: are_plain_from(steps.iter().map(|made| &made.step)),
            is_dropped: vec![false; steps.len()],
            moved: FxHashMap::default(),
        };
        for (number, made) in steps.iter().enumerate() {
            for target in &made.stores {
                let Target::Part(id, part) = *target else { continue };
                updates.parts.entry(id).or_default().push((part, number));
            }
            for place in made.step.read_places() {
                let readers = updates.readers.entry(place).or_default();
                // All reads of a step stand together.
                if readers.last() != Some(&number) {
                    readers.push(number);
                }
            }
        }
        updates
    }

    /// Stores an update into its base, if that is right.
    fn consider(&mut self, id: NodeId) {
        let Some((from, to)) = self.places(id) else { return };
        let Some((value, copies)) = self.steps_of(id) else { return };
        let own = |step: usize| step == value || copies.contains(&step);
        let readers = self.readers.get(&from).map(SmallVec::as_slice).unwrap_or_default();
        let others_are_done =
            readers.iter().rev().all(|&step| own(step) || self.is_dropped[step] || step < value);
        let Step::Kernel(call) = &self.steps[value].step else { return };
        if !others_are_done || !call.is_elementwise() || !reads_where_it_stores(call, from, to) {
            return;
        }
        let real = self.moved.get(&from).copied().unwrap_or(from);
        // Once an input is overwritten, nothing may fail.
        if matches!(real, Place::Input(_)) && value < self.plain_from {
            return;
        }
        copies.iter().for_each(|step| self.is_dropped[*step] = true);
        self.kept.insert(from);
        self.moved.insert(to, real);
    }

    /// Where the base of an update is and where the update was to be; `None` if the base has
    /// to stay what it is.
    fn places(&self, id: NodeId) -> Option<(Place, Place)> {
        let base = self.table.graph.node(id).inputs[0];
        let input = || {
            let number = self.table.graph.node(base).op.input()?;
            self.table.is_expendable(base).then_some(Place::Input(number))
        };
        let from = self.buffers.of(base).map(Place::Buffer).or_else(input)?;
        let to = Place::Buffer(self.buffers.of(id)?);
        (!self.kept.contains(&from)).then_some((from, to))
    }

    /// The step that stores the value of an update, and those that do nothing but copy what
    /// it leaves of the base; `None` if one of these does more.
    fn steps_of(&self, id: NodeId) -> Option<(usize, SmallVec<[usize; 4]>)> {
        let parts = self.parts.get(&id)?;
        let value = parts.iter().find(|(part, _)| *part == 0)?.1;
        let copies: SmallVec<[usize; 4]> =
            parts.iter().filter(|(part, _)| *part != 0).map(|(_, step)| *step).collect();
        let only_copies = |step: &usize| self.steps[*step].stores.len() == 1;
        copies.iter().all(only_copies).then_some((value, copies))
    }
}
