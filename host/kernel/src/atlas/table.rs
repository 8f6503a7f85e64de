//! A table by pairs of small numbers.

use alloc::vec;
use alloc::vec::Vec;

/// No pair.
const FREE: u64 = u64::MAX;

/// Values by pairs of numbers, as one number of 64 bits each. Open addressing with linear probing, half full at most: a
/// look-up is what a walk does at every step.
#[derive(Debug)]
pub(super) struct PairTable<V> {
    /// As many as a power of two.
    slots: Vec<(u64, Option<V>)>,
    len: usize,
}

impl<V: Copy> PairTable<V> {
    pub(super) fn new() -> Self {
        Self { slots: vec![(FREE, None); 16], len: 0 }
    }

    /// The value of a pair.
    #[inline]
    pub(super) fn get(&self, pair: u64) -> Option<V> {
        self.slots[self.place(pair)].1
    }

    /// The value of a pair, which is this one if there was none.
    pub(super) fn get_or_insert(&mut self, pair: u64, value: V) -> V {
        self.get(pair).unwrap_or_else(|| {
            self.insert(pair, value);
            value
        })
    }

    /// Sets the value of a pair.
    pub(super) fn insert(&mut self, pair: u64, value: V) {
        assert_ne!(pair, FREE, "numbers are small");
        if 2 * self.len >= self.slots.len() {
            let twice = vec![(FREE, None); 2 * self.slots.len()];
            for (pair, value) in core::mem::replace(&mut self.slots, twice) {
                if pair != FREE {
                    let place = self.place(pair);
                    self.slots[place] = (pair, value);
                }
            }
        }
        let place = self.place(pair);
        self.len += usize::from(self.slots[place].0 == FREE);
        self.slots[place] = (pair, Some(value));
    }

    /// Where a pair is, or is to be.
    #[inline]
    fn place(&self, pair: u64) -> usize {
        // Multiplicative hashing (Knuth, "The Art of Computer Programming" 3, 6.4).
        let mixed = (pair ^ pair >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mask = self.slots.len() - 1;
        let mut place = (mixed >> 32) as usize & mask;
        while self.slots[place].0 != pair && self.slots[place].0 != FREE {
            place = (place + 1) & mask;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_map() {
        let mut table = PairTable::new();
        let pair = |number: u64| ((number % 7) << 32) | number;
        for number in 0..1000_u64 {
            assert_eq!(table.get(pair(number)), None);
            table.insert(pair(number), number);
            assert_eq!(table.get_or_insert(pair(number), 0), number);
        }
        table.insert(pair(3), 0);
        let sum: u64 = (0..1000).filter_map(|number| table.get(pair(number))).sum();
        assert_eq!((sum, table.len), (999 * 500 - 3, 1000));
    }
}
