//! What tasks of one actor share, with the API of `tokio::sync`: code moves over with a `use` line.
//!
//! Nothing here reaches beyond the actor; actors talk by events. Which of several tasks that wait gets a lock, a permit
//! or a notification is a choice, so exploration tries each; in production nobody waits for ever. A future that is
//! dropped gives back what it was about to get.
//!
//! When an app comes to rest while tasks wait, the report names for each what it waits for, where that was made, and
//! which tasks hold it.

mod barrier;
pub mod broadcast;
mod condvar;
mod core;
pub mod mpsc;
mod mutex;
mod notify;
pub mod oneshot;
mod rwlock;
mod semaphore;
mod waiters;
pub mod watch;

pub(crate) use self::core::choose;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::Condvar;
pub use mutex::{Mutex, MutexGuard, OwnedMutexGuard, TryLockError};
pub use notify::{Notified, Notify};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError,
};
