//! Channels in which every receiver gets every value.

use super::waiters::{Name, Waiters};
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::poll_fn,
    panic::Location,
};
use std::{collections::VecDeque, rc::Rc};

/// A channel that keeps so many values, at least 1. A receiver that is further behind misses some.
///
/// # Panics
///
/// If `capacity` is 0.
#[must_use]
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "a channel has room for at least one value");
    let channel = Rc::new(Channel {
        name: Name { what: "a value in the broadcast channel", place: Location::caller() },
        capacity,
        kept: RefCell::new(VecDeque::new()),
        dropped: Cell::new(0),
        senders: Cell::new(1),
        receivers: Cell::new(1),
        waiters: Waiters::new(),
    });
    (Sender(Rc::clone(&channel)), Receiver { channel, next: 0 })
}

#[derive(Debug)]
struct Channel<T> {
    name: Name,
    capacity: usize,
    kept: RefCell<VecDeque<T>>,
    /// How many values were sent before those that are kept.
    dropped: Cell<u64>,
    senders: Cell<usize>,
    receivers: Cell<usize>,
    waiters: Waiters,
}

impl<T> Channel<T> {
    fn end(&self) -> u64 {
        self.dropped.get() + self.kept.borrow().len() as u64
    }
}

/// Sends to all receivers. Cloned for more senders.
#[derive(Debug)]
pub struct Sender<T>(Rc<Channel<T>>);

impl<T> Sender<T> {
    /// Sends, and tells how many receivers there are.
    ///
    /// # Errors
    ///
    /// There is none: the value.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let channel = &self.0;
        if channel.receivers.get() == 0 {
            return Err(SendError(value));
        }
        let mut kept = channel.kept.borrow_mut();
        kept.push_back(value);
        let oldest = if kept.len() > channel.capacity { kept.pop_front() } else { None };
        drop(kept);
        channel.dropped.set(channel.dropped.get() + u64::from(oldest.is_some()));
        channel.waiters.wake_all();
        Ok(channel.receivers.get())
    }

    /// A receiver of what is sent from now on.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        self.0.receivers.set(self.0.receivers.get() + 1);
        Receiver { channel: Rc::clone(&self.0), next: self.0.end() }
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.0.receivers.get()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.senders.set(self.0.senders.get() + 1);
        Self(Rc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.senders.set(self.0.senders.get() - 1);
        if self.0.senders.get() == 0 {
            self.0.waiters.wake_all();
        }
    }
}

/// Receives all values.
#[derive(Debug)]
pub struct Receiver<T> {
    channel: Rc<Channel<T>>,
    /// How many values come before the next.
    next: u64,
}

impl<T: Clone> Receiver<T> {
    /// Waits for the next value.
    ///
    /// # Errors
    ///
    /// Values were missed, or all senders are gone and all values received.
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        poll_fn(|cx| {
            let is_over = self.channel.senders.get() == 0;
            let is_there = self.next < self.channel.end();
            self.channel.waiters.poll(cx, self.channel.name, is_there || is_over)
        })
        .await;
        self.try_recv().map_err(|error| match error {
            TryRecvError::Lagged(missed) => RecvError::Lagged(missed),
            TryRecvError::Empty | TryRecvError::Closed => RecvError::Closed,
        })
    }

    /// The next value, if it is there.
    ///
    /// # Errors
    ///
    /// It is not, values were missed, or all senders are gone and all values received.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let first = self.channel.dropped.get();
        if self.next < first {
            let missed = first - self.next;
            self.next = first;
            return Err(TryRecvError::Lagged(missed));
        }
        let place = usize::try_from(self.next - first).unwrap_or(usize::MAX);
        let value = self.channel.kept.borrow().get(place).cloned();
        match value {
            Some(value) => {
                self.next += 1;
                Ok(value)
            }
            None if self.channel.senders.get() == 0 => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// A receiver of what is sent from now on.
    #[must_use]
    pub fn resubscribe(&self) -> Self {
        self.channel.receivers.set(self.channel.receivers.get() + 1);
        Self { channel: Rc::clone(&self.channel), next: self.channel.end() }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.receivers.set(self.channel.receivers.get() - 1);
    }
}

/// There is no receiver. Holds what was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> core::error::Error for SendError<T> {}

/// Why no value was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// All senders are gone, and all values were received.
    Closed,
    /// So many values were missed; the next one that is kept is received next.
    Lagged(u64),
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("channel closed"),
            Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
        }
    }
}

impl core::error::Error for RecvError {}

/// Why no value was received at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing is there yet.
    Empty,
    /// All senders are gone, and all values were received.
    Closed,
    /// So many values were missed.
    Lagged(u64),
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("channel empty"),
            Self::Closed => f.write_str("channel closed"),
            Self::Lagged(missed) => write!(f, "channel lagged by {missed}"),
        }
    }
}

impl core::error::Error for TryRecvError {}
