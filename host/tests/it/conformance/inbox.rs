//! A. Inbox, raise, transitions. B. Defer, ignore, wildcard. G. Meant upstream, but not tested there.

use super::ways::{case, case_with};

/// Scenario 1.
#[test]
fn own_sends_keep_their_order() {
    case("s1")
        .ordered(&["assertion: m on e1: u came first"])
        .unordered(&["assertion: m on e1: u came first", "pass"])
        .runs(&[
            "m failed at e1, parked: assertion: u came first, at PLACE",
            "dead letter, failed-turn: e1 from m to m",
        ]);
}

/// Scenario 2.
#[test]
fn a_raise_precedes_the_inbox() {
    case("s2").always(&["assertion: m on e1 in init: u came first"]).runs(&[
        "m failed at e1, parked: assertion: u came first, at PLACE",
        "dead letter, failed-turn: e1 from m to m",
    ]);
}

/// Scenario 3.
#[test]
fn what_an_exit_sends_is_taken_in_the_next_state() {
    case("s3")
        .always(&["unhandled-event: m on e1 in active: no reaction to `e1` in state `active`"])
        .runs(&[
            "m failed at e1, parked: unhandled-event: no reaction to `e1` in state `active`",
            "dead letter, failed-turn: e1 from m to m",
        ]);
}

/// Scenario 4.
#[test]
fn a_goto_to_itself_runs_exit_and_entry() {
    case("s4").ordered(&["assertion: m on e1 in init: e1"]).runs(&[
        "m failed at e1, parked: assertion: e1, at PLACE",
        "dead letter, failed-turn: e1 from m to m",
        "dead letter, failed: u from m to m",
    ]);
}

/// Scenario 5.
#[test]
fn an_entry_that_sends_too_often() {
    case("s5").ordered(&["max-instances: m on u: more than 1 wait, the last from m"]);
}

/// Scenario 6.
#[test]
fn push_and_pop_do_not_leave_a_state() {
    for part in ["'a'", "'b'"] {
        case_with("s6", part).env(&["u"]).always(&["assertion: m on e2 in init: e2"]);
    }
}

/// Scenario 7.
#[test]
fn a_handler_is_inherited_by_pushed_states() {
    case_with("s6", "'c'").env(&["u"]).always(&["assertion: m on e2 in active: e2"]).runs(&[
        "m failed at e2, parked: assertion: e2, at PLACE",
        "dead letter, failed-turn: e2 from m to m",
    ]);
}

/// Scenario 8.
#[test]
fn a_goto_of_the_top_beats_an_inherited_handler() {
    case("s8").always(&["assertion: m on e2 in active: exit of active"]).runs(&[
        "m failed at e2, parked: assertion: exit of active, at PLACE",
        "dead letter, failed-turn: e2 from m to m",
    ]);
}

/// Scenario 9.
#[test]
fn a_raise_that_pushes_what_pops() {
    case("s9")
        .always(&["assertion: m in init: exit of active"])
        .runs(&["m failed at its first turn, parked: assertion: exit of active, at PLACE"]);
}

/// Scenario 10.
#[test]
fn a_raised_halt_asks_no_table() {
    case("s10")
        .always(&["assertion: m in init: on-halt"])
        .runs(&["m failed at its first turn, parked: assertion: on-halt, at PLACE"]);
}

/// Scenario 11.
#[test]
fn the_default_event_comes_after_what_was_sent_to_itself() {
    case("s11")
        .always(&["assertion: m on default in init: u came first"])
        .runs(&["m failed at default, parked: assertion: u came first, at PLACE"]);
}

/// Scenario 12.
#[test]
fn a_raised_event_is_ignored_and_a_default_handler_inherited() {
    case("s12")
        .always(&["assertion: m on default in active: default"])
        .runs(&["m failed at default, parked: assertion: default, at PLACE"]);
}

/// Scenario 13.
#[test]
fn an_entry_gets_the_default_event() {
    case("s13").ends().always(&["pass"]).runs(&[]);
}

/// Scenario 14.
#[test]
fn a_goto_then_a_raised_goto() {
    case("s14_a").creates("s14_b").always(&["assertion: m on e1 in init: s2"]).runs(&[
        "m failed at e1, parked: assertion: s2, at PLACE",
        "dead letter, failed-turn: e1 from ID to m",
        "dead letter, failed: e3 from ID to m",
    ]);
}

/// Scenario 15.
#[test]
fn what_only_the_state_below_reacts_to_pops_the_top() {
    case("s15_a").creates("s15_b").always(&["assertion: m on e3 in s1: s2"]).runs(&[
        "m failed at e3, parked: assertion: s2, at PLACE",
        "dead letter, failed-turn: e3 from ID to m",
    ]);
}

/// Scenario 16.
#[test]
fn states_pop_until_one_reacts() {
    case("s16")
        .env(&["e1", "e1", "e2", "e3"])
        .ordered(&["unhandled-event: m on e3 in bad: no reaction to `e3` in state `bad`"])
        .runs(&[
            "m: e1 in init",
            "m: +ready",
            "m: +active",
            "m: -active",
            "m: -ready",
            "m: +bad",
            "m: e3 unhandled in Bad",
            "m failed at e3, parked: unhandled-event: no reaction to `e3` in state `bad`",
            "dead letter, failed-turn: e3 from env to m",
        ]);
}

/// Scenario 17.
#[test]
fn a_push_is_not_inherited() {
    case("s17").env(&["e1", "e1"]).ends().always(&["pass"]).runs(&[
        "m: +ready",
        "m: -ready",
        "m: +ready",
    ]);
}

/// Scenario 18.
#[test]
fn defer_and_ignore_are_inherited() {
    case("s18").env(&["e2", "e1", "e3", "e4"]).ends().ordered(&["pass"]).runs(&[
        "m: +final",
        "m: e2",
        "m: e4",
    ]);
}

/// Scenario 19.
#[test]
fn a_state_that_was_not_declared() {
    case("s19").env(&["u"]).always(&["illegal-call: m on u in init: the state stack [7] is empty or has a state that was not declared"]).runs(&[
        "m failed at u, parked: illegal-call: the state stack [7] is empty or has a state that was not declared",
        "dead letter, failed-turn: u from env to m",
    ]);
    case("s19").env(&["e1"]).always(&["illegal-call: m on e1 in init: the state stack [0, 7] is empty or has a state that was not declared"]).runs(&[
        "m failed at e1, parked: illegal-call: the state stack [0, 7] is empty or has a state that was not declared",
        "dead letter, failed-turn: e1 from env to m",
    ]);
}

/// Scenario 20.
#[test]
fn a_pop_of_the_start_state() {
    case("s20")
        .env(&["u"])
        .always(&["illegal-call: m on u in init: pop of the last state, `init`"])
        .runs(&[
            "m: left",
            "m failed at u, parked: illegal-call: pop of the last state, `init`",
            "dead letter, failed-turn: u from env to m",
        ]);
}

/// Scenario 22. What the SDK refuses when it is compiled, the host refuses when it is loaded.
#[test]
fn two_reactions_are_refused() {
    let refusal = case("s22").refusal();
    let (_, why) = refusal.split_once(" declares what makes no sense: ").unwrap();
    let two =
        ["u", "e1"].map(|kind| format!("state `init`, event `{kind}`: two reactions for one kind"));
    assert_eq!(why, two.join("; "));
}

/// Scenario 23.
#[test]
fn a_handler_of_the_whole_actor_comes_last() {
    case("s23a").env(&["e1"]).ends().always(&["pass"]).runs(&[]);
    case("s23b").env(&["e1"]).ends().always(&["pass"]).runs(&[]);
    case("s23c").env(&["e1", "u"]).ends().always(&["pass"]).runs(&[]);
}

/// Scenario 24.
#[test]
fn a_deferred_event_is_shown() {
    let case = case_with("s24_harness", "'s24'").creates("s24");
    case.ordered(&["assertion: m on answer: e1"])
        .unordered(&["assertion: m on answer: e1", "pass"])
        .runs(&[
            "m failed at answer, parked: assertion: e1, at PLACE",
            "dead letter, failed-turn: answer from ID to m",
            "dead letter, stopped: e1 from m to ID",
        ]);
}

/// Scenario 25.
#[test]
fn an_ignored_event_is_shown() {
    let case = case_with("s24_harness", "'s25a'").creates("s25a");
    case.ordered(&["assertion: m on answer: e1"])
        .unordered(&["assertion: m on answer: e1", "pass"])
        .runs(&[
            "m failed at answer, parked: assertion: e1, at PLACE",
            "dead letter, failed-turn: answer from ID to m",
        ]);
    let case = case_with("s24_harness", "'s25b'").creates("s25b");
    case.ordered(&["assertion: m on answer: u"])
        .unordered(&["assertion: m on answer: u", "pass"])
        .runs(&[
            "m failed at answer, parked: assertion: u, at PLACE",
            "dead letter, failed-turn: answer from ID to m",
        ]);
}

/// Scenario 26.
#[test]
fn a_plain_actor_takes_everything() {
    case("s26").env(&["e2", "u", "e1"]).ends().ordered(&["pass"]).runs(&["m: e2", "m: u", "m: e1"]);
}

/// Scenario 27.
#[test]
fn a_deferred_wildcard() {
    case("s27")
        .env(&["e2", "u", "e1"])
        .ends()
        .ordered(&["pass"])
        .runs(&["m: u", "m: +s1", "m: e2"]);
}

/// Scenario 28.
#[test]
fn a_wildcard_beside_specific_handlers() {
    let events = ["e1", "e3", "e2", "e3", "e4", "e3"];
    case("s28").env(&events).ends().ordered(&["pass"]).runs(&[
        "m: e1 specific",
        "m: e3 any",
        "m: e2 any",
        "m: e3 specific",
        "m: e4 any",
        "m: e3 any",
    ]);
}

/// Scenario 29.
#[test]
fn a_higher_wildcard_beats_a_lower_handler() {
    case("s29").env(&["e1", "e1", "e2"]).ends().ordered(&["pass"]).runs(&[
        "m: e1 in init",
        "m: e1 any",
        "m: e2 specific",
    ]);
}

/// Scenario 30.
#[test]
fn a_wildcard_above_a_deferral_and_a_goto_on_it() {
    case("s30a").env(&["e1", "e2"]).ends().always(&["pass"]).runs(&["m: e1 any"]);
    case("s30b").env(&["e1", "e2"]).ends().ordered(&["pass"]).runs(&["m: e1", "m: other by e2"]);
}

/// Scenario 61.
#[test]
fn a_wildcard_of_a_state_beats_a_handler_of_the_actor() {
    case("s61").env(&["e1"]).ends().always(&["pass"]).runs(&[]);
}

/// Scenario 62.
#[test]
fn a_wildcard_above_what_is_ignored_below() {
    case("s62").env(&["e1", "e2", "e1"]).ends().ordered(&["pass"]).runs(&["m: e1 any"]);
}
