//! Mutual exclusion.

use super::core::{Core, Held};
use core::{
    cell::{RefCell, RefMut},
    fmt,
    ops::{Deref, DerefMut},
    panic::Location,
};
use std::rc::Rc;

/// A value that one task has at a time, also across awaits.
///
/// Tasks of an actor race at awaits only, so what no await stands in the midst of needs no lock.
///
/// ```
/// use coyote_guest::{join, sync::Mutex, task::yield_now};
///
/// # async fn f() {
/// let balance = Mutex::new(0);
/// let deposit = async |amount: u32| {
///     let mut balance = balance.lock().await;
///     let before = *balance;
///     yield_now().await;
///     *balance = before + amount;
/// };
/// join!(deposit(1), deposit(2));
/// assert_eq!(balance.into_inner(), 3);
/// # }
/// ```
pub struct Mutex<T> {
    core: Rc<Core>,
    value: RefCell<T>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { core: Core::new("mutex", Location::caller(), 1), value: RefCell::new(value) }
    }

    /// Waits until nobody else has the value. Ends the turn only if it must wait.
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.core.acquire(1).await.expect("a mutex is never closed");
        self.guard()
    }

    /// The value, if nobody has it.
    ///
    /// # Errors
    ///
    /// Somebody has it.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        if self.core.try_acquire(1) { Ok(self.guard()) } else { Err(TryLockError(())) }
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard { value: self.value.borrow_mut(), mutex: self, _held: Held::new(&self.core, 1) }
    }

    /// The value, which nobody else can have.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.try_borrow() {
            Ok(value) => f.debug_tuple("Mutex").field(&*value).finish(),
            Err(_) => f.write_str("Mutex(<locked>)"),
        }
    }
}

/// The value of a mutex. Dropped, it is free for others.
pub struct MutexGuard<'a, T> {
    // Before the permit: dropped in this order.
    value: RefMut<'a, T>,
    pub(super) mutex: &'a Mutex<T>,
    _held: Held,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// Somebody has the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryLockError(pub(super) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl core::error::Error for TryLockError {}
