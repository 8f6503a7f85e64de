//! Timers on virtual time (M1-M7).

use coyote_kernel::{Restart, RestartFrom};
use expect_test::expect;

use crate::toy::{App, check, plain, sink};

/// Scenario 66, in the order of production.
#[test]
fn timers_fire_by_their_time_then_in_the_order_of_their_start_m2() {
    let actor = plain("actor", |toy| {
        if toy.on() == "init" {
            toy.start(20, None, "third")?;
            toy.start(10, None, "first")?;
            toy.start(10, None, "second")?;
            toy.start(0, None, "zero")?;
        }
        Ok(())
    });
    check(
        App::alone([actor]),
        |world| {
            world.create("actor", "a");
            world.run_timers();
        },
        expect![[r#"
            a: init
            at 0 ms
            a: zero (timer 3 x 1)
            at 10 ms
            a: first (timer 1 x 1)
            a: second (timer 2 x 1)
            at 20 ms
            a: third (timer 0 x 1)
        "#]],
    );
}

#[test]
fn a_timer_counts_from_the_virtual_time_of_its_turn_m1() {
    let actor = plain("actor", |toy| {
        if toy.on() == "go" { toy.start(10, None, "tick").map(|_| ()) } else { Ok(()) }
    });
    check(
        App::alone([actor]),
        |world| {
            world.create("actor", "a");
            world.advance(100);
            world.send("a", "go");
            world.run_timers();
        },
        expect![[r#"
            a: init
            a: go from env
            at 110 ms
            a: tick (timer 0 x 1)
        "#]],
    );
}

/// Scenario 80; the ticks of one long step count, too, and cost no more than one.
#[test]
fn a_periodic_timer_has_one_untaken_event_that_counts_m6() {
    let actor = plain("actor", |toy| {
        match toy.on().as_str() {
            "init" => {
                toy.start(10, Some(10), "tick")?;
            }
            "open" => toy.set_stack(&[1]),
            "close" => toy.set_stack(&[0]),
            _ => {}
        }
        Ok(())
    });
    let actor = actor.state("closed", &["tick: defer", "open: goto 1"]);
    let actor = actor.state("open", &["close: goto 0", "tick: do"]);
    check(
        App::alone([actor]),
        |world| {
            world.create("actor", "a");
            world.run();
            for at in [10, 20, 30] {
                world.advance(at);
                world.run();
            }
            world.send("a", "open");
            world.run();
            for at in [39, 40, 75, 1_000_000_000_005, 1_000_000_000_009, 1_000_000_000_010] {
                world.told.push(format!("at {at} ms"));
                world.advance(at);
                world.run();
            }
        },
        expect![[r#"
            a: init
            a: open from env
            a: tick (timer 0 x 3)
            at 39 ms
            at 40 ms
            a: tick (timer 0 x 1)
            at 75 ms
            a: tick (timer 0 x 3)
            at 1000000000005 ms
            a: tick (timer 0 x 4294967295)
            at 1000000000009 ms
            at 1000000000010 ms
            a: tick (timer 0 x 1)
        "#]],
    );
}

#[test]
fn a_stop_removes_an_untaken_event_and_no_other_m4() {
    let actor = plain("actor", |toy| {
        match toy.on().as_str() {
            "init" => toy.memory.timer = toy.start(10, None, "tick")?,
            "stop" => {
                let timer = toy.memory.timer;
                toy.stop(timer)?;
                toy.stop(timer)?;
            }
            "open" => toy.set_stack(&[1]),
            _ => {}
        }
        Ok(())
    });
    let actor = actor.state("closed", &["tick: defer", "x: defer", "open: goto 1"]);
    check(
        App::alone([actor.state("open", &[])]),
        |world| {
            world.create("actor", "a");
            world.send("a", "x 1");
            world.run_timers();
            world.send("a", "x 2");
            world.send("a", "stop");
            world.send("a", "open");
        },
        expect![[r#"
            a: init
            at 10 ms
            a: stop from env
            a: open from env
            a: x 1 from env
            a: x 2 from env
        "#]],
    );
}

/// Scenario 59a.
#[test]
fn a_timer_that_is_started_and_stopped_in_one_turn_is_nothing_m4() {
    let actor = plain("actor", |toy| {
        if toy.on() == "init" {
            let timer = toy.start(10, Some(10), "tick")?;
            toy.stop(timer)?;
        }
        Ok(())
    });
    check(
        App::alone([actor]),
        |world| {
            world.create("actor", "a");
            world.run_timers();
        },
        expect![[r#"
            a: init
        "#]],
    );
}

/// Scenario 59g and h.
#[test]
fn a_halt_cancels_all_timers_m7() {
    let actor = plain("actor", |toy| {
        match toy.on().as_str() {
            "init" => {
                toy.start(10, Some(10), "tick")?;
                toy.start(35, None, "end")?;
            }
            "end" => toy.halt(),
            _ => {}
        }
        Ok(())
    });
    check(
        App::alone([actor]),
        |world| {
            world.create("actor", "a");
            world.run_timers();
        },
        expect![[r#"
            a: init
            at 10 ms
            a: tick (timer 0 x 1)
            at 20 ms
            a: tick (timer 0 x 1)
            at 30 ms
            a: tick (timer 0 x 1)
            at 35 ms
            a: end (timer 1 x 1)
            a is gone
        "#]],
    );
}

/// F10: the fresh instance starts its own; numbers go on, so an old one is never meant.
#[test]
fn a_restart_cancels_all_timers() {
    let actor = plain("actor", |toy| match toy.on().as_str() {
        "init" => toy.start(10, None, "tick").map(|_| ()),
        "break" => crate::toy::panics(),
        _ => Ok(()),
    });
    check(
        App::alone([actor.restarts(Restart::Transient, RestartFrom::Initial)]),
        |world| {
            world.create("actor", "a");
            world.run();
            world.advance(5);
            world.send("a", "break");
            world.run_timers();
        },
        expect![[r#"
            a: init
            a: break from env
            a failed on break: panic: boom; restarted
            dead letter, failed-turn: break from env to a
            a: init
            at 15 ms
            a: tick (timer 1 x 1)
        "#]],
    );
}

#[test]
fn a_periodic_timer_without_a_period_fails_the_turn_m1() {
    let actor = plain("actor", |toy| toy.start(10, Some(0), "tick").map(|_| ()));
    check(
        App::alone([actor]),
        |world| world.create("actor", "a"),
        expect![[r#"
            a: init
            a failed on init: illegal-call: a periodic timer with a period of zero; parked
            left: a failed []
        "#]],
    );
}

/// As many as events in its inbox; those that the turn stops do not count.
#[test]
fn an_actor_has_only_so_many_timers() {
    let actor = plain("actor", |toy| match toy.on().as_str() {
        "one" => {
            toy.memory.timer = toy.start(1000, None, "tick")?;
            Ok(())
        }
        "again" => {
            let timer = toy.memory.timer;
            toy.memory.timer = toy.start(1000, None, "tick")?;
            let other = toy.start(1000, None, "tick")?;
            toy.stop(timer)?;
            toy.stop(timer)?;
            toy.stop(other)
        }
        _ => Ok(()),
    });
    let mut actor = actor.restarts(Restart::Transient, RestartFrom::LastTurn);
    actor.limits.inbox_events_max = 2.try_into().unwrap();
    check(
        App::alone([actor, sink("sink")]),
        |world| {
            world.create("actor", "a");
            for event in ["one", "one", "again", "one"] {
                world.send("a", event);
                world.run();
            }
        },
        expect![[r#"
            a: init
            a: one from env
            a: one from env
            a: again from env
            a: one from env
            a failed on one: limit: limit `timers`: 3 armed timers, at most 2 are allowed; resumed
            dead letter, failed-turn: one from env to a
        "#]],
    );
}
