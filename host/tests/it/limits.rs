//! Limits: meeting one fails the turn, with the name of the limit in the message.

use expect_test::{Expect, expect};

use crate::world::{World, app, check_with, component, hostile, manifest, refusal};

fn on_go(table: &str, setup: &str, expected: Expect) {
    let table = format!("grants.create = ['hostile']\n{table}");
    let app = hostile(&table, &[("it", setup)]);
    check_with(app, |world| world.send_and_settle("it", "go"), expected);
}

#[test]
fn effects() {
    on_go(
        "",
        "do = 'send-many', count = 1000000",
        expect![[r#"
        it failed at go, parked: limit: limit `effects`: 10001 effects, at most 10000 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
    on_go(
        "effects = 2",
        "do = 'send-many', count = 2",
        expect![[r#"
        Quiescent: 3 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
    on_go(
        "effects = 2",
        "do = 'send-many', count = 3",
        expect![[r#"
        it failed at go, parked: limit: limit `effects`: 3 effects, at most 2 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn a_payload() {
    on_go(
        "",
        "do = 'send-large', count = 65533",
        expect![[r#"
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
    on_go(
        "",
        "do = 'send-large', count = 65534",
        expect![[r#"
        it failed at go, parked: limit: limit `payload`: 65537 bytes, at most 65536 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn all_payloads_of_a_turn() {
    on_go(
        "outbox = '10B'\npayload = '10B'",
        "do = 'send-many', count = 11",
        expect![[r#"
        it failed at go, parked: limit: limit `outbox`: 11 bytes, at most 10 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn memory() {
    on_go(
        "",
        "do = 'exhaust-memory'",
        expect![[r#"
        it failed at go, parked: out-of-memory: limit `memory`: 1245184 bytes, at most 1048576 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
    expect!["actor `hostile`: component `ROOT/target/wasm32-unknown-unknown/release/hostile.wasm` does not describe itself: out-of-memory: limit `memory`: 131072 bytes, at most 65536 are allowed"].assert_eq(&refusal(hostile("memory = '64KiB'", &[])));
}

/// A resumed actor has what it had before, and no more room than before.
#[test]
fn memory_of_an_actor_that_resumes() {
    let turns = |between: &[&str]| {
        let table = "memory = '1MiB'\n\
            supervision = { restart = 'transient', from = 'last-turn', max-restarts = 1000 }";
        let starts = [("it", "do = 'hoard', count = 65536")];
        let text = manifest(&component("hostile.wasm"), "", table, &starts);
        // The arena has larger slots, because another kind may have more.
        let larger = text.replace("[actor.hostile]", "[actor.larger]").replace("1MiB", "16MiB");
        let (_, larger) = larger.split_once("[actor.larger]").unwrap();
        let (larger, _) = larger.split_once("[[start]]").unwrap();
        let world = World::of(app(&format!("{text}[actor.larger]{larger}")));
        for _ in 0..16 {
            world.step("it", between);
            world.step("it", &["go"]);
        }
        world.step("it", &["get"]);
        let mut turns = world.lines().into_iter().filter(|line| line.starts_with("it: turns: "));
        turns.next_back().unwrap()
    };
    let undisturbed = turns(&[]);
    assert_eq!(turns(&["echo"]), undisturbed);
    assert!(undisturbed.len() == "it: turns: 10".len(), "{undisturbed}");
}

#[test]
fn fuel() {
    on_go(
        "fuel = 1000000",
        "do = 'slow', count = 1000000",
        expect![[r#"
        it failed at go, parked: hang: limit `fuel`: the turn used up its 1000000 units
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn a_deadline() {
    on_go(
        "fuel = 18446744073709551615\ndeadline = '30ms'",
        "do = 'loop'",
        expect![[r#"
        it failed at go, parked: hang: limit `deadline`: the turn took longer than 30ms
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn log_lines() {
    on_go(
        "log-lines = 2\nlog-line = '6B'",
        "do = 'log-many', count = 100000",
        expect![[r#"
        it: line 0
        it: line 1
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 99998 log lines dropped
    "#]],
    );
    on_go(
        "log-line = '6B'",
        "do = 'log-large', count = 100000",
        expect![[r#"
        it: xxxxxx
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn timers() {
    on_go(
        "inbox.capacity = 2",
        "do = 'start-many', count = 3",
        expect![[r#"
        it failed at go, parked: limit: limit `timers`: 3 armed timers, at most 2 are allowed
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn actors() {
    let text = manifest(
        &component("hostile.wasm"),
        "limits.actors = 3",
        "grants.create = ['hostile']",
        &[("it", "do = 'create-many', count = 2"), ("other", "do = 'nothing'")],
    );
    let act = |world: &World| {
        world.settle();
        world.send_and_settle("it", "go");
    };
    check_with(
        app(&text),
        act,
        expect![[r#"
        it failed at go, parked: limit: limit `actors`: there is no room for 2 more
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 2 created, 2 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}
