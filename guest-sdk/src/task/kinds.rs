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
    /// Sorted, so that the linker's order does not matter.
    received: Vec<&'static str>,
}

/// A kind may be received.
#[doc(hidden)]
pub fn mention(kind: &'static str) {
    KINDS.with_borrow_mut(|kinds| {
        if let Err(place) = kinds.received.binary_search(&kind) {
            kinds.received.insert(place, kind);
        }
    });
}

/// These kinds have handlers.
pub(crate) fn handle(handled: &'static [&'static str]) {
    KINDS.with_borrow_mut(|kinds| kinds.handled = handled);
}

/// What may be received and has no handler.
pub(crate) fn received() -> Vec<&'static str> {
    KINDS.with_borrow(|kinds| {
        let others = kinds.received.iter().filter(|kind| !kinds.handled.contains(kind));
        others.copied().collect()
    })
}

/// The index of a kind in the description of the component.
pub(crate) fn index_of<E: Event>() -> u32 {
    E::mention();
    let index = KINDS.with_borrow(|kinds| {
        let received = kinds.received.iter().filter(|kind| !kinds.handled.contains(kind));
        kinds.handled.iter().chain(received).position(|&kind| kind == E::KIND)
    });
    match index.and_then(|index| u32::try_from(index).ok()) {
        Some(index) => index,
        None => fail(Cause::IllegalCall, format_args!("`{}` was not described", E::KIND)),
    }
}

/// The name of a kind.
#[cfg(test)]
pub(crate) fn name(index: u32) -> String {
    KINDS.with_borrow(|kinds| {
        let received = kinds.received.iter().filter(|kind| !kinds.handled.contains(kind));
        kinds.handled.iter().chain(received).nth(index as usize).map_or("?", |kind| kind).to_owned()
    })
}
