//! Loads that share elements: neighbours along the vector axis.
//!
//! `x[1:-1] + x[:-2] + x[2:]` reads each element three times, and most of these reads lie across
//! two lines of the cache. A kernel that knows how far they are apart loads vectors once and cuts
//! the others out of them: Jacobi's iteration takes a fourth less on rows in a core's own cache.
//! How far is part of the kernel, as its layouts are, so only what can be in one vector counts.

use crate::plan::{KernelCall, Step};
use jitney_ir::kernel::{AccessId, AccessKind, Kernel, Layout, Shift};
use std::sync::Arc;

/// Bytes of the longest vectors.
const VECTOR: isize = 64;

/// Notes in the kernels of elementwise steps which loads share elements.
pub(super) fn share_loads(steps: &mut [Step]) {
    for step in steps {
        let Step::Kernel(call) = step else { continue };
        let shifts = if call.is_elementwise() { shifts(call) } else { Vec::new() };
        if !shifts.is_empty() {
            let kernel: &mut Kernel = Arc::make_mut(&mut call.kernel);
            for (load, shift) in shifts {
                kernel.accesses[load].shift = Some(shift);
            }
            debug_assert_eq!(kernel.verify(), Ok(()), "{kernel}");
        }
    }
}

/// The loads that are shifted, each against the first one in the same memory that it is near to.
fn shifts(call: &KernelCall) -> Vec<(usize, Shift)> {
    let accesses = &call.kernel.accesses;
    let is_contiguous_load = |number: &usize| {
        let access = &accesses[*number];
        access.kind == AccessKind::Load && access.layout == Layout::Contiguous
    };
    let mut loads: Vec<usize> = (0..accesses.len()).filter(is_contiguous_load).collect();
    loads.sort_by_key(|load| call.operands[*load].offset);
    let mut shifts: Vec<(usize, Shift)> = Vec::new();
    let mut is_shifted = vec![false; accesses.len()];
    for (position, &load) in loads.iter().enumerate() {
        // Those that are too far away to share a vector are not looked at.
        let nearest = call.operands[load].offset.saturating_sub(VECTOR);
        let first = loads[..position].partition_point(|far| call.operands[*far].offset < nearest);
        let own = |other: &&usize| !is_shifted[**other];
        let by = |other: &usize| Some((*other, distance(call, *other, load)?));
        let found = loads[first..position].iter().filter(own).find_map(by);
        if let Some((other, by)) = found {
            shifts.push((load, Shift { of: AccessId(other as u32), by }));
            is_shifted[load] = true;
        }
    }
    shifts
}

/// How many elements a load is beyond another one, if that is less than a vector has.
fn distance(call: &KernelCall, from: usize, to: usize) -> Option<u8> {
    let (a, b) = (&call.operands[from], &call.operands[to]);
    let dtype = call.kernel.accesses[from].dtype;
    let is_alike = a.binding.array().is_some()
        && a.binding == b.binding
        && a.strides == b.strides
        && dtype == call.kernel.accesses[to].dtype;
    let (bytes, size) = (b.offset.checked_sub(a.offset)?, dtype.size() as isize);
    let is_near = (1..VECTOR).contains(&bytes) && bytes % size == 0;
    (is_alike && is_near).then(|| (bytes / size) as u8)
}
