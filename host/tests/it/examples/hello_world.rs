use expect_test::expect;

use super::Example;

const HELLO_WORLD: Example = Example {
    folder: "hello-world",
    buggy: "buggy.toml",
    fixed: "app.toml",
    test: "three-clients",
    small: "two-clients",
    trace: "second-pong.trace",
};

#[test]
fn is_found_minimised_and_repeated() {
    HELLO_WORLD.finds(expect![[r#"
        0: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        1: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        2: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        3: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        4: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        5: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        6: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        7: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        8: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
        9: iteration 0, 12 steps, 9 minimised: monitor: a client got a second pong for one ping
    "#]]);
    HELLO_WORLD.has_no_bug();
    HELLO_WORLD.is_exhausted(52);
    HELLO_WORLD.repeats(expect![
        "after 9 steps: monitor: answered: a client got a second pong for one ping"
    ]);
}
