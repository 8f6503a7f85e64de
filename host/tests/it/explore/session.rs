//! Sessions of `explore`, `replay` and `trace show`. Long texts are in `tests/cmd/`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use expect_test::{Expect, expect, expect_file};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{lost_order, send, tested, text, to_itself};
use crate::command::{command, session};
use crate::world::cache;

/// An app in a folder of its own, and what the command does there.
struct Folder(TempDir);

impl Folder {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("app.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.current_dir(self.0.path());
        if ["explore", "replay", "trace"].contains(&arguments[0]) {
            command.arg("--cache").arg(cache());
        }
        command
    }

    /// What a reader sees, without what depends on the machine, the compiler or the place of a line in the guest.
    fn session(&self, arguments: &[&str]) -> String {
        let text = session(&mut self.command(arguments));
        text.lines()
            .map(|line| masked(line) + "\n")
            .filter(|line| !line.starts_with("    at "))
            .collect()
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], expected: Expect) {
        expected.assert_eq(&self.session(arguments));
    }

    /// The one object on standard output, and the exit code.
    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.command(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().last().unwrap_or_else(|| {
            panic!("{}", String::from_utf8_lossy(&output.stderr));
        });
        (serde_json::from_str(line).unwrap(), output.status.code().unwrap())
    }
}

fn masked(line: &str) -> String {
    let line = match line.split_once(" steps, ") {
        Some((start, rest)) if rest.ends_with(" iterations/s") => {
            format!("{start} steps, TIME, SPEED")
        }
        _ => match line.split_once(" steps deep, ") {
            Some((start, _)) => format!("{start} steps deep, TIME"),
            None => line.to_owned(),
        },
    };
    let line = match line.split_once(", at host/tests/") {
        Some((start, place)) => {
            let (_, rest) = place.split_once(".rs:").unwrap();
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
            format!("{start}, at PLACE{rest}")
        }
        None => line,
    };
    let line = match line.split_once("  replay: cy1-") {
        Some((start, _)) => format!("{start}  replay: TOKEN"),
        None => line,
    };
    super::without_ids(&line)
}

#[track_caller]
fn check(arguments: &[&str], expected: Expect) {
    expected.assert_eq(&session(&mut command(arguments)));
}

#[test]
fn help() {
    for (arguments, file) in [
        (&["explore", "--help"][..], "help-explore.txt"),
        (&["replay", "--help"], "help-replay.txt"),
        (&["trace", "show", "--help"], "help-trace-show.txt"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(file);
        expect_file![path].assert_eq(&session(&mut command(arguments)));
    }
}

/// From the bug to its trace and back.
#[test]
fn a_bug_is_found_and_repeated() {
    let folder = Folder::of(&lost_order());
    folder.check(
        &["explore", "--workers", "1"],
        expect![[r#"
            --- stdout
            assertion: c, on `two`: [Two] is not the order, at PLACE
              test `default`, iteration 5, 3 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
                 2  c starts {"anything":[{"expect":["one","two"]}]}
                 3  c takes `two` from b
              trace: traces/app-default-assertion-5.trace
              replay: TOKEN
            bug: test `default`, 6 iterations (2 schedules differ), 3 to 5 steps, TIME, SPEED
              not checked: delivery models: pairwise, unordered
            strategy portfolio, seed 0, 1 workers
            --- exit code 2
        "#]],
    );
    let trace = "traces/app-default-assertion-5.trace";
    folder.check(
        &["replay", trace],
        expect![[r#"
            --- stdout
               1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               2  c starts {"anything":[{"expect":["one","two"]}]}
               3  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 2
        "#]],
    );
    folder.check(
        &["replay", trace, "--original"],
        expect![[r#"
            --- stdout
               1  c starts {"anything":[{"expect":["one","two"]}]}
               2  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               3  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 2
        "#]],
    );
    folder.check(
        &["replay", trace, "--continue"],
        expect![[r#"
            --- stdout
               1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               2  c starts {"anything":[{"expect":["one","two"]}]}
               3  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 2
        "#]],
    );
    folder.check(
        &["trace", "show", trace],
        expect![[r#"
            --- stdout
               1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               2  c starts {"anything":[{"expect":["one","two"]}]}
               3  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 0
        "#]],
    );
    // Equal bugs have equal names and bytes.
    let before = fs::read(folder.path(trace)).unwrap();
    folder.session(&["explore", "--workers", "2", "--quiet"]);
    assert!(fs::read(folder.path(trace)).unwrap() == before);
    assert_eq!(fs::read_dir(folder.path("traces")).unwrap().count(), 1);
}

#[test]
fn a_bug_as_json() {
    let folder = Folder::of(&lost_order());
    let (mut report, code) = folder.json(&["explore", "--workers", "1", "--json"]);
    assert_eq!(code, 2);
    let token = report["bugs"][0]["token"].take();
    let token = token.as_str().unwrap();
    for bug in report["bugs"].as_array_mut().unwrap() {
        assert!(bug["backtrace"].take().as_str().unwrap().contains("scripted::"));
        bug["lines"].take();
    }
    assert!(report["seconds"].take().is_f64());
    report["tests"].take();
    let text = serde_json::to_string_pretty(&report).unwrap();
    let text: String = text.lines().map(|line| masked(line) + "\n").collect();
    expect![[r#"
        {
          "bugs": [
            {
              "actor": "c",
              "backtrace": null,
              "blame": [],
              "event": "two",
              "iteration": 5,
              "kind": "assertion",
              "lines": null,
              "message": "[Two] is not the order, at PLACE",
              "minimised_steps": 3,
              "reproduces_under": [
                "mailbox",
                "causal",
                "pairwise",
                "unordered"
              ],
              "state": null,
              "steps": 3,
              "suspended": null,
              "test": "default",
              "times": 1,
              "token": null,
              "trace": "traces/app-default-assertion-5.trace"
            }
          ],
          "distinct_schedules": 2,
          "iterations": 6,
          "seconds": null,
          "seed": 0,
          "steps": 28,
          "strategy": "portfolio",
          "tests": null,
          "unchecked": [
            "delivery models: pairwise, unordered"
          ],
          "verdict": "bug",
          "workers": 1
        }
    "#]]
    .assert_eq(&text);
    let (mut report, code) = folder.json(&["replay", token, "--json"]);
    assert_eq!(code, 2);
    assert!(report["backtrace"].take().as_str().unwrap().contains("scripted::"));
    let text = serde_json::to_string_pretty(&report).unwrap();
    let text: String = text.lines().map(|line| masked(line) + "\n").collect();
    expect![[r#"
        {
          "backtrace": null,
          "bug": [
            "assertion",
            "c: [Two] is not the order, at PLACE"
          ],
          "ending": "bug",
          "left_at": null,
          "lines": [
            {
              "actor": "b",
              "draws": [],
              "effects": [
                "sends `two` to c"
              ],
              "event": null,
              "payload": "{\"init\":[{\"send\":{\"event\":\"two\",\"to\":\"c\"}}]}",
              "state": null,
              "step": 1,
              "what": "starts"
            },
            {
              "actor": "c",
              "draws": [],
              "effects": [],
              "event": null,
              "payload": "{\"anything\":[{\"expect\":[\"one\",\"two\"]}]}",
              "state": null,
              "step": 2,
              "what": "starts"
            },
            {
              "actor": "c",
              "draws": [],
              "effects": [],
              "event": "two",
              "payload": null,
              "state": null,
              "step": 3,
              "what": "takes `two` from b"
            }
          ],
          "test": "default"
        }
    "#]]
    .assert_eq(&text);
    let (shown, code) = folder.json(&["trace", "show", "--json", token]);
    assert_eq!((&shown["lines"], code), (&report["lines"], 0));
}

/// What `replay` says on standard error is what the actors log.
#[test]
fn the_log_of_a_replay() {
    let script = "init = [{ log = 'here' }, { fail = 'assert' }]";
    let folder = Folder::of(&text("", "", &[("x", script)]));
    folder.session(&["explore"]);
    let trace = "traces/app-default-assertion-0.trace";
    folder.check(
        &["replay", trace],
        expect![[r#"
        --- stdout
           1  x starts {"init":[{"log":"here"},{"fail":"assert"}]}
        assertion: x: an assertion of the guest's, at PLACE
        --- stderr
        info  x: here
        --- exit code 2
    "#]],
    );
    folder.check(
        &["replay", trace, "--quiet"],
        expect![[r#"
        --- stdout
           1  x starts {"init":[{"log":"here"},{"fail":"assert"}]}
        assertion: x: an assertion of the guest's, at PLACE
        --- exit code 2
    "#]],
    );
}

#[test]
fn no_bug() {
    let folder = Folder::of(&text("", "", &[("x", "")]));
    folder.check(
        &["explore", "--workers", "1"],
        expect![[r#"
        --- stdout
        exhausted: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps, TIME, SPEED
          not checked: delivery models: pairwise, unordered
        strategy portfolio, seed 0, 1 workers
        --- exit code 0
    "#]],
    );
    folder.check(
        &["explore", "--workers", "1", "--quiet", "--strategy", "random"],
        expect![[r#"
        --- stdout
        sampled: test `default`, 10000 iterations (1 schedules differ), 1 to 1 steps, TIME, SPEED
          not checked: delivery models: pairwise, unordered
        strategy random, seed 0, 1 workers
        --- exit code 0
    "#]],
    );
    let (report, code) = folder.json(&["explore", "--json", "--strategy", "dfs"]);
    assert_eq!((report["verdict"].as_str(), code), (Some("exhausted"), 0));
    assert!(!folder.path("traces").exists());
}

#[test]
fn where_traces_go() {
    let folder = Folder::of(&lost_order());
    let (report, _) = folder.json(&["explore", "--json", "--no-traces"]);
    assert!(report["bugs"][0]["trace"].is_null() && !folder.path("traces").exists());
    let (report, _) = folder.json(&["explore", "--json", "--traces", "a/b"]);
    let trace = report["bugs"][0]["trace"].as_str().unwrap();
    assert!(trace.starts_with("a/b/app-default-assertion-") && folder.path(trace).is_file());
    fs::write(folder.path("file"), "").unwrap();
    folder.check(
        &["explore", "--quiet", "--traces", "file"],
        expect![[r#"
            --- stdout
            assertion: c, on `two`: [Two] is not the order, at PLACE
              test `default`, iteration 5, 3 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
                 2  c starts {"anything":[{"expect":["one","two"]}]}
                 3  c takes `two` from b
              replay: TOKEN
            bug: test `default`, 6 iterations (2 schedules differ), 3 to 5 steps, TIME, SPEED
              not checked: delivery models: pairwise, unordered
            strategy portfolio, seed 0, 2 workers
            --- stderr
            error: cannot write `file/app-default-assertion-5.trace`
              because: File exists (os error 17)
            --- exit code 2
        "#]],
    );
}

#[test]
fn what_cannot_be_explored() {
    let folder = Folder::of(&tested("", &[("x", "")]));
    folder.check(
        &["explore", "--test", "ti"],
        expect![[r#"
        --- stderr
        error: no test is called `ti`; did you mean `it`?
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "--strategy", "randm"],
        expect![[r#"
        --- stderr
        error: no strategy is called `randm`; did you mean `random`?
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "--strategy", "pct:-1"],
        expect![[r#"
        --- stderr
        error: strategy `pct` takes from 0 to 1000 change points, not `-1`
        --- exit code 1
    "#]],
    );
    folder.check(
        &["explore", "none.toml"],
        expect![[r#"
        --- stderr
          × there is no file `none.toml`
          help: `coyote-host new app NAME` makes a folder with an app.toml
        --- exit code 1
    "#]],
    );
    let broken =
        Folder::of("name = 'x'\n[actor.a]\ncomponent = 'none.wasm'\n[[start]]\nactor = 'a'\n");
    expect![[r#"
        --- stderr
        error: actor `a`: component `none.wasm` does not exist
        --- exit code 1
    "#]]
    .assert_eq(
        &broken.session(&["explore"]).replace(&broken.0.path().display().to_string(), "DIR"),
    );
}

#[test]
fn options_that_mean_nothing() {
    for option in ["--iterations", "--steps", "--workers"] {
        let text = session(&mut command(&["explore", option, "0"]));
        let expected = format!(
            "--- stderr\nerror: invalid value '0' for '{option} <N>': number would be zero for \
             non-zero type\n\nFor more information, try '--help'.\n--- exit code 1\n"
        );
        assert_eq!(text, expected);
    }
    check(
        &["explore", "--iteration", "18446744073709551615"],
        expect![[r#"
        --- stderr
        error: invalid value '18446744073709551615' for '--iteration <N>': 18446744073709551615 is not in 0..18446744073709551615

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--iteration", "1", "--iterations", "2"],
        expect![[r#"
        --- stderr
        error: the argument '--iteration <N>' cannot be used with '--iterations <N>'

        Usage: coyote-host explore --iteration <N> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--delivery", "fifo"],
        expect![[r#"
        --- stderr
        error: invalid value 'fifo' for '--delivery <MODEL>': it is one of mailbox, causal, pairwise, unordered

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--time", "soon"],
        expect![[r#"
        --- stderr
        error: invalid value 'soon' for '--time <TIME>': expected number at 0

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--exhaustive", "--memory", "5GB"],
        expect![[r#"
        --- stderr
        error: invalid value '5GB' for '--memory <SIZE>': it is a number and B, KiB, MiB or GiB, such as 512MiB

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--exhaustive", "--memory", "0B"],
        expect![[r#"
        --- stderr
        error: invalid value '0B' for '--memory <SIZE>': it is a number and B, KiB, MiB or GiB, such as 512MiB

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--exhaustive", "--memory", "99999999999GiB"],
        expect![[r#"
        --- stderr
        error: invalid value '99999999999GiB' for '--memory <SIZE>': it is a number and B, KiB, MiB or GiB, such as 512MiB

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--memory", "1GiB"],
        expect![[r#"
        --- stderr
        error: the following required arguments were not provided:
          --exhaustive[=<METHOD>]

        Usage: coyote-host explore --exhaustive[=<METHOD>] --memory <SIZE> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--states", "7"],
        expect![[r#"
        --- stderr
        error: the following required arguments were not provided:
          --exhaustive[=<METHOD>]

        Usage: coyote-host explore --exhaustive[=<METHOD>] --states <N> [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["explore", "--no-traces", "--traces", "x"],
        expect![[r#"
        --- stderr
        error: the argument '--no-traces' cannot be used with '--traces <FOLDER>'

        Usage: coyote-host explore --no-traces [APP]

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    check(
        &["trace"],
        expect![[r#"
        --- stderr
        Show a trace

        Usage: coyote-host trace <COMMAND>

        Commands:
          show  Print a trace, step by step
          help  Print this message or the help of the given subcommand(s)

        Options:
          -h, --help  Print help
        --- exit code 1
    "#]],
    );
}

#[test]
fn what_cannot_be_replayed() {
    let folder = Folder::of(&lost_order());
    folder.check(
        &["replay", "none.trace"],
        expect![[r#"
        --- stderr
        error: cannot read `none.trace`: No such file or directory (os error 2)
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "app.toml"],
        expect![[r#"
        --- stderr
        error: `app.toml` is no trace
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "cy1-AAAA"],
        expect![[r#"
        --- stderr
        error: `cy1-AAAA` is damaged: its checksum is wrong
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", "cy9-AAAA"],
        expect![[r#"
        --- stderr
        error: `cy9-AAAA` is a trace of version 9; this program reads version 1
        --- exit code 1
    "#]],
    );
    folder.session(&["explore", "--workers", "1"]);
    let trace = "traces/app-default-assertion-5.trace";
    fs::write(folder.path("app.toml"), lost_order().replace("'app'", "'other'")).unwrap();
    folder.check(
        &["replay", trace],
        expect![[r#"
        --- stderr
        error: the trace is of the app `app`, not of `other`
        --- exit code 1
    "#]],
    );
    fs::write(
        folder.path("app.toml"),
        lost_order().replace("[actor.it]", "[actor.it]\neffects = 7"),
    )
    .unwrap();
    folder.check(&["replay", trace], expect![[r#"
        --- stderr
        error: the trace was made with another manifest: what it says about the test `default` differs
        --- exit code 1
    "#]]);
    fs::write(folder.path("app.toml"), lost_order()).unwrap();
    let mut bytes = fs::read(folder.path(trace)).unwrap();
    bytes[100] ^= 1;
    fs::write(folder.path("bad.trace"), &bytes).unwrap();
    folder.check(
        &["trace", "show", "bad.trace"],
        expect![[r#"
        --- stderr
        error: `bad.trace` is damaged: its checksum is wrong
        --- exit code 1
    "#]],
    );
    fs::write(folder.path("short.trace"), &bytes[..20]).unwrap();
    folder.check(
        &["replay", "short.trace"],
        expect![[r#"
        --- stderr
        error: `short.trace` is damaged: it is cut off
        --- exit code 1
    "#]],
    );
}

/// What a trace is without one of its steps.
#[test]
fn a_trace_without_a_step() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    let trace = "traces/app-default-assertion-5.trace";
    folder.check(
        &["replay", trace, "--without", "2"],
        expect![[r#"
        --- stdout
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
        no bug: cut
        --- exit code 0
    "#]],
    );
    folder.check(
        &["replay", trace, "--without", "9"],
        expect![[r#"
        --- stderr
        error: the trace has no step 9
        --- exit code 1
    "#]],
    );
    folder.check(
        &["replay", trace, "--without", "0"],
        expect![[r#"
        --- stderr
        error: invalid value '0' for '--without <STEP>': number would be zero for non-zero type

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
}

/// What the app is like at a place of a trace, and what else could happen there.
#[test]
fn a_place_of_a_trace() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    fn at<'a>(place: &[&'a str]) -> Vec<&'a str> {
        [&["replay", "traces/app-default-assertion-5.trace"], place].concat()
    }
    folder.check(&at(&["--at", "1"]), expect![[r#"
        --- stdout
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
        after step 1, at 0s
        a: starting
        b: idle
            script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
            seen: []
            friend: None
        c: starting
            inbox: `two` from b
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--back", "9"]),
        expect![[r#"
        --- stdout
        after step 0, at 0s
        a: starting
        b: starting
        c: starting
        --- exit code 0
    "#]],
    );
    folder.check(&at(&["--until", "actor=c event=two"]), expect![[r#"
        --- stdout
           3  c takes `two` from b
        after step 3, at 0s
        a: starting
        b: idle
            script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
            seen: []
            friend: None
        c: failed: [Two] is not the order, at PLACE
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--until", "actor=it event=ten"]),
        expect![[r#"
        --- stderr
        error: no step is like this
        --- exit code 1
    "#]],
    );
    folder.check(&at(&["--diff", "0", "2"]), expect![[r#"
        --- stdout
        from after step 0 to after step 2
        - b: starting
        - c: starting
        + b: idle
        +     script: Script { init: [Send(Send { to: Some(c), event: Two, times: 1, must_handle: false, max_instances: None })], one: [], two: [], tick: [], met: [], anything: [] }
        +     seen: []
        +     friend: None
        + c: idle
        +     script: Script { init: [], one: [], two: [], tick: [], met: [], anything: [Expect([One, Two])] }
        +     seen: []
        +     friend: None
        +     inbox: `two` from b
        --- exit code 0
    "#]]);
    folder.check(
        &at(&["--what-if", "2"]),
        expect![[r#"
        --- stdout
        *  1  c starts
           2  a starts
        --- exit code 0
    "#]],
    );
    folder.check(
        &at(&["--what-if", "2=1"]),
        expect![[r#"
            --- stdout
               1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
               2  c starts {"anything":[{"expect":["one","two"]}]}
               3  a starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
               4  c takes `two` from b
            assertion: c: [Two] is not the order, at PLACE
            --- exit code 2
        "#]],
    );
    folder.check(
        &at(&["--what-if", "2=9"]),
        expect![[r#"
        --- stderr
        error: step 2 has no choice 9: there are 2
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--what-if", "7"]),
        expect![[r#"
        --- stderr
        error: the trace has no step 7: it ends after 3
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--what-if", "x"]),
        expect![[r#"
        --- stderr
        error: invalid value 'x' for '--what-if <STEP[=CHOICE]>': `x` is not a number from 1 on

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    folder.check(
        &at(&["--at", "7"]),
        expect![[r#"
        --- stderr
        error: the trace has no step 7: it ends after 3
        --- exit code 1
    "#]],
    );
    folder.check(&at(&["--until", "acto=c"]), expect![[r#"
        --- stderr
        error: invalid value 'acto=c' for '--until <WHAT>': `acto` is not `actor`, `event` or `state`

        For more information, try '--help'.
        --- exit code 1
    "#]]);
    folder.check(
        &at(&["--at", "1", "--back", "1"]),
        expect![[r#"
        --- stderr
        error: the argument '--at <STEP>' cannot be used with '--back <STEPS>'

        Usage: coyote-host replay --at <STEP> --cache <DIR> <TRACE>

        For more information, try '--help'.
        --- exit code 1
    "#]],
    );
    let (view, code) = folder.json(&at(&["--at", "1", "--json"]));
    assert_eq!((&view["step"], view["actors"].as_array().unwrap().len(), code), (&1.into(), 3, 0));
}

/// A trace that leads elsewhere without a reason is our bug: exit code 3.
#[test]
fn a_bug_of_ours() {
    let folder = Folder::of(&lost_order());
    folder.session(&["explore", "--workers", "1"]);
    let path = folder.path("traces/app-default-assertion-5.trace");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 8);
    let place = bytes.windows(9).position(|bytes| bytes == b"assertion").unwrap();
    bytes[place..place + 9].copy_from_slice(b"panicking");
    let sum = twox_hash::XxHash3_64::oneshot(&bytes);
    bytes.extend(sum.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let trace = "traces/app-default-assertion-5.trace";
    folder.check(&["replay", trace], expect![[r#"
        --- stderr
        error: the trace does not repeat itself with an equal app; this is a bug of coyote-host: the trace ends in panicking, not in assertion
        --- exit code 3
    "#]]);
    assert_eq!(folder.session(&["replay", trace]), folder.session(&["trace", "show", trace]));
}

/// An app that is explored for hours; with a bug if `limit` is small.
fn long(limit: u32) -> String {
    let endless = format!("init = [{0}], one = [{0}, {{ at-most = {limit} }}]", to_itself("one"));
    tested("iterations = 1_000_000_000\nsteps = 40", &[("x", &endless), ("y", &send_to("x"))])
}

fn send_to(to: &str) -> String {
    format!("init = [{}]", send(to, "two"))
}

/// A signal ends an exploration with the summary so far; what it had found decides about the exit code.
#[test]
fn a_signal_ends_an_exploration() {
    for signal in [Signal::INT, Signal::TERM] {
        for (limit, keep_going, code) in [(1000, "--quiet", 0), (30, "--keep-going", 2)] {
            let folder = Folder::of(&long(limit));
            let arguments =
                ["explore", "--json", "--workers", "2", "--minimise-time", "0s", keep_going];
            let mut explore = folder.command(&arguments);
            let mut child = explore.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            wait_until_busy(&child);
            kill_process(Pid::from_child(&child), signal).unwrap();
            let mut text = String::new();
            child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
            let report: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(code), "{text}");
            let said = report["unchecked"][0].as_str().unwrap();
            assert!(
                code == 2 || said.ends_with(" of 1000000000 executions: it was ended"),
                "{said}"
            );
        }
    }
}

/// Waits until the second worker has done some work: 0.3 s of a processor is many iterations.
fn wait_until_busy(child: &Child) {
    let tasks = PathBuf::from(format!("/proc/{}/task", child.id()));
    let is_busy = |task: PathBuf| {
        let stat = fs::read_to_string(task.join("stat")).unwrap_or_default();
        let fields =
            stat.strip_prefix(|c: char| c.is_ascii_digit()).and_then(|_| stat.rsplit_once(')'));
        let Some((name, fields)) = fields else { return false };
        let ticks = fields.split_whitespace().nth(11).and_then(|ticks| ticks.parse::<u32>().ok());
        name.contains("(coyote-explore") && ticks.is_some_and(|ticks| ticks >= 30)
    };
    while !fs::read_dir(&tasks).unwrap().flatten().any(|task| is_busy(task.path())) {
        thread::yield_now();
    }
}

/// A and B, told apart, each send to C: 13 states. There is room for the keys of 9, or of all.
#[test]
fn a_search_ends_when_its_memory_is_full() {
    let sender = format!("init = [{}]", send("c", "one"));
    let folder = Folder::of(&text("", "", &[("c", ""), ("a", &sender), ("b", &sender)]));
    let search = |method: &str, bound: [&str; 2]| {
        let method = format!("--exhaustive={method}");
        folder.session(&["explore", &method, "--no-symmetry", bound[0], bound[1]])
    };
    expect![[r#"
        --- stdout
        sampled: test `default`, 9 states, 1 of them final, 9 transitions, at most 5 steps deep, TIME
          not checked: states that there was no memory for: 1KiB are full; at a rough guess 17 % were seen
          not checked: delivery models: pairwise, unordered
        strategy exhaustive, stateful, seed 0, 1 workers
        --- exit code 0
    "#]].assert_eq(&search("stateful", ["--memory", "1KiB"]));
    expect![[r#"
        --- stdout
        sampled: test `default`, 9 states, 0 of them final, 11 transitions, at most 3 steps deep, TIME
          not checked: states that there was no memory for: 1KiB are full; at a rough guess 56 % were seen
          not checked: delivery models: pairwise, unordered
        strategy exhaustive, breadth-first, seed 0, 1 workers
        --- exit code 0
    "#]].assert_eq(&search("breadth-first", ["--memory", "1KiB"]));
    expect![[r#"
        --- stdout
        sampled: test `default`, 5 states, 0 of them final, 4 transitions, at most 4 steps deep, TIME
          not checked: states beyond the first 5
          not checked: delivery models: pairwise, unordered
        strategy exhaustive, stateful, seed 0, 1 workers
        --- exit code 0
    "#]].assert_eq(&search("stateful", ["--states", "5"]));
    expect![[r#"
        --- stdout
        exhausted: test `default`, all 13 states, 1 of them final, 13 transitions, at most 5 steps deep, TIME
          not checked: delivery models: pairwise, unordered
        strategy exhaustive, stateful, seed 0, 1 workers
        --- exit code 0
    "#]].assert_eq(&search("stateful", ["--memory", "2KiB"]));
    // Traces need none.
    expect![[r#"
        --- stdout
        exhausted: test `default`, all 2 traces, 1 final states, 7 transitions, at most 5 steps deep, TIME
          not checked: delivery models: pairwise, unordered
        strategy exhaustive, seed 0, 1 workers
        --- exit code 0
    "#]].assert_eq(&search("auto", ["--memory", "1KiB"]));
}
