//! Snapshots as files: what was saved goes on, in a run and in an exploration, and what is no snapshot is refused.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use coyote_host::{
    App, ExploreReport, Explorer, Host, OutsideEvent, Replay, ReplayError, RunVerdict, Snapshot,
    SnapshotError, Verdict,
};
use expect_test::{Expect, expect};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::{command, session};
use crate::memory::probe;
use crate::world::{
    PATIENCE, World, app, cache, component, component_for, hostile, manifest, wait,
};

/// The text of an app of actors that do what their initial payloads say: each a name and what is between the braces.
fn scripted(starts: &[(&str, &str)]) -> String {
    let component = component("scripted.wasm");
    let mut text = format!("name = 'app'\n[actor.it]\ncomponent = '{}'\n", component.display());
    for (name, script) in starts {
        text += &format!("[[start]]\nactor = 'it'\nname = '{name}'\ninitial = {{ {script} }}\n");
    }
    text
}

/// Nobody sends `two` but somebody outside. Whoever does so will see it fail an hour later.
fn patient() -> String {
    scripted(&[(
        "it",
        "two = [{ timer = { ms = 3600000, event = 'tick' } }], tick = [{ fail = 'assert' }]",
    )])
}

/// The patient app as it is after somebody outside sent `two`.
fn patient_snapshot() -> Snapshot {
    let world = World::of(app(&patient()));
    world.send("it", "two");
    // The answer to a later letter shows that the earlier one was taken in; its turn comes before a snapshot or after.
    while wait(world.host.report()).events == 0 {}
    let snapshot = world.snapshot();
    drop(world);
    snapshot
}

fn explorer(text: &str) -> Explorer {
    Explorer::new(app(text)).cache(cache()).workers(NonZeroUsize::MIN)
}

fn explored(explorer: Explorer) -> ExploreReport {
    explorer.run().unwrap_or_else(|error| panic!("{error}"))
}

const MANY: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

#[test]
fn actors_go_on_with_what_they_remember() {
    let start = [("it", "do = 'nothing'"), ("other", "do = 'nothing'")];
    let world = World::of(hostile("", &start));
    world.step("it", &["go", "go", "go"]);
    world.step("other", &["go"]);
    let snapshot = world.snapshot();
    // The app that was saved goes on too.
    world.step("it", &["go", "get"]);
    expect![[r#"
        it: turns: 4
        Quiescent: 6 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&world.finish());
    for workers in [1, 3] {
        let world = World::resumed(hostile("", &start), snapshot.clone(), workers);
        world.step("it", &["get"]);
        world.step("other", &["go", "get"]);
        expect![[r#"
            it: turns: 3
            other: turns: 2
            Quiescent: 7 events; actors: 2 created, 2 live, 0 failed, 0 halted; 0 failures, 0 restarts
        "#]]
        .assert_eq(&world.finish());
    }
}

/// Whenever it is taken, nothing is lost and nothing is there twice: the ring takes as many events as it would have.
#[test]
fn a_busy_app_is_saved_between_two_turns() {
    let ring = || {
        let component = component("ring_node.wasm");
        app(&format!(
            "name = 'ring'\n[actor.node]\ncomponent = '{}'\ngrants.create = ['node']\n\
             [[start]]\nactor = 'node'\n\
             initial = {{ first = {{ nodes = 100, tokens = 10, hops = 100 }} }}\n",
            component.display()
        ))
    };
    let finished = |world: World| {
        world.settle();
        let (_, report) = world.end(PATIENCE);
        assert_eq!((report.verdict, report.dead_letters), (RunVerdict::Quiescent, 0));
        (report.events, report.actors.created)
    };
    let expected = finished(World::with_workers(ring(), 2));
    for (workers, then) in [(1, 2), (2, 1), (2, 3)] {
        let world = World::with_workers(ring(), workers);
        let mut snapshots: Vec<_> = (0..3).map(|_| world.snapshot()).collect();
        assert_eq!(finished(world), expected, "{workers} workers");
        snapshots.reverse();
        for snapshot in snapshots {
            let resumed = World::resumed(ring(), snapshot, then);
            assert_eq!(finished(resumed), expected, "{workers} workers, then {then}");
        }
    }
}

#[test]
fn two_snapshots_at_once_are_both_taken() {
    let world = World::with_workers(app(&patient()), 3);
    let (one, other) = (world.host.snapshot(), world.host.snapshot());
    let (other, one) = (wait(other).unwrap(), wait(one).unwrap());
    assert_eq!(one.app(), other.app());
    drop(world.host.snapshot());
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.failures, 0);
}

#[test]
fn timers_have_the_time_left_that_they_had() {
    let start = [("it", "do = 'periodic', count = 3")];
    let world = World::of(hostile("", &start));
    world.send("it", "go");
    let snapshot = world.snapshot();
    drop(world);
    let world = World::resumed(hostile("", &start), snapshot, 2);
    world.settle();
    let (_, report) = world.end(PATIENCE);
    assert_eq!(report.verdict, RunVerdict::Quiescent);
    // An hour is not over: it would have failed.
    let world = World::resumed(app(&patient()), patient_snapshot(), 1);
    assert!(!world.host.until_quiescent(Duration::from_millis(1)));
    let (_, report) = world.end(PATIENCE);
    assert_eq!((report.verdict, report.failures), (RunVerdict::Drained, 0));
}

/// The monitor knows what was asked before.
#[test]
fn monitors_go_on_with_what_they_remember() {
    let start = [("it", "do = { tell = [{ asked = 1 }] }")];
    let watcher = component("watcher.wasm").display().to_string();
    let with = |table: &str| {
        let text = manifest(&component("hostile.wasm"), "", "", &start);
        app(&format!("{text}\n[monitor.watcher]\ncomponent = '{watcher}'\n{table}\n"))
    };
    let world = World::of(with(""));
    world.step("it", &["go"]);
    let snapshot = world.snapshot();
    drop(world);
    let world = World::resumed(with(""), snapshot, 2);
    world.step("it", &["go"]);
    expect![[r#"
        violation: monitor: `watcher`, in state `open`, notified of `asked` by `it`: assertion: 1 was asked twice, at PLACE
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts
    "#]]
    .assert_eq(&world.finish());
    // One that did not watch has missed something.
    let world = World::of(with("run = 'off'"));
    world.step("it", &["go"]);
    let snapshot = world.snapshot();
    drop(world);
    let world = World::resumed(with(""), snapshot.clone(), 1);
    world.step("it", &["go"]);
    expect![[r#"
        Quiescent: 2 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 unmonitored
    "#]]
    .assert_eq(&world.finish());
    let report = explored(Explorer::new(with("")).cache(cache()).begin_at(snapshot));
    assert_eq!(
        report.unchecked[0],
        "what these monitors watch, which did not before the snapshot: watcher"
    );
}

/// Who asked is gone, and the answer with it; whoever asks now gets the own one.
#[test]
fn who_had_asked_from_outside_gets_no_answer_any_more() {
    let start = [("it", "do = 'nothing'")];
    let world = World::of(hostile("", &start));
    let held = world.hold_at("turns: 0");
    let get =
        |world: &World| world.host.request(world.id("it"), OutsideEvent::bare("get"), PATIENCE);
    let first = get(&world);
    held.wait();
    let (second, snapshot) = (get(&world), world.host.snapshot());
    drop(held);
    let snapshot = wait(snapshot).unwrap();
    assert!(wait(first).is_ok() && wait(second).is_ok());
    drop(world);
    let world = World::resumed(hostile("", &start), snapshot, 1);
    world.settle();
    assert!(wait(get(&world)).is_ok());
    expect![[r#"
        it: turns: 0
        dead letter, already-replied: reply from it to outside
        it: turns: 0
        Quiescent: 3 events; actors: 1 created, 1 live, 0 failed, 0 halted; 0 failures, 0 restarts; 1 already-replied
    "#]]
    .assert_eq(&world.finish());
}

#[test]
fn an_exploration_finds_what_only_that_state_leads_to() {
    let text = patient();
    let start = explored(explorer(&text).exhaustive(MANY));
    assert_eq!(start.verdict, Verdict::Exhausted, "{start}");
    let snapshot = patient_snapshot();
    let report = explored(explorer(&text).begin_at(snapshot.clone()));
    let [bug] = &report.bugs[..] else { panic!("{report}") };
    assert_eq!(
        (&*bug.kind, bug.minimised_steps, &*bug.lines[0].what),
        ("assertion", 1, "timer 0 fires: `tick`")
    );
    let all = explored(explorer(&text).begin_at(snapshot.clone()).exhaustive(MANY));
    assert_eq!((all.verdict, all.bugs.len()), (Verdict::Bug, 1));
    // It repeats itself, by its file and its token, from there and from nowhere else.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace");
    fs::write(&path, bug.trace_file()).unwrap();
    let path = path.to_str().unwrap();
    let replay = |trace: &str| Replay::new(app(&text), trace).unwrap().cache(cache());
    for trace in [path, &bug.token] {
        let again = replay(trace).begin_at(snapshot.clone()).run().unwrap();
        assert_eq!(again.lines, bug.lines);
    }
    let refused = |replay: Replay| replay.run().unwrap_err().to_string();
    let digest = snapshot.digest();
    assert_eq!(
        refused(replay(path)),
        format!("the trace begins at the snapshot {digest}, not at the start of the app")
    );
    let other = {
        let world = World::of(app(&text));
        world.snapshot()
    };
    assert_eq!(
        refused(replay(path).begin_at(other.clone())),
        format!(
            "the trace begins at the snapshot {digest}, not at the snapshot {}",
            other.digest()
        )
    );
    let token = replay(&bug.token).begin_at(other).run();
    assert!(matches!(token, Err(ReplayError::Other)));
}

/// Of a trace that goes wrong in the end, from each of its places: some order of what is left goes wrong.
#[test]
fn an_exploration_goes_on_from_any_place_of_a_trace() {
    let send = |event: &str| format!("init = [{{ send = {{ to = '@it/c', event = '{event}' }} }}]");
    let text = scripted(&[
        ("c", "anything = [{ expect = ['one', 'two'] }]"),
        ("a", &send("one")),
        ("b", &send("two")),
    ]);
    let report = explored(explorer(&text));
    let bug = &report.bugs[0];
    let replay = || Replay::new(app(&text), &bug.token).unwrap().cache(cache());
    let mut timeline = replay().open().unwrap();
    for step in 0..timeline.len() {
        timeline.go_to(step);
        let snapshot = timeline.snapshot().unwrap();
        let found = explored(explorer(&text).begin_at(snapshot.clone()).exhaustive(MANY));
        assert_eq!(found.bugs.len(), 1, "after step {step}");
        // And production goes on from there.
        let world = World::resumed(app(&text), snapshot, 1);
        world.settle();
        let (_, report) = world.end(PATIENCE);
        assert_eq!(report.verdict, RunVerdict::Quiescent);
    }
}

fn refusal(app: App, snapshot: Snapshot) -> String {
    let built = Host::builder(app).cache(cache()).begin_at(snapshot).build();
    built.map(drop).unwrap_err().to_string()
}

#[test]
fn a_snapshot_of_something_else() {
    let snapshot = patient_snapshot();
    let check = |text: &str, expected: &str| {
        assert_eq!(refusal(app(text), snapshot.clone()), expected);
        let explored = explorer(text).begin_at(snapshot.clone()).run();
        assert_eq!(explored.unwrap_err().to_string(), expected);
    };
    check(
        &patient().replace("'app'", "'other'"),
        "the snapshot is of the app `app`, not of `other`",
    );
    check(
        &patient().replace("scripted.wasm", "hostile.wasm"),
        "the snapshot was taken with another component of it",
    );
    let watcher = component("watcher.wasm");
    check(
        &format!("{}[monitor.watcher]\ncomponent = '{}'\n", patient(), watcher.display()),
        "the snapshot was taken with another component of watcher",
    );
    let world = World::of(app(&scripted(&[("it", ""), ("other", "")])));
    let two = world.snapshot();
    let _ = world.end(PATIENCE);
    let one = scripted(&[("it", "")]).replace("[actor.it]", "[limits]\nactors = 1\n[actor.it]");
    assert_eq!(refusal(app(&one), two), "the snapshot has 2 actors, the manifest allows 1");
}

#[test]
fn a_file_that_is_damaged() {
    let bytes = patient_snapshot().bytes().to_vec();
    let refused =
        |bytes: &[u8]| Snapshot::from_bytes(bytes.to_vec(), "FILE").unwrap_err().to_string();
    for length in 0..bytes.len() {
        let expected = match length {
            ..15 => "`FILE` is no snapshot".to_owned(),
            15..27 => "`FILE` is damaged: it is cut off".to_owned(),
            _ => format!(
                "`FILE` is damaged: it is cut off: {length} of {} bytes are there",
                bytes.len()
            ),
        };
        assert_eq!(refused(&bytes[..length]), expected);
    }
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let message = refused(&bytes);
        match bit / 8 {
            ..15 => assert_eq!(message, "`FILE` is no snapshot"),
            15..19 => assert_eq!(
                message,
                format!(
                    "`FILE` is a snapshot of version {}; this program reads version 1",
                    1 ^ (1_u32 << (bit - 15 * 8))
                )
            ),
            // A longer length is one that is not there.
            19..27 => assert!(message.starts_with("`FILE` is damaged: "), "{message}"),
            _ => assert_eq!(message, "`FILE` is damaged: its checksum is wrong"),
        }
    }
    assert_eq!(refused(&[&bytes[..], &[0]].concat()), "`FILE` is damaged: its checksum is wrong");
    assert_eq!(
        Snapshot::load(Path::new("none.snapshot")).unwrap_err().to_string(),
        "cannot read `none.snapshot`: No such file or directory (os error 2)"
    );
}

/// Each is named with the reason, and the app goes on.
#[test]
fn what_has_more_state_than_its_memory_is_not_captured() {
    let check = |path: &Path, expected: Expect| {
        let grants = "grants.clocks = true";
        let world = World::of(app(&manifest(path, "", grants, &[("it", "do = 'nothing'")])));
        world.settle();
        let refused = wait(world.host.snapshot()).unwrap_err();
        assert!(matches!(refused, SnapshotError::NotCapturable { .. }));
        expected.assert_eq(&refused.to_string());
        world.settle();
        let (_, report) = world.end(PATIENCE);
        assert_eq!(report.verdict, RunVerdict::Quiescent);
    };
    check(
        &component_for("wasm32-wasip2", "hostile.wasm"),
        expect!["a snapshot is not possible: `hostile`: it is built for WASI"],
    );
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, memory: &str| {
        let path = folder.path().join(name);
        fs::write(&path, probe(memory)).unwrap();
        path
    };
    check(
        &of("memories.wasm", "(memory (export \"memory\") 1) (memory 1)"),
        expect!["a snapshot is not possible: `hostile`: it does not have exactly one memory"],
    );
    check(
        &of("globals.wasm", "(memory (export \"memory\") 1) (global (mut i32) (i32.const 0))"),
        expect!["a snapshot is not possible: `hostile`: it has global variables of its own"],
    );
}

/// An app that runs with a control socket, in a folder of its own.
struct Running {
    folder: tempfile::TempDir,
    child: Ended,
}

/// A process that does not outlive the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("app.toml"), text).unwrap();
        let mut command = command(&["run", "--seed", "1", "--control", "control", "--cache"]);
        command
            .arg(cache())
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .stdout(Stdio::null());
        let mut child = Ended(command.spawn().unwrap());
        // The actor logs its line once the app runs; the socket listens before.
        let mut line = String::new();
        BufReader::new(child.0.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "info  it: here\n");
        Self { folder, child }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn session(&self, arguments: &[&str]) -> String {
        let mut command = command(arguments);
        if arguments[0] != "snapshot" || !arguments.contains(&"--control") {
            command.arg("--cache").arg(cache());
        }
        session(command.current_dir(self.folder.path()))
    }

    fn end(mut self) -> tempfile::TempDir {
        let pid = Pid::from_child(&self.child.0);
        kill_process(pid, Signal::TERM).unwrap();
        assert!(self.child.0.wait().unwrap().success());
        self.folder
    }
}

#[test]
fn a_snapshot_of_an_app_that_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = scripted(&[(
        "it",
        "init = [{ log = 'here' }, { timer = { ms = 3600000, event = 'tick' } }], tick = [{ fail = 'assert' }]",
    )]);
    let running = Running::of(&text);
    for file in ["control", "control.token"] {
        let mode = fs::metadata(running.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let ask = ["snapshot", "--control", "control", "--output", "it.snapshot"];
    let digest = |running: &Running| Snapshot::load(&running.path("it.snapshot")).unwrap().digest();
    let taken = running.session(&ask);
    assert_eq!(
        taken,
        format!(
            "--- stdout\n`it.snapshot`: snapshot {} of `app`\n--- exit code 0\n",
            digest(&running)
        )
    );
    let mode = fs::metadata(running.path("it.snapshot")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let explored = running.session(&["explore", "--from", "it.snapshot", "--workers", "1"]);
    assert!(explored.contains("timer 0 fires: `tick`"), "{explored}");
    let trace = "traces/app-default-assertion-0.trace";
    let replayed = running.session(&["replay", trace, "--from", "it.snapshot"]);
    assert!(replayed.contains("timer 0 fires: `tick`"), "{replayed}");
    expect![[r#"
        --- stderr
        error: another app listens at `control`
        --- exit code 1
    "#]]
    .assert_eq(&running.session(&["run", "--control", "control"]));
    fs::write(running.path("control.token"), "0".repeat(32)).unwrap();
    expect![[r#"
        --- stderr
        error: the app at `control` refuses: the token is wrong
        --- exit code 1
    "#]]
    .assert_eq(&running.session(&ask));
    let folder = running.end();
    assert!(!folder.path().join("control").exists());
    let ask = |socket: &str| {
        session(
            command(&["snapshot", "--control", socket, "--output", "it.snapshot"])
                .current_dir(folder.path()),
        )
    };
    expect![[r#"
        --- stderr
        error: there is no control socket `control`: does the app run with `--control`?
        --- exit code 1
    "#]]
    .assert_eq(&ask("control"));
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("dead")).unwrap());
    expect![[r#"
        --- stderr
        error: nobody listens at the control socket `dead`: the app has ended
        --- exit code 1
    "#]]
    .assert_eq(&ask("dead"));
}

#[test]
fn a_snapshot_of_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        scripted(&[("it", "init = [{ send = { event = 'one' } }], one = [{ fail = 'assert' }]")]);
    fs::write(folder.path().join("app.toml"), text).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        session(command.arg("--cache").arg(cache()).current_dir(folder.path()))
    };
    run(&["explore", "--workers", "1"]);
    let trace = "traces/app-default-assertion-0.trace";
    let taken = run(&["snapshot", trace, "--at", "1", "-o", "it.snapshot"]);
    let digest = Snapshot::load(&folder.path().join("it.snapshot")).unwrap().digest();
    assert_eq!(
        taken,
        format!("--- stdout\n`it.snapshot`: snapshot {digest} of `app`\n--- exit code 0\n")
    );
    expect![[r#"
        --- stderr
        error: there is no step 9: the execution has 2
        --- exit code 1
    "#]]
    .assert_eq(&run(&["snapshot", trace, "--at", "9", "-o", "it.snapshot"]));
    expect![[r#"
        --- stderr
        error: `app.toml` is no snapshot
        --- exit code 1
    "#]]
    .assert_eq(&run(&["explore", "--from", "app.toml"]));
    let again = run(&["run", "--from", "it.snapshot", "--until-quiescent", "--workers", "1"]);
    assert!(again.contains("1 failures"), "{again}");
    let path = folder.path().join("it.snapshot");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    expect![[r#"
        --- stderr
        error: `it.snapshot` is damaged: its checksum is wrong
        --- exit code 1
    "#]]
    .assert_eq(&run(&["run", "--from", "it.snapshot"]));
}
