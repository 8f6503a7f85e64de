//! Channels with many senders and one receiver. What one sender sends keeps its order.
//!
//! A receiver that has [closed](Receiver::close) its channel counts as gone: nothing more can be sent.

use super::{
    core::{Core, Held},
    waiters::{Name, Waiters},
};
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::poll_fn,
    panic::Location,
    task::{Context, Poll},
};
use std::{collections::VecDeque, rc::Rc};

/// A channel for at most so many values that were not received yet, at least 1.
///
/// # Panics
///
/// If `capacity` is 0.
#[must_use]
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "a channel has room for at least one value");
    let channel = Channel::new(Location::caller(), capacity);
    (Sender(Half(Rc::clone(&channel))), Receiver(Inbox(channel)))
}

/// A channel for any number of values.
#[must_use]
#[track_caller]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let channel = Channel::new(Location::caller(), 0);
    (UnboundedSender(Half(Rc::clone(&channel))), UnboundedReceiver(Inbox(channel)))
}

#[derive(Debug)]
struct Channel<T> {
    name: Name,
    end: Name,
    queue: RefCell<VecDeque<T>>,
    /// Permits to send.
    room: Rc<Core>,
    capacity: usize,
    senders: Cell<usize>,
    /// How many permits to send are in somebody's hand.
    reserved: Cell<usize>,
    closed: Cell<bool>,
    /// The receiver, and senders that wait for its end.
    waiters: Waiters,
}

impl<T> Channel<T> {
    fn new(place: &'static Location<'static>, capacity: usize) -> Rc<Self> {
        Rc::new(Self {
            name: Name { what: "a value in the channel", place },
            end: Name { what: "the end of the channel", place },
            queue: RefCell::new(VecDeque::new()),
            room: Core::new("room in the channel", place, capacity),
            capacity,
            senders: Cell::new(1),
            reserved: Cell::new(0),
            closed: Cell::new(false),
            waiters: Waiters::new(),
        })
    }

    fn push(&self, value: T) {
        self.queue.borrow_mut().push_back(value);
        self.waiters.wake_all();
    }

    fn pop(&self) -> Option<T> {
        let value = self.queue.borrow_mut().pop_front()?;
        if self.capacity > 0 {
            self.room.add(1);
        }
        Some(value)
    }

    /// Whether nothing more can come than what is there.
    fn is_over(&self) -> bool {
        self.senders.get() == 0 || (self.closed.get() && self.reserved.get() == 0)
    }

    fn close(&self) {
        self.closed.set(true);
        self.room.close();
        self.waiters.wake_all();
    }
}

/// What all senders do.
#[derive(Debug)]
struct Half<T>(Rc<Channel<T>>);

impl<T> Half<T> {
    async fn closed(&self) {
        poll_fn(|cx| self.0.waiters.poll(cx, self.0.end, self.0.closed.get())).await;
    }
}

impl<T> Clone for Half<T> {
    fn clone(&self) -> Self {
        self.0.senders.set(self.0.senders.get() + 1);
        Self(Rc::clone(&self.0))
    }
}

impl<T> Drop for Half<T> {
    fn drop(&mut self) {
        self.0.senders.set(self.0.senders.get() - 1);
        if self.0.senders.get() == 0 {
            self.0.waiters.wake_all();
        }
    }
}

/// What all receivers do.
#[derive(Debug)]
struct Inbox<T>(Rc<Channel<T>>);

impl<T> Inbox<T> {
    fn poll_recv(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        let is_empty = self.0.queue.borrow().is_empty();
        let waits = self.0.waiters.poll(cx, self.0.name, !is_empty || self.0.is_over());
        waits.map(|()| self.0.pop())
    }

    fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.0.pop() {
            Some(value) => Ok(value),
            None if self.0.is_over() => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        self.0.close();
        let left = self.0.queue.take();
        drop(left);
    }
}

/// Sends into a bounded channel. Cloned for more senders.
#[derive(Debug)]
pub struct Sender<T>(Half<T>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Sender<T> {
    /// Waits for room, and sends. Who of several gets the room is a choice.
    ///
    /// # Errors
    ///
    /// The receiver is gone: the value.
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        match self.reserve().await {
            Ok(permit) => {
                permit.send(value);
                Ok(())
            }
            Err(_) => Err(SendError(value)),
        }
    }

    /// Waits for room, and keeps it for a value that is sent later. Who of several gets the room is a choice.
    ///
    /// ```
    /// use coyote_guest::sync::mpsc;
    ///
    /// # async fn f() {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// let permit = sender.reserve().await.expect("the receiver is there");
    /// assert!(sender.try_send(2).is_err());
    /// permit.send(1);
    /// assert_eq!(receiver.recv().await, Some(1));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The receiver is gone.
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.0.0.room.acquire(1).await.map_err(|_| SendError(()))?;
        Ok(Permit { room: Reserved::new(&self.0.0), _sender: self })
    }

    /// As [`reserve`](Self::reserve), without a lifetime. The permit gives the sender back.
    ///
    /// # Errors
    ///
    /// The receiver is gone.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.0.0.room.acquire(1).await.map_err(|_| SendError(()))?;
        Ok(OwnedPermit { room: Reserved::new(&self.0.0), sender: self })
    }

    /// Keeps room for a value that is sent later, if there is some.
    ///
    /// # Errors
    ///
    /// There is no room, or the receiver is gone.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        let channel = &self.0.0;
        if channel.closed.get() {
            return Err(TrySendError::Closed(()));
        }
        if !channel.room.try_acquire(1) {
            return Err(TrySendError::Full(()));
        }
        Ok(Permit { room: Reserved::new(channel), _sender: self })
    }

    /// Sends, if there is room.
    ///
    /// # Errors
    ///
    /// There is no room, or the receiver is gone: the value.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.try_reserve() {
            Ok(permit) => {
                permit.send(value);
                Ok(())
            }
            Err(TrySendError::Full(())) => Err(TrySendError::Full(value)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(value)),
        }
    }

    /// How many values there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.0.room.permits()
    }

    /// How many values there is room for at most.
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.0.0.capacity
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.0.closed.get()
    }

    /// Waits until the receiver is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// Room in a channel. Dropped, it is given back.
#[derive(Debug)]
struct Reserved<T> {
    /// None once it is used.
    held: Option<Held>,
    channel: Rc<Channel<T>>,
}

impl<T> Reserved<T> {
    /// The running task has got it.
    fn new(channel: &Rc<Channel<T>>) -> Self {
        channel.reserved.set(channel.reserved.get() + 1);
        let held = Held::new(&channel.room, 1);
        Self { held: Some(held), channel: Rc::clone(channel) }
    }

    fn send(mut self, value: T) {
        if let Some(held) = self.held.take() {
            held.forget();
        }
        self.channel.push(value);
    }
}

impl<T> Drop for Reserved<T> {
    fn drop(&mut self) {
        self.channel.reserved.set(self.channel.reserved.get() - 1);
        if self.channel.is_over() {
            self.channel.waiters.wake_all();
        }
    }
}

/// Room for one value in a bounded channel. Dropped, it is given back.
#[derive(Debug)]
#[must_use = "dropped, it is given back"]
pub struct Permit<'a, T> {
    room: Reserved<T>,
    _sender: &'a Sender<T>,
}

impl<T> Permit<'_, T> {
    /// Sends a value.
    pub fn send(self, value: T) {
        self.room.send(value);
    }
}

/// Room for one value in a bounded channel, and the sender. Dropped, both are given back.
#[derive(Debug)]
#[must_use = "dropped, it is given back"]
pub struct OwnedPermit<T> {
    room: Reserved<T>,
    sender: Sender<T>,
}

impl<T> OwnedPermit<T> {
    /// Sends a value, and gives the sender.
    pub fn send(self, value: T) -> Sender<T> {
        self.room.send(value);
        self.sender
    }

    /// Gives the room back, and the sender.
    pub fn release(self) -> Sender<T> {
        self.sender
    }
}

/// Sends into an unbounded channel. Cloned for more senders.
#[derive(Debug)]
pub struct UnboundedSender<T>(Half<T>);

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> UnboundedSender<T> {
    /// Sends.
    ///
    /// # Errors
    ///
    /// The receiver is gone: the value.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        self.0.0.push(value);
        Ok(())
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.0.closed.get()
    }

    /// Waits until the receiver is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

macro_rules! receiver {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Debug)]
        pub struct $name<T>(Inbox<T>);

        impl<T> $name<T> {
            /// Waits for the next value; none once all senders are gone and all values received.
            pub async fn recv(&mut self) -> Option<T> {
                poll_fn(|cx| self.0.poll_recv(cx)).await
            }

            /// As [`recv`](Self::recv), for futures written by hand.
            pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
                self.0.poll_recv(cx)
            }

            /// The next value, if it is there.
            ///
            /// # Errors
            ///
            /// It is not, or never will be.
            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                self.0.try_recv()
            }

            /// From now on nothing can be sent; what was sent is still received.
            pub fn close(&mut self) {
                self.0.0.close();
            }

            /// How many values were sent and not received.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.0.queue.borrow().len()
            }

            /// Whether all that was sent was received.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.0.queue.borrow().is_empty()
            }
        }
    };
}

receiver!(Receiver, "Receives from a bounded channel.");
receiver!(UnboundedReceiver, "Receives from an unbounded channel.");

/// The receiver is gone. Holds what was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> core::error::Error for SendError<T> {}

/// Why something was not sent. Holds what was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room.
    Full(T),
    /// The receiver is gone.
    Closed(T),
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "no available capacity",
            Self::Closed(_) => "channel closed",
        })
    }
}

impl<T: fmt::Debug> core::error::Error for TrySendError<T> {}

/// Why nothing was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing is there yet.
    Empty,
    /// Nothing will come.
    Disconnected,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "receiving on an empty channel",
            Self::Disconnected => "receiving on a closed channel",
        })
    }
}

impl core::error::Error for TryRecvError {}
