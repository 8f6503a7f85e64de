//! Tasks: code of one actor that waits, and goes on when the host says so (section 15).
//!
//! An `async` handler and what it [spawns](spawn) live in the memory of their actor and share it. One of them runs at a
//! time, from await to await; each such stretch is a turn. Which of those that are ready goes on is a choice, so
//! exploration tries every order, and nothing else is uncontrolled.
//!
//! The names are those of `tokio::task`; see also [`sync`](crate::sync) and [`time`](crate::time).

pub(crate) mod executor;
pub(crate) mod join;
mod join_set;
#[doc(hidden)]
pub mod kinds;
mod receive;
mod request;
pub(crate) mod select;
pub(crate) mod wait;

#[cfg(test)]
#[expect(clippy::allow_attributes, reason = "`select!` takes any pattern")]
mod tests;

pub use join::{JoinAll, join_all};
pub use join_set::JoinSet;
pub use receive::Receive;
pub use request::{IdInUse, Request, RequestError, TryCreate};

pub(crate) use request::Answer;

use crate::failure::{Cause, fail};
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::{Future, poll_fn},
    panic::Location,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use executor::{Beacon, Describe};
use std::{rc::Rc, sync::Arc};

/// Starts a task. It runs when the host says so, beside the one that spawned it, and may outlive it.
///
/// A task that waits when nothing can happen any more is deadlocked, unless it was [spawned in the
/// background](spawn_background). Reports name it by the place of this call.
///
/// ```
/// use coyote_guest::prelude::*;
/// use coyote_guest::{sync::mpsc, task};
///
/// # async fn f() {
/// let (sender, mut receiver) = mpsc::channel(4);
/// let worker = task::spawn(async move {
///     let mut sum = 0;
///     while let Some(number) = receiver.recv().await {
///         sum += number;
///     }
///     sum
/// });
/// for number in 1..=10 {
///     sender.send(number).await.expect("the worker receives");
/// }
/// drop(sender);
/// ensure!(worker.await == Ok(55));
/// # }
/// ```
#[track_caller]
pub fn spawn<F: Future<Output: 'static> + 'static>(future: F) -> JoinHandle<F::Output> {
    start(future, false, Location::caller())
}

/// Starts a task that may wait for ever.
#[track_caller]
pub fn spawn_background<F: Future<Output: 'static> + 'static>(future: F) -> JoinHandle<F::Output> {
    start(future, true, Location::caller())
}

fn start<F: Future<Output: 'static> + 'static>(
    future: F,
    background: bool,
    place: &'static Location<'static>,
) -> JoinHandle<F::Output> {
    let end = Rc::new(End { id: Cell::new(0), place, state: RefCell::new(Ending::NotYet(None)) });
    let guard = EndGuard(Rc::clone(&end));
    let code = Box::pin(async move {
        let output = future.await;
        guard.0.come(Some(output));
    });
    let beacon = executor::spawn(|id| label(id, place), background, code);
    end.id.set(beacon.id());
    JoinHandle { beacon, end }
}

/// How a task is called in reports.
fn label(id: u32, place: &Location<'static>) -> String {
    format!("task {id}, spawned at {place}")
}

/// A spawned task. Awaited, it gives what the task gives; dropped, it lets the task go its way.
pub struct JoinHandle<T> {
    beacon: Arc<Beacon>,
    end: Rc<End<T>>,
}

struct End<T> {
    id: Cell<u32>,
    place: &'static Location<'static>,
    state: RefCell<Ending<T>>,
}

enum Ending<T> {
    NotYet(Option<Waker>),
    /// As `NotYet`, where the actor is told of an error.
    Detached(fn(T) -> Option<String>),
    Ended(T),
    Aborted,
    Taken,
}

impl<T> End<T> {
    /// None if it was aborted.
    fn come(&self, output: Option<T>) {
        let ending = output.map_or(Ending::Aborted, Ending::Ended);
        match self.state.replace(ending) {
            Ending::NotYet(Some(waker)) => waker.wake(),
            Ending::Detached(error) => {
                if let Ending::Ended(output) = self.state.replace(Ending::Taken)
                    && let Some(error) = error(output)
                {
                    executor::fail_detached(label(self.id.get(), self.place), error);
                }
            }
            _ => {}
        }
    }

    fn has_come(&self) -> bool {
        !matches!(*self.state.borrow(), Ending::NotYet(_) | Ending::Detached(_))
    }
}

impl<T> Describe for End<T> {
    fn describe(&self) -> String {
        format!("the end of {}", label(self.id.get(), self.place))
    }
}

/// Dropped with a task that did not come to its end.
struct EndGuard<T>(Rc<End<T>>);

impl<T> Drop for EndGuard<T> {
    fn drop(&mut self) {
        if !self.0.has_come() {
            self.0.come(None);
        }
    }
}

impl<T> JoinHandle<T> {
    /// Drops the task where it waits; nothing happens if it has ended.
    pub fn abort(&self) {
        if !self.end.has_come() {
            executor::abort(&self.beacon);
        }
    }

    /// What aborts the task, without its output.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle(Arc::clone(&self.beacon))
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.end.has_come()
    }

    /// The output of a task that has ended.
    fn take_output(&self) -> Result<T, JoinError> {
        match self.end.state.replace(Ending::Taken) {
            Ending::Ended(output) => Ok(output),
            Ending::Aborted => Err(JoinError(())),
            Ending::NotYet(_) | Ending::Detached(_) | Ending::Taken => polled_again(),
        }
    }
}

/// Aborts a task.
#[derive(Clone)]
pub struct AbortHandle(Arc<Beacon>);

impl AbortHandle {
    /// Drops the task where it waits; nothing happens if it has ended.
    pub fn abort(&self) {
        executor::abort(&self.0);
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        executor::label(&self.0).is_none()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AbortHandle").field(&self.0.id()).finish()
    }
}

impl<T, E: fmt::Display> JoinHandle<Result<T, E>> {
    /// Lets the task go its way. If it ends with an error, that goes to `#[on(error)]` of the actor as soon as no
    /// handler is under way; without one, or if that says so, the turn fails.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// # async fn deliver() -> Result<(), String> { Ok(()) }
    /// # fn f() {
    /// coyote_guest::spawn(deliver()).detach();
    /// # }
    /// ```
    pub fn detach(self) {
        let error: fn(Result<T, E>) -> _ = |output| output.err().map(|error| error.to_string());
        match self.end.state.replace(Ending::Detached(error)) {
            Ending::Ended(output) => self.end.come(Some(output)),
            Ending::Aborted => self.end.come(None),
            Ending::NotYet(_) | Ending::Detached(_) | Ending::Taken => {}
        }
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.end.has_come() && executor::may_end() {
            return Poll::Ready(self.take_output());
        }
        if let Ending::NotYet(waker) = &mut *self.end.state.borrow_mut() {
            *waker = Some(cx.waker().clone());
        }
        executor::blocked(Rc::<End<T>>::clone(&self.end));
        Poll::Pending
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.end.place;
        f.debug_struct("JoinHandle").field("spawned at", place).finish_non_exhaustive()
    }
}

/// A task has no output: it was aborted. (A panic ends the turn of the whole actor.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinError(());

impl JoinError {
    /// Whether it was aborted.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        true
    }

    /// Whether it panicked: it did not, or nobody would be there to ask.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        false
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was aborted")
    }
}

impl core::error::Error for JoinError {}

/// Lets other tasks go before, or not: a pure choice.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded && executor::may_end() {
            return Poll::Ready(());
        }
        if !yielded {
            yielded = true;
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

#[cold]
fn wrong_delivery() -> ! {
    fail(Cause::IllegalCall, format_args!("a task waits for something else than it got"))
}

#[cold]
pub(crate) fn polled_again() -> ! {
    panic!("a future was polled after it had ended")
}
