//! Effects on their way from a committed turn into the inboxes of their receivers.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::touch::Touch;
use super::{Kernel, Output};
use crate::actor::{Init, Label, Slot, Status};
use crate::event::{Asker, Encoding, Errand, Event, Kind, Message, Payload};
use crate::exchange::{Created, Exchange, Parcel, Place};
use crate::failure::{DeadReason, Violation};
use crate::id::ActorId;
use crate::limits::Overflow;
use crate::outbox::{Effect, Reply, TimerStart};
use crate::timer::Timer;

/// Whether a message reached the inbox, or nobody, or waits before a full inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    Done,
    Held,
}

impl Kernel {
    /// Releases effects in order. Those behind one that waits before a full inbox stay with the sender (S8).
    pub(super) fn release<X: Exchange>(
        &mut self,
        slot: Slot,
        effects: &mut Vec<Effect>,
        exchange: &mut X,
    ) {
        if self.releases_one_by_one() {
            self.actor_mut(slot).held.extend(effects.drain(..));
            return self.stamp_again(slot);
        }
        let mut effects = effects.drain(..);
        while let Some(effect) = effects.next() {
            if self.release_one(slot, effect, exchange) == Posted::Held {
                let actor = self.actor_mut(slot);
                actor.blocked += 1;
                actor.held.extend(effects);
                return;
            }
        }
    }

    #[inline]
    fn release_one<X: Exchange>(&mut self, slot: Slot, effect: Effect, exchange: &mut X) -> Posted {
        let from = self.actor(slot).id;
        match effect {
            Effect::Send { to, event, group, options } => {
                let stamp = self.stamp(slot, Some(to));
                let message = Message { group, options, stamp, ..Message::plain(from, event) };
                return self.post(to, message, exchange);
            }
            Effect::Reserve { id, definition } => {
                self.touch(Touch::Bound(id));
                exchange.reserve(id, definition);
            }
            Effect::Create { id, definition, name, init } => {
                if !self.create(slot, id, definition, name, init, exchange) {
                    self.id_in_use(id);
                }
            }
            Effect::StartTimer(start) => self.arm(slot, *start),
            Effect::StopTimer(timer) => {
                self.touch(Touch::Stopped(Some(timer)));
                let stopped = self.timers.stop(slot, timer);
                // A timer that fires once and was armed has no event yet.
                if stopped.is_none_or(|timer| timer.period.is_some()) {
                    let actor = self.actor_mut(slot);
                    actor.inbox.remove_timer(timer);
                    actor.tasks_mut().into_iter().for_each(|tasks| tasks.remove_timer(timer));
                    self.admit_held(slot, exchange);
                }
            }
            Effect::Reply { group, reply } => match group.asker {
                Some(asker) => {
                    if let Some(rare) = &mut self.actor_mut(slot).rare {
                        rare.asked.retain(|asked| asked.id != group.id);
                    }
                    self.reply(slot, asker, reply, exchange);
                }
                None => unreachable!("a reply without an asker is refused when it is staged"),
            },
            Effect::Watch(target) => self.watch(from, target, exchange),
            Effect::TryCreate { id, definition, init, correlation } => {
                let created = self.create(slot, id, definition, None, init, exchange);
                let text = if created { "created" } else { "already-exists" };
                let payload = Payload::from_slice(text.as_bytes());
                let answer = Ok((Encoding::Text, payload));
                self.answer(slot, id, (from, correlation), answer, exchange);
            }
            Effect::CreateCell { id, kind } => self.create_cell(slot, id, kind, exchange),
            Effect::Operate { cell, correlation, operation } => {
                let stamp = self.stamp(slot, Some(cell));
                let errand = Errand::Operation { correlation, operation: *operation };
                let errand = Some(Box::new(errand));
                let event = Event::bare(Kind::OPERATION);
                let message =
                    Message { errand, notice: true, stamp, ..Message::plain(from, event) };
                return self.post(cell, message, exchange);
            }
            Effect::Notify { .. } => unreachable!("notifications are kept apart"),
        }
        Posted::Done
    }

    /// Creates an actor, unless its id is in use.
    fn create<X: Exchange>(
        &mut self,
        slot: Slot,
        id: ActorId,
        definition: u32,
        name: Option<Box<str>>,
        init: Init,
        exchange: &mut X,
    ) -> bool {
        let actor = self.actor_mut(slot);
        let (from, group) = (actor.id, actor.group.clone());
        let ordinal = actor.next_ordinal(definition);
        let label = name.map_or(Label::Ordinal(ordinal), Label::Name);
        self.touch(Touch::Bound(id));
        match exchange.bind(id, from, ordinal) {
            Ok(Created::Here) => {
                let stamp = self.stamp(slot, None);
                self.insert(id, definition, label, init, group, stamp);
            }
            Ok(Created::There(shard)) => {
                exchange.push(shard, Parcel::Create { id, definition, label, init, group });
            }
            Err(_) => return false,
        }
        self.actor_mut(slot).count_child(definition);
        true
    }

    fn reply<X: Exchange>(&mut self, slot: Slot, asker: Asker, reply: Reply, exchange: &mut X) {
        let (from, correlation) = (self.actor(slot).id, asker.correlation);
        if asker.id == ActorId::ENVIRONMENT {
            return self.outputs.push(Output::Reply { correlation, reply, from });
        }
        let correlation = u32::try_from(correlation).expect("actors count with 32 bits");
        self.answer(slot, from, (asker.id, correlation), reply, exchange);
    }

    fn id_in_use(&mut self, id: ActorId) {
        let holder: Box<str> =
            self.slot(id).map_or_else(|| id.to_string(), |slot| self.label(slot)).into();
        self.outputs.push(Output::Violation(Violation::IdInUse { id, holder }));
    }

    fn arm(&mut self, slot: Slot, start: TimerStart) {
        // What left late, from before a full inbox: the halt has cancelled all timers (X2).
        if self.actor(slot).status == Status::Halting {
            return;
        }
        let TimerStart { id, after, period, event, group } = start;
        self.touch(Touch::Armed);
        let due = self.now.saturating_add(after);
        let stamp = self.stamp(slot, None);
        self.timers.arm(slot, id, Timer { due, period, event, group, stamp });
    }

    /// Sends a message on its way, wherever its receiver lives.
    #[inline]
    pub(super) fn post<X: Exchange>(
        &mut self,
        to: ActorId,
        message: Message,
        exchange: &mut X,
    ) -> Posted {
        self.touch(Touch::Sent(to));
        if let Some(&slot) = self.index.get(&to) {
            return self.enqueue(slot, message);
        }
        match exchange.find(to) {
            // Perhaps of this kernel, if the creation is still on its way.
            Some(Place::Shard(shard) | Place::Cell { shard, .. }) => {
                exchange.push(shard, Parcel::Message { to, message });
            }
            Some(Place::Reserved { .. }) => self.dead_letter(to, message, DeadReason::Unbound),
            Some(Place::Gone) | None => self.dead_letter(to, message, DeadReason::Halted),
        }
        Posted::Done
    }

    /// Puts a message into the inbox of an actor of this kernel, as far as its bounds allow.
    #[inline]
    pub(super) fn enqueue(&mut self, slot: Slot, message: Message) -> Posted {
        self.count_arrival(slot);
        let actor = &mut self.actors[slot];
        let id = actor.id;
        let dead = match actor.status {
            Status::Failed(_) => Some(DeadReason::Failed),
            Status::Halting => Some(DeadReason::Halted),
            Status::Cell if !message.is_operation() => Some(DeadReason::Cell),
            Status::Starting | Status::Idle | Status::InTurn | Status::Cell => None,
        };
        if let Some(reason) = dead {
            self.dead_letter(id, message, reason);
            return Posted::Done;
        }
        let limits = &self.definitions[actor.definition as usize].limits;
        if actor.inbox.is_full(limits.inbox_events_max.get() as usize)
            && message.errand.is_none()
            && actor.resumes_with(&message) == 0
        {
            match limits.overflow {
                Overflow::Block if message.from == id || message.notice => {}
                Overflow::Block => {
                    actor.inbox.hold(message);
                    return Posted::Held;
                }
                Overflow::DropOldest => {
                    if let Some(oldest) = actor.inbox.pop_oldest() {
                        self.dead_letter(id, oldest, DeadReason::InboxFull);
                    }
                }
                Overflow::Fail | Overflow::DropNewest => {
                    if limits.overflow == Overflow::Fail {
                        let kind = message.event.kind;
                        let violation =
                            Violation::InboxFull { sender: message.from, receiver: id, kind };
                        self.outputs.push(Output::Violation(violation));
                    }
                    self.dead_letter(id, message, DeadReason::InboxFull);
                    return Posted::Done;
                }
            }
        }
        self.admit(slot, message);
        Posted::Done
    }

    /// Lets a message in, unless too many of its kind wait already (S10).
    #[inline]
    pub(super) fn admit(&mut self, slot: Slot, mut message: Message) {
        if message.options.instances_max.is_some() {
            self.touch(Touch::Scarce);
        }
        let actor = &mut self.actors[slot];
        let kind = message.event.kind;
        if let Some(instances_max) = message.options.instances_max
            && actor.inbox.count(kind) >= instances_max as usize + actor.resumes_with(&message)
        {
            let (sender, receiver) = (message.from, actor.id);
            let violation = Violation::MaxInstances { sender, receiver, kind, instances_max };
            self.outputs.push(Output::Violation(violation));
            return self.dead_letter(receiver, message, DeadReason::MaxInstances);
        }
        if let Some(ticket) = message.ticket.take() {
            self.outputs.push(Output::Admitted(ticket));
        }
        actor.inbox.push(message);
        self.queue(slot);
    }

    /// Lets in what waits before an inbox that has room now, and lets its senders go on.
    pub(super) fn admit_held<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        while self.actor(slot).inbox.has_held() {
            let actor = &mut self.actors[slot];
            let limits = &self.definitions[actor.definition as usize].limits;
            let Some(message) = actor.inbox.unhold(limits.inbox_events_max.get() as usize) else {
                return;
            };
            let (from, ticket) = (message.from, message.ticket);
            self.admit(slot, message);
            if ticket.is_none() {
                self.let_go(from, exchange);
            }
        }
    }

    /// An event that another shard delivered waits before a full inbox: its sender must know.
    pub(super) fn hold_up<X: Exchange>(&mut self, sender: ActorId, exchange: &mut X) {
        if let Some(slot) = self.slot(sender) {
            self.actor_mut(slot).blocked += 1;
        } else if let Some(Place::Shard(shard)) = exchange.find(sender) {
            exchange.push(shard, Parcel::Held { sender });
        }
    }

    /// An event of this sender waits before a full inbox no more.
    pub(super) fn let_go<X: Exchange>(&mut self, sender: ActorId, exchange: &mut X) {
        if self.index.contains_key(&sender) {
            self.freed.push_back(sender);
        } else if let Some(Place::Shard(shard)) = exchange.find(sender) {
            exchange.push(shard, Parcel::Released { sender });
        }
    }

    /// Lets the senders go on whose events wait no more.
    #[inline]
    pub(super) fn settle<X: Exchange>(&mut self, exchange: &mut X) {
        if !self.freed.is_empty() {
            self.let_all_go(exchange);
        }
    }

    fn let_all_go<X: Exchange>(&mut self, exchange: &mut X) {
        while let Some(sender) = self.freed.pop_front() {
            self.unblock(sender, exchange);
        }
    }

    /// One event less of this sender waits before a full inbox.
    fn unblock<X: Exchange>(&mut self, sender: ActorId, exchange: &mut X) {
        let Some(slot) = self.slot(sender) else { return };
        self.touch(Touch::LetGo(sender));
        let one_by_one = self.releases_one_by_one();
        let actor = self.actor_mut(slot);
        actor.blocked = actor.blocked.saturating_sub(1);
        while !one_by_one && self.actor(slot).blocked == 0 {
            if !self.release_next(slot, exchange) {
                break;
            }
        }
        self.go_on(slot, exchange);
    }

    /// Releases the oldest effect that waits behind others; whether there was one.
    pub(super) fn release_next<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> bool {
        let Some(effect) = self.actor_mut(slot).held.pop_front() else { return false };
        if self.release_one(slot, effect, exchange) == Posted::Held {
            self.actor_mut(slot).blocked += 1;
        }
        true
    }

    /// The actor takes its next event, or its halt ends, once all that it staged has left.
    pub(super) fn go_on<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        if !self.actor(slot).is_released() {
            return;
        }
        if self.actor(slot).status == Status::Halting {
            self.finish_halt(slot, exchange);
        } else {
            self.queue_if_waiting(slot);
        }
    }

    /// Tells the watcher once the target is gone: now, if it is.
    pub(super) fn watch<X: Exchange>(
        &mut self,
        watcher: ActorId,
        target: ActorId,
        exchange: &mut X,
    ) {
        self.touch(Touch::Watched(target));
        let reason = match self.slot(target) {
            Some(slot) => {
                let actor = self.actor_mut(slot);
                if !matches!(actor.status, Status::Failed(_)) {
                    let watchers = &mut actor.rare().watchers;
                    if !watchers.contains(&watcher) {
                        watchers.push(watcher);
                    }
                    return;
                }
                DeadReason::Failed
            }
            None => match exchange.find(target) {
                // Perhaps here, if the creation is still on its way.
                Some(Place::Shard(shard)) => {
                    return exchange.push(shard, Parcel::Watch { watcher, target });
                }
                // A cell is never gone.
                Some(Place::Cell { .. }) => return,
                Some(Place::Reserved { .. } | Place::Gone) | None => DeadReason::Halted,
            },
        };
        let stamp = self.slot(watcher).and_then(|slot| self.stamp_notice(slot, target, watcher));
        let message = Message { stamp, ..Message::actor_down(target, reason) };
        self.post(watcher, message, exchange);
    }
}
