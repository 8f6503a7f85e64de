//! Actors built for `wasm32-wasip2`: they see nothing of the machine.

use expect_test::expect;

use crate::world::{World, app, check_with, component_for, manifest, refusal};

fn hostile(table: &str, starts: &[(&str, &str)]) -> coyote_host::App {
    let component = component_for("wasm32-wasip2", "hostile.wasm");
    app(&manifest(&component, "", &format!("grants.clocks = true\n{table}"), starts))
}

#[test]
fn clocks_are_virtual_and_the_environment_is_empty() {
    let act = |world: &World| world.send_and_settle("it", "go");
    check_with(
        hostile("", &[("it", "do = 'look-around'")]),
        act,
        expect![[r#"
        it: the wall clock is virtual: true
        it: time stands still: true
        it: environment: []
        it: arguments: []
        it: hash of nothing: e208ce767074c364
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn the_environment_is_what_the_manifest_grants() {
    let act = |world: &World| world.send_and_settle("it", "go");
    let table = "grants.environment = { COLOUR = 'blue' }";
    check_with(
        hostile(table, &[("it", "do = 'look-around'")]),
        act,
        expect![[r#"
        it: the wall clock is virtual: true
        it: time stands still: true
        it: environment: [("COLOUR", "blue")]
        it: arguments: []
        it: hash of nothing: e208ce767074c364
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn standard_output_goes_nowhere_without_a_grant() {
    let act = |world: &World| world.send_and_settle("it", "go");
    check_with(
        hostile("", &[("it", "do = 'print-many', count = 100000")]),
        act,
        expect![[r#"
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn standard_output_goes_to_the_log_within_its_limits() {
    let act = |world: &World| {
        world.send_and_settle("it", "go");
        world.ask("it");
    };
    let table = "grants.stdout = true\nlog-lines = 3";
    check_with(
        hostile(table, &[("it", "do = 'print-many', count = 100000")]),
        act,
        expect![[r#"
            it: line 0
            it: line 1
            it: line 2
            it: turns: 1
            Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 99997 log lines dropped
        "#]],
    );
}

#[test]
fn it_traps_and_comes_back_as_any_other() {
    let act = |world: &World| world.step("it", &["go", "get", "echo", "get"]);
    let table = "supervision = { restart = 'transient' }";
    check_with(
        hostile(table, &[("it", "do = 'nothing'")]),
        act,
        expect![[r#"
            it: turns: 1
            it failed at echo, restarted: decode: the payload of `echo`: it is empty
            dead letter, failed-turn: echo from outside to it
            it: turns: 0
            Quiescent: 4 events; actors: 1 created, 1 live, 0 failed, 0 halted; 1 failures, 1 restarts; 1 failed-turn
        "#]],
    );
}

#[test]
fn its_state_is_more_than_memory() {
    let table = "supervision = { restart = 'transient', from = 'last-turn' }";
    expect!["actor `hostile`: component `ROOT/target/wasm32-wasip2/release/hostile.wasm` cannot be restarted from its last turn: it keeps more than one memory and a stack pointer, or imports more than `coyote:actor`"].assert_eq(&refusal(hostile(table, &[])));
}

/// A line without an end is cut once there is no room for more, and what comes in the next turn is shown.
#[test]
fn a_line_that_does_not_end_is_cut() {
    let act = |world: &World| world.step("it", &["go", "go"]);
    let table = "grants.stdout = true\nlog-line = '4B'";
    let setup = "do = 'print-large', count = 1048577";
    check_with(
        hostile(table, &[("it", setup)]),
        act,
        expect![[r#"
        it: xxxx
        it: xxxx
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}
