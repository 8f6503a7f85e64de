use coyote_host::Verdict;
use expect_test::expect;

use super::Example;

const FAILURE_DETECTOR: Example = Example {
    folder: "failure-detector",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "two-nodes",
    small: "one-node",
    trace: "fourth-ping.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    FAILURE_DETECTOR.finds_with(
        0..3,
        expect![[r#"
            0: iteration 246, 48 steps, 39 minimised: monitor: a node has 4 pings to answer
            1: iteration 625, 41 steps, 30 minimised: monitor: a node has 4 pings to answer
            2: iteration 296, 54 steps, 38 minimised: monitor: a node has 4 pings to answer
        "#]],
    );
    FAILURE_DETECTOR.has_no_bug();
    FAILURE_DETECTOR.is_proved(1161);
    FAILURE_DETECTOR
        .repeats(expect!["after 36 steps: monitor: safety: a node has 4 pings to answer"]);
}

/// To the detector a timer of the host is the same.
#[test]
fn is_found_with_a_timer_of_the_host() {
    let report = FAILURE_DETECTOR.explorer("host-timer.toml", "two-nodes").run().unwrap();
    assert_eq!(
        (report.verdict, report.bugs[0].kind.as_str()),
        (Verdict::Bug, "monitor"),
        "{report}"
    );
}
