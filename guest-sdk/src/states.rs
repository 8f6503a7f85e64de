//! States, and how one leads to the next.

use crate::{Event, payload::Encoded};
use core::fmt;

/// The states of a monitor, the start state first. Implemented by the attribute [`states`](macro@crate::states).
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
    const DECLARED: &'static [DeclaredState] =
        &[DeclaredState { name: "watching", temperature: Temperature::Warm, rules: &[] }];

    fn index(self) -> u32 {
        0
    }
}

/// What is said of a state.
#[doc(hidden)]
#[derive(Debug)]
pub struct DeclaredState {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether progress is owed.
    pub temperature: Temperature,
    /// What becomes of events without a handler, by kind; `*` is the wildcard.
    pub rules: &'static [(&'static str, DeclaredReaction)],
}

/// Whether progress is owed in a state.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temperature {
    /// It makes no difference.
    Warm,
    /// It is owed.
    Hot,
    /// It was made.
    Cold,
}

/// What becomes of an event without a handler.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredReaction {
    /// It leads to the state with this index.
    Goto(u32),
    /// It is dropped.
    Ignore,
}

/// What is said of a handler of events.
#[doc(hidden)]
#[derive(Debug)]
pub struct DeclaredHandler {
    /// The kind of its event; `*` is the wildcard.
    pub kind: &'static str,
    /// The indices of the states that have it; none is a handler for those that have no reaction of their own.
    pub states: &'static [u32],
}

/// What comes next, once a handler is done: at most one thing, and it comes before anything that waits (R1).
#[derive(Debug)]
pub struct Next<S>(pub(crate) Decision<S>);

#[derive(Debug)]
pub(crate) enum Decision<S> {
    Stay,
    Goto(S),
    Raise(&'static str, Encoded),
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

    /// An event is handled as if it came now.
    #[must_use]
    pub fn raise<E: Event>(event: E) -> Self {
        Self(Decision::Raise(E::KIND, event.encode()))
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

/// Refuses, while compiling, two reactions of one state to one kind.
#[doc(hidden)]
pub const fn check_declarations(states: &[DeclaredState], handlers: &[DeclaredHandler]) {
    let mut state = 0;
    while state < states.len() {
        check_state(states, state, handlers);
        state += 1;
    }
    let mut one = 0;
    while one < handlers.len() {
        let mut other = one + 1;
        while other < handlers.len() {
            if handlers[one].states.is_empty()
                && handlers[other].states.is_empty()
                && equal(handlers[one].kind, handlers[other].kind)
            {
                refuse("whatever the state", handlers[one].kind);
            }
            other += 1;
        }
        one += 1;
    }
}

const fn check_state(states: &[DeclaredState], state: usize, handlers: &[DeclaredHandler]) {
    let DeclaredState { name, rules, .. } = states[state];
    let mut rule = 0;
    while rule < rules.len() {
        let mut later = rule + 1;
        while later < rules.len() {
            if equal(rules[rule].0, rules[later].0) {
                refuse(name, rules[rule].0);
            }
            later += 1;
        }
        let mut handler = 0;
        while handler < handlers.len() {
            if contains(handlers[handler].states, state)
                && equal(rules[rule].0, handlers[handler].kind)
            {
                refuse(name, rules[rule].0);
            }
            handler += 1;
        }
        rule += 1;
    }
    let mut one = 0;
    while one < handlers.len() {
        let mut other = one + 1;
        while other < handlers.len() {
            if contains(handlers[one].states, state)
                && contains(handlers[other].states, state)
                && equal(handlers[one].kind, handlers[other].kind)
            {
                refuse(name, handlers[one].kind);
            }
            other += 1;
        }
        one += 1;
    }
}

const fn contains(states: &[u32], state: usize) -> bool {
    let mut place = 0;
    while place < states.len() {
        if states[place] as usize == state {
            return true;
        }
        place += 1;
    }
    false
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

/// Panics with a text that names both. Formatting is not const either.
const fn refuse(state: &str, kind: &str) -> ! {
    let parts = ["two reactions to `", kind, "` in state `", state, "`"];
    let mut text = [0; 256];
    let (mut length, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut index = 0;
        while index < bytes.len() && length < text.len() {
            text[length] = bytes[index];
            length += 1;
            index += 1;
        }
        part += 1;
    }
    match core::str::from_utf8(text.split_at(length).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("two reactions to one kind of event"),
    }
}
