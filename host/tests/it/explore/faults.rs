//! Faults that a manifest declares: bugs that exist with them only.

use std::fs;

use coyote_host::{App, Explorer};
use expect_test::{Expect, expect};

use super::{check, component, count, many, send, tested};
use crate::world::{cache, root};

/// Without the fault no execution goes wrong; with it some do.
#[track_caller]
fn only_with(fault: &str, starts: &[(&str, &str)], expected: Expect) {
    count(&tested("", starts));
    let text = tested(&format!("[[test.fault]]\n{fault}"), starts);
    check(&text, |explorer| explorer.iterations(many(2000)), expected);
}

/// The fault changes nothing that anybody could notice.
#[track_caller]
fn survives(fault: &str, starts: &[(&str, &str)]) {
    count(&tested(&format!("[[test.fault]]\n{fault}"), starts));
}

/// X sends one and two to Y, who expects that nothing is missing before two.
fn one_before_two() -> [(&'static str, String); 2] {
    let both = format!("init = [{}, {}]", send("y", "one"), send("y", "two"));
    [("y", "two = [{ expect = ['one', 'two'] }]".to_owned()), ("x", both)]
}

fn borrowed<'a>(starts: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    starts.iter().map(|(name, script)| (*name, &**script)).collect()
}

#[test]
fn a_message_that_is_lost() {
    only_with(
        "kind = 'loss'",
        &borrowed(&one_before_two()),
        expect![[r#"
            assertion: y, on `two`: [Two] is not the order
              test `it`, iteration 6, 4 steps, 4 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}},{"send":{"event":"two","to":"y"}}]}; sends `one` to y, sends `two` to y
                 2  y starts {"two":[{"expect":["one","two"]}]}
                 3  y fault `loss` hits `one` from x
                 4  y takes `two` from x
              why: step 3 (y fault `loss` hits `one` from x) strikes; it does not happen without
            bug: test `it`, 7 iterations (3 schedules differ), 4 to 4 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    survives("kind = 'loss'\nevents = ['two']", &borrowed(&one_before_two()));
}

#[test]
fn an_event_that_nobody_takes() {
    let path = root().join("example-actors/two-phase-commit/app.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text + "\n[[test]]\nname = 'lossy'\n[[test.fault]]\nkind = 'loss'\nevents = ['vot']";
    let app = App::parse(&text, &path).unwrap();
    let error = Explorer::new(app).cache(cache()).iterations(many(1)).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "test `lossy`: a fault is to hit `vot`, which no actor takes; did you mean `vote`?"
    );
}

#[test]
fn a_message_that_comes_twice() {
    let starts =
        [("y", "one = [{ at-most = 1 }]"), ("x", &*format!("init = [{}]", send("y", "one")))];
    only_with(
        "kind = 'duplication'",
        &starts,
        expect![[r#"
            assertion: y, on `one`: 2 came
              test `it`, iteration 6, 4 steps, 4 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}}]}; sends `one` to y
                 2  y starts {"one":[{"at-most":1}]}
                 3  y fault `duplication` hits `one` from x
                 4  y takes `one` from x
              why: step 3 (y fault `duplication` hits `one` from x) strikes; it does not happen without
            bug: test `it`, 7 iterations (2 schedules differ), 3 to 4 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    let twice = [("y", "one = [{ at-most = 2 }]"), starts[1]];
    survives("kind = 'duplication'", &twice);
    only_with(
        "kind = 'duplication'\nbudget = 2",
        &twice,
        expect![[r#"
            assertion: y, on `one`: 3 came
              test `it`, iteration 14, 5 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}}]}; sends `one` to y
                 2  y starts {"one":[{"at-most":2}]}
                 3  y fault `duplication` hits `one` from x
                 4  y fault `duplication` hits `one` from x
                 5  y takes `one` from x
              why: step 3 (y fault `duplication` hits `one` from x) strikes; it does not happen without
              why: step 4 (y fault `duplication` hits `one` from x) strikes; it does not happen without
            bug: test `it`, 15 iterations (3 schedules differ), 3 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

#[test]
fn an_actor_that_loses_its_state() {
    only_with(
        "kind = 'crash'",
        &borrowed(&one_before_two()),
        expect![[r#"
            assertion: y, on `two`: [Two] is not the order
              test `it`, iteration 12, 6 steps, 6 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}},{"send":{"event":"two","to":"y"}}]}; sends `one` to y, sends `two` to y
                 2  y starts {"two":[{"expect":["one","two"]}]}
                 3  y takes `one` from x
                 4  y fault `crash`
                 5  y starts {"two":[{"expect":["one","two"]}]}
                 6  y takes `two` from x
              why: step 4 (y fault `crash`) strikes; it does not happen without
            bug: test `it`, 13 iterations (4 schedules differ), 5 to 8 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    survives("kind = 'crash'\nstate = 'kept'", &borrowed(&one_before_two()));
}

/// S9.
#[test]
fn an_actor_that_ends_for_good() {
    let must = "init = [{ send = { to = '@it/x', event = 'two', must-handle = true } }]";
    only_with(
        "kind = 'kill'",
        &[("x", ""), ("y", must)],
        expect![[r#"
            must-handle: x, on `two`: it halted, and did not handle what y sent
              test `it`, iteration 3, 2 steps, 2 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  y starts {"init":[{"send":{"event":"two","must-handle":true,"to":"x"}}]}; sends `two` to x
                 2  x fault `kill`
              why: step 2 (x fault `kill`) strikes; it does not happen without
            bug: test `it`, 4 iterations (2 schedules differ), 2 to 4 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// X sends to Y, then to Z, who tells Y: the one comes before the other where time means anything.
fn relay() -> [(&'static str, String); 3] {
    let both = format!("init = [{}, {}]", send("y", "one"), send("z", "one"));
    [
        ("y", "anything = [{ expect = ['one', 'two'] }]".to_owned()),
        ("z", format!("one = [{}]", send("y", "two"))),
        ("x", both),
    ]
}

#[test]
fn a_message_that_takes_long() {
    only_with(
        "kind = 'delay'",
        &borrowed(&relay()),
        expect![[r#"
            assertion: y, on `two`: [Two] is not the order
              test `it`, iteration 65, 6 steps, 6 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}},{"send":{"event":"one","to":"z"}}]}; sends `one` to y, sends `one` to z
                 2  z starts {"one":[{"send":{"event":"two","to":"y"}}]}
                 3  z takes `one` from x; sends `two` to y
                 4  y starts {"anything":[{"expect":["one","two"]}]}
                 5  y fault `delay` hits `one` from x
                 6  y takes `two` from z
              why: step 6 (y takes `two` from z) comes before what x sent, which y has not taken yet, at y; the other way round it does not happen
              why: step 5 (y fault `delay` hits `one` from x) strikes; it does not happen without
            bug: test `it`, 66 iterations (3 schedules differ), 6 to 7 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    survives("kind = 'delay'", &borrowed(&one_before_two()));
}

#[test]
fn messages_out_of_their_order() {
    only_with(
        "kind = 'reordering'",
        &borrowed(&one_before_two()),
        expect![[r#"
            assertion: y, on `two`: [Two] is not the order
              test `it`, iteration 6, 3 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one","to":"y"}},{"send":{"event":"two","to":"y"}}]}; sends `one` to y, sends `two` to y
                 2  y starts {"two":[{"expect":["one","two"]}]}
                 3  y fault `reordering` hits `two` from x
              why: step 3 (y fault `reordering` hits `two` from x) strikes; it does not happen without
            bug: test `it`, 7 iterations (2 schedules differ), 3 to 4 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

#[test]
fn timers_out_of_their_order() {
    let script = "init = [{ timer = { ms = 10, event = 'one' } }, \
                  { timer = { ms = 20, event = 'two' } }], anything = [{ expect = ['one', 'two'] }]";
    only_with(
        "kind = 'skew'",
        &[("x", script)],
        expect![[r#"
            assertion: x, on `two`: [Two] is not the order
              test `it`, iteration 3, 2 steps, 2 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"anything":[{"expect":["one","two"]}],"init":[{"timer":{"event":"one","ms":10}},{"timer":{"event":"two","ms":20}}]}; starts timer 0 for `one` in 10ms, starts timer 1 for `two` in 20ms
                 2  x fault `skew` lets timer 1 fire: `two`
              why: step 2 (x fault `skew` lets timer 1 fire: `two`) strikes; it does not happen without
            bug: test `it`, 4 iterations (2 schedules differ), 2 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// X and Y are parted for a while, and Z, who is on no side, is not.
#[test]
fn a_network_that_is_parted() {
    let component = component("scripted.wasm");
    let app = |fault: &str| {
        let mut text = "name = 'app'\n".to_owned();
        for (kind, script) in [
            ("y", "anything = [{ expect = ['one', 'two'] }]"),
            ("z", "one = [{ send = { to = '@y', event = 'two' } }]"),
            (
                "x",
                "init = [{ send = { to = '@y', event = 'one' } }, { send = { to = '@z', event = 'one' } }]",
            ),
        ] {
            let component = component.display();
            text += &format!(
                "[actor.{kind}]\ncomponent = '{component}'\n[[start]]\nactor = '{kind}'\n\
                 initial = {{ {script} }}\n"
            );
        }
        format!("{text}[[test]]\nname = 'it'\n{fault}\n")
    };
    count(&app(""));
    count(&app("[[test.fault]]\nkind = 'partition'\nbetween = [['x', 'z'], ['y']]"));
    let parted = app("[[test.fault]]\nkind = 'partition'\nbetween = [['x'], ['y']]");
    check(
        &parted,
        |explorer| explorer.iterations(many(2000)),
        expect![[r#"
            assertion: y-1, on `two`: [Two] is not the order
              test `it`, iteration 9, 6 steps, 6 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  y-1 starts {"anything":[{"expect":["one","two"]}]}
                 2  x-1 starts {"init":[{"send":{"event":"one","to":"y-1"}},{"send":{"event":"one","to":"z-1"}}]}; sends `one` to y-1, sends `one` to z-1
                 3  z-1 starts {"one":[{"send":{"event":"two","to":"y-1"}}]}
                 4  z-1 takes `one` from x-1; sends `two` to y-1
                 5  the network fault `partition` begins
                 6  y-1 takes `two` from z-1
              why: step 5 (the network fault `partition` begins) strikes; it does not happen without
            bug: test `it`, 10 iterations (2 schedules differ), 6 to 6 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}
