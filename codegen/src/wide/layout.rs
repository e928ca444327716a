//! What a wide function reads beside elements: its arguments and its constants.

use super::machine::Cell;
use jitney_ir::lanes::ValueId;

/// An argument of a wide function: 8 bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// The address of a parameter's elements, or the first number of an index.
    Source(usize),
    /// From each number of an index to the next.
    Stride(usize),
    /// The address of a result's elements.
    Sink(usize),
    /// A uniform value, in the low bytes; a bool is 0 or -1.
    Uniform(ValueId),
}

/// Bytes of an argument, and of a constant.
pub(super) const SLOT: usize = 8;

/// The arguments and constants of all bodies of a function.
#[derive(Default)]
pub(super) struct Layout {
    pub arguments: Vec<Argument>,
    pub constants: Vec<u8>,
}

impl Layout {
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
        let bytes = bits.to_le_bytes();
        let known = self.constants.chunks_exact(SLOT).position(|chunk| chunk == bytes);
        let index = known.unwrap_or_else(|| {
            self.constants.extend_from_slice(&bytes);
            self.constants.len() / SLOT - 1
        });
        (index * SLOT) as u32
    }

    /// A constant lane of `size` bytes.
    pub fn lane(&mut self, bits: u64, size: usize) -> Cell {
        // Repeated, so that it can be read as a longer one, too.
        let repeated = match size {
            1 => bits * 0x0101_0101_0101_0101,
            2 => bits * 0x0001_0001_0001_0001,
            4 => bits * 0x0000_0001_0000_0001,
            _ => bits,
        };
        Cell::Constant(self.bits(repeated))
    }

    /// The numbers from 0 to 7, next to each other.
    pub fn first_numbers(&mut self) -> Cell {
        let numbers: Vec<u8> = (0..8u64).flat_map(u64::to_le_bytes).collect();
        let known = self.constants.windows(numbers.len()).step_by(SLOT).position(|w| w == numbers);
        let offset = known.map_or(self.constants.len(), |slot| slot * SLOT);
        if known.is_none() {
            self.constants.extend_from_slice(&numbers);
        }
        Cell::Constant(offset as u32)
    }
}
