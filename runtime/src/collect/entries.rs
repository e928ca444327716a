//! Which entries nodes have.

use super::Address;
use rustc_hash::FxHashMap;

/// Entries that are looked through one by one: of few, none is hashed.
const FEW: usize = 8;

/// Entries by where their node is.
#[derive(Default)]
pub(super) struct Entries {
    /// The first ones.
    few: Vec<(Address, u32)>,
    /// The others.
    more: FxHashMap<Address, u32>,
}

impl Entries {
    #[inline]
    pub fn get(&self, address: Address) -> Option<u32> {
        match self.few.iter().find(|(known, _)| *known == address) {
            Some((_, entry)) => Some(*entry),
            None if self.more.is_empty() => None,
            None => self.more.get(&address).copied(),
        }
    }

    #[inline]
    pub fn insert(&mut self, address: Address, entry: u32) {
        if self.few.len() < FEW {
            self.few.push((address, entry));
        } else {
            self.more.insert(address, entry);
        }
    }

    pub fn clear(&mut self) {
        self.few.clear();
        if !self.more.is_empty() {
            self.more.clear();
        }
    }
}
