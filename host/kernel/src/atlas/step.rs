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

/// A step. Nearly all have one effect: with it, it is a cache line.
#[derive(Debug)]
#[repr(align(64))]
struct Record {
    after: Node,
    /// Where its effects and notices begin, and how many there are.
    effects: u32,
    notices: u32,
    effects_len: u16,
    notices_len: u16,
    turns: u16,
    shared: Shared,
    joins: bool,
    changes_cast: bool,
    /// Where it is listed what it takes, one more; 0: nowhere.
    taken: u32,
    /// The last round in which it was met.
    met: u32,
    /// The effect, if there is just one.
    only: Effect,
}

const _: () = assert!(size_of::<Record>() == 64, "a step is a cache line");

/// All steps that are known, by number.
#[derive(Debug, Default)]
pub(super) struct Steps {
    records: Vec<Record>,
    effects: Vec<Effect>,
    notices: Vec<Notice>,
    taken: Vec<Taken>,
}

impl Steps {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds a step; its number, and how many bytes it takes. None if it does too much.
    pub(super) fn add(&mut self, learned: &Learned) -> Option<(u32, usize)> {
        let Learned { after, effects, notices, turns, joins, taken } = learned;
        let number = u32::try_from(self.records.len()).ok()?;
        let changes_timers =
            effects.iter().any(|effect| matches!(effect, Effect::Stop(_) | Effect::Arm(_)));
        let bears = effects.iter().any(|effect| matches!(effect, Effect::Bear(_)));
        let time = if changes_timers { TIME } else { 0 };
        let watchers = notices.iter().map(|notice| 1_u32.checked_shl(notice.monitor).unwrap_or(0));
        let watchers = watchers.fold(0, |set, watcher| set | watcher);
        let record = Record {
            after: after.unwrap_or(GONE),
            effects: u32::try_from(self.effects.len()).ok()?,
            notices: u32::try_from(self.notices.len()).ok()?,
            effects_len: u16::try_from(effects.len()).ok()?,
            notices_len: u16::try_from(notices.len()).ok()?,
            turns: u16::try_from(*turns).ok()?,
            shared: time | Shared::try_from(watchers).unwrap_or(ALL_SHARED),
            joins: *joins,
            changes_cast: after.is_none() || bears,
            taken: taken.map_or(Some(0), |_| u32::try_from(self.taken.len() + 1).ok())?,
            met: 0,
            only: effects.first().copied().unwrap_or(Effect::Stop(TimerId::default())),
        };
        self.records.push(record);
        if effects.len() > 1 {
            self.effects.extend_from_slice(effects);
        }
        self.notices.extend_from_slice(notices);
        self.taken.extend(*taken);
        let bytes = size_of::<Record>() + size_of_val(&effects[..]) + size_of_val(&notices[..]);
        Some((number, bytes))
    }

    #[inline]
    pub(super) fn done(&self, number: u32) -> Done<'_> {
        Done { record: &self.records[number as usize], steps: self }
    }

    /// A step is met in this round, counted from 1; what it takes, if it is the first time.
    #[inline]
    pub(super) fn meet(&mut self, number: u32, round: u32) -> Option<Taken> {
        let record = &mut self.records[number as usize];
        if record.met == round {
            return None;
        }
        record.met = round;
        self.taken.get((record.taken as usize).checked_sub(1)?).copied()
    }
}
