use std::fs;

use expect_test::{Expect, expect, expect_file};

use super::*;

mod explored;
mod initial;
mod refused;
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
