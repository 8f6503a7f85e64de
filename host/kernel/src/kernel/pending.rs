//! What is pending because of a step, wherever it waits.

use alloc::vec::Vec;

use super::Kernel;
use crate::actor::{Actor, Status};
use crate::event::Message;
use crate::id::ActorId;
use crate::step::{MessageName, Step};

impl Kernel {
    /// What the step with this serial brought up and is still pending, in the order in which it came up: a new actor as
    /// its start, a message as its delivery, a timer as its firing.
    ///
    /// # Panics
    ///
    /// If the kernel does not [explore](Self::exploring).
    pub(crate) fn brought_up_by(&self, serial: u32) -> Vec<Step> {
        let mut brought = Vec::new();
        for actor in self.actors.iter() {
            if actor.status == Status::Starting
                && let Some(stamp) = &actor.stamp
                && stamp.cause == serial
            {
                brought.push((stamp.serial, Step::Start(actor.id)));
            }
            for message in actor.inbox.waiting().chain(actor.inbox.held()) {
                if let Some(stamp) = &message.stamp
                    && stamp.cause == serial
                    && message.firing.is_none()
                {
                    brought.push((stamp.serial, Step::Deliver(name_of(message, actor))));
                }
            }
        }
        for (_, slot, timer, armed) in self.timers.armed() {
            if let Some(stamp) = &armed.stamp
                && stamp.cause == serial
            {
                let owner: ActorId = self.actor(slot).id;
                brought.push((stamp.serial, Step::Fire { owner, timer }));
            }
        }
        brought.sort_unstable();
        brought.into_iter().map(|(_, step)| step).collect()
    }

    /// Whether this message has left its sender and has not arrived.
    pub(crate) fn is_on_its_way(&self, name: MessageName) -> bool {
        let Some(slot) = self.slot(name.to) else { return false };
        let actor = self.actor(slot);
        actor.inbox.on_its_way().iter().any(|message| name_of(message, actor) == name)
    }
}

fn name_of(message: &Message, to: &Actor) -> MessageName {
    let (number, copy) = message.stamp.as_ref().map_or((0, 0), |stamp| (stamp.number, stamp.copy));
    MessageName { from: message.from, to: to.id, number, copy }
}
