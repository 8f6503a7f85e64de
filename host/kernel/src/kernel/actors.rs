//! The actors of a kernel, by slot.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use crate::actor::{Actor, Slot};

/// Every access that may change an actor is noted, so that what is known of it can be kept until then.
#[derive(Clone, Debug, Default)]
pub(super) struct Actors(Vec<Option<Actor>>);

impl Actors {
    /// All slots, vacant ones included.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..).map(Slot).take(self.0.len())
    }

    /// All actors, in the order of their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Actor> {
        self.0.iter().flatten()
    }

    /// One more slot, which is vacant.
    pub(super) fn add(&mut self) -> Slot {
        self.0.push(None);
        Slot(u32::try_from(self.0.len() - 1).expect("fewer than 2^32 actors"))
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Actor> {
        self.0[slot.index()].as_ref()
    }

    /// The actor there, to be changed.
    #[inline]
    pub(super) fn at_mut(&mut self, slot: Slot) -> Option<&mut Actor> {
        let actor = self.0[slot.index()].as_mut()?;
        actor.changed = true;
        Some(actor)
    }

    /// Puts an actor, or nobody, there.
    pub(super) fn set(&mut self, slot: Slot, actor: Option<Actor>) {
        self.0[slot.index()] = actor;
    }

    /// Takes the actor away that is there.
    pub(super) fn take(&mut self, slot: Slot) -> Option<Actor> {
        self.0[slot.index()].take()
    }

    /// What has changed so far is known.
    pub(super) fn note_unchanged(&mut self, slot: Slot) {
        if let Some(actor) = &mut self.0[slot.index()] {
            actor.changed = false;
        }
    }

    /// Nothing that is known of any actor holds any more.
    pub(super) fn note_all_changed(&mut self) {
        self.0.iter_mut().flatten().for_each(|actor| actor.changed = true);
    }

    /// There are so many slots from here on; new ones are vacant.
    pub(super) fn resize(&mut self, slots: usize) {
        self.0.resize_with(slots, || None);
    }
}

impl Index<Slot> for Actors {
    type Output = Actor;

    #[inline]
    fn index(&self, slot: Slot) -> &Actor {
        self.at(slot).expect("the slot has an actor")
    }
}

impl IndexMut<Slot> for Actors {
    #[inline]
    fn index_mut(&mut self, slot: Slot) -> &mut Actor {
        self.at_mut(slot).expect("the slot has an actor")
    }
}
