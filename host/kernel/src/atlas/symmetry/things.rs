//! What has an image under a swap, numbered through.
//!
//! The atlas has numbers for contents, whoever gets them; but what becomes of a message if actors change places depends on
//! its receiver. So a thing is a number together with its holder.

use alloc::vec::Vec;

use super::number_of;
use crate::atlas::position::Holder;
use crate::atlas::table::PairTable;

/// An actor or a monitor as it is, or a message to someone.
pub(super) type Thing = u32;

/// All things that were met.
#[derive(Debug)]
pub(super) struct Things {
    by_number: PairTable<Thing>,
    /// By thing: the number that it has for whoever holds it.
    numbers: Vec<u32>,
}

impl Things {
    pub(super) fn new() -> Self {
        Self { by_number: PairTable::new(), numbers: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The thing that a number is for whoever holds it, which is met now if it was not before.
    pub(super) fn meet(&mut self, holder: Holder, number: u32) -> Thing {
        let next = number_of(self.numbers.len());
        let thing = *self.by_number.get_or_insert(key_of(holder, number), next);
        if thing == next {
            self.numbers.push(number);
        }
        thing
    }

    /// The same, if it was met.
    #[inline]
    pub(super) fn known(&self, holder: Holder, number: u32) -> Option<Thing> {
        self.by_number.get(key_of(holder, number)).copied()
    }

    /// The number that a thing has for whoever holds it.
    #[inline]
    pub(super) fn number(&self, thing: Thing) -> u32 {
        self.numbers[thing as usize]
    }
}

fn key_of(holder: Holder, number: u32) -> u64 {
    let holder = match holder {
        Holder::Itself => 0,
        Holder::Actor(actor) => 1 + u64::from(number_of(actor)),
        Holder::Monitor(monitor) => 1 << 16 | u64::from(monitor),
    };
    holder << 32 | u64::from(number)
}
