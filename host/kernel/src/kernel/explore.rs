//! The steps of exploration: which are enabled, and how one begins.
//!
//! Production asks [`Kernel::next`] and gets the one step that its order of arrival says. Exploration asks
//! [`Kernel::enabled`] for all of them, and begins the one that it wants. From there on a turn is the same under both.

mod history;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::state::{Frozen, Progress};
use super::touch::{Lost, Touch};
use super::{Kernel, Turn, Work};
use crate::actor::{Definition, Slot, Status};
use crate::delivery::{Delivery, TimerMode};
use crate::event::{Event, Kind, Message};
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::id::ActorId;
use crate::inbox::Scanned;
use crate::outbox::Outbox;
use crate::step::{Clock, Enabled, Stamp, Stamped, Step};
use crate::supervision::Recovery;
use crate::table::Offer;
use crate::timer::{Firing, Timer, TimerId};

/// What can happen in an exploration beyond what the actors do.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// In which orders messages may arrive.
    pub delivery: Delivery,
    /// Which timers may fire.
    pub timers: TimerMode,
    /// What may go wrong.
    pub faults: Arc<[Fault]>,
}

/// What a step began.
#[derive(Debug)]
#[must_use = "a turn that has begun ends with `commit` or `fail`"]
pub enum Begun {
    /// A turn, to be ended as any other.
    Turn(Turn),
    /// Nothing that an actor must do: the step is over.
    Over,
    /// A fault hit an actor, and the step is over.
    Hit {
        /// Whom.
        slot: Slot,
        /// What becomes of its instance.
        recovery: Recovery,
    },
}

/// What only exploration keeps.
#[derive(Clone, Debug)]
pub(super) struct Exploration {
    pub(super) rules: Rules,
    pub(super) progress: Progress,
    /// By slot.
    pub(super) seats: Vec<Seat>,
    /// What the present step has touched so far.
    pub(super) touched: Vec<Touch>,
    /// What it has lost so far.
    pub(super) lost: Vec<Lost>,
}

/// What exploration keeps of an actor.
#[derive(Clone, Debug, Default)]
pub(super) struct Seat {
    /// What happened before its present turn.
    pub(super) past: Clock,
    /// How many messages and firings there ever were for it.
    pub(super) arrivals: u32,
    /// Its [key](Kernel::key), if it was asked for, unless it has changed since.
    pub(super) key: Option<u128>,
    /// The actor as snapshots have it, unless it has changed since.
    pub(super) frozen: Option<Arc<Frozen>>,
}

impl Exploration {
    fn new(rules: Rules) -> Self {
        let progress = Progress::new(&rules.faults);
        let (seats, touched, lost) = (Vec::new(), Vec::new(), Vec::new());
        Self { rules, progress, seats, touched, lost }
    }

    /// An actor of this definition was created.
    pub(super) fn note_created(&mut self, slot: Slot, definition: u32) {
        self.note_seated(slot, Clock::default());
        if !self.rules.faults.is_empty() {
            self.progress.definitions.push(definition);
        }
    }

    /// An actor is there from now on, and this happened before its next turn.
    pub(super) fn note_seated(&mut self, slot: Slot, past: Clock) {
        if self.seats.len() <= slot.index() {
            self.seats.resize_with(slot.index() + 1, Seat::default);
        }
        self.seats[slot.index()] = Seat { past, ..Seat::default() };
    }

    /// The definition of an actor, by its place in the order of creation, even if it is gone. None for the environment.
    pub(super) fn definition_of(&self, origin: u32) -> Option<u32> {
        self.progress.definitions.get((origin as usize).checked_sub(1)?).copied()
    }

    /// What happened before the present turn of an actor.
    pub(super) fn past_of(&self, slot: Slot) -> &Clock {
        &self.seats[slot.index()].past
    }

    /// The stamp of the next effect of an actor, or of the environment, whose origin is 0.
    fn stamp(
        &mut self,
        slot: Option<Slot>,
        origin: u32,
        channel: Option<(ActorId, ActorId)>,
    ) -> Arc<Stamp> {
        let Self { rules, progress, seats, .. } = self;
        let number = channel.map_or(0, |channel| progress.next_number(channel));
        let (serial, cause) = (progress.next_serial(), progress.current);
        let (mut effect, mut before) = (0, Clock::default());
        if rules.delivery == Delivery::Causal {
            let past = match slot {
                Some(slot) => &mut seats[slot.index()].past,
                None => &mut progress.outside,
            };
            effect = past.count(origin);
            before = past.clone();
        }
        Arc::new(Stamp { serial, cause, number, copy: 0, delayed: false, origin, effect, before })
    }

    /// The stamp of the next copy of a message.
    pub(super) fn stamp_copy(&mut self, stamp: &Stamp) -> Arc<Stamp> {
        let (serial, cause) = (self.progress.next_serial(), self.progress.current);
        Arc::new(Stamp { serial, cause, copy: stamp.copy + 1, ..stamp.clone() })
    }
}

pub(super) fn pending(
    step: Step,
    slot: Slot,
    kind: Option<Kind>,
    stamp: Option<&Stamp>,
) -> Enabled {
    let (serial, cause) = stamp.map_or((0, 0), |stamp| (stamp.serial, stamp.cause));
    Enabled { step, serial, cause, slot, kind, place: 0 }
}

/// Moves the last step to where its rank says, among others that are in order.
fn put_in_order(steps: &mut [Enabled]) {
    let Some((last, others)) = steps.split_last() else { return };
    let rank = last.rank();
    let behind = others.iter().rev().take_while(|other| other.rank() > rank).count();
    if behind > 0 {
        let place = others.len() - behind;
        steps[place..].rotate_right(1);
    }
}

impl Kernel {
    /// A kernel without actors, for an exploration by these rules.
    #[must_use]
    pub fn exploring(definitions: Arc<[Definition]>, rules: Rules) -> Self {
        Self { exploration: Some(Box::new(Exploration::new(rules))), ..Self::new(definitions) }
    }

    /// What can happen in an exploration.
    ///
    /// # Panics
    ///
    /// If the kernel does not [explore](Self::exploring).
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.exploration().rules
    }

    /// The stamp of an effect of this actor: what it sends to somebody, creates or arms.
    pub(super) fn stamp(&mut self, slot: Slot, to: Option<ActorId>) -> Stamped {
        let (from, origin) = (self.actor(slot).id, self.actor(slot).origin);
        let exploration = self.exploration.as_mut()?;
        Some(exploration.stamp(Some(slot), origin, to.map(|to| (from, to))))
    }

    /// The stamp of a message that the host sends in the name of an actor that is gone, because of this actor.
    pub(super) fn stamp_notice(&mut self, slot: Slot, from: ActorId, to: ActorId) -> Stamped {
        let origin = self.actor(slot).origin;
        let exploration = self.exploration.as_mut()?;
        Some(exploration.stamp(Some(slot), origin, Some((from, to))))
    }

    /// The stamp of what the environment sends or creates.
    pub(super) fn stamp_from_outside(&mut self, channel: Option<(ActorId, ActorId)>) -> Stamped {
        let exploration = self.exploration.as_mut()?;
        Some(exploration.stamp(None, 0, channel))
    }

    /// Whether each effect leaves as a step of its own.
    pub(super) fn releases_one_by_one(&self) -> bool {
        let exploration = self.exploration.as_ref();
        exploration.is_some_and(|known| known.rules.delivery == Delivery::Mailbox)
    }

    /// The steps that can be taken now, what production would do first. Nothing is enabled, and no timer is armed, at
    /// quiescence (E1); if faults could still strike there, [`Step::End`] comes first.
    ///
    /// # Panics
    ///
    /// If the kernel does not [explore](Self::exploring).
    pub fn enabled<X: Exchange>(&mut self, exchange: &mut X, enabled: &mut Vec<Enabled>) {
        enabled.clear();
        // What one actor drops makes room for others, who may then send to anybody.
        self.settle_changed(exchange);
        self.look_at_changed(exchange);
        enabled.extend_from_slice(&self.exploration().progress.steps);
        if !self.timers.is_empty() {
            self.enabled_timers(enabled);
            enabled.sort_unstable_by_key(Enabled::rank);
        }
        self.enabled_faults(enabled);
    }

    /// Drops what has arrived and is ignored, and shows tasks what has arrived.
    fn settle_changed<X: Exchange>(&mut self, exchange: &mut X) {
        let mut left = self.actors.changed().len();
        while left > 0 {
            left -= 1;
            let slot = self.actors.changed()[left];
            let Some(actor) = self.actors.at(slot) else { continue };
            if actor.tasks().is_none() && !actor.inbox.has_unscanned() {
                continue;
            }
            self.show_all(slot, exchange);
            let actor = self.actors.at(slot);
            if actor.is_some_and(|actor| actor.inbox.has_unscanned() && actor.is_free()) {
                self.settle_arrived(slot, exchange);
            }
            // What it let go may be on the list now.
            left = self.actors.changed().partition_point(|&other| other > slot);
        }
    }

    /// Finds out what those actors may do next that have changed.
    fn look_at_changed<X: Exchange>(&mut self, exchange: &mut X) {
        let mut steps = mem::take(&mut self.exploration_mut().progress.steps);
        while let Some(slot) = self.actors.next_changed() {
            steps.retain(|enabled| enabled.slot != slot);
            if self.actors.at(slot).is_none() {
                continue;
            }
            let first = steps.len();
            self.enabled_of(slot, exchange, &mut steps);
            (first..steps.len()).for_each(|place| put_in_order(&mut steps[..=place]));
            self.actors.note_known(slot);
            let seat = &mut self.exploration_mut().seats[slot.index()];
            (seat.key, seat.frozen) = (None, None);
        }
        self.exploration_mut().progress.steps = steps;
    }

    /// Forgets what is kept of actors as long as they do not change.
    pub(crate) fn forget(&mut self) {
        self.actors.note_all_changed();
    }

    fn enabled_of<X: Exchange>(
        &mut self,
        slot: Slot,
        exchange: &mut X,
        enabled: &mut Vec<Enabled>,
    ) {
        let actor = self.actor(slot);
        let id = actor.id;
        if !actor.is_released() {
            if self.releases_one_by_one() && actor.blocked == 0 {
                enabled.push(pending(Step::Release(id), slot, None, actor.stamp.as_deref()));
            }
            return;
        }
        match actor.status {
            Status::Starting => {
                enabled.push(pending(Step::Start(id), slot, None, actor.stamp.as_deref()));
            }
            Status::Idle => {
                if let Some(tasks) = actor.tasks() {
                    self.enabled_tasks(slot, tasks, enabled);
                }
                if self.actor(slot).is_free() {
                    self.enabled_events(slot, exchange, enabled);
                }
            }
            Status::Cell => self.enabled_deliveries(slot, enabled),
            Status::InTurn | Status::Halting | Status::Failed(_) => {}
        }
    }

    /// What a free actor may handle next.
    fn enabled_events<X: Exchange>(
        &mut self,
        slot: Slot,
        exchange: &mut X,
        enabled: &mut Vec<Enabled>,
    ) {
        let id = self.actor(slot).id;
        if self.actor(slot).inbox.has_unscanned() && self.settle_arrived(slot, exchange) {
            let message = self.actor(slot).inbox.offered().expect("the scan stopped here");
            let (kind, stamp) = (Some(message.event.kind), message.stamp.as_deref());
            return enabled.push(pending(Step::Take(id), slot, kind, stamp));
        }
        self.enabled_deliveries(slot, enabled);
        if self.may_default(slot) {
            self.stamp_next_turn(slot);
            let stamp = self.actor(slot).stamp.as_deref();
            enabled.push(pending(Step::Default(id), slot, Some(Kind::DEFAULT), stamp));
        }
    }

    /// Drops what has arrived and is ignored; whether the actor has something to take, or wants to be told of.
    fn settle_arrived<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) -> bool {
        let actor = &mut self.actors[slot];
        let table = &self.definitions[actor.definition as usize].table;
        let mut dropped = false;
        let offers = actor.inbox.settle(table, &actor.stack, |_| dropped = true);
        if dropped {
            self.admit_held(slot, exchange);
            self.settle(exchange);
        }
        offers
    }

    /// Begins a step that was enabled a moment ago.
    pub fn begin<X: Exchange>(
        &mut self,
        step: &Enabled,
        outbox: &mut Outbox,
        exchange: &mut X,
    ) -> Begun {
        let exploration = self.exploration_mut();
        exploration.progress.current = step.serial;
        exploration.touched.clear();
        exploration.lost.clear();
        let slot = step.slot;
        let work = match step.step {
            Step::Start(_) => Some(Work::Initialize(self.take_init(slot))),
            Step::Default(_) => {
                let id = self.actor(slot).id;
                Some(Work::Handle(Message::plain(id, Event::bare(Kind::DEFAULT))))
            }
            Step::Take(_) => self.take_arrived(slot, exchange),
            Step::Deliver(_) => self.deliver(slot, step.place as usize, exchange),
            Step::Fire { timer, .. } => self.fire(slot, timer, exchange),
            Step::Resume { task, .. } => Some(self.go_on_with(slot, task)),
            Step::Release(_) => {
                self.release_step(slot, exchange);
                None
            }
            Step::Fault(fault) => {
                return self.strike(slot, fault, step.place as usize, outbox, exchange);
            }
            Step::End => None,
        };
        self.begin_turn(slot, work, outbox)
    }

    /// Begins the turn that a step leads to, if there is one.
    pub(super) fn begin_turn(
        &mut self,
        slot: Slot,
        work: Option<Work>,
        outbox: &mut Outbox,
    ) -> Begun {
        let Some(work) = work else { return Begun::Over };
        let own;
        let stamp = match &work {
            Work::Handle(message) if message.event.kind == Kind::DEFAULT => {
                own = self.actor_mut(slot).stamp.take();
                own.as_deref()
            }
            Work::Initialize(_) => {
                own = self.actor_mut(slot).stamp.take();
                own.as_deref()
            }
            work => work.stamp(),
        };
        if let Some(stamp) = stamp {
            self.note_past(slot, stamp);
        }
        Begun::Turn(self.open_turn(slot, work, outbox))
    }

    /// What has this stamp happened before whatever the actor does from here on.
    #[inline]
    pub(super) fn note_past(&mut self, slot: Slot, stamp: &Stamp) {
        self.exploration_mut().seats[slot.index()].past.join(&stamp.before);
    }

    /// A message arrives, and the scan of the inbox goes on.
    pub(super) fn deliver<X: Exchange>(
        &mut self,
        slot: Slot,
        place: usize,
        exchange: &mut X,
    ) -> Option<Work> {
        let actor = &mut self.actors[slot];
        let message = actor.inbox.pull(place).expect("an enabled message is on its way");
        if actor.status == Status::Cell {
            self.operate(slot, message, exchange);
            return None;
        }
        if message.errand.is_some() {
            return self.deliver_answer(slot, message, exchange);
        }
        if actor.tasks().is_some() {
            actor.inbox.arrive(message);
            return self.after_arrival(slot, exchange);
        }
        let table = &self.definitions[actor.definition as usize].table;
        if table.offer(&actor.stack, message.event.kind) == Offer::Take {
            return self.work_of(slot, Scanned::Take(message), exchange);
        }
        actor.inbox.arrive(message);
        self.take_arrived(slot, exchange)
    }

    /// Lets the scan of the inbox go on over what has arrived.
    pub(super) fn take_arrived<X: Exchange>(
        &mut self,
        slot: Slot,
        exchange: &mut X,
    ) -> Option<Work> {
        loop {
            let actor = &mut self.actors[slot];
            let table = &self.definitions[actor.definition as usize].table;
            let scanned = match actor.inbox.scan_arrived(table, &actor.stack) {
                Scanned::Nothing => return None,
                scanned => scanned,
            };
            if let Some(work) = self.work_of(slot, scanned, exchange) {
                return Some(work);
            }
        }
    }

    /// Virtual time moves to when the timer is due, and its event arrives (M2, M3, M6).
    pub(super) fn fire<X: Exchange>(
        &mut self,
        slot: Slot,
        id: TimerId,
        exchange: &mut X,
    ) -> Option<Work> {
        let (due, timer) = self.timers.tick(slot, id).expect("an enabled timer is armed");
        self.now = self.now.max(due);
        if timer.period.is_some() {
            let next = self.stamp(slot, None);
            self.timers.set_stamp(slot, id, next);
            if let Some(untaken) = self.actor_mut(slot).of_timer(id)
                && let Some(firing) = &mut untaken.firing
            {
                firing.ticks = firing.ticks.saturating_add(1);
                return None;
            }
        }
        self.count_arrival(slot);
        let owner = self.actor(slot).id;
        let firing = Some(Firing { timer: id, ticks: 1 });
        let Timer { event, group, stamp, .. } = timer;
        let message = Message { group, firing, stamp, ..Message::plain(owner, event) };
        self.actor_mut(slot).inbox.arrive(message);
        self.after_arrival(slot, exchange)
    }

    fn release_step<X: Exchange>(&mut self, slot: Slot, exchange: &mut X) {
        self.release_next(slot, exchange);
        if self.actor(slot).is_released() {
            self.actor_mut(slot).stamp = None;
        } else {
            self.stamp_again(slot);
        }
        self.go_on(slot, exchange);
        self.settle(exchange);
    }

    /// A stamp for a turn that no message brings, unless there is one.
    pub(super) fn stamp_next_turn(&mut self, slot: Slot) {
        if self.actor(slot).stamp.is_none() {
            self.stamp_again(slot);
        }
    }

    pub(super) fn stamp_again(&mut self, slot: Slot) {
        let stamp = self.stamp(slot, None);
        self.actor_mut(slot).stamp = stamp;
    }

    /// The largest serial so far.
    pub(crate) fn serials(&self) -> u32 {
        self.exploration().progress.serials
    }

    /// What is on its way to an actor and has not arrived, in the order of release.
    #[must_use]
    pub fn on_its_way(&self, slot: Slot) -> &VecDeque<Message> {
        self.actor(slot).inbox.on_its_way()
    }

    /// Who cannot go on because an event of theirs waits before a full inbox: sender and receiver (E2).
    pub fn held_up(&self) -> impl Iterator<Item = (ActorId, ActorId)> {
        let actors = self.actors.iter();
        actors.flat_map(|actor| actor.inbox.held().map(|message| (message.from, actor.id)))
    }

    #[inline]
    pub(super) fn exploration(&self) -> &Exploration {
        self.exploration.as_ref().expect("the kernel explores")
    }

    #[inline]
    pub(super) fn exploration_mut(&mut self) -> &mut Exploration {
        self.exploration.as_mut().expect("the kernel explores")
    }
}
