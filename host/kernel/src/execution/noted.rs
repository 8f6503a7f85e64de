//! What is noted of a step while somebody learns from it.

use alloc::vec::Vec;

use crate::atlas::Taken;
use crate::event::Event;
use crate::kernel::hash_of;
use crate::search::Snapshots;

/// What is noted of the present step, while somebody learns from it.
#[derive(Debug)]
pub(super) struct Noted<G> {
    /// The key of a monitor in a state; none while nobody learns.
    key: Option<fn(&mut G, u32, u32) -> u128>,
    /// Turns of the actor.
    pub(super) turns: u32,
    /// Whether one of them failed.
    pub(super) failed: bool,
    pub(super) taken: Option<Taken>,
    pub(super) watched: Vec<Noticed>,
}

/// What a monitor did with a notice.
#[derive(Debug)]
pub(super) struct Noticed {
    pub(super) monitor: u32,
    pub(super) event: Event,
    pub(super) before: u128,
    pub(super) after: u128,
    /// The state that it went into, if it changed.
    pub(super) state: Option<u32>,
    pub(super) turns: u32,
}

impl<G> Default for Noted<G> {
    fn default() -> Self {
        Self { key: None, turns: 0, failed: false, taken: None, watched: Vec::new() }
    }
}

impl<G> Noted<G> {
    /// Somebody learns from the step that begins now.
    pub(super) fn begin(&mut self, key: fn(&mut G, u32, u32) -> u128) {
        self.key = Some(key);
        (self.turns, self.failed, self.taken) = (0, false, None);
        self.watched.clear();
    }

    /// Nobody learns any more.
    pub(super) fn end(&mut self) {
        self.key = None;
    }

    /// Whether somebody learns: nothing is noted otherwise.
    pub(super) fn is_open(&self) -> bool {
        self.key.is_some()
    }

    /// A turn of an actor has ended.
    pub(super) fn turn(&mut self, committed: bool) {
        if self.is_open() {
            self.turns += 1;
            self.failed |= !committed;
        }
    }

    /// An event was taken.
    pub(super) fn take(&mut self, taken: Taken) {
        self.taken = Some(taken);
    }

    /// The key of a monitor in this state, while somebody learns.
    pub(super) fn monitor_key(&self, guests: &mut G, monitor: u32, state: u32) -> Option<u128> {
        Some(self.key?(guests, monitor, state))
    }

    /// A monitor has heard of an event, in so many turns, and was this before and after.
    pub(super) fn watch(
        &mut self,
        (monitor, event): (u32, &Event),
        (before, after): (Option<u128>, Option<u128>),
        state: Option<u32>,
        turns: u32,
    ) {
        if let (Some(before), Some(after)) = (before, after) {
            let event = event.clone();
            self.watched.push(Noticed { monitor, event, before, after, state, turns });
        }
    }
}

/// The key of a monitor in a state, under which it is kept.
pub(super) fn kept_monitor<G: Snapshots>(guests: &mut G, monitor: u32, state: u32) -> u128 {
    let key = monitor_key(guests, monitor, state);
    guests.keep_monitor(monitor, state, key);
    key
}

/// The key of a monitor in a state.
pub(super) fn monitor_key<G: Snapshots>(guests: &G, monitor: u32, state: u32) -> u128 {
    hash_of((monitor, state, guests.monitor_image(monitor)))
}
