use coyote_host::Verdict;
use expect_test::expect;

use super::Example;

const BOUNDED_BUFFER: Example = Example {
    folder: "bounded-buffer",
    buggy: "app.toml",
    fixed: "fixed.toml",
    test: "two-readers",
    small: "few-items",
    trace: "wrong-one-woken.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    BOUNDED_BUFFER.finds(expect![[r#"
        0: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        1: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        2: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        3: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        4: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        5: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        6: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        7: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        8: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
        9: iteration 0, 6 steps, 6 minimised: deadlock: program-1 waits in `init` for the end of task 1, spawned
    "#]]);
    BOUNDED_BUFFER.has_no_bug();
    BOUNDED_BUFFER.is_proved(1_011);
    BOUNDED_BUFFER.repeats(expect![
        "after 6 steps: deadlock: program-1 waits in `init` for the end of task 1, spawned"
    ]);
}

#[test]
fn is_found_whatever_the_sizes() {
    let report = BOUNDED_BUFFER.explorer("drawn.toml", "drawn").run().unwrap();
    assert_eq!(
        (report.verdict, report.bugs[0].kind.as_str()),
        (Verdict::Bug, "deadlock"),
        "{report}"
    );
}
