//! A channel for one value. A receiver that has [closed](Receiver::close) it counts as gone: nothing more can be sent.

use super::waiters::{Name, Waiters};
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::{Future, poll_fn},
    panic::Location,
    pin::Pin,
    task::{Context, Poll},
};
use std::rc::Rc;

/// A channel for one value.
#[must_use]
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let place = Location::caller();
    let channel = Rc::new(Channel {
        name: Name { what: "a value in the oneshot channel", place },
        end: Name { what: "the end of the oneshot channel", place },
        value: RefCell::new(None),
        sent: Cell::new(false),
        closed: Cell::new(false),
        waiters: Waiters::new(),
    });
    (Sender(Rc::clone(&channel)), Receiver(channel))
}

#[derive(Debug)]
struct Channel<T> {
    name: Name,
    end: Name,
    value: RefCell<Option<T>>,
    /// Whether the sender is gone.
    sent: Cell<bool>,
    /// Whether the receiver wants nothing any more.
    closed: Cell<bool>,
    waiters: Waiters,
}

/// Sends the value.
#[derive(Debug)]
pub struct Sender<T>(Rc<Channel<T>>);

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    ///
    /// The receiver is gone: the value.
    pub fn send(self, value: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(value);
        }
        *self.0.value.borrow_mut() = Some(value);
        Ok(())
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.closed.get()
    }

    /// Waits until the receiver is gone.
    pub async fn closed(&mut self) {
        poll_fn(|cx| self.0.waiters.poll(cx, self.0.end, self.is_closed())).await;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.sent.set(true);
        self.0.waiters.wake_all();
    }
}

/// Receives the value. It is a future, whose output is an error if the sender is gone and sent nothing.
#[derive(Debug)]
pub struct Receiver<T>(Rc<Channel<T>>);

impl<T> Receiver<T> {
    /// From now on nothing can be sent.
    pub fn close(&mut self) {
        self.0.closed.set(true);
        self.0.waiters.wake_all();
    }

    /// The value, if it is there.
    ///
    /// # Errors
    ///
    /// It is not, or never will be.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.0.value.take() {
            Some(value) => Ok(value),
            None if self.0.sent.get() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waits = self.0.waiters.poll(cx, self.0.name, self.0.sent.get());
        waits.map(|()| self.0.value.take().ok_or(RecvError(())))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.close();
    }
}

/// The sender is gone, and sent nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecvError(());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl core::error::Error for RecvError {}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing was sent yet.
    Empty,
    /// Nothing will be sent.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "channel empty",
            Self::Closed => "channel closed",
        })
    }
}

impl core::error::Error for TryRecvError {}
