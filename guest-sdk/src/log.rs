//! Log lines. They go out at once, also those of a turn that fails later.

use crate::host::report;
use core::fmt;

pub use crate::bindings::coyote::actor::report::Level;

/// Writes a line to the log.
#[doc(hidden)]
pub fn log(level: Level, message: fmt::Arguments<'_>) {
    match message.as_str() {
        Some(message) => report::log(level, message),
        None => report::log(level, &message.to_string()),
    }
}

/// Logs what went wrong. Takes what `format!` takes.
#[macro_export]
macro_rules! error {
    ($($message:tt)+) => { $crate::__private::log($crate::__private::Level::Error, format_args!($($message)+)) };
}

/// Logs what may turn out to be wrong. Takes what `format!` takes.
#[macro_export]
macro_rules! warn {
    ($($message:tt)+) => { $crate::__private::log($crate::__private::Level::Warn, format_args!($($message)+)) };
}

/// Logs what happens. Takes what `format!` takes.
#[macro_export]
macro_rules! info {
    ($($message:tt)+) => { $crate::__private::log($crate::__private::Level::Info, format_args!($($message)+)) };
}

/// Logs what the author of the actor wants to know. Takes what `format!` takes.
#[macro_export]
macro_rules! debug {
    ($($message:tt)+) => { $crate::__private::log($crate::__private::Level::Debug, format_args!($($message)+)) };
}

/// Logs every detail. Takes what `format!` takes.
#[macro_export]
macro_rules! trace {
    ($($message:tt)+) => { $crate::__private::log($crate::__private::Level::Trace, format_args!($($message)+)) };
}
