//! Actors of the SDK under the kernel, without wasm.

mod finding;
mod one;
mod waiting;
mod world;
