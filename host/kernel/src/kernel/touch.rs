//! What a step touches beyond the actor that it is about: two steps that touch nothing in common can change places.

use super::Kernel;
use super::local::message_key;
use crate::actor::Slot;
use crate::event::{Kind, Message};
use crate::exchange::Exchange;
use crate::id::ActorId;
use crate::outbox::{Effect, Outbox};
use crate::timer::TimerId;

/// Something that a step read or changed beside the actor that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// Whether this id is bound, and to whom, was asked.
    Named(ActorId),
    /// Something was sent to this actor.
    Sent(ActorId),
    /// This id was issued, or bound, or its holder has ended.
    Bound(ActorId),
    /// Somebody watches this actor from now on.
    Watched(ActorId),
    /// This actor waits before a full inbox no more.
    LetGo(ActorId),
    /// A timer was armed.
    Armed,
    /// This timer of the actor was stopped; all of them if none is named.
    Stopped(Option<TimerId>),
    /// Virtual time decided whether an actor begins anew.
    Clock,
    /// More than half of what an inbox, or the app, has room for has been used, even if some of it is free again; or
    /// how much is there was asked. From here on it may matter who comes first.
    Scarce,
}

/// A message that became a dead letter because its receiver is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    pub(crate) from: ActorId,
    pub(crate) to: ActorId,
    pub(crate) kind: Kind,
    /// Its [key](message_key).
    pub(crate) key: u128,
    /// Which one it is of all that came up in the execution.
    pub(crate) serial: u32,
}

impl Kernel {
    /// What the present step has touched so far.
    pub(crate) fn touched(&self) -> &[Touch] {
        &self.exploration().touched
    }

    /// What the present step has lost so far to those who are gone.
    pub(crate) fn lost(&self) -> &[Lost] {
        &self.exploration().lost
    }

    /// A message has no receiver any more.
    pub(super) fn note_lost(&mut self, to: ActorId, message: &Message) {
        if let (Some(exploration), Some(stamp)) = (&mut self.exploration, &message.stamp) {
            let (from, kind, key) = (message.from, message.event.kind, message_key(message));
            exploration.lost.push(Lost { from, to, kind, key, serial: stamp.serial });
        }
    }

    #[inline]
    pub(super) fn touch(&mut self, touch: Touch) {
        if let Some(exploration) = &mut self.exploration {
            exploration.touched.push(touch);
        }
    }

    /// There is one more message or firing for this actor.
    #[inline]
    pub(super) fn count_arrival(&mut self, slot: Slot) {
        if self.exploration.is_some() {
            self.count_explored(slot);
        }
    }

    fn count_explored(&mut self, slot: Slot) {
        let Some(exploration) = &mut self.exploration else { return };
        let actor = &self.actors[slot];
        let arrivals = &mut exploration.seats[slot.index()].arrivals;
        *arrivals += 1;
        let limits = &self.definitions[actor.definition as usize].limits;
        if *arrivals > limits.inbox_events_max.get() / 2 {
            exploration.touched.push(Touch::Scarce);
        }
    }

    /// What a turn says of other actors, before it is known whether it commits.
    pub(super) fn touch_named<X: Exchange>(&mut self, outbox: &Outbox, exchange: &X) {
        let Some(exploration) = &mut self.exploration else { return };
        let mut creates = 0;
        for effect in outbox.effects() {
            let id = match effect {
                Effect::Send { to: id, .. } | Effect::Operate { cell: id, .. } => *id,
                Effect::Watch(id) => *id,
                Effect::Create { id, .. }
                | Effect::TryCreate { id, .. }
                | Effect::CreateCell { id, .. } => {
                    creates += 1;
                    *id
                }
                Effect::Reserve { .. }
                | Effect::StartTimer(_)
                | Effect::StopTimer(_)
                | Effect::Notify { .. }
                | Effect::Reply { .. } => continue,
            };
            exploration.touched.push(Touch::Named(id));
        }
        if creates > self.births_left(exchange) {
            self.touch(Touch::Scarce);
        }
    }
}
