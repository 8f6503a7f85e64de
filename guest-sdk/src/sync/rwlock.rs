//! Many who read, or one who writes.

use super::{
    core::{Core, Held},
    mutex::TryLockError,
};
use core::{
    cell::{Ref, RefCell, RefMut},
    fmt,
    ops::{Deref, DerefMut},
    panic::Location,
};
use std::rc::Rc;

/// All permits.
const WRITE: usize = usize::MAX >> 3;

/// A value that many tasks read at a time, or one writes. Once a writer is chosen to be next, no reader comes before it.
pub struct RwLock<T> {
    core: Rc<Core>,
    value: RefCell<T>,
}

impl<T> RwLock<T> {
    /// A lock that nobody holds.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { core: Core::new("lock", Location::caller(), WRITE), value: RefCell::new(value) }
    }

    /// Waits until nobody writes.
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        self.core.acquire(1).await.expect("a lock is never closed");
        RwLockReadGuard { value: self.value.borrow(), _held: self.held(1) }
    }

    /// Waits until nobody reads or writes.
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.core.acquire(WRITE).await.expect("a lock is never closed");
        RwLockWriteGuard { value: self.value.borrow_mut(), _held: self.held(WRITE) }
    }

    /// The value, if nobody writes or waits.
    ///
    /// # Errors
    ///
    /// Somebody does.
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        if !self.core.try_acquire(1) {
            return Err(TryLockError(()));
        }
        Ok(RwLockReadGuard { value: self.value.borrow(), _held: self.held(1) })
    }

    /// The value, if nobody reads, writes or waits.
    ///
    /// # Errors
    ///
    /// Somebody does.
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        if !self.core.try_acquire(WRITE) {
            return Err(TryLockError(()));
        }
        Ok(RwLockWriteGuard { value: self.value.borrow_mut(), _held: self.held(WRITE) })
    }

    fn held(&self, permits: usize) -> Held {
        Held::new(&self.core, permits)
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

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.try_borrow() {
            Ok(value) => f.debug_tuple("RwLock").field(&*value).finish(),
            Err(_) => f.write_str("RwLock(<locked>)"),
        }
    }
}

/// A value that is read.
pub struct RwLockReadGuard<'a, T> {
    value: Ref<'a, T>,
    _held: Held,
}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A value that is written.
pub struct RwLockWriteGuard<'a, T> {
    value: RefMut<'a, T>,
    _held: Held,
}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
