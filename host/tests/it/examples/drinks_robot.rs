use expect_test::expect;

use super::Example;

const DRINKS_ROBOT: Example = Example {
    folder: "drinks-robot",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-points",
    small: "one-point",
    trace: "lost-order.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    DRINKS_ROBOT.finds_with(0..3, expect![[r#"
        0: iteration 0, 38 steps, 38 minimised: liveness: nothing is left to be done, and progress is owed
        1: iteration 0, 38 steps, 38 minimised: liveness: nothing is left to be done, and progress is owed
        2: iteration 0, 38 steps, 38 minimised: liveness: nothing is left to be done, and progress is owed
    "#]]);
    DRINKS_ROBOT.has_no_bug();
    DRINKS_ROBOT.is_proved(2857);
    DRINKS_ROBOT.repeats(expect![
        "after 37 steps: liveness: progress: nothing is left to be done, and progress is owed"
    ]);
}
