//! The kernel: which step comes next, and what a turn's end changes.

mod actors;
mod arrival;
mod cells;
mod check;
mod explore;
mod key;
mod lifecycle;
pub(crate) mod local;
mod pending;
mod release;
mod saving;
mod state;
mod strike;
mod tasks;
mod touch;
mod turn;

pub use self::explore::{Begun, Rules};
pub use self::turn::{Ended, Refused, Turn, Work};

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use self::actors::Actors;
use self::explore::Exploration;
pub(crate) use self::key::{KeyOfAll, hash_of};
use self::release::Posted;
pub(crate) use self::state::KernelState;
pub(crate) use self::touch::Touch;
use crate::actor::{Actor, Definition, Init, Slot, Status};
use crate::event::{Event, Group, Kind, Message, Ticket};
use crate::exchange::{Exchange, Parcel, Place};
use crate::failure::{DeadLetter, DeadReason, FailedTurn, Failure, Violation};
use crate::id::{ActorId, IdMap};
use crate::inbox::Scanned;
use crate::limits::{Restart, Supervision};
use crate::outbox::{Outbox, Reply};
use crate::supervision::{self, Recovery};
use crate::task::{HANDLER, TaskId, Tasks};
use crate::timer::{Instant, TimerId, Timers};

/// What happened that concerns somebody outside the kernel, oldest first.
#[derive(Clone, Debug)]
pub enum Output {
    /// A turn failed.
    Failed {
        /// Which.
        turn: FailedTurn,
        /// What becomes of the actor.
        recovery: Recovery,
        /// Whether that is an outcome and not a bug (F9).
        supervised: bool,
    },
    /// An actor is gone.
    Halted {
        /// Which.
        id: ActorId,
        /// Its label.
        label: String,
    },
    /// An event reached nobody.
    DeadLetter(DeadLetter),
    /// A rule was broken at a commit.
    Violation(Violation),
    /// An answer to a request of the environment.
    Reply {
        /// The environment's number for the request.
        correlation: u64,
        /// The answer, and who gave it.
        reply: Reply,
        /// Who answered.
        from: ActorId,
    },
    /// A send of the environment has entered an inbox, or a create of it has happened.
    Admitted(Ticket),
    /// A send of the environment reached nobody.
    Refused(Ticket, DeadReason),
    /// What a turn notified monitors of, in order, as far as [`Exchange::notify`] gave it back.
    Notified {
        /// Whose turn.
        from: ActorId,
        /// The monitors and their events.
        notifications: Vec<(Box<str>, Event)>,
    },
}

/// The actors of one shard.
#[derive(Clone, Debug)]
pub struct Kernel {
    definitions: Arc<[Definition]>,
    actors: Actors,
    vacant: Vec<Slot>,
    index: Arc<IdMap<Slot>>,
    /// Actors that may have something to do, the one that waited longest first.
    ready: VecDeque<Slot>,
    /// Senders of which one event less waits before a full inbox. A list instead of a call, because
    /// what such a sender releases may free the next one, and so on.
    freed: VecDeque<ActorId>,
    timers: Timers,
    now: Instant,
    outputs: Vec<Output>,
    events: u64,
    created: u64,
    /// How many of these are cells.
    cells: u64,
    /// Whether any receive ever had a condition.
    conditions: bool,
    /// What only exploration keeps.
    exploration: Option<Box<Exploration>>,
}

impl Kernel {
    /// A kernel without actors. Effects and descriptions refer to definitions by index.
    #[must_use]
    pub fn new(definitions: Arc<[Definition]>) -> Self {
        Self {
            definitions: cells::with_cells(&definitions),
            actors: Actors::default(),
            vacant: Vec::new(),
            index: Arc::default(),
            ready: VecDeque::new(),
            freed: VecDeque::new(),
            timers: Timers::default(),
            now: Instant::ZERO,
            outputs: Vec::new(),
            events: 0,
            created: 0,
            cells: 0,
            conditions: false,
            exploration: None,
        }
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Moves virtual time forward, and lets every timer fire that is due by then.
    pub fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some((owner, firing, timer)) = self.timers.fire(self.now) {
            let actor = &mut self.actors[owner];
            if timer.period.is_some()
                && let Some(untaken) = actor.of_timer(firing.timer)
                && let Some(earlier) = &mut untaken.firing
            {
                earlier.ticks = earlier.ticks.saturating_add(firing.ticks);
                continue;
            }
            let (group, firing) = (timer.group, Some(firing));
            actor.inbox.push(Message { group, firing, ..Message::plain(actor.id, timer.event) });
            self.queue(owner);
        }
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.next_due()
    }

    /// Whether no timer is armed.
    #[must_use]
    pub fn has_no_timers(&self) -> bool {
        self.timers.is_empty()
    }

    /// How many events were taken, first turns not counted.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many actors were ever created here.
    #[must_use]
    pub fn created(&self) -> u64 {
        self.created - self.cells
    }

    /// What happened since the last call, oldest first.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        mem::take(&mut self.outputs)
    }

    /// Whether [`Self::take_outputs`] would give anything.
    #[must_use]
    #[inline]
    pub fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// The definition of an actor.
    #[must_use]
    pub fn definition(&self, slot: Slot) -> u32 {
        self.actor(slot).definition
    }

    /// The name of a definition.
    pub(crate) fn definition_name(&self, definition: u32) -> &str {
        &self.definitions[definition as usize].name
    }

    /// The id of an actor.
    #[must_use]
    pub fn id(&self, slot: Slot) -> ActorId {
        self.actor(slot).id
    }

    /// The label of an actor.
    #[must_use]
    pub fn label(&self, slot: Slot) -> String {
        let actor = self.actor(slot);
        actor.label.text(&self.definitions[actor.definition as usize])
    }

    /// The groups of requests that earlier turns of the actor took and did not answer, oldest first.
    pub fn asked(&self, slot: Slot) -> impl Iterator<Item = &Arc<Group>> {
        self.actor(slot).rare.iter().flat_map(|rare| &rare.asked)
    }

    /// The actors of this kernel, in no order that means anything; cells are none.
    pub fn actors(&self) -> impl Iterator<Item = (Slot, ActorId, &Status)> {
        let actors = self.actors.iter().filter(|actor| actor.status != Status::Cell);
        actors.filter_map(|actor| Some((*self.index.get(&actor.id)?, actor.id, &actor.status)))
    }

    /// The cells of this kernel, in no order that means anything.
    pub fn cells(&self) -> impl Iterator<Item = (Slot, ActorId)> {
        let cells = self.actors.iter().filter(|actor| actor.status == Status::Cell);
        cells.filter_map(|actor| Some((*self.index.get(&actor.id)?, actor.id)))
    }

    /// What an actor may do next.
    #[must_use]
    pub fn status(&self, slot: Slot) -> &Status {
        &self.actor(slot).status
    }

    /// The state on top of an actor's stack; none for a plain actor.
    #[must_use]
    pub fn state(&self, slot: Slot) -> Option<u32> {
        self.actor(slot).stack.last().copied()
    }

    /// The name of the state on top of an actor's stack; none for a plain actor.
    #[must_use]
    pub fn state_name(&self, slot: Slot) -> Option<&str> {
        let table = &self.definitions[self.actor(slot).definition as usize].table;
        self.state(slot).and_then(|state| table.state_name(state))
    }

    /// Where an actor of this kernel is.
    #[must_use]
    pub fn slot(&self, id: ActorId) -> Option<Slot> {
        self.index.get(&id).copied()
    }

    /// The events that wait for an actor, oldest first.
    pub fn waiting(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.waiting()
    }

    /// What has arrived at an actor and was deferred, oldest first.
    pub fn deferred(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.arrived()
    }

    /// What waits for room in the inbox of an actor, oldest first (S8).
    pub fn held(&self, slot: Slot) -> impl Iterator<Item = &Message> {
        self.actor(slot).inbox.held()
    }

    /// The armed timers of an actor, the earliest first: when each is due, and its event.
    pub fn timers(&self, slot: Slot) -> impl Iterator<Item = (TimerId, Instant, &Event)> {
        let armed = self.timers.armed().filter(move |&(_, owner, ..)| owner == slot);
        armed.map(|(due, _, id, timer)| (id, due, &timer.event))
    }

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

    fn open_turn(&mut self, slot: Slot, work: Work, outbox: &mut Outbox) -> Turn {
        let explores = self.exploration.is_some();
        let actor = self.actor_mut(slot);
        actor.status = Status::InTurn;
        let tasks = actor.tasks();
        let task = work.task().and_then(|task| Some(tasks?.get(task)?.told.of));
        let own = match (task, tasks) {
            (Some(task), Some(tasks)) => tasks.groups().of(task),
            _ => actor.group.as_ref(),
        };
        let group = work.group().or(own).cloned();
        let base = tasks.filter(|_| !explores).map(|tasks| tasks.groups().clone());
        outbox.open(actor.counts, group, task.unwrap_or(HANDLER), base.unwrap_or_default());
        Turn { slot, work }
    }

    /// The first payload, kept if the actor may ever start again.
    fn take_init(&mut self, slot: Slot) -> Init {
        let may_crash = self.may_crash(slot);
        let actor = &mut self.actors[slot];
        let supervision = &self.definitions[actor.definition as usize].supervision;
        let init = if supervision.restart == Restart::Temporary && !may_crash {
            actor.init.take()
        } else {
            actor.init.clone()
        };
        init.expect("an actor that starts has its first payload")
    }

    #[inline(always)]
    fn next_event<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> Option<Work> {
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

    /// The turn for what a scan found, if it needs one.
    fn work_of<X: Exchange>(
        &mut self,
        slot: Slot,
        scanned: Scanned,
        exchange: &mut X,
    ) -> Option<Work> {
        match scanned {
            Scanned::Take(message) => {
                self.events += 1;
                self.admit_held(slot, exchange);
                self.settle(exchange);
                Some(Work::Handle(message))
            }
            Scanned::Ignored(message) => {
                let definition = self.actor(slot).definition as usize;
                let tells = self.definitions[definition].table.tells_ignored;
                self.admit_held(slot, exchange);
                self.settle(exchange);
                tells.then_some(Work::Passed { event: message.event, deferred: false })
            }
            Scanned::Deferred(event) => Some(Work::Passed { event, deferred: true }),
            Scanned::Answer(message) => {
                self.take_answer(slot, message, exchange);
                None
            }
            Scanned::Nothing => None,
        }
    }

    /// The actor took the event of a request, and may answer it later (G2).
    fn remember(&mut self, slot: Slot, group: &Arc<Group>) {
        let definition = self.actor(slot).definition;
        let asked_max = self.definitions[definition as usize].limits.inbox_events_max.get();
        let asked = &mut self.actor_mut(slot).rare().asked;
        if asked.iter().any(|known| known.id == group.id) {
            return;
        }
        if asked.len() >= asked_max as usize {
            asked.pop_front();
        }
        asked.push_back(group.clone());
    }

    /// Ends a turn: the state changes, then the effects leave, in order (T3).
    ///
    /// # Errors
    ///
    /// The turn broke a rule that only the kernel can see, such as a send to an id that was never issued.
    /// Nothing has happened; the turn is to be given to [`Self::fail`].
    pub fn commit<X: Exchange>(
        &mut self,
        turn: Turn,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Result<Ended, Box<Refused>> {
        if matches!(turn.work, Work::Judge(_)) {
            return self.judged(turn, outbox, exchange);
        }
        self.touch_named(outbox, exchange);
        if let Err((failure, kind)) = self.check(&turn, outbox, exchange) {
            return Err(Box::new(Refused { turn, failure, kind }));
        }
        let slot = turn.slot;
        let actor = &mut self.actors[slot];
        actor.status = Status::Idle;
        actor.counts.creations = outbox.creations;
        actor.counts.groups_opened = outbox.groups_opened;
        actor.counts.timers_started = outbox.timers_started;
        actor.counts.correlations = outbox.correlations;
        if let Some(ran) = outbox.ran.last_mut() {
            ran.group.clone_from(&outbox.group);
        }
        actor.group = outbox.group.take();
        if let Some(stack) = outbox.stack.take()
            && stack != actor.stack
        {
            actor.stack = stack;
            actor.inbox.rescan();
        }
        let from = actor.id;
        if let Some(group) = turn.work.group()
            && group.asker.is_some()
        {
            self.remember(slot, group);
        }
        if !outbox.notifications.is_empty() {
            let notifications = exchange.notify(from, mem::take(&mut outbox.notifications));
            if !notifications.is_empty() {
                self.outputs.push(Output::Notified { from, notifications });
            }
        }
        let waits = self.actor(slot).tasks().is_some() || outbox.waits();
        if waits {
            self.note_told(slot, turn.work.task(), outbox, exchange);
        }
        self.release(slot, &mut outbox.effects, exchange);
        let ended = if outbox.halts {
            self.halt(slot, exchange);
            Ended::Dropped
        } else {
            if waits {
                self.stamp_ready_tasks(slot);
            }
            self.queue_if_waiting(slot);
            Ended::Alive
        };
        self.settle(exchange);
        Ok(ended)
    }

    /// Commits what came before the turn that failed, if tasks [went on](Outbox::proceed) one after the other within its
    /// call; the turn that failed. To be called before [`Self::fail`], with the outbox as the call left it, by a driver
    /// that lets tasks do so. Kinds have their names from `name`.
    pub fn commit_but_last<X: Exchange>(
        &mut self,
        turn: Turn,
        outbox: &mut Outbox,
        exchange: &mut X,
        name: impl FnOnce(Kind) -> String,
    ) -> Turn {
        let Some((first, last)) = outbox.cut_last() else { return turn };
        let slot = turn.slot;
        let resumed = turn.work.task();
        let waits_as = if last == first { resumed } else { Some(last) };
        let label = match waits_as {
            Some(task) => self.suspended(slot, task),
            None => Some(turn.work.kind().map_or_else(|| "init".into(), |kind| name(kind).into())),
        };
        let ended = self.commit(turn, outbox, exchange);
        assert!(matches!(ended, Ok(Ended::Alive)), "turns that ask for nothing commit");
        let actor = self.actor_mut(slot);
        actor.status = Status::InTurn;
        actor.new_tasks().go_on(last, label.unwrap_or_default());
        Turn { slot, work: Work::Resume { task: last, message: None } }
    }

    /// What a task is that waits, in the words of the guest.
    fn suspended(&self, slot: Slot, task: TaskId) -> Option<Box<str>> {
        let task = self.actor(slot).tasks()?.get(task)?;
        Some(task.told.label.clone())
    }

    /// Ends a turn that failed: it never happened. Its event is offered again, or becomes a dead letter, and
    /// the actor's supervision decides what becomes of the actor (F10).
    pub fn fail<X: Exchange>(
        &mut self,
        turn: Turn,
        mut failure: Failure,
        exchange: &mut X,
    ) -> Recovery {
        let slot = turn.slot;
        let actor = &mut self.actors[slot];
        let definition = &self.definitions[actor.definition as usize];
        let first_turn = matches!(turn.work, Work::Initialize(_));
        let task = turn.work.task();
        let suspended = task.and_then(|task| Some(actor.tasks()?.get(task)?.told.label.clone()));
        let recovery = supervision::decide(actor, &definition.supervision, self.now, first_turn);
        let kind = turn.work.kind();
        let top = actor.stack.last().and_then(|&state| definition.table.state_name(state));
        let (id, state) = (actor.id, top.map(ToString::to_string));
        let label = actor.label.text(definition);
        let (retries_max, supervised) = (definition.supervision.retries_max, definition.supervised);
        let comes_back = matches!(recovery, Recovery::Restarted | Recovery::Resumed);
        if !comes_back && definition.supervision.restart != Restart::Temporary {
            let Supervision { restarts_max, within, .. } = definition.supervision;
            let limit = format!("; limit `max-restarts`: {restarts_max} within {within:?}");
            failure.message.push_str(&limit);
        }
        if definition.supervision.restart != Restart::Temporary {
            self.touch(Touch::Clock);
        }
        let failed = failure.clone();
        let failed_turn = FailedTurn { actor: id, label, kind, state, suspended, failure };
        self.outputs.push(Output::Failed { turn: failed_turn, recovery, supervised });
        let message = self.message_of_failed(slot, turn.work);
        match recovery {
            Recovery::Restarted => self.restart(slot),
            Recovery::Resumed => self.actor_mut(slot).status = Status::Idle,
            Recovery::Parked | Recovery::Halted | Recovery::Stopped => {}
        }
        if let Some(mut message) = message {
            message.failed_turns += 1;
            if !comes_back || message.failed_turns > retries_max {
                self.dead_letter(id, message, DeadReason::FailedTurn);
            } else {
                self.offer_again(slot, task, message);
            }
        }
        match recovery {
            Recovery::Restarted | Recovery::Resumed => self.queue_if_waiting(slot),
            Recovery::Parked | Recovery::Stopped => self.park(slot, failed, exchange),
            Recovery::Halted => self.end(slot, DeadReason::Failed, exchange),
        }
        self.settle(exchange);
        recovery
    }

    /// The event of a turn that failed, if it is to be offered again.
    fn message_of_failed(&mut self, slot: Slot, work: Work) -> Option<Message> {
        match work {
            Work::Handle(message) => (message.event.kind != Kind::DEFAULT).then_some(message),
            Work::Deliver { message, .. } => Some(*message),
            Work::Resume { message, .. } => message.map(|message| *message),
            Work::Judge(_) => {
                let taken = self.actor_mut(slot).inbox.take_unseen();
                taken.map(|(_, message)| message)
            }
            Work::Initialize(_) | Work::Passed { .. } => None,
        }
    }

    /// Takes in what another shard, or the environment, has sent.
    pub fn receive<X: Exchange>(&mut self, parcel: Parcel, exchange: &mut X) {
        match parcel {
            Parcel::Message { to, mut message } => {
                message.stamp = self.stamp_from_outside(Some((message.from, to)));
                let (from, ticket) = (message.from, message.ticket);
                let Some(slot) = self.slot(to) else {
                    let reason = match exchange.find(to) {
                        Some(Place::Shard(shard)) if shard != exchange.here() => DeadReason::Halted,
                        // It is bound, but its creation has not arrived yet.
                        Some(Place::Shard(_) | Place::Reserved { .. }) => DeadReason::Unbound,
                        Some(Place::Gone | Place::Cell { .. }) | None => DeadReason::Halted,
                    };
                    return self.dead_letter(to, message, reason);
                };
                if self.enqueue(slot, message) == Posted::Held && ticket.is_none() {
                    self.hold_up(from, exchange);
                }
            }
            Parcel::Create { id, definition, label, init, group } => {
                let stamp = self.stamp_from_outside(None);
                self.insert(id, definition, label, init, group, stamp);
            }
            Parcel::Watch { watcher, target } => self.watch(watcher, target, exchange),
            Parcel::Held { sender } => {
                if let Some(slot) = self.slot(sender) {
                    self.actor_mut(slot).blocked += 1;
                }
            }
            Parcel::Released { sender } => self.freed.push_back(sender),
        }
        self.settle(exchange);
    }

    /// Everything that waits for anybody becomes a dead letter, because the app stops.
    pub fn abandon(&mut self) {
        for slot in self.actors.slots() {
            let Some(actor) = self.actors.at_mut(slot) else { continue };
            let id = actor.id;
            let received = actor.tasks_mut().map(Tasks::cancel).unwrap_or_default();
            let mut abandoned: Vec<_> = received.into_iter().map(|message| (id, message)).collect();
            abandoned.extend(actor.inbox.drain().map(|(message, _)| (id, message)));
            let held = mem::take(&mut actor.held).into_iter();
            abandoned.extend(held.filter_map(|effect| effect.into_message(id)));
            for (to, message) in abandoned {
                self.dead_letter(to, message, DeadReason::Stopped);
            }
        }
        self.ready.clear();
    }

    #[inline]
    fn actor(&self, slot: Slot) -> &Actor {
        &self.actors[slot]
    }

    #[inline]
    fn actor_mut(&mut self, slot: Slot) -> &mut Actor {
        &mut self.actors[slot]
    }

    #[inline]
    fn queue(&mut self, slot: Slot) {
        let actor = self.actor_mut(slot);
        if !actor.queued {
            actor.queued = true;
            // Exploration knows by itself who has something to do.
            if self.exploration.is_none() {
                self.ready.push_back(slot);
            }
        }
    }

    fn queue_if_waiting(&mut self, slot: Slot) {
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

    fn dead_letter(&mut self, to: ActorId, message: Message, reason: DeadReason) {
        let Message { from, event, options, ticket, .. } = message;
        if let Some(ticket) = ticket {
            self.outputs.push(Output::Refused(ticket, reason));
        }
        if options.must_handle && matches!(reason, DeadReason::Halted | DeadReason::Failed) {
            let violation = Violation::MustHandle { sender: from, receiver: to, kind: event.kind };
            self.outputs.push(Output::Violation(violation));
        }
        if reason == DeadReason::Unbound {
            let violation = Violation::UnboundId { sender: from, id: to, kind: event.kind };
            self.outputs.push(Output::Violation(violation));
        }
        self.outputs.push(Output::DeadLetter(DeadLetter { reason, from, to, event }));
    }
}
