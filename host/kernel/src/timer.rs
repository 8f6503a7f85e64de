//! Timers on virtual time: a table, not callbacks.

use alloc::collections::{BTreeMap, BTreeSet};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::actor::Slot;
use crate::event::{Event, Group};
use crate::step::Stamped;

/// A moment of virtual time, counted from the start of the app.
pub type Instant = Duration;

/// The owner's number for a timer, counted from 0, never used twice.
pub type TimerId = u32;

/// What a timer's event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Firing {
    /// Which timer.
    pub timer: TimerId,
    /// How many ticks the event stands for (M6).
    pub ticks: u32,
}

/// An armed timer.
#[derive(Clone, Debug)]
pub(crate) struct Timer {
    pub(crate) due: Instant,
    pub(crate) period: Option<Duration>,
    pub(crate) event: Event,
    pub(crate) group: Option<alloc::sync::Arc<Group>>,
    /// What exploration notes about the arming, or the last tick.
    pub(crate) stamp: Stamped,
}

/// All armed timers of a kernel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    armed: BTreeMap<(Slot, TimerId), Timer>,
    /// By due time, then by owner and number: the order in which production fires them.
    due: BTreeSet<(Instant, Slot, TimerId)>,
}

impl Timers {
    pub(crate) fn arm(&mut self, owner: Slot, id: TimerId, timer: Timer) {
        let due = timer.due;
        if let Some(earlier) = self.armed.insert((owner, id), timer) {
            // After 2^32 timers of one actor the numbers begin anew.
            self.due.remove(&(earlier.due, owner, id));
        }
        self.due.insert((due, owner, id));
    }

    /// The timer, if it was armed.
    pub(crate) fn stop(&mut self, owner: Slot, id: TimerId) -> Option<Timer> {
        let timer = self.armed.remove(&(owner, id))?;
        self.due.remove(&(timer.due, owner, id));
        Some(timer)
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

    pub(crate) fn is_armed(&self, owner: Slot, id: TimerId) -> bool {
        self.armed.contains_key(&(owner, id))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|&(due, ..)| due)
    }

    /// Takes the earliest timer that is due by `now`, with the ticks until then. A periodic one is armed
    /// again, a whole number of periods after the time it was due at.
    pub(crate) fn fire(&mut self, now: Instant) -> Option<(Slot, Firing, Timer)> {
        let &(due, owner, id) = self.due.first()?;
        if due > now {
            return None;
        }
        let timer = self.stop(owner, id).expect("a timer that is due is armed");
        let Some(period) = timer.period else {
            return Some((owner, Firing { timer: id, ticks: 1 }, timer));
        };
        let (later, next) = ticks_between(due, period, now);
        self.arm(owner, id, Timer { due: next, ..timer.clone() });
        let ticks = later.saturating_add(1);
        Some((owner, Firing { timer: id, ticks }, timer))
    }

    /// Takes one tick of an armed timer, whether or not it is due, and says when it was due. A periodic one is armed
    /// again, one period later.
    pub(crate) fn tick(&mut self, owner: Slot, id: TimerId) -> Option<(Instant, Timer)> {
        let timer = self.stop(owner, id)?;
        let due = timer.due;
        if let Some(period) = timer.period {
            self.arm(owner, id, Timer { due: due.saturating_add(period), ..timer.clone() });
        }
        Some((due, timer))
    }

    /// The armed timers, the earliest first.
    pub(crate) fn armed(&self) -> impl Iterator<Item = (Instant, Slot, TimerId, &Timer)> {
        self.due.iter().map(|&(due, owner, id)| (due, owner, id, &self.armed[&(owner, id)]))
    }

    /// Notes something about an armed timer.
    pub(crate) fn set_stamp(&mut self, owner: Slot, id: TimerId, stamp: Stamped) {
        if let Some(timer) = self.armed.get_mut(&(owner, id)) {
            timer.stamp = stamp;
        }
    }
}

/// How often a timer that was due at `due` ticks again until `now`, and when it is due after that. All at
/// once: a guest may ask for a period that is far shorter than the driver's steps.
fn ticks_between(due: Instant, period: Duration, now: Instant) -> (u32, Instant) {
    let (elapsed, period) = ((now - due).as_nanos(), period.as_nanos());
    let next = now.saturating_add(Duration::from_nanos_u128(period - elapsed % period));
    (u32::try_from(elapsed / period).unwrap_or(u32::MAX), next)
}
