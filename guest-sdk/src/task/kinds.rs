//! The kinds of events that a component knows: those that have handlers, then those that may be received.
//!
//! A component describes itself before it runs, so what it may receive must be known then. `#[derive(Event)]` makes a
//! constructor for each event, which the linker takes up if a receive mentions the event.

use crate::{
    Event,
    failure::{Cause, fail},
};
use core::cell::RefCell;

thread_local! {
    static KINDS: RefCell<Kinds> = const { RefCell::new(Kinds { handled: &[], received: Vec::new() }) };
}

struct Kinds {
    /// In the order of the component's table.
    handled: &'static [&'static str],
    /// Sorted where constructors add to it, so that the linker's order does not matter.
    received: Vec<&'static str>,
}

impl Kinds {
    /// In the order of the description.
    fn all(&self) -> impl Iterator<Item = &'static str> {
        let received = self.received.iter().filter(|kind| !self.handled.contains(kind));
        self.handled.iter().chain(received).copied()
    }
}

/// A kind may be received.
#[doc(hidden)]
pub fn mention(kind: &'static str) {
    KINDS.with_borrow_mut(|kinds| {
        if kinds.received.contains(&kind) {
            return;
        }
        // Elsewhere a kind is mentioned when it is received, and those that were before keep their places.
        let place = match cfg!(target_family = "wasm") {
            true => kinds.received.partition_point(|&other| other < kind),
            false => kinds.received.len(),
        };
        kinds.received.insert(place, kind);
    });
}

/// These kinds have handlers.
pub(crate) fn handle(handled: &'static [&'static str]) {
    KINDS.with_borrow_mut(|kinds| kinds.handled = handled);
}

/// Puts the kinds that another actor handles in place.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn swap(handled: &mut &'static [&'static str]) {
    KINDS.with_borrow_mut(|kinds| core::mem::swap(&mut kinds.handled, handled));
}

/// All kinds, in the order of the description.
pub(crate) fn all() -> Vec<String> {
    KINDS.with_borrow(|kinds| kinds.all().map(str::to_owned).collect())
}

/// The index of a kind in the description of the component.
pub(crate) fn index_of<E: Event>() -> u32 {
    E::mention();
    let index = KINDS.with_borrow(|kinds| kinds.all().position(|kind| kind == E::KIND));
    match index.and_then(|index| u32::try_from(index).ok()) {
        Some(index) => index,
        None => fail(Cause::IllegalCall, format_args!("`{}` was not described", E::KIND)),
    }
}

/// The name of a kind, for a host in the same process.
#[cfg(not(target_family = "wasm"))]
pub fn name(index: u32) -> Option<&'static str> {
    KINDS.with_borrow(|kinds| kinds.all().nth(index as usize))
}

/// The index of a kind, for a host in the same process.
#[cfg(not(target_family = "wasm"))]
pub fn index(name: &str) -> Option<u32> {
    let place = KINDS.with_borrow(|kinds| kinds.all().position(|kind| kind == name));
    place.and_then(|place| u32::try_from(place).ok())
}
