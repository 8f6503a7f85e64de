//! What the attribute `#[actor]` makes of a type.

use crate::{
    Context,
    payload::{Encoded, Payload},
    states::equal,
};
use core::fmt;

/// An index into [`Actor::KINDS`]; past its end for a kind that is not listed.
#[doc(hidden)]
pub type KindIndex = u32;

/// An actor. Implemented by the attribute [`actor`](macro@crate::actor), never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    label = "not an actor",
    note = "put `#[actor]` on an `impl` block of it"
)]
pub trait Actor: fmt::Debug + Sized + 'static {
    /// The name of the actor in manifests.
    const KIND: &'static str;

    /// What it is created with; `()` if it takes nothing.
    type Initial: Payload;

    /// The kinds of events that have handlers, `*` for the wildcard.
    #[doc(hidden)]
    const KINDS: &'static [&'static str];

    /// The first turn. The error is that of a handler.
    #[doc(hidden)]
    fn initialize(ctx: &Context, initial: &Encoded) -> Result<Self, String>;

    /// A turn with an event.
    #[doc(hidden)]
    fn handle(&mut self, ctx: &Context, kind: KindIndex, payload: Encoded) -> Reaction;

    /// An event as text, if it is of a kind that has a handler.
    #[doc(hidden)]
    fn render_event(kind: &str, payload: &Encoded) -> Option<String>;

    /// What is done about the error of a handler.
    #[doc(hidden)]
    fn on_error(&mut self, _: &Context, _: &HandlerError) -> OnError {
        OnError::Fail
    }

    /// The last action.
    #[doc(hidden)]
    fn on_halt(&mut self, _: &Context) -> Result<(), String> {
        Ok(())
    }
}

/// What came of an event.
#[doc(hidden)]
#[derive(Debug)]
pub enum Reaction {
    /// A handler took it.
    Handled,
    /// A handler took it and returned an error.
    Failed(String),
    /// No handler takes its kind.
    Unhandled,
}

impl<T: Outcome> From<T> for Reaction {
    fn from(outcome: T) -> Self {
        outcome.into_result().map_or_else(Self::Failed, |()| Self::Handled)
    }
}

/// What a handler may return: nothing, or a `Result<(), E>` whose error can be displayed.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "returned by a handler",
    note = "a handler returns nothing, or a `Result<(), E>` where `E: Display`"
)]
pub trait Outcome {
    /// The outcome, its error as text.
    ///
    /// # Errors
    ///
    /// That of the handler.
    fn into_result(self) -> Result<(), String>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: fmt::Display> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

/// What `#[on(init)]` may return: the actor `A`, or a `Result<A, E>` whose error can be displayed.
#[diagnostic::on_unimplemented(
    message = "`#[on(init)]` of `{A}` cannot return `{Self}`",
    label = "returned by `#[on(init)]`",
    note = "without `self` it returns the actor, or a `Result` of the actor and an `E: Display`"
)]
pub trait Start<A> {
    /// The actor, or the error as text.
    ///
    /// # Errors
    ///
    /// That of `#[on(init)]`.
    fn into_actor(self) -> Result<A, String>;
}

impl<A: Actor> Start<A> for A {
    fn into_actor(self) -> Result<A, String> {
        Ok(self)
    }
}

impl<A: Actor, E: fmt::Display> Start<A> for Result<A, E> {
    fn into_actor(self) -> Result<A, String> {
        self.map_err(|error| error.to_string())
    }
}

/// The error of a handler, as `#[on(error)]` gets it.
#[derive(Debug, Clone)]
pub struct HandlerError {
    kind: String,
    message: String,
}

impl HandlerError {
    pub(crate) fn new(kind: String, message: String) -> Self {
        Self { kind, message }
    }

    /// The kind of the event whose handler returned the error.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for HandlerError {}

/// What `#[on(error)]` decides about the error of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The turn never happened; the supervisor of the actor decides.
    Fail,
    /// The turn commits, with what was staged before the error and since.
    Handled,
    /// As `Handled`, and the actor halts.
    Halt,
}

/// Whether no kind has two handlers. Asked while compiling.
#[doc(hidden)]
#[must_use]
pub const fn are_distinct(kinds: &[&str]) -> bool {
    let mut later = 1;
    while later < kinds.len() {
        let mut earlier = 0;
        while earlier < later {
            if equal(kinds[earlier], kinds[later]) {
                return false;
            }
            earlier += 1;
        }
        later += 1;
    }
    true
}
