use coyote_host::Verdict;
use expect_test::expect;

use super::Example;

const BOUNDED_ASYNC: Example = Example {
    folder: "bounded-async",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "up-to-10",
    small: "up-to-2",
    trace: "two-rounds-apart.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    BOUNDED_ASYNC.finds(expect![[r#"
        0: iteration 1, 18 steps, 15 minimised: assertion: at 2, and told of 1
        1: iteration 1, 27 steps, 23 minimised: assertion: at 3, and told of 2
        2: iteration 1, 59 steps, 36 minimised: assertion: at 4, and told of 3
        3: iteration 0, 105 steps, 95 minimised: assertion: at 9, and told of 8
        4: iteration 1, 30 steps, 24 minimised: assertion: at 3, and told of 2
        5: iteration 0, 118 steps, 95 minimised: assertion: at 9, and told of 8
        6: iteration 1, 22 steps, 15 minimised: assertion: at 2, and told of 1
        7: iteration 1, 23 steps, 15 minimised: assertion: at 2, and told of 1
        8: iteration 1, 34 steps, 23 minimised: assertion: at 3, and told of 2
        9: iteration 1, 33 steps, 23 minimised: assertion: at 3, and told of 2
    "#]]);
    BOUNDED_ASYNC.has_no_bug();
    BOUNDED_ASYNC.is_proved(1_268);
    BOUNDED_ASYNC.repeats(expect!["after 59 steps: assertion: process-2: at 6, and told of 5"]);
}

/// The fix relies on the order that one host gives.
#[test]
fn is_found_on_a_cluster_even_so() {
    let report = BOUNDED_ASYNC.explorer("fixed.toml", "on-a-cluster").run().unwrap();
    assert_eq!(
        (report.verdict, report.bugs[0].kind.as_str()),
        (Verdict::Bug, "assertion"),
        "{report}"
    );
}
