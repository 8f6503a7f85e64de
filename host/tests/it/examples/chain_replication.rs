use expect_test::expect;

use super::Example;

const CHAIN_REPLICATION: Example = Example {
    folder: "chain-replication",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "three-replicas",
    small: "two-replicas",
    trace: "own-forward.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    CHAIN_REPLICATION.finds_with(
        0..1,
        expect![[r#"
            0: iteration 1273, 32 steps, 21 minimised: monitor: a history does not increase
        "#]],
    );
    CHAIN_REPLICATION.has_no_bug();
    CHAIN_REPLICATION
        .repeats(expect!["after 24 steps: monitor: invariant: a history does not increase"]);
}
