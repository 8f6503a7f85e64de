//! A kernel with one actor, whose steps are those that it would take in its app: to see what they do without the app.

use alloc::sync::Arc;

use super::explore::pending;
use super::{Kernel, Rules};
use crate::actor::{Actor, Slot, Status};
use crate::delivery::Delivery;
use crate::event::Message;
use crate::inbox::Inbox;
use crate::step::{Clock, Enabled, MessageName, Step};
use crate::timer::Timers;

impl Kernel {
    /// A kernel with the same definitions and rules, but for the order of messages, which one actor alone does not notice;
    /// without actors.
    pub(crate) fn emptied(&self) -> Self {
        let rules = Rules { delivery: Delivery::Unordered, ..self.rules().clone() };
        let definitions = self.definitions.clone();
        Self { definitions, ..Self::exploring(Arc::default(), rules) }
    }

    /// What an actor is by itself, without what is on its way to it.
    pub(crate) fn actor_by_itself(&self, slot: Slot) -> Actor {
        Actor { inbox: Inbox::default(), queued: false, changed: false, ..self.actor(slot).clone() }
    }

    /// Puts this actor, and nobody else, into the kernel, with this message on its way to it, if there is one; the step
    /// that it can take.
    pub(crate) fn put_alone(&mut self, actor: &Actor, message: Option<&Message>) -> Enabled {
        let (id, slot) = (actor.id, Slot(0));
        self.actors.resize(1);
        self.actors.forget_all();
        self.vacant.clear();
        let index = Arc::make_mut(&mut self.index);
        index.clear();
        index.insert(id, slot);
        self.ready.clear();
        self.timers = Timers::default();
        self.outputs.clear();
        let mut actor = actor.clone();
        let stamp = self.stamp_from_outside(None);
        let step = match message {
            None => {
                debug_assert!(actor.status == Status::Starting, "no other step comes from nothing");
                actor.stamp.clone_from(&stamp);
                pending(Step::Start(id), slot, None, stamp.as_deref())
            }
            Some(message) => {
                let name = MessageName { from: message.from, to: id, number: 1, copy: 0 };
                let kind = Some(message.event.kind);
                let step = pending(Step::Deliver(name), slot, kind, stamp.as_deref());
                actor.inbox.push(Message { stamp, ..message.clone() });
                step
            }
        };
        self.actors.set(slot, Some(actor));
        let exploration = self.exploration_mut();
        exploration.seats.clear();
        exploration.note_seated(slot, Clock::default());
        exploration.progress.steps.clear();
        step
    }
}
