//! E. Halt, errors, life cycle.

use super::ways::{case, case_of, case_with};
use crate::world::{World, wait};

/// Scenario 41. b: the compiler refuses a receive.
#[test]
fn what_on_halt_may_do() {
    case("s41")
        .creates("sink")
        .env(&["halt"])
        .ends()
        .always(&["pass"])
        .runs(&["m is gone", "sink-1: e1"]);
}

/// Scenario 42.
#[test]
fn a_raised_halt_is_not_deferred() {
    case("s42")
        .always(&["assertion: m in init: on-halt"])
        .runs(&["m failed at its first turn, parked: assertion: on-halt, at PLACE"]);
}

/// Scenario 43.
#[test]
fn what_is_sent_to_oneself_beside_a_halt() {
    case_with("s43", "'a'")
        .env(&["u"])
        .ordered(&["pass"])
        .runs(&["dead letter, halted: e1 from m to m", "m is gone"]);
    case_with("s43", "'b'")
        .env(&["u"])
        .always(&["pass"])
        .runs(&["dead letter, halted: e1 from m to m", "m is gone"]);
}

/// Scenario 44.
#[test]
fn handled_or_dropped() {
    case_of(&[
        ("s44", "m", ""),
        ("env", "a", "{ to = '@m', send = ['halt'] }"),
        ("env", "b", "{ to = '@m', send = ['e1'] }"),
    ])
    .monitor("settled")
    .always(&["pass"]);
    let case = case("s44").monitor("settled");
    case.clone().runs_with(
        |world| world.step("m", &["halt", "e1"]),
        &["m is gone", "dead letter, halted: e1 from outside to m"],
    );
    case.runs_with(|world| world.step("m", &["e1", "halt"]), &["m: e1", "m is gone"]);
}

/// Scenario 45.
#[test]
fn errors_that_handlers_return() {
    let part = |part: &str, event| case_with("s45", &format!("'{part}'")).env(&[event]).ends();
    part("a", "u").always(&["pass"]).runs(&["m: the first turn: oops"]);
    part("b", "u").always(&["pass"]).runs(&["m: the entry in state `init`: oops"]);
    part("c", "e1").always(&["pass"]).runs(&["m: the handler of `e1` in state `init`: oops"]);
    part("d", "e2").always(&["pass"]).runs(&["m: the handler of `e2` in state `init`: oops"]);
    part("e", "u").always(&["pass"]).runs(&["m: the exit in state `init`: oops"]);
    part("f", "e1")
        .always(&["error: m on e1 in init: the handler of `e1` in state `init`: oops"])
        .runs(&[
            "m: the handler of `e1` in state `init`: oops",
            "m failed at e1, parked: error: the handler of `e1` in state `init`: oops",
            "dead letter, failed-turn: e1 from env to m",
            "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
        ]);
    part("g", "e1").always(&["assertion: m on e3 in init: e3"]).runs(&[
        "m: the handler of `e1` in state `init`: oops",
        "m failed at e3, parked: assertion: e3, at PLACE",
        "dead letter, failed-turn: e3 from m to m",
        "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
    ]);
}

/// Scenario 46.
#[test]
fn errors_monitors_and_callbacks() {
    let part = |part: &str| case_with("s46", &format!("'{part}'")).env(&["e1"]).ends();
    part("a").always(&["pass"]).runs(&["m is gone"]);
    part("b")
        .always(&["liveness: done in owed: nothing is left to be done, and progress is owed"])
        .runs(&[
            "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
        ]);
    part("c").always(&["error: m on e1 in init: `#[on(handled)]`: oops"]).runs(&[
        "m failed at e1, parked: error: `#[on(handled)]`: oops",
        "dead letter, failed-turn: e1 from env to m",
        "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
    ]);
}

/// Scenario 47.
#[test]
fn errors_and_what_nobody_handles() {
    let part = |part: &str, event| case_with("s47", &format!("'{part}'")).env(&[event]).ends();
    part("a", "u").always(&["pass"]).runs(&["m: u unhandled", "m: error", "m: halt", "m is gone"]);
    part("b", "u")
        .always(&["unhandled-event: m on u in init: no reaction to `u` in state `init`"])
        .runs(&[
            "m: u unhandled",
            "m failed at u, parked: unhandled-event: no reaction to `u` in state `init`",
            "dead letter, failed-turn: u from env to m",
            "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
        ]);
    part("c", "e1")
        .always(&["error: m on e1 in init: the handler of `e1` in state `init`: oops"])
        .runs(&[
            "m failed at e1, parked: error: the handler of `e1` in state `init`: oops",
            "dead letter, failed-turn: e1 from env to m",
            "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
        ]);
}

/// Scenario 48.
#[test]
fn callbacks_enclose_a_chain() {
    case_with("s48", "'a'").env(&["u", "e1"]).ends().ordered(&["pass"]).runs(&[
        "m: begin u",
        "m: e2",
        "m: end u",
        "m: begin e1",
        "m: e2",
        "m: end e1",
    ]);
    case_with("s48", "'b'").env(&["u"]).ends().always(&["pass"]).runs(&[
        "m: begin u",
        "m: end u",
        "m is gone",
    ]);
}

/// Scenario 49.
#[test]
fn the_entry_comes_before_what_on_init_sent() {
    case_with("s49", "1").always(&["assertion: m on u in init: value 2"]).runs(&[
        "m failed at u, parked: assertion: value 2, at PLACE",
        "dead letter, failed-turn: u from m to m",
    ]);
}

/// Scenario 50.
#[test]
fn reserved_ids() {
    let part = |part: &str| case_with("s50", &format!("'{part}'")).creates("s50_b").creates("sink");
    part("a").always(&["illegal-call: m on (resumption): create of `s50_b` at `ID`, reserved for `sink`"]).runs(&["m failed at (resumption), parked: illegal-call: create of `s50_b` at `ID`, reserved for `sink`"]);
    part("b").always(&["unbound-id: ID on e1: m sent to an id that is bound to nobody"]).runs(&[
        "violation: unbound-id: `e1` from `m` was sent to `ID`, which is bound to nobody",
        "dead letter, unbound: e1 from m to ID",
    ]);
    part("c")
        .always(&["pass", "unbound-id: ID on e1: s50_b-1 sent to an id that is bound to nobody"])
        .runs(&[
            "violation: unbound-id: `e1` from `ID` was sent to `ID`, which is bound to nobody",
            "dead letter, unbound: e1 from ID to ID",
        ]);
}

/// Scenario 51. Attempts have no end in d, so not all executions are seen.
#[test]
fn ids_in_use() {
    let part = |part: &str| case_with("s51", &format!("'{part}'")).creates("sink");
    part("a")
        .always(&["id-in-use: sink-1: the id is held by sink-1"])
        .runs(&["violation: id-in-use: `ID` is held by `sink-1`"]);
    part("b")
        .always(&["id-in-use: it: the id is held by it"])
        .runs(&["violation: id-in-use: `ID` is held by `it`"]);
    part("c")
        .always(&["id-in-use: sink-1: the id is held by sink-1", "pass"])
        .runs(&["sink-1: halt", "sink-1 is gone"]);
    part("d")
        .sampled("random", &["pass", "not checked: delivery models: pairwise, unordered"])
        .runs(&["sink-1: halt", "sink-1 is gone", "sink-2: e1"]);
}

/// Scenario 52.
#[test]
fn the_host_sees_who_lives() {
    let see = |world: &World| {
        let id = world.id("m");
        let status = || wait(world.host.status(id)).map(|status| format!("{status:?}"));
        world.settle();
        assert_eq!((status().as_deref(), wait(world.host.report()).actors.live), (Some("Idle"), 1));
        world.send_and_settle("m", "halt");
        assert_eq!((status(), wait(world.host.report()).actors.live), (None, 0));
    };
    case("sink").runs_with(see, &["m: halt", "m is gone"]);
}
