//! What a driver that explores can pick, and how it is named.

use core::fmt;

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::actor::Slot;
use crate::event::Kind;
use crate::fault::FaultStep;
use crate::id::ActorId;
use crate::task::TaskId;
use crate::timer::TimerId;

/// One thing that can happen next. Names are stable: equivalent schedules give a step the same name, so a trace
/// still makes sense after some of its steps were taken out or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// The first turn of an actor.
    Start(ActorId),
    /// A message arrives in the inbox of its receiver.
    Deliver(MessageName),
    /// An actor takes an event that arrived before and was deferred.
    Take(ActorId),
    /// An actor handles the default event (Q5).
    Default(ActorId),
    /// A timer fires.
    Fire {
        /// Whose.
        owner: ActorId,
        /// The owner's number for it.
        timer: TimerId,
    },
    /// The next effect of an actor's last turn leaves; in the `mailbox` model only.
    Release(ActorId),
    /// A fault strikes.
    Fault(FaultStep),
    /// The execution ends. A choice only where nothing but faults can happen: each of them may strike, or none.
    End,
    /// A task goes on: it is ready, or what it waited for is there.
    Resume {
        /// Whose.
        actor: ActorId,
        /// The actor's number for it.
        task: TaskId,
    },
}

impl Step {
    /// The actor that the step is about: who has a turn, whose effect leaves, whom the fault hits. The environment
    /// where there is none.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        match *self {
            Self::Start(actor)
            | Self::Take(actor)
            | Self::Default(actor)
            | Self::Release(actor)
            | Self::Fire { owner: actor, .. }
            | Self::Resume { actor, .. } => actor,
            Self::Deliver(message) => message.to,
            Self::Fault(fault) => fault.actor(),
            Self::End => ActorId::ENVIRONMENT,
        }
    }
}

/// The name of a message: the k-th from one actor to another, or a copy of it. Copies count for themselves, so that a
/// fault renames nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageName {
    /// The sender.
    pub from: ActorId,
    /// The receiver.
    pub to: ActorId,
    /// Which one, counted from 1.
    pub number: u32,
    /// 0 for the message itself; for what a duplication made of it, which copy, counted from 1.
    pub copy: u32,
}

/// `from->to#number`, and for a copy `from->to#number.copy`.
impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}#{}", self.from, self.to, self.number)?;
        if self.copy > 0 { write!(f, ".{}", self.copy) } else { Ok(()) }
    }
}

/// A step that is enabled, and what a strategy may want to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enabled {
    /// The step.
    pub step: Step,
    /// The number of what is pending in this execution: the message, the new actor, the armed timer. Counted from 1,
    /// in the order in which they came up, so it stays the same until the step is taken. A fault has the number of
    /// what it hits, and 0 if that is an actor or a partition.
    pub serial: u32,
    /// The serial of the step that brought it up; 0 for what the environment did.
    pub cause: u32,
    /// The actor that the step is about; the first slot where there is none.
    pub slot: Slot,
    /// The kind of the event, where there is one.
    pub kind: Option<Kind>,
    /// Where the message stands in the channels of its receiver.
    pub(crate) place: u32,
}

impl Enabled {
    /// Production prefers what waits longest, and lets time pass and defaults happen only when nothing else is left.
    /// Faults come last: the end is before them, and partitions heal before anything strikes.
    pub(crate) fn rank(&self) -> (u8, u32) {
        let class = match self.step {
            Step::Release(_) => 0,
            Step::Start(_) | Step::Deliver(_) | Step::Take(_) | Step::Resume { .. } => 1,
            Step::Fire { .. } => 2,
            Step::Default(_) => 3,
            Step::End => 4,
            Step::Fault(FaultStep::Heal { .. }) => 5,
            Step::Fault(_) => 6,
        };
        (class, self.serial)
    }
}

/// What exploration notes about something that is pending: when it came up, because of what, and what happened before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub(crate) serial: u32,
    pub(crate) cause: u32,
    /// For a message: the k-th from its sender to its receiver.
    pub(crate) number: u32,
    /// For a copy of a message: which one, counted from 1.
    pub(crate) copy: u32,
    /// Whether a fault delays the message, and its channel with it.
    pub(crate) delayed: bool,
    /// Who brought it up, in the order of creation, and as which of its effects.
    pub(crate) origin: u32,
    pub(crate) effect: u32,
    /// What happened before it: by actor in the order of creation, how many of its effects.
    pub(crate) before: Clock,
}

impl Stamp {
    /// Whether this happened before `later`.
    pub(crate) fn precedes(&self, later: &Self) -> bool {
        later.before.get(self.origin) >= self.effect
    }
}

/// A stamp where exploration wants one; production has none.
pub type Stamped = Option<Arc<Stamp>>;

/// A vector clock (Mattern, "Virtual time and global states of distributed systems", 1988) that counts effects, not
/// turns (S2). Few apps have more origins than need no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    first: [u32; FIRST],
    others: Vec<u32>,
}

/// The origins that a clock has room for by itself.
const FIRST: usize = 8;

impl Clock {
    #[inline]
    pub(crate) fn get(&self, origin: u32) -> u32 {
        let place = origin as usize;
        match self.first.get(place) {
            Some(&effect) => effect,
            None => self.others.get(place - FIRST).copied().unwrap_or(0),
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, origin: u32, effect: u32) {
        let place = origin as usize;
        match self.first.get_mut(place) {
            Some(known) => *known = effect,
            None => self.set_other(place - FIRST, effect),
        }
    }

    /// One more effect of an origin; which one it is.
    #[inline]
    pub(crate) fn count(&mut self, origin: u32) -> u32 {
        let effect = self.get(origin) + 1;
        self.set(origin, effect);
        effect
    }

    /// By origin, how many effects, up to the last origin that has any.
    pub(crate) fn effects(&self) -> Vec<u32> {
        let mut effects: Vec<u32> = self.first.iter().chain(&self.others).copied().collect();
        let count = effects.iter().rposition(|&effect| effect > 0).map_or(0, |last| last + 1);
        effects.truncate(count);
        effects
    }

    /// Of what [`Self::effects`] told.
    pub(crate) fn of(effects: &[u32]) -> Self {
        let mut clock = Self::default();
        (0..).zip(effects).for_each(|(origin, &effect)| clock.set(origin, effect));
        clock
    }

    fn set_other(&mut self, place: usize, effect: u32) {
        if self.others.len() <= place {
            self.others.resize(place + 1, 0);
        }
        self.others[place] = effect;
    }

    #[inline]
    pub(crate) fn join(&mut self, other: &Self) {
        for (own, &other) in self.first.iter_mut().zip(&other.first) {
            *own = (*own).max(other);
        }
        if !other.others.is_empty() {
            self.join_others(&other.others);
        }
    }

    fn join_others(&mut self, others: &[u32]) {
        if self.others.len() < others.len() {
            self.others.resize(others.len(), 0);
        }
        for (own, &other) in self.others.iter_mut().zip(others) {
            *own = (*own).max(other);
        }
    }
}
