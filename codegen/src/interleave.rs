//! Columns of rows in memory on their way to and from chunks of their own.
//!
//! Ports whose elements lie next to each other are copied in square tiles, which a few shuffles
//! turn around, instead of one element at a time:
//!
//! ```text
//! rows of 4-byte columns a, b, c, d …          chunks
//! a0 b0 c0 d0  e0 f0 …                         a0 a1 a2 a3  a4 a5 …
//! a1 b1 c1 d1  e1 f1 …        ──turned──►      b0 b1 b2 b3  b4 b5 …
//! a2 b2 c2 d2  e2 f2 …        ◄─around──       c0 c1 c2 c3  c4 c5 …
//! a3 b3 c3 d3  e3 f3 …                         d0 d1 d2 d3  d4 d5 …
//! ```
//!
//! A vector of a chunk is 128 bits of one column, hence of 2, 4, 8 or 16 rows. A tile is as
//! many columns wide, or half as many and so on where there are fewer. The last tile of a row
//! ends with it and perhaps copies some columns again, so that nothing beyond is touched.
//!
//! To put whole rows together once more, and write them past the caches, gains nothing on ten
//! columns and loses a tenth on sixteen.

use crate::emitter::{Emitter, Values};
use crate::lanes::pack::VECTOR;
use crate::ports::Port;
use crate::stage::{Way, copy_one, stack_memory};
use cranelift_codegen::ir::types::{self, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlot, Type, Value};
use std::ops::Range;

/// Fewest bytes of a row of a tile: what is shorter takes as long as element by element.
const MIN_BYTES: usize = 4;

/// Ports each of whose elements lies right behind that of the port before.
pub(crate) struct Neighbours {
    /// The numbers of the ports.
    pub(crate) ports: Range<usize>,
    /// Bytes of an element.
    size: usize,
}

/// The neighbours among ports with elements of the given sizes that are worth a tile.
pub(crate) fn neighbours(ports: &[Port], sizes: &[usize]) -> Vec<Neighbours> {
    let is_next = |port: &Port| matches!(port, Port::Strided { is_next: true, .. });
    let mut first = 0;
    let runs = ports.chunk_by(|_, port| is_next(port)).map(|run| {
        let ports = first..first + run.len();
        first = ports.end;
        Neighbours { size: sizes[ports.start], ports }
    });
    let is_worth = |run: &Neighbours| {
        run.ports.len() > 1 && width(run.ports.len(), run.size) * run.size >= MIN_BYTES
    };
    runs.filter(is_worth).collect()
}

/// Ports that are neighbouring columns, and memory for a chunk of each.
pub(crate) struct Columns {
    /// The numbers of the ports.
    pub(crate) ports: Range<usize>,
    /// Bytes of an element.
    size: usize,
    /// Columns of a tile.
    width: usize,
    /// Where the first row begins.
    base: Value,
    /// From each row to the next.
    stride: Value,
    chunks: StackSlot,
    /// Bytes from each chunk to the next.
    pitch: usize,
}

impl Columns {
    /// Memory for chunks of so many elements of neighbours.
    pub(crate) fn new(
        e: &mut Emitter<'_>,
        all: &[Port],
        Neighbours { ports, size }: Neighbours,
        chunk: usize,
    ) -> Columns {
        let Port::Strided { base, stride, .. } = all[ports.start] else {
            unreachable!("neighbours are strided");
        };
        let (n, pitch) = (ports.len(), chunk * size);
        let chunks = stack_memory(e, n * pitch);
        Columns { ports, size, width: width(n, size), base, stride, chunks, pitch }
    }

    /// Where the chunk of a port begins.
    pub(crate) fn chunk(&self, e: &mut Emitter<'_>, port: usize) -> Value {
        let offset = (port - self.ports.start) * self.pitch;
        e.ins().stack_addr(I64, self.chunks, offset as i32)
    }

    /// Fills chunks with so many elements from the given one on.
    pub(crate) fn copy_in(&self, e: &mut Emitter<'_>, start: Value, len: Value) {
        let rows = e.strided(self.base, start, self.stride);
        self.copy(e, Way::In, rows, len);
    }

    /// Writes so many elements of the chunks from the given one on.
    pub(crate) fn copy_out(&self, e: &mut Emitter<'_>, start: Value, len: Value) {
        let rows = e.strided(self.base, start, self.stride);
        self.copy(e, Way::Out, rows, len);
    }

    /// Copies so many rows from or to an address.
    fn copy(&self, e: &mut Emitter<'_>, way: Way, rows: Value, len: Value) {
        let n_rows = VECTOR / self.size;
        let chunks = e.ins().stack_addr(I64, self.chunks, 0);
        let first = e.int(0);
        let whole = e.ins().band_imm_s(len, -(n_rows as i64));
        let rows = e.count_loop(first, whole, n_rows as i64, &[rows], |e, index, next| {
            let inside = e.scaled(chunks, index, self.size);
            let mut next = next[0];
            let mut rows = Values::new();
            for _ in 0..n_rows {
                rows.push(next);
                next = e.ins().iadd(next, self.stride);
            }
            let last = self.ports.len() - self.width;
            for column in (0..self.ports.len()).step_by(self.width) {
                self.copy_tile(e, way, &rows, inside, column.min(last));
            }
            Values::from_slice(&[next])
        });
        e.count_loop(whole, len, 1, &rows, |e, index, row| {
            let inside = e.scaled(chunks, index, self.size);
            self.copy_row(e, way, row[0], inside);
            Values::from_slice(&[e.ins().iadd(row[0], self.stride)])
        });
    }

    /// A row that is left, element by element.
    fn copy_row(&self, e: &mut Emitter<'_>, way: Way, row: Value, inside: Value) {
        let (first, n) = (e.int(0), e.int(self.ports.len() as i64));
        e.count_loop(first, n, 1, &[row, inside], |e, _, at| {
            copy_one(e, way, self.size, (at[1], 0), at[0]);
            let outside = e.ins().iadd_imm_s(at[0], self.size as i64);
            Values::from_slice(&[outside, e.ins().iadd_imm_s(at[1], self.pitch as i64)])
        });
    }

    /// A tile of the given rows from a column on.
    fn copy_tile(
        &self,
        e: &mut Emitter<'_>,
        way: Way,
        rows: &[Value],
        inside: Value,
        column: usize,
    ) {
        let (bytes, place) = (self.width * self.size, column * self.size);
        let chunk = |position: usize| (column + position) * self.pitch;
        match way {
            Way::In => {
                let rows = rows.iter().map(|row| load_part(e, *row, place, bytes)).collect();
                let columns = turn(e, rows, self.size, self.width);
                for (position, column) in columns.into_iter().enumerate() {
                    e.store(column, inside, chunk(position));
                }
            }
            Way::Out => {
                let load = |position| e.load_vector(types::I8X16, inside, chunk(position));
                let columns = (0..self.width).map(load).collect();
                let turned = turn(e, columns, self.size, VECTOR / self.size);
                let rows_of = rows.chunks(VECTOR / bytes);
                for (vector, rows) in turned.into_iter().zip(rows_of) {
                    store_parts(e, vector, rows, place, bytes);
                }
            }
        }
    }
}

/// How many columns a tile of so many has: a power of two that fits a vector.
fn width(n: usize, size: usize) -> usize {
    (1 << n.ilog2()).min(VECTOR / size)
}

/// The scalars and vectors as which parts of vectors move: no integers, which would have to
/// change registers.
fn part_types(bytes: usize) -> (Type, Type) {
    match bytes {
        4 => (types::F32, types::F32X4),
        _ => (types::F64, types::F64X2),
    }
}

/// The first bytes of a vector; the others are anything.
fn load_part(e: &mut Emitter<'_>, row: Value, place: usize, bytes: usize) -> Value {
    if bytes == VECTOR {
        return e.load_vector(types::I8X16, row, place);
    }
    let (scalar, vector) = part_types(bytes);
    let part = e.load(scalar, row, place);
    let vector = e.ins().scalar_to_vector(vector, part);
    e.cast(types::I8X16, vector)
}

/// Stores a vector's parts, each to a row of its own.
fn store_parts(e: &mut Emitter<'_>, vector: Value, rows: &[Value], place: usize, bytes: usize) {
    if bytes == VECTOR {
        return e.store(vector, rows[0], place);
    }
    let parts = e.cast(part_types(bytes).1, vector);
    for (lane, row) in rows.iter().enumerate() {
        let part = e.ins().extractlane(parts, lane as u8);
        e.store(part, *row, place);
    }
}

/// Turns vectors around that each have `filled` elements: the first elements of all come first,
/// then the second ones, and so on.
///
/// Each step interleaves the first half of the vectors with the second half. Vectors that are
/// not full become half as many first:
///
/// ```text
/// a0 b0 · ·    a0 a2 b0 b2    a0 a1 a2 a3
/// a1 b1 · ·    a1 a3 b1 b3    b0 b1 b2 b3
/// a2 b2 · ·
/// a3 b3 · ·
/// ```
fn turn(e: &mut Emitter<'_>, vectors: Values, size: usize, mut filled: usize) -> Values {
    let lanes = VECTOR / size;
    let n_steps = vectors.len().ilog2();
    let mut vectors = vectors;
    for _ in 0..n_steps {
        let (first, second) = vectors.split_at(vectors.len() / 2);
        let mut next = Values::new();
        for (a, b) in first.iter().zip(second) {
            next.push(e.shuffle(*a, *b, interleaved(size, 0)));
            if filled == lanes {
                next.push(e.shuffle(*a, *b, interleaved(size, VECTOR / 2)));
            }
        }
        filled = (2 * filled).min(lanes);
        vectors = next;
    }
    vectors
}

/// The bytes of elements of two vectors by turns, from the given byte of each on.
fn interleaved(size: usize, from: usize) -> [u8; VECTOR] {
    std::array::from_fn(|byte| {
        let (pair, in_pair) = (byte / (2 * size), byte % (2 * size));
        let (vector, in_element) = (in_pair / size, in_pair % size);
        (vector * VECTOR + from + pair * size + in_element) as u8
    })
}
