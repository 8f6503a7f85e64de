//! Toy apps on the kernel: no wasm, no threads, milliseconds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blame;
mod bounds;
mod conformance;
mod conservation;
mod creation;
mod exploring;
mod failures;
mod faults;
mod groups;
mod halting;
mod link;
mod minimise;
mod pack;
mod play;
mod puzzles;
mod recheck;
mod saving;
mod searching;
mod sending;
mod shards;
mod strategies;
mod table;
mod taking;
mod timers;
mod toy;
mod twin;
mod waiting;
