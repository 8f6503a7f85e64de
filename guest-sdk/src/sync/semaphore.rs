//! A number of permits.

use super::core::{Core, Held};
use core::{fmt, panic::Location};
use std::{rc::Rc, sync::Arc};

/// Permits that tasks take and give back.
#[derive(Debug)]
pub struct Semaphore(Rc<Core>);

impl Semaphore {
    /// A semaphore with so many permits.
    #[must_use]
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Self(Core::new("semaphore", Location::caller(), permits))
    }

    /// How many permits nobody has.
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.0.permits()
    }

    /// More permits.
    pub fn add_permits(&self, permits: usize) {
        self.0.add(permits);
    }

    /// Waits for a permit.
    ///
    /// # Errors
    ///
    /// The semaphore was closed.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.acquire_many(1).await
    }

    /// Waits for several permits.
    ///
    /// # Errors
    ///
    /// The semaphore was closed.
    pub async fn acquire_many(&self, permits: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        let held = self.take(permits).await?;
        Ok(SemaphorePermit { held, _semaphore: self })
    }

    /// As [`acquire`](Self::acquire), without a lifetime.
    ///
    /// # Errors
    ///
    /// The semaphore was closed.
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.acquire_many_owned(1).await
    }

    /// As [`acquire_many`](Self::acquire_many), without a lifetime.
    ///
    /// # Errors
    ///
    /// The semaphore was closed.
    pub async fn acquire_many_owned(
        self: Arc<Self>,
        permits: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        Ok(OwnedSemaphorePermit(self.take(permits).await?))
    }

    async fn take(&self, permits: u32) -> Result<Held, AcquireError> {
        let permits = permits as usize;
        self.0.acquire(permits).await.map_err(|_| AcquireError(()))?;
        Ok(Held::new(&self.0, permits))
    }

    /// A permit, if there is one and nobody waits.
    ///
    /// # Errors
    ///
    /// There is none, somebody waits, or the semaphore was closed.
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        if self.0.is_closed() {
            return Err(TryAcquireError::Closed);
        }
        if !self.0.try_acquire(1) {
            return Err(TryAcquireError::NoPermits);
        }
        Ok(SemaphorePermit { held: Held::new(&self.0, 1), _semaphore: self })
    }

    /// From now on nobody gets a permit.
    pub fn close(&self) {
        self.0.close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// Permits of a semaphore. Dropped, they are given back.
#[derive(Debug)]
#[must_use = "dropped, it is given back"]
pub struct SemaphorePermit<'a> {
    held: Held,
    _semaphore: &'a Semaphore,
}

impl SemaphorePermit<'_> {
    /// They are never given back.
    pub fn forget(self) {
        self.held.forget();
    }
}

/// Permits of a semaphore. Dropped, they are given back.
#[derive(Debug)]
#[must_use = "dropped, it is given back"]
pub struct OwnedSemaphorePermit(Held);

impl OwnedSemaphorePermit {
    /// They are never given back.
    pub fn forget(self) {
        self.0.forget();
    }
}

/// The semaphore was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcquireError(());

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("semaphore closed")
    }
}

impl core::error::Error for AcquireError {}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore was closed.
    Closed,
    /// Others have them, or wait for them.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "semaphore closed",
            Self::NoPermits => "no permits available",
        })
    }
}

impl core::error::Error for TryAcquireError {}
