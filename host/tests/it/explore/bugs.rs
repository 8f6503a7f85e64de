//! Every sort of bug is found, and told with the names that people know.

use coyote_host::TraceLine;
use expect_test::{Expect, expect};

use super::{check, component_for, lost_order, send, text, text_of, to_itself};

/// The first 300 executions, and the first bug in them.
#[track_caller]
fn finds(text: &str, expected: Expect) {
    check(text, |explorer| explorer.iterations(super::many(300)), expected);
}

/// One actor that fails when it takes an event, which it sends to itself.
fn fails(how: &str) -> String {
    let script = format!("init = [{}], one = [{{ fail = '{how}' }}]", to_itself("one"));
    text("", "fuel = 1000000", &[("x", &script)])
}

#[test]
fn a_lost_order() {
    finds(
        &lost_order(),
        expect![[r#"
            assertion: c, on `two`: [Two] is not the order
              test `default`, iteration 5, 3 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}}]}; sends `two` to c
                 2  c starts {"anything":[{"expect":["one","two"]}]}
                 3  c takes `two` from b
            bug: test `default`, 6 iterations (2 schedules differ), 3 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// Scenario 63a: C and D need not agree on who came first.
#[test]
fn receivers_that_disagree() {
    let to_both = |event: &str| format!("init = [{}, {}]", send("c", event), send("d", event));
    let tells = "anything = [{ tell-first = '@it/judge' }]";
    let starts = [
        ("judge", "anything = ['agree']"),
        ("c", tells),
        ("d", tells),
        ("a", &to_both("one")),
        ("b", &to_both("two")),
    ];
    finds(
        &text("", "", &starts),
        expect![[r#"
            assertion: judge, on `two`: [One, Two] do not agree
              test `default`, iteration 4, 11 steps, 11 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  a starts {"init":[{"send":{"event":"one","to":"c"}},{"send":{"event":"one","to":"d"}}]}; sends `one` to c, sends `one` to d
                 2  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}}]}; sends `two` to c, sends `two` to d
                 3  d starts {"anything":[{"tell-first":"judge"}]}
                 4  d takes `one` from a
                 5  d takes `two` from b; sends `one` to judge
                 6  c starts {"anything":[{"tell-first":"judge"}]}
                 7  c takes `two` from b
                 8  c takes `one` from a; sends `two` to judge
                 9  judge starts {"anything":["agree"]}
                10  judge takes `one` from d
                11  judge takes `two` from c
              why: step 7 (c takes `two` from b) comes before step 8 (c takes `one` from a) at c; the other way round it does not happen
              why: step 4 (d takes `one` from a) comes before step 5 (d takes `two` from b) at d; the other way round it does not happen
            bug: test `default`, 5 iterations (3 schedules differ), 11 to 11 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

#[test]
fn a_rare_draw() {
    let script = "init = [{ draw = { below = 3, times = 2, not = 2 } }]";
    finds(
        &text("", "", &[("x", script)]),
        expect![[r#"
            assertion: x: drew 2 2 times
              test `default`, iteration 3, 1 steps, 1 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"draw":{"below":3,"not":2,"times":2}}]}, draws 2, 2
              why: x draws 2 as number 1 in step 1; not with 0
              why: x draws 2 as number 2 in step 1; not with 0
            bug: test `default`, 4 iterations (4 schedules differ), 3 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    finds(
        &text("", "", &[("x", "init = [{ toss = { below = 4 } }]")]),
        expect![[r#"
            assertion: x: heads, and the largest number
              test `default`, iteration 3, 1 steps, 1 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"toss":{"below":4}}]}, draws 1, 3
              why: x draws 1 as number 1 in step 1; not with 0
              why: x draws 3 as number 2 in step 1; not with 0
            bug: test `default`, 4 iterations (3 schedules differ), 2 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

#[test]
fn an_assertion() {
    finds(
        &fails("assert"),
        expect![[r#"
        assertion: x, on `one`: an assertion of the guest's
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"assert"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn a_panic() {
    finds(
        &fails("panic"),
        expect![[r#"
        panic: x, on `one`: a panic of the guest's
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"panic"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn a_trap() {
    finds(
        &fails("trap"),
        expect![[r#"
        trap: x, on `one`: wasm `unreachable` instruction executed
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"trap"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn a_loop() {
    finds(
        &fails("loop"),
        expect![[r#"
        hang: x, on `one`: limit `fuel`: the turn used up its 1000000 units
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"loop"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn memory_that_grows() {
    finds(
        &fails("memory"),
        expect![[r#"
        out-of-memory: x, on `one`: limit `memory`: 1245184 bytes, at most 1048576 are allowed
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"memory"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn an_error() {
    finds(
        &fails("error"),
        expect![[r#"
        error: x, on `one`: the handler of `one`: an error of the guest's
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"error"}]}; sends `one` to x
             2  x takes its own `one`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn an_id_that_nobody_gave() {
    finds(
        &fails("forge"),
        expect![[r#"
        unknown-id: x, on `one`: send of `one` to `ID`, an id that was never issued
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"one"}}],"one":[{"fail":"forge"}]}; sends `one` to x
             2  x takes its own `one`; sends `one` to ID
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

#[test]
fn an_event_without_a_handler() {
    let script = format!("init = [{}]", to_itself("stranger"));
    finds(
        &text("", "", &[("x", &script)]),
        expect![[r#"
        unhandled-event: x, on `stranger`: no handler for `stranger`
          test `default`, iteration 0, 2 steps, 2 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":[{"send":{"event":"stranger"}}]}; sends `stranger` to x
             2  x takes its own `stranger`
        bug: test `default`, 1 iterations (1 schedules differ), 2 to 2 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

/// S9: only if the halt comes first.
#[test]
fn a_message_that_must_be_handled() {
    let must = "init = [{ send = { to = '@it/x', event = 'two', must-handle = true } }]";
    let halts = format!("init = [{}], one = ['halt']", to_itself("one"));
    finds(
        &text("", "", &[("x", &halts), ("y", must)]),
        expect![[r#"
            must-handle: x, on `two`: it halted, and did not handle what y sent
              test `default`, iteration 0, 3 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"send":{"event":"one"}}],"one":["halt"]}; sends `one` to x
                 2  x takes its own `one`; halts
                 3  y starts {"init":[{"send":{"event":"two","must-handle":true,"to":"x"}}]}; sends `two` to x
              why: in the original trace, step 3 (x takes its own `one`) comes before what y sent, which x has not taken yet, at x; the other way round it does not happen
            bug: test `default`, 1 iterations (1 schedules differ), 3 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// S10.
#[test]
fn too_many_messages_of_a_kind() {
    let many = "init = [{ send = { to = '@it/x', event = 'two', max-instances = 1 } }]";
    finds(
        &text("", "", &[("x", ""), ("y", many), ("z", many)]),
        expect![[r#"
            max-instances: x, on `two`: more than 1 wait, the last from z
              test `default`, iteration 0, 3 steps, 2 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  y starts {"init":[{"send":{"event":"two","max-instances":1,"to":"x"}}]}; sends `two` to x
                 2  z starts {"init":[{"send":{"event":"two","max-instances":1,"to":"x"}}]}; sends `two` to x
            bug: test `default`, 1 iterations (1 schedules differ), 3 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// S8: two actors fill each other's inbox.
#[test]
fn a_full_inbox() {
    let table = "inbox = { capacity = 2, overflow = 'fail' }";
    let sends = |to: &str, times: u32| {
        format!("init = [{{ send = {{ to = '@it/{to}', event = 'one', times = {times} }} }}]")
    };
    let starts = [("x", ""), ("y", &sends("x", 2)), ("z", &sends("x", 1))];
    finds(
        &text("", table, &starts),
        expect![[r#"
            inbox-full: x, on `one`: the inbox is full for what z sent
              test `default`, iteration 0, 3 steps, 2 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  y starts {"init":[{"send":{"event":"one","times":2,"to":"x"}}]}; sends `one` to x, sends `one` to x
                 2  z starts {"init":[{"send":{"event":"one","times":1,"to":"x"}}]}; sends `one` to x
            bug: test `default`, 1 iterations (1 schedules differ), 3 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// S8, E2: X and Y wait for each other, but only if both are told to send before either has taken anything.
#[test]
fn a_deadlock() {
    let table = "inbox = { capacity = 2, overflow = 'block' }";
    let sends = "met = [{ send = { event = 'one', times = 3 } }]";
    let introduces = "init = [{ introduce = { to = '@it/x', friend = '@it/y' } }, \
                      { introduce = { to = '@it/y', friend = '@it/x' } }]";
    let starts = [("x", sends), ("y", sends), ("z", introduces)];
    finds(
        &text("", table, &starts),
        expect![[r#"
            deadlock: y waits for room in the inbox of x; x waits for room in the inbox of y; y has not taken `one`; y has not taken `one`; x has not taken `one`; x has not taken `one`
              test `default`, iteration 0, 5 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"met":[{"send":{"event":"one","times":3}}]}
                 2  y starts {"met":[{"send":{"event":"one","times":3}}]}
                 3  z starts {"init":[{"introduce":{"friend":"y","to":"x"}},{"introduce":{"friend":"x","to":"y"}}]}; sends `friend` to x, sends `friend` to y
                 4  x takes `friend` from z Friend { id: y }; sends `one` to y, sends `one` to y, sends `one` to y
                 5  y takes `friend` from z Friend { id: x }; sends `one` to x, sends `one` to x, sends `one` to x
              why: step 5 (y takes `friend` from z) comes before what x sent, which y has not taken yet, at y; the other way round it does not happen
            bug: test `default`, 1 iterations (1 schedules differ), 5 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// M2: of two timers that are due at once, either may fire first.
#[test]
fn timers_that_are_due_at_once() {
    let script = "init = [{ timer = { ms = 10, event = 'one' } }, \
                  { timer = { ms = 10, event = 'two' } }], anything = [{ expect = ['one', 'two'] }]";
    finds(
        &text("", "", &[("x", script)]),
        expect![[r#"
            assertion: x, on `two`: [Two] is not the order
              test `default`, iteration 3, 2 steps, 2 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"anything":[{"expect":["one","two"]}],"init":[{"timer":{"event":"one","ms":10}},{"timer":{"event":"two","ms":10}}]}; starts timer 0 for `one` in 10ms, starts timer 1 for `two` in 10ms
                 2  x timer 1 fires: `two`
              why: step 2 (x timer 1 fires: `two`) comes before timer 0, which has not fired yet, at x; the other way round it does not happen
            bug: test `default`, 4 iterations (2 schedules differ), 2 to 3 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// The clock and the random numbers of WASI are virtual and seeded, so that even hash keys repeat themselves.
#[test]
fn a_bug_that_hangs_on_hash_keys() {
    let script = "init = [{ hash = { below = 4, not = HASH } }]";
    let component = component_for("wasm32-wasip2", "scripted.wasm");
    let hash = |not: &str| {
        let script = script.replace("HASH", not);
        text_of(&component, "", "grants.clocks = true", &[("x", &script)])
    };
    finds(
        &hash("0"),
        expect![[r#"
            exhausted: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
              not checked: other random numbers of WASI than those of seed 0: it
        "#]],
    );
    finds(
        &hash("1"),
        expect![[r#"
            exhausted: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
              not checked: other random numbers of WASI than those of seed 0: it
        "#]],
    );
    finds(
        &hash("2"),
        expect![[r#"
            assertion: x: the hash is 2
              test `default`, iteration 0, 1 steps, 1 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x starts {"init":[{"hash":{"below":4,"not":2}}]}
            bug: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
              not checked: other random numbers of WASI than those of seed 0: it
        "#]],
    );
    finds(
        &hash("3"),
        expect![[r#"
            exhausted: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
              not checked: other random numbers of WASI than those of seed 0: it
        "#]],
    );
}

/// F10: a failed turn that is supervised is no bug by itself; what follows from it may be one.
#[test]
fn a_supervised_actor() {
    let table = "supervision = { from = 'initial' }";
    let script = format!(
        "init = [{}, {}], one = [{{ fail = 'assert' }}]",
        send("y", "one"),
        to_itself("one")
    );
    finds(
        &text("", table, &[("x", &script), ("y", "")]),
        expect![[r#"
        sampled: test `default`, 300 iterations (1 schedules differ), 4 to 4 steps
          not checked: delivery models: pairwise, unordered
          not checked: whether turns of supervised actors should fail: it
    "#]],
    );
    let script = script.replace("'assert'", "'error'");
    finds(
        &text("", table, &[("x", &script), ("y", "anything = [{ at-most = 1 }]")]),
        expect![[r#"
            sampled: test `default`, 300 iterations (1 schedules differ), 4 to 4 steps
              not checked: delivery models: pairwise, unordered
              not checked: whether turns of supervised actors should fail: it
        "#]],
    );
}

/// An actor that another one creates has a label, too.
#[test]
fn an_actor_that_is_created() {
    finds(
        &text("", "grants.create = ['it']", &[("x", "init = ['create']")]),
        expect![[r#"
        illegal-call: x: create of `scripted`: the manifest does not grant it
          test `default`, iteration 0, 1 steps, 1 minimised
          repeated under: mailbox, causal, pairwise, unordered
             1  x starts {"init":["create"]}
        bug: test `default`, 1 iterations (1 schedules differ), 1 to 1 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

/// Ten thousand sends of one turn would hide the other steps.
#[test]
fn a_step_with_many_effects_is_told_in_short() {
    let effects = vec!["sends `one` to it".to_owned(); 10_000];
    let (actor, what) = ("it".to_owned(), "starts".to_owned());
    let text = TraceLine { step: 1, actor, what, effects, ..TraceLine::default() }.to_string();
    assert!(text.starts_with("   1  it starts; sends `one` to it, "), "{text}");
    assert!(text.ends_with(", sends `one` to it, and 9980 more"), "{text}");
    assert_eq!(text.matches("sends").count(), 20);
}
