//! What code outside of actors says, hears, and can do wrong.

use coyote_kernel::{ActorId, Encoding, Init, Payload};
use serde::Serialize;

/// Why something from outside was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The manifest has no such kind of actor.
    #[error("the app has no kind of actor `{kind}`")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// The id was never issued in this app.
    #[error("the id `{id}` was never issued")]
    UnknownId {
        /// The id.
        id: ActorId,
    },
    /// The kind and name, or the id, are in use.
    #[error("the id `{id}` is in use")]
    IdInUse {
        /// The id.
        id: ActorId,
    },
    /// The kind of event has no name, too long a name, or one that has a meaning of its own.
    #[error("`{kind}` is no kind of event that can be sent")]
    Kind {
        /// The kind.
        kind: String,
    },
    /// There are as many actors as the manifest allows.
    #[error("there is no room for one more actor")]
    TooManyActors,
    /// The event reached nobody.
    #[error("the event became a dead letter: {reason}")]
    DeadLetter {
        /// Why, such as `halted`.
        reason: String,
    },
    /// The host ended before the event was taken.
    #[error("the host has ended")]
    Ended,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The request was not sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The actor answered with an error.
    #[error("the actor refused: {0}")]
    Refused(String),
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Deadline,
    /// The host ended before there was an answer.
    #[error("the host has ended")]
    Ended,
}

/// An event from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideEvent {
    pub(crate) kind: String,
    pub(crate) encoding: Encoding,
    pub(crate) payload: Vec<u8>,
}

impl OutsideEvent {
    /// An event that says no more than its kind.
    #[must_use]
    pub fn bare(kind: impl Into<String>) -> Self {
        Self::new(kind, Encoding::Bytes, Vec::new())
    }

    /// An event with a payload in some encoding.
    #[must_use]
    pub fn new(kind: impl Into<String>, encoding: Encoding, payload: Vec<u8>) -> Self {
        Self { kind: kind.into(), encoding, payload }
    }

    /// An event with a value as JSON.
    ///
    /// # Errors
    ///
    /// The value has no form in JSON, such as a map whose keys are no strings.
    pub fn json(
        kind: impl Into<String>,
        value: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::new(kind, Encoding::Json, serde_json::to_vec(value)?))
    }
}

/// A first payload: a value as JSON.
///
/// # Errors
///
/// The value has no form in JSON, such as a map whose keys are no strings.
pub fn json(value: &impl Serialize) -> Result<Init, serde_json::Error> {
    let payload = Payload::from_slice(&serde_json::to_vec(value)?);
    Ok(Init { encoding: Encoding::Json, payload })
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How to read the payload.
    pub encoding: Encoding,
    /// The bytes.
    pub payload: Vec<u8>,
}
