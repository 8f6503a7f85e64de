//! Waiting for a condition on a locked value. Tokio has none; this one is like std's.

use super::{mutex::MutexGuard, notify::Notify};
use core::panic::Location;

/// Tasks that wait until somebody has changed what a mutex holds. Nothing is remembered without a task that waits.
///
/// ```
/// use coyote_guest::{join, sync::{Condvar, Mutex}};
///
/// # async fn f() {
/// let (jobs, changed) = (Mutex::new(Vec::new()), Condvar::new());
/// let give = async {
///     jobs.lock().await.push(7);
///     changed.notify_one();
/// };
/// let take = async {
///     let mut jobs = changed.wait_while(jobs.lock().await, |jobs| jobs.is_empty()).await;
///     jobs.pop()
/// };
/// assert_eq!(join!(give, take), ((), Some(7)));
/// # }
/// ```
#[derive(Debug)]
pub struct Condvar(Notify);

impl Condvar {
    /// Nobody waits.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self(Notify::named("the condition", Location::caller()))
    }

    /// Frees the mutex, waits for a notification, and locks it again.
    pub async fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let mutex = guard.mutex;
        let mut notified = self.0.notified();
        notified.enlist();
        drop(guard);
        notified.await;
        mutex.lock().await
    }

    /// Waits until the condition does not hold. It is asked at once, then after each notification.
    pub async fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// Wakes any one task that waits.
    pub fn notify_one(&self) {
        self.0.wake_one();
    }

    /// Wakes all tasks that wait.
    pub fn notify_all(&self) {
        self.0.notify_waiters();
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
