//! Products of a matrix and a vector, whose elements are sums of many terms, in the order of
//! reductions: along the rows of the matrix or down its columns, whichever lie along memory.

use super::matrix::Matrix;
use super::number::{Number, TILE};
use super::team::Team;
use super::wide::{Loop, widely};
use crate::Error;
use jitney_ir::reduction::{BLOCK, LANES};

/// Blocks of a group, which is added up on its own: a power of two of them.
const GROUP_BLOCKS: usize = 16;

/// Terms of a group.
const GROUP: usize = GROUP_BLOCKS * BLOCK;

/// Rows that have their accumulators in memory together, where columns are walked down.
const COLUMN: usize = 512;

/// Rows from which on that is done.
const MIN_COLUMN: usize = 8;

/// Bytes ahead of a block that are asked for while it is added up. Memory would rest while the
/// accumulators are combined, and the processor's own look-ahead stops where a block ends.
const AHEAD: usize = 8 << 10;

/// Columns that are walked down together: terms of one accumulator.
const TOGETHER: usize = 8;

/// How many groups a sum of so many terms has.
pub(super) fn n_groups(k: usize) -> usize {
    k.div_ceil(GROUP)
}

/// Sets the result, a vector, to the sums of a matrix's rows times a vector. The sums of groups,
/// if there are several, are at an address of their own.
///
/// # Safety
/// All elements of the operands are in memory, those of the vector contiguous, and there is room
/// for the sums, all in memory that nobody else sees.
pub(super) unsafe fn multiply<T: Number>(
    (n_rows, k): (usize, usize),
    [out, matrix, vector]: [Matrix; 3],
    partial: usize,
    team: Team<'_>,
) -> Result<(), Error> {
    let n_groups = n_groups(k);
    let sums = if n_groups == 1 { out.address } else { partial };
    let task = |first_row: usize, n_rows_of_task: usize, group: usize| {
        let n_terms = GROUP.min(k - group * GROUP);
        let matrix = matrix.from::<T>(first_row, group * GROUP);
        // SAFETY: by the caller's promise: each task has rows and sums of its own.
        unsafe {
            let vector = vector.at::<T>(0, 0).add(group * GROUP).cast_const();
            let vector = std::slice::from_raw_parts(vector, n_terms);
            let sums = (sums as *mut T).add(group * n_rows + first_row);
            widely(Sums { matrix, vector, n_rows: n_rows_of_task, sums });
        }
    };
    if n_rows < 2 * COLUMN && n_groups > 1 {
        team.share((n_groups, n_rows.saturating_mul(GROUP)), 1, |first, n| {
            (first..first + n).for_each(|group| task(0, n_rows, group));
            Ok(())
        })?;
    } else {
        team.share((n_rows, k), COLUMN, |first, n| {
            (0..n_groups).try_for_each(|group| {
                team.stop.check()?;
                task(first, n, group);
                Ok(())
            })
        })?;
    }
    if n_groups > 1 {
        // SAFETY: the tasks have left all sums there.
        unsafe {
            let sums = std::slice::from_raw_parts_mut(sums as *mut T, n_groups * n_rows);
            add_pairs(sums, n_rows);
            (out.address as *mut T).copy_from_nonoverlapping(sums.as_ptr(), n_rows);
        }
    }
    Ok(())
}

/// Adds up lines to the first one: two neighbours each, then two of these, and so on.
#[inline(always)]
fn add_pairs<T: Number>(lines: &mut [T], len: usize) {
    let mut apart = len;
    while apart < lines.len() {
        for pair in lines.chunks_mut(2 * apart).filter(|pair| pair.len() > apart) {
            let (first, second) = pair.split_at_mut(apart);
            first[..len].iter_mut().zip(second).for_each(|(a, b)| *a = a.plus(*b));
        }
        apart *= 2;
    }
}

/// The sums of one group of terms of so many rows.
struct Sums<'a, T> {
    matrix: Matrix,
    vector: &'a [T],
    n_rows: usize,
    sums: *mut T,
}

impl<T: Number> Loop for Sums<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Sums { matrix, vector, n_rows, sums } = self;
        // SAFETY: by the promise of the caller of [`multiply`].
        unsafe {
            if matrix.columns == 1 {
                match size_of::<T>() {
                    4 => along_rows::<T, 3>(matrix, vector, n_rows, sums),
                    _ => along_rows::<T, 2>(matrix, vector, n_rows, sums),
                }
            } else if matrix.rows == 1 && n_rows >= MIN_COLUMN {
                for first in (0..n_rows).step_by(COLUMN) {
                    let n_rows = COLUMN.min(n_rows - first);
                    down_columns(matrix.from::<T>(first, 0), vector, n_rows, sums.add(first));
                }
            } else {
                let n_grouped = n_rows - n_rows % TILE;
                for first in (0..n_grouped).step_by(TILE) {
                    let rows = matrix.from::<T>(first, 0);
                    *sums.add(first).cast::<[T; TILE]>() = gathered(rows, vector);
                }
                for row in n_grouped..n_rows {
                    [*sums.add(row)] = gathered(matrix.from::<T>(row, 0), vector);
                }
            }
        }
    }
}

/// Rows are added up several at a time, for an addition takes longer than to begin the next.
#[inline(always)]
unsafe fn along_rows<T: Number, const N: usize>(
    matrix: Matrix,
    vector: &[T],
    n_rows: usize,
    sums: *mut T,
) {
    let row = |row: usize| {
        // SAFETY: by the caller's promise.
        unsafe { std::slice::from_raw_parts(matrix.at::<T>(row, 0).cast_const(), vector.len()) }
    };
    let n_grouped = n_rows - n_rows % N;
    // SAFETY: as above.
    unsafe {
        for first in (0..n_grouped).step_by(N) {
            let mut rows: [&[T]; N] = [&[]; N];
            (0..N).for_each(|i| rows[i] = row(first + i));
            *sums.add(first).cast::<[T; N]>() = sums_of(rows, vector);
        }
        for rest in n_grouped..n_rows {
            *sums.add(rest) = sum_of::<T, N>(row(rest), vector);
        }
    }
}

/// The sums of several rows.
#[inline(always)]
fn sums_of<T: Number, const N: usize>(rows: [&[T]; N], vector: &[T]) -> [T; N] {
    if vector.len() <= BLOCK {
        return block_sums(rows, [vector; N]);
    }
    let mut blocks = [[T::ZERO; N]; GROUP_BLOCKS];
    for (number, terms) in vector.chunks(BLOCK).enumerate() {
        let mut own = [terms; N];
        (0..N).for_each(|i| own[i] = &rows[i][number * BLOCK..][..terms.len()]);
        blocks[number] = block_sums(own, [terms; N]);
    }
    add_pairs(blocks[..vector.len().div_ceil(BLOCK)].as_flattened_mut(), N);
    blocks[0]
}

/// The sum of one row: several blocks at a time.
#[inline(always)]
fn sum_of<T: Number, const N: usize>(row: &[T], vector: &[T]) -> T {
    if vector.len() <= BLOCK {
        return block_sums([row], [vector])[0];
    }
    let mut blocks = [T::ZERO; GROUP_BLOCKS];
    let n_several = vector.len() / (N * BLOCK) * N;
    for first in (0..n_several).step_by(N) {
        let (mut own, mut terms) = ([row; N], [vector; N]);
        for i in 0..N {
            own[i] = &row[(first + i) * BLOCK..][..BLOCK];
            terms[i] = &vector[(first + i) * BLOCK..][..BLOCK];
        }
        blocks[first..][..N].copy_from_slice(&block_sums(own, terms));
    }
    let rest = n_several * BLOCK;
    let last = row[rest..].chunks(BLOCK).zip(vector[rest..].chunks(BLOCK)).enumerate();
    for (number, (own, terms)) in last {
        [blocks[n_several + number]] = block_sums([own], [terms]);
    }
    add_pairs(&mut blocks[..vector.len().div_ceil(BLOCK)], 1);
    blocks[0]
}

/// The sums of several blocks of as many terms.
#[inline(always)]
fn block_sums<T: Number, const N: usize>(blocks: [&[T]; N], vectors: [&[T]; N]) -> [T; N] {
    let n_terms = vectors[0].len();
    assert!(blocks.iter().chain(&vectors).all(|block| block.len() == n_terms));
    let n_whole = n_terms - n_terms % LANES;
    // The vector of a matrix with several rows is in the cache after the first of them.
    let asks_for_both = N == 1 || !std::ptr::eq(vectors[0], vectors[N - 1]);
    let mut lanes = [[T::ZERO; LANES]; N];
    for first in (0..n_whole).step_by(LANES) {
        for i in 0..N {
            // SAFETY: there are so many terms in each.
            let (own, terms) = unsafe {
                let of = |block: &[T]| block.as_ptr().add(first).cast::<[T; LANES]>();
                (&*of(blocks[i]), &*of(vectors[i]))
            };
            ask_ahead(own);
            if asks_for_both {
                ask_ahead(terms);
            }
            add_products::<T, LANES>(&mut lanes[i], own, terms);
        }
    }
    // In memory, or else the compiler computes with the same lane of several blocks.
    let mut lanes = std::hint::black_box(lanes);
    let mut sums = [T::ZERO; N];
    for i in 0..N {
        add_rest(&mut lanes[i], &blocks[i][n_whole..], &vectors[i][n_whole..]);
        sums[i] = T::add_up(&lanes[i]);
    }
    sums
}

/// Asks for the memory that lies [`AHEAD`] of some terms, whatever it holds.
#[inline(always)]
fn ask_ahead<T>(terms: &[T; LANES]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(terms)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = terms.as_ptr().cast::<i8>().wrapping_add(AHEAD + line);
        // SAFETY: asking for memory reads nothing: any address does.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
}

/// Adds the last terms: in pieces, for the compiler would write masks, which take long.
#[inline(always)]
fn add_rest<T: Number>(lanes: &mut [T; LANES], row: &[T], vector: &[T]) {
    let ((fours, ones), (own_fours, own_ones)) = (vector.as_chunks(), row.as_chunks());
    for ((lanes, own), terms) in lanes.as_chunks_mut().0.iter_mut().zip(own_fours).zip(fours) {
        add_products::<T, 4>(lanes, own, terms);
    }
    for ((lane, own), term) in lanes[4 * fours.len()..].iter_mut().zip(own_ones).zip(ones) {
        *lane = lane.plus(own.times(*term));
    }
}

#[inline(always)]
fn add_products<T: Number, const N: usize>(sums: &mut [T; N], a: &[T; N], b: &[T; N]) {
    for i in 0..N {
        sums[i] = sums[i].plus(a[i].times(b[i]));
    }
}

/// The sums of rows whose elements lie anywhere, of copies of their blocks.
#[inline(always)]
unsafe fn gathered<T: Number, const N: usize>(matrix: Matrix, vector: &[T]) -> [T; N] {
    let mut sums = [[T::ZERO; N]; GROUP_BLOCKS];
    let mut copies = [[T::ZERO; BLOCK]; N];
    for (number, block) in vector.chunks(BLOCK).enumerate() {
        let from = matrix.from::<T>(0, number * BLOCK);
        let len = block.len();
        // SAFETY: there is room for the copy; the rest is the caller's promise.
        unsafe { from.copied::<T>(N, len, copies.as_mut_ptr() as usize) };
        let mut rows = [block; N];
        (0..N).for_each(|i| rows[i] = &copies.as_flattened()[i * len..][..len]);
        sums[number] = block_sums(rows, [block; N]);
    }
    add_pairs(sums[..vector.len().div_ceil(BLOCK)].as_flattened_mut(), N);
    sums[0]
}

/// Sums of so many rows that lie across memory: their accumulators are in the nearest cache.
#[inline(always)]
unsafe fn down_columns<T: Number>(matrix: Matrix, vector: &[T], n_rows: usize, sums: *mut T) {
    let mut lanes = Scratch::<T, { COLUMN * LANES }>::uninit();
    let mut blocks = Scratch::<T, { COLUMN * GROUP_BLOCKS }>::uninit();
    let lanes = lanes.zeroed(LANES * n_rows);
    let blocks = blocks.zeroed(vector.len().div_ceil(BLOCK) * n_rows);
    for (number, terms) in vector.chunks(BLOCK).enumerate() {
        lanes.fill(T::ZERO);
        // SAFETY: by the caller's promise.
        unsafe { add_block(matrix.from::<T>(0, number * BLOCK), terms, n_rows, lanes) };
        for half in [8, 4, 2, 1] {
            let (low, high) = lanes.split_at_mut(half * n_rows);
            low.iter_mut().zip(high).for_each(|(low, high)| *low = low.plus(*high));
        }
        blocks[number * n_rows..][..n_rows].copy_from_slice(&lanes[..n_rows]);
    }
    add_pairs(blocks, n_rows);
    // SAFETY: as above.
    unsafe { sums.copy_from_nonoverlapping(blocks.as_ptr(), n_rows) };
}

/// Adds the terms of a block to the accumulators of as many rows.
#[inline(always)]
unsafe fn add_block<T: Number>(matrix: Matrix, terms: &[T], n_rows: usize, lanes: &mut [T]) {
    let n_grouped = terms.len() - terms.len() % (LANES * TOGETHER);
    // SAFETY: by the caller's promise.
    unsafe {
        for first in (0..n_grouped).step_by(LANES * TOGETHER) {
            for (lane, sums) in lanes.chunks_exact_mut(n_rows).enumerate() {
                add_columns::<T, TOGETHER>(sums, matrix, terms, first + lane);
            }
        }
        for term in n_grouped..terms.len() {
            let sums = &mut lanes[term % LANES * n_rows..][..n_rows];
            add_columns::<T, 1>(sums, matrix, terms, term);
        }
    }
}

/// Adds columns times factors to sums, one column after the other: those of one accumulator, from
/// the given one on.
#[inline(always)]
unsafe fn add_columns<T: Number, const N: usize>(
    sums: &mut [T],
    matrix: Matrix,
    terms: &[T],
    first: usize,
) {
    let mut columns: [&[T]; N] = [&[]; N];
    let mut factors = [T::ZERO; N];
    for i in 0..N {
        let term = first + i * LANES;
        factors[i] = terms[term];
        let column = matrix.at::<T>(0, term).cast_const();
        // SAFETY: by the caller's promise.
        columns[i] = unsafe { std::slice::from_raw_parts(column, sums.len()) };
    }
    let (chunks, rest) = sums.as_chunks_mut::<LANES>();
    let n_done = chunks.len() * LANES;
    for (number, chunk) in chunks.iter_mut().enumerate() {
        // Apart, lest the compiler think that it may be what the columns are read from.
        let mut sums = *chunk;
        for i in 0..N {
            let own = &columns[i][number * LANES..][..LANES];
            for lane in 0..LANES {
                sums[lane] = sums[lane].plus(own[lane].times(factors[i]));
            }
        }
        *chunk = sums;
    }
    for (number, sum) in rest.iter_mut().enumerate() {
        for i in 0..N {
            *sum = sum.plus(columns[i][n_done + number].times(factors[i]));
        }
    }
}

/// Memory on the stack, of which as much is set as is used.
struct Scratch<T, const N: usize>(std::mem::MaybeUninit<[T; N]>);

impl<T: Number, const N: usize> Scratch<T, N> {
    #[inline(always)]
    fn uninit() -> Self {
        Scratch(std::mem::MaybeUninit::uninit())
    }

    #[inline(always)]
    fn zeroed(&mut self, len: usize) -> &mut [T] {
        let first = self.0.as_mut_ptr().cast::<T>();
        let len = len.min(N);
        // SAFETY: there are so many elements, which are set before they are seen.
        unsafe {
            (0..len).for_each(|i| first.add(i).write(T::ZERO));
            std::slice::from_raw_parts_mut(first, len)
        }
    }
}
