//! The actors of a kernel, by slot.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use crate::actor::{Actor, Slot};

/// While an app is explored it is noted which actors may have changed, so that what is known of the others can be kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Actors {
    actors: Vec<Option<Actor>>,
    /// The slots of those that have changed or are gone, descending. Always empty in production.
    changed: Vec<Slot>,
}

impl Actors {
    /// All slots, vacant ones included.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..).map(Slot).take(self.actors.len())
    }

    /// All actors, in the order of their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Actor> {
        self.actors.iter().flatten()
    }

    /// One more slot, which is vacant.
    pub(super) fn add(&mut self) -> Slot {
        self.actors.push(None);
        Slot(u32::try_from(self.actors.len() - 1).expect("fewer than 2^32 actors"))
    }

    #[inline]
    pub(super) fn at(&self, slot: Slot) -> Option<&Actor> {
        self.actors[slot.index()].as_ref()
    }

    /// The actor there, to be changed.
    #[inline]
    pub(super) fn at_mut(&mut self, slot: Slot) -> Option<&mut Actor> {
        let actor = self.actors[slot.index()].as_mut()?;
        if !actor.changed {
            actor.changed = true;
            list(&mut self.changed, slot);
        }
        Some(actor)
    }

    /// Puts an actor, or nobody, there.
    pub(super) fn set(&mut self, slot: Slot, actor: Option<Actor>) {
        self.actors[slot.index()] = actor;
    }

    /// Takes the actor away that is there.
    pub(super) fn take(&mut self, slot: Slot) -> Option<Actor> {
        self.actors[slot.index()].take()
    }

    /// Somebody else is there now, or nobody.
    pub(super) fn note_changed(&mut self, slot: Slot) {
        list(&mut self.changed, slot);
    }

    /// Nothing that is known of any actor holds any more.
    pub(super) fn note_all_changed(&mut self) {
        for slot in self.slots() {
            self.at_mut(slot);
        }
    }

    /// Where something has changed, the last slot first.
    pub(super) fn changed(&self) -> &[Slot] {
        &self.changed
    }

    /// The first slot where something has changed; it is not on the list any more.
    pub(super) fn next_changed(&mut self) -> Option<Slot> {
        self.changed.pop()
    }

    /// What has changed there so far is known.
    pub(super) fn note_known(&mut self, slot: Slot) {
        if let Some(actor) = &mut self.actors[slot.index()] {
            actor.changed = false;
        }
    }

    /// The list of changes begins anew.
    pub(super) fn forget_all(&mut self) {
        self.changed.clear();
    }

    /// There are so many slots from here on; new ones are vacant.
    pub(super) fn resize(&mut self, slots: usize) {
        self.actors.resize_with(slots, || None);
    }
}

/// Few change in one step, and the first time all do, in order.
fn list(changed: &mut Vec<Slot>, slot: Slot) {
    let behind = changed.iter().rev().take_while(|&&other| other < slot).count();
    let place = changed.len() - behind;
    let is_listed = place > 0 && changed[place - 1] == slot;
    if !is_listed {
        changed.insert(place, slot);
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
