//! Which event an actor takes next (Q1-Q5, V1-V6 as far as the offer decides).

use expect_test::expect;

use crate::toy::{App, Species, check, plain};

/// A machine whose handlers only move between states: `kind: stack`, where the stack is empty to stay.
fn machine(moves: &'static [(&'static str, &'static [u32])]) -> Species {
    plain("m", move |toy| {
        let kind = toy.on();
        if let Some((_, stack)) = moves.iter().find(|(known, _)| *known == kind) {
            toy.set_stack(stack);
        }
        Ok(())
    })
}

fn check_events(machine: Species, events: &[&str], expected: expect_test::Expect) {
    check(
        App::alone([machine]),
        |world| {
            world.create("m", "m");
            world.run();
            world.told.clear();
            for event in events {
                world.send("m", event);
            }
        },
        expected,
    );
}

#[test]
fn a_plain_actor_takes_everything_in_order_scenario_26() {
    check_events(
        machine(&[]).rules(&["*: do"]),
        &["e2", "u", "halt", "e1"],
        expect![[r#"
            m: e2 from env
            m: u from env
            m: halt from env
            m: e1 from env
        "#]],
    );
}

#[test]
fn deferred_events_come_first_once_they_are_no_longer_deferred_q3_scenario_27() {
    let m = machine(&[("e1", &[1])])
        .state("s0", &["u: do", "e1: goto 1", "*: defer"])
        .state("s1", &["e2: do"]);
    check_events(
        m,
        &["e2", "u", "e1", "e2 late"],
        expect![[r#"
            m: u from env
            m: e1 from env
            m: e2 from env
            m: e2 late from env
        "#]],
    );
}

#[test]
fn specific_rules_beat_the_wildcard_of_the_same_level_v2_scenario_28() {
    let m = machine(&[]).state("init", &["e1: do", "*: do"]).state("ready", &["e3: do"]);
    check_events(
        m,
        &["e1", "e3", "e2", "e3", "e4", "e3"],
        expect![[r#"
            m: e1 from env
            m: e3 from env
            m: e2 from env
            m: e3 from env
            m: e4 from env
            m: e3 from env
        "#]],
    );
}

/// The offer only sees that each is taken; which handler it is, the guest decides by the same rules.
#[test]
fn a_higher_wildcard_beats_a_lower_defer_v2_scenario_30() {
    let m = machine(&[("e2", &[0, 1])])
        .state("init", &["e1: defer", "e2: push 1"])
        .state("active", &["*: do"]);
    check_events(
        m,
        &["e1", "e2"],
        expect![[r#"
            m: e2 from env
            m: e1 from env
        "#]],
    );
}

#[test]
fn a_higher_wildcard_beats_a_lower_ignore_v2_scenario_62() {
    let m = machine(&[("e2", &[0, 1])])
        .state("init", &["e1: ignore", "e2: push 1"])
        .state("active", &["*: do"]);
    check_events(
        m,
        &["e1 first", "e2", "e1 second"],
        expect![[r#"
            m: e2 from env
            m: e1 second from env
        "#]],
    );
}

/// Q2: dropped when a scan reaches it, so the state of that moment counts.
#[test]
fn an_event_is_ignored_by_the_state_in_which_a_scan_reaches_it_q2() {
    let m = machine(&[("next", &[1])])
        .state("s0", &["e: ignore", "next: goto 1"])
        .state("s1", &["e: do"]);
    check_events(
        m,
        &["e before", "next", "e after"],
        expect![[r#"
            m: next from env
            m: e after from env
        "#]],
    );
}

#[test]
fn a_deferred_event_that_the_next_state_ignores_is_dropped_q2_q3() {
    let m = machine(&[("next", &[1]), ("back", &[0])])
        .state("s0", &["e: defer", "next: goto 1"])
        .state("s1", &["e: ignore", "back: goto 0"]);
    check_events(
        m,
        &["e", "next", "back", "x"],
        expect![[r#"
            m: next from env
            m: back from env
            m: x from env
        "#]],
    );
}

/// The state stays, so the events before the new one are not looked at again; order is kept all the same.
#[test]
fn deferred_events_keep_their_place_over_many_turns_q3() {
    let m = machine(&[("open", &[1])])
        .state("closed", &["e: defer", "open: goto 1"])
        .state("open", &[]);
    check_events(
        m,
        &["e 1", "x", "e 2", "x", "x", "e 3", "open", "e 4"],
        expect![[r#"
            m: x from env
            m: x from env
            m: x from env
            m: open from env
            m: e 1 from env
            m: e 2 from env
            m: e 3 from env
            m: e 4 from env
        "#]],
    );
}

#[test]
fn what_is_ignored_or_deferred_is_told_to_those_who_ask_once_per_state_stack() {
    let m = machine(&[("next", &[1]), ("stay", &[0]), ("open", &[2])])
        .state("s0", &["d: defer", "i: ignore", "next: goto 1", "stay: do"])
        .state("s1", &["d: defer", "i: ignore", "open: goto 2"])
        .state("s2", &[])
        .tells(true, true);
    let events = ["d 1", "i 1", "d 2", "stay", "x", "next", "i 2", "x", "open"];
    check_events(
        m,
        &events,
        expect![[r#"
            m: deferred d 1
            m: ignored i 1
            m: deferred d 2
            m: stay from env
            m: x from env
            m: next from env
            m: deferred d 1
            m: deferred d 2
            m: ignored i 2
            m: x from env
            m: open from env
            m: d 1 from env
            m: d 2 from env
        "#]],
    );
}

#[test]
fn the_turn_that_tells_of_an_event_may_move_the_machine() {
    let m = plain("m", |toy| {
        if toy.on() == "passed" {
            toy.set_stack(&[1]);
        }
        Ok(())
    });
    let m = m.state("s0", &["d: defer"]).state("s1", &[]).tells(false, true);
    check_events(
        m,
        &["d 1", "d 2", "x"],
        expect![[r#"
            m: deferred d 1
            m: d 1 from env
            m: d 2 from env
            m: x from env
        "#]],
    );
}

/// After what it sent to itself (scenario 11), again and again until it leaves the state.
#[test]
fn the_default_event_comes_when_the_inbox_offers_nothing_q5() {
    let m = plain("m", |toy| {
        match toy.on().as_str() {
            "init" => toy.send("m", "e1")?,
            "e1" => toy.send("m", "u")?,
            "default" => toy.memory.number += 1,
            _ => {}
        }
        if toy.memory.number == 3 {
            toy.set_stack(&[1]);
        }
        Ok(())
    });
    let m = m.state("s0", &["default: do", "d: defer", "*: do"]).state("s1", &["d: defer"]);
    check(
        App::alone([m]),
        |world| {
            world.create("m", "m");
            world.send("m", "d");
        },
        expect![[r#"
            m: init
            m: e1
            m: u
            m: default
            m: default
            m: default
            left: m idle [d]
        "#]],
    );
}

#[test]
fn transitions_on_default_count_on_the_top_only_and_the_wildcard_has_none_q5() {
    let m = machine(&[("e", &[0, 1])])
        .state("s0", &["default: goto 2", "e: push 1"])
        .state("s1", &["*: do"])
        .state("s2", &[]);
    check(
        App::alone([m]),
        |world| {
            world.create("m", "m");
            world.send("m", "e");
            world.send("m", "x");
        },
        expect![[r#"
            m: init
            m: e from env
            m: x from env
        "#]],
    );
}

/// H2.
#[test]
fn a_turn_with_a_state_that_was_not_declared_never_happened() {
    let m = machine(&[("bad", &[0, 7]), ("empty", &[])])
        .state("s0", &[])
        .restarts(coyote_kernel::Restart::Transient, coyote_kernel::RestartFrom::LastTurn);
    check_events(
        m,
        &["bad", "empty"],
        expect![[r#"
            m: bad from env
            m failed on bad in s0: illegal-call: the state stack [0, 7] is empty or has a state that was not declared; resumed
            dead letter, failed-turn: bad from env to m
            m: empty from env
            m failed on empty in s0: illegal-call: the state stack [] is empty or has a state that was not declared; resumed
            dead letter, failed-turn: empty from env to m
        "#]],
    );
}
