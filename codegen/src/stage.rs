//! Strided elements on their way to and from wide functions, which know contiguous ones alone.
//!
//! A program runs on a chunk of elements after the other. Strided elements of a chunk are
//! copied to the stack first, and strided results are computed there and copied out:
//!
//! ```text
//! x: 3 columns of rows of 24 bytes      a0 b0 c0 a1 b1 c1 a2 b2 c2 …
//! copied in, 512 elements at a time     a0 a1 a2 … | b0 b1 b2 … | c0 c1 c2 …
//! the program, as if along contiguous elements
//! ```
//!
//! Scalar copies take two thirds of the time of the machine's own gathers and scatters, which AVX2
//! lacks in part, and vectors stay full whatever the elements' size. Columns that are neighbours, as
//! these three are, are copied several at a time: see [`crate::interleave`].

use crate::emitter::{Emitter, Values};
use crate::interleave::{Columns, neighbours};
use crate::ports::Port;
use cranelift_codegen::ir::types::{self, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Type, Value};
use jitney_ir::lanes::Program;

/// Least instructions of a program per port that is copied one element at a time for which
/// chunks pay. Sums of ten columns take as long either way in the cache and 1.7 ns instead of 1.9
/// out of it without; their normalization, of 3.75 instructions, takes 7 instead of 11.4 with
/// chunks. What is copied in tiles pays for any program: sums of ten neighbours take 1.9 ns
/// instead of 2.3, of ten `f32` 1.3 instead of 2.1.
const STAGE_COST: usize = 3;

/// Bytes of a chunk of everything: it stays in the nearest cache, together with what it is
/// copied from. Twice as many are worse: no memory is asked for while a chunk is computed, and
/// normalizing a million rows of eight takes 6 ms instead of 4.7.
const STAGE_BYTES: usize = 1 << 13;

/// The least and the most elements of a chunk.
const CHUNKS: std::ops::RangeInclusive<usize> = 32..=512;

/// Most bytes of chunks: stacks may be small.
const MAX_BYTES: usize = 1 << 15;

/// Elements of a port copied in a round.
const ROUND: usize = 8;

/// How many elements a chunk of a program has whose ports are not all contiguous; `None` if it
/// had better do without chunks.
pub(crate) fn chunk(program: &Program, sources: &[Port], sinks: &[Port]) -> Option<usize> {
    let sides = [(sources, source_sizes(program)), (sinks, sink_sizes(program))];
    let (mut bytes, mut n_alone) = (0, 0);
    for (ports, sizes) in &sides {
        // Only strided elements take room; the others are read where they are.
        let strided = || ports.iter().zip(sizes).filter(|(port, _)| is_strided(port));
        bytes += strided().map(|(_, size)| size).sum::<usize>();
        let in_tiles = neighbours(ports, sizes).iter().map(|run| run.ports.len()).sum::<usize>();
        n_alone += strided().count() - in_tiles;
    }
    if bytes == 0 || program.cost() < STAGE_COST * n_alone {
        return None;
    }
    // A power of two, so that all chunks but the last fill vectors.
    let fits = 1 << (STAGE_BYTES / bytes).max(1).ilog2();
    let chunk = fits.clamp(*CHUNKS.start(), *CHUNKS.end());
    (chunk * bytes <= MAX_BYTES).then_some(chunk)
}

/// Bytes of the elements of each parameter.
fn source_sizes(program: &Program) -> Vec<usize> {
    program.params.iter().map(|ty| ty.size()).collect()
}

/// Bytes of the elements of each result.
fn sink_sizes(program: &Program) -> Vec<usize> {
    program.results.iter().map(|result| program.ty(*result).size()).collect()
}

/// Whether a port has chunks.
pub(crate) fn is_strided(port: &Port) -> bool {
    matches!(port, Port::Strided { .. })
}

/// Ports like those of a chunk. Only their kind matters: addresses are given with each chunk.
pub(crate) fn staged(ports: &[Port]) -> Vec<Port> {
    let staged = |port: &Port| match *port {
        Port::Strided { base, .. } => Port::Contiguous(base),
        ref other => other.clone(),
    };
    ports.iter().map(staged).collect()
}

/// The ports of a program on one side, with memory for the strided ones.
pub(crate) struct Side<'p> {
    ports: &'p [Port],
    /// Bytes of an element, by port.
    sizes: Vec<usize>,
    columns: Vec<Columns>,
    /// The strided ports that are no columns.
    groups: Vec<Group>,
    chunk: usize,
}

/// Strided ports with elements of one size: what one loop can copy, for the size is part of its
/// instructions, while addresses and strides come from a table.
struct Group {
    size: usize,
    /// The numbers of the ports.
    ports: Vec<usize>,
    /// Address and stride of each.
    table: StackSlot,
    /// A chunk of each.
    chunks: StackSlot,
}

/// Bytes of an address and a stride.
const ENTRY: usize = 16;

/// Which way elements are copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

impl<'p> Side<'p> {
    /// Memory for chunks of so many elements of the ports.
    pub(crate) fn new(
        e: &mut Emitter<'_>,
        ports: &'p [Port],
        sizes: Vec<usize>,
        chunk: usize,
    ) -> Side<'p> {
        let neighbours = neighbours(ports, &sizes);
        let is_alone = |port: &usize| !neighbours.iter().any(|run| run.ports.contains(port));
        let group = |size: usize| {
            let is_of = |port: &usize| is_strided(&ports[*port]) && sizes[*port] == size;
            let members: Vec<usize> = (0..ports.len()).filter(is_of).filter(is_alone).collect();
            (!members.is_empty()).then(|| Group::new(e, ports, members, size, chunk))
        };
        // The sizes that elements have.
        let groups = [1, 2, 4, 8].into_iter().filter_map(group).collect();
        let columns = |run| Columns::new(e, ports, run, chunk);
        let columns = neighbours.into_iter().map(columns).collect();
        Side { ports, sizes, columns, groups, chunk }
    }

    /// The ports from an element on, with chunks in the place of what is strided.
    pub(crate) fn ports(&self, e: &mut Emitter<'_>, start: Value) -> Vec<Port> {
        let mut moved = Port::all_from(e, self.ports, &self.sizes, start);
        for columns in &self.columns {
            for port in columns.ports.clone() {
                moved[port] = Port::Contiguous(columns.chunk(e, port));
            }
        }
        for group in &self.groups {
            for (position, port) in group.ports.iter().enumerate() {
                let offset = position * self.chunk * group.size;
                moved[*port] =
                    Port::Contiguous(e.ins().stack_addr(I64, group.chunks, offset as i32));
            }
        }
        moved
    }

    /// Copies a chunk that begins at an element and has a length to the stack.
    pub(crate) fn copy_in(&self, e: &mut Emitter<'_>, start: Value, len: Value) {
        self.columns.iter().for_each(|columns| columns.copy_in(e, start, len));
        self.groups.iter().for_each(|group| group.copy(e, Way::In, start, len, self.chunk));
    }

    /// Copies such a chunk to where it belongs.
    pub(crate) fn copy_out(&self, e: &mut Emitter<'_>, start: Value, len: Value) {
        self.columns.iter().for_each(|columns| columns.copy_out(e, start, len));
        self.groups.iter().for_each(|group| group.copy(e, Way::Out, start, len, self.chunk));
    }
}

impl Group {
    /// Memory for the members, and their addresses and strides in it, which hold for the whole row.
    fn new(
        e: &mut Emitter<'_>,
        ports: &[Port],
        members: Vec<usize>,
        size: usize,
        chunk: usize,
    ) -> Group {
        let table = stack_memory(e, members.len() * ENTRY);
        let chunks = stack_memory(e, members.len() * chunk * size);
        for (position, port) in members.iter().enumerate() {
            if let Port::Strided { base, stride, .. } = ports[*port] {
                let entry = (position * ENTRY) as i32;
                e.ins().stack_store(I64, base, table, entry);
                e.ins().stack_store(I64, stride, table, entry + 8);
            }
        }
        Group { size, ports: members, table, chunks }
    }

    /// Copies a few elements of one port after the other: strided ports are often the columns
    /// of one array, whose rows are then read one after the other.
    fn copy(&self, e: &mut Emitter<'_>, way: Way, start: Value, len: Value, chunk: usize) {
        let first = e.int(0);
        let rounds = e.ins().band_imm_s(len, -(ROUND as i64));
        e.count_loop(first, rounds, ROUND as i64, &[], |e, index, _| {
            self.copy_round(e, way, (start, index), ROUND, chunk);
            Values::new()
        });
        e.count_loop(rounds, len, 1, &[], |e, index, _| {
            self.copy_round(e, way, (start, index), 1, chunk);
            Values::new()
        });
    }

    /// Copies `n` elements of each port from an index of the chunk on. One loop does for all
    /// ports, however many they are.
    fn copy_round(
        &self,
        e: &mut Emitter<'_>,
        way: Way,
        (start, index): (Value, Value),
        n: usize,
        chunk: usize,
    ) {
        let table = e.ins().stack_addr(I64, self.table, 0);
        let chunks = e.ins().stack_addr(I64, self.chunks, 0);
        let (first, n_ports) = (e.int(0), e.int(self.ports.len() as i64));
        let (inside, from_start) = (e.scaled(chunks, index, self.size), e.ins().iadd(start, index));
        e.count_loop(first, n_ports, 1, &[inside], |e, position, inside| {
            let entry = e.scaled(table, position, ENTRY);
            let (base, stride) = (e.load(I64, entry, 0), e.load(I64, entry, 8));
            let mut outside = e.strided(base, from_start, stride);
            for lane in 0..n {
                if lane > 0 {
                    outside = e.ins().iadd(outside, stride);
                }
                copy_one(e, way, self.size, (inside[0], lane * self.size), outside);
            }
            // The same place in the next port's chunk.
            Values::from_slice(&[e.ins().iadd_imm_s(inside[0], (chunk * self.size) as i64)])
        });
    }
}

/// Memory of the call that begins at a cache line, which wide loads would otherwise straddle.
pub(crate) fn stack_memory(e: &mut Emitter<'_>, bytes: usize) -> StackSlot {
    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes as u32, 6);
    e.builder().create_sized_stack_slot(data)
}

/// Copies one element between a place in a chunk and where it belongs.
pub(crate) fn copy_one(
    e: &mut Emitter<'_>,
    way: Way,
    size: usize,
    (inside, offset): (Value, usize),
    outside: Value,
) {
    let ty = integer(size);
    match way {
        Way::In => {
            let element = e.load(ty, outside, 0);
            e.store(element, inside, offset);
        }
        Way::Out => {
            let element = e.load(ty, inside, offset);
            e.store(element, outside, 0);
        }
    }
}

/// The type to copy as: bits are bits, and integers go through no vector register.
fn integer(size: usize) -> Type {
    match size {
        1 => types::I8,
        2 => types::I16,
        4 => types::I32,
        _ => types::I64,
    }
}
