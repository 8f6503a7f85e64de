//! H. What the design needs.

use super::ways::{case, case_of};
use coyote_host::Delivery;

/// Scenario 63.
#[test]
fn order_of_effects() {
    let sender = |part: &str| format!("{{ part = '{part}', c = '@c', d = '@d' }}");
    let two = "{ events = 2, listeners = 2 }";
    let a = case_of(&[
        ("listener", "c", two),
        ("listener", "d", two),
        ("s63a", "a", &sender("a")),
        ("s63a", "b", &sender("b")),
    ]);
    a.monitor("judge").under(
        &[Delivery::Causal],
        &[
            "monitor: judge on saw in watching: c: eone etwo, d: eone etwo (notified by d)",
            "monitor: judge on saw in watching: c: eone etwo, d: etwo eone (notified by d)",
            "monitor: judge on saw in watching: c: etwo eone, d: eone etwo (notified by d)",
            "monitor: judge on saw in watching: c: etwo eone, d: etwo eone (notified by d)",
            "monitor: judge on saw in watching: d: eone etwo, c: eone etwo (notified by c)",
            "monitor: judge on saw in watching: d: eone etwo, c: etwo eone (notified by c)",
            "monitor: judge on saw in watching: d: etwo eone, c: eone etwo (notified by c)",
            "monitor: judge on saw in watching: d: etwo eone, c: etwo eone (notified by c)",
        ],
    );
    let triangle = |part: &str| {
        let p = format!("{{ part = '{part}', s = '@s', l = '@l' }}");
        let l = "{ events = 2, listeners = 1 }";
        let starts = [("listener", "l", l), ("s63_s", "s", "'@l'"), ("s63_p", "p", &*p)];
        case_of(&starts).monitor("judge")
    };
    triangle("b").always(&[
        "monitor: judge on saw in watching: l: eone etwo (notified by l)",
        "monitor: judge on saw in watching: l: etwo eone (notified by l)",
    ]);
    triangle("c").under(
        &[Delivery::Mailbox, Delivery::Causal],
        &["monitor: judge on saw in watching: l: eone etwo (notified by l)"],
    );
    triangle("c").under(
        &[Delivery::Pairwise, Delivery::Unordered],
        &[
            "monitor: judge on saw in watching: l: eone etwo (notified by l)",
            "monitor: judge on saw in watching: l: etwo eone (notified by l)",
        ],
    );
}

/// Scenario 64.
#[test]
fn a_failed_turn_releases_nothing() {
    let never = ("never", "b", "false");
    let a = case_of(&[never, ("s64a", "m", "'@b'")]).monitor("judge");
    a.clone().env(&["e1"]).always(&["panic: m on e1 in init: boom"]).runs(&[
        "m failed at e1, parked: panic: boom, at PLACE",
        "dead letter, failed-turn: e1 from env to m",
    ]);
    let resumed = a.supervised("supervision = { restart = 'transient', from = 'last-turn' }");
    resumed.env(&["e1", "e2"]).ends().always(&["pass"]).runs(&[
        "m failed at e1, resumed: panic: boom, at PLACE",
        "dead letter, failed-turn: e1 from env to m",
    ]);
    let b = case_of(&[("sink", "b", ""), ("s64b", "m", "'@b'")]);
    b.always(&["panic: m on (resumption): boom"])
        .runs(&["b: e1", "m failed at (resumption), parked: panic: boom, at PLACE"]);
}

/// Scenario 65.
#[test]
fn monitor_order() {
    let a = case_of(&[("s65a", "b", "{}"), ("s65a", "a", "{ b = '@b' }")]);
    a.monitor("judge").always(&["monitor: judge on saw in watching: a, b (notified by b)"]);
    case_of(&[("s65b", "a", ""), ("s65b", "b", "")]).monitor("judge").always(&[
        "monitor: judge on saw in watching: a, a, b, b (notified by b)",
        "monitor: judge on saw in watching: b, b, a, a (notified by a)",
    ]);
}

/// Scenario 66.
#[test]
fn timers_tie() {
    case("s66")
        .always(&[
            "assertion: m on e3: eone at onezero, etwo at onezero, ethree at twozero",
            "assertion: m on e3: etwo at onezero, eone at onezero, ethree at twozero",
        ])
        .count(2);
    case("s66")
        .top("timers = 'unordered'")
        .always(&[
            "assertion: m on e1: ethree at twozero, etwo at twozero, eone at twozero",
            "assertion: m on e1: etwo at onezero, ethree at twozero, eone at twozero",
            "assertion: m on e2: eone at onezero, ethree at twozero, etwo at twozero",
            "assertion: m on e2: ethree at twozero, eone at twozero, etwo at twozero",
            "assertion: m on e3: eone at onezero, etwo at onezero, ethree at twozero",
            "assertion: m on e3: etwo at onezero, eone at onezero, ethree at twozero",
        ])
        .count(6);
}

/// Scenario 67.
#[test]
fn choices() {
    let case = case_of(&[("s67b", "b", ""), ("s67a", "a", "'@b'")]);
    case.clone().count(24).monitor("judge").under(
        &[Delivery::Causal],
        &[
            "monitor: judge on saw in watching: false one, false (notified by b)",
            "monitor: judge on saw in watching: false one, true (notified by b)",
            "monitor: judge on saw in watching: false two, false (notified by b)",
            "monitor: judge on saw in watching: false two, true (notified by b)",
            "monitor: judge on saw in watching: false zero, false (notified by b)",
            "monitor: judge on saw in watching: false zero, true (notified by b)",
            "monitor: judge on saw in watching: false, false one (notified by a)",
            "monitor: judge on saw in watching: false, false two (notified by a)",
            "monitor: judge on saw in watching: false, false zero (notified by a)",
            "monitor: judge on saw in watching: false, true one (notified by a)",
            "monitor: judge on saw in watching: false, true two (notified by a)",
            "monitor: judge on saw in watching: false, true zero (notified by a)",
            "monitor: judge on saw in watching: true one, false (notified by b)",
            "monitor: judge on saw in watching: true one, true (notified by b)",
            "monitor: judge on saw in watching: true two, false (notified by b)",
            "monitor: judge on saw in watching: true two, true (notified by b)",
            "monitor: judge on saw in watching: true zero, false (notified by b)",
            "monitor: judge on saw in watching: true zero, true (notified by b)",
            "monitor: judge on saw in watching: true, false one (notified by a)",
            "monitor: judge on saw in watching: true, false two (notified by a)",
            "monitor: judge on saw in watching: true, false zero (notified by a)",
            "monitor: judge on saw in watching: true, true one (notified by a)",
            "monitor: judge on saw in watching: true, true two (notified by a)",
            "monitor: judge on saw in watching: true, true zero (notified by a)",
        ],
    );
}
