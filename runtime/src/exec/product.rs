//! Matrix products, by the `gemm` crate.
//!
//! The library chooses its blocking by shape and machine, and is given panels of the result, which
//! have the bits that they have in the whole (see [`Panels`]): these do not depend on the number of
//! threads. How the
//! operands lie in memory matters to them in two cases (of its version 0.19, and of results with
//! rows and columns), from which it is kept by copies:
//! * It adds up from the last to the first where the rows of the right operand go backwards.
//! * Of small results it adds up along memory, in another order, where that is possible: where
//!   neighbours in both operands are multiplied with each other.
//!
//! Products with a vector are no business of its: their bits would depend on much more.

use super::Workers;
use super::first_error::FirstError;
use super::helpers::Tasks;
use super::memory::{Budget, Memory, out_of_memory};
use super::panels::{Panels, Part};
use crate::Error;
use crate::buffer::Buffer;
use crate::context::Stop;
use crate::value::Places;
use gemm::{Parallelism, gemm};
use jitney_ir::DType;
use jitney_ir::graph::Layout;
use jitney_ir::shape::Dims;
use jitney_optimizer::{ArrayRef, ProductCall};

/// Work of a multiplication, in the terms of [`Workers::share`].
const MULTIPLICATION: usize = 2;

/// Multiplications between two looks at whether the host has asked to stop: some five milliseconds
/// of one thread.
const UNSTOPPABLE: usize = 1 << 27;

/// Panels for each thread, so that one that is held up does not hold up all.
const PANELS_PER_THREAD: usize = 2;

/// Elements of a result up to which the library may add up along memory.
const MAX_SMALL: usize = 256;

/// Terms that are added to the elements of a small result at a time, so that a copy of so many
/// rows or columns stays in the cache.
const SMALL_TERMS: usize = 1 << 11;

/// Runs a product.
pub(super) fn run(
    call: &ProductCall,
    memory: &Memory<'_>,
    workers: &Workers,
    stop: &Stop,
    budget: &mut Budget,
) -> Result<(), Error> {
    if call.out.layout.shape.is_empty() {
        return Ok(());
    }
    // Values are checked against their buffers, so that the library stays inside them.
    for array in [&call.a, &call.b, &call.out] {
        memory.value(array)?;
    }
    match call.out.dtype {
        DType::F32 => run_typed::<f32>(call, memory, workers, stop, budget),
        _ => run_typed::<f64>(call, memory, workers, stop, budget),
    }
}

fn run_typed<T: Number>(
    call: &ProductCall,
    memory: &Memory<'_>,
    workers: &Workers,
    stop: &Stop,
    budget: &mut Budget,
) -> Result<(), Error> {
    let [out, a, b] = [&call.out, &call.a, &call.b].map(|array| Stack::of(array, memory));
    let extents = Extents { m: a.extents.0, k: a.extents.1, n: b.extents.1 };
    let copied = extents.copied(&a, &b);
    let bytes = extents.copied_len(copied).saturating_mul(size_of::<T>());
    let scratch = if copied == Copied::Neither {
        None
    } else {
        budget.take(bytes)?;
        Some(Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?)
    };
    let address = scratch.as_ref().map_or(0, |buffer| buffer.address() as usize);
    let product = Product { extents, copied, scratch: address, workers, stop };
    let batches = Places::new(&out.batches).zip(Places::new(&a.batches));
    for ((to, from_a), from_b) in batches.zip(Places::new(&b.batches)) {
        product.run::<T>([out.matrix(to), a.matrix(from_a), b.matrix(from_b)])?;
    }
    budget.give_back(bytes);
    Ok(())
}

/// `[m, k]` times `[k, n]`.
#[derive(Clone, Copy)]
struct Extents {
    m: usize,
    k: usize,
    n: usize,
}

/// The operand that the library gets a copy of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copied {
    Neither,
    Left,
    Right,
}

impl Extents {
    fn is_small(&self) -> bool {
        self.m.saturating_mul(self.n) <= MAX_SMALL
    }

    /// Terms that are added up at a time: the bits depend on their number.
    fn terms(&self) -> usize {
        if self.is_small() { self.k.min(SMALL_TERMS) } else { self.k }
    }

    /// Which operand has to be copied for the sake of the bits; the smaller one if either will do.
    fn copied(&self, a: &Stack, b: &Stack) -> Copied {
        let is_along_memory = self.is_small() && a.strides.1 == 1 && b.strides.0 == 1;
        match b.strides.0 < 0 || is_along_memory {
            false => Copied::Neither,
            true if is_along_memory && self.m < self.n => Copied::Left,
            true => Copied::Right,
        }
    }

    /// Elements of the copy.
    fn copied_len(&self, copied: Copied) -> usize {
        let across = match copied {
            Copied::Neither => 0,
            Copied::Left => self.m,
            Copied::Right => self.n,
        };
        across.saturating_mul(self.terms())
    }
}

/// An operand: its memory, the places of its matrices, and their extents and strides (in
/// elements).
struct Stack {
    address: usize,
    batches: Layout,
    extents: (usize, usize),
    strides: (isize, isize),
}

impl Stack {
    fn of(array: &ArrayRef, memory: &Memory<'_>) -> Stack {
        let (address, _, offset) = memory.span(array.place);
        let Layout { shape, strides, offset: first } = &array.layout;
        let (row, column) = (shape.rank() - 2, shape.rank() - 1);
        let size = array.dtype.size() as isize;
        Stack {
            address: address.wrapping_offset(offset) as usize,
            batches: Layout {
                shape: shape.without(&[row, column]),
                strides: Dims::from_slice(&strides[..row]),
                offset: *first,
            },
            extents: (shape.extents()[row], shape.extents()[column]),
            strides: (strides[row] / size, strides[column] / size),
        }
    }

    fn matrix(&self, place: isize) -> Matrix {
        let address = (self.address as *mut u8).wrapping_offset(place) as usize;
        Matrix { address, rows: self.strides.0, columns: self.strides.1 }
    }
}

/// Elements in memory, with the strides of rows and columns.
#[derive(Clone, Copy)]
struct Matrix {
    address: usize,
    rows: isize,
    columns: isize,
}

impl Matrix {
    fn transposed(self) -> Matrix {
        Matrix { rows: self.columns, columns: self.rows, ..self }
    }

    fn at<T>(self, row: usize, column: usize) -> *mut T {
        let place = row as isize * self.rows + column as isize * self.columns;
        (self.address as *mut T).wrapping_offset(place)
    }

    /// The part from a row and a column on.
    fn from<T>(self, row: usize, column: usize) -> Matrix {
        Matrix { address: self.at::<T>(row, column) as usize, ..self }
    }

    /// A copy in C order at an address.
    ///
    /// # Safety
    /// All elements are there, and there is room for them at the address, where none of them is.
    unsafe fn copied<T: Copy>(self, rows: usize, columns: usize, address: usize) -> Matrix {
        let copy = Matrix { address, rows: columns as isize, columns: 1 };
        for row in 0..rows {
            for column in 0..columns {
                // SAFETY: by the caller's promise.
                unsafe { *copy.at::<T>(row, column) = *self.at::<T>(row, column) };
            }
        }
        copy
    }
}

/// How the products of a batch are computed.
struct Product<'a> {
    extents: Extents,
    copied: Copied,
    /// Where copies go.
    scratch: usize,
    workers: &'a Workers,
    stop: &'a Stop,
}

impl Product<'_> {
    fn run<T: Number>(&self, [out, a, b]: [Matrix; 3]) -> Result<(), Error> {
        let Extents { m, k, n } = self.extents;
        let terms = self.extents.terms();
        let mut first = 0;
        loop {
            self.stop.check()?;
            let count = terms.min(k - first);
            let (mut left, mut right) = (a.from::<T>(0, first), b.from::<T>(first, 0));
            match self.copied {
                Copied::Neither => {}
                Copied::Left => {
                    // SAFETY: `run` has shown that all elements lie in live buffers. The scratch
                    // memory is as large as `copied_len` says, and nobody else's.
                    let copy = unsafe { left.transposed().copied::<T>(count, m, self.scratch) };
                    left = copy.transposed();
                }
                // SAFETY: as above.
                Copied::Right => right = unsafe { right.copied::<T>(count, n, self.scratch) },
            }
            self.add::<T>([out, left, right], count, first > 0)?;
            first += count;
            if first == k {
                return Ok(());
            }
        }
    }

    /// Computes sums of the given number of terms, or adds them to the result.
    fn add<T: Number>(
        &self,
        matrices: [Matrix; 3],
        terms: usize,
        to_result: bool,
    ) -> Result<(), Error> {
        let Extents { m, n, .. } = self.extents;
        let multiplications = m.saturating_mul(n).saturating_mul(terms);
        let work = multiplications.saturating_mul(MULTIPLICATION * size_of::<T>()) / 8;
        self.workers.share(work, |n_threads| {
            let parallel = if n_threads > 1 { n_threads * PANELS_PER_THREAD } else { 1 };
            let stoppable = if self.stop.is_possible() { multiplications / UNSTOPPABLE } else { 0 };
            let panels = Panels::of(m, n, parallel.max(stoppable));
            self.stop.admit(work / panels.count())?;
            let failed = FirstError::default();
            let tasks = Tasks { count: panels.count(), n_threads, is_backward: false };
            self.workers.run(tasks, |number| {
                failed.run(|| {
                    self.stop.check()?;
                    panel::<T>(matrices, panels.panel(number), terms, to_result);
                    Ok(())
                });
            });
            failed.into_result()
        })
    }
}

/// Computes a panel of the result.
fn panel<T: Number>(
    [out, a, b]: [Matrix; 3],
    (rows, columns): (Part, Part),
    terms: usize,
    to_result: bool,
) {
    // SAFETY: `run` has shown that all elements of the three arrays lie in live buffers, and panels
    // are parts of the result. The result's buffer is the plan's own, not yet seen by anybody else,
    // and no operand is in it; panels have no element in common. Strides are multiples of the
    // element's size, buffers and element offsets aligned to it.
    unsafe {
        gemm(
            rows.len,
            columns.len,
            terms,
            out.at(rows.start, columns.start),
            out.columns,
            out.rows,
            to_result,
            a.at(rows.start, 0),
            a.columns,
            a.rows,
            b.at(0, columns.start),
            b.columns,
            b.rows,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// The element types of products.
trait Number: Copy + 'static {
    const ONE: Self;
}

impl Number for f32 {
    const ONE: f32 = 1.0;
}

impl Number for f64 {
    const ONE: f64 = 1.0;
}
