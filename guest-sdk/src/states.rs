//! States, and how one leads to the next.

use crate::{
    Event,
    payload::Encoded,
    table::{DeclaredState, Temperature},
};
use core::fmt;

/// The states of an actor or a monitor, the start state first. Implemented by the attribute
/// [`states`](macro@crate::states).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enum of states",
    label = "not states",
    note = "put `#[states]` on the enum"
)]
pub trait States: fmt::Debug + Copy + Eq + Sized + 'static {
    /// All of them, in the order of their indices.
    #[doc(hidden)]
    const ALL: &'static [Self];

    /// What is said of each.
    #[doc(hidden)]
    const DECLARED: &'static [DeclaredState];

    /// What several of them may include.
    #[doc(hidden)]
    const SETS: &'static [DeclaredState] = &[];

    /// An event as text, if it is of a kind that a state names.
    #[doc(hidden)]
    fn render_event(_: &str, _: &Encoded) -> Option<String> {
        None
    }

    /// Its place in [`Self::ALL`].
    #[doc(hidden)]
    fn index(self) -> u32;
}

/// The state of a monitor that has no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// It watches.
    Always,
}

impl States for Watching {
    const ALL: &'static [Self] = &[Self::Always];
    const DECLARED: &'static [DeclaredState] = &[DeclaredState {
        name: "watching",
        temperature: Temperature::Warm,
        sets: &[],
        rules: &[],
    }];

    fn index(self) -> u32 {
        0
    }
}

/// What comes next, once a handler is done: at most one thing, and it comes before anything that waits (R1).
#[derive(Debug)]
pub struct Next<S>(pub(crate) Decision<S>);

#[derive(Debug)]
pub(crate) enum Decision<S> {
    Stay,
    Goto(S),
    Push(S),
    Pop,
    /// Rare and large, so apart: what a handler returns is small.
    Raise(Box<Raised>),
    Halt,
}

/// An event that is raised.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) kind: &'static str,
    pub(crate) payload: Encoded,
}

impl<S> Decision<S> {
    /// As authors call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Goto(_) => "goto",
            Self::Push(_) => "push",
            Self::Pop => "pop",
            Self::Raise(_) => "raise",
            Self::Halt => "halt",
        }
    }
}

impl<S: States> Next<S> {
    /// Nothing.
    #[must_use]
    pub fn stay() -> Self {
        Self(Decision::Stay)
    }

    /// The state is left and another one, or the same again, is entered.
    #[must_use]
    pub fn goto(state: S) -> Self {
        Self(Decision::Goto(state))
    }

    /// Another state is put on top of this one, which is not left: its handlers, and what it defers and ignores, still
    /// hold where the upper one has no reaction. Actors only.
    #[must_use]
    pub fn push(state: S) -> Self {
        Self(Decision::Push(state))
    }

    /// The state on top is left; the one below is not entered again. It must not be the last one. Actors only.
    #[must_use]
    pub fn pop() -> Self {
        Self(Decision::Pop)
    }

    /// An event is handled as if it came now.
    #[must_use]
    pub fn raise<E: Event>(event: E) -> Self {
        // X1: a raised halt asks no table.
        if equal(E::KIND, "halt") {
            return Self::halt();
        }
        Self(Decision::Raise(Box::new(Raised { kind: E::KIND, payload: event.encode() })))
    }

    /// The actor ends: no state is left, nothing more is handled, `#[on(halt)]` comes last.
    #[must_use]
    pub fn halt() -> Self {
        Self(Decision::Halt)
    }
}

/// What a handler in the states `S` may return.
///
/// | | |
/// | --- | --- |
/// | `()` | nothing comes next |
/// | `S` | goto that state |
/// | [`Next<S>`] | what it says |
/// | `Option` of these | nothing comes next if it is none |
/// | `Result` of these and an error that can be displayed | the error is a failure |
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "returned by a handler",
    note = "a handler returns nothing, a state, `Next`, an `Option` of these, or a `Result` of these and an `E: Display`"
)]
pub trait IntoNext<S> {
    /// What comes next, or the error as text.
    ///
    /// # Errors
    ///
    /// That of the handler.
    fn into_next(self) -> Result<Next<S>, String>;
}

impl<S: States> IntoNext<S> for () {
    fn into_next(self) -> Result<Next<S>, String> {
        Ok(Next::stay())
    }
}

impl<S: States> IntoNext<S> for S {
    fn into_next(self) -> Result<Next<S>, String> {
        Ok(Next::goto(self))
    }
}

impl<S> IntoNext<S> for Next<S> {
    fn into_next(self) -> Result<Self, String> {
        Ok(self)
    }
}

impl<S: States, T: IntoNext<S>> IntoNext<S> for Option<T> {
    fn into_next(self) -> Result<Next<S>, String> {
        self.map_or_else(|| Ok(Next::stay()), T::into_next)
    }
}

impl<S: States, T: IntoNext<S>, E: fmt::Display> IntoNext<S> for Result<T, E> {
    fn into_next(self) -> Result<Next<S>, String> {
        self.map_err(|error| error.to_string())?.into_next()
    }
}

/// What an action may return while a state is left, at its exit or on the way of a goto: nothing, or a
/// `Result<(), E>` whose error can be displayed.
#[diagnostic::on_unimplemented(
    message = "an exit action cannot return `{Self}`",
    label = "this state is being left: nothing else can come next",
    note = "an exit action returns nothing, or a `Result<(), E>` where `E: Display`"
)]
pub trait Parting {
    /// The outcome, its error as text.
    ///
    /// # Errors
    ///
    /// That of the action.
    fn into_result(self) -> Result<(), String>;
}

impl Parting for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: fmt::Display> Parting for Result<(), E> {
    fn into_result(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

/// `a == b`, which is not const.
pub(crate) const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}
