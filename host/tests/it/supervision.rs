//! What becomes of an actor that failed (F10).

use expect_test::{Expect, expect};

use crate::world::{World, check_with, hostile};

/// Two turns that count, one that fails because its payload cannot be read, and the count.
fn counter(supervision: &str, expected: Expect) {
    let table = format!("supervision = {{ {supervision} }}");
    let act = |world: &World| world.step("it", &["go", "go", "get", "echo", "get", "go", "get"]);
    check_with(
        hostile(&table, &[("it", "do = 'log-many', count = 1, when = 'init'")]),
        act,
        expected,
    );
}

#[test]
fn restart_begins_anew_with_the_first_payload() {
    counter(
        "restart = 'transient'",
        expect![[r#"
            it: line 0
            it: line 0
            it: line 0
            it: turns: 2
            it failed at echo, restarted: decode: the payload of `echo`: it is empty
            dead letter, failed-turn: echo from outside to it
            it: line 0
            it: turns: 0
            it: line 0
            it: turns: 1
            Quiescent: 7 events; actors: 1 created, 1 live, 0 failed, 0 halted; 1 failures, 1 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn resume_goes_on_from_the_state_before_the_turn() {
    counter(
        "restart = 'transient', from = 'last-turn'",
        expect![[r#"
            it: line 0
            it: line 0
            it: line 0
            it: turns: 2
            it failed at echo, resumed: decode: the payload of `echo`: it is empty
            dead letter, failed-turn: echo from outside to it
            it: turns: 2
            it: line 0
            it: turns: 3
            Quiescent: 7 events; actors: 1 created, 1 live, 0 failed, 0 halted; 1 failures, 1 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn without_a_restart_the_actor_is_parked() {
    counter(
        "",
        expect![[r#"
            it: line 0
            it: line 0
            it: line 0
            it: turns: 2
            it failed at echo, parked: decode: the payload of `echo`: it is empty
            dead letter, failed-turn: echo from outside to it
            dead letter, failed: get from outside to it
            dead letter, failed: go from outside to it
            dead letter, failed: get from outside to it
            Quiescent: 4 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 3 failed; 1 failed-turn
        "#]],
    );
}

#[test]
fn a_restarted_actor_keeps_its_id() {
    let table = "supervision = { restart = 'transient' }";
    let world = World::of(hostile(table, &[("it", "do = 'introduce', when = 'init'")]));
    world.send_and_settle("it", "echo");
    let told = world.finish();
    let lines: Vec<_> = told.lines().filter(|line| line.starts_with("it: it it ")).collect();
    assert_eq!(lines.len(), 2, "{told}");
}

/// A turn that fails after it counted: the count is as before.
#[test]
fn nothing_of_a_failed_turn_is_remembered() {
    let table = "grants.create = ['hostile']\n\
        supervision = { restart = 'transient', from = 'last-turn', max-restarts = 10 }";
    let setup = "do = 'send-then-panic', count = 3, to = '@other'";
    let act = |world: &World| world.step("it", &["go", "get", "go", "get"]);
    check_with(
        hostile(table, &[("other", "do = 'nothing'"), ("it", setup)]),
        act,
        expect![[r#"
            it failed at go, resumed: panic: a panic of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            it: turns: 0
            it failed at go, resumed: panic: a panic of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            it: turns: 0
            Quiescent: 4 events; actors: 2 created, 2 live, 0 failed, 0 halted; 2 failures, 2 restarts; 2 failed-turn
        "#]],
    );
}

#[test]
fn an_event_is_offered_again() {
    let act = |world: &World| world.send_and_settle("it", "go");
    let app = |from: &str| {
        let table =
            format!("supervision = {{ restart = 'transient', retry = 2, from = '{from}' }}");
        hostile(&table, &[("it", "do = 'trap'")])
    };
    check_with(
        app("initial"),
        act,
        expect![[r#"
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        Quiescent: 3 events; actors: 1 created, 1 live, 0 failed, 0 halted; 3 failures, 3 restarts; 1 failed-turn
    "#]],
    );
    check_with(
        app("last-turn"),
        act,
        expect![[r#"
        it failed at go, resumed: trap: wasm `unreachable` instruction executed
        it failed at go, resumed: trap: wasm `unreachable` instruction executed
        it failed at go, resumed: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        Quiescent: 3 events; actors: 1 created, 1 live, 0 failed, 0 halted; 3 failures, 3 restarts; 1 failed-turn
    "#]],
    );
}

fn beyond(beyond: &str, expected: Expect) {
    let table = format!(
        "supervision = {{ restart = 'transient', max-restarts = 1, within = '1h', beyond = '{beyond}' }}"
    );
    let starts = [("it", "do = 'trap'"), ("other", "do = 'watch', to = '@it', when = 'init'")];
    let act = |world: &World| {
        world.settle();
        for _ in 0..2 {
            world.send_and_settle("it", "go");
        }
    };
    check_with(hostile(&table, &starts), act, expected);
}

#[test]
fn one_restart_too_many() {
    beyond(
        "park",
        expect![[r#"
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        it failed at go, parked: trap: wasm `unreachable` instruction executed; limit `max-restarts`: 1 within 3600s
        dead letter, failed-turn: go from outside to it
        other: down: it Failed
        Quiescent: 3 events; actors: 2 created, 2 live, 1 failed, 0 halted; 2 failures, 1 restarts; 2 failed-turn
    "#]],
    );
    beyond(
        "halt",
        expect![[r#"
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        it failed at go, halted: trap: wasm `unreachable` instruction executed; limit `max-restarts`: 1 within 3600s
        dead letter, failed-turn: go from outside to it
        it is gone
        other: down: it Failed
        Quiescent: 3 events; actors: 2 created, 1 live, 0 failed, 1 halted; 2 failures, 1 restarts; 2 failed-turn
    "#]],
    );
    beyond(
        "stop",
        expect![[r#"
        it failed at go, restarted: trap: wasm `unreachable` instruction executed
        dead letter, failed-turn: go from outside to it
        it failed at go, stopped: trap: wasm `unreachable` instruction executed; limit `max-restarts`: 1 within 3600s
        dead letter, failed-turn: go from outside to it
        stopped
        dead letter, stopped: actor-down from it to other
        Stopped: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 2 failures, 1 restarts; 2 failed-turn; 1 stopped
    "#]],
    );
}

#[test]
fn a_first_turn_that_always_fails_is_given_up() {
    let table = "supervision = { restart = 'transient', from = 'last-turn', within = '1h' }";
    check_with(
        hostile(table, &[("it", "do = 'trap', when = 'init'")]),
        |_| {},
        expect![[r#"
        it failed at its first turn, restarted: trap: wasm `unreachable` instruction executed
        it failed at its first turn, restarted: trap: wasm `unreachable` instruction executed
        it failed at its first turn, restarted: trap: wasm `unreachable` instruction executed
        it failed at its first turn, parked: trap: wasm `unreachable` instruction executed; limit `max-restarts`: 3 within 3600s
        Quiescent: 0 events; actors: 1 created, 1 live, 1 failed, 0 halted; 4 failures, 3 restarts
    "#]],
    );
}

#[test]
fn a_permanent_actor_comes_back_from_a_halt() {
    let table = "supervision = { restart = 'permanent', max-restarts = 1, within = '1h' }";
    let act = |world: &World| world.step("it", &["go", "get", "go", "get"]);
    check_with(
        hostile(table, &[("it", "do = 'halt'")]),
        act,
        expect![[r#"
            it: last action
            it: turns: 0
            it: last action
            it is gone
            dead letter, halted: get from outside to it
            Quiescent: 3 events; actors: 1 created, 0 live, 0 failed, 1 halted; 0 failures, 0 restarts; 1 halted
        "#]],
    );
}
