//! Sends, and what becomes of those that reach nobody (T3, S4-S11).

use coyote_kernel::{ActorId, Beyond, Overflow, Restart, RestartFrom, SendOptions};
use expect_test::expect;

use crate::toy::{App, Handled, Toy, World, check, panics, plain, sink};

/// Scenario 1.
#[test]
fn sends_to_oneself_keep_their_order_s1() {
    let own = plain("own", |toy| {
        if toy.on() == "init" {
            let name = toy.name();
            toy.send(&name, "u")?;
            toy.send(&name, "e1 with a payload")?;
        }
        Ok(())
    });
    check(
        App::alone([own]),
        |world| world.create("own", "a"),
        expect![[r#"
            a: init
            a: u
            a: e1 with a payload
        "#]],
    );
}

#[test]
fn the_sends_of_a_turn_reach_each_receiver_in_order_s1() {
    let sender = plain("sender", |toy| {
        if toy.on() == "go" {
            for event in ["x 1", "x 2", "x 3"] {
                toy.send("c", event)?;
                toy.send("d", event)?;
            }
        }
        Ok(())
    });
    check(
        App::alone([sender, sink("sink")]),
        |world| {
            world.create("sender", "a");
            world.create("sink", "c");
            world.create("sink", "d");
            world.run();
            world.told.clear();
            world.send("a", "go");
        },
        expect![[r#"
            a: go from env
            c: x 1 from a
            d: x 1 from a
            c: x 2 from a
            d: x 2 from a
            c: x 3 from a
            d: x 3 from a
        "#]],
    );
}

fn does_everything(toy: &mut Toy<'_>) -> Handled {
    toy.memory.number += 1;
    toy.send("b", "from-a")?;
    toy.create("sink", "c")?;
    toy.start(5, None, "tick")?;
    toy.notify("monitor", "seen")?;
    toy.reply("answer")?;
    panics()
}

/// Scenario 64.
#[test]
fn a_failed_turn_releases_nothing_and_gives_its_counts_back_t3_f6() {
    let actor = plain("actor", |toy| match toy.on().as_str() {
        "e" => does_everything(toy),
        "again" => {
            let number = toy.memory.number;
            let timer = toy.start(5, None, "tick")?;
            toy.tell(&format!("number {number}, timer {timer}"));
            toy.create("sink", "d")
        }
        _ => Ok(()),
    })
    .restarts(Restart::Transient, RestartFrom::LastTurn);
    check(
        App::alone([actor, sink("sink")]),
        |world| {
            world.create("actor", "a");
            world.create("sink", "b");
            world.request("a", "e", 1);
            world.run_timers();
            assert_eq!(world.live(), ["a", "b"]);
            world.send("a", "again");
            world.run_timers();
            assert_eq!(world.id("c"), world.id("d"), "the next create gives the same id");
        },
        expect![[r#"
            a: init
            b: init
            a: e from env
            a failed on e: panic: boom; resumed
            dead letter, failed-turn: e from env to a
            a: again from env
              number 0, timer 0
            d: init
            at 5 ms
            a: tick (timer 0 x 1)
        "#]],
    );
}

/// Scenario 68: zero, small numbers, neighbours of one's own id, single bits flipped.
#[test]
fn a_turn_that_sends_to_or_watches_a_forged_id_never_happened_s5() {
    let mut forger = plain("forger", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        toy.send("b", "before")?;
        let (how, bits) = (toy.on(), toy.payload().parse().unwrap());
        let id = ActorId::from_bits(bits);
        if how == "watch" { toy.watch_id(id) } else { toy.send_to(id, "forged") }
    })
    .restarts(Restart::Transient, RestartFrom::LastTurn);
    forger.supervision.restarts_max = u32::MAX;
    forger.limits.inbox_events_max = 10_000.try_into().unwrap();
    let mut world = World::new(App::alone([forger, sink("sink")]));
    world.create("forger", "a");
    world.create("sink", "b");
    world.run();
    world.told.clear();
    let own = world.id("a").bits();
    let near = (1..=1000).flat_map(|by| [own.wrapping_add(by), own.wrapping_sub(by)]);
    let flipped = (0..64).map(|bit| own ^ (1 << bit));
    let forged: Vec<u64> = (0..100).chain(near).chain(flipped).collect();
    for bits in &forged {
        for how in ["send", "watch"] {
            world.send("a", &format!("{how} {bits}"));
        }
    }
    world.run();
    let count = |part: &str| world.told.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("unknown-id"), 2 * forged.len());
    assert_eq!(count("b: before"), 0, "nothing of these turns left");
    let told = world.told.iter().find(|line| line.contains("failed on send")).unwrap();
    let expected = "a failed on send: unknown-id: `env`, an id that was never issued; resumed";
    assert_eq!(*told, expected);
}

/// Every way to reach nobody that the kernel itself can see.
#[test]
fn what_reaches_nobody_is_a_dead_letter_with_its_reason_s7() {
    let victim = plain("victim", |toy| match toy.on().as_str() {
        "end" => {
            toy.halt();
            Ok(())
        }
        "break" => panics(),
        _ => Ok(()),
    });
    let deaf = sink("deaf").state("deaf", &["*: defer"]).inbox(1, Overflow::DropNewest);
    let forgetful = sink("forgetful").state("deaf", &["*: defer"]).inbox(1, Overflow::DropOldest);
    let sender = plain("sender", |toy| {
        if toy.on() == "go" {
            let two = SendOptions { must_handle: false, instances_max: Some(2) };
            for event in ["x 1", "x 2", "x 3"] {
                toy.send_with("sink", event, two)?;
            }
        }
        Ok(())
    });
    check(
        App::alone([victim, deaf, forgetful, sender, sink("sink")]),
        |world| {
            world.create("victim", "halted");
            world.create("victim", "failed");
            world.reserve("victim", "unbound");
            world.create("deaf", "deaf");
            world.create("forgetful", "forgetful");
            world.create("sender", "sender");
            world.create("sink", "sink");
            world.run();
            world.told.clear();
            for (name, event) in [("halted", "end"), ("failed", "break")] {
                world.send(name, event);
                world.send(name, "waiting");
                world.run();
                world.send(name, "late");
            }
            world.send("unbound", "x");
            for event in ["x 1", "x 2"] {
                world.send("deaf", event);
                world.send("forgetful", event);
            }
            world.send("sender", "go");
            world.run();
            world.send("sink", "never taken");
            world.abandon();
        },
        expect![[r#"
            halted: end from env
            dead letter, halted: waiting from env to halted
            halted is gone
            dead letter, halted: late from env to halted
            failed: break from env
            failed failed on break: panic: boom; parked
            dead letter, failed-turn: break from env to failed
            dead letter, failed: waiting from env to failed
            dead letter, failed: late from env to failed
            violation: unbound-id: unbound, x
            dead letter, unbound: x from env to unbound
            dead letter, inbox-full: x 2 from env to deaf
            dead letter, inbox-full: x 1 from env to forgetful
            sender: go from env
            violation: max-instances: sink, x, 2
            dead letter, max-instances: x 3 from sender to sink
            sink: x 1 from sender
            sink: x 2 from sender
            dead letter, stopped: x 1 from env to deaf
            dead letter, stopped: x 2 from env to forgetful
            dead letter, stopped: never taken from env to sink
            left: failed failed []
        "#]],
    );
}

/// Scenarios 31, 32 and 34, and a receiver that has halted before.
#[test]
fn must_handle_is_violated_by_a_halt_before_the_event_was_taken_or_ignored_s9() {
    let ignores = sink("ignores").state("s", &["h: ignore"]);
    let machine = |name| {
        plain(name, |toy| {
            match toy.on().as_str() {
                "halt" => toy.halt(),
                "move" => toy.set_stack(&[1]),
                _ => {}
            }
            Ok(())
        })
    };
    let defers = machine("defers").state("s", &["h: defer"]);
    let moves = machine("moves").state("s", &["h: defer", "halt: defer", "move: goto 1"]);
    let moves = moves.state("next", &[]);
    let halts = machine("halts").state("s", &["h: ignore"]);
    check(
        App::alone([ignores, defers, moves, halts]),
        |world| {
            world.create("halts", "m31");
            world.create("defers", "m32");
            world.create("moves", "m34");
            world.run();
            world.told.clear();
            for name in ["m31", "m32"] {
                world.send_must_handle(name, "h");
                world.send(name, "halt");
            }
            world.send("m34", "halt");
            world.send_must_handle("m34", "h");
            world.send("m34", "move");
            world.run();
            world.send_must_handle("m31", "h");
        },
        expect![[r#"
            m31: halt from env
            m31 is gone
            m32: halt from env
            violation: must-handle: m32, h
            dead letter, halted: h from env to m32
            m32 is gone
            m34: move from env
            m34: halt from env
            violation: must-handle: m34, h
            dead letter, halted: h from env to m34
            m34 is gone
            violation: must-handle: m31, h
            dead letter, halted: h from env to m31
        "#]],
    );
}

/// Scenario 35. Deferred ones count, other kinds and taken ones do not.
#[test]
fn max_instances_counts_the_untaken_events_of_a_kind_s10() {
    let n = sink("n").state("s", &["e1: defer", "go: goto 1"]).state("t", &[]);
    let a = plain("a", |toy| {
        if toy.on() == "go" {
            let one = SendOptions { must_handle: false, instances_max: Some(1) };
            toy.send("n", "e2")?;
            toy.send_with("n", "e1 first", one)?;
            toy.send_with("n", "e1 second", one)?;
        }
        Ok(())
    });
    check(
        App::alone([n, a]),
        |world| {
            world.create("n", "n");
            world.create("a", "a");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.run();
            world.send("a", "go");
        },
        expect![[r#"
            a: go from env
            violation: max-instances: n, e1, 1
            dead letter, max-instances: e1 second from a to n
            n: e2 from a
            a: go from env
            violation: max-instances: n, e1, 1
            dead letter, max-instances: e1 first from a to n
            violation: max-instances: n, e1, 1
            dead letter, max-instances: e1 second from a to n
            n: e2 from a
            left: n idle [e1 first]
        "#]],
    );
}

#[test]
fn a_turn_that_meets_a_limit_of_its_outbox_never_happened_f6() {
    let actor = plain("actor", |toy| match toy.on().as_str() {
        "effects" => (0..4).try_for_each(|_| toy.send("a", "x")),
        "payload" => toy.send("a", "x 12345678901"),
        "outbox" => (0..3).try_for_each(|_| toy.send("a", "x 123456789")),
        "timers" => {
            let timer = toy.memory.timer;
            toy.stop(timer)?;
            toy.memory.timer = toy.start(1000, None, "tick")?;
            toy.start(1000, None, "tick").map(|_| ())
        }
        "actors" => toy.create("actor", "b"),
        _ => Ok(()),
    });
    let mut actor = actor.restarts(Restart::Transient, RestartFrom::LastTurn);
    actor.supervision.restarts_max = 100;
    actor.limits.effects_max = 3;
    actor.limits.payload_bytes_max = 10;
    actor.limits.outbox_bytes_max = 20;
    actor.limits.inbox_events_max = 3.try_into().unwrap();
    let mut app = App::alone([actor]);
    app.live_max = 1;
    check(
        app,
        |world| {
            world.create("actor", "a");
            for event in ["effects", "payload", "outbox", "timers", "timers", "timers", "actors"] {
                world.send("a", event);
                world.run();
            }
        },
        expect![[r#"
            a: init
            a: effects from env
            a failed on effects: limit: limit `effects`: 4 effects, at most 3 are allowed; resumed
            dead letter, failed-turn: effects from env to a
            a: payload from env
            a failed on payload: limit: limit `payload`: 11 bytes, at most 10 are allowed; resumed
            dead letter, failed-turn: payload from env to a
            a: outbox from env
            a failed on outbox: limit: limit `outbox`: 27 bytes, at most 20 are allowed; resumed
            dead letter, failed-turn: outbox from env to a
            a: timers from env
            a: timers from env
            a: timers from env
            a failed on timers: limit: limit `timers`: 4 armed timers, at most 3 are allowed; resumed
            dead letter, failed-turn: timers from env to a
            a: actors from env
            a failed on actors: limit: limit `actors`: there is no room for 1 more; resumed
            dead letter, failed-turn: actors from env to a
        "#]],
    );
}

/// F10: with `beyond: stop` the driver learns that the app is over.
#[test]
fn an_actor_beyond_its_restarts_may_stop_the_app_f10() {
    let actor = plain("actor", |_| panics()).beyond(Beyond::Stop);
    check(
        App::alone([actor, sink("sink")]),
        |world| {
            world.create("actor", "a");
            world.create("sink", "b");
            world.send("b", "never taken");
            world.run();
            assert!(world.stopped);
            world.abandon();
        },
        expect![[r#"
            a: init
            a failed on init: panic: boom; stopped
            dead letter, stopped: never taken from env to b
            left: a failed []
            left: b starting []
        "#]],
    );
}
