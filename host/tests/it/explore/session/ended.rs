//! Explorations that are ended before they are done.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;

use expect_test::expect;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::Folder;
use crate::explore::{send, tested, text, to_itself};

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

/// An app that is explored for hours; with a bug if `limit` is small.
fn long(limit: u32) -> String {
    let endless = format!("init = [{0}], one = [{0}, {{ at-most = {limit} }}]", to_itself("one"));
    tested("iterations = 1_000_000_000\nsteps = 40", &[("x", &endless), ("y", &send_to("x"))])
}

fn send_to(to: &str) -> String {
    format!("init = [{}]", send(to, "two"))
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
