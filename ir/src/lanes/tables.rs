//! Constant tables that lane programs look values up in.

use crate::math::TABLES;

/// Names a constant table: its index in [`TABLES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableId(pub u32);

impl TableId {
    /// The table with this number, if there is one.
    pub fn new(number: u64) -> Option<TableId> {
        ((number as usize) < TABLES.len()).then_some(TableId(number as u32))
    }

    /// The entries as bits. The length is a power of two, so that an index is made valid
    /// by a mask.
    pub fn entries(self) -> &'static [u64] {
        TABLES[self.0 as usize]
    }
}
