//! Exhaustive search sees every execution once: counts against arithmetic.

use expect_test::expect;

use super::{check_all, count, lost_order, send, tested, text, to_itself};

/// In how many orders things can happen if some of them come before others: pairs of the earlier and the later one.
fn orders(things: usize, before: &[(usize, usize)]) -> u64 {
    let mut ways = vec![0_u64; 1 << things];
    ways[0] = 1;
    for done in 0..ways.len() {
        for next in (0..things).filter(|next| done & (1 << next) == 0) {
            let may = before.iter().all(|&(first, then)| then != next || done & (1 << first) != 0);
            if may {
                ways[done | (1 << next)] += ways[done];
            }
        }
    }
    ways[ways.len() - 1]
}

#[test]
fn one_actor_has_one_execution() {
    assert_eq!(count(&text("", "", &[("x", "")])), 1);
}

/// Three starts in any order, and messages after the starts of both ends.
#[test]
fn two_senders_and_a_receiver() {
    let starts = [
        ("c", ""),
        ("a", &*format!("init = [{}]", send("c", "one"))),
        ("b", &format!("init = [{}]", send("c", "two"))),
    ];
    let expected = orders(5, &[(0, 3), (1, 3), (0, 4), (2, 4)]);
    assert_eq!((count(&text("", "", &starts)), expected), (expected, 16));
}

/// A message to oneself and one to another: what is sent first arrives first where it arrives at all.
#[test]
fn two_messages_in_one_channel() {
    let starts =
        [("c", ""), ("a", &*format!("init = [{}, {}]", send("c", "one"), send("c", "two")))];
    // c, a, one, two
    let expected = orders(4, &[(0, 2), (1, 2), (2, 3)]);
    assert_eq!(count(&text("", "", &starts)), expected);
    let unordered = format!("delivery = 'unordered'\n{}", text("", "", &starts));
    assert_eq!(count(&unordered), orders(4, &[(0, 2), (1, 2), (0, 3), (1, 3)]));
}

/// M2, scenario 66: three timers, due at 10, 10 and 20 ms.
#[test]
fn timers() {
    let timer = |ms: u32, event: &str| format!("{{ timer = {{ ms = {ms}, event = '{event}' }} }}");
    let timers = [timer(10, "one"), timer(10, "two"), timer(20, "tick")].join(", ");
    let script = format!(
        "init = [{timers}], one = [{{ now = 10 }}], two = [{{ now = 10 }}], tick = [{{ now = 20 }}]"
    );
    assert_eq!(count(&text("", "", &[("x", &script)])), 2);
    let script = format!("init = [{timers}]");
    assert_eq!(count(&text("timers = 'unordered'", "", &[("x", &script)])), 6);
}

/// N1: one execution for each outcome.
#[test]
fn draws() {
    let script = "init = [{ draw = { below = 3, times = 4, not = 7 } }]";
    assert_eq!(count(&text("", "", &[("x", script)])), 3_u64.pow(4));
    // Tails, or heads and a number.
    let script = "init = [{ toss = { below = 5 } }]";
    check_all(
        &text("", "", &[("x", script)]),
        expect![[r#"
            assertion: x: heads, and the largest number
              test `default`, iteration 5, 1 steps, 1 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"toss":{"below":5}}]}, draws 1, 4
              why: x draws 1 as number 1 in step 1; not with 0
              why: x draws 4 as number 2 in step 1; not with 0
            bug: test `default`, 6 iterations (6 schedules differ), 2 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// Each bug once, with the number of executions that end in it: A's message comes second as often as first.
#[test]
fn how_many_executions_go_wrong() {
    check_all(
        &lost_order(),
        expect![[r#"
            assertion: c, on `two`: [Two] is not the order
              test `default`, iteration 1, 4 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
                 2  c starts {"anything":[{"expect":["one","two"]}]}
                 3  c takes `two` from b
              why: in the original trace, step 4 (c takes `two` from b) comes before what a sent, which c has not taken yet, at c; the other way round it does not happen
            bug: test `default`, 16 iterations (3 schedules differ), 3 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// E4: what is cut is not exhausted.
#[test]
fn a_bound_that_cuts_executions() {
    let endless = format!("init = [{0}], one = [{0}]", to_itself("one"));
    check_all(
        &tested("steps = 7", &[("x", &endless)]),
        expect![[r#"
        sampled: test `it`, 1 iterations (1 schedules differ), 7 to 7 steps
          not checked: what comes after 7 steps: 1 of 1 executions were cut there
          not checked: delivery models: pairwise, unordered
    "#]],
    );
    check_all(
        &tested("steps = 7\nfail-at-bound = true", &[("x", &endless)]),
        expect![[r#"
        step-bound: the execution was cut after 7 steps
          test `it`, iteration 0, 7 steps, 7 minimised
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"send":{"event":"one"}}]}; sends `one` to x
             2  x takes its own `one`; sends `one` to x
             3  x takes its own `one`; sends `one` to x
             4  x takes its own `one`; sends `one` to x
             5  x takes its own `one`; sends `one` to x
             6  x takes its own `one`; sends `one` to x
             7  x takes its own `one`; sends `one` to x
        bug: test `it`, 1 iterations (1 schedules differ), 7 to 7 steps
          not checked: what comes after 7 steps: 1 of 1 executions were cut there
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}
