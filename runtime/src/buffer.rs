//! Memory of arrays: reference-counted, 64-byte aligned, recycled.
//!
//! A fresh large block costs more in page faults than most kernels cost in arithmetic, so
//! blocks go back to a pool when the last reference is dropped. The pool keeps a bounded
//! number of bytes; what does not fit goes back to the system. Small blocks first go to a few
//! places that each thread has for itself: arrays of ten elements would spend more time on the
//! pool's lock than on their elements.
//!
//! A [`Buffer`] hands out its address; who reads or writes through it must stay inside
//! [`Buffer::len`] and must not write unless nobody else can see the buffer. Code outside
//! this module and `exec/` only reads, through [`Buffer::bytes`]. A buffer that has not been
//! written yet never leaves the crate, and what others put into one are elements, whose types
//! have no padding: every byte that can be read has a value.

mod idle;

use crate::Element;
use crate::engine::Engine;
use rustc_hash::FxHashMap;
use std::alloc::{Layout, alloc, dealloc};
use std::any::Any;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Alignment of every pooled block: a cache line, and the widest vector.
const ALIGNMENT: usize = 64;

/// Bytes the pool keeps at most.
const MAX_POOLED: usize = 1 << 29;

/// Memory of an array, shared between clones.
pub struct Buffer {
    /// Taken out when the buffer is dropped, and there until then.
    storage: ManuallyDrop<Arc<Storage>>,
    len: usize,
}

struct Storage {
    address: NonNull<u8>,
    owner: Owner,
}

/// Who has the memory when no buffer has it.
enum Owner {
    /// The pool, or a thread's own places; the number of bytes in the block.
    Pool(usize),
    /// Nobody: it goes with somebody else's value, a `Vec` or a mapped file.
    Value { _owner: Box<dyn Any + Send + Sync> },
}

// SAFETY: a storage is plain memory; the owner of a foreign one is Send and Sync by its
// type. Writes happen only while the writer holds all references (see `Buffer::is_held_by`).
unsafe impl Send for Storage {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for Storage {}

impl Buffer {
    /// A block of at least `len` bytes with arbitrary content; `None` if the system refuses.
    ///
    /// Whoever asks must write all of it before anybody else holds the buffer.
    pub(crate) fn uninit(len: usize) -> Option<Buffer> {
        let capacity = size_class(len)?;
        let storage = match idle::take(capacity) {
            Some(storage) => storage,
            None => {
                let address = recycler().take(capacity).or_else(|| allocate(capacity))?;
                Arc::new(Storage { address, owner: Owner::Pool(capacity) })
            }
        };
        recycler().count_taken(capacity);
        Some(Buffer { storage: ManuallyDrop::new(storage), len })
    }

    fn foreign(address: *mut u8, len: usize, owner: Box<dyn Any + Send + Sync>) -> Buffer {
        let address = NonNull::new(address).unwrap_or(NonNull::dangling());
        let storage = Arc::new(Storage { address, owner: Owner::Value { _owner: owner } });
        Buffer { storage: ManuallyDrop::new(storage), len }
    }

    /// The elements of a `Vec`, without copying them.
    ///
    /// ```
    /// use jitney_runtime::buffer::Buffer;
    /// assert_eq!(Buffer::from_vec(vec![1_u16, 2]).len(), 4);
    /// ```
    ///
    /// Bytes between the fields of others have no value:
    /// ```compile_fail,E0277
    /// use jitney_runtime::buffer::Buffer;
    /// Buffer::from_vec(vec![(1_u16, 2_u8)]).bytes();
    /// ```
    /// Nor has what nobody has written yet:
    /// ```compile_fail,E0624
    /// use jitney_runtime::buffer::Buffer;
    /// Buffer::uninit(8).map(|buffer| buffer.bytes().to_vec());
    /// ```
    pub fn from_vec<T: Element>(mut elements: Vec<T>) -> Buffer {
        let len = std::mem::size_of_val(elements.as_slice());
        // Moving the Vec into the box does not move its elements.
        Buffer::foreign(elements.as_mut_ptr().cast(), len, Box::new(elements))
    }

    /// Bytes that a foreign value keeps alive at a fixed address, such as a mapped file.
    ///
    /// # Safety
    /// `bytes` must stay where it is, unchanged and readable, as long as `owner` lives.
    pub unsafe fn from_owner(bytes: *const [u8], owner: Box<dyn Any + Send + Sync>) -> Buffer {
        Buffer::foreign(bytes.cast::<u8>().cast_mut(), bytes.len(), owner)
    }

    /// A block that holds a copy of the elements; `None` if the system refuses memory.
    pub fn copy_of<T: Element>(elements: &[T]) -> Option<Buffer> {
        let len = size_of_val(elements);
        let buffer = Buffer::uninit(len)?;
        // SAFETY: the elements and the fresh block, which overlap nothing, have `len` bytes.
        unsafe { std::ptr::copy_nonoverlapping(elements.as_ptr().cast(), buffer.address(), len) };
        Some(buffer)
    }

    /// A block of so many elements as the closure writes them; `None` if the system refuses
    /// memory.
    ///
    /// # Panics
    /// If the closure leaves some of them unwritten and says that all is well.
    pub(crate) fn written<T: Element, E>(
        n: usize,
        write: impl FnOnce(Unwritten<'_, T>) -> Result<(), E>,
    ) -> Option<Result<Buffer, E>> {
        let buffer = Buffer::uninit(n.checked_mul(size_of::<T>())?)?;
        // SAFETY: the block has so many bytes, is aligned for every element type and nobody
        // else's, and slots that may hold anything are read by nobody.
        let slots = unsafe { std::slice::from_raw_parts_mut(buffer.address().cast(), n) };
        let n_written = AtomicUsize::new(0);
        let result = write(Unwritten { slots, n_written: &n_written });
        assert!(result.is_err() || n_written.into_inner() == n, "elements were left unwritten");
        Some(result.map(|()| buffer))
    }

    /// The address of the first byte.
    #[inline]
    pub fn address(&self) -> *mut u8 {
        self.storage.address.as_ptr()
    }

    /// The number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is the same memory.
    pub(crate) fn is_same(&self, other: &Buffer) -> bool {
        Arc::ptr_eq(&self.storage, &other.storage)
    }

    /// Whether this is pooled memory and there are exactly so many references to it. Whoever
    /// holds all of them, and lets nobody clone one, may write it.
    pub(crate) fn is_held_by(&self, n_references: usize) -> bool {
        let all_known = Arc::strong_count(&self.storage) == n_references;
        // What others did with the memory before they let go of it comes before what follows.
        fence(Ordering::Acquire);
        all_known && matches!(self.storage.owner, Owner::Pool(_))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: address and len describe memory that lives as long as self. Values are
        // written in full before anybody but the writer holds the buffer, and again only
        // while nobody else does (see `Claim`): there is no slice of the memory then.
        unsafe { std::slice::from_raw_parts(self.address(), self.len()) }
    }
}

/// Elements of a block that have no values yet. Whoever writes them has to write all.
pub(crate) struct Unwritten<'a, T> {
    slots: &'a mut [MaybeUninit<T>],
    /// Elements of the whole block that have been written.
    n_written: &'a AtomicUsize,
}

impl<'a, T: Element> Unwritten<'a, T> {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The first elements, and the others.
    pub fn split(self, n: usize) -> (Unwritten<'a, T>, Unwritten<'a, T>) {
        let (first, rest) = self.slots.split_at_mut(n);
        let part = |slots| Unwritten { slots, n_written: self.n_written };
        (part(first), part(rest))
    }

    /// Copies as many elements as there are.
    pub fn copy(self, elements: &[T]) {
        self.slots.write_copy_of_slice(elements);
        self.n_written.fetch_add(elements.len(), Ordering::Relaxed);
    }

    /// Writes what is made of so many other elements.
    pub fn copy_with<S: Copy>(self, from: &[S], of: impl Fn(S) -> T) {
        let mut n_written = 0;
        for (slot, element) in self.slots.iter_mut().zip(from) {
            slot.write(of(*element));
            n_written += 1;
        }
        self.n_written.fetch_add(n_written, Ordering::Relaxed);
    }

    /// Writes one after the other, to change them afterwards.
    pub fn filled(self, mut next: impl FnMut() -> T) -> &'a mut [T] {
        for slot in &mut *self.slots {
            slot.write(next());
        }
        self.n_written.fetch_add(self.slots.len(), Ordering::Relaxed);
        // SAFETY: each of the slots has just been written.
        unsafe { self.slots.assume_init_mut() }
    }

    /// Writes one after the other.
    pub fn fill(self, mut next: impl FnMut() -> T) {
        for slot in &mut *self.slots {
            slot.write(next());
        }
        self.n_written.fetch_add(self.slots.len(), Ordering::Relaxed);
    }
}

impl Clone for Buffer {
    #[inline]
    fn clone(&self) -> Buffer {
        Buffer { storage: self.storage.clone(), len: self.len }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the storage is taken out here alone, and the buffer is used no more.
        let storage = unsafe { ManuallyDrop::take(&mut self.storage) };
        // Nobody can clone the last reference any more.
        if Arc::strong_count(&storage) == 1 {
            // What others did with the memory comes before what its next owner does.
            fence(Ordering::Acquire);
            idle::keep(storage);
        }
    }
}

impl Storage {
    /// The bytes of a block of the pool.
    fn capacity(&self) -> usize {
        match self.owner {
            Owner::Pool(capacity) => capacity,
            Owner::Value { .. } => 0,
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Owner::Pool(capacity) = self.owner {
            recycler().in_use.fetch_sub(capacity, Ordering::Relaxed);
            recycler().give_back(self.address, capacity);
        }
    }
}

/// Sizes are rounded up to one of eight steps per power of two, so that blocks of similar
/// length serve one another, at a loss of at most an eighth and of a few small pages.
fn size_class(len: usize) -> Option<usize> {
    let len = len.max(ALIGNMENT);
    let step = (len.checked_next_power_of_two()? / 16).clamp(ALIGNMENT, MAX_STEP);
    len.checked_next_multiple_of(step).filter(|size| *size <= isize::MAX as usize)
}

/// The step from a size to the next, at most: a program whose peak is near what it may use
/// counts megabytes.
const MAX_STEP: usize = 1 << 16;

fn layout(capacity: usize) -> Option<Layout> {
    let alignment = if capacity < MIN_HUGE { ALIGNMENT } else { HUGE_PAGE };
    Layout::from_size_align(capacity, alignment).ok()
}

fn allocate(capacity: usize) -> Option<NonNull<u8>> {
    // SAFETY: size_class never returns 0, so the layout has a size.
    let block = NonNull::new(unsafe { alloc(layout(capacity)?) })?;
    if capacity >= MIN_HUGE {
        ask_for_huge_pages(block, capacity);
    }
    Some(block)
}

/// The size of a huge page where there are any.
const HUGE_PAGE: usize = 2 << 20;

/// Blocks of this size consist of huge pages if the system has some: a fault each two
/// megabytes instead of each four kilobytes. The sum of two arrays of 80 MB into memory fresh
/// from the system takes 9 ms instead of 36 (6 to 8 into pooled memory).
const MIN_HUGE: usize = 2 * HUGE_PAGE;

#[cfg(target_os = "linux")]
fn ask_for_huge_pages(block: NonNull<u8>, capacity: usize) {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the block is the caller's, and the advice changes nothing that it can see. If
    // the system has none to give, small pages serve.
    let _ = unsafe { madvise(block.as_ptr().cast(), capacity, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages(_: NonNull<u8>, _: usize) {}

/// Memory that waits for its next user, and what is known of the memory in use.
pub(crate) struct Recycler {
    pool: Mutex<Option<Pool>>,
    in_use: AtomicUsize,
    peak: AtomicUsize,
}

/// Blocks by capacity.
#[derive(Default)]
struct Pool {
    blocks: FxHashMap<usize, Vec<Block>>,
    bytes: usize,
}

struct Block(NonNull<u8>);

// SAFETY: a block in the pool is memory that nothing refers to.
unsafe impl Send for Block {}

impl Recycler {
    pub const fn new() -> Recycler {
        let (in_use, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Recycler { pool: Mutex::new(None), in_use, peak }
    }

    fn pool(&self) -> MutexGuard<'_, Option<Pool>> {
        // The pool is consistent between any two of its statements that could panic.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, capacity: usize) -> Option<NonNull<u8>> {
        let mut guard = self.pool();
        let pool = guard.as_mut()?;
        let block = pool.blocks.get_mut(&capacity)?.pop()?;
        pool.bytes -= capacity;
        Some(block.0)
    }

    fn give_back(&self, address: NonNull<u8>, capacity: usize) {
        let mut guard = self.pool();
        let pool = guard.get_or_insert_default();
        if pool.bytes + capacity <= MAX_POOLED {
            pool.bytes += capacity;
            pool.blocks.entry(capacity).or_default().push(Block(address));
        } else if let Some(layout) = layout(capacity) {
            drop(guard);
            // SAFETY: the block was allocated with this layout and nothing refers to it.
            unsafe { dealloc(address.as_ptr(), layout) };
        }
    }

    fn release(&self) {
        let pool = self.pool().take().unwrap_or_default();
        for (capacity, blocks) in pool.blocks {
            let Some(layout) = layout(capacity) else { continue };
            for block in blocks {
                // SAFETY: the block was allocated with this layout and has left the pool.
                unsafe { dealloc(block.0.as_ptr(), layout) };
            }
        }
    }

    fn count_taken(&self, bytes: usize) {
        let in_use = self.in_use.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Most are no peak, and to see that is cheaper than to write it down.
        if in_use > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(in_use, Ordering::Relaxed);
        }
    }
}

/// Where all buffers come from and go to: they outlive the evaluations that make them.
fn recycler() -> &'static Recycler {
    &Engine::default_one().memory
}

/// Returns all pooled memory to the system.
///
/// Each thread keeps a few small blocks, less than 100 KB in all; only the caller's are returned.
pub fn release_pool() {
    idle::release();
    recycler().release();
}

/// Bytes of array memory in use, foreign memory not counted.
pub fn bytes_in_use() -> usize {
    recycler().in_use.load(Ordering::Relaxed)
}

/// The most bytes in use since [`reset_peak`].
pub fn peak_bytes() -> usize {
    recycler().peak.load(Ordering::Relaxed)
}

/// Starts a new measurement of [`peak_bytes`].
pub fn reset_peak() {
    recycler().peak.store(bytes_in_use(), Ordering::Relaxed);
}
