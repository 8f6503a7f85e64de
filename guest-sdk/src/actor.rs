//! What the attribute `#[actor]` makes of a type.

use crate::{
    AnyEvent, Context,
    bindings::exports::coyote::actor::{handler, render, tasks},
    failure::{Broken, Cause},
    payload::{Encoded, Payload},
    states::equal,
};
use core::fmt;

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

    /// What its component exports.
    #[doc(hidden)]
    type Exports: handler::Guest + tasks::Guest + render::Guest;

    /// Which of the callbacks below do something.
    #[doc(hidden)]
    const CALLBACKS: Callbacks = Callbacks::NONE;

    /// Whether `#[on(init)]` is async.
    #[doc(hidden)]
    const STARTS_ASYNC: bool = false;

    /// What comes first.
    #[doc(hidden)]
    fn initialize(
        ctx: &Context,
        initial: &Encoded,
    ) -> impl Future<Output = Result<Self, NotStarted<Self>>>;

    /// An event as text, if it is of a kind that has a handler.
    #[doc(hidden)]
    fn render_event(kind: &str, payload: &Encoded) -> Option<String>;

    /// What is done about the error of a handler.
    #[doc(hidden)]
    fn on_error(&mut self, _: &Context, _: &HandlerError) -> OnError {
        OnError::Fail
    }

    /// Calls a callback. The last argument is the state in which an unhandled event was taken, or 0.
    #[doc(hidden)]
    fn call_back(&mut self, _: &Context, _: Callback, _: &AnyEvent, _: u32) -> Result<(), String> {
        Ok(())
    }

    /// Calls the callback that comes after [`on_error`](Self::on_error).
    #[doc(hidden)]
    fn on_error_handled(&mut self, _: &Context, _: &HandlerError) -> Result<(), String> {
        Ok(())
    }
}

/// An actor without states. What follows from an event is what its handler does.
#[doc(hidden)]
pub trait Plain: Actor {
    /// The kinds of events that have handlers, `*` for the wildcard.
    const KINDS: &'static [&'static str];

    /// A turn with an event; its kind is past the end if it is listed nowhere.
    fn handle(&mut self, ctx: &Context, kind: KindIndex, payload: &Encoded) -> Reaction;

    /// Whether the handler of a kind is async.
    #[must_use]
    fn is_async(_: KindIndex) -> bool {
        false
    }

    /// As `handle`, where the handler is async.
    fn handle_async(
        &mut self,
        _: &Context,
        _: KindIndex,
        _: &Encoded,
    ) -> impl Future<Output = Reaction> {
        async { Reaction::Unhandled }
    }
}

/// An index into the kinds of an actor; past their end for a kind that is not listed.
#[doc(hidden)]
pub type KindIndex = u32;

/// An actor whose `#[on(init)]` returned an error, if it has become one, and the error.
#[doc(hidden)]
#[derive(Debug)]
pub struct NotStarted<A> {
    /// None if `#[on(init)]` was to make it.
    pub actor: Option<A>,
    /// The error.
    pub error: String,
}

/// When a callback is called (section 10).
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {
    /// Before the reaction to an event of the inbox.
    Dequeued,
    /// After it.
    Handled,
    /// Instead of it, where the event is dropped.
    Ignored,
    /// Instead of it, where the event waits.
    Deferred,
    /// Where there is no reaction.
    Unhandled,
    /// Last.
    Halt,
}

impl Callback {
    /// As it is declared.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Dequeued => "`#[on(dequeued)]`",
            Self::Handled => "`#[on(handled)]`",
            Self::Ignored => "`#[on(ignored)]`",
            Self::Deferred => "`#[on(deferred)]`",
            Self::Unhandled => "`#[on(unhandled)]`",
            Self::Halt => "the last action",
        }
    }
}

/// The callbacks that an actor has.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Callbacks(u8);

impl Callbacks {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// These, and one more.
    #[must_use]
    pub const fn and(self, callback: Callback) -> Self {
        Self(self.0 | 1 << callback as u8)
    }

    /// Whether there is this one.
    #[must_use]
    pub const fn has(self, callback: Callback) -> bool {
        self.0 & 1 << callback as u8 != 0
    }
}

/// F1 to F3: what becomes of the turn after an error.
pub(crate) fn settle<A: Actor>(
    actor: &mut A,
    ctx: &Context,
    error: &HandlerError,
) -> Result<(), Broken> {
    let broken = |cause, message| Err(Broken { cause, message });
    let outcome = actor.on_error(ctx, error);
    if outcome == OnError::Fail {
        return if error.is_unhandled() {
            broken(Cause::UnhandledEvent, error.message.clone())
        } else {
            broken(Cause::Error, format!("{}: {error}", error.place))
        };
    }
    if let Err(message) = actor.on_error_handled(ctx, error) {
        return broken(Cause::Error, format!("`#[on(error_handled)]`: {message}"));
    }
    // F5: a halt in both cases.
    if outcome == OnError::Halt || error.is_unhandled() {
        ctx.end();
    }
    Ok(())
}

/// Calls a callback other than the last one, if there is one.
pub(crate) fn call_back<A: Actor>(
    actor: &mut A,
    ctx: &Context,
    callback: Callback,
    event: &AnyEvent,
    state: u32,
) -> Result<(), Broken> {
    match actor.call_back(ctx, callback, event, state) {
        Ok(()) => Ok(()),
        Err(message) => {
            let place = callback.attribute().to_owned();
            settle(actor, ctx, &HandlerError::new(event.kind().to_owned(), place, message))
        }
    }
}

/// X2: the last action.
pub(crate) fn part<A: Actor>(actor: &mut A, ctx: &Context, event: &AnyEvent) -> Result<(), Broken> {
    actor.call_back(ctx, Callback::Halt, event, 0).map_err(|message| {
        let message = format!("{}: {message}", Callback::Halt.attribute());
        Broken { cause: Cause::Error, message }
    })
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

/// The error of a handler, as `#[on(error)]` gets it; or that there is none for an event.
#[derive(Debug, Clone)]
pub struct HandlerError {
    kind: String,
    place: String,
    message: String,
    unhandled: bool,
}

impl HandlerError {
    pub(crate) fn new(kind: String, place: String, message: String) -> Self {
        Self { kind, place, message, unhandled: false }
    }

    pub(crate) fn unhandled(kind: String, message: String) -> Self {
        Self { kind, place: "the event".to_owned(), message, unhandled: true }
    }

    /// The kind of the event whose handler returned the error; empty in the first turn.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What returned the error, in words: `the handler of ..`, `the entry in state ..`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether nothing handles the event. Such an actor halts, unless the turn fails.
    #[must_use]
    pub fn is_unhandled(&self) -> bool {
        self.unhandled
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
