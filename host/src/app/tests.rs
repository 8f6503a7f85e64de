use std::fs;

use expect_test::{Expect, expect, expect_file};

use super::*;

mod explored;
mod started;

/// The smallest manifest with two kinds; tests add to it, starting with line 6.
const BASE: &str = "\
name = \"test\"
[actor.server]
component = \"server.wasm\"
[actor.client]
component = \"client.wasm\"
";

fn parse(text: &str) -> Result<App, AppError> {
    App::parse(text, Path::new("dir/app.toml"))
}

fn load(added: &str) -> App {
    match parse(&format!("{BASE}{added}")) {
        Ok(app) => app,
        Err(error) => panic!("{}", error.render(Colour::Off)),
    }
}

/// Asserts all problems of a manifest, in one line each.
#[track_caller]
fn refuse_all(text: &str, expected: &Expect) {
    let error = parse(text).expect_err("the manifest is wrong");
    let lines: Vec<_> = error.problems().iter().map(Problem::line).collect();
    expected.assert_eq(&lines.join("\n"));
}

/// The same for what is added to [`BASE`].
#[track_caller]
fn refuse(added: &str, expected: Expect) {
    refuse_all(&format!("{BASE}{added}"), &expected);
}

/// The same with the initial payload of a client, among three servers and some others.
#[track_caller]
fn refuse_initial(value: &str, expected: Expect) {
    let added = format!(
        "[[start]]\nactor = \"client\"\ninitial = {value}\n\
         [[start]]\nactor = \"server\"\nname = \"many\"\ncount = 3\n\
         [[start]]\nactor = \"server\"\nname = \"main\"\n\
         [[start]]\nactor = \"client\"\nname = \"main\"\n\
         [[start]]\nactor = \"server\"\n[[start]]\nactor = \"server\"\n"
    );
    refuse_all(&format!("{BASE}{added}"), &expected);
}

fn json(added: &str) -> String {
    let app = load(added);
    let initial = app.starts()[0].initial.as_ref().expect("a payload");
    initial.to_json(|start, instance| format!("{}.{instance}", start.index()))
}

#[test]
fn what_is_not_said_has_defaults() {
    let app = load("");
    assert_eq!((app.seed(), app.delivery()), (None, Delivery::Causal));
    assert_eq!(app.timers(), TimerMode::Earliest);
    let server = app.actor(app.kind_of("server").unwrap());
    assert_eq!((app.actors().len(), server.supervised), (2, false));
    expect![[r#"
        ActorKind {
            name: "server",
            component: Component {
                path: "dir/server.wasm",
                build: None,
            },
            limits: ActorLimits {
                inbox_events_max: 10000,
                overflow: Block,
                payload_bytes_max: 65536,
                effects_max: 10000,
                outbox_bytes_max: 1048576,
            },
            sandbox: SandboxLimits {
                memory_bytes_max: 1048576,
                fuel_max: 1000000000,
                deadline: None,
                log_line_bytes_max: 4096,
                log_lines_max: 1000,
            },
            supervision: Supervision {
                restart: Temporary,
                from: Initial,
                restarts_max: 3,
                within: 5s,
                retries_max: 0,
                beyond: Park,
            },
            supervised: false,
            grants: Grants {
                create: {},
                lookup: {},
                clocks: false,
                stdout: false,
                directories: [],
                environment: {},
            },
        }
    "#]]
    .assert_debug_eq(server);
}

/// Every key that there is, with a value other than the default.
const FULL: &str = r#"
name = "full"
seed = 18_446_744_073_709_551_615
delivery = "pairwise"
timers = "unordered"
limits = { actors = 7, dead-letters = 0 }

[actor.b]
component = "../target/b.wasm"
build = "cargo 'component build' --release"
build-directory = "b"
inbox = { capacity = 1, overflow = "drop-oldest" }
payload = "1B"
effects = 2
outbox = "3KiB"
memory = "4GiB"
fuel = 0x10
deadline = "1m 30s"
log-line = "1MiB"
log-lines = 5

[actor.b.supervision]
restart = "permanent"
from = "last-turn"
max-restarts = 6
within = "700ms"
retry = 8
beyond = "stop"

[actor.b.grants]
create = ["a", "a"]
lookup = ["b", "a/main"]
clocks = true
stdout = true
directories = [{ host = "data", guest = "/data/", access = "read-write" }, { host = ".", guest = "/" }]
environment = { KEY = "value" }

[actor.a]
component = "/a.wasm"

[[start]]
actor = "b"
name = "first"
count = 2
initial = { some = "toml" }

[[start]]
actor = "a"

[monitor.answered]
component = "answered.wasm"
build = "make"
run = "off"
memory = "64KiB"
fuel = 1

[[test]]
name = "all-keys"
monitors = []
delivery = "mailbox"
timers = "earliest"
iterations = 1
steps = 2
temperature = 0
fail-at-bound = true

[[test.start]]
actor = "a"

[[test.driver]]
actor = "b"
name = "driver"
initial = "@a"

[[test.fault]]
kind = "crash"
budget = 3
actors = ["b", "a"]
state = "kept"

[[test.fault]]
kind = "partition"
between = [["a"], ["b"]]

[[test.fault]]
kind = "loss"
events = ["b", "a"]
"#;

#[test]
fn every_key_reaches_the_app() {
    let app = parse(FULL).unwrap();
    expect![[r#"
        App {
            name: "full",
            path: "dir/app.toml",
            seed: Some(
                18446744073709551615,
            ),
            delivery: Pairwise,
            timers: Unordered,
            limits: AppLimits {
                actors_max: 7,
                dead_letters_max: 0,
            },
            actors: [
                ActorKind {
                    name: "a",
                    component: Component {
                        path: "/a.wasm",
                        build: None,
                    },
                    limits: ActorLimits {
                        inbox_events_max: 10000,
                        overflow: Block,
                        payload_bytes_max: 65536,
                        effects_max: 10000,
                        outbox_bytes_max: 1048576,
                    },
                    sandbox: SandboxLimits {
                        memory_bytes_max: 1048576,
                        fuel_max: 1000000000,
                        deadline: None,
                        log_line_bytes_max: 4096,
                        log_lines_max: 1000,
                    },
                    supervision: Supervision {
                        restart: Temporary,
                        from: Initial,
                        restarts_max: 3,
                        within: 5s,
                        retries_max: 0,
                        beyond: Park,
                    },
                    supervised: false,
                    grants: Grants {
                        create: {},
                        lookup: {},
                        clocks: false,
                        stdout: false,
                        directories: [],
                        environment: {},
                    },
                },
                ActorKind {
                    name: "b",
                    component: Component {
                        path: "dir/../target/b.wasm",
                        build: Some(
                            Build {
                                line: "cargo 'component build' --release",
                                program: "cargo",
                                arguments: [
                                    "component build",
                                    "--release",
                                ],
                                directory: "dir/b",
                            },
                        ),
                    },
                    limits: ActorLimits {
                        inbox_events_max: 1,
                        overflow: DropOldest,
                        payload_bytes_max: 1,
                        effects_max: 2,
                        outbox_bytes_max: 3072,
                    },
                    sandbox: SandboxLimits {
                        memory_bytes_max: 4294967296,
                        fuel_max: 16,
                        deadline: Some(
                            90s,
                        ),
                        log_line_bytes_max: 1048576,
                        log_lines_max: 5,
                    },
                    supervision: Supervision {
                        restart: Permanent,
                        from: LastTurn,
                        restarts_max: 6,
                        within: 700ms,
                        retries_max: 8,
                        beyond: Stop,
                    },
                    supervised: true,
                    grants: Grants {
                        create: {
                            KindIndex(
                                0,
                            ),
                        },
                        lookup: {
                            Lookup {
                                kind: KindIndex(
                                    0,
                                ),
                                name: Some(
                                    "main",
                                ),
                            },
                            Lookup {
                                kind: KindIndex(
                                    1,
                                ),
                                name: None,
                            },
                        },
                        clocks: true,
                        stdout: true,
                        directories: [
                            Directory {
                                host: "dir/data",
                                guest: "/data",
                                access: ReadWrite,
                            },
                            Directory {
                                host: "dir/.",
                                guest: "/",
                                access: Read,
                            },
                        ],
                        environment: {
                            "KEY": "value",
                        },
                    },
                },
            ],
            starts: [
                Start {
                    actor: KindIndex(
                        1,
                    ),
                    name: Some(
                        "first",
                    ),
                    count: 2,
                    initial: Some(
                        Initial(
                            Table(
                                [
                                    (
                                        "\"some\"",
                                        Json(
                                            "\"toml\"",
                                        ),
                                    ),
                                ],
                            ),
                        ),
                    ),
                },
                Start {
                    actor: KindIndex(
                        0,
                    ),
                    name: None,
                    count: 1,
                    initial: None,
                },
            ],
            monitors: [
                Monitor {
                    name: "answered",
                    component: Component {
                        path: "dir/answered.wasm",
                        build: Some(
                            Build {
                                line: "make",
                                program: "make",
                                arguments: [],
                                directory: "dir",
                            },
                        ),
                    },
                    run: Off,
                    sandbox: SandboxLimits {
                        memory_bytes_max: 65536,
                        fuel_max: 1,
                        deadline: None,
                        log_line_bytes_max: 4096,
                        log_lines_max: 1000,
                    },
                },
            ],
            tests: [
                Test {
                    name: "all-keys",
                    starts: [
                        Start {
                            actor: KindIndex(
                                0,
                            ),
                            name: None,
                            count: 1,
                            initial: None,
                        },
                        Start {
                            actor: KindIndex(
                                1,
                            ),
                            name: Some(
                                "driver",
                            ),
                            count: 1,
                            initial: Some(
                                Initial(
                                    One(
                                        StartIndex(
                                            0,
                                        ),
                                        0,
                                    ),
                                ),
                            ),
                        },
                    ],
                    monitors: {},
                    delivery: Mailbox,
                    timers: Earliest,
                    iterations: 1,
                    steps_max: 2,
                    temperature_max: 0,
                    fail_at_bound: true,
                    faults: [
                        TestFault {
                            kind: Reboot,
                            budget: 3,
                            actors: {
                                KindIndex(
                                    0,
                                ),
                                KindIndex(
                                    1,
                                ),
                            },
                            others: {},
                            events: {},
                        },
                        TestFault {
                            kind: Partition,
                            budget: 1,
                            actors: {
                                KindIndex(
                                    0,
                                ),
                            },
                            others: {
                                KindIndex(
                                    1,
                                ),
                            },
                            events: {},
                        },
                        TestFault {
                            kind: Loss,
                            budget: 1,
                            actors: {},
                            others: {},
                            events: {
                                "a",
                                "b",
                            },
                        },
                    ],
                },
            ],
        }
    "#]]
    .assert_debug_eq(&app);
}

#[test]
fn grants_are_what_the_manifest_says_and_no_more() {
    let app = parse(FULL).unwrap();
    let (a, b) = (app.kind_of("a").unwrap(), app.kind_of("b").unwrap());
    let grants = &app.actor(b).grants;
    assert!(grants.may_create(a) && !grants.may_create(b));
    assert!(grants.may_look_up(b, "anything"));
    assert!(grants.may_look_up(a, "main") && !grants.may_look_up(a, "other"));
}

#[test]
fn instances_of_an_entry_that_starts_several_are_numbered() {
    let app = parse(FULL).unwrap();
    let [several, single] = app.starts() else { panic!("two entries") };
    assert_eq!(several.name_of(0).as_deref(), Some("first-1"));
    assert_eq!(several.name_of(1).as_deref(), Some("first-2"));
    assert_eq!((single.name_of(0), app.started()), (None, 3));
}

/// A change here is a change of what users may write: it belongs into the changelog.
#[test]
fn the_schema_is_pinned() {
    expect_file!["schema.json"].assert_eq(&manifest_schema());
}

#[test]
fn manifests_of_the_examples_are_right() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../example-actors");
    for example in fs::read_dir(folder).unwrap() {
        let manifest = example.unwrap().path().join("app.toml");
        if manifest.exists() {
            App::load(&manifest).unwrap_or_else(|error| panic!("{}", error.render(Colour::Off)));
        }
    }
}

#[test]
fn a_report_shows_the_place_and_the_advice() {
    let error = parse("nmae = \"test\"\n").unwrap_err();
    expect![[r#"
        `dir/app.toml` has 2 problems:
          × unknown key `nmae`
           ╭─[dir/app.toml:1:1]
         1 │ nmae = "test"
           · ──┬─
           ·   ╰── here
           ╰────
          help: did you mean `name`?

          × missing key `name`
           ╭─[dir/app.toml:1:1]
         1 │ nmae = "test"
           · ▲
           · ╰── here
           ╰────
    "#]]
    .assert_eq(&format!("{error}:\n{}", error.render(Colour::Off)));
}

#[test]
fn files_that_are_no_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str| {
        let error = App::load(&folder.path().join(name)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let text = [Some(error.to_string()), source].into_iter().flatten().collect::<Vec<_>>();
        text.join(": ").replace(&folder.path().display().to_string(), "DIR")
    };
    fs::write(folder.path().join("latin1.toml"), b"name = \"a\"\n# \xe9\n").unwrap();
    fs::write(folder.path().join("large.toml"), "#".repeat((1 << 20) + 1)).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(message("none.toml"), "there is no file `DIR/none.toml`");
    assert_eq!(message(""), "there is no file `DIR/app.toml`");
    assert_eq!(
        message("file/app.toml"),
        "cannot read `DIR/file/app.toml`: Not a directory (os error 20)"
    );
    assert_eq!(message("latin1.toml"), "`DIR/latin1.toml`, line 2: not UTF-8");
    assert_eq!(
        message("large.toml"),
        "`DIR/large.toml` is larger than 1MiB, too large for a manifest"
    );
}

#[test]
fn a_folder_stands_for_the_manifest_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.toml"), BASE).unwrap();
    let app = App::load(folder.path()).unwrap();
    assert_eq!(app.path(), folder.path().join("app.toml"));
    assert_eq!(app.actors()[0].component.path, folder.path().join("client.wasm"));
}

#[test]
fn without_a_folder_builds_run_where_we_are() {
    let text = "name = \"a\"\nactor.a = { component = \"a.wasm\", build = \"make\" }";
    let app = App::parse(text, Path::new("app.toml")).unwrap();
    let component = &app.actors()[0].component;
    assert_eq!(component.path, Path::new("a.wasm"));
    assert_eq!(component.build.as_ref().unwrap().directory, Path::new("."));
}

#[test]
fn what_is_no_toml() {
    refuse(
        "name = \"again\"\n[actor.server]\nx = \n\"",
        expect![[r#"
        dir/app.toml:7:8: duplicate key
        dir/app.toml:8:5: string values must be quoted, expected literal string
        dir/app.toml:9:2: key with no value, expected `=`
        dir/app.toml:9:2: invalid basic string, expected `"`"#]],
    );
    refuse(
        &format!("x = {}", "[".repeat(1000)),
        expect![[r#"
            dir/app.toml:6:85: cannot recurse further; max recursion depth met
            dir/app.toml:6:1005: unclosed array, expected `]`"#]],
    );
}

#[test]
fn keys_that_are_unknown_or_missing() {
    refuse_all("", &expect!["dir/app.toml:1:1: missing key `name`"]);
    refuse(
        "[actor.x]\n[limits]\nactor = 1\n[grants]\n",
        expect![[r#"
        dir/app.toml:6:1: missing key `actor.x.component`
        dir/app.toml:8:1: unknown key `limits.actor`
        dir/app.toml:9:2: unknown key `grants`"#]],
    );
    refuse(
        "[actor.server.grants]\ndirectories = [{ host = \"a\", gest = \"/a\" }]",
        expect![[r#"
        dir/app.toml:7:16: missing key `actor.server.grants.directories[1].guest`
        dir/app.toml:7:30: unknown key `actor.server.grants.directories[1].gest`"#]],
    );
    refuse(
        "[[start]]\nactr = \"server\"",
        expect![[r#"
        dir/app.toml:6:1: missing key `start[1].actor`
        dir/app.toml:7:1: unknown key `start[1].actr`"#]],
    );
}

#[test]
fn values_of_the_wrong_type() {
    refuse_all(
        "name = 0\ndelivery = 1\nmonitor = 2\nstart = 3\nlimits = []",
        &expect![[r#"
        dir/app.toml:1:8: `name` must be a string, not an integer
        dir/app.toml:2:12: `delivery` must be a string, not an integer
        dir/app.toml:3:11: `monitor` must be a table, not an integer
        dir/app.toml:4:9: `start` must be an array, not an integer
        dir/app.toml:5:10: `limits` must be a table, not an array"#]],
    );
    refuse(
        "[[start]]\nactor = 1.5\nname = 1979-05-27\ncount = {}\n",
        expect![[r#"
        dir/app.toml:7:9: `start[1].actor` must be a string, not a number with a fraction
        dir/app.toml:8:8: `start[1].name` must be a string, not a date or time
        dir/app.toml:9:9: `start[1].count` must be an integer, not a table"#]],
    );
    refuse(
        "[actor.server.grants]\nclocks = \"yes\"\ncreate = [true]",
        expect![[r#"
        dir/app.toml:7:10: `actor.server.grants.clocks` must be true or false, not a string
        dir/app.toml:8:11: `actor.server.grants.create[1]` must be a string, not true or false"#]],
    );
    refuse_all(
        "name = \"a\"\nstart = [1]",
        &expect!["dir/app.toml:2:10: `start[1]` must be a table, not an integer"],
    );
}

#[test]
fn numbers_out_of_range() {
    refuse_all(
        "name = \"a\"\nlimits = { actors = 0, dead-letters = 1_000_001 }",
        &expect![[r#"
        dir/app.toml:2:21: `limits.actors` is 0, which is not between 1 and 16777216
        dir/app.toml:2:39: `limits.dead-letters` is 1000001, which is not between 0 and 1000000"#]],
    );
    refuse_all(
        "name = \"a\"\nlimits = { actors = 0xffff_ffff_ffff_ffff_ffff }",
        &expect![
            "dir/app.toml:2:21: `limits.actors` is 0xffffffffffffffffffff, which is not between 1 and 16777216"
        ],
    );
    refuse(
        "[[start]]\nactor = \"server\"\ncount = -1",
        expect!["dir/app.toml:8:9: `start[1].count` is -1, which is not between 1 and 16777216"],
    );
    refuse_all(
        "name = \"a\"\nseed = 18_446_744_073_709_551_616",
        &expect![
            "dir/app.toml:2:8: `seed` is 18446744073709551616, which is not between 0 and 18446744073709551615"
        ],
    );
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\nfuel = 0\ninbox.capacity = 0",
        &expect![[r#"
            dir/app.toml:4:8: `actor.a.fuel` is 0, which is not between 1 and 18446744073709551615
            dir/app.toml:5:18: `actor.a.inbox.capacity` is 0, which is not between 1 and 1000000000"#]],
    );
}

#[test]
fn words_that_are_not_among_the_choices() {
    refuse(
        "[actor.server.supervision]\nrestart = \"permanet\"\nbeyond = \"x\"",
        expect![[r#"
        dir/app.toml:7:11: `actor.server.supervision.restart` cannot be `permanet`
        dir/app.toml:8:10: `actor.server.supervision.beyond` cannot be `x`"#]],
    );
    refuse(
        "[actor.client.inbox]\noverflow = \"Block\"",
        expect!["dir/app.toml:7:12: `actor.client.inbox.overflow` cannot be `Block`"],
    );
}

#[test]
fn names_that_are_none() {
    refuse_all(
        "name = \"Ünsinn\"",
        &expect![
            "dir/app.toml:1:8: `Ünsinn` cannot be a name: use lower-case letters, digits, `-` and `_`"
        ],
    );
    refuse_all("name = \"\"", &expect!["dir/app.toml:1:8: `` cannot be a name: it is empty"]);
    refuse(
        "[actor.\"a b\"]\ncomponent = \"a\"\n[monitor.\"\"]\ncomponent = \"a\"",
        expect![[r#"
        dir/app.toml:6:8: `a b` cannot be a name: use lower-case letters, digits, `-` and `_`
        dir/app.toml:8:10: `` cannot be a name: it is empty"#]],
    );
    refuse(
        &format!("[actor.{}]\ncomponent = \"a\"", "x".repeat(65)),
        expect![
            "dir/app.toml:6:8: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` cannot be a name: it has more than 64 characters"
        ],
    );
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a/b\"",
        expect![
            "dir/app.toml:8:8: `a/b` cannot be a name: use lower-case letters, digits, `-` and `_`"
        ],
    );
    refuse(
        "[actor.server.grants]\nlookup = [\"client/A\", \"client/\"]",
        expect![[r#"
        dir/app.toml:7:11: `A` cannot be a name: use lower-case letters, digits, `-` and `_`
        dir/app.toml:7:23: `` cannot be a name: it is empty"#]],
    );
}

#[test]
fn sizes() {
    for text in ["64", "64kb", "64 KiB", "KiB", "1.5MiB", "-1B", ""] {
        assert_eq!(
            values::bytes("x", text, 0..=9).unwrap_err().to_string(),
            format!("`x`: `{text}` is not a size")
        );
    }
    assert_eq!(values::bytes("x", "2KiB", 0..=2048), Ok(2048));
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\npayload = \"2GiB\"\noutbox = \"99999999999999999999B\"\n\
         memory = \"65537B\"\nlog-line = \"0B\"",
        &expect![[r#"
            dir/app.toml:4:11: `actor.a.payload` is 2GiB, which is not between 0B and 1GiB
            dir/app.toml:5:10: `actor.a.outbox` is 99999999999999999999B, which is not between 0B and 1GiB
            dir/app.toml:6:10: `actor.a.memory` is 65537B, which is not a whole number of pages
            dir/app.toml:7:12: `actor.a.log-line` is 0B, which is not between 1B and 1MiB"#]],
    );
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"a\"\nmemory = \"0B\"\npayload = \"2MiB\"\n\
         [actor.b]\ncomponent = \"b\"\noutbox = \"1KiB\"\nmemory = \"8GiB\"",
        &expect![[r#"
            dir/app.toml:4:10: `actor.a.memory` is 0B, which is not between 64KiB and 4GiB
            dir/app.toml:5:11: `actor.a.payload` is 2MiB, more than the outbox of a turn can hold, 1MiB
            dir/app.toml:8:10: `actor.b.payload` is 64KiB, more than the outbox of a turn can hold, 1KiB
            dir/app.toml:9:10: `actor.b.memory` is 8GiB, which is not between 64KiB and 4GiB"#]],
    );
}

#[test]
fn durations() {
    refuse(
        "supervision.within = \"soon\"\ndeadline = \"0s\"",
        expect![[r#"
        dir/app.toml:6:22: `actor.client.supervision.within`: `soon` is not a duration: expected number at 0
        dir/app.toml:7:12: `actor.client.deadline` is zero"#]],
    );
    refuse(
        "supervision.within = \"5\"\ndeadline = \"-1s\"",
        expect![[r#"
        dir/app.toml:6:22: `actor.client.supervision.within`: `5` is not a duration: time unit needed, for example 5sec or 5ms
        dir/app.toml:7:12: `actor.client.deadline`: `-1s` is not a duration: expected number at 0"#]],
    );
}

#[test]
fn commands_and_paths() {
    refuse_all(
        "name = \"a\"\n[actor.a]\ncomponent = \"\"\nbuild = \"say 'hi\"\nbuild-directory = \"\\u0000\"\n\
         [actor.b]\ncomponent = \"b\"\nbuild = \"  \"\n\
         [actor.c]\ncomponent = \"c\"\nbuild-directory = \"c\"",
        &expect![[r#"
            dir/app.toml:3:13: `actor.a.component` is empty
            dir/app.toml:4:9: `actor.a.build` is not a command line: a quote is not closed
            dir/app.toml:5:19: `actor.a.build-directory` contains a NUL character
            dir/app.toml:8:9: `actor.b.build` is empty
            dir/app.toml:11:19: `actor.c.build-directory` without a `build` beside it"#]],
    );
}

#[test]
fn folders_that_are_not_granted() {
    refuse(
        "[[actor.client.grants.directories]]\nhost = \"/etc\"\nguest = \"/a\"\n\
         [[actor.client.grants.directories]]\nhost = \"a/../../b\"\nguest = \"b\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/c/../d\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/e\"\n\
         [[actor.client.grants.directories]]\nhost = \"\"\nguest = \"/e/\"\n\
         [[actor.client.grants.directories]]\nhost = \"ok\"\nguest = \"/e/\"\n",
        expect![[r#"
            dir/app.toml:7:8: `actor.client.grants.directories[1].host` leads out of the folder of the manifest
            dir/app.toml:10:8: `actor.client.grants.directories[2].host` leads out of the folder of the manifest
            dir/app.toml:11:9: `actor.client.grants.directories[2].guest` is not an absolute path without `.` and `..`
            dir/app.toml:14:9: `actor.client.grants.directories[3].guest` is not an absolute path without `.` and `..`
            dir/app.toml:19:8: `actor.client.grants.directories[5].host` is empty
            dir/app.toml:23:9: `actor.client.grants.directories[6].guest`: `/e` is granted twice"#]],
    );
}

#[test]
fn environment_variables_that_are_none() {
    refuse(
        "grants.environment = { \"\" = \"\", \"a=b\" = \"\", c = \"\\u0000\", d = \"= is fine\" }",
        expect![[r#"
            dir/app.toml:6:24: `` cannot be an environment variable: it has no name
            dir/app.toml:6:33: `a=b` cannot be an environment variable: its name contains `=` or NUL
            dir/app.toml:6:45: `c` cannot be an environment variable: its value contains NUL"#]],
    );
}

#[test]
fn actors_that_are_unknown() {
    refuse(
        "grants = { create = [\"servre\"], lookup = [\"x\", \"clint/main\"] }\n\
         [[start]]\nactor = \"sever\"",
        expect![[r#"
            dir/app.toml:6:22: there is no actor `servre`
            dir/app.toml:6:43: there is no actor `x`
            dir/app.toml:6:48: there is no actor `clint`
            dir/app.toml:8:9: there is no actor `sever`"#]],
    );
}

#[test]
fn names_that_are_started_twice() {
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a\"\n[[start]]\nactor = \"client\"\nname = \"a\"\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\n",
        expect!["dir/app.toml:14:8: `server` is started twice with the name `a`"],
    );
    // `a-2` is the second of `a`; `a-4` and `a-02` are not among them.
    refuse(
        "[[start]]\nactor = \"server\"\nname = \"a-2\"\n[[start]]\nactor = \"server\"\nname = \"a-4\"\n\
         [[start]]\nactor = \"server\"\nname = \"a-02\"\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\ncount = 3\n",
        expect!["dir/app.toml:8:8: `server` is started twice with the name `a-2`"],
    );
}

#[test]
fn more_actors_than_there_may_be() {
    refuse(
        "[[start]]\nactor = \"server\"\ncount = 5\n[[start]]\nactor = \"client\"\ncount = 6\n\
         [[start]]\nactor = \"client\"\n[limits]\nactors = 10",
        expect!["dir/app.toml:10:9: 12 actors are started, but `limits.actors` is 10"],
    );
}

#[test]
fn payloads_become_json() {
    let added = r#"
        [[start]]
        actor = "client"
        [start.initial]
        text = "a\"b\u0001ü"
        numbers = [1, -2, 0x1F, 18446744073709551615, 1.0, 1e-7]
        truth = true
        when = 1979-05-27T07:32:00Z
        nested = { z = [], y = {} }
        at = "@@server"
    "#;
    expect![[r#"{"at":"@server","nested":{"y":{},"z":[]},"numbers":[1,-2,31,18446744073709551615,1.0,1e-7],"text":"a\"b\u0001ü","truth":true,"when":"1979-05-27T07:32:00Z"}"#]].assert_eq(&json(added));
    assert_eq!(json("[[start]]\nactor = \"client\"\ninitial = \"text\""), "\"text\"");
}

#[test]
fn references_become_ids() {
    let added = r#"
        [[start]]
        actor = "client"
        initial = { all = "@many[*]", third = "@server/many[3]", main = "@main", kind = "@server", one = ["@main[1]"] }
        [[start]]
        actor = "server"
        name = "many"
        count = 3
        [[start]]
        actor = "client"
        name = "main"
        [[start]]
        actor = "server"
    "#;
    expect![[
        r#"{"all":["1.0","1.1","1.2"],"kind":"3.0","main":"2.0","one":["2.0"],"third":"1.2"}"#
    ]]
    .assert_eq(&json(added));
}

#[test]
fn payloads_that_json_cannot_say() {
    refuse_initial(
        "[nan, { x = -inf }]",
        expect![[r#"
        dir/app.toml:8:12: `start[1].initial[1]` is nan, which JSON cannot say
        dir/app.toml:8:23: `start[1].initial[2].x` is -inf, which JSON cannot say"#]],
    );
    refuse_initial(
        "{ x = 18446744073709551616, y = \"1e999\" }",
        expect![
            "dir/app.toml:8:17: `start[1].initial.x` is 18446744073709551616, which is not between -9223372036854775808 and 18446744073709551615"
        ],
    );
}

#[test]
fn references_that_are_none() {
    refuse_initial(
        r#"["@", "@[1]", "@many[1", "@many[x]", "@many[0]", "@many[4]"]"#,
        expect![[r#"
        dir/app.toml:8:12: `@` is not a reference: it names nobody
        dir/app.toml:8:17: `@[1]` is not a reference: it names nobody
        dir/app.toml:8:25: `@many[1` is not a reference: the `[` is not closed
        dir/app.toml:8:36: `@many[x]` is not a reference: `[` and `]` hold a number or `*`
        dir/app.toml:8:48: `@many[0]`: there are 3, counted from 1
        dir/app.toml:8:60: `@many[4]`: there are 3, counted from 1"#]],
    );
    refuse_initial(
        r#"["@many", "@manny[1]", "@main", "@server", "@client/main[2]"]"#,
        expect![[r#"
        dir/app.toml:8:12: `@many` refers to 3 actors
        dir/app.toml:8:21: `@manny[1]` refers to no start entry
        dir/app.toml:8:34: `@main` could be any of `@server/main`, `@client/main`
        dir/app.toml:8:43: `@server` could be any of `@server (start[5])`, `@server (start[6])`
        dir/app.toml:8:54: `@client/main[2]`: there are 1, counted from 1"#]],
    );
    refuse_initial(
        r#""@server/other""#,
        expect!["dir/app.toml:8:11: `@server/other` refers to no start entry"],
    );
}

#[test]
fn payloads_that_ids_make_too_large() {
    let all = vec!["\"@many[*]\""; 200].join(", ");
    refuse(
        &format!(
            "[[start]]\nactor = \"client\"\ninitial = [{all}]\n\
             [[start]]\nactor = \"server\"\nname = \"many\"\ncount = 10_000"
        ),
        expect!["dir/app.toml:8:11: `start[1].initial` is larger than 16MiB as JSON"],
    );
}

#[test]
fn start_entries_that_refer_to_each_other() {
    refuse(
        "[[start]]\nactor = \"client\"\ninitial = [\"@client\"]\n\
         [[start]]\nactor = \"server\"\nname = \"a\"\ninitial = [\"@b\"]\n\
         [[start]]\nactor = \"server\"\nname = \"b\"\ninitial = [\"@c\", \"@c\"]\n\
         [[start]]\nactor = \"server\"\nname = \"c\"\ninitial = { x = { y = \"@a\" } }\n",
        expect![[r#"
            dir/app.toml:8:12: start entries refer to each other in a circle: client -> client
            dir/app.toml:20:23: start entries refer to each other in a circle: a -> b -> c -> a"#]],
    );
}

#[test]
fn at_most_fifty_problems_are_reported() {
    let keys: String = (0..60).map(|index| format!("key-{index} = 1\n")).collect();
    let error = parse(&keys).unwrap_err();
    assert_eq!(error.to_string(), "`dir/app.toml` has 61 problems");
    assert_eq!(error.problems().len(), 50);
    assert!(error.render(Colour::Off).ends_with("\n  and 11 more\n"));
}
