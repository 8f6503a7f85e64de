//! Waking without a value.

use super::{core::choose, waiters::Name};
use crate::task::executor;
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::rc::Rc;

/// Tells tasks that something has happened. Without a task that waits, one notification is remembered.
pub struct Notify {
    name: Name,
    /// Whether a notification is remembered.
    permit: Cell<bool>,
    /// How often all were notified.
    waves: Cell<u32>,
    waiters: RefCell<Vec<Rc<Waiter>>>,
}

struct Waiter {
    notified: Cell<bool>,
    waker: RefCell<Waker>,
}

impl Notify {
    /// Nothing has happened yet.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self::named("the notification", Location::caller())
    }

    pub(super) fn named(what: &'static str, place: &'static Location<'static>) -> Self {
        Self {
            name: Name { what, place },
            permit: Cell::new(false),
            waves: Cell::new(0),
            waiters: RefCell::new(Vec::new()),
        }
    }

    /// A notification to come. [`notify_waiters`](Self::notify_waiters) counts from this call on, even before it is
    /// awaited.
    pub fn notified(&self) -> Notified<'_> {
        Notified { notify: self, wave: self.waves.get(), waiter: None }
    }

    /// Wakes any one task that waits; if there is none, the next to wait does not.
    pub fn notify_one(&self) {
        if !self.wake_one() {
            self.permit.set(true);
        }
    }

    /// Wakes one, if there is one.
    pub(super) fn wake_one(&self) -> bool {
        let mut waiters = self.waiters.borrow_mut();
        if waiters.is_empty() {
            return false;
        }
        let place = choose(waiters.len());
        let waiter = waiters.remove(place);
        drop(waiters);
        waiter.notified.set(true);
        waiter.waker.borrow().wake_by_ref();
        true
    }

    /// Wakes all tasks that wait. Nothing is remembered for others.
    pub fn notify_waiters(&self) {
        self.waves.set(self.waves.get().wrapping_add(1));
        let waiters = self.waiters.take();
        waiters.iter().for_each(|waiter| waiter.waker.borrow().wake_by_ref());
    }
}

impl Default for Notify {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Notify");
        debug.field("remembered", &self.permit.get());
        debug.field("waiting", &self.waiters.borrow().len()).finish()
    }
}

/// A notification to come.
#[must_use = "nothing waits before it is awaited"]
pub struct Notified<'a> {
    notify: &'a Notify,
    wave: u32,
    waiter: Option<Rc<Waiter>>,
}

impl Notified<'_> {
    /// Waits from now on, without being polled.
    pub(super) fn enlist(&mut self) {
        if self.waiter.is_none() {
            let waiter = Rc::new(Waiter {
                notified: Cell::new(false),
                waker: RefCell::new(Waker::noop().clone()),
            });
            self.notify.waiters.borrow_mut().push(Rc::clone(&waiter));
            self.waiter = Some(waiter);
        }
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let told = this.waiter.as_ref().is_some_and(|waiter| waiter.notified.get())
            || this.wave != this.notify.waves.get();
        let remembered = this.waiter.is_none() && this.notify.permit.get();
        if (told || remembered) && executor::may_end() {
            if !told {
                this.notify.permit.set(false);
            }
            // It is not given to anybody else.
            if let Some(waiter) = this.waiter.take() {
                this.leave(&waiter);
            }
            return Poll::Ready(());
        }
        if !told && !remembered {
            this.enlist();
        }
        if let Some(waiter) = &this.waiter {
            *waiter.waker.borrow_mut() = cx.waker().clone();
        }
        this.notify.name.blocks();
        Poll::Pending
    }
}

impl Notified<'_> {
    fn leave(&self, waiter: &Rc<Waiter>) {
        self.notify.waiters.borrow_mut().retain(|other| !Rc::ptr_eq(other, waiter));
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            self.leave(&waiter);
            if waiter.notified.get() {
                self.notify.notify_one();
            }
        }
    }
}

impl fmt::Debug for Notified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notified").finish_non_exhaustive()
    }
}
