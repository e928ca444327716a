//! What an array is, rather than what it holds.

use super::parameters::*;
use crate::formula::inspect;

functions! {
    /// The extents of the axes.
    alone shape(a: Array) = inspect::shape, in Rust "a.shape()";

    /// The number of axes.
    alone ndim(a: Array) = inspect::ndim, in Rust "a.ndim()";

    /// The number of elements.
    alone size(a: Array) = inspect::size, in Rust "a.size()";

    /// The number of elements of a list, or the extent of an array's first axis.
    alone len(obj: Written) = inspect::len, in Rust "a.shape()[0]";

    /// The only element.
    only_method item(a: Written) = inspect::item, in Rust "a.item::<T>()";
}
