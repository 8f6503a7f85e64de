use coyote_host::Verdict;
use expect_test::expect;

use super::{Example, MANY};

const ACCOUNT_MANAGER: Example = Example {
    folder: "account-manager",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "two-creates",
    small: "two-creates",
    trace: "check-then-act.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    ACCOUNT_MANAGER.finds(expect![[r#"
        0: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        1: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        2: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        3: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        4: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        5: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        6: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        7: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        8: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
        9: iteration 0, 8 steps, 8 minimised: panic: the manager fails: there is such an account
    "#]]);
    ACCOUNT_MANAGER.has_no_bug();
    ACCOUNT_MANAGER.is_proved(17);
    ACCOUNT_MANAGER.repeats(expect![
        "after 8 steps: panic: program-1: the manager fails: there is such an account"
    ]);
}

/// The other cases, in all states: where one looks and then acts it fails, unless there is only one who acts.
#[test]
fn other_cases_fail_as_well() {
    let cases = [
        ("two-deletes", Verdict::Bug),
        ("two-updates", Verdict::Bug),
        ("create-and-delete", Verdict::Exhausted),
    ];
    for (test, expected) in cases {
        let verdict = |manifest| {
            let explorer = ACCOUNT_MANAGER.explorer(manifest, test).exhaustive(MANY);
            explorer.run().unwrap().verdict
        };
        assert_eq!(verdict("app.toml"), expected, "{test}");
        assert_eq!(verdict("fixed.toml"), Verdict::Exhausted, "{test}");
    }
}
