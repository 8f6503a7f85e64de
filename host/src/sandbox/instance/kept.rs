//! What an instance keeps between two turns, laid open to be written down.

use coyote_kernel::{Cause, Failure};

use super::{Entry, Instance, failure};

/// All that the next turn depends on. The identity of the actor comes from elsewhere.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) memory: &'a [u8],
    /// So many bytes at the beginning of the memory mean nothing.
    pub(crate) dead_bytes: usize,
    /// Which turn came last, for the log.
    pub(crate) turn: u64,
    /// How many random numbers were drawn, and how many of them were no choices.
    pub(crate) drawn: Option<(u64, u64)>,
}

impl Instance {
    /// What it keeps; none if that is more than can be told.
    pub(crate) fn kept(&self) -> Option<Kept<'_>> {
        let Entry::Lowered(lowered) = &self.entry else { return None };
        let guest = self.store.data();
        let (memory, dead_bytes) = (lowered.memory(&self.store), lowered.dead_bytes());
        Some(Kept { memory, dead_bytes, turn: guest.log.turn, drawn: guest.drawn() })
    }

    /// Makes a fresh instance what another one of the same component was.
    ///
    /// # Errors
    ///
    /// The memory cannot be like that: it is beyond its limit, or shorter than a fresh one.
    pub(crate) fn take_over(&mut self, kept: &Kept<'_>) -> Result<(), Failure> {
        let Self { store, entry, fuel_max, .. } = self;
        let unlike = || Failure::new(Cause::Trap, "its memory is not that of its component");
        let Entry::Lowered(lowered) = entry else { return Err(unlike()) };
        let grown = lowered.grow_to(store, kept.memory.len());
        grown.map_err(|error| failure(&error, *fuel_max, None))?;
        let memory = lowered.memory_mut(store);
        if memory.len() != kept.memory.len() {
            return Err(unlike());
        }
        memory.copy_from_slice(kept.memory);
        let guest = store.data_mut();
        guest.log.turn = kept.turn;
        guest.set_drawn(kept.drawn);
        Ok(())
    }
}
