use expect_test::expect;

use super::Example;

const COFFEE_MACHINE: Example = Example {
    folder: "coffee-machine",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-shots",
    small: "one-shot",
    trace: "beans-below-zero.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    COFFEE_MACHINE.finds_with(
        0..3,
        expect![[r#"
            0: iteration 3, 65 steps, 63 minimised: assertion: the grinder is on without beans
            1: iteration 3, 59 steps, 57 minimised: assertion: the grinder is on without beans
            2: iteration 4, 59 steps, 57 minimised: assertion: the grinder is on without beans
        "#]],
    );
    COFFEE_MACHINE.has_no_bug();
    COFFEE_MACHINE
        .repeats(expect!["after 56 steps: assertion: grinder-1: the grinder is on without beans"]);
}
