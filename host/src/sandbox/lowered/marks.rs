//! Which parts of a memory may have changed: what a module with the store barrier has marked, or everything.

use std::ops::Range;

use wasmtime::{AsContextMut, Caller, Linker, Memory, Store};

use super::barrier::{MODULE, RANGE, REACH_BYTES};
use super::{LoweredGuest, LoweredInstance};
use crate::sandbox::guest::Guest;
use crate::sandbox::images::CARD_BYTES;

/// Where a module marks what it writes.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    pub(super) memory: Memory,
    /// A byte for so many bytes, 2 to this power.
    pub(super) granule_shift: u32,
}

const _: () = assert!(REACH_BYTES <= CARD_BYTES, "one card more is what a store can reach");

/// Marks that are looked at together.
const CHUNK: usize = 64;

/// Offers what the barrier needs.
pub(in crate::sandbox) fn add(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let range = |mut caller: Caller<'_, Guest>, start: u32, length: u32| {
        if let Some(guest) = caller.data().lowered {
            guest.mark(&mut caller, start, length);
        }
    };
    linker.func_wrap(MODULE, RANGE, range).map(drop)
}

impl LoweredGuest {
    /// Marks a range. What is not in the memory has no mark, because it will not be written.
    pub(super) fn mark(&self, mut store: impl AsContextMut, start: u32, length: u32) {
        let Some(marks) = self.marks else { return };
        let (start, length) = (start as usize, length as usize);
        let granules =
            start >> marks.granule_shift..(start + length).div_ceil(1 << marks.granule_shift);
        if let Some(marks) = marks.memory.data_mut(&mut store).get_mut(granules) {
            marks.fill(1);
        }
    }
}

impl LoweredInstance {
    /// The cards that may have changed since this was called last, as ranges in order. All of them if nothing marks
    /// what changes.
    pub(in crate::sandbox) fn take_changed(
        &self,
        store: &mut Store<Guest>,
        changed: &mut Vec<Range<usize>>,
    ) {
        changed.clear();
        let cards = self.guest.memory.data_size(&*store) / CARD_BYTES;
        match self.guest.marks {
            Some(Marks { memory, granule_shift }) => {
                let granule = (1 << granule_shift) / CARD_BYTES;
                take(memory.data_mut(store), granule, cards, changed);
            }
            None => changed.push(0..cards),
        }
    }
}

/// Appends what is marked in a memory of so many cards, and takes the marks away. A granule is so many cards.
fn take(marks: &mut [u8], granule: usize, cards: usize, changed: &mut Vec<Range<usize>>) {
    // The end of the memory has a mark too, for ranges that are empty.
    let chunks = marks.as_chunks_mut::<CHUNK>().0.iter_mut();
    let chunks = chunks.take((cards / granule + 1).div_ceil(CHUNK));
    for (chunk, first) in chunks.zip((0..).step_by(CHUNK)) {
        if *chunk == [0; CHUNK] {
            continue;
        }
        for (mark, place) in chunk.iter_mut().zip(first..) {
            if std::mem::take(mark) == 0 {
                continue;
            }
            let start = place * granule;
            let end = (start + granule + 1).min(cards);
            match changed.last_mut() {
                Some(last) if last.end >= start => last.end = end,
                _ if start < cards => changed.push(start..end),
                _ => {}
            }
        }
    }
}
