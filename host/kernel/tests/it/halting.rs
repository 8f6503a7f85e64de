//! How actors end, and who hears of it (X1-X4, I10).

use coyote_kernel::{Beyond, Restart, RestartFrom};
use expect_test::expect;

use crate::toy::{App, Species, check, panics, plain, sink};

/// Halts on `end`, fails on `break`.
fn mortal() -> Species {
    plain("mortal", |toy| match toy.on().as_str() {
        "end" => {
            toy.send("mortal", "own")?;
            toy.send("b", "last words")?;
            toy.notify("monitor", "seen")?;
            toy.start(5, None, "tick")?;
            toy.halt();
            Ok(())
        }
        "break" => panics(),
        _ => Ok(()),
    })
}

fn watcher() -> Species {
    plain("watcher", |toy| if toy.on() == "look" { toy.watch("mortal") } else { Ok(()) })
}

#[test]
fn what_a_halt_does_in_order_x2_x3() {
    check(
        App::alone([mortal(), watcher(), sink("sink")]),
        |world| {
            world.create("mortal", "mortal");
            world.create("watcher", "w");
            world.create("sink", "b");
            world.send("w", "look");
            world.run();
            world.told.clear();
            world.send_must_handle("mortal", "end");
            world.send("mortal", "waiting");
            world.send_must_handle("mortal", "waiting too");
            world.run_timers();
            world.send("mortal", "late");
        },
        expect![[r#"
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: waiting from env to mortal
            violation: must-handle: mortal, waiting
            dead letter, halted: waiting too from env to mortal
            dead letter, halted: own from mortal to mortal
            mortal is gone
            b: last words from mortal
            w: actor-down {"id":"mortal","reason":"halted"} from mortal
            dead letter, halted: late from env to mortal
        "#]],
    );
}

#[test]
fn a_watcher_is_told_once_of_a_halt_later_and_at_once_of_an_earlier_one_i10() {
    check(
        App::alone([mortal(), watcher(), sink("sink")]),
        |world| {
            world.create("mortal", "mortal");
            world.create("watcher", "w");
            world.create("watcher", "v");
            world.create("sink", "b");
            world.run();
            world.told.clear();
            for name in ["w", "w", "v"] {
                world.send(name, "look");
            }
            world.run();
            world.send("mortal", "end");
            world.run();
            world.told.push("---".to_owned());
            world.send("w", "look");
        },
        expect![[r#"
            w: look from env
            v: look from env
            w: look from env
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: own from mortal to mortal
            mortal is gone
            b: last words from mortal
            w: actor-down {"id":"mortal","reason":"halted"} from mortal
            v: actor-down {"id":"mortal","reason":"halted"} from mortal
            ---
            w: look from env
            w: actor-down {"id":"mortal","reason":"halted"} from mortal
        "#]],
    );
}

#[test]
fn a_watcher_is_told_of_a_failure_once_the_actor_does_not_come_back_i10() {
    for beyond in [Beyond::Park, Beyond::Halt] {
        let mut mortal = mortal().restarts(Restart::Transient, RestartFrom::Initial).beyond(beyond);
        mortal.supervision.restarts_max = 1;
        let expected = match beyond {
            Beyond::Park => expect![[r#"
                mortal: break from env
                mortal failed on break: panic: boom; restarted
                dead letter, failed-turn: break from env to mortal
                mortal: init
                mortal: x from env
                mortal: break from env
                mortal failed on break: panic: boom; limit `max-restarts`: 1 within 10s; parked
                dead letter, failed-turn: break from env to mortal
                dead letter, failed: x from env to mortal
                w: actor-down {"id":"mortal","reason":"failed"} from mortal
                w: look from env
                w: actor-down {"id":"mortal","reason":"failed"} from mortal
                left: mortal failed []
            "#]],
            _ => expect![[r#"
                mortal: break from env
                mortal failed on break: panic: boom; restarted
                dead letter, failed-turn: break from env to mortal
                mortal: init
                mortal: x from env
                mortal: break from env
                mortal failed on break: panic: boom; limit `max-restarts`: 1 within 10s; halted
                dead letter, failed-turn: break from env to mortal
                dead letter, failed: x from env to mortal
                mortal is gone
                w: actor-down {"id":"mortal","reason":"failed"} from mortal
                w: look from env
                w: actor-down {"id":"mortal","reason":"halted"} from mortal
            "#]],
        };
        check(
            App::alone([mortal, watcher(), sink("sink")]),
            |world| {
                world.create("mortal", "mortal");
                world.create("watcher", "w");
                world.create("sink", "b");
                world.send("w", "look");
                world.run();
                world.told.clear();
                for _ in 0..2 {
                    world.send("mortal", "break");
                    world.send("mortal", "x");
                    world.run();
                }
                world.send("w", "look");
            },
            expected,
        );
    }
}

#[test]
fn who_watches_itself_or_watches_while_halting_is_told_nothing_it_could_take() {
    let own = plain("own", |toy| {
        if toy.on() == "init" {
            toy.watch("a")?;
            toy.halt();
        }
        Ok(())
    });
    check(
        App::alone([own]),
        |world| world.create("own", "a"),
        expect![[r#"
            a: init
            a is gone
            dead letter, halted: actor-down {"id":"a","reason":"halted"} from a to a
        "#]],
    );
}

/// In Erlang's words; its watchers are not told, because the id stays bound.
#[test]
fn a_permanent_actor_begins_anew_after_a_halt_f10() {
    check(
        App::alone([
            mortal().restarts(Restart::Permanent, RestartFrom::Initial),
            watcher(),
            sink("sink"),
        ]),
        |world| {
            world.create_with("mortal", "mortal", "5");
            world.create("watcher", "w");
            world.create("sink", "b");
            world.send("w", "look");
            world.run();
            world.told.clear();
            for _ in 0..4 {
                world.send("mortal", "end");
                world.send("mortal", "waiting");
                world.run();
                world.send("mortal", "x");
                world.run_timers();
            }
        },
        expect![[r#"
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: waiting from env to mortal
            dead letter, halted: own from mortal to mortal
            mortal: init 5
            b: last words from mortal
            mortal: x from env
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: waiting from env to mortal
            dead letter, halted: own from mortal to mortal
            mortal: init 5
            b: last words from mortal
            mortal: x from env
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: waiting from env to mortal
            dead letter, halted: own from mortal to mortal
            mortal: init 5
            b: last words from mortal
            mortal: x from env
            mortal: end from env
            mortal notifies monitor of seen
            dead letter, halted: waiting from env to mortal
            dead letter, halted: own from mortal to mortal
            mortal is gone
            b: last words from mortal
            w: actor-down {"id":"mortal","reason":"halted"} from mortal
            dead letter, halted: x from env to mortal
        "#]],
    );
}
