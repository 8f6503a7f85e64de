//! Monitors in production (O1-O6, L1).

use std::fs;

use coyote_host::{App, RunVerdict};
use expect_test::{Expect, expect};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use crate::world::{PATIENCE, World, app, check_with, component, manifest, refusal, root};

/// An app of hostile actors with the monitor `watcher`; `table` goes into `[monitor.watcher]`, and each start entry
/// is a name, what it tells the monitor on `go`, and the rest of its initial payload.
fn watched(table: &str, starts: &[(&str, &str, &str)]) -> App {
    let starts: Vec<_> = (starts.iter())
        .map(|(name, told, rest)| (*name, format!("do = {{ tell = [{told}] }}{rest}")))
        .collect();
    let starts: Vec<_> = starts.iter().map(|(name, setup)| (*name, setup.as_str())).collect();
    let text = manifest(&component("hostile.wasm"), "", "", &starts);
    app(&with_monitor(&text, &component("watcher.wasm").display().to_string(), table))
}

fn with_monitor(text: &str, path: &str, table: &str) -> String {
    format!("{text}\n[monitor.watcher]\ncomponent = '{path}'\n{table}\n")
}

/// One actor that tells the monitor on `go`.
fn on_go(table: &str, told: &str, expected: Expect) {
    let app = watched(table, &[("it", told, "")]);
    check_with(app, |world| world.send_and_settle("it", "go"), expected);
}

const ASK: &str = "{ asked = 1 }";

#[test]
fn a_batch_is_handled_in_its_order() {
    on_go(
        "",
        "{ asked = 1 }, { asked = 2 }, { answered = 1 }, { answered = 2 }, { misbehave = 'log' }",
        expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            watcher: 2 of 2 open
            watcher: 0 of 2 open
            watcher: seen: 2
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
    );
}

#[test]
fn what_a_state_ignores_does_not_reach_the_monitor() {
    on_go(
        "",
        "'stranger', { answered = 7 }",
        expect![[r#"
        watcher: 0 of 0 open
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

#[test]
fn a_monitor_that_is_off_hears_nothing() {
    on_go(
        "run = 'off'",
        ASK,
        expect![[r#"
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 unmonitored
    "#]],
    );
}

/// O4: each names monitor, state, kind, notifier. The notifier goes on.
#[test]
fn what_a_monitor_finds_is_reported() {
    for (what, expected) in [
        (
            "assert",
            expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            violation: monitor: `watcher`, in state `open`, notified of `misbehave` by `it`: assertion: an assertion of the monitor's, at PLACE
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "error",
            expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            violation: monitor: `watcher`, in state `open`, notified of `misbehave` by `it`: error: the handler of `misbehave` in state `open`: an error of the monitor's
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "panic",
            expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            violation: monitor: `watcher`, in state `open`, notified of `misbehave` by `it`: panic: a panic of the monitor's, at PLACE
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "trap",
            expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            violation: monitor: `watcher`, in state `open`, notified of `misbehave` by `it`: trap: wasm `unreachable` instruction executed
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "loop",
            expect![[r#"
            watcher: 0 of 0 open
            watcher: 1 of 1 open
            violation: monitor: `watcher`, in state `open`, notified of `misbehave` by `it`: hang: limit `fuel`: the turn used up its 1000000 units
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
    ] {
        on_go("fuel = 1000000", &format!("{ASK}, {{ misbehave = '{what}' }}"), expected);
    }
    on_go(
        "",
        &format!("{ASK}, 'stranger'"),
        expect![[r#"
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        violation: monitor: `watcher`, in state `open`, notified of `stranger` by `it`: unhandled-event: no reaction to this kind in state `open`
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

/// The report has it too, and the monitor watches no more.
#[test]
fn a_monitor_that_found_something_watches_no_more() {
    let world =
        World::of(watched("", &[("it", "{ asked = 1 }, { asked = 1 }, { asked = 2 }", "")]));
    world.step("it", &["go", "go"]);
    let (told, report) = world.end(PATIENCE);
    expect![[r#"
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        violation: monitor: `watcher`, in state `open`, notified of `asked` by `it`: assertion: 1 was asked twice, at PLACE
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 4 unmonitored
    "#]].assert_eq(&told);
    assert_eq!((report.violations.len(), report.verdict), (1, RunVerdict::Quiescent));
}

#[test]
fn a_monitor_may_stop_the_app() {
    on_go(
        "run = 'stop'",
        "{ asked = 1 }, { asked = 1 }",
        expect![[r#"
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        violation: monitor: `watcher`, in state `open`, notified of `asked` by `it`: assertion: 1 was asked twice, at PLACE
        stopped
        Stopped: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

/// L1: progress is owed when nothing is left to do.
#[test]
fn an_app_that_comes_to_rest_in_a_hot_state_owes_progress() {
    on_go(
        "",
        ASK,
        expect![[r#"
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        violation: liveness: `watcher` is in the hot state `open`, and nothing is left to do
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
    on_go(
        "run = 'stop'",
        ASK,
        expect![[r#"
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        violation: liveness: `watcher` is in the hot state `open`, and nothing is left to do
        stopped
        Stopped: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

/// Scenario 64: a turn that fails is not seen by monitors.
#[test]
fn a_turn_that_fails_notifies_nobody() {
    let text = manifest(
        &component("hostile.wasm"),
        "",
        "",
        &[("it", "do = { tell-then-panic = [{ asked = 1 }] }")],
    );
    let watcher = component("watcher.wasm").display().to_string();
    let act = |world: &World| world.send_and_settle("it", "go");
    check_with(
        app(&with_monitor(&text, &watcher, "")),
        act,
        expect![[r#"
        watcher: 0 of 0 open
        it failed at go, parked: panic: a panic of the guest's, at PLACE
        dead letter, failed-turn: go from outside to it
        Quiescent: 1 events; actors: 1 created, 1 live, 1 failed, 0 halted; 1 failures, 0 restarts; 1 failed-turn
    "#]],
    );
}

/// O6: a question is notified before its `go` leaves, so its answer comes later. The two live on different shards, and
/// the turn of the question has much left to release after the `go`.
#[test]
fn causes_come_before_their_effects() {
    const PAIRS: usize = 64;
    const ROUNDS: usize = 10;
    let start = |name: &str, setup: &str| {
        format!("[[start]]\nactor = 'hostile'\nname = '{name}'\ninitial = {{ {setup} }}\n")
    };
    let asker = |pair| {
        let setup = format!(
            "do = {{ tell = [{{ asked = {pair} }}] }}, to = '@answerer-{pair}', count = 200"
        );
        start(&format!("asker-{pair}"), &setup)
    };
    let answerer = |pair| {
        let setup = format!("do = {{ tell = [{{ answered = {pair} }}] }}");
        start(&format!("answerer-{pair}"), &setup)
    };
    let starts: String = (0..PAIRS).map(asker).chain((0..PAIRS).map(answerer)).collect();
    let text = manifest(&component("hostile.wasm"), "", "", &[]) + &starts;
    let text = with_monitor(&text, &component("watcher.wasm").display().to_string(), "");
    let world = World::with_workers(app(&text), 3);
    for _ in 0..ROUNDS {
        (0..PAIRS).for_each(|pair| world.send(&format!("asker-{pair}"), "go"));
        world.settle();
    }
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.violations, Vec::<String>::new());
    assert_eq!(report.events, 202 * (ROUNDS * PAIRS) as u64);
}

/// Scenario 60 b: registered once, so one reaction to each notification, also if another monitor has the same code.
#[test]
fn two_monitors_do_not_know_of_each_other() {
    let text = manifest(
        &component("hostile.wasm"),
        "",
        "",
        &[("it", "do = { tell = [{ asked = 1 }, { answered = 1 }] }")],
    );
    let watcher = component("watcher.wasm").display().to_string();
    let text = with_monitor(&text, &watcher, "")
        + &with_monitor("", &watcher, "").replace("watcher]", "other]");
    let act = |world: &World| world.send_and_settle("it", "go");
    check_with(
        app(&text),
        act,
        expect![[r#"
        other: 0 of 0 open
        watcher: 0 of 0 open
        watcher: 1 of 1 open
        watcher: 0 of 1 open
        Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]],
    );
}

fn refused(path: &str, expected: Expect) {
    let text = manifest(&component("hostile.wasm"), "", "", &[]);
    let refusal = refusal(app(&with_monitor(&text, path, "")));
    let folder = std::path::Path::new(path).parent().unwrap().display().to_string();
    expected.assert_eq(&refusal.replace(&folder, "DIR"));
}

/// An actor exports all that a monitor must, and more.
#[test]
fn an_actor_is_no_monitor() {
    refused(
        &component("hostile.wasm").display().to_string(),
        expect![
            "monitor `watcher`: component `ROOT/target/wasm32-unknown-unknown/release/hostile.wasm` imports `coyote:actor/turn@0.1.0`: a monitor may import `report` and nothing else"
        ],
    );
}

#[test]
fn a_monitor_is_no_actor() {
    let text = manifest(&component("watcher.wasm"), "", "", &[]);
    expect!["actor `hostile`: component `ROOT/target/wasm32-unknown-unknown/release/watcher.wasm` is made for a world that exports `coyote:actor/handler@0.1.0`, `coyote:actor/render@0.1.0`, but this host runs the world `actor` of `coyote:actor@0.1.0`, which exports `coyote:actor/handler@0.1.0`, `coyote:actor/tasks@0.1.0`, `coyote:actor/render@0.1.0`"].assert_eq(&refusal(app(&text)));
}

/// A monitor written by hand.
struct Probe {
    /// Whether it imports `turn`, as an actor does.
    acts: bool,
    /// What `handle-event` does.
    body: &'static str,
    states: u32,
}

impl Probe {
    /// A core module with the type of a monitor whose states have a wildcard each.
    fn module(&self) -> Vec<u8> {
        let Self { acts, body, states } = self;
        let import =
            if *acts { "(import \"coyote:actor/turn@0.1.0\" \"halt\" (func $halt))" } else { "" };
        let text = format!(
            "(module
                {import}
                (import \"coyote:actor/report@0.1.0\" \"set-states\" (func $set-states (param i32 i32)))
                (memory (export \"memory\") 1)
                (data (i32.const 1024) \"{}\")
                (data (i32.const 512) \"\\00\\00\\00\\00\\01\\00\\00\\00\\09\\00\\00\\00\")
                (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 3072))
                (func (export \"coyote:actor/handler@0.1.0#describe\") (result i32) (i32.const 1024))
                (func (export \"coyote:actor/handler@0.1.0#initialize\") (param i32 i32 i32))
                (func (export \"coyote:actor/handler@0.1.0#handle-event\") (param i32 i32 i32 i32) {body})
                (func (export \"coyote:actor/handler@0.1.0#handle-passed\") (param i32 i32 i32 i32 i32))
                (func (export \"coyote:actor/render@0.1.0#state\") (result i32) (i32.const 64))
                (func (export \"coyote:actor/render@0.1.0#event\")
                    (param i32 i32 i32 i32 i32) (result i32) (i32.const 64)))",
            description(*states).iter().map(|byte| format!("\\{byte:02x}")).collect::<String>()
        );
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = Resolve::default();
        resolve.push_dir(root().join("wit")).unwrap();
        let turn = if *acts { "import coyote:actor/turn@0.1.0;" } else { "" };
        let probe = format!(
            "package test:probe; world probe {{ include coyote:actor/monitor@0.1.0; {turn} }}"
        );
        let package = resolve.push_str("probe.wit", &probe).unwrap();
        let world = resolve.select_world(&[package], Some("probe")).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .unwrap();
        module
    }
}

/// A monitor that lists the kind `*`, and has so many states, named `0`, `1`, .., each with a `do` for it.
fn description(states: u32) -> Vec<u8> {
    let at = 1024;
    let (kinds_at, states_at) = (at + 40, at + 48);
    let rules_at = states_at + 20 * states;
    let name_at = rules_at + 12;
    let mut words = vec![1, 0, 0, kinds_at, 1, states_at, states, 0, 0, 0];
    words.extend([name_at, 1]);
    for state in 0..states {
        words.extend([name_at + 1 + state, 1, 0, rules_at, 1]);
    }
    words.extend([0, 0, 0]);
    let names = b"*0123".iter().copied();
    words.iter().flat_map(|word| word.to_le_bytes()).chain(names).collect()
}

/// Scenario 60 a.
#[test]
fn a_monitor_that_could_act_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.wasm");
    fs::write(&path, Probe { acts: true, body: "(call $halt)", states: 1 }.module()).unwrap();
    refused(
        &path.display().to_string(),
        expect![
            "monitor `watcher`: component `DIR/probe.wasm` imports `coyote:actor/turn@0.1.0`: a monitor may import `report` and nothing else"
        ],
    );
}

#[test]
fn a_monitor_without_a_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.wasm");
    fs::write(&path, Probe { acts: false, body: "", states: 0 }.module()).unwrap();
    refused(
        &path.display().to_string(),
        expect![
            "monitor `watcher`: component `DIR/probe.wasm` declares what makes no sense: a monitor needs a state"
        ],
    );
}

/// H2: one state at a time, and one that was declared.
#[test]
fn a_monitor_is_in_one_declared_state() {
    for (body, expected) in [
        (
            "(call $set-states (i32.const 516) (i32.const 1))",
            expect![[r#"
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "(call $set-states (i32.const 512) (i32.const 2))",
            expect![[r#"
            violation: monitor: `watcher`, in state `0`, notified of `stranger` by `it`: illegal-call: the state stack [0, 1] is not one state that was declared
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "(call $set-states (i32.const 520) (i32.const 1))",
            expect![[r#"
            violation: monitor: `watcher`, in state `0`, notified of `stranger` by `it`: illegal-call: the state stack [9] is not one state that was declared
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "(call $set-states (i32.const 512) (i32.const 0))",
            expect![[r#"
            violation: monitor: `watcher`, in state `0`, notified of `stranger` by `it`: illegal-call: the state stack [] is not one state that was declared
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
        (
            "(call $set-states (i32.const 65532) (i32.const 2))",
            expect![[r#"
            violation: monitor: `watcher`, in state `0`, notified of `stranger` by `it`: trap: an argument lies outside of the memory
            Quiescent: 1 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("probe.wasm");
        fs::write(&path, Probe { acts: false, body, states: 2 }.module()).unwrap();
        let starts = [("it", "do = { tell = ['stranger'] }")];
        let text = manifest(&component("hostile.wasm"), "", "", &starts);
        let app = app(&with_monitor(&text, &path.display().to_string(), ""));
        check_with(app, |world| world.send_and_settle("it", "go"), expected);
    }
}
