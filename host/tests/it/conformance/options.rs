//! C. Send options.

use super::ways::{MOST, case, case_with};
use coyote_host::Delivery;

/// Scenario 31.
#[test]
fn ignoring_is_handling() {
    case("s31")
        .env(&["h", "halt"])
        .ordered(&["pass"])
        .unordered(&["must-handle: m on h: it halted, and did not handle what env sent", "pass"])
        .runs(&["m is gone"]);
}

/// Scenario 32.
#[test]
fn deferring_is_not_handling() {
    case("s32")
        .env(&["h", "halt"])
        .always(&["must-handle: m on h: it halted, and did not handle what env sent"])
        .runs(&[
            "violation: must-handle: `h` from `env` was for `m`, which halted",
            "dead letter, halted: h from env to m",
            "m is gone",
        ]);
}

/// Scenario 33.
#[test]
fn a_send_beside_a_halt() {
    case_with("s33", "'a'")
        .env(&["h"])
        .always(&["must-handle: m on h: it halted, and did not handle what env sent"])
        .runs(&[
            "m is gone",
            "violation: must-handle: `h` from `env` was for `m`, which halted",
            "dead letter, halted: h from env to m",
        ]);
    case_with("s33", "'b'")
        .env(&["h"])
        .always(&["must-handle: m on h: it halted, and did not handle what env sent"])
        .runs(&[
            "violation: must-handle: `h` from `env` was for `m`, which halted",
            "dead letter, halted: h from env to m",
            "m is gone",
        ]);
}

/// Scenario 34.
#[test]
fn a_deferred_halt_comes_first_in_the_next_state() {
    case("s34")
        .env(&["halt", "h", "e1"])
        .ordered(&["must-handle: m on h: it halted, and did not handle what env sent"])
        .runs(&[
            "violation: must-handle: `h` from `env` was for `m`, which halted",
            "dead letter, halted: h from env to m",
            "m is gone",
        ]);
}

/// Scenario 35.
#[test]
fn too_many_of_a_kind() {
    let case = case("s35").creates("sink");
    case.under(
        &[Delivery::Mailbox],
        &["max-instances: sink-1 on e1: more than 1 wait, the last from m", "pass"],
    )
    .under(&MOST, &["max-instances: sink-1 on e1: more than 1 wait, the last from m"])
    .runs(&[
        "violation: max-instances: more than 1 `e1` wait for `ID`, the last from `m`",
        "dead letter, max-instances: e1 from m to ID",
        "sink-1: e1",
    ]);
}
