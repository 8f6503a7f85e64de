//! The host with real components, and the command. What a user reads is compared word for word.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod book;
mod command;
mod components;
mod conformance;
mod ending;
mod examples;
mod explore;
mod failures;
mod identity;
mod inbox;
mod limits;
mod machines;
mod manifest;
mod memory;
mod monitors;
mod outside;
mod snapshots;
mod supervision;
mod tasks;
mod waiting;
mod wasi;
mod world;
