//! Turns that fail: what is reported, and that nothing of them leaves.

use coyote_host::OutsideEvent;
use expect_test::{Expect, expect};

use crate::world::{PATIENCE, World, app, check, component_for, hostile, manifest, wait};

/// One actor that shows its behaviour on `go`, and one that is not concerned. The component built for WASI, which
/// is called by its typed interface, behaves as the other, which is called by its lowered one.
fn on_go(behaviour: &str, expected: Expect) {
    let table = "fuel = 10000000\ngrants = { create = ['hostile'], clocks = true }";
    let setup = format!("do = '{behaviour}', count = 3, to = '@other'");
    let starts = [("other", "do = 'nothing'"), ("it", setup.as_str())];
    for target in ["wasm32-unknown-unknown", "wasm32-wasip2"] {
        let component = component_for(target, "hostile.wasm");
        let world = World::of(app(&manifest(&component, "", table, &starts)));
        world.send_and_settle("it", "go");
        world.ask("other");
        expected.assert_eq(&world.finish());
    }
}

#[test]
fn a_trap() {
    on_go(
        "trap",
        expect![[r#"
            it failed at go, parked: trap: wasm `unreachable` instruction executed
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn a_panic() {
    on_go(
        "panic",
        expect![[r#"
            it failed at go, parked: panic: a panic of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_assertion() {
    on_go(
        "assert",
        expect![[r#"
            it failed at go, parked: assertion: an assertion of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_error() {
    on_go(
        "error",
        expect![[r#"
            it failed at go, parked: error: the handler of `go`: an error of the guest's
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_endless_loop() {
    on_go(
        "loop",
        expect![[r#"
            it failed at go, parked: hang: limit `fuel`: the turn used up its 10000000 units
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_endless_recursion() {
    on_go(
        "recurse",
        expect![[r#"
            it failed at go, parked: trap: out of bounds memory access
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn illegal_calls() {
    on_go(
        "halt-twice",
        expect![[r#"
            it failed at go, parked: illegal-call: halt was asked for twice in one turn
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "random-below-zero",
        expect![[r#"
            it failed at go, parked: illegal-call: a random number below 0
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "zero-period",
        expect![[r#"
            it failed at go, parked: illegal-call: a periodic timer with a period of zero
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "stop-stranger",
        expect![[r#"
            it failed at go, parked: illegal-call: stop of timer 4000000000: this actor never started it
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_id_that_was_never_issued() {
    on_go(
        "send-forged",
        expect![[r#"
            it failed at go, parked: unknown-id: send of `stranger` to `0123456789abcdef`, an id that was never issued
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn what_the_manifest_does_not_grant() {
    on_go(
        "create-forbidden",
        expect![[r#"
            it failed at go, parked: illegal-call: create of `forbidden`: the manifest does not grant it
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "look-up-forbidden",
        expect![[r#"
            it failed at go, parked: illegal-call: look-up of `forbidden/secret`: the manifest does not grant it
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn an_event_without_a_handler() {
    on_go(
        "send-stranger",
        expect![[r#"
        other failed at stranger, parked: unhandled-event: no handler for `stranger`
        dead letter, failed-turn: stranger from it to other
        dead letter, failed: get from outside to other
        Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed; 1 failed-turn
    "#]],
    );
}

/// Scenario 64: the receiver gets nothing, no actor comes to be, no timer fires, no monitor hears of it.
#[test]
fn nothing_leaves_a_turn_that_fails() {
    on_go(
        "send-then-panic",
        expect![[r#"
            it failed at go, parked: panic: a panic of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "send-then-trap",
        expect![[r#"
            it failed at go, parked: trap: wasm `unreachable` instruction executed
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "send-then-loop",
        expect![[r#"
            it failed at go, parked: hang: limit `fuel`: the turn used up its 10000000 units
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "send-then-assert",
        expect![[r#"
            it failed at go, parked: assertion: an assertion of the guest's, at PLACE
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
    on_go(
        "send-then-error",
        expect![[r#"
            it failed at go, parked: error: the handler of `go`: an error of the guest's
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn all_leaves_a_turn_whose_error_is_handled() {
    on_go(
        "handled-error",
        expect![[r#"
            it: tick 1
            other: turns: 0
            Quiescent: 6 events; actors: 3 created, 3 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 unmonitored
        "#]],
    );
    on_go(
        "halting-error",
        expect![[r#"
            it: last action
            it is gone
            other: turns: 0
            Quiescent: 5 events; actors: 3 created, 2 live, 0 failed, 1 halted; 0 failures, 0 restarts; 1 unmonitored
        "#]],
    );
}

#[test]
fn a_halt_that_fails_did_not_happen() {
    on_go(
        "fail-last-action",
        expect![[r#"
            it: last action
            it failed at go, parked: error: the last action: the last action failed
            dead letter, failed-turn: go from outside to it
            other: turns: 0
            Quiescent: 2 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn a_first_turn_that_fails() {
    check(
        hostile("", &[("it", "do = 'trap', when = 'init'")]),
        expect![[r#"
        it failed at its first turn, parked: trap: wasm `unreachable` instruction executed
        Quiescent: 0 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts
    "#]],
    );
    check(
        hostile("", &[("it", "do = 'error', when = 'init'")]),
        expect![[r#"
        it failed at its first turn, parked: error: an error of the guest's
        Quiescent: 0 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts
    "#]],
    );
}

#[test]
fn an_initial_payload_that_cannot_be_read() {
    check(
        hostile("", &[("it", "do = 3")]),
        expect![[r#"
        it failed at its first turn, parked: decode: the initial payload is no `hostile::Setup`: expected value at line 1 column 7
        Quiescent: 0 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts
    "#]],
    );
    check(
        hostile("", &[("it", "")]),
        expect![[r#"
        it failed at its first turn, parked: decode: the initial payload is no `hostile::Setup`: missing field `do` at line 1 column 2
        Quiescent: 0 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts
    "#]],
    );
}

/// The other actor is on another shard, and takes an event while the loop goes on.
#[test]
fn others_go_on_during_an_endless_loop() {
    let mut starts = vec![("it", "do = 'loop'")];
    let names: Vec<_> = (1..=20).map(|number| format!("other-{number}")).collect();
    starts.extend(names.iter().map(|name| (name.as_str(), "do = 'nothing'")));
    let app = hostile("fuel = 18446744073709551615\ndeadline = '200ms'", &starts);
    let world = World::with_workers(app, 2);
    world.settle();
    let held = world.hold_at("turns: 0");
    world.send("it", "go");
    let asked = world.host.request(world.id("other-20"), OutsideEvent::bare("get"), PATIENCE);
    held.wait();
    drop(held);
    assert!(wait(asked).is_ok());
    let outcome = world.finish();
    expect![[r#"
        other-20: turns: 0
        it failed at go, parked: hang: limit `deadline`: the turn took longer than 200ms
        dead letter, failed-turn: go from outside to it
        Quiescent: 2 events; actors: 21 created, 21 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn"#]].assert_eq(outcome.trim_end());
}

#[test]
fn a_failure_tells_where_in_the_guest() {
    let world = World::of(hostile("", &[("it", "do = 'trap'")]));
    world.send_and_settle("it", "go");
    let (_, report) = world.end(PATIENCE);
    let [failure] = report.failed_turns.as_slice() else { panic!("{report:?}") };
    assert_eq!((failure.turn, failure.event.as_deref()), (2, Some("go")));
    assert!(failure.backtrace.contains("hostile"), "{}", failure.backtrace);
}
