//! Declared misbehaviour of the world: what may strike, where, and how often.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::event::{Kind, Message};
use crate::id::ActorId;
use crate::step::MessageName;
use crate::timer::TimerId;

/// A fault that the app must survive (S3): it strikes as a step of its own, wherever its filters allow, as often as its
/// budget allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Most strikes in one execution.
    pub budget: u32,
    /// The definitions of the actors that it hits: whom a crash ends, for whom a message was, whose timer it is; for a
    /// partition, one of the two groups. Empty: all; for a partition, all that are not in the other group.
    pub actors: Vec<u32>,
    /// For a partition: the definitions of the other group. Empty: all that are not in the first one. Actors of a
    /// definition that is in both are parted from each other. No other fault looks at it.
    pub others: Vec<u32>,
    /// The kinds of events that it hits, those of timers included. Empty: all; what the host tells in the name of an
    /// actor, such as `actor-down`, is then hit by partitions only.
    pub kinds: Vec<Kind>,
}

impl Fault {
    /// A fault that hits everybody.
    #[must_use]
    pub fn new(kind: FaultKind, budget: u32) -> Self {
        Self { kind, budget, actors: Vec::new(), others: Vec::new(), kinds: Vec::new() }
    }

    /// Whether actors of this definition are hit.
    pub(crate) fn hits_actor(&self, definition: u32) -> bool {
        self.actors.is_empty() || self.actors.contains(&definition)
    }

    /// Whether events of this kind are hit.
    pub(crate) fn hits_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Whether this message is hit, whoever it is for.
    pub(crate) fn hits_message(&self, message: &Message) -> bool {
        if self.kinds.is_empty() { !message.notice } else { self.hits_kind(message.event.kind) }
    }

    /// Whether actors of these definitions are on different sides of this partition.
    pub(crate) fn parts(&self, one: u32, other: u32) -> bool {
        self.is_across(one, other) || self.is_across(other, one)
    }

    fn is_across(&self, one: u32, other: u32) -> bool {
        let is_first = |definition| {
            if self.actors.is_empty() {
                !self.others.contains(&definition)
            } else {
                self.actors.contains(&definition)
            }
        };
        let is_other =
            if self.others.is_empty() { !is_first(other) } else { self.others.contains(&other) };
        is_first(one) && is_other
    }
}

/// A sort of fault.
///
/// Each strikes only where it makes a difference, as an alternative to what would happen without it: to strike earlier
/// leads nowhere else, and would only make more executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// An actor ends between two turns and begins anew with its first payload; id, inbox, channels and watchers stay,
    /// timers end (F11). Its supervisor does not count it.
    Crash,
    /// An actor ends between two turns and comes back with its last commit, as a durable one does (F11). Nothing is
    /// lost, because timers and effects are part of a commit: only the instance is a new one.
    Reboot,
    /// An actor ends for good, between two turns or before its first one. What waits for it becomes dead letters
    /// `failed`, and so its watchers are told; `must-handle` (S9) holds as for any other end.
    Kill,
    /// A message that could arrive becomes a dead letter `lost`. That does not break `must-handle` (S9): the receiver
    /// has not refused it.
    Loss,
    /// A message arrives, and a copy of it later: at any time, in no order with others, and without the demands of
    /// the original (S9, S10).
    Duplication,
    /// A message that could arrive takes long, and with it its channel: what others sent later may overtake it even
    /// though it happened before. Only `causal` and `mailbox` delivery promise what it breaks.
    Delay,
    /// A message arrives before others that would have had to arrive before it.
    Reordering,
    /// No message arrives from one group in the other, in neither direction, until the partition heals, which is no
    /// strike. What waits behind it holds up nobody else. The environment is in no group. It heals before the
    /// execution ends, if anything waits behind it: so progress is asked for only then (L1).
    Partition,
    /// A timer fires although others are due earlier; virtual time moves to when it is due. Without meaning where
    /// timers are unordered anyway.
    Skew,
}

impl FaultKind {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::Crash,
        Self::Reboot,
        Self::Kill,
        Self::Loss,
        Self::Duplication,
        Self::Delay,
        Self::Reordering,
        Self::Partition,
        Self::Skew,
    ];

    /// The name in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Reboot => "reboot",
            Self::Kill => "kill",
            Self::Loss => "loss",
            Self::Duplication => "duplication",
            Self::Delay => "delay",
            Self::Reordering => "reordering",
            Self::Partition => "partition",
            Self::Skew => "skew",
        }
    }
}

/// One strike. The fault is an index into the faults of the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultStep {
    /// Hits an actor.
    Actor {
        /// Which fault.
        fault: u32,
        /// Whom.
        actor: ActorId,
    },
    /// Hits a message.
    Message {
        /// Which fault.
        fault: u32,
        /// Which message.
        message: MessageName,
    },
    /// Hits a timer.
    Timer {
        /// Which fault.
        fault: u32,
        /// Whose.
        owner: ActorId,
        /// The owner's number for it.
        timer: TimerId,
    },
    /// A partition begins.
    Split {
        /// Which fault.
        fault: u32,
    },
    /// A partition ends.
    Heal {
        /// Which fault.
        fault: u32,
    },
}

impl FaultStep {
    /// The fault: an index into the faults of the execution.
    #[must_use]
    pub fn fault(&self) -> u32 {
        match *self {
            Self::Actor { fault, .. }
            | Self::Message { fault, .. }
            | Self::Timer { fault, .. }
            | Self::Split { fault }
            | Self::Heal { fault } => fault,
        }
    }

    /// The actor that is hit, or for whom the message was, or whose timer it is; the environment for what is about
    /// two groups.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        match *self {
            Self::Actor { actor, .. } | Self::Timer { owner: actor, .. } => actor,
            Self::Message { message, .. } => message.to,
            Self::Split { .. } | Self::Heal { .. } => ActorId::ENVIRONMENT,
        }
    }
}
