//! Typed events.

use crate::{
    ActorId,
    failure::{Cause, fail},
    host::turn,
    payload::{DecodeError, Encoded},
};
use core::fmt::Debug;
use std::borrow::Cow;

/// What one actor sends to another: a kind, and a payload of that kind.
///
/// Made by the attribute [`event`](macro@crate::event), or derived. The kind is the name of the type in
/// kebab case (`NodeFailed` is `node-failed`), unless `#[event(kind = "..")]` gives another.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "put `#[event]` on the type"
)]
pub trait Event: Debug + Sized {
    /// The name that the event travels under. Receivers compare it exactly.
    const KIND: &'static str;

    /// The payload as bytes; none for a unit event.
    fn encode(&self) -> Encoded;

    /// The event with this payload.
    ///
    /// # Errors
    ///
    /// If the payload is none of this event.
    fn decode(encoded: &Encoded) -> Result<Self, DecodeError>;

    /// Lets a component that calls this list the kind in its description, before anything runs.
    #[doc(hidden)]
    fn mention() {}
}

/// The event that halts an actor, unless it has a handler for it.
///
/// ```
/// # use coyote_guest::prelude::*;
/// # fn f(ctx: &Context, worker: ActorId) {
/// ctx.send(worker, Halt);
/// # }
/// ```
#[derive(crate::Event, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt;

/// An actor that this one [watches](crate::Context::watch) is gone.
#[derive(crate::Event, Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ActorDown {
    /// Who is gone.
    pub id: ActorId,
    /// How it went.
    pub reason: DownReason,
}

/// How an actor went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DownReason {
    /// It halted.
    Halted,
    /// It failed, and its supervisor gave it up.
    Failed,
}

/// An event that reached nobody. A monitor with a handler for it is told of every one, wherever it comes from.
///
/// ```
/// # use coyote_guest::prelude::*;
/// # #[derive(Debug, Default)]
/// # struct Accounts { lost: u32 }
/// # #[monitor]
/// # impl Accounts {
/// #[on]
/// fn lost(&mut self, dropped: EventDropped) {
///     self.lost += u32::from(dropped.event == "deposit");
/// }
/// # }
/// ```
#[derive(crate::Event, Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventDropped {
    /// Why, such as `halted` or `inbox-full`.
    pub reason: String,
    /// Its kind.
    pub event: String,
    /// Who sent it; zeros stand for the world outside.
    pub from: ActorId,
    /// For whom it was.
    pub to: ActorId,
}

/// An event of any kind, as the wildcard handler `#[on(any)]` gets it, and what led to an entry, an exit or a callback.
#[derive(Debug, Clone)]
pub struct AnyEvent {
    kind: Cow<'static, str>,
    payload: Encoded,
}

impl AnyEvent {
    /// The event of this turn, whose kind only the host knows.
    #[doc(hidden)]
    #[must_use]
    pub fn of_this_turn(payload: Encoded) -> Self {
        Self { kind: turn::kind().into(), payload }
    }

    /// An event of a kind that is known.
    pub(crate) fn new(kind: impl Into<Cow<'static, str>>, payload: Encoded) -> Self {
        Self { kind: kind.into(), payload }
    }

    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its payload as it came.
    #[must_use]
    pub fn payload(&self) -> &Encoded {
        &self.payload
    }

    /// The event as an `E`; none if it is of another kind.
    ///
    /// # Errors
    ///
    /// If the kind is that of `E`, but the payload cannot be read.
    pub fn typed<E: Event>(&self) -> Option<Result<E, DecodeError>> {
        (self.kind == E::KIND).then(|| E::decode(&self.payload))
    }
}

/// The event of this turn, or the end of the turn.
#[doc(hidden)]
pub fn decode<E: Event>(payload: &Encoded) -> E {
    E::decode(payload).unwrap_or_else(|error| {
        fail(Cause::Decode, format_args!("the payload of `{}`: {error}", E::KIND))
    })
}

/// An event as text; none if the payload cannot be read.
#[doc(hidden)]
pub fn render<E: Event>(payload: &Encoded) -> Option<String> {
    E::decode(payload).ok().map(|event| format!("{event:?}"))
}
