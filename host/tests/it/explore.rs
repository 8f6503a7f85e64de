//! Exploration with real components: what is found, how it is told, and that everything repeats itself.

mod bugs;
mod counts;
mod exhaustive;
mod faults;
mod models;
mod options;
mod session;
mod timeline;
mod traces;

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use coyote_host::{ExploreReport, Explorer, FoundBug, Replay, ReplayReport, Verdict};
use expect_test::Expect;
use serde_json::{Value, json};

use crate::world::{app, cache, component, component_for};

/// Longer than anything takes to be made shorter here.
const LONG: Duration = Duration::from_secs(1000);

/// The text of an app of actors that do what their initial payloads say, of a kind `it`: `table` goes into
/// `[actor.it]`, each start entry is a name and what is between the braces of its payload.
fn text(top: &str, table: &str, starts: &[(&str, &str)]) -> String {
    text_of(&component("scripted.wasm"), top, table, starts)
}

fn text_of(component: &Path, top: &str, table: &str, starts: &[(&str, &str)]) -> String {
    let component = component.display();
    let mut text = format!("name = 'app'\n{top}\n[actor.it]\ncomponent = '{component}'\n{table}\n");
    for (name, script) in starts {
        text += &format!("[[start]]\nactor = 'it'\nname = '{name}'\ninitial = {{ {script} }}\n");
    }
    text
}

/// Such an app with one test; `test` goes into `[[test]]`.
fn tested(test: &str, starts: &[(&str, &str)]) -> String {
    text("", "", starts) + &format!("[[test]]\nname = 'it'\n{test}\n")
}

/// What sends an event to somebody.
fn send(to: &str, event: &str) -> String {
    format!("{{ send = {{ to = '@it/{to}', event = '{event}' }} }}")
}

/// What sends an event to oneself.
fn to_itself(event: &str) -> String {
    format!("{{ send = {{ event = '{event}' }} }}")
}

/// An explorer with everything that makes its result depend on the app alone.
fn explorer(text: &str) -> Explorer {
    Explorer::new(app(text)).cache(cache()).minimise_time(LONG).workers(NonZeroUsize::MIN)
}

/// Explores, with one worker and with two; finds each bug again by its file, its token and its iteration; and compares
/// what is told.
#[track_caller]
fn check(text: &str, set: impl Fn(Explorer) -> Explorer, expected: Expect) {
    let explored = set(explorer(text)).run().unwrap_or_else(|error| panic!("{error}"));
    let two = NonZeroUsize::new(2).unwrap();
    let other = set(explorer(text)).workers(two).run().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value(&explored), value(&other));
    for (bug, other) in explored.bugs.iter().zip(&other.bugs) {
        assert!(bug.trace_file() == other.trace_file(), "the bytes of the traces differ");
        check_bug(text, &set, bug);
    }
    assert_eq!(explored.verdict == Verdict::Bug, !explored.bugs.is_empty());
    expected.assert_eq(&told(&explored));
}

/// Finds a bug again by its file, its token and its iteration.
#[track_caller]
fn check_bug(text: &str, set: &impl Fn(Explorer) -> Explorer, bug: &FoundBug) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace");
    fs::write(&path, bug.trace_file()).unwrap();
    let path = path.to_str().unwrap();
    for trace in [path, &bug.token] {
        let report = replay(text, trace).run().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.lines, bug.lines);
        assert_eq!(bug_of(&report), heading(bug));
    }
    let report = replay(text, path).original().run().unwrap();
    assert_eq!(report.bug.map(|(kind, _)| kind).as_ref(), Some(&bug.kind));
    let again = set(explorer(text)).iteration(bug.iteration).run().unwrap();
    let [again] = &again.bugs[..] else { panic!("{} is not there", bug.iteration) };
    let mut expected = bug.clone();
    expected.times = 1;
    assert_eq!(serde_json::to_value(again).unwrap(), serde_json::to_value(&expected).unwrap());
    assert!(again.trace_file() == bug.trace_file(), "the bytes of the traces differ");
}

fn replay(text: &str, trace: &str) -> Replay {
    Replay::new(app(text), trace).unwrap_or_else(|error| panic!("{error}")).cache(cache())
}

fn heading(bug: &FoundBug) -> String {
    let whom = bug.actor.as_ref().map_or_else(String::new, |actor| format!("{actor}: "));
    format!("{}: {whom}{}", bug.kind, bug.message)
}

fn bug_of(report: &ReplayReport) -> String {
    report.bug.as_ref().map_or_else(
        || format!("no bug: {}", report.ending),
        |(kind, text)| format!("{kind}: {text}"),
    )
}

/// A report without what depends on the machine.
pub(crate) fn value(report: &ExploreReport) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    (value["seconds"], value["workers"]) = (json!(null), json!(null));
    for test in value["tests"].as_array_mut().unwrap() {
        (test["seconds"], test["turns"]) = (json!(null), json!(null));
        test["minimise_seconds"] = json!(null);
        test["walked"] = json!(null);
    }
    value
}

/// What people read, without what depends on the machine, the compiler or the place of a line in the guest.
fn told(report: &ExploreReport) -> String {
    masked(&report.to_string())
}

fn masked(text: &str) -> String {
    let shown = |line: &&str| {
        let hidden = ["    at ", "  replay: cy1-", "strategy "];
        !hidden.iter().any(|start| line.starts_with(start))
    };
    let cut = |line: &str, marker: &str| {
        line.split_once(marker).map_or(line.to_owned(), |(start, _)| start.to_owned())
    };
    let line = |line: &str| {
        let line = cut(line, ", at host/tests/");
        let line = match line.split_once(" steps, ") {
            Some((start, _)) if line.contains(" iterations (") => format!("{start} steps"),
            _ => line,
        };
        without_ids(&line) + "\n"
    };
    text.lines().filter(shown).map(line).collect()
}

/// Ids are 16 hexadecimal digits.
pub(crate) fn without_ids(line: &str) -> String {
    let words = line.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    let is_id = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mask = |word: &str| {
        let end = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        if is_id(end) { format!("ID{}", &word[end.len()..]) } else { word.to_owned() }
    };
    words.map(mask).collect()
}

/// As [`check`], but with every execution.
#[track_caller]
fn check_all(text: &str, expected: Expect) {
    check(text, exhaustive, expected);
}

/// How many executions there are, none of which goes wrong.
#[track_caller]
fn count(text: &str) -> u64 {
    let report = exhaustive(explorer(text)).run().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.verdict, Verdict::Exhausted, "{report}");
    report.iterations
}

fn exhaustive(explorer: Explorer) -> Explorer {
    explorer.strategy("dfs").unwrap().keep_going().iterations(many(100_000))
}

fn many(count: u64) -> std::num::NonZeroU64 {
    std::num::NonZeroU64::new(count).unwrap()
}

/// Explores an app whose first bug is to be looked at.
#[track_caller]
fn first_bug(text: &str) -> FoundBug {
    let report = explorer(text).run().unwrap_or_else(|error| panic!("{error}"));
    report.bugs.into_iter().next().unwrap()
}

/// C expects A's message before B's.
fn lost_order() -> String {
    text(
        "",
        "",
        &[
            ("c", "anything = [{ expect = ['one', 'two'] }]"),
            ("a", &format!("init = [{}]", send("c", "one"))),
            ("b", &format!("init = [{}]", send("c", "two"))),
        ],
    )
}
