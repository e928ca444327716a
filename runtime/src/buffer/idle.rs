//! Small blocks that wait for their next user on the thread of their last one.
//!
//! A result of a few elements is made and dropped within a fraction of a microsecond. The whole
//! [`Storage`] is kept, which saves its own allocation as well as the way to the pool: nothing
//! here is atomic but the count of bytes in use.

use super::{ALIGNMENT, Owner, Storage, recycler};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes of the largest block that is kept. Up to here, sizes are the multiples of
/// [`ALIGNMENT`].
const MAX_BYTES: usize = 1024;

/// Blocks of each size that a thread keeps.
const MAX_KEPT: usize = 8;

/// Blocks by size. There is no other reference to any of them, and they count as not in use.
struct Idle([Vec<Arc<Storage>>; MAX_BYTES / ALIGNMENT]);

impl Idle {
    const fn new() -> Idle {
        Idle([const { Vec::new() }; MAX_BYTES / ALIGNMENT])
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        for storage in self.0.iter_mut().flat_map(std::mem::take) {
            // What is dropped is counted as not in use a second time.
            recycler().in_use.fetch_add(storage.capacity(), Ordering::Relaxed);
        }
    }
}

thread_local! {
    static IDLE: RefCell<Idle> = const { RefCell::new(Idle::new()) };
}

/// The place of blocks of a size, if they are kept.
fn place(capacity: usize) -> Option<usize> {
    (capacity <= MAX_BYTES).then(|| capacity / ALIGNMENT - 1)
}

/// A block of exactly the given size, if one is there.
pub(super) fn take(capacity: usize) -> Option<Arc<Storage>> {
    let place = place(capacity)?;
    // When the thread ends, the blocks go first.
    IDLE.try_with(|idle| idle.borrow_mut().0[place].pop()).ok().flatten()
}

/// Keeps a block to which there is no other reference, or drops it.
pub(super) fn keep(storage: Arc<Storage>) {
    let Owner::Pool(capacity) = storage.owner else { return };
    let Some(place) = place(capacity) else { return };
    let mut storage = Some(storage);
    let _ = IDLE.try_with(|idle| {
        let kept = &mut idle.borrow_mut().0[place];
        if kept.len() < MAX_KEPT {
            recycler().in_use.fetch_sub(capacity, Ordering::Relaxed);
            kept.extend(storage.take());
        }
    });
}

/// Drops all blocks of this thread.
pub(super) fn release() {
    let _ = IDLE.try_with(|idle| idle.replace(Idle::new()));
}
