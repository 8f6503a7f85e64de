//! Waiting for each other.

use super::waiters::{Name, Waiters};
use core::{cell::Cell, future::poll_fn, panic::Location};

/// Tasks that wait until so many of them do.
#[derive(Debug)]
pub struct Barrier {
    name: Name,
    size: usize,
    waiting: Cell<usize>,
    /// How often it was reached.
    waves: Cell<u32>,
    waiters: Waiters,
}

impl Barrier {
    /// A barrier for so many tasks, 0 being 1.
    #[must_use]
    #[track_caller]
    pub fn new(size: usize) -> Self {
        Self {
            name: Name { what: "the barrier", place: Location::caller() },
            size: size.max(1),
            waiting: Cell::new(0),
            waves: Cell::new(0),
            waiters: Waiters::new(),
        }
    }

    /// Waits for the others. One of them leads: the last to come.
    pub async fn wait(&self) -> BarrierWaitResult {
        let wave = self.waves.get();
        self.waiting.set(self.waiting.get() + 1);
        if self.waiting.get() == self.size {
            self.waiting.set(0);
            self.waves.set(wave.wrapping_add(1));
            self.waiters.wake_all();
            return BarrierWaitResult(true);
        }
        let mut place = Place { barrier: self, wave, left: false };
        poll_fn(|cx| self.waiters.poll(cx, self.name, self.waves.get() != wave)).await;
        place.left = true;
        BarrierWaitResult(false)
    }
}

/// The place of a task that waits. Dropped, it waits no more.
struct Place<'a> {
    barrier: &'a Barrier,
    wave: u32,
    left: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.left && self.barrier.waves.get() == self.wave {
            self.barrier.waiting.set(self.barrier.waiting.get() - 1);
        }
    }
}

/// What came of waiting at a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this task came last.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}
