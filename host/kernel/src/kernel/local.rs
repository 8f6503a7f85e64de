//! An app in parts: what each actor is by itself, and what is on its way.
//!
//! Most steps change one actor and send a few messages, and nothing else about the app decides what they do. Here is when
//! that is so, and what they did, for who [remembers](crate::Atlas) it.

use alloc::vec::Vec;

use super::Kernel;
use super::key::{KeyOfAll, hash_message, hash_of};
use super::touch::Touch;
use crate::actor::{Actor, Slot, Status};
use crate::delivery::{Delivery, TimerMode};
use crate::event::{Kind, Message};
use crate::exchange::Exchange;
use crate::id::ActorId;
use crate::step::{Clock, Enabled, Stamp, Step};
use crate::timer::{Instant, TimerId};

/// A timer, and what exploration notes about its arming.
pub(crate) struct Armed<'a> {
    pub(crate) slot: Slot,
    pub(crate) id: TimerId,
    /// How long from now.
    pub(crate) due: Instant,
    pub(crate) is_periodic: bool,
    pub(crate) kind: Kind,
    /// Equal ones are the same to their owner.
    pub(crate) key: u128,
    pub(crate) stamp: &'a Stamp,
}

/// A step that is pending, and what exploration notes about it.
#[derive(Clone, Copy)]
pub(crate) struct Pending<'a> {
    pub(crate) enabled: Enabled,
    pub(crate) stamp: &'a Stamp,
    /// The message; none for a start.
    pub(crate) message: Option<&'a Message>,
}

impl Pending<'_> {
    /// Whom it is from, and to.
    pub(crate) fn channel(&self) -> (Option<ActorId>, Slot) {
        (self.message.map(|message| message.from), self.enabled.slot)
    }
}

impl Kernel {
    /// Whether nothing can happen now but starts, arrivals and firings of timers, and no actor is anything but what it is by
    /// itself.
    pub(crate) fn is_plain(&self) -> bool {
        let rules = self.rules();
        rules.faults.is_empty()
            && rules.delivery != Delivery::Mailbox
            && (self.timers.is_empty() || rules.timers == TimerMode::Earliest)
            && self.outputs.is_empty()
            && self.actors.iter().all(|actor| self.is_plain_actor(actor))
    }

    /// Whether nothing but an arrival, or its start, can concern this actor.
    fn is_plain_actor(&self, actor: &Actor) -> bool {
        let table = &self.definitions[actor.definition as usize].table;
        matches!(actor.status, Status::Starting | Status::Idle)
            && actor.is_released()
            && actor.tasks().is_none()
            && actor.inbox.arrived().next().is_none()
            && actor.inbox.held().next().is_none()
            && !table.offers_default(&actor.stack)
    }

    /// What happened before the present turn of an actor.
    pub(crate) fn past_of(&self, slot: Slot) -> &Clock {
        self.exploration().past_of(slot)
    }

    /// What the actor's own effects are counted by.
    pub(crate) fn origin(&self, slot: Slot) -> u32 {
        self.actor(slot).origin
    }

    /// The armed timers, the earliest first.
    pub(crate) fn armed(&self) -> impl Iterator<Item = Armed<'_>> {
        self.timers.armed().map(|(due, slot, id, timer)| Armed {
            slot,
            id,
            due: due.saturating_sub(self.now),
            is_periodic: timer.period.is_some(),
            kind: timer.event.kind,
            key: hash_of(("timer", id, timer.period, &timer.event, &timer.group)),
            stamp: timer.stamp.as_deref().expect("exploration stamps every timer"),
        })
    }

    /// A timer that is armed.
    pub(crate) fn armed_one(&self, slot: Slot, id: TimerId) -> Armed<'_> {
        let mut armed = self.armed();
        armed.find(|armed| (armed.slot, armed.id) == (slot, id)).expect("an enabled timer is armed")
    }

    /// The timers that the present step has stopped, armed or not, those of an actor that is gone left out.
    pub(crate) fn stopped(&self) -> impl Iterator<Item = TimerId> {
        self.touched().iter().filter_map(|touch| match *touch {
            Touch::Stopped(timer) => timer,
            _ => None,
        })
    }

    /// Whether no slot is vacant.
    pub(crate) fn is_full(&self) -> bool {
        self.actors.slots().all(|slot| self.actors.at(slot).is_some())
    }

    /// The key of what an actor is by itself, with its instance: equal ones do the same with the same message.
    pub(crate) fn local_key(&self, slot: Slot, image: u128) -> u128 {
        let mut key = KeyOfAll::default();
        key.add(image);
        self.hash_actor(self.actor(slot), &mut key);
        key.end()
    }

    /// What is pending, in the order in which it came up.
    pub(crate) fn all_pending(&self) -> Vec<Pending<'_>> {
        let mut pending = Vec::new();
        for slot in self.slots() {
            let actor = self.actor(slot);
            if actor.status == Status::Starting
                && let Some(stamp) = actor.stamp.as_deref()
            {
                let enabled =
                    super::explore::pending(Step::Start(actor.id), slot, None, Some(stamp));
                pending.push(Pending { enabled, stamp, message: None });
            }
            for (place, message) in actor.inbox.on_its_way().iter().enumerate() {
                let stamp = message.stamp.as_deref().expect("exploration stamps every message");
                let enabled = self.arrival(slot, place, message, Step::Deliver);
                pending.push(Pending { enabled, stamp, message: Some(message) });
            }
        }
        pending.sort_unstable_by_key(|pending| pending.enabled.serial);
        pending
    }

    /// The message that an enabled step would let arrive.
    pub(crate) fn message_of(&self, enabled: &Enabled) -> Option<&Message> {
        self.actor(enabled.slot).inbox.on_its_way().get(enabled.place as usize)
    }

    /// How many messages went from one actor to another.
    pub(crate) fn sent(&self, from: Slot, to: Slot) -> u32 {
        let channel = (self.actor(from).id, self.actor(to).id);
        self.exploration().progress.number(channel)
    }

    /// How many messages may still come for an actor before it may matter how many there are.
    pub(crate) fn room_of(&self, slot: Slot) -> u32 {
        let arrivals = self.exploration().seats[slot.index()].arrivals;
        self.room_at_birth(slot).saturating_sub(arrivals)
    }

    /// How many messages may come for an actor, all in all, before it may matter how many there are.
    pub(crate) fn room_at_birth(&self, slot: Slot) -> u32 {
        let actor = self.actor(slot);
        self.definitions[actor.definition as usize].limits.inbox_events_max.get() / 2
    }

    /// How many actors may be created before it may matter how many there are.
    pub(crate) fn births_left<X: Exchange>(&self, exchange: &X) -> u64 {
        let room = (self.index.len() + exchange.room()) as u64;
        (room / 2).saturating_sub(self.created)
    }

    /// Whether the step that was just taken changed nothing but the actor that it was about, created others, and sent to
    /// some that are there, or elsewhere.
    pub(crate) fn did_plainly(
        &self,
        actor: ActorId,
        is_elsewhere: impl Fn(ActorId) -> bool,
    ) -> bool {
        let is_lost = |id| self.lost().iter().any(|lost| lost.to == id && lost.from == actor);
        let is_plain = |touch: &Touch| match touch {
            Touch::Named(id) | Touch::Sent(id) if is_lost(*id) || is_elsewhere(*id) => true,
            Touch::Named(id) => self.slot(*id).is_some(),
            Touch::Bound(id) => *id == actor || self.slot(*id).is_some(),
            Touch::Armed | Touch::Stopped(_) => self.rules().timers == TimerMode::Earliest,
            Touch::Sent(id) => self.slot(*id).is_some_and(|slot| {
                matches!(self.actor(slot).status, Status::Starting | Status::Idle)
            }),
            _ => false,
        };
        let is_idle = |slot: Slot| {
            let actor = self.actor(slot);
            actor.status == Status::Idle && self.is_plain_actor(actor)
        };
        self.slot(actor).is_none_or(is_idle) && self.touched().iter().all(is_plain)
    }
}

/// The key of a message: equal ones are the same to whoever gets them.
pub(crate) fn message_key(message: &Message) -> u128 {
    let mut key = KeyOfAll::default();
    hash_message(message, &mut key);
    key.end()
}
