//! How a call is cut along its kept axes: bases move, extents get shorter, and no bit changes, for
//! rows are independent.

use jitney_ir::kernel::{Kernel, Slots};
use smallvec::SmallVec;
use std::cmp::Reverse;

/// Chunks of the vector axis are multiples of this, so that tasks share no cache line.
const CHUNK: usize = 64;

/// The parts of a call: every combination of the chunks of its axes.
pub(super) struct Cuts {
    axes: SmallVec<[Cut; 2]>,
    /// The number of parts.
    pub count: usize,
}

/// An axis in chunks, of which the last may be shorter.
struct Cut {
    axis: usize,
    extent: usize,
    chunk: usize,
    count: usize,
}

impl Cuts {
    /// About so many parts, or as many as there can be: of the longest axis, and of the next ones
    /// where that has not enough.
    pub fn of(kernel: &Kernel, extents: &[usize], wanted: usize) -> Cuts {
        let is_vector = |axis: usize| kernel.vector_axis() == Some(axis);
        let length = |axis: usize| {
            // The vector axis is cut last: its chunks should stay long.
            if is_vector(axis) { extents[axis] / (8 * CHUNK) } else { extents[axis] }
        };
        let mut order: SmallVec<[usize; 8]> = (0..kernel.n_kept).collect();
        // Of axes of one length the outermost ones, so that a part lies together in memory.
        order.sort_by_key(|&axis| Reverse(length(axis)));
        let mut cuts = Cuts { axes: SmallVec::new(), count: 1 };
        for axis in order {
            let missing = wanted / cuts.count;
            if missing < 2 {
                break;
            }
            let (extent, unit) = (extents[axis], if is_vector(axis) { CHUNK } else { 1 });
            let chunk = extent.div_ceil(missing).next_multiple_of(unit);
            if chunk < extent {
                let count = extent.div_ceil(chunk);
                cuts.axes.push(Cut { axis, extent, chunk, count });
                cuts.count *= count;
            }
        }
        cuts
    }

    /// Whether there are as many parts as wanted, or rows: less than two a thread would leave
    /// threads idle.
    pub fn are_enough(&self, wanted: usize, n_rows: usize) -> bool {
        self.count > 1 && self.count * 2 >= wanted.min(n_rows)
    }

    /// Makes arguments of the whole call those of a part.
    pub fn narrow(&self, number: usize, slots: Slots, n_accesses: usize, arguments: &mut [i64]) {
        let mut number = number;
        for &Cut { axis, extent, chunk, count } in self.axes.iter().rev() {
            let start = number % count * chunk;
            number /= count;
            let len = chunk.min(extent - start);
            arguments[slots.extent(axis)] = len as i64;
            arguments[slots.n_rows()] = arguments[slots.n_rows()] / extent as i64 * len as i64;
            for access in 0..n_accesses {
                let stride = arguments[slots.stride(access, axis)];
                arguments[slots.base(access)] += start as i64 * stride;
            }
        }
    }
}
