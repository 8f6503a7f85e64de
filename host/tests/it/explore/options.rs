//! What can be asked of an exploration, and what the verdict says about it.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use coyote_host::{ExploreError, Explorer, Verdict};
use expect_test::{Expect, expect};

use super::{
    check, check_bug, exhaustive, explorer, heading, lost_order, many, send, tested, text,
    to_itself, told, value,
};
use crate::world::app;

const STRATEGIES: [&str; 11] = [
    "portfolio",
    "random",
    "random-actor",
    "probabilistic",
    "pct:2",
    "pctcp",
    "pos",
    "urw",
    "delay-bounding",
    "q-learning",
    "dfs",
];

/// A and B race to each of three actors, all of which expect A first, and each of which fails with a number of its own.
fn three_races() -> String {
    let to_all = |event: &str| ["c", "d", "e"].map(|to| send(to, event)).join(", ");
    let order = |event: &str| format!("anything = [{{ expect = ['{event}', '{event}'] }}]");
    text(
        "",
        "",
        &[
            ("c", "anything = [{ expect = ['one', 'two'] }]"),
            ("d", "anything = [{ at-most = 1 }]"),
            ("e", &order("one")),
            ("a", &format!("init = [{}]", to_all("one"))),
            ("b", &format!("init = [{}]", to_all("two"))),
        ],
    )
}

/// Each iteration repeats itself alone, also where a strategy learns from those before it.
#[test]
fn every_strategy_finds_a_race_and_repeats_it() {
    for name in STRATEGIES {
        let set =
            |explorer: Explorer| explorer.strategy(name).unwrap().seed(3).iterations(many(500));
        let report = set(explorer(&lost_order())).run().unwrap();
        let [bug] = &report.bugs[..] else { panic!("{name}: {report}") };
        check_bug(&lost_order(), &set, bug);
        assert_eq!(bug.minimised_steps, 3, "{name}");
    }
}

#[test]
fn production_order_alone_finds_no_race() {
    check(
        &lost_order(),
        |explorer| explorer.strategy("fifo").unwrap().iterations(many(3)),
        expect![[r#"
            sampled: test `default`, 3 iterations (1 schedules differ), 5 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// With one worker or two: the same bugs, each once, the lowest iteration first.
#[test]
fn going_on_after_a_bug() {
    for name in STRATEGIES {
        let set = |explorer: Explorer| {
            explorer.strategy(name).unwrap().keep_going().iterations(many(1000))
        };
        let one = set(explorer(&three_races())).run().unwrap();
        let two = set(explorer(&three_races())).workers(2.try_into().unwrap()).run().unwrap();
        assert_eq!(value(&one), value(&two), "{name}");
        let firsts: Vec<_> = one.bugs.iter().map(|bug| bug.iteration).collect();
        assert!(firsts.is_sorted() && firsts.len() > 2, "{name}: {one}");
        let told = one.bugs.iter().map(|bug| (heading(bug), &bug.event));
        assert_eq!(told.collect::<BTreeSet<_>>().len(), firsts.len(), "{name}: {one}");
    }
}

#[test]
fn each_bug_once() {
    check(
        &three_races(),
        |explorer| explorer.keep_going().iterations(many(1000)),
        expect![[r#"
            assertion: d, on `two`: 2 came
              test `default`, iteration 0, 10 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  a starts {"init":[{"send":{"event":"one","to":"c"}},{"send":{"event":"one","to":"d"}},{"send":{"event":"one","to":"e"}}]}; sends `one` to c, sends `one` to d, sends `one` to e
                 2  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}},{"send":{"event":"two","to":"e"}}]}; sends `two` to c, sends `two` to d, sends `two` to e
                 3  d starts {"anything":[{"at-most":1}]}
                 4  d takes `one` from a
                 5  d takes `two` from b
            assertion: e, on `two`: [Two] is not the order
              test `default`, iteration 2, 5 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}},{"send":{"event":"two","to":"e"}}]}; sends `two` to c, sends `two` to d, sends `two` to e
                 2  e starts {"anything":[{"expect":["one","one"]}]}
                 3  e takes `two` from b
            assertion: c, on `two`: [Two] is not the order
              test `default`, iteration 4, 8 steps, 3 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}},{"send":{"event":"two","to":"e"}}]}; sends `two` to c, sends `two` to d, sends `two` to e
                 2  c starts {"anything":[{"expect":["one","two"]}]}
                 3  c takes `two` from b
              why: in the original trace, step 8 (c takes `two` from b) comes before what a sent, which c has not taken yet, at c; the other way round it does not happen then
            assertion: e, on `two`: [One, Two] is not the order
              test `default`, iteration 10, 7 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  a starts {"init":[{"send":{"event":"one","to":"c"}},{"send":{"event":"one","to":"d"}},{"send":{"event":"one","to":"e"}}]}; sends `one` to c, sends `one` to d, sends `one` to e
                 2  e starts {"anything":[{"expect":["one","one"]}]}
                 3  e takes `one` from a
                 4  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}},{"send":{"event":"two","to":"e"}}]}; sends `two` to c, sends `two` to d, sends `two` to e
                 5  e takes `two` from b
            assertion: d, on `one`: 2 came
              test `default`, iteration 16, 9 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  b starts {"init":[{"send":{"event":"two","to":"c"}},{"send":{"event":"two","to":"d"}},{"send":{"event":"two","to":"e"}}]}; sends `two` to c, sends `two` to d, sends `two` to e
                 2  d starts {"anything":[{"at-most":1}]}
                 3  d takes `two` from b
                 4  a starts {"init":[{"send":{"event":"one","to":"c"}},{"send":{"event":"one","to":"d"}},{"send":{"event":"one","to":"e"}}]}; sends `one` to c, sends `one` to d, sends `one` to e
                 5  d takes `one` from a
            bug: test `default`, 1000 iterations (80 schedules differ), 3 to 10 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

/// What is known of turns is only a memory of them.
#[test]
fn forgotten_turns_are_run_again() {
    let set = |bytes| {
        let explorer = explorer(&three_races()).keep_going().iterations(many(200));
        explorer.compare_every(7).known_bytes_max(bytes).run().unwrap()
    };
    let (all, some, none) = (set(usize::MAX), set(20_000), set(0));
    assert_eq!(value(&all), value(&some));
    assert_eq!(value(&all), value(&none));
    let runs = |report: &coyote_host::ExploreReport| report.tests[0].turns.run;
    let runs = [runs(&all), runs(&some), runs(&none)];
    assert!(runs.is_sorted_by(|fewer, more| fewer < more), "{runs:?}");
}

#[test]
fn every_turn_can_be_compared() {
    let report = exhaustive(explorer(&three_races())).iterations(many(500)).compare_every(1).run();
    let turns = report.unwrap().tests[0].turns;
    assert!(turns.looked_up > 0 && turns.compared == turns.looked_up, "{turns:?}");
}

/// A failure has a backtrace or none, depending on whether its turn was looked up or compared.
#[test]
fn it_cannot_be_seen_which_turns_were_compared() {
    let bugs = |turns| {
        let report =
            exhaustive(explorer(&three_races())).iterations(many(100)).compare_every(turns);
        value(&report.run().unwrap())["bugs"].clone()
    };
    let never = bugs(0);
    assert!((1..=5).all(|turns| bugs(turns) == never));
}

#[test]
fn seeds() {
    let of = |text: &str| explorer(text).iterations(many(1));
    assert_eq!(of(&text("", "", &[("x", "")])).run().unwrap().seed, 0);
    assert_eq!(of(&text("seed = 5", "", &[("x", "")])).run().unwrap().seed, 5);
    assert_eq!(of(&text("seed = 5", "", &[("x", "")])).seed(6).run().unwrap().seed, 6);
    let schedules = |seed| {
        let report = explorer(&three_races()).seed(seed).keep_going().iterations(many(300)).run();
        value(&report.unwrap())
    };
    assert_ne!(schedules(1)["steps"], schedules(2)["steps"]);
}

#[test]
fn one_iteration() {
    let report = explorer(&three_races()).iteration(5).run().unwrap();
    assert_eq!(report.iterations, 1);
    let far = explorer(&lost_order()).strategy("random").unwrap().iteration(1 << 60);
    assert_eq!(far.run().unwrap().iterations, 1);
}

/// There are 16; the one after the last is not the first again.
#[test]
fn one_iteration_of_an_exhaustive_search() {
    let at = |iteration| {
        let report = explorer(&lost_order()).strategy("dfs").unwrap().iteration(iteration).run();
        let report = report.unwrap();
        (report.iterations, report.verdict)
    };
    assert!(at(15).0 == 1 && at(16).0 == 0);
    assert_eq!(at(16).1, Verdict::Sampled);
}

#[test]
fn time_that_is_up() {
    check(
        &lost_order(),
        |explorer| explorer.time_max(Duration::ZERO),
        expect![[r#"
        sampled: test `default`, 0 iterations (0 schedules differ), 0 to 0 steps
          not checked: 10000 of 10000 executions: time was up
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

/// Whoever wants no more has what was found until then.
#[test]
fn an_exploration_that_is_ended() {
    let endless = format!("init = [{0}], one = [{0}]", to_itself("one"));
    let text = tested("iterations = 4_000_000_000", &[("x", &endless), ("y", &endless)]);
    let cancelled = AtomicBool::new(false);
    let end = |_: &str, _: &coyote_host::Progress| cancelled.store(true, Ordering::Relaxed);
    let report =
        explorer(&text).steps_max(NonZeroU32::new(20).unwrap()).run_telling(&cancelled, end);
    let report = report.unwrap();
    assert_eq!(report.verdict, Verdict::Sampled);
    let left = 4_000_000_000 - report.iterations;
    let said = format!("{left} of 4000000000 executions: it was ended");
    assert!(report.iterations > 0 && report.unchecked[0] == said, "{report}");
}

#[test]
fn a_search_that_is_ended() {
    let endless = format!("init = [{0}], one = [{0}]", to_itself("one"));
    let text = text("", "", &[("x", &endless), ("y", &endless)]);
    let states_max = NonZeroUsize::new(1000).unwrap();
    let searched =
        explorer(&text).exhaustive(states_max).run_telling(&AtomicBool::new(true), |_, _| {});
    assert_eq!(
        searched.unwrap().unchecked[0],
        "traces that were left when it was ended; at a rough guess 0 % were seen"
    );
}

#[test]
fn a_bound_of_steps() {
    let endless = format!("init = [{0}], one = [{0}]", to_itself("one"));
    let text = text("", "", &[("x", &endless)]);
    let bounded =
        |explorer: Explorer| explorer.iterations(many(3)).steps_max(NonZeroU32::new(4).unwrap());
    check(
        &text,
        bounded,
        expect![[r#"
        sampled: test `default`, 1 iterations (1 schedules differ), 4 to 4 steps
          not checked: what comes after 4 steps: 1 of 1 executions were cut there
          not checked: delivery models: pairwise, unordered
    "#]],
    );
}

/// Tests are explored in their order; each has what it starts, and its bounds.
#[test]
fn several_tests() {
    let text = text("", "", &[("c", "anything = [{ at-most = 1 }]")])
        + "[[test]]\nname = 'alone'\n\
           [[test]]\nname = 'one-driver'\niterations = 7\n\
           [[test.driver]]\nactor = 'it'\nname = 'x'\n\
           initial = { init = [{ send = { to = '@it/c', event = 'one' } }] }\n\
           [[test]]\nname = 'two-drivers'\n\
           [[test.driver]]\nactor = 'it'\nname = 'x'\ncount = 2\n\
           initial = { init = [{ send = { to = '@it/c', event = 'one' } }] }\n";
    check(
        &text,
        |explorer| explorer,
        expect![[r#"
            assertion: c, on `one`: 2 came
              test `two-drivers`, iteration 0, 5 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x-1 starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
                 2  x-2 starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
                 3  c starts {"anything":[{"at-most":1}]}
                 4  c takes `one` from x-1
                 5  c takes `one` from x-2
            exhausted: test `alone`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
            sampled: test `one-driver`, 7 iterations (1 schedules differ), 3 to 3 steps
              not checked: delivery models: pairwise, unordered
            bug: test `two-drivers`, 1 iterations (1 schedules differ), 5 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
    check(
        &text,
        |explorer| explorer.test("one-driver"),
        expect![[r#"
        sampled: test `one-driver`, 7 iterations (1 schedules differ), 3 to 3 steps
          not checked: delivery models: pairwise, unordered
    "#]],
    );
    check(
        &text,
        |explorer| explorer.test("two-drivers").test("alone"),
        expect![[r#"
            assertion: c, on `one`: 2 came
              test `two-drivers`, iteration 0, 5 steps, 5 minimised
              repeated under: mailbox, causal, pairwise, unordered
                 1  x-1 starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
                 2  x-2 starts {"init":[{"send":{"event":"one","to":"c"}}]}; sends `one` to c
                 3  c starts {"anything":[{"at-most":1}]}
                 4  c takes `one` from x-1
                 5  c takes `one` from x-2
            exhausted: test `alone`, 1 iterations (1 schedules differ), 1 to 1 steps
              not checked: delivery models: pairwise, unordered
            bug: test `two-drivers`, 1 iterations (1 schedules differ), 5 to 5 steps
              not checked: delivery models: pairwise, unordered
        "#]],
    );
}

#[track_caller]
fn refused(result: Result<Explorer, ExploreError>, expected: Expect) {
    let error = result.and_then(Explorer::run).unwrap_err();
    expected.assert_eq(&error.to_string());
}

#[test]
fn what_there_is_not() {
    let of = || Explorer::new(app(&tested("", &[("x", "")])));
    refused(Ok(of().test("ti")), expect!["no test is called `ti`; did you mean `it`?"]);
    refused(
        Ok(of().test("something")),
        expect!["no test is called `something`; in this manifest: `it`"],
    );
    refused(
        of().strategy("prtfolio"),
        expect!["no strategy is called `prtfolio`; did you mean `portfolio`?"],
    );
    refused(
        of().strategy("best"),
        expect![
            "no strategy is called `best`; known: `portfolio`, `random`, `random-actor`, `probabilistic`, `pct`, `pctcp`, `pos`, `urw`, `delay-bounding`, `q-learning`, `fifo`, `dfs`"
        ],
    );
    refused(
        of().strategy("pct:many"),
        expect!["strategy `pct` takes from 0 to 1000 change points, not `many`"],
    );
    refused(
        of().strategy("pct:1001"),
        expect!["strategy `pct` takes from 0 to 1000 change points, not `1001`"],
    );
    refused(of().strategy("random:1"), expect!["strategy `random` has no option"]);
}

#[test]
fn what_is_not_checked_is_said() {
    let table = "supervision = {}";
    let starts = [("x", "init = [{ draw = { below = 2, times = 1, not = 7 } }]")];
    check(
        &text("delivery = 'pairwise'", table, &starts),
        exhaustive,
        expect![[r#"
        exhausted: test `default`, 2 iterations (2 schedules differ), 2 to 2 steps
          not checked: delivery models: unordered
          not checked: whether turns of supervised actors should fail: it
    "#]],
    );
    check(
        &text("delivery = 'unordered'", "", &starts),
        exhaustive,
        expect![[r#"
        exhausted: test `default`, 2 iterations (2 schedules differ), 2 to 2 steps
    "#]],
    );
}

/// For tests of the app's own: the panic tells everything.
#[test]
fn a_report_as_an_assertion() {
    let report = explorer(&lost_order()).run().unwrap();
    let panic = std::panic::catch_unwind(|| report.assert_no_bug()).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(super::masked(text), told(&report));
    explorer(&text_without_bug()).run().unwrap().assert_no_bug();
}

fn text_without_bug() -> String {
    text("", "", &[("x", "")])
}
