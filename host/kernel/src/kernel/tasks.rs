//! Suspended code: arrivals ripen tasks, and ripe tasks go on (sections 8, 13 and 15).
//!
//! What a task waits for is decided when it arrives, or, if it has arrived before, when the turn that waits ends: from
//! then on the message is the task's. Production looks at arrivals when the actor may have its next turn, exploration
//! before it says what is enabled. Both ask the guest about conditions by a turn of its own ([`Work::Judge`]).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::explore::pending;
use super::{Begun, Ended, Kernel, Refused, Turn, Work};
use crate::actor::{Actor, Slot, Status};
use crate::bug::{Awaited, Waiting};
use crate::event::{Asker, Encoding, Errand, Event, Group, Kind, Message, Payload};
use crate::exchange::Exchange;
use crate::failure::{Cause, DeadReason, Failure};
use crate::id::ActorId;
use crate::outbox::{Outbox, Ran, Reply};
use crate::step::{Enabled, Step};
use crate::task::{Groups, Park, Taker, Task, TaskId, Tasks, Told, Wait};

/// What came of showing arrivals to tasks.
enum Shown {
    /// All have seen all of them.
    All,
    /// This task took one.
    Taken(TaskId),
    /// It depends on a condition.
    Asks(Work),
}

/// In both drivers.
impl Kernel {
    /// Shows the tasks of an actor what has arrived, the oldest first, up to one that is taken.
    fn show_arrived<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> Shown {
        loop {
            let actor = self.actor(slot);
            let (Some(tasks), Some(message)) = (actor.tasks(), actor.inbox.unseen()) else {
                return Shown::All;
            };
            if !tasks.await_arrival() {
                return Shown::All;
            }
            let task = match tasks.taker(message) {
                Taker::If(judgement) => return Shown::Asks(Work::Judge(Box::new(judgement))),
                Taker::Nobody => {
                    let actor = self.actor_mut(slot);
                    actor.inbox.see();
                    actor.tasks_mut().expect("seen above").ask_again();
                    continue;
                }
                Taker::Task(task) => task,
            };
            self.take_unseen(slot, task, exchange);
            return Shown::Taken(task);
        }
    }

    /// The arrival that comes next is for this task.
    fn take_unseen<X: Exchange>(&mut self, slot: Slot, task: TaskId, exchange: &mut X) {
        let actor = self.actor_mut(slot);
        let (took_at, message) = actor.inbox.take_unseen().expect("an arrival is shown");
        let tasks = actor.tasks_mut().expect("a task takes it");
        tasks.ripen(task, message);
        if let Some(task) = tasks.get_mut(task) {
            task.took_at = took_at;
        }
        self.events += 1;
        self.admit_held(slot, exchange);
        self.settle(exchange);
    }

    /// An answer arrives: the task that waits for it, if there is one already.
    pub(super) fn take_answer<X: Exchange>(
        &mut self,
        slot: Slot,
        message: Message,
        exchange: &mut X,
    ) -> Option<TaskId> {
        let kept_max = self.inbox_events_max(slot);
        let actor = self.actor_mut(slot);
        let id = actor.id;
        let answered = match (actor.tasks_mut(), message.errand.as_deref()) {
            (Some(tasks), Some(&Errand::Answer { correlation, .. })) => {
                tasks.answer(correlation, message, kept_max)
            }
            _ => Err(Box::new(message)),
        };
        let task = answered.unwrap_or_else(|message| {
            self.dead_letter(id, *message, DeadReason::AlreadyReplied);
            None
        });
        self.admit_held(slot, exchange);
        self.settle(exchange);
        task
    }

    fn inbox_events_max(&self, slot: Slot) -> usize {
        let definition = self.actor(slot).definition as usize;
        self.definitions[definition].limits.inbox_events_max.get() as usize
    }

    /// What a task goes on with.
    fn resume(&mut self, slot: Slot, task: TaskId) -> Work {
        let tasks = self.actor_mut(slot).tasks_mut().expect("an actor with a task");
        let parked = tasks.get_mut(task).expect("a task that may go on waits");
        match (parked.ripe.take(), &parked.told.wait) {
            (None, _) => Work::Resume { task, message: None },
            (Some(message), Wait::Firing(_)) => {
                Work::Resume { task, message: Some(Box::new(message)) }
            }
            (Some(message), _) => Work::Deliver { task, message: Box::new(message) },
        }
    }

    /// Notes what a committed turn told of tasks, and asked.
    pub(super) fn note_told<X: Exchange>(
        &mut self,
        slot: Slot,
        went_on: Option<TaskId>,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) {
        let asked_max = self.inbox_events_max(slot);
        let actor = self.actor_mut(slot);
        let tasks = actor.new_tasks();
        let mut given_back = Vec::new();
        if let Some(task) = went_on {
            given_back.extend(tasks.end(task));
        }
        outbox.base = Groups::default();
        for (correlation, whom) in outbox.asked.drain(..) {
            tasks.ask(correlation, whom, asked_max);
        }
        let mut conditions = false;
        for told in outbox.told.drain(..) {
            match told {
                Told::Done(task) => given_back.extend(tasks.end(task)),
                Told::Park(park, group) => {
                    if let Wait::Receive(wanted) = &park.wait {
                        conditions |= wanted.iter().any(|wanted| wanted.condition.is_some());
                    }
                    // Whoever wakes a task tells of it, but only its own turns change its group.
                    let differs = tasks.groups().of(park.of) != group.as_ref();
                    let ran = || outbox.ran.iter().any(|ran| ran.task == park.of);
                    if differs && !ran() && !tasks.waits(park.of) {
                        tasks.set_group(park.of, group);
                    }
                    given_back.extend(tasks.park(park));
                }
            }
        }
        for Ran { task, group } in outbox.ran.drain(..) {
            tasks.had_its_turn(task);
            if tasks.groups().of(task) != group.as_ref() && tasks.waits(task) {
                tasks.set_group(task, group);
            }
        }
        tasks.forget_groups();
        tasks.ask_again();
        // The one that stood first goes back first, so that each finds its place.
        given_back.sort_by_key(|&(place, _)| place);
        for (place, message) in given_back {
            actor.inbox.give_back(place, message);
        }
        actor.inbox.show_again();
        self.conditions |= conditions;
        self.admit_wanted(slot, exchange);
    }

    /// Lets in what waits before a full inbox and a receive waits for (W2), unless something else of its sender does.
    fn admit_wanted<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        let actor = self.actor_mut(slot);
        if !actor.inbox.has_held() || !actor.tasks().is_some_and(Tasks::await_arrival) {
            return;
        }
        let tasks = mem::take(&mut actor.rare().tasks).expect("there are some");
        let admitted = actor.inbox.unhold_if(|message| tasks.may_want(message));
        actor.rare().tasks = Some(tasks);
        for message in admitted {
            let (from, ticket) = (message.from, message.ticket);
            self.admit(slot, message);
            if ticket.is_none() {
                self.let_go(from, exchange);
            }
        }
    }

    /// The turn about a condition is over: it may have told nothing but whether the condition accepts the event.
    pub(super) fn judged<X: Exchange>(
        &mut self,
        turn: Turn,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Result<Ended, Box<Refused>> {
        let Work::Judge(judgement) = &turn.work else { unreachable!("the turn judges") };
        let Some(accepts) = outbox.verdict.filter(|_| outbox.is_empty()) else {
            let message = "a condition of a receive that does more than to accept or to refuse";
            let failure = Failure::new(Cause::IllegalCall, message);
            return Err(Box::new(Refused { turn, failure, kind: None }));
        };
        self.actor_mut(turn.slot).status = Status::Idle;
        if accepts {
            self.take_unseen(turn.slot, judgement.task, exchange);
            let tasks = self.actor_mut(turn.slot).tasks_mut().expect("somebody receives");
            tasks.accepted = Some(judgement.task);
        } else {
            let tasks = self.actor_mut(turn.slot).tasks_mut().expect("somebody receives");
            tasks.refuse(judgement);
        }
        self.queue(turn.slot);
        Ok(Ended::Alive)
    }

    /// The answer to a request or an operation leaves, in the name of somebody who may be gone or about to come.
    pub(super) fn answer<X: Exchange>(
        &mut self,
        slot: Slot,
        from: ActorId,
        (to, correlation): (ActorId, u32),
        reply: Reply,
        exchange: &mut X,
    ) {
        let failed = reply.is_err();
        let (encoding, payload) = reply
            .unwrap_or_else(|message| (Encoding::Text, Payload::from_slice(message.as_bytes())));
        let event = Event { kind: Kind::ANSWER, encoding, payload };
        let errand = Some(Box::new(Errand::Answer { correlation, failed }));
        let notice = self.actor(slot).id != from || self.actor(slot).status == Status::Cell;
        let stamp = self.stamp_notice(slot, from, to);
        self.post(to, Message { errand, notice, stamp, ..Message::plain(from, event) }, exchange);
    }

    /// Tasks of an actor that began anew, or is gone, wait no more; what they had not got yet.
    pub(super) fn cancel_tasks(&mut self, slot: Slot) -> Vec<Message> {
        self.actor_mut(slot).tasks_mut().map(Tasks::cancel).unwrap_or_default()
    }

    /// Who waits though nothing can happen any more (E2): first senders, then tasks that are not in the background.
    pub fn waiting_for_ever(&self) -> Vec<Waiting> {
        let held_up = self.held_up();
        let mut waiting: Vec<_> =
            held_up.map(|(sender, receiver)| Waiting::Room { sender, receiver }).collect();
        for actor in self.actors.iter() {
            for Task { told, ripe, .. } in actor.tasks().map_or(&[][..], Tasks::parked) {
                let Park { task, label, background, wait, .. } = told;
                let (actor, task, label) = (actor.id, *task, label.clone());
                if *background || ripe.is_some() {
                    continue;
                }
                let awaits = match wait {
                    Wait::Ready => continue,
                    Wait::Receive(wanted) => {
                        Awaited::Event(wanted.iter().map(|wanted| wanted.kind).collect())
                    }
                    Wait::Answer(correlation) => self.awaited_answer(actor, *correlation),
                    Wait::Firing(timer) => Awaited::Timer(*timer),
                    Wait::Blocked(text) => Awaited::Task(text.clone()),
                };
                waiting.push(Waiting::Task { actor, task, label, awaits });
            }
        }
        waiting
    }

    /// The events that are left in the inboxes of those who wait.
    pub(crate) fn left_over(&self, waiting: &[Waiting]) -> Vec<(ActorId, Kind)> {
        let mut actors: Vec<_> = waiting.iter().map(Waiting::actor).collect();
        actors.dedup();
        let slots = actors.into_iter().filter_map(|actor| Some((actor, self.slot(actor)?)));
        let left = slots.flat_map(|(actor, slot)| {
            let events = self.waiting(slot).filter(|message| message.errand.is_none());
            events.map(move |message| (actor, message.event.kind))
        });
        left.collect()
    }

    fn awaited_answer(&self, asker: ActorId, correlation: u32) -> Awaited {
        let tasks = self.slot(asker).and_then(|slot| self.actor(slot).tasks());
        let of = tasks.and_then(|tasks| tasks.whom(correlation));
        let asker = Some(Asker { id: asker, correlation: correlation.into() });
        let owed = |group: &Group| group.asker == asker;
        let owes = |actor: &&Actor| {
            actor.rare.iter().flat_map(|rare| &rare.asked).any(|group| owed(group))
        };
        let owing = self.actors.iter().filter(owes);
        Awaited::Answer { of, owed_by: owing.map(|actor| actor.id).collect() }
    }
}

/// In the order of production.
impl Kernel {
    /// The next turn of an actor that has tasks: what arrives and tasks that could go on before take turns, and of these
    /// tasks the one that waited longest comes first.
    pub(super) fn next_of_many<X: Exchange>(
        &mut self,
        slot: Slot,
        exchange: &mut X,
    ) -> Option<Work> {
        let accepted = self.actor_mut(slot).tasks_mut().and_then(|tasks| tasks.accepted.take());
        if let Some(task) = accepted.filter(|&task| self.is_ripe(slot, task)) {
            return Some(self.resume(slot, task));
        }
        if let Some(question) = self.show_all(slot, exchange) {
            return Some(question);
        }
        let tasks = self.actor(slot).tasks().expect("the actor has tasks");
        let (first, was_ready) = (tasks.first_to_go_on(), tasks.was_ready);
        if !was_ready && let Some(task) = first {
            return Some(self.resume_ready(slot, task));
        }
        if let Some(work) = self.next_arrival(slot, exchange) {
            self.actor_mut(slot).tasks_mut().expect("the actor has tasks").was_ready = false;
            return Some(work);
        }
        first.map(|task| self.resume_ready(slot, task))
    }

    fn resume_ready(&mut self, slot: Slot, task: TaskId) -> Work {
        self.actor_mut(slot).tasks_mut().expect("the actor has tasks").was_ready = true;
        self.resume(slot, task)
    }

    /// Lets events arrive up to one that leads to a turn, or to a question.
    fn next_arrival<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> Option<Work> {
        loop {
            let is_free = self.actor(slot).is_free();
            if is_free && let Some(work) = self.take_arrived(slot, exchange) {
                return Some(work);
            }
            let actor = self.actor_mut(slot);
            let awaits = actor.tasks().is_some_and(Tasks::await_arrival);
            let message = if awaits { actor.inbox.pull(0) } else { None };
            let Some(message) = message else {
                return is_free.then(|| self.next_event(slot, exchange)).flatten();
            };
            let task = if message.errand.is_some() {
                self.take_answer(slot, message, exchange)
            } else {
                actor.inbox.arrive(message);
                match self.show_arrived(slot, exchange) {
                    Shown::Asks(work) => return Some(work),
                    Shown::Taken(task) => Some(task),
                    Shown::All => None,
                }
            };
            if let Some(task) = task {
                return Some(self.resume(slot, task));
            }
        }
    }

    fn is_ripe(&self, slot: Slot, task: TaskId) -> bool {
        let task = self.actor(slot).tasks().and_then(|tasks| tasks.get(task));
        task.is_some_and(|task| task.ripe.is_some())
    }

    /// Whether an actor with tasks may have something to do.
    pub(super) fn may_go_on(&self, slot: Slot, tasks: &Tasks) -> bool {
        let actor = self.actor(slot);
        let table = &self.definitions[actor.definition as usize].table;
        tasks.first_to_go_on().is_some()
            || (tasks.await_arrival() && actor.inbox.has_unseen())
            || (actor.is_free() && (actor.inbox.is_waiting() || table.offers_default(&actor.stack)))
    }
}

/// In exploration.
impl Kernel {
    /// A question to a guest that must be answered before it is known what is [enabled](Self::enabled): a turn, to be
    /// ended as any other. None once all are answered.
    pub fn question<X: Exchange>(&mut self, outbox: &mut Outbox, exchange: &mut X) -> Option<Turn> {
        if !self.conditions {
            return None;
        }
        for slot in self.actors.slots() {
            if let Some(work) = self.show_all(slot, exchange) {
                return Some(self.open_turn(slot, work, outbox));
            }
        }
        None
    }

    /// Shows the tasks of an actor all that has arrived; the question that must be answered first, if there is one.
    pub(super) fn show_all<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> Option<Work> {
        let actor = self.actors.at(slot)?;
        if actor.status != Status::Idle || actor.tasks().is_none() {
            return None;
        }
        loop {
            match self.show_arrived(slot, exchange) {
                Shown::All => return None,
                Shown::Taken(_) => {}
                Shown::Asks(work) => return Some(work),
            }
        }
    }

    /// What a step goes on with whose message was judged: the task that takes it, or the next that is asked, or the
    /// handler for it.
    pub fn after_judgement<X: Exchange>(
        &mut self,
        slot: Slot,
        task: TaskId,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Begun {
        let work = if self.is_ripe(slot, task) {
            Some(self.resume(slot, task))
        } else {
            self.after_arrival(slot, exchange)
        };
        self.begin_turn(slot, work, outbox)
    }

    /// What an event leads to that has just arrived and is the newest in the inbox.
    pub(super) fn after_arrival<X: Exchange>(
        &mut self,
        slot: Slot,
        exchange: &mut X,
    ) -> Option<Work> {
        match self.show_arrived(slot, exchange) {
            Shown::Asks(work) => Some(work),
            Shown::Taken(task) => Some(self.resume(slot, task)),
            Shown::All if self.actor(slot).is_free() => self.take_arrived(slot, exchange),
            Shown::All => None,
        }
    }

    /// An answer arrives.
    pub(super) fn deliver_answer<X: Exchange>(
        &mut self,
        slot: Slot,
        message: Message,
        exchange: &mut X,
    ) -> Option<Work> {
        let task = self.take_answer(slot, message, exchange)?;
        Some(self.resume(slot, task))
    }

    /// A task that was chosen goes on.
    pub(super) fn go_on_with(&mut self, slot: Slot, task: TaskId) -> Work {
        self.resume(slot, task)
    }

    pub(super) fn stamp_ready_tasks(&mut self, slot: Slot) {
        if self.exploration.is_none() || self.actor(slot).tasks().is_none() {
            return;
        }
        let missing = self.actor_mut(slot).tasks_mut().map_or(0, |tasks| tasks.stamps().count());
        for _ in 0..missing {
            let stamp = self.stamp(slot, None);
            let tasks = self.actor_mut(slot).tasks_mut().expect("seen above");
            tasks.stamps().take(1).for_each(|missing| *missing = stamp.clone());
        }
    }

    /// The tasks of an actor that may go on, and, while its handler waits, what may arrive.
    pub(super) fn enabled_tasks(&self, slot: Slot, tasks: &Tasks, enabled: &mut Vec<Enabled>) {
        let actor = self.actor(slot);
        for task in tasks.parked().iter().filter(|task| task.may_go_on()) {
            let (kind, stamp) = match &task.ripe {
                Some(message) => (message.event.kind, message.stamp.as_deref()),
                None => (Kind::RESUMPTION, task.stamp.as_deref()),
            };
            let step = Step::Resume { actor: actor.id, task: task.told.task };
            enabled.push(pending(step, slot, Some(kind), stamp));
        }
        if tasks.handler_waits() && tasks.await_arrival() {
            self.enabled_awaited(slot, tasks, enabled);
        }
    }

    /// What no task waits for need not arrive now: it can do so, in any order, once the actor is free. Unless it stands
    /// before something that a task waits for.
    fn enabled_awaited(&self, slot: Slot, tasks: &Tasks, enabled: &mut Vec<Enabled>) {
        let way = || self.actor(slot).inbox.on_its_way().iter().enumerate();
        let stands_behind = |(place, message): (usize, &Message)| {
            tasks.may_want(message) && !self.is_eligible(slot, place)
        };
        let all = way().any(stands_behind);
        for (place, message) in way() {
            if (all || tasks.may_want(message)) && self.is_eligible(slot, place) {
                enabled.push(self.arrival(slot, place, message, Step::Deliver));
            }
        }
    }
}
