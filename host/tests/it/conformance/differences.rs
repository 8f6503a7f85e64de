//! I. Deliberate differences.

use super::ways::case;

/// Scenario 75.
#[test]
fn a_raised_event_that_is_deferred() {
    case("s75")
        .env(&["u"])
        .always(&["illegal-call: m on u in init: raise of `e1`, which is deferred in state `init`"])
        .runs(&[
            "m failed at u, parked: illegal-call: raise of `e1`, which is deferred in state `init`",
            "dead letter, failed-turn: u from env to m",
        ]);
}

/// Scenario 76.
#[test]
fn a_transition_asks_no_table() {
    case("s76").env(&["e1"]).ends().always(&["pass"]).runs(&[]);
}

/// Scenario 77.
#[test]
fn a_specific_handler_beside_an_ignored_wildcard() {
    case("s77").monitor("s77_w").always(&["pass"]).runs(&["s77_w: e1"]);
}

/// Scenario 78.
#[test]
fn an_unhandled_event_pops_all_states() {
    case("s78")
        .monitor("judge")
        .env(&["e1"])
        .always(&["unhandled-event: m on e1 in top: no reaction to `e1` in state `top`"])
        .runs(&[
            "m: left",
            "m: left",
            "m: left",
            "m: e1 unhandled in Top",
            "m failed at e1, parked: unhandled-event: no reaction to `e1` in state `top`",
            "dead letter, failed-turn: e1 from env to m",
        ]);
    let resumed = case("s78").monitor("judge").ends();
    let resumed = resumed.supervised("supervision = { restart = 'transient', from = 'last-turn' }");
    resumed.env(&["e1", "e2"]).always(&["pass"]).runs(&[
        "m: left",
        "m: left",
        "m: left",
        "m: e1 unhandled in Top",
        "m failed at e1, resumed: unhandled-event: no reaction to `e1` in state `top`",
        "dead letter, failed-turn: e1 from env to m",
    ]);
}

/// Scenario 80.
#[test]
fn ticks_are_merged() {
    case("s80").ends().always(&["pass"]);
}
