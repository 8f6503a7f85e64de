use expect_test::expect;

use super::Example;

const GERMAN: Example = Example {
    folder: "german",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-caches",
    small: "two-caches",
    trace: "early-grant.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    GERMAN.finds(expect![[r#"
        0: iteration 1, 33 steps, 22 minimised: monitor: 1 may write, 1 may read
        1: iteration 29, 26 steps, 22 minimised: monitor: 1 may write, 1 may read
        2: iteration 5, 25 steps, 22 minimised: monitor: 1 may write, 1 may read
        3: iteration 3, 31 steps, 22 minimised: monitor: 1 may write, 1 may read
        4: iteration 5, 29 steps, 22 minimised: monitor: 1 may write, 1 may read
        5: iteration 1, 37 steps, 22 minimised: monitor: 1 may write, 1 may read
        6: iteration 3, 31 steps, 31 minimised: monitor: 1 may write, 1 may read
        7: iteration 15, 23 steps, 22 minimised: monitor: 1 may write, 1 may read
        8: iteration 11, 27 steps, 22 minimised: monitor: 1 may write, 1 may read
        9: iteration 5, 28 steps, 22 minimised: monitor: 1 may write, 1 may read
    "#]]);
    GERMAN.has_no_bug();
    GERMAN.is_proved(163);
    GERMAN.repeats(expect!["after 16 steps: monitor: holders: 1 may write, 1 may read"]);
}
