//! What tasks ask of the host. Under wasm these are the imports. Elsewhere there is a host if a thread has
//! installed one, which plays its part in tests.

pub(crate) use crate::bindings::coyote::actor::{
    cells::{CellKind, Operation, Value},
    types::{Correlation, TaskId},
    waits::{Wait, Wanted},
};
use crate::{ActorId, payload::Encoded};
use core::time::Duration;

/// The kind of event that is an answer.
pub(crate) const ANSWER: u32 = u32::MAX;

/// The kind of the events of timers that only tasks see.
const SLEEP: &str = "sleep";

#[cfg(target_family = "wasm")]
mod imports {
    use super::*;
    use crate::{
        bindings::coyote::actor::{cells, choice, timers, turn, waits},
        timer::{lift, lower},
    };

    pub(crate) fn park(task: TaskId, label: &str, background: bool, wait: &Wait) {
        waits::park(task, label, background, wait);
    }

    pub(crate) fn done(task: TaskId) {
        waits::done(task);
    }

    pub(crate) fn random_below(bound: u32) -> u32 {
        choice::random_below(bound)
    }

    pub(crate) fn now() -> Duration {
        lift(turn::now())
    }

    pub(crate) fn start_timer(after: Duration) -> u32 {
        timers::start(lower(after), SLEEP, crate::Encoding::Bytes, &[])
    }

    pub(crate) fn stop_timer(timer: u32) {
        timers::stop(timer);
    }

    pub(crate) fn request(to: ActorId, kind: &str, payload: &Encoded) -> Correlation {
        turn::request(to.into(), kind, payload.encoding, &payload.bytes)
    }

    pub(crate) fn try_create_at(id: ActorId, kind: &str, payload: &Encoded) -> Correlation {
        turn::try_create_at(id.into(), kind, payload.encoding, &payload.bytes)
    }

    pub(crate) fn create_cell(kind: CellKind) -> ActorId {
        cells::create(kind).into()
    }

    pub(crate) fn apply(cell: ActorId, operation: &Operation) -> Correlation {
        cells::apply(cell.into(), operation)
    }
}

#[cfg(target_family = "wasm")]
pub(crate) use imports::*;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::*;

/// A host in the same process.
#[cfg(not(target_family = "wasm"))]
pub(crate) mod native {
    use super::*;
    use std::cell::RefCell;

    /// A host. What it is not asked in a test it need not answer.
    pub(crate) trait Host {
        fn park(&mut self, task: TaskId, label: &str, background: bool, wait: &Wait);
        fn done(&mut self, task: TaskId);
        fn random_below(&mut self, bound: u32) -> u32;
        fn now(&mut self) -> Duration;
        fn start_timer(&mut self, after: Duration, kind: &str) -> u32;
        fn stop_timer(&mut self, timer: u32);
        fn ask(&mut self, whom: ActorId, question: Question<'_>) -> Correlation;
        fn create_cell(&mut self, kind: CellKind) -> ActorId;
    }

    /// What is answered later.
    #[derive(Debug)]
    #[cfg_attr(not(test), expect(dead_code, reason = "only a host of a test reads it"))]
    pub(crate) enum Question<'a> {
        Request(&'a str, &'a Encoded),
        Create,
        Operation(&'a Operation),
    }

    thread_local! {
        static HOST: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
    }

    /// From now on this is the host of this thread.
    #[cfg(test)]
    pub(crate) fn install(host: impl Host + 'static) {
        HOST.set(Some(Box::new(host)));
    }

    fn with<T>(body: impl FnOnce(&mut dyn Host) -> T) -> T {
        HOST.with_borrow_mut(|host| {
            body(&mut **host.as_mut().expect("tasks run under a host: build for wasm"))
        })
    }

    pub(crate) fn park(task: TaskId, label: &str, background: bool, wait: &Wait) {
        with(|host| host.park(task, label, background, wait));
    }

    pub(crate) fn done(task: TaskId) {
        with(|host| host.done(task));
    }

    pub(crate) fn random_below(bound: u32) -> u32 {
        with(|host| host.random_below(bound))
    }

    pub(crate) fn now() -> Duration {
        with(|host| host.now())
    }

    pub(crate) fn start_timer(after: Duration) -> u32 {
        with(|host| host.start_timer(after, SLEEP))
    }

    pub(crate) fn stop_timer(timer: u32) {
        with(|host| host.stop_timer(timer));
    }

    pub(crate) fn request(to: ActorId, kind: &str, payload: &Encoded) -> Correlation {
        with(|host| host.ask(to, Question::Request(kind, payload)))
    }

    pub(crate) fn try_create_at(id: ActorId, _: &str, _: &Encoded) -> Correlation {
        with(|host| host.ask(id, Question::Create))
    }

    pub(crate) fn create_cell(kind: CellKind) -> ActorId {
        with(|host| host.create_cell(kind))
    }

    pub(crate) fn apply(cell: ActorId, operation: &Operation) -> Correlation {
        with(|host| host.ask(cell, Question::Operation(operation)))
    }
}
