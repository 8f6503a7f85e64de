use expect_test::expect;

use super::Example;

const SEND_INTERLEAVINGS: Example = Example {
    folder: "send-interleavings",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "order",
    small: "order",
    trace: "e2-between.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    SEND_INTERLEAVINGS.finds(expect![[r#"
        0: iteration 1, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        1: iteration 4, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        2: iteration 2, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        3: iteration 8, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        4: iteration 8, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        5: iteration 2, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        6: iteration 12, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        7: iteration 12, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        8: iteration 2, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
        9: iteration 1, 5 steps, 5 minimised: assertion: `e2` came between the first `e1` and the second
    "#]]);
    SEND_INTERLEAVINGS.has_no_bug();
    SEND_INTERLEAVINGS.is_exhausted(6);
    SEND_INTERLEAVINGS.repeats(expect![
        "after 5 steps: assertion: receiver-1: `e2` came between the first `e1` and the second"
    ]);
}
