//! A value that is watched: receivers see the latest, not each.

use super::waiters::{Name, Waiters};
use core::{
    cell::{self, Cell, RefCell},
    fmt,
    future::poll_fn,
    ops::Deref,
    panic::Location,
};
use std::rc::Rc;

/// A value, and one who watches it.
#[must_use]
#[track_caller]
pub fn channel<T>(initial: T) -> (Sender<T>, Receiver<T>) {
    let place = Location::caller();
    let channel = Rc::new(Channel {
        name: Name { what: "a change of the watched value", place },
        end: Name { what: "the end of all who watch the value", place },
        value: RefCell::new(initial),
        version: Cell::new(0),
        senders: Cell::new(1),
        receivers: Cell::new(1),
        waiters: Waiters::new(),
    });
    (Sender(Rc::clone(&channel)), Receiver { channel, seen: 0 })
}

#[derive(Debug)]
struct Channel<T> {
    name: Name,
    end: Name,
    value: RefCell<T>,
    version: Cell<u32>,
    senders: Cell<usize>,
    receivers: Cell<usize>,
    waiters: Waiters,
}

impl<T> Channel<T> {
    fn borrow(&self) -> Ref<'_, T> {
        Ref(self.value.borrow())
    }
}

/// The watched value. Whoever changes it while it is borrowed panics: do not keep it across an await.
pub struct Ref<'a, T>(cell::Ref<'a, T>);

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Changes the value. Cloned for more senders.
#[derive(Debug)]
pub struct Sender<T>(Rc<Channel<T>>);

impl<T> Sender<T> {
    /// Changes the value, and tells those who watch.
    ///
    /// # Errors
    ///
    /// Nobody watches: the value, which did not change.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        drop(self.send_replace(value));
        Ok(())
    }

    /// Changes the value, watched or not, and gives the old one.
    pub fn send_replace(&self, value: T) -> T {
        let old = self.0.value.replace(value);
        self.changed();
        old
    }

    /// Changes the value in place.
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        modify(&mut self.0.value.borrow_mut());
        self.changed();
    }

    /// Changes the value in place, and tells only if the function says that it did. Whether it did.
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let modified = modify(&mut self.0.value.borrow_mut());
        if modified {
            self.changed();
        }
        modified
    }

    fn changed(&self) {
        self.0.version.set(self.0.version.get().wrapping_add(1));
        self.0.waiters.wake_all();
    }

    /// The value.
    #[must_use]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// Another who watches, and has seen the present value.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        self.0.receivers.set(self.0.receivers.get() + 1);
        Receiver { channel: Rc::clone(&self.0), seen: self.0.version.get() }
    }

    /// How many watch.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.0.receivers.get()
    }

    /// Whether nobody watches.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.receivers.get() == 0
    }

    /// Waits until nobody watches.
    pub async fn closed(&self) {
        poll_fn(|cx| self.0.waiters.poll(cx, self.0.end, self.is_closed())).await;
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

/// Watches the value. Cloned for more who do.
#[derive(Debug)]
pub struct Receiver<T> {
    channel: Rc<Channel<T>>,
    seen: u32,
}

impl<T> Receiver<T> {
    /// The value, which does not count as seen.
    #[must_use]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.channel.borrow()
    }

    /// The value, which is now seen.
    #[must_use]
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.seen = self.channel.version.get();
        self.channel.borrow()
    }

    /// Whether the value was not seen yet.
    ///
    /// # Errors
    ///
    /// All senders are gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        if self.channel.senders.get() == 0 {
            return Err(RecvError(()));
        }
        Ok(self.seen != self.channel.version.get())
    }

    /// Waits for a value that was not seen yet, and counts it as seen.
    ///
    /// # Errors
    ///
    /// All senders are gone, and the last value was seen.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        let channel = &self.channel;
        let has_changed = || self.seen != channel.version.get();
        poll_fn(|cx| {
            let is_over = channel.senders.get() == 0;
            channel.waiters.poll(cx, channel.name, has_changed() || is_over)
        })
        .await;
        let changed = has_changed();
        self.seen = channel.version.get();
        if changed { Ok(()) } else { Err(RecvError(())) }
    }

    /// Waits for a value of which the condition holds, the present one included.
    ///
    /// # Errors
    ///
    /// All senders are gone, and the condition does not hold.
    pub async fn wait_for(
        &mut self,
        mut condition: impl FnMut(&T) -> bool,
    ) -> Result<Ref<'_, T>, RecvError> {
        loop {
            self.seen = self.channel.version.get();
            if condition(&self.channel.value.borrow()) {
                return Ok(self.channel.borrow());
            }
            self.changed().await?;
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.channel.receivers.set(self.channel.receivers.get() + 1);
        Self { channel: Rc::clone(&self.channel), seen: self.seen }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.receivers.set(self.channel.receivers.get() - 1);
        if self.channel.receivers.get() == 0 {
            self.channel.waiters.wake_all();
        }
    }
}

/// Nobody watches. Holds what was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> core::error::Error for SendError<T> {}

/// All senders are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecvError(());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl core::error::Error for RecvError {}
