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
mod event;
mod exchange;
mod failure;
mod id;
mod inbox;
mod kernel;
mod limits;
mod outbox;
mod supervision;
mod table;
mod timer;

pub use crate::actor::{Definition, Init, Label, Slot, Status};
pub use crate::event::{
    Asker, Encoding, Event, Group, Kind, Message, Payload, SendOptions, Ticket,
};
pub use crate::exchange::{Alone, Created, Exchange, Parcel, Place, ShardIndex};
pub use crate::failure::{Cause, DeadLetter, DeadReason, Failure, LimitName, Violation};
pub use crate::id::{ActorId, GroupId, IdHasher, IdKey, IdMap, IdSet};
pub use crate::kernel::{Ended, Kernel, Output, Refused, Turn, Work};
pub use crate::limits::{ActorLimits, Beyond, Overflow, Restart, RestartFrom, Supervision};
pub use crate::outbox::{Effect, Outbox, Reply, TimerStart};
pub use crate::supervision::Recovery;
pub use crate::table::{
    Description, Misdeclared, Offer, Reaction, Role, Rule, StateDescription, Table, Temperature,
};
pub use crate::timer::{Firing, Instant, TimerId};
