//! The example apps: exploration finds in them what their READMEs tell, their saved traces still lead there, and without
//! the bugs there is nothing to be found.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use coyote_host::{
    ActorTest, App, Did, Explorer, OutsideEvent, Replay, ReplayReport, Verdict, json,
};
use expect_test::{Expect, expect};
use serde_json::json;

use crate::world::{cache, component, root};

/// Longer than anything takes to be made shorter here.
const LONG: Duration = Duration::from_secs(1000);

/// An example, in a folder of its own.
#[derive(Clone, Copy)]
struct Example {
    folder: &'static str,
    /// The manifest with the bug, and that without.
    buggy: &'static str,
    fixed: &'static str,
    /// The test in which the README shows the bug.
    test: &'static str,
    /// The test that is small enough for every execution, if the README has one.
    small: &'static str,
    /// The file in `traces`.
    trace: &'static str,
}

const HELLO_WORLD: Example = Example {
    folder: "hello-world",
    buggy: "buggy.toml",
    fixed: "app.toml",
    test: "three-clients",
    small: "two-clients",
    trace: "second-pong.trace",
};

const GREETER: Example = Example {
    folder: "greeter",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "five-requests",
    small: "one-request",
    trace: "greeting-too-many.trace",
};

const SEND_INTERLEAVINGS: Example = Example {
    folder: "send-interleavings",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "order",
    small: "order",
    trace: "e2-between.trace",
};

const TWO_PHASE_COMMIT: Example = Example {
    folder: "two-phase-commit",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-participants",
    small: "one-transaction",
    trace: "late-votes.trace",
};

impl Example {
    fn path(self, name: &str) -> PathBuf {
        root().join("example-actors").join(self.folder).join(name)
    }

    fn app(self, manifest: &str) -> App {
        let app = App::load(&self.path(manifest)).unwrap();
        for actor in app.actors() {
            component(actor.component.path.file_name().unwrap().to_str().unwrap());
        }
        app
    }

    fn explorer(self, manifest: &str, test: &str) -> Explorer {
        Explorer::new(self.app(manifest)).test(test).cache(cache()).minimise_time(LONG)
    }

    /// Explores with seeds 0 to 9, and compares: in which iteration the bug came, how long its trace was and how long
    /// the shorter one, by seeds. With seed 0 it is told as in the README.
    #[track_caller]
    fn finds(self, expected: Expect) {
        let mut found = String::new();
        let readme = fs::read_to_string(self.path("README.md")).unwrap();
        for seed in 0..10 {
            let report = self.explorer(self.buggy, self.test).seed(seed).run().unwrap();
            assert_eq!(report.verdict, Verdict::Bug, "{report}");
            let [bug] = &report.bugs[..] else { panic!("{report}") };
            let (message, _) = bug.message.split_once(", at ").unwrap();
            let line = format!(
                "iteration {}, {} steps, {} minimised: {}: {message}",
                bug.iteration, bug.steps, bug.minimised_steps, bug.kind,
            );
            found += &format!("{seed}: {line}\n");
            if seed == 0 {
                let told = bug.to_string();
                let depends_on_build = |line: &&str| {
                    !["    at ", "  replay: "].iter().any(|start| line.starts_with(start))
                };
                for line in told.lines().filter(depends_on_build) {
                    assert!(readme.lines().any(|known| known == line), "not in README: {line}");
                }
            }
        }
        expected.assert_eq(&found);
    }

    /// Without the bug, some executions in the order in which the default strategy has them.
    fn has_no_bug(self) {
        let iterations = std::num::NonZeroU64::new(300).unwrap();
        let report = self.explorer(self.fixed, self.test).iterations(iterations).run().unwrap();
        report.assert_no_bug();
        assert_eq!((report.verdict, report.iterations), (Verdict::Sampled, 300), "{report}");
    }

    /// Without the bug, all executions of a small app: so many.
    #[track_caller]
    fn is_exhausted(self, expected: u64) {
        let explorer = self.explorer(self.fixed, self.small).strategy("dfs").unwrap();
        let report = explorer.run().unwrap();
        report.assert_no_bug();
        assert_eq!((report.verdict, report.iterations), (Verdict::Exhausted, expected), "{report}");
    }

    /// Repeats the saved trace. Compilers and folders make other components of the same sources, so it is repeated
    /// whatever they are; that it is the same execution is said by the report.
    fn replay(self, manifest: &str) -> ReplayReport {
        let trace = self.path("traces").join(self.trace);
        let replay = Replay::new(self.app(manifest), trace.to_str().unwrap()).unwrap();
        replay.cache(cache()).go_on().run().unwrap()
    }

    /// Repeats the saved trace with the bug, which comes after so many steps, and without.
    #[track_caller]
    fn repeats(self, expected: Expect) {
        let report = self.replay(self.buggy);
        assert_eq!(report.left_at, None, "{report}");
        let (kind, text) = report.bug.unwrap();
        let (text, _) = text.split_once(", at ").unwrap();
        expected.assert_eq(&format!("after {} steps: {kind}: {text}", report.lines.len()));
        let report = self.replay(self.fixed);
        assert_eq!((&report.bug, report.ending), (&None, "quiescent"), "{report}");
    }
}

#[test]
fn hello_world() {
    HELLO_WORLD.finds(expect![[r#"
        0: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        1: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        2: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        3: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        4: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        5: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        6: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        7: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        8: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        9: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
    "#]]);
    HELLO_WORLD.has_no_bug();
    HELLO_WORLD.is_exhausted(52);
    HELLO_WORLD.repeats(expect![
        "after 9 steps: monitor: answered: a client got a second pong for one ping"
    ]);
}

#[test]
fn greeter() {
    GREETER.finds(expect![[r#"
        0: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        1: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        2: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        3: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        4: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        5: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        6: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        7: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        8: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
        9: iteration 0, 8 steps, 8 minimised: assertion: `good morning` is a greeting too many
    "#]]);
    GREETER.has_no_bug();
    GREETER.is_exhausted(2);
    GREETER.repeats(expect![
        "after 5 steps: assertion: client-1: `good morning` is a greeting too many"
    ]);
}

#[test]
fn send_interleavings() {
    SEND_INTERLEAVINGS.finds(expect![[r#"
        0: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        1: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        2: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        3: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        4: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        5: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        6: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        7: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        8: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        9: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
    "#]]);
    SEND_INTERLEAVINGS.has_no_bug();
    SEND_INTERLEAVINGS.is_exhausted(6);
    SEND_INTERLEAVINGS.repeats(expect![
        "after 5 steps: assertion: receiver-1: `e2` came between the first `e1` and the second"
    ]);
}

/// All executions of one transaction would take minutes here.
#[test]
fn two_phase_commit() {
    TWO_PHASE_COMMIT.finds(expect![[r#"
        0: iteration 111, 27 steps, 18 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        1: iteration 64, 26 steps, 18 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        2: iteration 48, 28 steps, 21 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        3: iteration 111, 28 steps, 21 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        4: iteration 112, 25 steps, 21 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        5: iteration 73, 27 steps, 22 minimised: monitor: transaction 2 is committed with 2 of 3 votes
        6: iteration 466, 29 steps, 25 minimised: monitor: transaction 2 is committed with 2 of 3 votes
        7: iteration 80, 22 steps, 21 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        8: iteration 63, 23 steps, 18 minimised: monitor: transaction 2 is committed with 0 of 3 votes
        9: iteration 63, 30 steps, 22 minimised: monitor: transaction 2 is committed with 2 of 3 votes
    "#]]);
    TWO_PHASE_COMMIT.has_no_bug();
    TWO_PHASE_COMMIT.repeats(expect![
        "after 15 steps: monitor: agreement: transaction 2 is committed with 1 of 3 votes"
    ]);
}

/// The greeter without its client: which text it picks and whether it greets twice is what it draws.
#[test]
fn the_greeter_alone() {
    check_greeter("fixed.toml", false, &[1], &["hello world"]);
    check_greeter("fixed.toml", false, &[0, 0], &["good morning"]);
    check_greeter("app.toml", true, &[0, 1], &["good morning"]);
    check_greeter("app.toml", true, &[1, 0], &["hello world", "hello world"]);
}

#[track_caller]
fn check_greeter(manifest: &str, greets_twice: bool, draws: &[u32], expected: &[&str]) {
    let app = GREETER.app(manifest);
    let mut greeter = ActorTest::with_cache(app, "greeter", Some(cache())).unwrap();
    let init = json(&json!({ "greets_twice": greets_twice })).unwrap();
    assert_eq!(greeter.initialize(init), []);
    let caller = greeter.peer();
    let request = OutsideEvent::json("request-greeting", &json!({ "caller": caller })).unwrap();
    greeter.draws(draws.iter().copied());
    let did = greeter.send(caller, request).unwrap();
    let greetings: Vec<_> = did.iter().map(|did| greeting(did, caller)).collect();
    assert_eq!(greetings, expected);
}

/// The text of a greeting. In postcard a text is its length and its bytes.
fn greeting(did: &Did, caller: coyote_host::ActorId) -> &str {
    let Did::Sent { to, event, payload } = did else { panic!("{did:?}") };
    assert_eq!((*to, event.as_str()), (caller, "greeting"));
    let (length, text) = payload.split_first().unwrap();
    assert_eq!(usize::from(*length), text.len());
    std::str::from_utf8(text).unwrap()
}
