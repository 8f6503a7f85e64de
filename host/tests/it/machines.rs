//! Actors with states, as components: the table of the guest's SDK and that of the host agree.

use std::fs;
use std::num::{NonZeroU64, NonZeroUsize};
use std::process::Command;

use coyote_host::{App, ExploreReport, Explorer, inspect};
use expect_test::{Expect, expect};

use crate::world::{World, app, cache, check_with, component};

/// An app of telephone lines: each start entry is a name and what is between the braces of its initial payload.
fn lines(starts: &[(&str, &str)]) -> String {
    let component = component("machine.wasm");
    let mut text =
        format!("name = 'app'\n[actor.machine]\ncomponent = '{}'\n", component.display());
    for (name, setup) in starts {
        text +=
            &format!("[[start]]\nactor = 'machine'\nname = '{name}'\ninitial = {{ {setup} }}\n");
    }
    text
}

/// One line, to which these kinds of events are sent one after the other.
#[track_caller]
fn sent(kinds: &[&str], expected: Expect) {
    let send = |world: &World| world.step("it", kinds);
    check_with(app(&lines(&[("it", "")])), send, expected);
}

#[test]
fn what_is_deferred_waits_for_a_state_that_takes_it() {
    sent(
        &["say", "hold", "dial", "say"],
        expect![[r#"
        it: entered by ``
        it: `say` deferred
        it: `hold` ignored
        it: rings
        it: taken
        it: entered by `answer`
        it: said 1
        it: said 2
        Quiescent: 3 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn a_pushed_state_inherits_and_pops() {
    sent(
        &["dial", "hold", "say", "resume", "say", "hold", "hang-up"],
        expect![[r#"
        it: entered by ``
        it: rings
        it: taken
        it: entered by `answer`
        it: entered by `hold`
        it: `say` ignored
        it: left
        it: said 1
        it: entered by `hold`
        it: left
        it: left
        it: entered by `hang-up`
        Quiescent: 6 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn the_default_event_comes_while_nothing_else_does() {
    sent(
        &["say", "poll"],
        expect![[r#"
        it: entered by ``
        it: `say` deferred
        it: `say` deferred
        it: looked 1 times
        it: looked 2 times
        it: looked 3 times
        it: entered by `default`
        it: `say` deferred
        dead letter, stopped: say from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 stopped
    "#]],
    );
}

#[test]
fn what_no_state_takes_fails_and_names_the_topmost() {
    sent(
        &["dial", "hold", "poll"],
        expect![[r#"
        it: entered by ``
        it: rings
        it: taken
        it: entered by `answer`
        it: entered by `hold`
        it: left
        it: left
        it: `poll` unhandled in OnHold
        it failed at poll, parked: unhandled-event: no reaction to `poll` in state `call.on-hold`
        dead letter, failed-turn: poll from outside to it
        Quiescent: 3 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn a_pop_of_the_last_state_fails() {
    sent(
        &["break"],
        expect![[r#"
        it: entered by ``
        it failed at break, parked: illegal-call: pop of the last state, `idle`
        dead letter, failed-turn: break from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

#[test]
fn halt_leaves_all_states() {
    sent(
        &["dial", "hold", "halt"],
        expect![[r#"
        it: entered by ``
        it: rings
        it: taken
        it: entered by `answer`
        it: entered by `hold`
        it: left
        it: left
        it: ends with `halt`
        it is gone
        Quiescent: 3 events; actors: 1 created, 0 live, 0 failed, 1 halted; 0 failures, 0 restarts
    "#]],
    );
}

/// An app in every execution.
fn explored(app: App) -> ExploreReport {
    let explorer = Explorer::new(app).cache(cache()).workers(NonZeroUsize::MIN);
    let explorer = explorer.strategy("dfs").unwrap().keep_going();
    explorer.iterations(NonZeroU64::new(10_000).unwrap()).run().unwrap()
}

/// Two callers; whatever comes first, nobody is lost.
#[test]
fn every_order_is_explored() {
    let report = explored(app(&lines(&[
        ("it", ""),
        ("a", "to = '@machine/it', send = ['dial', 'say']"),
        ("b", "to = '@machine/it', send = ['say', 'hold']"),
    ])));
    expect!["Exhausted, 52 executions"]
        .assert_eq(&format!("{:?}, {} executions", report.verdict, report.iterations));
}

/// The end of a hold that has not begun, in the executions in which it overtakes it.
#[test]
fn an_order_that_a_state_does_not_expect_is_found() {
    let report = explored(app(&lines(&[
        ("it", ""),
        ("a", "to = '@machine/it', send = ['dial', 'hold']"),
        ("b", "to = '@machine/it', send = ['resume']"),
    ])));
    let bugs = report.bugs.iter().map(|bug| format!("{}: {}\n", bug.kind, bug.message));
    let bugs: String = bugs.collect();
    expect![[r#"
        Bug
        unhandled-event: no reaction to `resume` in state `call.talking`
        unhandled-event: no reaction to `resume` in state `idle`
    "#]]
    .assert_eq(&format!("{:?}\n{bugs}", report.verdict));
}

#[test]
fn a_machine_describes_itself() {
    let components = inspect(app(&lines(&[])), Some(cache())).unwrap();
    let states = &components[0].states;
    let lines = states.iter().flat_map(|state| {
        state.reactions.iter().map(|info| {
            let target = info.target.as_ref().map_or(String::new(), |target| format!(" {target}"));
            format!("{}: {} {}{target}\n", state.name, info.event, info.reaction)
        })
    });
    expect![[r#"
        idle: say defer
        idle: dial goto call.ringing
        idle: poll goto polling
        idle: hang-up ignore
        idle: hold ignore
        call.ringing: say defer
        call.ringing: answer goto call.talking
        call.ringing: hold ignore
        call.talking: say do
        call.talking: hang-up goto idle
        call.talking: hold push call.on-hold
        call.on-hold: say ignore
        call.on-hold: resume do
        polling: say defer
        polling: default do
        polling: hold ignore
    "#]]
    .assert_eq(&lines.collect::<String>());
}

#[test]
fn its_states_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.toml");
    fs::write(&path, lines(&[])).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_coyote-host"));
    command.args(["check", "--graph", "--cache"]).args([cache(), path]);
    let output = command.output().unwrap();
    expect![[r#"
        ---
        title: actor machine
        ---
        stateDiagram-v2
            state "call.ringing" as call_ringing
            state "call.talking" as call_talking
            state "call.on-hold" as call_on_hold
            [*] --> idle
            idle : defer say
            idle : ignore hang-up, hold
            idle --> call_ringing : dial
            idle --> polling : poll
            call_ringing : defer say
            call_ringing : ignore hold
            call_ringing --> call_talking : answer
            call_talking : do say
            call_talking --> idle : hang-up
            call_talking --> call_on_hold : push on hold
            call_on_hold : do resume
            call_on_hold : ignore say
            polling : do default
            polling : defer say
            polling : ignore hold
    "#]]
    .assert_eq(&String::from_utf8(output.stdout).unwrap());
}

/// An app of one operator, whose code waits.
fn operator() -> App {
    let component = component("operator.wasm");
    app(&format!(
        "name = 'app'\n[actor.operator]\ncomponent = '{}'\n\
         [[start]]\nactor = 'operator'\nname = 'it'\n[[test]]\nname = 'it'\n",
        component.display()
    ))
}

/// What is sent while code of a transition waits stays where it is, or is received.
#[test]
fn the_code_of_a_machine_waits() {
    check_with(
        operator(),
        |world| world.step("it", &["dial", "answer", "say", "dial", "say", "hang-up"]),
        expect![[r#"
            it: begins
            it: rings
            it: taken
            it: leaves
            it: talks after `dial`
            it: hangs up
            it: rings
            Quiescent: 7 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

/// W5, X2, K3.
#[test]
fn a_machine_halts_or_fails_while_its_code_waits() {
    check_with(
        operator(),
        |world| world.step("it", &["answer"]),
        expect![[r#"
            it: begins
            it: ends after 0
            it is gone
            Quiescent: 1 events; actors: 1 created, 0 live, 0 failed, 1 halted; 0 failures, 0 restarts
        "#]],
    );
    check_with(
        operator(),
        |world| world.step("it", &["dial", "answer", "say", "say", "say"]),
        expect![[r#"
            it: begins
            it: rings
            it: taken
            it: leaves
            it: talks after `dial`
            it: the handler of `say` in state `talking`: that is enough
            it: task 1, spawned at PLACE
            it failed at (resumption), parked: error: task 1, spawned at PLACE
            Quiescent: 6 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts
        "#]],
    );
}
