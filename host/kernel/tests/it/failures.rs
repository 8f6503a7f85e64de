//! What becomes of an actor whose turn failed (F10, scenario 74).

use std::time::Duration;

use coyote_kernel::{Beyond, Overflow, Restart, RestartFrom};
use expect_test::{Expect, expect};

use crate::toy::{App, Species, World, check, panics, plain};

/// Panics on `e1` as often as its payload says, counts what it takes.
fn fragile() -> Species {
    plain("fragile", |toy| {
        toy.memory.number += 1;
        let number = toy.memory.number;
        toy.tell(&format!("number {number}"));
        if toy.on() == "e1" { panics() } else { Ok(()) }
    })
}

fn check_74(species: Species, expected: Expect) {
    let run = |world: &mut World| {
        world.create_with("fragile", "a", "5");
        world.run();
        world.told.clear();
        for event in ["e0", "e1", "e2", "e3"] {
            world.send("a", event);
        }
    };
    check(App::alone([species]), run, expected);
}

#[test]
fn restart_begins_anew_and_keeps_the_inbox() {
    check_74(
        fragile().restarts(Restart::Transient, RestartFrom::Initial),
        expect![[r#"
            a: e0 from env
              number 2
            a: e1 from env
              number 3
            a failed on e1: panic: boom; restarted
            dead letter, failed-turn: e1 from env to a
            a: init 5
              number 1
            a: e2 from env
              number 2
            a: e3 from env
              number 3
        "#]],
    );
}

#[test]
fn resume_goes_on_with_the_state_before_the_turn() {
    check_74(
        fragile().restarts(Restart::Transient, RestartFrom::LastTurn),
        expect![[r#"
            a: e0 from env
              number 2
            a: e1 from env
              number 3
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            a: e2 from env
              number 3
            a: e3 from env
              number 4
        "#]],
    );
}

#[test]
fn an_event_that_always_fails_is_offered_again_so_often_and_first() {
    let species = fragile().restarts(Restart::Transient, RestartFrom::Initial).retries(2);
    check_74(
        species,
        expect![[r#"
            a: e0 from env
              number 2
            a: e1 from env
              number 3
            a failed on e1: panic: boom; restarted
            a: init 5
              number 1
            a: e1 from env
              number 2
            a failed on e1: panic: boom; restarted
            a: init 5
              number 1
            a: e1 from env
              number 2
            a failed on e1: panic: boom; restarted
            dead letter, failed-turn: e1 from env to a
            a: init 5
              number 1
            a: e2 from env
              number 2
            a: e3 from env
              number 3
        "#]],
    );
    let species = fragile().restarts(Restart::Transient, RestartFrom::LastTurn).retries(2);
    check_74(
        species,
        expect![[r#"
            a: e0 from env
              number 2
            a: e1 from env
              number 3
            a failed on e1: panic: boom; resumed
            a: e1 from env
              number 3
            a failed on e1: panic: boom; resumed
            a: e1 from env
              number 3
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            a: e2 from env
              number 3
            a: e3 from env
              number 4
        "#]],
    );
}

#[test]
fn a_retry_that_goes_well_is_followed_by_the_others() {
    let once = std::cell::Cell::new(true);
    let fragile =
        plain(
            "fragile",
            move |toy| {
                if toy.on() == "e1" && once.replace(false) { panics() } else { Ok(()) }
            },
        );
    check_74(
        fragile.restarts(Restart::Transient, RestartFrom::Initial).retries(1),
        expect![[r#"
            a: e0 from env
            a: e1 from env
            a failed on e1: panic: boom; restarted
            a: init 5
            a: e1 from env
            a: e2 from env
            a: e3 from env
        "#]],
    );
}

/// In the start state it is deferred, so it waits in front of the others.
#[test]
fn a_retried_event_keeps_its_place_before_a_fresh_instance_that_defers_it() {
    let once = std::cell::Cell::new(true);
    let machine = plain("fragile", move |toy| {
        match toy.on().as_str() {
            "e0" => toy.set_stack(&[1]),
            "e1" if once.replace(false) => return panics(),
            _ => {}
        }
        Ok(())
    });
    let machine = machine.state("s0", &["e1: defer", "e2: defer", "e0: goto 1", "e3: do"]);
    let machine = machine.state("s1", &["e0: defer", "*: do"]);
    check(
        App::alone([machine.restarts(Restart::Transient, RestartFrom::Initial).retries(1)]),
        |world| {
            world.create("fragile", "a");
            world.run();
            world.told.clear();
            for event in ["e0", "e1", "e2", "e3", "e0"] {
                world.send("a", event);
            }
        },
        expect![[r#"
            a: e0 from env
            a: e1 from env
            a failed on e1 in s1: panic: boom; restarted
            a: init
            a: e3 from env
            a: e0 from env
            a: e1 from env
            a: e2 from env
        "#]],
    );
}

/// What the state before had deferred comes after it, although the start state would take it.
#[test]
fn a_retried_event_comes_before_what_was_deferred() {
    let once = std::cell::Cell::new(true);
    let machine = plain("fragile", move |toy| {
        match toy.on().as_str() {
            "go" => toy.set_stack(&[1]),
            "e1" if once.replace(false) => return panics(),
            _ => {}
        }
        Ok(())
    });
    let machine = machine.state("s0", &["go: goto 1"]).state("s1", &["d: defer"]);
    check(
        App::alone([machine.restarts(Restart::Transient, RestartFrom::Initial).retries(1)]),
        |world| {
            world.create("fragile", "a");
            world.run();
            world.told.clear();
            for event in ["go", "d", "e1", "e2"] {
                world.send("a", event);
            }
        },
        expect![[r#"
            a: go from env
            a: e1 from env
            a failed on e1 in s1: panic: boom; restarted
            a: init
            a: e1 from env
            a: d from env
            a: e2 from env
        "#]],
    );
}

/// The place of a retried event is found by what was scanned: removed events must not count.
#[test]
fn a_retried_event_is_taken_though_deferred_events_were_dropped_or_stopped_before() {
    let once = std::cell::Cell::new(true);
    let machine = plain("fragile", move |toy| match toy.on().as_str() {
        "init" => toy.start(1, None, "d tick").map(|_| ()),
        "stop" => toy.stop(0),
        "e1" if once.replace(false) => panics(),
        _ => Ok(()),
    });
    let machine = machine.state("s", &["d: defer"]).inbox(3, Overflow::DropOldest).retries(1);
    check(
        App::alone([machine.restarts(Restart::Transient, RestartFrom::LastTurn)]),
        |world| {
            world.create("fragile", "a");
            world.run();
            world.advance(1);
            for event in ["d 1", "stop", "d 2", "d 3", "d 4", "e1"] {
                world.send("a", event);
                world.run();
            }
        },
        expect![[r#"
            a: init
            a: stop from env
            dead letter, inbox-full: d 1 from env to a
            dead letter, inbox-full: d 2 from env to a
            a: e1 from env
            a failed on e1 in s: panic: boom; resumed
            a: e1 from env
            left: a idle [d 3, d 4]
        "#]],
    );
}

fn check_beyond(beyond: Beyond, expected: Expect) {
    let mut species = fragile().restarts(Restart::Transient, RestartFrom::Initial);
    species.supervision.restarts_max = 1;
    check(
        App::alone([species.retries(9).beyond(beyond)]),
        |world| {
            world.create("fragile", "a");
            world.run();
            world.told.clear();
            world.send("a", "e1");
            world.send("a", "e2");
            world.run();
            world.send("a", "late");
        },
        expected,
    );
}

#[test]
fn beyond_the_restarts_an_actor_is_parked_halted_or_stops_the_app() {
    check_beyond(
        Beyond::Park,
        expect![[r#"
            a: e1 from env
              number 2
            a failed on e1: panic: boom; restarted
            a: init
              number 1
            a: e1 from env
              number 2
            a failed on e1: panic: boom; limit `max-restarts`: 1 within 10s; parked
            dead letter, failed-turn: e1 from env to a
            dead letter, failed: e2 from env to a
            dead letter, failed: late from env to a
            left: a failed []
        "#]],
    );
    check_beyond(
        Beyond::Halt,
        expect![[r#"
            a: e1 from env
              number 2
            a failed on e1: panic: boom; restarted
            a: init
              number 1
            a: e1 from env
              number 2
            a failed on e1: panic: boom; limit `max-restarts`: 1 within 10s; halted
            dead letter, failed-turn: e1 from env to a
            dead letter, failed: e2 from env to a
            a is gone
            dead letter, halted: late from env to a
        "#]],
    );
    check_beyond(
        Beyond::Stop,
        expect![[r#"
            a: e1 from env
              number 2
            a failed on e1: panic: boom; restarted
            a: init
              number 1
            a: e1 from env
              number 2
            a failed on e1: panic: boom; limit `max-restarts`: 1 within 10s; stopped
            dead letter, failed-turn: e1 from env to a
            dead letter, failed: e2 from env to a
            dead letter, failed: late from env to a
            left: a failed []
        "#]],
    );
}

#[test]
fn restarts_are_counted_within_a_window_of_virtual_time() {
    let mut species = fragile().restarts(Restart::Transient, RestartFrom::LastTurn);
    species.supervision.restarts_max = 2;
    species.supervision.within = Duration::from_millis(10);
    check(
        App::alone([species]),
        |world| {
            world.create("fragile", "a");
            world.run();
            world.told.clear();
            for at in [0, 5, 11, 16, 17] {
                world.told.push(format!("at {at} ms"));
                world.advance(at);
                world.send("a", "e1");
                world.run();
            }
        },
        expect![[r#"
            at 0 ms
            a: e1 from env
              number 2
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            at 5 ms
            a: e1 from env
              number 2
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            at 11 ms
            a: e1 from env
              number 2
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            at 16 ms
            a: e1 from env
              number 2
            a failed on e1: panic: boom; resumed
            dead letter, failed-turn: e1 from env to a
            at 17 ms
            a: e1 from env
              number 2
            a failed on e1: panic: boom; limit `max-restarts`: 2 within 10ms; parked
            dead letter, failed-turn: e1 from env to a
            left: a failed []
        "#]],
    );
    let mut endless = fragile().restarts(Restart::Transient, RestartFrom::LastTurn);
    endless.supervision.within = Duration::MAX;
    endless.supervision.restarts_max = 1;
    let mut world = World::new(App::alone([endless]));
    world.create("fragile", "a");
    world.advance(1);
    world.send("a", "e1");
    world.send("a", "e1");
    world.run();
    assert!(world.told.iter().any(|line| line.ends_with("parked")));
}

#[test]
fn a_temporary_actor_never_comes_back() {
    check_74(
        fragile(),
        expect![[r#"
            a: e0 from env
              number 2
            a: e1 from env
              number 3
            a failed on e1: panic: boom; parked
            dead letter, failed-turn: e1 from env to a
            dead letter, failed: e2 from env to a
            dead letter, failed: e3 from env to a
            left: a failed []
        "#]],
    );
}

/// Even with `last-turn` there is nothing to resume.
#[test]
fn a_first_turn_that_fails_is_begun_anew() {
    let times = std::cell::Cell::new(0);
    let slow = plain("slow", move |toy| {
        times.set(times.get() + 1);
        if toy.on() == "init" && times.get() < 3 { panics() } else { Ok(()) }
    });
    check(
        App::alone([slow.restarts(Restart::Transient, RestartFrom::LastTurn)]),
        |world| {
            world.create("slow", "a");
            world.send("a", "x");
        },
        expect![[r#"
            a: init
            a failed on init: panic: boom; restarted
            a: init
            a failed on init: panic: boom; restarted
            a: init
            a: x from env
        "#]],
    );
}

/// Scenario 78b, as far as the kernel decides: the stack is that before the turn.
#[test]
fn a_resumed_machine_has_the_state_stack_of_before() {
    let machine = plain("m", |toy| match toy.on().as_str() {
        "up" => {
            toy.set_stack(&[0, 1]);
            Ok(())
        }
        "bad" => {
            toy.set_stack(&[0]);
            panics()
        }
        _ => Ok(()),
    });
    let machine = machine.state("s0", &["up: push 1", "e: defer"]).state("s1", &["e: do"]);
    check(
        App::alone([machine.restarts(Restart::Transient, RestartFrom::LastTurn)]),
        |world| {
            world.create("m", "m");
            for event in ["up", "bad", "e"] {
                world.send("m", event);
            }
        },
        expect![[r#"
            m: init
            m: up from env
            m: bad from env
            m failed on bad in s1: panic: boom; resumed
            dead letter, failed-turn: bad from env to m
            m: e from env
        "#]],
    );
}
