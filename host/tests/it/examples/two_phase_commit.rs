use expect_test::expect;

use super::Example;

const TWO_PHASE_COMMIT: Example = Example {
    folder: "two-phase-commit",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-participants",
    small: "one-transaction",
    trace: "late-votes.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    TWO_PHASE_COMMIT.finds(expect![[r#"
        0: iteration 35, 22 steps, 17 minimised: monitor: transaction 2 is committed with 2 of 3 votes
        1: iteration 24, 22 steps, 17 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        2: iteration 9, 22 steps, 17 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        3: iteration 159, 19 steps, 17 minimised: monitor: transaction 2 is committed with 2 of 3 votes
        4: iteration 7, 17 steps, 15 minimised: monitor: transaction 2 is committed with 0 of 3 votes
        5: iteration 2, 21 steps, 17 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        6: iteration 15, 22 steps, 17 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        7: iteration 4, 22 steps, 17 minimised: monitor: transaction 2 is committed with 1 of 3 votes
        8: iteration 30, 24 steps, 18 minimised: monitor: transaction 2 is committed with 2 of 3 votes
        9: iteration 4, 23 steps, 20 minimised: monitor: transaction 2 is committed with 2 of 3 votes
    "#]]);
    TWO_PHASE_COMMIT.has_no_bug();
    TWO_PHASE_COMMIT.repeats(expect![
        "after 15 steps: monitor: agreement: transaction 2 is committed with 1 of 3 votes"
    ]);
}
