//! A kernel that explores, between two steps, as a value.
//!
//! Searches go back to earlier states all the time, and a step changes few actors. So the actors of a snapshot are
//! shared with the snapshots before and behind it as far as they are equal, and to go back puts those in place that
//! differ.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::explore::Seat;
use super::{Exploration, Kernel};
use crate::actor::{Actor, Slot};
use crate::fault::Fault;
use crate::id::{ActorId, HashedById, IdMap};
use crate::step::{Clock, Enabled};
use crate::timer::{Instant, Timers};

/// A kernel between two steps.
#[derive(Clone, Debug)]
pub(crate) struct KernelState {
    /// By slot.
    actors: Vec<Option<Arc<Frozen>>>,
    vacant: Vec<Slot>,
    index: Arc<IdMap<Slot>>,
    timers: Timers,
    now: Instant,
    events: u64,
    created: u64,
    cells: u64,
    conditions: bool,
    progress: Progress,
}

/// An actor, and what exploration keeps of it.
#[derive(Debug)]
pub(super) struct Frozen {
    actor: Actor,
    seat: Seat,
}

/// How far an exploration is, beside its actors.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// How often each fault may still strike.
    pub(super) budgets: Vec<u32>,
    /// The partitions that have begun and not healed.
    pub(super) splits: Vec<u32>,
    /// The definitions of all actors that ever were, in the order of creation; only if there are faults.
    pub(super) definitions: Vec<u32>,
    /// How many things were ever pending.
    pub(super) serials: u32,
    /// The serial of the present step; 0 before the first.
    pub(super) current: u32,
    /// By sender and receiver: the place of their channel in `numbers`.
    channels: Arc<HashedById<(ActorId, ActorId), u32>>,
    /// By channel: how many messages it ever had.
    numbers: Vec<u32>,
    /// What happened before whatever the environment does next.
    pub(super) outside: Clock,
    /// What those actors may do next that have not changed since, timers left out; what production would do first.
    pub(super) steps: Vec<Enabled>,
}

impl Progress {
    pub(super) fn new(faults: &[Fault]) -> Self {
        let budgets = faults.iter().map(|fault| fault.budget).collect();
        Self { budgets, ..Self::default() }
    }

    /// The number of the next thing that is pending.
    pub(super) fn next_serial(&mut self) -> u32 {
        self.serials += 1;
        self.serials
    }

    /// The number of the next message from one actor to another, from 1 on.
    pub(super) fn next_number(&mut self, channel: (ActorId, ActorId)) -> u32 {
        let number = self.number_mut(channel);
        *number += 1;
        *number
    }

    #[inline]
    fn number_mut(&mut self, channel: (ActorId, ActorId)) -> &mut u32 {
        let place = match self.channels.get(&channel) {
            Some(&place) => place as usize,
            None => self.open(channel),
        };
        &mut self.numbers[place]
    }

    /// How many messages each channel ever had, by sender and receiver; ascending.
    pub(super) fn numbers(&self) -> Vec<(ActorId, ActorId, u32)> {
        let channels = self.channels.iter();
        let numbers =
            channels.map(|(&(from, to), &place)| (from, to, self.numbers[place as usize]));
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        numbers
    }

    /// Goes on with what [`Self::numbers`] told.
    pub(super) fn set_numbers(&mut self, numbers: &[(ActorId, ActorId, u32)]) {
        for &(from, to, number) in numbers {
            *self.number_mut((from, to)) = number;
        }
    }

    /// How many messages there were from one actor to another.
    pub(super) fn number(&self, channel: (ActorId, ActorId)) -> u32 {
        self.channels.get(&channel).map_or(0, |&place| self.numbers[place as usize])
    }

    #[cold]
    fn open(&mut self, channel: (ActorId, ActorId)) -> usize {
        let place = self.numbers.len();
        let number = u32::try_from(place).expect("fewer than 2^32 channels");
        Arc::make_mut(&mut self.channels).insert(channel, number);
        self.numbers.push(0);
        place
    }
}

impl Kernel {
    /// The kernel as it is now.
    ///
    /// # Panics
    ///
    /// If it does not [explore](Self::exploring).
    pub(crate) fn freeze(&mut self) -> KernelState {
        let Self { actors, exploration, .. } = self;
        let exploration = exploration.as_deref_mut().expect("the kernel explores");
        let frozen = actors.slots().map(|slot| {
            let actor = actors.at(slot)?;
            Some(freeze_actor(actor, &mut exploration.seats[slot.index()]))
        });
        KernelState {
            actors: frozen.collect(),
            vacant: self.vacant.clone(),
            index: self.index.clone(),
            timers: self.timers.clone(),
            now: self.now,
            events: self.events,
            created: self.created,
            cells: self.cells,
            conditions: self.conditions,
            progress: exploration.progress.clone(),
        }
    }

    /// Makes the kernel what it was.
    pub(crate) fn put_back(&mut self, state: &KernelState) {
        let KernelState {
            actors,
            vacant,
            index,
            timers,
            now,
            events,
            created,
            cells,
            conditions,
            progress,
        } = state;
        self.put_back_actors(actors);
        self.vacant.clone_from(vacant);
        self.index.clone_from(index);
        self.timers.clone_from(timers);
        (self.now, self.events) = (*now, *events);
        (self.created, self.cells, self.conditions) = (*created, *cells, *conditions);
        self.freed.clear();
        self.outputs.clear();
        self.exploration_mut().progress.clone_from(progress);
    }

    fn put_back_actors(&mut self, frozen: &[Option<Arc<Frozen>>]) {
        let Self { actors, exploration, .. } = self;
        let Exploration { seats, .. } = exploration.as_deref_mut().expect("the kernel explores");
        actors.resize(frozen.len());
        actors.forget_all();
        seats.resize_with(frozen.len(), Seat::default);
        for (slot, frozen) in actors.slots().zip(frozen) {
            let Some(frozen) = frozen else {
                actors.set(slot, None);
                continue;
            };
            let seat = &mut seats[slot.index()];
            let is_there = actors.at(slot).is_some_and(|actor| !actor.changed)
                && seat.frozen.as_ref().is_some_and(|known| Arc::ptr_eq(known, frozen));
            if !is_there {
                actors.set(slot, Some(frozen.actor.clone()));
                seat.put_back(frozen);
            }
            if frozen.actor.changed {
                actors.note_changed(slot);
            }
        }
    }
}

/// The actor as it is now, shared with earlier snapshots if nothing of it has changed.
fn freeze_actor(actor: &Actor, seat: &mut Seat) -> Arc<Frozen> {
    if !actor.changed
        && let Some(frozen) = &seat.frozen
    {
        return frozen.clone();
    }
    seat.frozen = None;
    let frozen = Arc::new(Frozen { actor: actor.clone(), seat: seat.clone() });
    seat.frozen = Some(frozen.clone());
    frozen
}

impl Seat {
    fn put_back(&mut self, frozen: &Arc<Frozen>) {
        let Self { past, arrivals, key, frozen: _ } = &frozen.seat;
        self.past.clone_from(past);
        (self.arrivals, self.key) = (*arrivals, *key);
        self.frozen = Some(frozen.clone());
    }
}
