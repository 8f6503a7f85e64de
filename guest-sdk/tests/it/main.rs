//! Tests of the SDK from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bindings;
mod compile_errors;
