use expect_test::expect;

use super::Example;

const SORT_RING: Example = Example {
    folder: "sort-ring",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "five-cells",
    small: "three-cells",
    trace: "old-number.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    SORT_RING.finds(expect![[r#"
        0: iteration 8, 56 steps, 53 minimised: assertion: [2, 2, 4, 5, 5] is not [1, 2, 3, 4, 5]
        1: iteration 2, 56 steps, 53 minimised: assertion: [2, 3, 4, 4, 3] is not [1, 2, 3, 4, 5]
        2: iteration 1, 56 steps, 53 minimised: assertion: [4, 4, 2, 5, 5] is not [1, 2, 3, 4, 5]
        3: iteration 1, 56 steps, 53 minimised: assertion: [4, 4, 2, 5, 5] is not [1, 2, 3, 4, 5]
        4: iteration 1, 56 steps, 53 minimised: assertion: [3, 1, 4, 4, 3] is not [1, 2, 3, 4, 5]
        5: iteration 1, 56 steps, 53 minimised: assertion: [2, 4, 1, 5, 5] is not [1, 2, 3, 4, 5]
        6: iteration 5, 56 steps, 53 minimised: assertion: [2, 3, 4, 4, 3] is not [1, 2, 3, 4, 5]
        7: iteration 1, 55 steps, 53 minimised: assertion: [2, 2, 4, 5, 5] is not [1, 2, 3, 4, 5]
        8: iteration 1, 56 steps, 53 minimised: assertion: [4, 4, 1, 5, 5] is not [1, 2, 3, 4, 5]
        9: iteration 1, 56 steps, 53 minimised: assertion: [2, 2, 4, 5, 5] is not [1, 2, 3, 4, 5]
    "#]]);
    SORT_RING.has_no_bug();
    SORT_RING.is_proved(54);
    SORT_RING.repeats(expect![
        "after 53 steps: assertion: master-1: [4, 4, 3, 3, 5] is not [1, 2, 3, 4, 5]"
    ]);
}
