//! Mutual exclusion.

use super::core::{Core, Held};
use core::{
    cell::{RefCell, RefMut},
    fmt,
    ops::{Deref, DerefMut},
    panic::Location,
};
use std::{rc::Rc, sync::Arc};

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
    /// None while an owned guard has it.
    value: RefCell<Option<T>>,
}

const IS_THERE: &str = "the value is where the permit says";

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { core: Core::new("mutex", Location::caller(), 1), value: RefCell::new(Some(value)) }
    }

    /// Waits until nobody else has the value. Ends the turn only if it must wait.
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.core.acquire(1).await.expect("a mutex is never closed");
        self.guard()
    }

    /// As [`lock`](Self::lock), without a lifetime.
    pub async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        self.core.acquire(1).await.expect("a mutex is never closed");
        self.owned_guard()
    }

    /// The value, if nobody has it.
    ///
    /// # Errors
    ///
    /// Somebody has it.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        if self.core.try_acquire(1) { Ok(self.guard()) } else { Err(TryLockError(())) }
    }

    /// As [`try_lock`](Self::try_lock), without a lifetime.
    ///
    /// # Errors
    ///
    /// Somebody has it.
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        if self.core.try_acquire(1) { Ok(self.owned_guard()) } else { Err(TryLockError(())) }
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        let value = RefMut::map(self.value.borrow_mut(), |value| value.as_mut().expect(IS_THERE));
        MutexGuard { value, mutex: self, _held: Held::new(&self.core, 1) }
    }

    fn owned_guard(self: Arc<Self>) -> OwnedMutexGuard<T> {
        let (value, held) = (self.value.take(), Held::new(&self.core, 1));
        OwnedMutexGuard { value, mutex: self, _held: held }
    }

    /// The value, which nobody else can have.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().as_mut().expect(IS_THERE)
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner().expect(IS_THERE)
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
        match self.value.try_borrow().as_deref() {
            Ok(Some(value)) => f.debug_tuple("Mutex").field(value).finish(),
            Ok(None) | Err(_) => f.write_str("Mutex(<locked>)"),
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

/// The value of a mutex, which is kept with it. Dropped, it is free for others.
pub struct OwnedMutexGuard<T> {
    /// Some until it is dropped.
    value: Option<T>,
    mutex: Arc<Mutex<T>>,
    // Dropped after the value went back.
    _held: Held,
}

impl<T> Drop for OwnedMutexGuard<T> {
    fn drop(&mut self) {
        self.mutex.value.replace(self.value.take());
    }
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

impl<T> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect(IS_THERE)
    }
}

impl<T> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(IS_THERE)
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Debug> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for OwnedMutexGuard<T> {
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
