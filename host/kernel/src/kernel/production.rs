//! The order of production: the turn that comes next is that of the actor that waited longest.

use super::{Kernel, Turn, Work};
use crate::actor::{Slot, Status};
use crate::event::{Event, Kind, Message};
use crate::exchange::Exchange;
use crate::inbox::Scanned;
use crate::outbox::Outbox;

impl Kernel {
    /// Begins the next turn in the order of production: of the actor that waited longest, with the oldest
    /// event that it can take. None if no actor has anything to do.
    pub fn next<X: Exchange>(&mut self, outbox: &mut Outbox, exchange: &mut X) -> Option<Turn> {
        while let Some(slot) = self.ready.pop_front() {
            let Some(actor) = self.actors.at_mut(slot) else {
                self.vacant.push(slot);
                continue;
            };
            actor.queued = false;
            let work = match actor.status {
                Status::Starting if actor.is_released() => {
                    Some(Work::Initialize(self.take_init(slot)))
                }
                Status::Idle if actor.is_released() && actor.tasks().is_some() => {
                    self.next_of_many(slot, exchange)
                }
                Status::Idle if actor.is_released() => self.next_event(slot, exchange),
                Status::Cell => {
                    self.operate_all(slot, exchange);
                    None
                }
                _ => None,
            };
            if let Some(work) = work {
                return Some(self.open_turn(slot, work, outbox));
            }
        }
        None
    }

    /// The turn for the oldest event that the inbox offers, if there is one that needs a turn.
    #[inline(always)]
    pub(super) fn next_event<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> Option<Work> {
        loop {
            let actor = &mut self.actors[slot];
            let table = &self.definitions[actor.definition as usize].table;
            let scanned = actor.inbox.scan(table, &actor.stack);
            if matches!(scanned, Scanned::Nothing) {
                let message = || Message::plain(actor.id, Event::bare(Kind::DEFAULT));
                return table.offers_default(&actor.stack).then(|| Work::Handle(message()));
            }
            if let Some(work) = self.work_of(slot, scanned, exchange) {
                return Some(work);
            }
        }
    }

    /// The actor may have something to do: it stands in line, if it did not.
    #[inline]
    pub(super) fn queue(&mut self, slot: Slot) {
        let actor = self.actor_mut(slot);
        if !actor.queued {
            actor.queued = true;
            // Exploration knows by itself who has something to do. It uses no slot again, since nobody leaves this line:
            // strategies know actors by their slots.
            if self.exploration.is_none() {
                self.ready.push_back(slot);
            }
        }
    }

    /// The same, if something waits for it.
    pub(super) fn queue_if_waiting(&mut self, slot: Slot) {
        if self.exploration.is_some() {
            return;
        }
        let actor = self.actor(slot);
        let table = &self.definitions[actor.definition as usize].table;
        let may_act = match actor.status {
            Status::Starting => true,
            Status::Idle => match actor.tasks() {
                Some(tasks) => self.may_go_on(slot, tasks),
                None => actor.inbox.is_waiting() || table.offers_default(&actor.stack),
            },
            Status::InTurn | Status::Halting | Status::Failed(_) | Status::Cell => false,
        };
        if may_act && actor.is_released() {
            self.queue(slot);
        }
    }
}
