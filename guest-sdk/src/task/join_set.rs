//! A set of tasks that are joined as they end.

use super::{AbortHandle, JoinError, JoinHandle, executor, spawn};
use crate::sync::choose;
use core::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};

/// Tasks with one type of output. Of those that have ended, any may be joined first: a choice. Dropped, it aborts those
/// that have not.
///
/// ```
/// use coyote_guest::task::JoinSet;
///
/// # async fn f() {
/// let mut tasks = JoinSet::new();
/// for number in 1..=3 {
///     tasks.spawn(async move { number * number });
/// }
/// let mut sum = 0;
/// while let Some(square) = tasks.join_next().await {
///     sum += square.expect("nobody aborts it");
/// }
/// assert_eq!(sum, 14);
/// # }
/// ```
pub struct JoinSet<T>(Vec<JoinHandle<T>>);

impl<T> JoinSet<T> {
    /// No tasks.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many tasks were not joined yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all tasks were joined.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops all tasks where they wait. They are still to be joined.
    pub fn abort_all(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }

    /// Lets all tasks go their ways.
    pub fn detach_all(&mut self) {
        self.0.clear();
    }

    /// The place of one that has ended.
    fn ended(&self) -> Option<usize> {
        let ended = (0..self.0.len()).filter(|&place| self.0[place].is_finished());
        let ended: Vec<_> = ended.collect();
        (!ended.is_empty()).then(|| ended[choose(ended.len())])
    }
}

impl<T: 'static> JoinSet<T> {
    /// Starts a task.
    #[track_caller]
    pub fn spawn<F: Future<Output = T> + 'static>(&mut self, task: F) -> AbortHandle {
        let handle = spawn(task);
        let abort = handle.abort_handle();
        self.0.push(handle);
        abort
    }

    /// Waits for one of the tasks to end; none if there is none.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// As [`join_next`](Self::join_next), as a poll.
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        if self.0.iter().any(JoinHandle::is_finished) && executor::may_end() {
            return Poll::Ready(self.try_join_next());
        }
        for handle in self.0.iter_mut().filter(|handle| !handle.is_finished()) {
            let _ = Pin::new(handle).poll(cx);
        }
        Poll::Pending
    }

    /// One of the tasks that have ended, if there is one.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let place = self.ended()?;
        Some(self.0.remove(place).take_output())
    }

    /// Aborts all tasks.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for all tasks to end.
    ///
    /// # Panics
    ///
    /// If one was aborted.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(output) = self.join_next().await {
            outputs.push(output.expect("the tasks of a set that is joined are not aborted"));
        }
        outputs
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_all();
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}
