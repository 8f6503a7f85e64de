//! An app as one number: equal states have equal keys.
//!
//! In the key is what decides which executions can follow, and nothing else. Left out is how the state came about:
//! serials, the numbers of messages, and of the vector clocks all but what they still decide, which is whom a message
//! that is on its way must not be overtaken by (S2). Names of messages differ between equal states, labels may.

use alloc::format;
use alloc::vec::Vec;
use core::hash::Hash;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Kernel;
use crate::actor::{Actor, Rare, Slot, Status};
use crate::delivery::Delivery;
use crate::event::Message;
use crate::exchange::Alone;
use crate::fault::FaultStep;
use crate::limits::Overflow;
use crate::step::{Clock, Enabled, MessageName, Stamp, Step};
use crate::task::{Park, Task, Tasks};

impl Kernel {
    /// The key of the app: of the kernel, the ids that were issued, and the images of the instances, which `image`
    /// tells by slot. `tells_time` says whether virtual time matters beyond what is due when: whether any guest has
    /// ever asked for it.
    ///
    /// # Panics
    ///
    /// If the kernel does not [explore](Self::exploring), or is in the middle of a turn.
    #[must_use]
    pub fn key(&self, exchange: &Alone, image: impl Fn(Slot) -> u128, tells_time: bool) -> u128 {
        let mut hasher = SipHasher13::new();
        let mut slots: Vec<_> = self.index.iter().map(|(&id, &slot)| (id, slot)).collect();
        slots.sort_unstable();
        let pending = self.pending_messages(&slots);
        let held_back = |clock: &Clock, hasher: &mut SipHasher13| {
            for message in &pending {
                let stamp = message.stamp.as_deref().expect("exploration stamps every message");
                (clock.get(stamp.origin) >= stamp.effect).hash(hasher);
            }
        };
        for &(id, slot) in &slots {
            id.hash(&mut hasher);
            image(slot).hash(&mut hasher);
            let actor = self.actor(slot);
            self.hash_actor(actor, &mut hasher);
            held_back(self.exploration().past_of(slot), &mut hasher);
            // Whatever else it stands for came after all that the actor knows.
            if actor.status == Status::Starting
                && let Some(stamp) = &actor.stamp
            {
                held_back(&stamp.before, &mut hasher);
            }
        }
        for message in &pending {
            hash_message(message, &mut hasher);
            let stamp = message.stamp.as_deref().expect("exploration stamps every message");
            held_back(&stamp.before, &mut hasher);
            // A partition asks who brought it up, which is not always who it is from.
            self.exploration().definition_of(stamp.origin).hash(&mut hasher);
        }
        let mut armed: Vec<_> = self.timers.armed().collect();
        armed.sort_by_key(|&(due, slot, id, _)| (due, self.actor(slot).id, id));
        for (due, slot, id, timer) in armed {
            (due.saturating_sub(self.now), self.actor(slot).id, id).hash(&mut hasher);
            (timer.period, &timer.event, &timer.group).hash(&mut hasher);
            if let Some(stamp) = &timer.stamp {
                held_back(&stamp.before, &mut hasher);
            }
        }
        if tells_time {
            self.now.hash(&mut hasher);
        }
        let exploration = self.exploration();
        (&exploration.progress.budgets, &exploration.progress.splits).hash(&mut hasher);
        exchange.hash_places(&mut hasher);
        hasher.finish128().as_u128()
    }

    /// The step by a name that it has in all equal states: for a message, its place in its channel.
    pub(crate) fn timeless(&self, enabled: &Enabled) -> Step {
        let (Step::Deliver(message) | Step::Fault(FaultStep::Message { message, .. })) =
            enabled.step
        else {
            return enabled.step;
        };
        let way = self.actor(enabled.slot).inbox.on_its_way();
        let before = way.iter().take(enabled.place as usize);
        let before = before.filter(|other| other.from == message.from).count();
        let number = u32::try_from(before).expect("an inbox has a bound");
        let message = MessageName { number, copy: message.copy.min(1), ..message };
        match enabled.step {
            Step::Fault(FaultStep::Message { fault, .. }) => {
                Step::Fault(FaultStep::Message { fault, message })
            }
            _ => Step::Deliver(message),
        }
    }

    /// What is on its way, in an order that does not depend on when it was sent to whom, where that does not matter.
    fn pending_messages(&self, slots: &[(crate::id::ActorId, Slot)]) -> Vec<&Message> {
        let mut pending = Vec::new();
        for &(_, slot) in slots {
            let actor = self.actor(slot);
            let first = pending.len();
            pending.extend(actor.inbox.on_its_way());
            let overflow = self.definitions[actor.definition as usize].limits.overflow;
            let in_line = self.exploration().rules.delivery == Delivery::Mailbox
                || overflow == Overflow::DropOldest;
            if !in_line {
                pending[first..].sort_by_key(|message| message.from);
            }
        }
        pending
    }

    fn hash_actor(&self, actor: &Actor, hasher: &mut SipHasher13) {
        let Actor {
            id: _,
            origin: _,
            definition,
            label: _,
            status,
            stack,
            inbox,
            held,
            blocked,
            queued: _,
            changed: _,
            counts,
            group,
            init,
            stamp: _,
            rare,
        } = actor;
        (definition, core::mem::discriminant(status), stack, blocked).hash(hasher);
        (counts.creations, counts.groups_opened, counts.timers_started, group).hash(hasher);
        counts.correlations.hash(hasher);
        init.is_some().hash(hasher);
        for message in inbox.arrived() {
            hash_message(message, hasher);
        }
        inbox.on_its_way().len().hash(hasher);
        for message in inbox.held() {
            hash_message(message, hasher);
        }
        if !held.is_empty() {
            // Rare, and no other text of an effect is complete.
            format!("{held:?}").hash(hasher);
        }
        if let Some(rare) = rare {
            let Rare { watchers, children: _, restarts, asked, tasks, cell } = &**rare;
            (watchers, asked, cell).hash(hasher);
            if let Some(tasks) = tasks {
                hash_tasks(tasks, hasher);
            }
            for &at in restarts {
                self.now.saturating_sub(at).hash(hasher);
            }
        }
    }
}

/// What of the arrivals all tasks have seen is not in it: they would refuse it again.
fn hash_tasks(tasks: &Tasks, hasher: &mut SipHasher13) {
    for Task { told, group, ripe, took_at, .. } in tasks.parked() {
        let Park { task, label: _, background, wait } = told;
        (task, background, wait, group, ripe.is_some()).hash(hasher);
        if let Some(message) = ripe {
            took_at.hash(hasher);
            hash_message(message, hasher);
        }
    }
    (tasks.parked().len(), tasks.asked()).hash(hasher);
    for message in tasks.kept() {
        hash_message(message, hasher);
    }
}

fn hash_message(message: &Message, hasher: &mut SipHasher13) {
    let Message {
        from,
        event,
        group,
        firing,
        options,
        ticket,
        failed_turns,
        notice,
        errand,
        stamp,
    } = message;
    (from, event, group, firing, options, ticket, failed_turns, notice, errand).hash(hasher);
    if let Some(stamp) = stamp {
        let Stamp { copy, delayed, .. } = **stamp;
        (copy > 0, delayed).hash(hasher);
    }
}
