//! Sessions of `explore`, `replay` and `trace show`. Long texts are in `tests/cmd/`.

mod ended;
mod refused;
mod replayed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect, expect_file};
use serde_json::Value;
use tempfile::TempDir;

use super::{lost_order, text};
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
