//! Sessions of the command: what it writes, and how it ends. Long texts are in `tests/cmd/`.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use expect_test::{Expect, expect, expect_file};
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{cache, component, manifest, root};

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coyote-host"));
    command.args(arguments).stdin(Stdio::null()).current_dir(root());
    command
}

/// Everything that a reader sees, with what differs from run to run masked.
pub(crate) fn session(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let mut text = String::new();
    for (name, bytes) in [("stdout", stdout), ("stderr", stderr)] {
        if !bytes.is_empty() {
            text += &format!("--- {name}\n{}", String::from_utf8(bytes).unwrap());
        }
    }
    text += &format!("--- exit code {}\n", status.code().unwrap());
    masked(&text)
}

/// Without the folder of the workspace, and with `TIME` instead of seconds.
fn masked(text: &str) -> String {
    let text = text.replace(&root().display().to_string(), "ROOT");
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let lines = text.lines().map(|line| match line.split_once(" s, seed ") {
        Some((before, seed)) => {
            let (before, seconds) = before.rsplit_once(' ').unwrap();
            assert!(is_number(seconds) && is_number(seed), "{line}");
            format!("{before} TIME s, seed {seed}\n")
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

fn check(arguments: &[&str], expected: Expect) {
    expected.assert_eq(&session(&mut command(arguments)));
}

/// Compares with a file in `tests/cmd/`.
fn check_file(arguments: &[&str], file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(file);
    expect_file![path].assert_eq(&session(&mut command(arguments)));
}

/// `run` with everything that makes two runs equal.
fn run(app: &Path, arguments: &[&str]) -> Command {
    let mut command = command(&["run", "--seed", "1", "--workers", "1", "--cache"]);
    command.arg(cache()).args(arguments).arg(app);
    command
}

const HELLO: &str = "example-actors/hello-world";

/// An app of hostile actors in a folder of its own.
fn hostile(table: &str, starts: &[(&str, &str)]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.toml");
    fs::write(&path, manifest(&component("hostile.wasm"), "", table, starts)).unwrap();
    (folder, path)
}

#[test]
fn help() {
    check_file(&["--help"], "help.txt");
    check_file(&["run", "--help"], "help-run.txt");
    check_file(&["snapshot", "--help"], "help-snapshot.txt");
    check_file(&["check", "--help"], "help-check.txt");
    check_file(&["build", "--help"], "help-build.txt");
    check_file(&["new", "app", "--help"], "help-new-app.txt");
    check_file(&["new", "actor", "--help"], "help-new-actor.txt");
}

#[test]
fn the_version() {
    check(
        &["--version"],
        expect![[r#"
        --- stdout
        coyote-host 0.1.0
        --- exit code 0
    "#]],
    );
}

#[test]
fn what_is_not_a_command() {
    check(
        &["rnu"],
        expect![[r#"
            --- stderr
            error: unrecognized subcommand 'rnu'

            Usage: coyote-host <COMMAND>

            For more information, try '--help'.
            --- exit code 1
        "#]],
    );
    check(
        &[],
        expect![[r#"
            --- stderr
            Runs apps of WebAssembly actors

            Usage: coyote-host <COMMAND>

            Commands:
              run          Run an app
              explore      Explore an app: find its concurrency bugs
              replay       Repeat a trace
              trace        Show a trace
              snapshot     Take a snapshot of a running app, or of one execution at a step
              check        Check a manifest and its components, and show what they are
              build        Build the components of an app
              new          Begin a new app, or add an actor to one
              schema       Print the JSON Schema of the manifest
              completions  Print completions for a shell, or the manual page
              help         Print this message or the help of the given subcommand(s)

            Options:
              -h, --help     Print help
              -V, --version  Print version
            --- exit code 1
        "#]],
    );
    check(
        &["run", "--workers", "0"],
        expect![[r#"
            --- stderr
            error: invalid value '0' for '--workers <N>': it is a whole number from 1 to 1024

            For more information, try '--help'.
            --- exit code 1
        "#]],
    );
    check(
        &["run", "--workers", "100000"],
        expect![[r#"
        --- stderr
        error: invalid value '100000' for '--workers <N>': it is a whole number from 1 to 1024

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["run", "--cache", "x", "--no-cache"],
        expect![[r#"
            --- stderr
            error: the argument '--cache <DIR>' cannot be used with '--no-cache'

            Usage: coyote-host run --cache <DIR> [APP]

            For more information, try '--help'.
            --- exit code 1
        "#]],
    );
    check(
        &["run", "--drain-timeout", "soon"],
        expect![[r#"
            --- stderr
            error: invalid value 'soon' for '--drain-timeout <TIME>': expected number at 0

            For more information, try '--help'.
            --- exit code 1
        "#]],
    );
}

#[test]
fn run_hello_world() {
    component("hello_world_server.wasm");
    expect![[r#"
        --- stdout
        quiescent: 6 events, 4 actors, 0 failures, 0 restarts, 0 dead letters, TIME s, seed 1
        --- stderr
        info  client-1: initializing
        info  client-1: sending ping to server
        info  client-2: initializing
        info  client-2: sending ping to server
        info  client-3: initializing
        info  client-3: sending ping to server
        info  server: handling ping from client-1
        info  client-1: pong received
        info  server: handling ping from client-2
        info  client-2: pong received
        info  server: handling ping from client-3
        info  client-3: pong received
        --- exit code 0
    "#]]
    .assert_eq(&session(&mut run(Path::new(HELLO), &["--until-quiescent"])));
}

/// Nothing is left to be done, and all tasks of the buffer sleep.
#[test]
fn run_tells_who_still_waits() {
    component("bounded_buffer_program.wasm");
    let app = Path::new("example-actors/bounded-buffer");
    expect![[r#"
        --- stdout
        quiescent: 0 events, 1 actors, 0 failures, 0 restarts, 0 dead letters, TIME s, seed 1
          still waiting: program-1 waits in `init` for the end of task 1, spawned at example-actors/bounded-buffer/program/src/lib.rs:36:20
          still waiting: program-1 waits in `task 1, spawned at example-actors/bounded-buffer/program/src/lib.rs:36:20` for the condition made at example-actors/bounded-buffer/program/src/buffer.rs:19:42
          still waiting: program-1 waits in `task 2, spawned at example-actors/bounded-buffer/program/src/lib.rs:36:20` for the condition made at example-actors/bounded-buffer/program/src/buffer.rs:19:42
          still waiting: program-1 waits in `task 3, spawned at example-actors/bounded-buffer/program/src/lib.rs:44:20` for the condition made at example-actors/bounded-buffer/program/src/buffer.rs:19:42
        --- exit code 0
    "#]].assert_eq(&session(&mut run(app, &["--until-quiescent"])));
}

#[test]
fn run_with_json() {
    let output = run(Path::new(HELLO), &["--until-quiescent", "--json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let [line] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    let mut report: serde_json::Value = serde_json::from_str(line).unwrap();
    assert!(report["seconds"].take().is_f64());
    expect![[r#"
        {
          "actors": {
            "created": 4,
            "failed": 0,
            "halted": 0,
            "live": 4
          },
          "dead_letters": 0,
          "dead_letters_by_reason": {},
          "dropped_events": [],
          "events": 6,
          "failed_turns": [],
          "failures": 0,
          "log_lines_dropped": 0,
          "restarts": 0,
          "seconds": null,
          "seed": 1,
          "unmonitored": 0,
          "verdict": "quiescent",
          "violations": [],
          "waiting": []
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn run_with_a_log_in_json() {
    let (_folder, app) = hostile("", &[("it", "do = 'trap', when = 'init'")]);
    let mut run = run(&app, &["--until-quiescent", "--log-format", "json", "--log-level", "trace"]);
    let stderr = String::from_utf8(run.output().unwrap().stderr).unwrap();
    for line in stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["actor"], "it");
        assert_eq!(line["level"], "error");
    }
    expect![[r#"{"actor":"it","level":"error","message":"its first turn failed, parked: trap: wasm `unreachable` instruction executed","turn":1}"#]].assert_eq(stderr.lines().next().unwrap());
}

#[test]
fn run_with_less_of_the_log() {
    let run = &mut run(Path::new(HELLO), &["--until-quiescent", "--log-level", "off"]);
    expect![[r#"
        --- stdout
        quiescent: 6 events, 4 actors, 0 failures, 0 restarts, 0 dead letters, TIME s, seed 1
        --- exit code 0
    "#]]
    .assert_eq(&session(run));
}

#[test]
fn run_an_app_that_a_failure_stops() {
    let setup = "do = 'assert', when = 'init'";
    let (_folder, app) = hostile("supervision = { beyond = 'stop' }", &[("it", setup)]);
    let text = session(&mut run(&app, &[]));
    // The frames of the backtrace are those of the compiler.
    let lines = text.lines().filter(|line| !line.contains(":     "));
    expect![[r#"
        --- stdout
        stopped by a failure: 0 events, 1 actors, 1 failures, 0 restarts, 0 dead letters, TIME s, seed 1
        --- stderr
        error it: its first turn failed, stopped: assertion: an assertion of the guest's, at host/tests/guests/hostile/src/behaviour.rs:153:31
        --- exit code 2
    "#]].assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn run_what_cannot_be_run() {
    check(
        &["run", "none.toml"],
        expect![[r#"
        --- stderr
          × there is no file `none.toml`
          help: `coyote-host new app NAME` makes a folder with an app.toml
        --- exit code 1
    "#]],
    );
    let (_folder, app) = hostile("fule = 1", &[]);
    let text = session(&mut run(&app, &[]));
    expect![[r#"
        --- stderr
          × unknown key `actor.hostile.fule`
           ╭─[app.toml:5:1]
         4 │ component = 'ROOT/target/wasm32-unknown-unknown/release/hostile.wasm'
         5 │ fule = 1
           · ──┬─
           ·   ╰── here
           ╰────
          help: did you mean `fuel`?
        --- exit code 1
    "#]]
    .assert_eq(&text.replace(&app.display().to_string(), "app.toml"));
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("app.toml");
    fs::write(&app, manifest(Path::new("none.wasm"), "", "", &[("it", "")])).unwrap();
    let text = session(&mut run(&app, &[]));
    expect![[r#"
        --- stderr
        error: actor `hostile`: component `DIR/none.wasm` does not exist
          help: `coyote-host build` runs the build commands of the manifest
        --- exit code 1
    "#]]
    .assert_eq(&text.replace(&folder.path().display().to_string(), "DIR"));
    fs::write(&app, manifest(&root().join("host"), "", "", &[("it", "")])).unwrap();
    expect![[r#"
        --- stderr
        error: actor `hostile`: cannot read component `ROOT/host`
          because: Is a directory (os error 21)
        --- exit code 1
    "#]]
    .assert_eq(&session(&mut run(&app, &[])));
}

#[test]
fn run_an_app_of_nobody() {
    let (_folder, app) = hostile("", &[]);
    expect![[r#"
        --- stderr
        error: the app `test` starts no actor: add `[[start]]` to its manifest
        --- exit code 1
    "#]]
    .assert_eq(&session(&mut run(&app, &[])));
}

/// In a container that can write nowhere, components are compiled anew.
#[test]
fn run_without_a_place_to_keep_anything() {
    let mut command =
        command(&["run", "--seed", "1", "--until-quiescent", "--log-level", "off", HELLO]);
    command.env("HOME", "/dev/null").env_remove("XDG_CACHE_HOME");
    expect![[r#"
        --- stdout
        quiescent: 6 events, 4 actors, 0 failures, 0 restarts, 0 dead letters, TIME s, seed 1
        --- exit code 0
    "#]]
    .assert_eq(&session(&mut command));
}

/// Whoever closes the output does not want to read it; the exit code tells what happened all the same.
#[test]
fn output_that_nobody_reads() {
    component("hello_world_server.wasm");
    let unread = |arguments: &[&str]| {
        let (_, writer) = io::pipe().unwrap();
        let mut command = command(arguments);
        session(command.stdout(writer))
    };
    let cache = cache();
    let cache = cache.to_str().unwrap();
    let buggy = &format!("{HELLO}/buggy.toml");
    let silent = ["--log-level", "off", "--until-quiescent"];
    assert_eq!(unread(&["schema"]), "--- exit code 0\n");
    assert_eq!(unread(&["completions", "fish"]), "--- exit code 0\n");
    assert_eq!(unread(&["check", HELLO, "--cache", cache]), "--- exit code 0\n");
    let run = [&["run", HELLO, "--cache", cache], &silent[..]].concat();
    assert_eq!(unread(&run), "--- exit code 0\n");
    let explore = ["explore", buggy, "--no-traces", "--cache", cache];
    assert_eq!(unread(&explore), "--- exit code 2\n");
}

#[test]
fn output_that_cannot_be_written() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    expect![[r#"
        --- stderr
        error: cannot write to the standard output
          because: No space left on device (os error 28)
        --- exit code 1
    "#]]
    .assert_eq(&session(command(&["schema"]).stdout(full)));
}

#[test]
fn check_an_app() {
    let cache = cache();
    let cache = cache.to_str().unwrap();
    let sizes_masked = |text: String| -> String {
        let line = |line: &str| match (line.split_once(" ("), line.ends_with(" bytes)")) {
            (Some((file, _)), true) => format!("{file} (SIZE)\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    };
    let text = session(&mut command(&["check", "--cache", cache, HELLO]));
    expect![[r#"
        --- stdout
        app `hello-world`: 4 actors at the start

        actor `client`
          component  example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_client.wasm (SIZE)
          imports    coyote:actor/types@0.1.0, coyote:actor/report@0.1.0, coyote:actor/turn@0.1.0
          grants     none
          limits     inbox 10000 events, payload 65536 bytes, memory 1048576 bytes, fuel 1000000000
          events     pong

        actor `server`
          component  example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_server.wasm (SIZE)
          imports    coyote:actor/types@0.1.0, coyote:actor/report@0.1.0, coyote:actor/turn@0.1.0
          grants     none
          limits     inbox 10000 events, payload 65536 bytes, memory 1048576 bytes, fuel 1000000000
          events     ping, reply

        monitor `answered`
          component  example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_answered.wasm (SIZE)
          imports    coyote:actor/types@0.1.0, coyote:actor/report@0.1.0
          events     asked, got
          state      all-answered: none
          state      open: none
        --- exit code 0
    "#]].assert_eq(&sizes_masked(text));
    let output = command(&["check", "--json", "--cache", cache, HELLO]).output().unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for component in value["components"].as_array_mut().unwrap() {
        assert!(component["bytes"].take().is_u64());
    }
    expect![[r#"
        {
          "app": "hello-world",
          "components": [
            {
              "author_name": "client",
              "bytes": null,
              "events": [
                "pong"
              ],
              "imports": [
                "coyote:actor/types@0.1.0",
                "coyote:actor/report@0.1.0",
                "coyote:actor/turn@0.1.0"
              ],
              "name": "client",
              "path": "example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_client.wasm",
              "role": "actor",
              "states": []
            },
            {
              "author_name": "server",
              "bytes": null,
              "events": [
                "ping",
                "reply"
              ],
              "imports": [
                "coyote:actor/types@0.1.0",
                "coyote:actor/report@0.1.0",
                "coyote:actor/turn@0.1.0"
              ],
              "name": "server",
              "path": "example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_server.wasm",
              "role": "actor",
              "states": []
            },
            {
              "author_name": "answered",
              "bytes": null,
              "events": [
                "asked",
                "got"
              ],
              "imports": [
                "coyote:actor/types@0.1.0",
                "coyote:actor/report@0.1.0"
              ],
              "name": "answered",
              "path": "example-actors/hello-world/../../target/wasm32-unknown-unknown/release/hello_world_answered.wasm",
              "role": "monitor",
              "states": [
                {
                  "events": [],
                  "name": "all-answered",
                  "reactions": [],
                  "temperature": "cold"
                },
                {
                  "events": [],
                  "name": "open",
                  "reactions": [],
                  "temperature": "hot"
                }
              ]
            }
          ]
        }
    "#]].assert_eq(&masked(&serde_json::to_string_pretty(&value).unwrap()));
}

#[test]
fn check_reports_everything_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("app.toml");
    fs::write(folder.path().join("text.wasm"), "text").unwrap();
    let text =
        "name = 'x'\n[actor.a]\ncomponent = 'none.wasm'\n[actor.b]\ncomponent = 'text.wasm'\n";
    fs::write(&app, text).unwrap();
    let text = session(&mut command(&["check", "--no-cache", app.to_str().unwrap()]));
    expect![[r#"
        --- stderr
        error: actor `a`: component `DIR/none.wasm` does not exist
          help: `coyote-host build` runs the build commands of the manifest
        error: actor `b`: `DIR/text.wasm` is not WebAssembly
        --- exit code 1
    "#]]
    .assert_eq(&text.replace(&folder.path().display().to_string(), "DIR"));
}

#[test]
fn the_schema() {
    let output = command(&["schema"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let schema = fs::read(root().join("host/src/app/schema.json")).unwrap();
    assert_eq!(String::from_utf8(output.stdout), String::from_utf8(schema));
}

#[test]
fn new_apps() {
    let folder = tempfile::tempdir().unwrap();
    let new = |arguments: &[&str]| {
        let mut command = command(&["new"]);
        let text = session(command.args(arguments).current_dir(folder.path()));
        text.replace(&folder.path().display().to_string(), "DIR")
    };
    expect![[r#"
        --- stdout
        made the app `my-app` in my-app

        next:
          cd my-app
          coyote-host build
          coyote-host run --until-quiescent
        --- exit code 0
    "#]]
    .assert_eq(&new(&["app", "my-app"]));
    expect![[r#"
        --- stderr
        error: `my-app` exists and is not empty
        --- exit code 1
    "#]]
    .assert_eq(&new(&["app", "my-app"]));
    expect![[r#"
        --- stderr
        error: `My App` cannot be a name: use lower-case letters, digits, `-` and `_`
        --- exit code 1
    "#]]
    .assert_eq(&new(&["app", "My App"]));
    expect![[r#"
        --- stderr
        error: `my-app` is not the folder of the crate coyote-guest
        --- exit code 1
    "#]]
    .assert_eq(&new(&["app", "other", "--sdk", "my-app"]));
    expect![[r#"
        --- stdout
        made the actor `clock` in my-app/actors/clock, and [actor.clock] in my-app/app.toml

        next: create it from another actor (`create = ["clock"]` in the grants of that one), or
        start it with the app:

          [[start]]
          actor = "clock"
        --- exit code 0
    "#]]
    .assert_eq(&new(&["actor", "clock", "--app", "my-app"]));
    expect![[r#"
        --- stderr
        error: `my-app/app.toml` has an actor `clock` already
        --- exit code 1
    "#]]
    .assert_eq(&new(&["actor", "clock", "--app", "my-app"]));
    expect![[r#"
        --- stderr
          × there is no file `./app.toml`
          help: `coyote-host new app NAME` makes a folder with an app.toml
        --- exit code 1
    "#]]
    .assert_eq(&new(&["actor", "clock"]));
}

#[test]
fn completions() {
    for (shell, begin) in [
        ("bash", "_coyote__host() {\n"),
        ("zsh", "#compdef coyote-host\n"),
        ("fish", "# Print an optspec"),
        ("man", ".ie \\n(.g .ds Aq"),
    ] {
        let output = command(&["completions", shell]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.starts_with(begin), "{shell}: {text:.100}");
    }
    check(
        &["completions", "tcsh"],
        expect![[r#"
            --- stderr
            error: invalid value 'tcsh' for '<TARGET>'
              [possible values: bash, elvish, fish, power-shell, zsh, man]

              tip: a similar value exists: 'zsh'

            For more information, try '--help'.
            --- exit code 1
        "#]],
    );
}

/// A command that runs, up to the first line of its log: then it listens to signals, and an actor has begun.
fn started(run: &mut Command) -> (Child, BufReader<ChildStderr>) {
    let mut child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("info  "), "{line}");
    (child, stderr)
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn ended(mut child: Child, mut stderr: BufReader<ChildStderr>) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    let Output { status, stdout, .. } = {
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        Output { status: child.wait().unwrap(), stdout, stderr: Vec::new() }
    };
    let stdout = String::from_utf8(stdout).unwrap();
    let verdict = stdout.split_once(':').map_or("no report", |(verdict, _)| verdict);
    format!("{verdict}, {status}")
}

#[test]
fn a_signal_lets_the_app_finish() {
    for signal in [Signal::TERM, Signal::INT] {
        let setup = "do = 'periodic', count = 4000000000, when = 'init'";
        let (_folder, app) = hostile("", &[("it", setup)]);
        let (child, stderr) = started(&mut run(&app, &[]));
        send(&child, signal);
        assert_eq!(ended(child, stderr), "drained, exit status: 0");
    }
}

/// An app that is never at rest: a ring, and an actor that logs a line at the start.
fn busy() -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = hostile("", &[("it", "do = 'introduce', when = 'init'")]);
    let ring = format!(
        "[actor.node]\ncomponent = '{}'\ngrants.create = ['node']\n[[start]]\nactor = 'node'\n\
         initial = {{ first = {{ nodes = 100, tokens = 10, hops = 4000000000 }} }}\n",
        component("ring_node.wasm").display()
    );
    fs::write(&path, fs::read_to_string(&path).unwrap() + &ring).unwrap();
    (folder, path)
}

#[test]
fn an_app_that_does_not_finish_is_ended_and_counted() {
    for signal in [Signal::TERM, Signal::INT] {
        let (_folder, app) = busy();
        let (child, stderr) = started(&mut run(&app, &["--workers=2", "--drain-timeout=50ms"]));
        send(&child, signal);
        assert_eq!(ended(child, stderr), "not drained in time, exit status: 0");
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let (_folder, app) = busy();
    let (child, stderr) = started(&mut run(&app, &["--drain-timeout=1h"]));
    send(&child, Signal::TERM);
    send(&child, Signal::INT);
    assert_eq!(ended(child, stderr), "no report, exit status: 130");
}
