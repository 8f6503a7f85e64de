//! Production: one kernel per shard, one shard per worker thread, one queue into each shard.
//!
//! An actor lives on one shard. What it sends to actors of the same shard touches nothing shared; the rest is
//! pushed at the commit, effect by effect, into the queue of the shard that has the receiver. Deliberately not
//! here: what an app does (the kernel), and moving actors between shards.

mod core;
mod host;
mod load;
mod network;
mod outside;
mod report;
mod shard;
mod snapshot;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use coyote_kernel::{ActorId, Parcel, Status};
use futures_channel::oneshot;

pub use self::host::{Host, HostBuilder};
pub use self::load::BuildError;
pub use self::outside::{Answer, OutsideEvent, RequestError, SendError, json};
pub use self::report::{ActorCounts, ActorFailure, DroppedEvent, RunReport, RunVerdict};

pub(crate) use self::load::{Loaded, Loader, Purpose};
use self::snapshot::Gathering;

/// What goes into the queue of a shard.
#[derive(Debug)]
enum Letter {
    /// From another shard, or from outside.
    Parcel(Parcel),
    /// A request from outside ends at this time, answered or not.
    Deadline { at: Duration, correlation: u64 },
    /// Somebody wants to know how things are.
    Report(oneshot::Sender<RunReport>),
    /// Somebody wants to know how an actor is.
    Status { id: ActorId, answer: oneshot::Sender<Option<Status>> },
    /// The shard comes to rest and takes part in a snapshot.
    Gather(Arc<Gathering>),
    /// No timer fires any more.
    Drain,
    /// The thread ends.
    End,
}
