//! A table by pairs of small numbers.

use alloc::vec::Vec;
use core::iter;

/// No pair.
const FREE: u64 = u64::MAX;

/// Values by pairs of numbers, as one number of 64 bits each. Open addressing with linear probing, half full at most: a
/// look-up is what a walk does at every step. Slots are aligned as `A` is.
#[derive(Debug)]
pub(super) struct PairTable<V, A = u64> {
    /// As many as a power of two.
    slots: Vec<Slot<V, A>>,
    len: usize,
}

/// A pair with its value.
#[derive(Debug)]
pub(super) struct Slot<V, A> {
    pair: u64,
    value: Option<V>,
    _aligned: [A; 0],
}

/// Is aligned so that what is not larger than a cache line lies in one.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct CacheLine;

impl<V, A> PairTable<V, A> {
    pub(super) fn new() -> Self {
        Self { slots: free(16), len: 0 }
    }

    /// The value of a pair.
    #[inline]
    pub(super) fn get(&self, pair: u64) -> Option<&V> {
        self.slots[self.place(pair)].value.as_ref()
    }

    fn get_mut(&mut self, pair: u64) -> Option<&mut V> {
        let place = self.place(pair);
        self.slots[place].value.as_mut()
    }

    /// The value of a pair, which is this one if there was none.
    pub(super) fn get_or_insert(&mut self, pair: u64, value: V) -> &mut V {
        if self.get(pair).is_none() {
            self.insert(pair, value);
        }
        self.get_mut(pair).expect("it is there")
    }

    /// Sets the value of a pair.
    pub(super) fn insert(&mut self, pair: u64, value: V) {
        assert_ne!(pair, FREE, "numbers are small");
        if 2 * self.len >= self.slots.len() {
            let twice = free(2 * self.slots.len());
            for slot in core::mem::replace(&mut self.slots, twice) {
                if slot.pair != FREE {
                    let place = self.place(slot.pair);
                    self.slots[place] = slot;
                }
            }
        }
        let place = self.place(pair);
        self.len += usize::from(self.slots[place].pair == FREE);
        self.slots[place] = Slot { pair, value: Some(value), _aligned: [] };
    }

    /// Where a pair is, or is to be.
    #[inline]
    fn place(&self, pair: u64) -> usize {
        // Multiplicative hashing (Knuth, "The Art of Computer Programming" 3, 6.4).
        let mixed = (pair ^ pair >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mask = self.slots.len() - 1;
        let mut place = (mixed >> 32) as usize & mask;
        while self.slots[place].pair != pair && self.slots[place].pair != FREE {
            place = (place + 1) & mask;
        }
        place
    }
}

/// So many slots without a pair.
fn free<V, A>(len: usize) -> Vec<Slot<V, A>> {
    iter::repeat_with(|| Slot { pair: FREE, value: None, _aligned: [] }).take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_map() {
        let mut table: PairTable<u64, CacheLine> = PairTable::new();
        let pair = |number: u64| ((number % 7) << 32) | number;
        for number in 0..1000_u64 {
            assert_eq!(table.get(pair(number)), None);
            table.insert(pair(number), number);
            assert_eq!(*table.get_or_insert(pair(number), 0), number);
        }
        *table.get_or_insert(pair(3), 0) = 1;
        table.insert(pair(4), 0);
        let sum: u64 = (0..1000).filter_map(|number| table.get(pair(number))).sum();
        assert_eq!((sum, table.len), (999 * 500 - 2 - 4, 1000));
    }
}
