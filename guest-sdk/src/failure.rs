//! The ways in which a turn fails.

use crate::host::report;
use core::{fmt, panic::Location};

pub(crate) use crate::host::report::Cause;

/// Why a turn fails.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) cause: Cause,
    pub(crate) message: String,
}

impl Broken {
    /// Ends the turn.
    pub(crate) fn end(&self) -> ! {
        fail(self.cause, format_args!("{}", self.message))
    }
}

/// Ends the turn as failed.
#[cold]
pub(crate) fn fail(cause: Cause, message: fmt::Arguments<'_>) -> ! {
    report::fail(cause, message.as_str().unwrap_or(&message.to_string()));
    unreachable!("the host ends a turn that fails")
}

/// Ends the turn because a condition of the author's does not hold.
#[doc(hidden)]
#[cold]
#[track_caller]
pub fn fail_assertion(message: fmt::Arguments<'_>) -> ! {
    fail(Cause::Assertion, format_args!("{message}, at {}", Location::caller()))
}

/// Makes panics report their message and place to the host. Elsewhere than under wasm the host in the process catches
/// them.
pub(crate) fn report_panics() {
    #[cfg(target_family = "wasm")]
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a text");
        match info.location() {
            Some(location) => fail(Cause::Panic, format_args!("{message}, at {location}")),
            None => fail(Cause::Panic, format_args!("{message}")),
        }
    }));
}

/// Fails the turn unless a condition holds. The message is formatted only if it does not.
///
/// Unlike `assert!`, whose failure is reported as a panic, this one is reported as an assertion, which
/// is what an author claims about the app.
///
/// ```
/// # use coyote_guest::prelude::*;
/// # fn f(pings: u32, pongs: u32) {
/// ensure!(pongs <= pings);
/// ensure!(pings - pongs <= 3, "{} pings are unanswered", pings - pongs);
/// # }
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        $crate::ensure!($condition, "{} does not hold", stringify!($condition))
    };
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::__private::fail_assertion(format_args!($($message)+));
        }
    };
}
