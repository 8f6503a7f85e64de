//! What may arrive next: the heads of channels, as the delivery model has it, and the events of timers.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::Kernel;
use super::explore::pending;
use crate::actor::{Slot, Status};
use crate::delivery::{Delivery, TimerMode};
use crate::event::Message;
use crate::step::{Enabled, MessageName, Stamp, Step};
use crate::task::Tasks;
use crate::timer::Timer;

impl Kernel {
    pub(super) fn enabled_deliveries(&self, slot: Slot, enabled: &mut Vec<Enabled>) {
        let way = self.actor(slot).inbox.on_its_way();
        for (place, message) in way.iter().enumerate() {
            if way.len() == 1 && self.faults().is_empty() || self.is_eligible(slot, place) {
                enabled.push(self.arrival(slot, place, message, Step::Deliver));
            }
        }
    }

    /// A step that is about a message on its way.
    pub(super) fn arrival(
        &self,
        slot: Slot,
        place: usize,
        message: &Message,
        step: impl FnOnce(MessageName) -> Step,
    ) -> Enabled {
        let Stamp { serial, cause, number, copy, .. } = *stamp_of(message);
        let name = MessageName { from: message.from, to: self.actor(slot).id, number, copy };
        let place = u32::try_from(place).expect("an inbox has a bound");
        let kind = Some(message.event.kind);
        Enabled { step: step(name), serial, cause, slot, kind, place }
    }

    /// Whether the message there may arrive next, if its receiver is free (S1).
    pub(super) fn is_eligible(&self, slot: Slot, place: usize) -> bool {
        let way = self.actor(slot).inbox.on_its_way();
        let delivery = self.exploration().rules.delivery;
        if self.faults().is_empty() {
            return may_arrive(way, place, delivery);
        }
        let message = &way[place];
        let stamp = stamp_of(message);
        if self.is_cut(slot, message) {
            return false;
        }
        if delivery == Delivery::Unordered || stamp.copy > 0 {
            return true;
        }
        let mut earlier = way.iter().take(place);
        if earlier.any(|earlier| earlier.from == message.from && stamp_of(earlier).copy == 0) {
            return false;
        }
        match delivery {
            Delivery::Mailbox => (0..place).all(|earlier| self.gives_way(slot, earlier)),
            Delivery::Causal => !self.is_preceded(slot, stamp),
            Delivery::Pairwise | Delivery::Unordered => true,
        }
    }

    /// Whether something on its way to this actor happened before what has this stamp, and does not give way to it.
    fn is_preceded(&self, slot: Slot, stamp: &Stamp) -> bool {
        let mut way = self.actor(slot).inbox.on_its_way().iter().enumerate();
        self.exploration().rules.delivery == Delivery::Causal
            && way.any(|(place, message)| {
                let other = stamp_of(message);
                other.serial != stamp.serial
                    && other.precedes(stamp)
                    && !self.gives_way(slot, place)
            })
    }

    /// What exploration notes about the message that an enabled step is about.
    pub(crate) fn stamp_on_its_way(&self, enabled: &Enabled) -> &Stamp {
        stamp_of(&self.actor(enabled.slot).inbox.on_its_way()[enabled.place as usize])
    }

    /// Whether an actor has suspended code.
    pub(crate) fn has_tasks(&self, slot: Slot) -> bool {
        self.actor(slot).tasks().is_some()
    }

    pub(super) fn may_default(&self, slot: Slot) -> bool {
        let actor = self.actor(slot);
        let table = &self.definitions[actor.definition as usize].table;
        table.offers_default(&actor.stack)
            && actor.inbox.on_its_way().iter().all(|message| {
                message.from != actor.id || stamp_of(message).copy > 0 || stamp_of(message).delayed
            })
    }

    pub(super) fn enabled_timers(&self, enabled: &mut Vec<Enabled>) {
        let mode = self.exploration().rules.timers;
        let earliest = self.timers.next_due();
        for (due, slot, timer, armed) in self.timers.armed() {
            if mode == TimerMode::Earliest && Some(due) != earliest {
                break;
            }
            if self.may_fire(slot, armed) {
                let owner = self.actor(slot).id;
                enabled.push(firing(slot, armed, Step::Fire { owner, timer }));
            }
        }
    }

    /// Whether the owner could take something that arrives now, and nothing must arrive before the firing (S2, M3).
    pub(super) fn may_fire(&self, slot: Slot, timer: &Timer) -> bool {
        self.is_open(slot)
            && timer.stamp.as_ref().is_none_or(|stamp| !self.is_preceded(slot, stamp))
    }

    /// Whether something may arrive in the inbox of this actor now.
    pub(super) fn is_open(&self, slot: Slot) -> bool {
        let actor = self.actor(slot);
        if actor.is_free() {
            return !actor.inbox.has_unscanned();
        }
        actor.status == Status::Idle
            && actor.is_released()
            && actor.tasks().is_some_and(Tasks::await_arrival)
    }
}

/// Whether the message there may arrive next, if nothing ever goes wrong.
fn may_arrive(way: &VecDeque<Message>, place: usize, delivery: Delivery) -> bool {
    let message = &way[place];
    match delivery {
        Delivery::Mailbox => place == 0,
        Delivery::Causal => {
            let stamp = stamp_of(message);
            way.iter().enumerate().all(|(at, other)| {
                let is_later = at >= place || other.from != message.from;
                at == place || (is_later && !stamp_of(other).precedes(stamp))
            })
        }
        Delivery::Pairwise => way.iter().take(place).all(|other| other.from != message.from),
        Delivery::Unordered => true,
    }
}

/// What exploration notes about a message that is on its way.
#[inline]
pub(super) fn stamp_of(message: &Message) -> &Stamp {
    message.stamp.as_deref().expect("exploration stamps every message")
}

/// A step that is about an armed timer.
pub(super) fn firing(slot: Slot, timer: &Timer, step: Step) -> Enabled {
    let stamp = timer.stamp.as_deref().expect("exploration stamps every timer");
    pending(step, slot, Some(timer.event.kind), Some(stamp))
}
