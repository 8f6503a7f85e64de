//! The wasm edge: everything that knows wasmtime. A [`Sandbox`] loads the components of an app; a
//! [`Component`] makes [`Instance`]s; an instance handles turns, one call each.
//!
//! An instance cannot reach anything but the imports in `calls` (and, if it was built for WASI, the few
//! interfaces that `wasi` serves). Everything that acts is staged in the [`TurnScope`] it is lent for
//! the turn. Deliberately not here: what the effects mean (the kernel does), threads, real time.

mod abi;
mod arena;
mod backtrace;
mod calls;
mod component;
mod engine;
mod guest;
mod image;
mod images;
mod imports;
mod instance;
mod kinds;
mod load_error;
mod lowered;
mod monitor;
mod questions;
mod wasi;

pub(crate) use self::component::{Component, ComponentInfo};
pub(crate) use self::engine::{Sandbox, SandboxConfig};
pub(crate) use self::guest::{Shared, TurnScope};
pub(crate) use self::image::Image;
pub(crate) use self::images::{ImageNumber, Images, Realised};
pub(crate) use self::instance::{Instance, Kept, TICK, Tracking};
pub(crate) use self::kinds::Kinds;
pub use self::load_error::LoadError;
pub(crate) use self::monitor::MonitorInstance;
pub(crate) use self::questions::{Asked, Questions};
