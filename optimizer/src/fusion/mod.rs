//! Decides which nodes become one kernel.
//!
//! Nodes are visited users first. Each learns where it is *demanded*: in which group, per
//! element or per row, and through which chain of views. The one decision is whether a node
//! is *inlined*, computed where it is demanded, or *materialized*, computed once and read
//! from memory. Views are never computed: the chain between a group and a node is turned into
//! strides when the node, or a leaf behind it, is finally loaded.
//!
//! Users come first because only they know the loops: whether a value is worth a buffer depends
//! on who reads it, how often and where. Of `y = exp(x); z = y[1:] / y.max()`, with `n` elements:
//!
//! ```text
//! z      an output: group 0 over [n - 1] stores it    demands y through the slice, and the max
//! max    read by group 0, which has another domain    so group 1 over [n] reduces y, as it is
//! y      demanded twice, and too long to compute twice:
//!        group 1 computes it anyway and stores it, group 0 loads it through the slice
//! ```
//!
//! A materialized node is a root of a group, and each group becomes one kernel:
//! * an elementwise group stores nodes of one shape, its domain;
//! * a reducing group reduces its domain over some axes, and may go on with elementwise
//!   nodes of what is left (the row phase).
//!
//! Groups that demand the same node over the same domain are merged, so that they share it,
//! unless one needs the other's result first. That question is asked of a dependence graph
//! in which the roots of a group are tied together by edges both ways: a path through any
//! of them is a path through the group.

mod costs;
mod dependence;
mod grouping;
mod parts;
mod paths;
mod reductions;
mod shifts;
mod table;

pub(crate) use costs::MAX_ACCESSES;
pub use costs::{Unfused, max_searched};
pub(crate) use grouping::{Owned, group};
pub(crate) use parts::Part;
pub(crate) use paths::{PathId, Paths};
pub(crate) use table::{Context, Group, Groups, Readable, Target};
