//! An app as one number: equal states have equal keys.
//!
//! In the key is what decides which executions can follow, and nothing else. Left out is how the state came about:
//! serials, the numbers of messages, and of the vector clocks all but what they still decide, which is whom a message
//! that is on its way must not be overtaken by (S2). Names of messages differ between equal states, labels may.

use alloc::format;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

use smallvec::SmallVec;

use super::arrival::stamp_of;
use super::{Exploration, Kernel};
use crate::actor::{Actor, Rare, Slot, Status};
use crate::delivery::Delivery;
use crate::event::Message;
use crate::exchange::Alone;
use crate::fault::FaultStep;
use crate::id::ActorId;
use crate::limits::Overflow;
use crate::step::{Clock, Enabled, MessageName, Stamp, Step};
use crate::task::{Park, Task, Tasks};
use crate::timer::{Instant, Timer, TimerId};

/// A key that more is added to, in order. What is added are hashes, or bits whose number follows from them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyOfAll(u128);

impl KeyOfAll {
    /// One-to-one for each key so far, and every bit of the key changes later ones (the multiplier is 2^128 by the golden
    /// ratio, made odd).
    pub(crate) fn add(&mut self, number: u128) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.0 = mixed ^ (mixed >> 67);
    }

    fn add_hash(&mut self, value: impl Hash) {
        self.add(hash_of(value));
    }

    /// The key of all that was added.
    pub(crate) fn end(self) -> u128 {
        let mixed = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        mixed ^ (mixed >> 67)
    }
}

/// Of values whose parts say how many of them there are.
impl Hasher for KeyOfAll {
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    fn finish(&self) -> u64 {
        self.end() as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|&word| self.add(u128::from_le_bytes(word)));
        if !rest.is_empty() {
            let mut word = [0; 16];
            word[..rest.len()].copy_from_slice(rest);
            self.add(u128::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number.into());
    }

    fn write_u128(&mut self, number: u128) {
        self.add(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u128);
    }
}

/// A hash of 128 bits.
pub(crate) fn hash_of(value: impl Hash) -> u128 {
    let mut hasher = KeyOfAll::default();
    value.hash(&mut hasher);
    hasher.end()
}

/// Which of these messages happened before what has this clock.
fn held_back(clock: &Clock, pending: &[&Stamp], key: &mut KeyOfAll) {
    for pending in pending.chunks(u64::BITS as usize) {
        let bits = pending
            .iter()
            .fold(0, |bits, stamp| bits << 1 | u64::from(clock.get(stamp.origin) >= stamp.effect));
        key.add(bits.into());
    }
}

/// Messages that are on their way.
type Pending<'a> = SmallVec<[&'a Message; 8]>;

/// Actors by id.
type Ordered = SmallVec<[(ActorId, Slot); 16]>;

impl Kernel {
    /// The key of the app: of the kernel, the ids that were issued, and the images of the instances, which `image`
    /// tells by slot. `tells_time` says whether virtual time matters beyond what is due when: whether any guest has
    /// ever asked for it.
    ///
    /// # Panics
    ///
    /// If the kernel does not [explore](Self::exploring), or is in the middle of a turn.
    #[must_use]
    pub fn key(
        &mut self,
        exchange: &Alone,
        image: impl Fn(Slot) -> u128,
        tells_time: bool,
    ) -> u128 {
        let mut slots: Ordered =
            self.actors.slots().filter_map(|slot| Some((self.actors.at(slot)?.id, slot))).collect();
        slots.sort_unstable();
        let mut key = KeyOfAll::default();
        for &(_, slot) in &slots {
            key.add(self.key_of(slot));
            key.add(image(slot));
        }
        self.add_order(&slots, &mut key);
        self.add_time(&slots, tells_time, &mut key);
        let Exploration { progress, rules, .. } = self.exploration();
        if !rules.faults.is_empty() {
            key.add_hash((&progress.budgets, &progress.splits));
        }
        key.add(exchange.key());
        key.end()
    }

    /// Whom messages must not be overtaken by, as clocks tell.
    fn add_order(&self, slots: &Ordered, key: &mut KeyOfAll) {
        let pending = self.pending_messages(slots);
        let exploration = self.exploration();
        let rules = &exploration.rules;
        if !rules.faults.is_empty() {
            // A partition asks who brought it up, which is not always who it is from.
            for &stamp in &pending {
                key.add_hash(exploration.definition_of(stamp.origin));
            }
        }
        if pending.is_empty() || rules.delivery != Delivery::Causal {
            return;
        }
        let mut add = |clock: &Clock| held_back(clock, &pending, key);
        for &(_, slot) in slots {
            add(exploration.past_of(slot));
            let actor = self.actor(slot);
            // Whatever else it stands for came after all that the actor knows.
            if actor.status == Status::Starting
                && let Some(stamp) = &actor.stamp
            {
                add(&stamp.before);
            }
        }
        pending.iter().for_each(|stamp| add(&stamp.before));
        if !self.timers.is_empty() {
            let armed = self.timers_in_order();
            armed
                .iter()
                .filter_map(|(.., timer)| timer.stamp.as_ref())
                .for_each(|stamp| add(&stamp.before));
        }
    }

    /// The armed timers by when they are due; with owner and number, which tell them apart.
    fn timers_in_order(&self) -> Vec<(Instant, (ActorId, TimerId), &Timer)> {
        let armed = self.timers.armed();
        let armed = armed.map(|(due, slot, id, timer)| (due, (self.actor(slot).id, id), timer));
        let mut armed: Vec<_> = armed.collect();
        armed.sort_by_key(|&(due, name, _)| (due, name));
        armed
    }

    fn add_time(&self, slots: &Ordered, tells_time: bool, key: &mut KeyOfAll) {
        let armed = if self.timers.is_empty() { Vec::new() } else { self.timers_in_order() };
        for (due, name, timer) in armed {
            let due = due.saturating_sub(self.now);
            key.add_hash((due, name, timer.period, &timer.event, &timer.group));
        }
        for &(_, slot) in slots {
            let actor = self.actor(slot);
            for &at in actor.rare.iter().flat_map(|rare| &rare.restarts) {
                key.add_hash((actor.id, self.now.saturating_sub(at)));
            }
        }
        if tells_time {
            key.add_hash(self.now);
        }
    }

    /// The key of an actor with all that waits for it, times and clocks left out. It is kept until something changes.
    fn key_of(&mut self, slot: Slot) -> u128 {
        let actor = self.actor(slot);
        let is_known = !actor.changed;
        if is_known && let Some(key) = self.exploration().seats[slot.index()].key {
            return key;
        }
        let mut hasher = KeyOfAll::default();
        self.hash_actor(actor, &mut hasher);
        hash_inbox(actor, &mut hasher);
        for message in self.pending_at(actor) {
            hash_message(message, &mut hasher);
        }
        let key = hasher.end();
        self.exploration_mut().seats[slot.index()].key = is_known.then_some(key);
        key
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
    fn pending_messages(&self, slots: &Ordered) -> SmallVec<[&Stamp; 16]> {
        let mut pending = SmallVec::new();
        for &(_, slot) in slots {
            let actor = self.actor(slot);
            match actor.inbox.on_its_way().len() {
                0 => {}
                1 => pending.push(stamp_of(&actor.inbox.on_its_way()[0])),
                _ => pending.extend(self.pending_at(actor).into_iter().map(stamp_of)),
            }
        }
        pending
    }

    fn pending_at<'a>(&self, actor: &'a Actor) -> Pending<'a> {
        let mut pending: Pending<'a> = actor.inbox.on_its_way().iter().collect();
        let overflow = self.definitions[actor.definition as usize].limits.overflow;
        let in_line = self.exploration().rules.delivery == Delivery::Mailbox
            || overflow == Overflow::DropOldest;
        if !in_line && pending.len() > 1 {
            pending.sort_by_key(|message| message.from);
        }
        pending
    }

    /// What the actor is by itself, without what waits for it.
    pub(super) fn hash_actor(&self, actor: &Actor, hasher: &mut KeyOfAll) {
        let Actor {
            id,
            origin: _,
            definition,
            label: _,
            status,
            stack,
            inbox: _,
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
        (id, definition, core::mem::discriminant(status), stack, blocked).hash(hasher);
        (counts.creations, counts.groups_opened, counts.timers_started, group).hash(hasher);
        counts.correlations.hash(hasher);
        init.hash(hasher);
        if !held.is_empty() {
            // Rare, and no other text of an effect is complete.
            format!("{held:?}").hash(hasher);
        }
        if let Some(rare) = rare {
            let Rare { watchers, children: _, restarts: _, asked, tasks, cell } = &**rare;
            (watchers, asked, cell).hash(hasher);
            if let Some(tasks) = tasks {
                hash_tasks(tasks, hasher);
            }
        }
    }
}

/// What has arrived at an actor or waits for room, and how much is on its way.
fn hash_inbox(actor: &Actor, hasher: &mut KeyOfAll) {
    for message in actor.inbox.arrived() {
        hash_message(message, hasher);
    }
    actor.inbox.on_its_way().len().hash(hasher);
    for message in actor.inbox.held() {
        hash_message(message, hasher);
    }
}

/// What of the arrivals all tasks have seen is not in it: they would refuse it again.
fn hash_tasks(tasks: &Tasks, hasher: &mut KeyOfAll) {
    for Task { told, ripe, took_at, .. } in tasks.parked() {
        let Park { task, of, label: _, background, wait } = told;
        (task, of, background, wait, ripe.is_some()).hash(hasher);
        if let Some(message) = ripe {
            took_at.hash(hasher);
            hash_message(message, hasher);
        }
    }
    (tasks.parked().len(), tasks.groups(), tasks.asked()).hash(hasher);
    for message in tasks.kept() {
        hash_message(message, hasher);
    }
}

pub(super) fn hash_message(message: &Message, hasher: &mut KeyOfAll) {
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
