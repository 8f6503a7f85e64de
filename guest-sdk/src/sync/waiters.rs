//! Tasks that wait for something to change, and look again when it has.

use crate::task::executor::{self, Describe};
use core::{
    cell::RefCell,
    fmt,
    panic::Location,
    task::{Context, Poll, Waker},
};
use std::rc::Rc;

/// Wakers of all that look.
pub(super) struct Waiters(RefCell<Vec<Waker>>);

impl Waiters {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Ready if that for which the running task waits, under this name, is so by now; else it looks again at the next
    /// change.
    pub(super) fn poll(&self, cx: &Context<'_>, name: Name, is_so: bool) -> Poll<()> {
        if is_so && executor::may_end() {
            return Poll::Ready(());
        }
        self.add(cx);
        name.blocks();
        Poll::Pending
    }

    fn add(&self, cx: &Context<'_>) {
        let mut wakers = self.0.borrow_mut();
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
    }

    pub(super) fn wake_all(&self) {
        self.0.take().into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for Waiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiters").field("waiting", &self.0.borrow().len()).finish()
    }
}

/// What is waited for, for reports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) what: &'static str,
    pub(super) place: &'static Location<'static>,
}

impl Name {
    /// The running task waits for it.
    pub(super) fn blocks(self) {
        executor::blocked(Rc::new(self));
    }
}

impl Describe for Name {
    fn describe(&self) -> String {
        format!("{} made at {}", self.what, self.place)
    }
}
