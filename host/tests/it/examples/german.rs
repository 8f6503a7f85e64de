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
        0: iteration 11, 26 steps, 16 minimised: monitor: 1 may write, 1 may read
        1: iteration 1, 24 steps, 16 minimised: monitor: 1 may write, 1 may read
        2: iteration 19, 25 steps, 16 minimised: monitor: 1 may write, 1 may read
        3: iteration 1, 27 steps, 16 minimised: monitor: 1 may write, 1 may read
        4: iteration 7, 25 steps, 15 minimised: monitor: 1 may write, 1 may read
        5: iteration 8, 20 steps, 16 minimised: monitor: 1 may write, 1 may read
        6: iteration 10, 20 steps, 16 minimised: monitor: 1 may write, 1 may read
        7: iteration 2, 30 steps, 16 minimised: monitor: 1 may write, 1 may read
        8: iteration 19, 25 steps, 16 minimised: monitor: 1 may write, 1 may read
        9: iteration 2, 26 steps, 16 minimised: monitor: 1 may write, 1 may read
    "#]]);
    GERMAN.has_no_bug();
    GERMAN.is_proved(163);
    GERMAN.is_the_same_walked(100);
    GERMAN.repeats(expect!["after 16 steps: monitor: holders: 1 may write, 1 may read"]);
}
