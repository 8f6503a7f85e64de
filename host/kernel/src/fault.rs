//! Declared misbehaviour of the world: what may strike, where, and how often.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::event::Kind;
use crate::id::ActorId;
use crate::step::MessageName;

/// A fault that the app must survive (S3): it strikes as a step of its own, wherever its filter allows, as often as its
/// budget allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Most strikes in one execution.
    pub budget: u32,
    /// The definitions of the actors that it hits: whom a crash ends, for whom a message was. Empty: all.
    pub actors: Vec<u32>,
    /// The kinds of events that it hits. Empty: all.
    pub kinds: Vec<Kind>,
}

/// A sort of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// An actor ends between two turns and begins anew with its first payload; inbox and channels stay (F11).
    Crash,
    /// An actor ends between two turns for good.
    Kill,
    /// A message reaches nobody.
    Loss,
    /// A message arrives twice.
    Duplication,
    /// A message arrives before those that its sender sent earlier.
    Reordering,
    /// A timer fires although others are due earlier.
    Skew,
}

/// One strike. The fault is an index into the faults of the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
}

impl FaultStep {
    /// The actor that is hit, or for whom the message was.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        match *self {
            Self::Actor { actor, .. } => actor,
            Self::Message { message, .. } => message.to,
        }
    }
}
