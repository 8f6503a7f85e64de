use expect_test::expect;

use super::Example;

const PAXOS: Example = Example {
    folder: "paxos",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "two-rounds",
    small: "one-round",
    trace: "two-values.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    PAXOS.finds(expect![[r#"
        0: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        1: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        2: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        3: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        4: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        5: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        6: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        7: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        8: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
        9: iteration 0, 35 steps, 23 minimised: monitor: 100 is chosen, and 200 was
    "#]]);
    PAXOS.has_no_bug();
    PAXOS.is_the_same_walked(1);
    PAXOS.repeats(expect!["after 23 steps: monitor: one-value: 100 is chosen, and 200 was"]);
}
