//! What a task waits for that the host brings.

use super::executor;
use crate::{
    Context as Turn,
    bindings::coyote::actor::{types::TaskId, waits::Wait as What},
    failure::{Cause, fail},
    payload::Encoded,
};
use core::{
    cell::{Cell, RefCell},
    fmt,
    task::{Context, Poll, Waker},
};
use std::rc::Rc;

/// What the host brings.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Nothing but that it is time.
    Time,
    /// An event of one of the actor's kinds.
    Event(u32, Encoded),
    /// An answer, or an error.
    Answer(Result<Encoded, String>),
}

/// One wait, shared by the future and the table of the executor.
pub(crate) struct Wait {
    what: What,
    /// How the host knows it.
    id: Cell<Option<TaskId>>,
    waker: RefCell<Option<Waker>>,
    delivery: RefCell<Option<Delivery>>,
    over: Cell<bool>,
}

impl Wait {
    pub(super) fn what(&self) -> &What {
        &self.what
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    pub(super) fn has(&self, id: TaskId) {
        self.id.set(Some(id));
    }

    pub(super) fn deliver(&self, delivery: Delivery) {
        self.id.set(None);
        *self.delivery.borrow_mut() = Some(delivery);
        let waker = self.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

/// The part of a future that waits for the host. Dropped, it waits no more.
pub(crate) struct Waiting(Option<Rc<Wait>>);

impl Waiting {
    /// It begins at the first poll.
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// What it waits for is made at the first poll.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        what: impl FnOnce() -> What,
    ) -> Poll<Delivery> {
        let wait = self.0.get_or_insert_with(|| {
            if executor::current().is_none() {
                fail(Cause::IllegalCall, format_args!("an await outside of the actor's tasks"));
            }
            // W5.
            if Turn::of_this_turn().is_halting() {
                fail(Cause::IllegalCall, format_args!("a wait of an actor that halts"));
            }
            let wait = Rc::new(Wait {
                what: what(),
                id: Cell::new(None),
                waker: RefCell::new(None),
                delivery: RefCell::new(None),
                over: Cell::new(false),
            });
            executor::begin(&wait);
            wait
        });
        let there = wait.delivery.borrow().is_some();
        if there && executor::may_end() {
            let delivery = wait.delivery.take().expect("it is there");
            wait.over.set(true);
            return Poll::Ready(delivery);
        }
        *wait.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the host was asked and has not answered.
    pub(crate) fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(|wait| !wait.over.get() && wait.delivery.borrow().is_none())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(wait) = self.0.take() else { return };
        wait.over.set(true);
        if let Some(id) = wait.id.take() {
            executor::forget(&wait, id);
        }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}
