//! Toy apps on the kernel: no wasm, no threads, milliseconds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod conservation;
mod creation;
mod exploring;
mod failures;
mod groups;
mod halting;
mod link;
mod play;
mod sending;
mod shards;
mod table;
mod taking;
mod timers;
mod toy;
mod twin;
