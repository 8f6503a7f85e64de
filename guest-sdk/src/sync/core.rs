//! Permits, and tasks that wait for them: what locks and bounded channels are made of.

use crate::{
    host::choice,
    task::executor::{self, Beacon, Describe},
};
use ::core::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::{rc::Rc, sync::Arc};

/// Some permits, and who waits for how many.
pub(super) struct Core {
    /// What it is part of.
    what: &'static str,
    place: &'static Location<'static>,
    state: RefCell<State>,
}

struct State {
    permits: usize,
    closed: bool,
    waiters: Vec<Rc<Waiter>>,
    /// The one that gets the next permits, if there were some but not enough.
    next: Option<Rc<Waiter>>,
    /// The tasks that have permits, one entry for each acquisition.
    holders: Vec<Arc<Beacon>>,
}

struct Waiter {
    need: usize,
    granted: Cell<bool>,
    waker: RefCell<Waker>,
    task: Option<Arc<Beacon>>,
}

/// There will be no more permits.
#[derive(Debug)]
pub(super) struct Closed;

impl Core {
    pub(super) fn new(
        what: &'static str,
        place: &'static Location<'static>,
        permits: usize,
    ) -> Rc<Self> {
        let state =
            State { permits, closed: false, waiters: Vec::new(), next: None, holders: Vec::new() };
        Rc::new(Self { what, place, state: RefCell::new(state) })
    }

    pub(super) fn permits(&self) -> usize {
        self.state.borrow().permits
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.borrow().closed
    }

    /// Permits, if there are enough and nobody waits.
    pub(super) fn try_acquire(&self, need: usize) -> bool {
        let mut state = self.state.borrow_mut();
        if state.closed || state.permits < need || !state.waiters.is_empty() {
            return false;
        }
        state.permits -= need;
        state.holders.extend(executor::current());
        true
    }

    pub(super) fn acquire(self: &Rc<Self>, need: usize) -> Acquire {
        Acquire { core: Rc::clone(self), need, waiter: None }
    }

    /// The task that has permits gives them back.
    fn release(&self, permits: usize, holder: Option<&Arc<Beacon>>) {
        self.leave(holder);
        self.add(permits);
    }

    /// A task has permits no more.
    fn leave(&self, holder: Option<&Arc<Beacon>>) {
        let Some(holder) = holder else { return };
        let mut state = self.state.borrow_mut();
        let place = state.holders.iter().position(|other| Arc::ptr_eq(holder, other));
        place.map(|place| state.holders.remove(place));
    }

    /// New permits.
    pub(super) fn add(&self, permits: usize) {
        self.state.borrow_mut().permits += permits;
        self.assign();
    }

    /// Gives the permits that there are to those who wait.
    fn assign(&self) {
        let mut woken = Vec::new();
        let mut state = self.state.borrow_mut();
        while state.permits > 0 && !state.waiters.is_empty() {
            let needed = state.waiters.iter().try_fold(0_usize, |sum, w| sum.checked_add(w.need));
            let place = match &state.next {
                _ if needed.is_some_and(|needed| needed <= state.permits) => 0,
                Some(next) => state.waiters.iter().position(|w| Rc::ptr_eq(w, next)).unwrap_or(0),
                None => choose(state.waiters.len()),
            };
            if state.waiters[place].need > state.permits {
                state.next = Some(Rc::clone(&state.waiters[place]));
                break;
            }
            let waiter = state.waiters.remove(place);
            state.permits -= waiter.need;
            state.next = None;
            state.holders.extend(waiter.task.clone());
            waiter.granted.set(true);
            woken.push(waiter);
        }
        let others: Vec<_> = match woken.is_empty() {
            true => Vec::new(),
            false => state.waiters.iter().filter_map(|waiter| waiter.task.clone()).collect(),
        };
        drop(state);
        woken.iter().for_each(|waiter| waiter.waker.borrow().wake_by_ref());
        // They wait for somebody else now.
        others.iter().for_each(executor::tell_again);
    }

    /// From now on nobody gets permits.
    pub(super) fn close(&self) {
        let mut state = self.state.borrow_mut();
        state.closed = true;
        let waiters = ::core::mem::take(&mut state.waiters);
        drop(state);
        waiters.iter().for_each(|waiter| waiter.waker.borrow().wake_by_ref());
    }
}

/// One of several, by choice.
#[expect(clippy::cast_possible_truncation, reason = "a component has less memory")]
pub(crate) fn choose(count: usize) -> usize {
    if count < 2 { 0 } else { choice::random_below(count as u32) as usize }
}

impl Describe for Core {
    fn describe(&self) -> String {
        let mut holders: Vec<_> =
            self.state.borrow().holders.iter().filter_map(executor::label).collect();
        holders.dedup();
        let held = match holders.is_empty() {
            true => String::new(),
            false => format!(", held by {}", holders.join(" and ")),
        };
        format!("the {} made at {}{held}", self.what, self.place)
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        let mut debug = f.debug_struct(self.what);
        debug.field("permits", &state.permits).field("waiting", &state.waiters.len());
        debug.finish()
    }
}

/// Permits to come.
pub(super) struct Acquire {
    core: Rc<Core>,
    need: usize,
    waiter: Option<Rc<Waiter>>,
}

impl Future for Acquire {
    type Output = Result<(), Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let this = &mut *self;
        if let Some(waiter) = &this.waiter {
            if waiter.granted.get() && executor::may_end() {
                this.waiter = None;
                return Poll::Ready(Ok(()));
            }
            *waiter.waker.borrow_mut() = cx.waker().clone();
        }
        if this.core.is_closed() && executor::may_end() {
            return Poll::Ready(Err(Closed));
        }
        if this.waiter.is_none() && !this.core.is_closed() {
            let free = {
                let state = this.core.state.borrow();
                state.waiters.is_empty() && state.permits >= this.need
            };
            if free && executor::may_end() {
                this.core.try_acquire(this.need);
                return Poll::Ready(Ok(()));
            }
            if !free {
                let waiter = Rc::new(Waiter {
                    need: this.need,
                    granted: Cell::new(false),
                    waker: RefCell::new(cx.waker().clone()),
                    task: executor::current(),
                });
                this.core.state.borrow_mut().waiters.push(Rc::clone(&waiter));
                this.waiter = Some(waiter);
                // Permits that do not suffice for the others may suffice for this one.
                this.core.assign();
            }
        }
        executor::blocked(Rc::<Core>::clone(&this.core));
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(waiter) = self.waiter.take() else { return };
        if waiter.granted.get() {
            return self.core.release(self.need, waiter.task.as_ref());
        }
        let mut state = self.core.state.borrow_mut();
        state.waiters.retain(|other| !Rc::ptr_eq(other, &waiter));
        let was_next = state.next.take_if(|next| Rc::ptr_eq(next, &waiter)).is_some();
        drop(state);
        if was_next {
            self.core.assign();
        }
    }
}

impl fmt::Debug for Acquire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").finish_non_exhaustive()
    }
}

/// Permits that the running task has. Dropped, they are given back.
pub(super) struct Held {
    core: Rc<Core>,
    permits: usize,
    holder: Option<Arc<Beacon>>,
}

impl Held {
    /// The task has got them.
    pub(super) fn new(core: &Rc<Core>, permits: usize) -> Self {
        Self { core: Rc::clone(core), permits, holder: executor::current() }
    }

    /// They are never given back.
    pub(super) fn forget(mut self) {
        self.permits = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        match self.permits {
            0 => self.core.leave(self.holder.as_ref()),
            permits => self.core.release(permits, self.holder.as_ref()),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("permits", &self.permits).finish_non_exhaustive()
    }
}
