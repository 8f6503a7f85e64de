//! Events, and messages: events on their way.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU64;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::cell::Operation;
use crate::failure::DeadReason;
use crate::id::{ActorId, GroupId};
use crate::step::Stamped;
use crate::task::Correlation;
use crate::timer::Firing;

/// A kind of event: a name, interned by whoever loads the components of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind(pub u32);

impl Kind {
    /// `*`: in a table, every kind that has no rule of its own.
    pub const ANY: Self = Self(0);
    /// `default`: the inbox offers nothing (Q5).
    pub const DEFAULT: Self = Self(1);
    /// `halt`: ends an actor that has no reaction to it (X1).
    pub const HALT: Self = Self(2);
    /// `actor-down`: a watched actor is gone (I10).
    pub const ACTOR_DOWN: Self = Self(3);
    /// What the answer to a request has for a kind, for people. It cannot be sent, declared or received.
    pub const ANSWER: Self = Self(4);
    /// What an operation on a cell has for a kind, for people.
    pub const OPERATION: Self = Self(5);
    /// What a task that goes on without an event has for a kind, for people.
    pub const RESUMPTION: Self = Self(6);
    /// The names of the kinds above, in order.
    pub const RESERVED: [&'static str; 7] =
        ["*", "default", "halt", "actor-down", "(answer)", "(operation)", "(resumption)"];
}

impl Kind {
    /// Whether guests may send events of it.
    #[must_use]
    pub fn is_sendable(self) -> bool {
        !matches!(
            self,
            Self::ANY | Self::DEFAULT | Self::ANSWER | Self::OPERATION | Self::RESUMPTION
        )
    }
}

/// How the bytes of a payload are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Opaque bytes.
    Bytes,
    /// UTF-8.
    Text,
    /// One JSON value.
    Json,
    /// Postcard, version 1.
    Postcard,
}

/// The bytes of an event. Up to 24 of them need no allocation: an actor id and a few numbers fit.
#[derive(Default, PartialEq, Eq, Hash)]
pub struct Payload(SmallVec<[u8; 24]>);

impl Clone for Payload {
    // That of a small vector clones byte by byte.
    fn clone(&self) -> Self {
        Self::from_slice(self.as_slice())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

/// Reads the bytes of a payload.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Payload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Payload, E> {
        Ok(Payload::from_slice(bytes))
    }
}

impl Payload {
    /// Copies the bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self(SmallVec::from_slice(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A kind, a payload, and how to read it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// How to read the payload.
    pub encoding: Encoding,
    /// The details.
    pub payload: Payload,
}

impl Event {
    /// An event that says no more than its kind.
    #[must_use]
    pub fn bare(kind: Kind) -> Self {
        Self { kind, encoding: Encoding::Bytes, payload: Payload::default() }
    }
}

/// The group in which an actor works (G1), and who waits for an answer from it (G2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    /// Its name for the host.
    pub id: GroupId,
    /// Its name for people.
    pub name: Option<Box<str>>,
    /// Whose request opened it.
    pub asker: Option<Asker>,
}

/// Who waits for the answer to a request, and under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Asker {
    /// The actor or the environment.
    pub id: ActorId,
    /// The asker's number for the request.
    pub correlation: u64,
}

/// An event on its way.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who sent it. A timer's event comes from the owner of the timer.
    pub from: ActorId,
    /// What is sent.
    pub event: Event,
    /// The group it carries.
    pub group: Option<Arc<Group>>,
    /// The firing it tells of.
    pub firing: Option<Firing>,
    /// What the sender asked of the host for it.
    pub options: SendOptions,
    /// The environment's number for a send whose fate it wants to know.
    pub ticket: Option<Ticket>,
    /// How often it was offered to a turn that failed.
    pub failed_turns: u32,
    /// Whether the host sent it in the name of `from`, whom a full inbox does not hold up.
    pub notice: bool,
    /// What it is for if it is no event.
    pub errand: Option<Box<Errand>>,
    /// What exploration notes about it; the kernel's business.
    pub stamp: Stamped,
}

impl Message {
    /// A message with nothing special about it.
    #[must_use]
    pub fn plain(from: ActorId, event: Event) -> Self {
        Self {
            from,
            event,
            group: None,
            firing: None,
            options: SendOptions::default(),
            ticket: None,
            failed_turns: 0,
            notice: false,
            errand: None,
            stamp: None,
        }
    }

    /// Whether it is for a cell. Where it is staged it is checked that only a cell gets it.
    pub(crate) fn is_operation(&self) -> bool {
        matches!(self.errand.as_deref(), Some(Errand::Operation { .. }))
    }

    /// Tells a watcher that an actor is gone (I10).
    pub(crate) fn actor_down(id: ActorId, reason: DeadReason) -> Self {
        let json = format!("{{\"id\":\"{id}\",\"reason\":\"{reason}\"}}");
        let payload = Payload::from_slice(json.as_bytes());
        let event = Event { kind: Kind::ACTOR_DOWN, encoding: Encoding::Json, payload };
        Self { notice: true, ..Self::plain(id, event) }
    }
}

/// What a message is for that is no event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Errand {
    /// The answer to a request or to an operation; its payload is that of the message.
    Answer {
        /// The asker's number.
        correlation: Correlation,
        /// Whether it is an error, whose text is the payload.
        failed: bool,
    },
    /// Something to be done with a cell.
    Operation {
        /// The number of who wants to know what came of it.
        correlation: Correlation,
        /// What.
        operation: Operation,
    },
}

/// The environment's number for a send or a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub NonZeroU64);

/// Options of a send (S9, S10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SendOptions {
    /// A violation if the receiver halts before it took or ignored the event.
    pub must_handle: bool,
    /// A violation if more untaken events of the kind than this wait for the receiver.
    pub instances_max: Option<u32>,
}
