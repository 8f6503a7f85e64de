//! Timers on virtual time: a table, not callbacks.

use alloc::collections::{BTreeMap, BTreeSet};
use core::time::Duration;

use crate::actor::Slot;
use crate::event::{Event, Group};

/// A moment of virtual time, counted from the start of the app.
pub type Instant = Duration;

/// The owner's number for a timer, counted from 0, never used twice.
pub type TimerId = u32;

/// What a timer's event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firing {
    /// Which timer.
    pub timer: TimerId,
    /// How many ticks the event stands for (M6).
    pub ticks: u32,
}

/// An armed timer.
#[derive(Clone, Debug)]
pub(crate) struct Timer {
    due: Instant,
    period: Option<Duration>,
    pub(crate) event: Event,
    pub(crate) group: Option<alloc::sync::Arc<Group>>,
}

/// All armed timers of a kernel.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    armed: BTreeMap<(Slot, TimerId), Timer>,
    /// By due time, then by owner and number: the order in which production fires them.
    due: BTreeSet<(Instant, Slot, TimerId)>,
}

impl Timers {
    pub(crate) fn arm(
        &mut self,
        owner: Slot,
        id: TimerId,
        due: Instant,
        period: Option<Duration>,
        event: Event,
        group: Option<alloc::sync::Arc<Group>>,
    ) {
        self.due.insert((due, owner, id));
        self.armed.insert((owner, id), Timer { due, period, event, group });
    }

    /// Whether the timer was armed.
    pub(crate) fn stop(&mut self, owner: Slot, id: TimerId) -> bool {
        let Some(timer) = self.armed.remove(&(owner, id)) else { return false };
        self.due.remove(&(timer.due, owner, id))
    }

    pub(crate) fn stop_all(&mut self, owner: Slot) {
        while let Some((&(_, id), _)) = self.armed.range((owner, 0)..=(owner, TimerId::MAX)).next()
        {
            self.stop(owner, id);
        }
    }

    pub(crate) fn count(&self, owner: Slot) -> usize {
        self.armed.range((owner, 0)..=(owner, TimerId::MAX)).count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|&(due, ..)| due)
    }

    /// Takes the earliest timer that is due by `now`. A periodic one is armed again, one period after
    /// the time it was due at.
    pub(crate) fn fire(&mut self, now: Instant) -> Option<(Slot, TimerId, Timer)> {
        let &(due, owner, id) = self.due.first()?;
        if due > now {
            return None;
        }
        self.due.remove(&(due, owner, id));
        let timer = self.armed.remove(&(owner, id)).expect("a timer that is due is armed");
        if let Some(period) = timer.period {
            let next = due.saturating_add(period);
            self.arm(owner, id, next, Some(period), timer.event.clone(), timer.group.clone());
        }
        Some((owner, id, timer))
    }
}
