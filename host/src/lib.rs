//! coyote-host.
#![allow(dead_code, unused)]
pub mod app;
pub mod log;
mod sandbox;
