//! F. Races, cells, monitors, timers.

use super::ways::{MOST, case, case_of, case_with};

/// Scenario 53.
#[test]
fn two_entries_notify_one_monitor() {
    let (one, two) = (("s53", "a", "'a'"), ("s53", "b", "'b'"));
    for order in [[one, two], [two, one]] {
        case_of(&order)
            .monitor("s53_w")
            .always(&["monitor: s53_w on e1 in watching: no e2 (notified by a)", "pass"]);
    }
}

/// Scenario 54.
#[test]
fn between_two_of_another_sender() {
    case("s54_r")
        .creates("s54_s")
        .always(&["assertion: m on e2 in init: one e1", "pass"])
        .runs(&[]);
}

/// Scenario 55.
#[test]
fn counters() {
    let part = |part: &str| case_with("s55_a", &format!("'{part}'")).creates("s55_b");
    part("a").under(&MOST, &["assertion: m on (answer): 0", "pass"]).runs(&[
        "m failed at (answer), parked: assertion: 0, at PLACE",
        "dead letter, failed-turn: (answer) from ID to m",
    ]);
    part("b")
        .under(
            &MOST,
            &[
                "assertion: m on (answer): five, five",
                "assertion: m on (answer): zero, onefive",
                "assertion: m on (answer): zero, onezero",
            ],
        )
        .runs(&[
            "m failed at (answer), parked: assertion: zero, onefive, at PLACE",
            "dead letter, failed-turn: (answer) from ID to m",
        ]);
    part("c").ends().under(&MOST, &["pass"]).runs(&[]);
}

/// Scenario 56.
#[test]
fn registers_and_maps() {
    let part = |part: &str| case_with("s56_a", &format!("'{part}'")).creates("s56_b");
    part("a")
        .under(
            &MOST,
            &["assertion: m on (answer): Some(six)", "assertion: m on (answer): Some(two)"],
        )
        .runs(&[
            "m failed at (answer), parked: assertion: Some(two), at PLACE",
            "dead letter, failed-turn: (answer) from ID to m",
        ]);
    part("b")
        .under(
            &MOST,
            &[
                "assertion: m on (answer): Some((five, five))",
                "assertion: m on (answer): Some((six, six))",
                "assertion: m on (answer): Some((two, two))",
            ],
        )
        .runs(&[
            "m failed at (answer), parked: assertion: Some((six, six)), at PLACE",
            "dead letter, failed-turn: (answer) from ID to m",
        ]);
    part("c")
        .under(
            &MOST,
            &["assertion: m on (answer): Some(\"m\")", "assertion: m on (answer): Some(\"n\")"],
        )
        .runs(&[
            "m failed at (answer), parked: assertion: Some(\"n\"), at PLACE",
            "dead letter, failed-turn: (answer) from ID to m",
        ]);
    part("d").always(&["assertion: m on (answer): None"]).runs(&[
        "m failed at (answer), parked: assertion: None, at PLACE",
        "dead letter, failed-turn: (answer) from ID to m",
    ]);
}

/// Scenario 57.
#[test]
fn a_sent_halt_can_be_handled() {
    case("s57")
        .env(&["halt", "e1"])
        .ordered(&["assertion: m on e1 in inactive: e1"])
        .unordered(&["assertion: m on e1 in inactive: e1", "pass"])
        .runs(&[
            "m failed at e1, parked: assertion: e1, at PLACE",
            "dead letter, failed-turn: e1 from env to m",
        ]);
}

/// Scenario 58.
#[test]
fn progress() {
    let workers = case_of(&[("s58a", "a", ""), ("s58a", "b", ""), ("s58a", "c", "")]);
    workers.clone().monitor_as("waits", "s58_hot").always(&[
        "liveness: waits in waiting: nothing is left to be done, and progress is owed",
        "pass",
    ]);
    workers.monitor_as("waits", "s58_warm").always(&["pass"]);
    let busy = |left| case_with("s58c", left).ends();
    let endless = busy("{}").test("steps = 500\ntemperature = 200");
    endless
        .sampled(
            "random",
            &[
                "potential-liveness: done in owed: progress has been owed for more than 200 steps",
                "not checked: delivery models: pairwise, unordered",
            ],
        )
        .searched(&[
            "lasso: done in owed: progress is owed for ever: what comes after 1 steps is a loop",
        ]);
    busy("{ times = 280 }").test("steps = 300\ntemperature = 150").sampled("pct", &["pass", "not checked: whether progress is owed for too long, in 60 of 60 executions: their strategy is not fair", "not checked: delivery models: pairwise, unordered"]);
}

/// Scenario 59. d cannot be written: a timer is a number of its owner.
#[test]
fn timers() {
    let part = |part: &str| case_with("s59", &format!("'{part}'")).ends();
    part("a").always(&["liveness: done in owed: nothing is left to be done, and progress is owed"]);
    part("b").always(&["pass"]).runs(&[]);
    part("c").always(&["illegal-call: m: a periodic timer with a period of zero"]).runs(&[
        "m failed at its first turn, parked: illegal-call: a periodic timer with a period of zero",
        "violation: liveness: `done` is in the hot state `owed`, and nothing is left to do",
    ]);
    case("s59e").ends().ordered(&["pass"]).runs(&[]);
    part("f").always(&["pass"]).runs(&[]);
    part("g").always(&["pass"]).count(1).runs(&[]);
    part("g").top("timers = 'unordered'").always(&["pass"]).count(1);
    part("h").always(&["pass"]).runs(&["m is gone"]);
}
