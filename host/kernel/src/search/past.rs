//! The steps that led to the present state, which of them happened before which, and which of them race.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::Snapshots;
use super::dependence::{Footprint, ObjectNumber};
use crate::delivery::{Delivery, TimerMode};
use crate::execution::Execution;
use crate::fault::FaultStep;
use crate::id::{ActorId, HashedById};
use crate::kernel::Kernel;
use crate::step::{Clock, Enabled, Stamp, Step};

/// A step, and what was known of it before it was taken.
#[derive(Clone, Debug)]
pub(super) struct Coming {
    step: Step,
    /// The number among all steps of the one that sent the message, or created the actor; none if the environment did.
    cause: Option<usize>,
    message: Option<Arriving>,
    /// Whether what others do may enable it, beyond its cause.
    depends_on_others: bool,
    /// Whether it cannot be said for sure when it is enabled.
    is_unsure: bool,
}

/// What decides which messages had to arrive before another one.
#[derive(Clone, Debug)]
struct Arriving {
    from: ActorId,
    origin: u32,
    effect: u32,
    is_copy: bool,
    before: Clock,
}

impl Arriving {
    fn new(from: ActorId, stamp: &Stamp) -> Self {
        let Stamp { origin, effect, copy, before, .. } = stamp;
        Self { from, origin: *origin, effect: *effect, is_copy: *copy > 0, before: before.clone() }
    }

    /// Whether this had to arrive before what was sent later to the same actor (S1).
    fn must_precede(&self, later: &Self, delivery: Delivery) -> bool {
        if self.is_copy || later.is_copy {
            return false;
        }
        match delivery {
            Delivery::Mailbox => true,
            Delivery::Causal => {
                self.from == later.from || later.before.get(self.origin) >= self.effect
            }
            Delivery::Pairwise => self.from == later.from,
            Delivery::Unordered => false,
        }
    }
}

impl Coming {
    fn message<'a>(kernel: &'a Kernel, enabled: &Enabled) -> Option<(ActorId, &'a Stamp)> {
        let (Step::Deliver(message) | Step::Fault(FaultStep::Message { message, .. })) =
            enabled.step
        else {
            return None;
        };
        Some((message.from, kernel.stamp_on_its_way(enabled)))
    }
}

/// A step that was taken.
#[derive(Debug)]
struct Event {
    coming: Coming,
    /// The number of its actor, and which step about it this is, counted from 1.
    process: u32,
    index: u32,
    /// By process: how many of its steps happened before this one, or are it.
    clock: Clock,
    footprint: Footprint,
    /// The largest serial after it.
    serials: u32,
}

impl Event {
    /// Whether this happened before what has this clock, or is it.
    fn is_in(&self, clock: &Clock) -> bool {
        clock.get(self.process) >= self.index
    }
}

/// A step that the last one could also have come before.
#[derive(Debug)]
pub(super) struct Race {
    /// The number of the step.
    pub(super) at: usize,
    /// The steps that can be taken instead of it so that the last one comes first: any of them will do. The best is first.
    pub(super) initials: SmallVec<[Step; 4]>,
}

/// Whether a step could have been taken before an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reversible {
    Yes,
    /// Perhaps, or else before a still earlier one.
    Perhaps,
    /// Not just before this one, but perhaps before a still earlier one.
    NotHere,
    Never,
}

/// All steps from the start on, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Past {
    delivery: Delivery,
    events: Vec<Event>,
    /// By object: the steps that touched it, oldest first, and whether they changed it.
    history: Vec<Vec<(usize, bool)>>,
    processes: HashedById<ActorId, u32>,
    /// By process: how many steps were about it.
    lengths: Vec<u32>,
    /// The largest serial before the first step.
    serials: u32,
}

impl Past {
    /// No step was taken yet.
    pub(super) fn new(kernel: &Kernel) -> Self {
        let (delivery, serials) = (kernel.rules().delivery, kernel.serials());
        Self { delivery, serials, ..Self::default() }
    }

    /// What is to be known of a step before it is taken.
    pub(super) fn coming<G: Snapshots>(
        &self,
        execution: &Execution<G>,
        enabled: &Enabled,
    ) -> Coming {
        let kernel = execution.kernel();
        let rules = kernel.rules();
        let step = enabled.step;
        let message = Coming::message(kernel, enabled);
        let is_brought_up = message.is_some() || matches!(step, Step::Start(_));
        let is_timed = matches!(step, Step::Fire { .. }) && rules.timers == TimerMode::Earliest;
        let is_about_nobody = step.actor() == ActorId::ENVIRONMENT;
        Coming {
            step,
            cause: if is_brought_up { self.cause(enabled.serial) } else { None },
            message: message.map(|(from, stamp)| Arriving::new(from, stamp)),
            depends_on_others: is_timed || matches!(step, Step::Fault(_)),
            is_unsure: !rules.faults.is_empty()
                || (!is_about_nobody && kernel.has_tasks(enabled.slot)),
        }
    }

    /// The step that brought up what has this serial.
    fn cause(&self, serial: u32) -> Option<usize> {
        let is_later = serial > self.serials;
        is_later.then(|| self.events.partition_point(|event| event.serials < serial))
    }

    /// The largest serial after the last step.
    pub(super) fn serials(&self) -> u32 {
        self.events.last().map_or(self.serials, |event| event.serials)
    }

    /// A step was taken: with which earlier ones it races. `is_enabled` says whether a step was enabled when that with
    /// this number was taken; `actor` is the object that the step's actor is.
    pub(super) fn push(
        &mut self,
        coming: Coming,
        footprint: Footprint,
        serials: u32,
        actor: ObjectNumber,
        is_enabled: &dyn Fn(usize, Step) -> bool,
    ) -> Vec<Race> {
        let process = self.process(coming.step.actor());
        self.history_of(actor);
        let conflicting = self.conflicting(&footprint);
        let mut clock = Clock::default();
        for &at in conflicting.iter().chain(&coming.cause) {
            clock.join(&self.events[at].clock);
        }
        self.lengths[process as usize] += 1;
        let index = self.lengths[process as usize];
        clock.set(process, index);
        let event = Event { coming, process, index, clock, footprint, serials };
        let races = self.races(&event, &conflicting, actor, is_enabled);
        let at = self.events.len();
        for access in event.footprint.accesses() {
            self.history_of(access.object).push((at, access.writes));
        }
        self.events.push(event);
        races
    }

    /// The last step is taken back.
    pub(super) fn pop(&mut self) {
        let event = self.events.pop().expect("there is a step to be taken back");
        self.lengths[event.process as usize] -= 1;
        for access in event.footprint.accesses() {
            self.history_of(access.object).pop();
        }
    }

    fn process(&mut self, actor: ActorId) -> u32 {
        let next = u32::try_from(self.processes.len()).expect("fewer than 2^32 actors");
        let process = *self.processes.entry(actor).or_insert(next);
        if process == next {
            self.lengths.push(0);
        }
        process
    }

    fn history_of(&mut self, object: ObjectNumber) -> &mut Vec<(usize, bool)> {
        let place = object as usize;
        if self.history.len() <= place {
            self.history.resize_with(place + 1, Vec::new);
        }
        &mut self.history[place]
    }

    /// The last steps that cannot change places with one that touches this.
    fn conflicting(&mut self, footprint: &Footprint) -> SmallVec<[usize; 8]> {
        let mut conflicting = SmallVec::new();
        for access in footprint.accesses() {
            for &(at, wrote) in self.history_of(access.object).iter().rev() {
                if (wrote || access.writes) && !conflicting.contains(&at) {
                    conflicting.push(at);
                }
                if wrote {
                    break;
                }
            }
        }
        conflicting
    }

    fn races(
        &self,
        event: &Event,
        conflicting: &[usize],
        actor: ObjectNumber,
        is_enabled: &dyn Fn(usize, Step) -> bool,
    ) -> Vec<Race> {
        let mut racing: SmallVec<[usize; 4]> = SmallVec::new();
        let about = &self.history[actor as usize];
        let is_about = |at: usize| about.binary_search_by_key(&at, |&(about, _)| about).is_ok();
        // What another step came before that had to come first is no race with the last one.
        let is_between = |at: usize, other: usize| {
            other != at && self.events[at].is_in(&self.events[other].clock)
        };
        let is_covered = |at: usize, by: &dyn Fn(usize) -> bool| {
            let mut others = conflicting.iter().chain(&event.coming.cause);
            others.any(|&other| by(other) && is_between(at, other))
        };
        for &(at, _) in about.iter().rev() {
            let is_own = self.events[at].process == event.process;
            if event.coming.cause == Some(at)
                || is_covered(at, &|other| !is_own || self.events[other].process != event.process)
            {
                if is_own {
                    break;
                }
                continue;
            }
            let reversible =
                if is_own { self.reversible(event, at, is_enabled) } else { Reversible::Perhaps };
            if matches!(reversible, Reversible::Yes | Reversible::Perhaps) {
                racing.push(at);
            }
            if matches!(reversible, Reversible::Yes | Reversible::Never) {
                break;
            }
        }
        for &at in conflicting.iter().filter(|&&at| !is_about(at)) {
            let is_race = event.coming.cause != Some(at)
                && !is_covered(at, &|_| true)
                && (is_enabled(at, event.coming.step) || self.is_enabled_since(event, at));
            if is_race {
                racing.push(at);
            }
        }
        racing.iter().map(|&at| Race { at, initials: self.initials(event, at) }).collect()
    }

    /// Whether the step could have been taken before an earlier one about the same actor.
    fn reversible(
        &self,
        event: &Event,
        at: usize,
        is_enabled: &dyn Fn(usize, Step) -> bool,
    ) -> Reversible {
        let coming = &event.coming;
        let messages = self.events[at].coming.message.as_ref().zip(coming.message.as_ref());
        let had_to_wait =
            messages.is_some_and(|(earlier, later)| earlier.must_precede(later, self.delivery));
        if had_to_wait && !coming.is_unsure {
            return Reversible::Never;
        }
        if is_enabled(at, coming.step) {
            return Reversible::Yes;
        }
        if coming.message.is_none() && !coming.depends_on_others {
            // Only the actor itself enables it, and this step did.
            return Reversible::Never;
        }
        let is_sent_later = coming.cause.is_some_and(|cause| cause > at);
        let may_be_enabled_since = is_sent_later || coming.depends_on_others;
        let actor = coming.step.actor();
        let was_busy = [Step::Take(actor), Step::Start(actor), Step::Release(actor)];
        if !may_be_enabled_since || was_busy.into_iter().any(|step| is_enabled(at, step)) {
            return Reversible::NotHere;
        }
        if coming.is_unsure || coming.depends_on_others {
            Reversible::Perhaps
        } else {
            Reversible::Yes
        }
    }

    /// Whether something came after an earlier step that may have enabled this one.
    fn is_enabled_since(&self, event: &Event, at: usize) -> bool {
        let coming = &event.coming;
        coming.depends_on_others
            || coming.cause.is_some_and(|cause| cause > at)
            || self.events[at + 1..].iter().any(|later| later.process == event.process)
    }

    /// The steps with which what follows an earlier one and does not depend on it, and at last this step, can begin.
    fn initials(&self, event: &Event, at: usize) -> SmallVec<[Step; 4]> {
        let reversed = &self.events[at];
        let mut initials = SmallVec::new();
        // By process the first step: what none of these happened before can come first.
        let mut firsts: SmallVec<[&Event; 8]> = SmallVec::new();
        let after = self.events[at + 1..].iter().filter(|later| !reversed.is_in(&later.clock));
        for later in after {
            if firsts.iter().any(|first| first.process == later.process) {
                continue;
            }
            if !firsts.iter().any(|first| first.is_in(&later.clock)) {
                initials.push(later.coming.step);
            }
            firsts.push(later);
        }
        if !firsts.iter().any(|first| first.is_in(&event.clock)) {
            initials.insert(0, event.coming.step);
        }
        initials
    }
}
