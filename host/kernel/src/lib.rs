//! The pure core of coyote-host: what an app of actors does is decided here and nowhere else.
//!
//! A driver asks the [`Kernel`] for the [next](Kernel::next) turn, lets the guest handle the [`Turn`] while
//! its effects gather in an [`Outbox`], and hands the outbox back by [`Kernel::commit`], or the turn by
//! [`Kernel::fail`]. Between the two the kernel does not change.
//!
//! Deliberately not in here: wasm, threads, clocks, an environment, output, anything that differs
//! between two runs with the same input.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod actor;
mod atlas;
pub mod blame;
mod bug;
mod cell;
mod delivery;
mod event;
mod exchange;
mod execution;
mod failure;
mod fault;
mod id;
mod inbox;
mod kernel;
mod limits;
mod minimise;
mod mix;
mod monitor;
mod outbox;
mod pack;
mod recheck;
mod recording;
mod saved;
mod search;
mod step;
pub mod strategy;
mod supervision;
mod table;
mod task;
mod timer;
mod told;
mod trace;

pub use crate::actor::{Definition, Init, Label, Slot, Status};
pub use crate::atlas::{Atlas, Taken, Walked};
pub use crate::bug::{Awaited, Bug, BugKind, Waiting};
pub use crate::cell::{CellKind, CellValue, Operation};
pub use crate::delivery::{Delivery, TimerMode};
pub use crate::event::{
    Asker, Encoding, Errand, Event, Group, Kind, Message, Payload, SendOptions, Ticket,
};
pub use crate::exchange::{Alone, Created, Exchange, Parcel, Place, ShardIndex};
pub use crate::execution::{Bounds, Ending, Execution, Guests, Snapshot, World};
pub use crate::failure::{
    Cause, DeadLetter, DeadReason, FailedTurn, Failure, LimitName, Violation,
};
pub use crate::fault::{Fault, FaultKind, FaultStep};
pub use crate::id::{ActorId, GroupId, HashedKeys, IdHasher, IdKey, IdMap, IdSet, KeyHasher};
pub use crate::kernel::{Begun, Ended, Kernel, Output, Refused, Rules, Turn, Work};
pub use crate::limits::{ActorLimits, Beyond, Overflow, Restart, RestartFrom, Supervision};
pub use crate::minimise::{Minimised, Unrepeatable, minimise, without_step};
pub use crate::monitor::{MonitorDefinition, Monitors};
pub use crate::outbox::{Effect, Outbox, Reply, TimerStart};
pub use crate::recheck::{Recheck, recheck};
pub use crate::recording::Found;
pub use crate::saved::{Saved, SavedActor, Unfit};
pub use crate::search::{Interchangeable, Method, Search, SearchBounds, Searched, Snapshots};
pub use crate::step::{Enabled, MessageName, Stamp, Stamped, Step};
pub use crate::supervision::Recovery;
pub use crate::table::{
    Description, Misdeclared, Offer, Reaction, Role, Rule, StateDescription, Table, Temperature,
};
pub use crate::task::{Correlation, Judgement, Park, TaskId, Wait, Wanted};
pub use crate::timer::{Firing, Instant, TimerId};
pub use crate::told::{Names, Told};
pub use crate::trace::{Choice, Trace};
