//! Going through an execution in both directions.

use std::path::Path;

use coyote_host::{Timeline, View};
use expect_test::expect;

use super::{first_bug, lost_order, masked, replay, send, text_of, to_itself};
use crate::world::{component, component_for};

/// Two actors that are busy with themselves, a timer, and an assertion that fails in the end.
fn busy(component: &Path) -> String {
    let tick = "{ timer = { ms = 5, event = 'tick' } }";
    let a = format!(
        "init = [{0}, {tick}], one = [{0}, {1}, {{ at-most = 90 }}], tick = [{tick}]",
        to_itself("one"),
        send("b", "two"),
    );
    text_of(
        component,
        "",
        "inbox = { capacity = 1000 }",
        &[("a", &a), ("b", "two = [{ toss = { below = 3 } }]")],
    )
}

fn open(text: &str) -> Timeline {
    replay(text, &first_bug(text).token).original().open().unwrap_or_else(|error| panic!("{error}"))
}

/// The app after each step, forwards, in another timeline.
fn views(text: &str) -> Vec<View> {
    let mut timeline = open(text);
    let steps = 0..=timeline.len();
    let views = steps.map(|step| {
        timeline.go_to(step);
        timeline.view()
    });
    views.collect()
}

/// Wherever one comes from, the app is what it was when one went forwards.
#[track_caller]
fn check_jumps(text: &str, steps_min: usize) {
    let (expected, mut timeline) = (views(text), open(text));
    let len = timeline.len();
    assert!(len > steps_min, "{len}");
    assert_eq!(timeline.at(), len);
    let mut jump = len;
    for _ in 0..200 {
        jump = (jump * 7 + 31) % (len + 1);
        timeline.go_to(jump);
        assert_eq!((timeline.at(), &timeline.view()), (jump, &expected[jump]));
    }
    for step in (0..=len).rev() {
        timeline.go_to(step);
        assert_eq!(timeline.view(), expected[step]);
    }
    assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "each step changes something");
}

#[test]
fn forwards_and_backwards() {
    check_jumps(&busy(&component("scripted.wasm")), 64);
}

/// Without images every way back leads over the start.
#[test]
fn without_images() {
    let component = component_for("wasm32-wasip2", "scripted.wasm");
    let text =
        text_of(&component, "", "", &[("c", "anything = [{ at-most = 2 }]"), ("a", &three())]);
    let mut timeline = open(&text);
    let len = timeline.len();
    for step in (0..=len).chain((0..len).rev()) {
        timeline.go_to(step);
        assert_eq!((timeline.at(), timeline.view().step), (step, step));
    }
}

fn three() -> String {
    format!("init = [{0}, {0}, {0}]", send("c", "one"))
}

/// What else could happen, and what becomes of the app then.
#[test]
fn another_choice() {
    let mut timeline = open(&lost_order());
    let told = |timeline: &mut Timeline| {
        let alternatives = timeline.alternatives().into_iter();
        let lines = alternatives.map(|alternative| {
            format!("{}{}\n", if alternative.taken { "* " } else { "  " }, alternative.what)
        });
        lines.collect::<String>()
    };
    assert!(timeline.alternatives().is_empty(), "nothing comes after the end");
    timeline.go_to(1);
    expect![[r#"
        * c starts
          a starts
    "#]]
    .assert_eq(&told(&mut timeline));
    let alternatives = timeline.alternatives();
    let other = alternatives.iter().find(|alternative| !alternative.taken).unwrap();
    timeline.take(other);
    assert_eq!(timeline.at(), 1);
    expect![[r#"
           1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
           2  a starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
           3  c starts {"anything":[{"expect":["one","two"]}]}
           4  c takes `two` from b
        assertion: c: [Two] is not the order
    "#]]
    .assert_eq(&masked(&timeline.report().to_string()));
    timeline.go_to(2);
    assert_eq!(timeline.view().step, 2);
}

/// Each other result of a draw is an alternative.
#[test]
fn another_draw() {
    let draw = "init = [{ draw = { below = 4, times = 2, not = 0 } }]";
    let mut timeline = open(&text_of(&component("scripted.wasm"), "", "", &[("a", draw)]));
    timeline.go_to(0);
    let whats: Vec<_> = timeline.alternatives().into_iter().map(|choice| choice.what).collect();
    expect![[r#"
        a starts
        a draws 1 instead of 0
        a draws 2 instead of 0
        a draws 3 instead of 0
        a draws 1 instead of 0
        a draws 2 instead of 0
        a draws 3 instead of 0"#]]
    .assert_eq(&whats.join("\n"));
    let alternatives = timeline.alternatives();
    timeline.take(alternatives.last().unwrap());
    assert_eq!(timeline.report().bug, None);
    assert_eq!(timeline.report().lines[0].draws, [0, 3]);
}
