//! Apps, and what comes of them.

use coyote_guest::Actor;
use coyote_guest_test::{App, Report};
use expect_test::Expect;

/// An app with one actor that is created with nothing.
pub(crate) fn alone<A: Actor<Initial = ()>>() -> App {
    let mut app = App::new();
    app.start::<A>(());
    app
}

/// Goes into every execution of an app, and compares what is found.
#[track_caller]
pub(crate) fn check(app: &mut App, expected: Expect) {
    let app = app.strategy("dfs").expect("there is this strategy");
    expected.assert_eq(&told(&app.explore(0, 10_000)));
}

fn told(report: &Report) -> String {
    let Report { iterations, exhausted, bug, .. } = report;
    match bug {
        None if *exhausted => format!("all of {iterations} executions are right\n"),
        None => format!("{iterations} executions are right\n"),
        Some(bug) => {
            let told = bug.to_string();
            let (told, _) = told.rsplit_once("  replay: ").expect("a bug can be repeated");
            without_lines(told)
        }
    }
}

/// The text without the numbers of lines and columns.
fn without_lines(text: &str) -> String {
    let mut told = String::new();
    for piece in text.split_inclusive(".rs:") {
        // What follows the last one is its line and column.
        let place = if told.is_empty() { piece } else { after_number(after_number(piece)) };
        told += place.strip_suffix(':').unwrap_or(place);
    }
    told
}

fn after_number(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text).trim_start_matches(|digit: char| digit.is_ascii_digit())
}
