//! What a wide function reads beside elements: its arguments and its constants.
//!
//! All bodies of a function share both, so that what one of them has asked for is there for the
//! others, and one register serves for the address of each. Constants lie behind the code and are
//! read at a distance known when it is made.

use super::machine::Cell;
use super::target::Target;
use jitney_ir::lanes::ValueId;

/// An argument of a wide function: 8 bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// The address of a parameter's elements, or the first number of an index.
    Source(usize),
    /// The address of what is read some time after a parameter's elements.
    Ahead(usize),
    /// From each number of an index to the next.
    Stride(usize),
    /// The address of a result's elements.
    Sink(usize),
    /// Not 0 if results should go past the caches.
    Streams,
    /// A uniform value, in the low bytes; a bool is 0 or -1.
    Uniform(ValueId),
}

/// Bytes of an argument, and of a constant.
pub(super) const SLOT: usize = 8;

/// The arguments and constants of all bodies of a function.
pub(super) struct Layout {
    target: Target,
    pub arguments: Vec<Argument>,
    pub constants: Vec<u8>,
}

impl Layout {
    pub fn new(target: Target) -> Layout {
        Layout { target, arguments: Vec::new(), constants: Vec::new() }
    }

    /// The offset of an argument.
    pub fn argument(&mut self, argument: Argument) -> u32 {
        let known = self.arguments.iter().position(|other| *other == argument);
        let index = known.unwrap_or_else(|| {
            self.arguments.push(argument);
            self.arguments.len() - 1
        });
        (index * SLOT) as u32
    }

    /// The offset of a constant of 8 bytes.
    pub fn bits(&mut self, bits: u64) -> u32 {
        self.slots(&[bits])
    }

    /// The offset of constants next to each other, a power of two of them; it is a multiple of
    /// their length, so that none lies across two cache lines. Equal ones are stored once; zeros
    /// that only fill a gap serve as well.
    pub fn slots(&mut self, slots: &[u64]) -> u32 {
        let bytes: Vec<u8> = slots.iter().copied().flat_map(u64::to_le_bytes).collect();
        let known = self.constants.chunks_exact(bytes.len()).position(|chunk| chunk == bytes);
        let index = known.unwrap_or_else(|| {
            let end = self.constants.len().next_multiple_of(bytes.len());
            self.constants.resize(end, 0);
            self.constants.extend_from_slice(&bytes);
            end / bytes.len()
        });
        (index * bytes.len()) as u32
    }

    /// The 8 bytes of a constant.
    pub fn bits_at(&self, offset: u32) -> u64 {
        let bytes = self.constants[offset as usize..].first_chunk();
        bytes.copied().map_or(0, u64::from_le_bytes)
    }

    /// A constant lane of `size` bytes.
    pub fn lane(&mut self, bits: u64, size: usize) -> Cell {
        // Repeated, so that it can be read as a longer one, too: 1.0 as `f32`, 0x3f80_0000, is
        // 0x3f80_0000_3f80_0000 in memory.
        let repeated = match size {
            1 => bits * 0x0101_0101_0101_0101,
            2 => bits * 0x0001_0001_0001_0001,
            4 => bits * 0x0000_0001_0000_0001,
            _ => bits,
        };
        Cell::Constant(self.slots(&vec![repeated; self.target.constant_slots()]))
    }

    /// The numbers from 0 to 7, next to each other. AVX2 reads the first four.
    pub fn first_numbers(&mut self) -> Cell {
        Cell::Constant(self.slots(&[0, 1, 2, 3, 4, 5, 6, 7]))
    }
}
