//! What steps do, close together in memory: a walk takes some ten million of them a second, at random.

use alloc::vec::Vec;
use core::slice;

use super::{ALL_SHARED, Content, Node, Shared, TIME, Taken};
use crate::event::Kind;
use crate::id::ActorId;
use crate::timer::TimerId;

/// A message that a step sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// The slot of the receiver, when the step was learned.
    pub(crate) to: u32,
    pub(crate) receiver: ActorId,
    pub(crate) content: Content,
    pub(crate) kind: Kind,
    /// Whether it is a violation if the receiver is gone.
    pub(crate) must_handle: bool,
}

/// An actor that a step creates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) name: ActorId,
    pub(crate) node: Node,
    /// How many messages may come for it before it may matter how many there are.
    pub(crate) room: u32,
}

/// A timer that a step arms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arming {
    pub(crate) id: TimerId,
    /// What it is to its owner when it fires.
    pub(crate) content: Content,
    pub(crate) kind: Kind,
    /// How long after the step, in nanoseconds.
    pub(crate) due: u64,
}

/// Something that a step does to the app around its actor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    /// A timer of the actor is not armed any more.
    Stop(TimerId),
    Send(Sent),
    Bear(Birth),
    Arm(Arming),
}

impl Effect {
    /// Whom it creates.
    pub(super) fn birth(&self) -> Option<&Birth> {
        match self {
            Self::Bear(birth) => Some(birth),
            Self::Stop(_) | Self::Send(_) | Self::Arm(_) => None,
        }
    }
}

/// An event that a step notifies a monitor of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    pub(crate) monitor: u32,
    pub(crate) content: Content,
}

/// What was learned of a step.
#[derive(Debug)]
pub(crate) struct Learned {
    /// None if the actor is gone.
    pub(crate) after: Option<Node>,
    /// In order; what is stopped comes first.
    pub(crate) effects: Vec<Effect>,
    pub(crate) notices: Vec<Notice>,
    /// Turns of the actor.
    pub(crate) turns: u32,
    /// Whether what happened before the message happened before all that the actor does next.
    pub(crate) joins: bool,
    pub(crate) taken: Option<Taken>,
}

/// What a plain step does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done<'a> {
    record: &'a Record,
    steps: &'a Steps,
}

impl<'a> Done<'a> {
    /// Which step it is, of all that are known.
    #[inline]
    pub(crate) fn number(self) -> u32 {
        self.record.number
    }

    /// What the actor is after it; none if it is gone.
    #[inline]
    pub(crate) fn after(self) -> Option<Node> {
        let after = self.record.after;
        if after == GONE { None } else { Some(after) }
    }

    /// What it does to the app around its actor, in order; what is stopped comes first.
    #[inline]
    pub(crate) fn effects(self) -> &'a [Effect] {
        match self.record {
            Record { effects_len: 1, only, .. } => slice::from_ref(only),
            Record { effects_len: 0, .. } => &[],
            Record { effects, effects_len, .. } => {
                &self.steps.effects[*effects as usize..][..usize::from(*effects_len)]
            }
        }
    }

    /// What it notifies monitors of, in order.
    #[inline]
    pub(crate) fn notices(self) -> &'a [Notice] {
        let Record { notices, notices_len, .. } = *self.record;
        if notices_len == 0 {
            return &[];
        }
        &self.steps.notices[notices as usize..][..usize::from(notices_len)]
    }

    /// Turns of the actor.
    #[inline]
    pub(crate) fn turns(self) -> u64 {
        self.record.turns.into()
    }

    /// Whether what happened before the message happened before all that the actor does next.
    #[inline]
    pub(crate) fn joins(self) -> bool {
        self.record.joins
    }

    /// Whether actors come or go.
    pub(crate) fn changes_cast(self) -> bool {
        self.record.changes_cast
    }

    /// What it touches that other actors share, if there are but a few monitors.
    pub(crate) fn shared(self) -> Shared {
        self.record.shared
    }
}

/// The step's actor is gone after it.
const GONE: Node = Node::MAX;

/// A step. Nearly all have one effect, which is beside it.
#[derive(Debug)]
pub(super) struct Record {
    number: u32,
    after: Node,
    /// Where its effects and notices begin, and how many there are.
    effects: u32,
    notices: u32,
    effects_len: u8,
    notices_len: u8,
    turns: u8,
    shared: Shared,
    joins: bool,
    changes_cast: bool,
    /// The effect, if there is just one.
    only: Effect,
}

/// What is to be said of the steps that are known, but for their records.
#[derive(Debug, Default)]
pub(super) struct Steps {
    effects: Vec<Effect>,
    notices: Vec<Notice>,
    /// What steps take, each once, and whether one of those was met.
    taken: Vec<(Taken, bool)>,
    /// By step: which of these it takes.
    takes: Vec<Option<u32>>,
    /// By step, a bit each: whether it was met.
    met: Vec<u64>,
}

impl Steps {
    pub(super) fn len(&self) -> usize {
        self.takes.len()
    }

    /// Adds a step; its record, and how many bytes it takes. None if it does too much.
    pub(super) fn add(&mut self, learned: &Learned) -> Option<(Record, usize)> {
        let Learned { after, effects, notices, turns, joins, taken } = learned;
        let changes_timers =
            effects.iter().any(|effect| matches!(effect, Effect::Stop(_) | Effect::Arm(_)));
        let bears = effects.iter().any(|effect| matches!(effect, Effect::Bear(_)));
        let time = if changes_timers { TIME } else { 0 };
        let watchers = notices.iter().map(|notice| 1_u32.checked_shl(notice.monitor).unwrap_or(0));
        let watchers = watchers.fold(0, |set, watcher| set | watcher);
        let record = Record {
            number: u32::try_from(self.len()).ok()?,
            after: after.unwrap_or(GONE),
            effects: u32::try_from(self.effects.len()).ok()?,
            notices: u32::try_from(self.notices.len()).ok()?,
            effects_len: u8::try_from(effects.len()).ok()?,
            notices_len: u8::try_from(notices.len()).ok()?,
            turns: u8::try_from(*turns).ok()?,
            shared: time | Shared::try_from(watchers).unwrap_or(ALL_SHARED),
            joins: *joins,
            changes_cast: after.is_none() || bears,
            only: effects.first().copied().unwrap_or(Effect::Stop(TimerId::default())),
        };
        if effects.len() > 1 {
            self.effects.extend_from_slice(effects);
        }
        self.notices.extend_from_slice(notices);
        let taken = taken.map(|taken| self.number_of_taken(taken));
        self.takes.push(taken);
        self.met.resize(self.len().div_ceil(64), 0);
        let bytes = size_of::<Record>() + size_of_val(&effects[..]) + size_of_val(&notices[..]);
        Some((record, bytes))
    }

    fn number_of_taken(&mut self, taken: Taken) -> u32 {
        let known = self.taken.iter().position(|(known, _)| *known == taken);
        let number = known.unwrap_or_else(|| {
            self.taken.push((taken, false));
            self.taken.len() - 1
        });
        u32::try_from(number).expect("fewer than there are steps")
    }

    #[inline]
    pub(super) fn done<'a>(&'a self, record: &'a Record) -> Done<'a> {
        Done { record, steps: self }
    }

    /// Whether the step with this number was met.
    #[inline]
    pub(super) fn is_met(&self, number: u32) -> bool {
        self.met[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// The step with this number is met; what it takes, if none that was met did.
    #[cold]
    pub(super) fn meet(&mut self, number: u32) -> Option<Taken> {
        self.met[number as usize / 64] |= 1 << (number % 64);
        let (taken, is_met) = &mut self.taken[self.takes[number as usize]? as usize];
        (!core::mem::replace(is_met, true)).then_some(*taken)
    }

    /// None was met.
    pub(super) fn forget_met(&mut self) {
        self.met.fill(0);
        self.taken.iter_mut().for_each(|(_, is_met)| *is_met = false);
    }
}
