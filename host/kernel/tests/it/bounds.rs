//! Bounded inboxes (S8).

use coyote_kernel::{Overflow, Restart, RestartFrom, SendOptions};
use expect_test::expect;

use crate::toy::{App, Handled, Species, Toy, World, check, panics, plain, sink};

/// Takes nothing but `open`, after which it takes everything.
fn gate(events_max: u32, overflow: Overflow) -> Species {
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "open" => toy.set_stack(&[1]),
            "end" => toy.halt(),
            "break" => return panics(),
            _ => {}
        }
        Ok(())
    });
    let closed = &["x: defer", "open: goto 1", "end: do", "break: do"];
    gate.state("closed", closed).state("open", &["*: do"]).inbox(events_max, overflow)
}

/// Sends the gate three events, then tells `b`.
fn pusher() -> Species {
    plain("pusher", push)
}

fn push(toy: &mut Toy<'_>) -> Handled {
    if toy.on() == "go" {
        let name = toy.name();
        for number in 1..=3 {
            toy.send("gate", &format!("x {name}{number}"))?;
        }
        toy.send("b", "behind")?;
    }
    Ok(())
}

fn pushed(world: &mut World) {
    world.create("gate", "gate");
    world.create("pusher", "a");
    world.create("sink", "b");
    world.run();
    world.told.clear();
    world.send("a", "go");
    world.send("a", "later");
    world.run();
    world.told.push("---".to_owned());
}

fn app(overflow: Overflow) -> App {
    App::alone([gate(2, overflow), pusher(), sink("sink")])
}

#[test]
fn a_full_inbox_that_drops_the_newest() {
    check(
        app(Overflow::DropNewest),
        pushed,
        expect![[r#"
            a: go from env
            dead letter, inbox-full: x a3 from a to gate
            b: behind from a
            a: later from env
            ---
            left: gate idle [x a1, x a2]
        "#]],
    );
}

#[test]
fn a_full_inbox_that_drops_the_oldest() {
    check(
        app(Overflow::DropOldest),
        pushed,
        expect![[r#"
            a: go from env
            dead letter, inbox-full: x a1 from a to gate
            b: behind from a
            a: later from env
            ---
            left: gate idle [x a2, x a3]
        "#]],
    );
}

#[test]
fn a_full_inbox_that_is_a_violation() {
    check(
        app(Overflow::Fail),
        pushed,
        expect![[r#"
            a: go from env
            violation: inbox-full: gate, x
            dead letter, inbox-full: x a3 from a to gate
            b: behind from a
            a: later from env
            ---
            left: gate idle [x a1, x a2]
        "#]],
    );
}

/// The gate is full of deferred events: it opens by a timer, whose events know no bound.
fn clock_gate() -> Species {
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "init" => {
                toy.start(10, None, "open")?;
            }
            "open" => toy.set_stack(&[1]),
            _ => {}
        }
        Ok(())
    });
    let gate = gate.state("closed", &["x: defer", "open: goto 1"]).state("open", &["*: do"]);
    gate.inbox(2, Overflow::Block)
}

#[test]
fn a_blocked_sender_keeps_what_is_behind_and_takes_nothing() {
    check(
        App::alone([clock_gate(), pusher(), sink("sink")]),
        |world| {
            pushed(world);
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            ---
            at 10 ms
            gate: open (timer 0 x 1)
            gate: x a1 from a
            gate: x a2 from a
            b: behind from a
            a: later from env
            gate: x a3 from a
        "#]],
    );
}

#[test]
fn blocked_senders_go_on_in_the_order_in_which_they_came() {
    check(
        App::alone([clock_gate(), pusher(), sink("sink")]),
        |world| {
            world.create("pusher", "c");
            pushed(world);
            world.send("c", "go");
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            ---
            c: go from env
            at 10 ms
            gate: open (timer 0 x 1)
            gate: x a1 from a
            gate: x a2 from a
            b: behind from a
            a: later from env
            gate: x a3 from a
            gate: x c1 from c
            gate: x c2 from c
            b: behind from c
            gate: x c3 from c
        "#]],
    );
}

#[test]
fn sends_to_oneself_are_exempt() {
    let own = plain("own", |toy| {
        if toy.on() == "init" {
            for number in 1..=3 {
                toy.send("a", &format!("x {number}"))?;
            }
        }
        Ok(())
    });
    check(
        App::alone([own.inbox(1, Overflow::Block)]),
        |world| world.create("own", "a"),
        expect![[r#"
            a: init
            a: x 1
            a: x 2
            a: x 3
        "#]],
    );
}

/// The first waits for the second, the second for the third: opening the last frees all.
#[test]
fn a_chain_of_blocked_senders_comes_free() {
    let link = plain("link", |toy| match (toy.on().as_str(), toy.name().as_str()) {
        ("go", "first") => (1..=3).try_for_each(|_| toy.send("second", "x")),
        ("x", "second") => (1..=3).try_for_each(|_| toy.send("gate", "x")),
        _ => Ok(()),
    });
    check(
        App::alone([clock_gate(), link.inbox(1, Overflow::Block)]),
        |world| {
            world.create("gate", "gate");
            world.create("link", "first");
            world.create("link", "second");
            world.run();
            world.told.clear();
            world.send("first", "go");
            world.run_timers();
        },
        expect![[r#"
            first: go from env
            second: x from first
            at 10 ms
            gate: open (timer 0 x 1)
            gate: x from second
            gate: x from second
            second: x from first
            gate: x from second
            gate: x from second
            gate: x from second
            second: x from first
            gate: x from second
            gate: x from second
            gate: x from second
            gate: x from second
        "#]],
    );
}

#[test]
fn a_receiver_that_halts_lets_its_blocked_senders_go() {
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "init" => toy.start(10, None, "end").map(|_| ())?,
            "end" => toy.halt(),
            _ => {}
        }
        Ok(())
    });
    let gate = gate.state("closed", &["x: defer"]).inbox(2, Overflow::Block);
    check(
        App::alone([gate, pusher(), sink("sink")]),
        |world| {
            pushed(world);
            world.send("gate", "x from outside");
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            ---
            at 10 ms
            gate: end (timer 0 x 1)
            dead letter, halted: x a1 from a to gate
            dead letter, halted: x a2 from a to gate
            dead letter, halted: x a3 from a to gate
            dead letter, halted: x from outside from env to gate
            gate is gone
            b: behind from a
            a: later from env
        "#]],
    );
}

#[test]
fn a_receiver_that_fails_lets_its_blocked_senders_go() {
    for restart in [Restart::Temporary, Restart::Transient] {
        let gate = plain("gate", |toy| if toy.on() == "init" { Ok(()) } else { panics() });
        let gate = gate.inbox(1, Overflow::Block).restarts(restart, RestartFrom::Initial);
        let expected = match restart {
            Restart::Temporary => expect![[r#"
                gate: init
                a: go from env
                gate: x a1 from a
                gate failed on x: panic: boom; parked
                dead letter, failed-turn: x a1 from a to gate
                dead letter, failed: x a2 from a to gate
                dead letter, failed: x a3 from a to gate
                b: behind from a
                left: gate failed []
            "#]],
            _ => expect![[r#"
                gate: init
                a: go from env
                gate: x a1 from a
                gate failed on x: panic: boom; restarted
                dead letter, failed-turn: x a1 from a to gate
                gate: init
                gate: x a2 from a
                gate failed on x: panic: boom; restarted
                dead letter, failed-turn: x a2 from a to gate
                gate: init
                b: behind from a
                gate: x a3 from a
                gate failed on x: panic: boom; restarted
                dead letter, failed-turn: x a3 from a to gate
                gate: init
            "#]],
        };
        check(
            App::alone([gate, pusher(), sink("sink")]),
            |world| {
                world.create("pusher", "a");
                world.create("sink", "b");
                world.run();
                world.create("gate", "gate");
                world.told.clear();
                world.send("a", "go");
            },
            expected,
        );
    }
}

/// X2: its effects leave in order, so it halts once they have left; what is sent to it meanwhile is lost.
#[test]
fn a_sender_that_halts_while_it_is_blocked_is_gone_when_all_has_left() {
    let brief = plain("brief", |toy| {
        if toy.on() == "go" {
            (1..=3).try_for_each(|number| toy.send("gate", &format!("x {number}")))?;
            toy.send("a", "to itself")?;
            toy.start(5, None, "tick")?;
            toy.halt();
        }
        Ok(())
    });
    for restart in [Restart::Temporary, Restart::Permanent] {
        let brief = brief.clone().restarts(restart, RestartFrom::Initial);
        let expected = match restart {
            Restart::Temporary => expect![[r#"
                a: go from env
                dead letter, halted: waits from env to a
                dead letter, halted: late from env to a
                at 10 ms
                gate: open (timer 0 x 1)
                dead letter, halted: to itself from a to a
                a is gone
                gate: x 1 from a
                gate: x 2 from a
                gate: x 3 from a
                dead letter, halted: after from env to a
            "#]],
            _ => expect![[r#"
                a: go from env
                dead letter, halted: waits from env to a
                dead letter, halted: late from env to a
                at 10 ms
                gate: open (timer 0 x 1)
                dead letter, halted: to itself from a to a
                gate: x 1 from a
                gate: x 2 from a
                a: init
                gate: x 3 from a
                a: after from env
            "#]],
        };
        check(
            App::alone([clock_gate(), brief, sink("sink")]),
            |world| {
                world.create("gate", "gate");
                world.create("brief", "a");
                world.run();
                world.told.clear();
                world.send("a", "go");
                world.send("a", "waits");
                world.run();
                world.send("a", "late");
                world.run_timers();
                world.send("a", "after");
            },
            expected,
        );
    }
}

/// Nobody could be held up for it: the actor that it tells of is gone (I10).
#[test]
fn the_event_that_tells_of_an_actor_that_is_gone_enters_a_full_inbox() {
    let watcher = plain("watcher", |toy| if toy.on() == "init" { toy.watch("b") } else { Ok(()) });
    let watcher = watcher.state("s", &["x: defer"]).inbox(1, Overflow::Block);
    let brief = plain("brief", |toy| {
        if toy.on() == "end" {
            toy.halt();
        }
        Ok(())
    });
    check(
        App::alone([watcher, brief]),
        |world| {
            world.create("brief", "b");
            world.create("watcher", "a");
            world.run();
            world.send("a", "x");
            world.send("b", "end");
        },
        expect![[r#"
            b: init
            a: init
            b: end from env
            b is gone
            a: actor-down {"id":"b","reason":"halted"} from b
            left: a idle [x]
        "#]],
    );
}

#[test]
fn the_environment_learns_when_its_event_got_in() {
    check(
        App::alone([clock_gate(), sink("sink")]),
        |world| {
            world.create("gate", "gate");
            for number in 1..=3 {
                world.send_ticketed("gate", &format!("x {number}"));
            }
            world.run();
            world.told.push("---".to_owned());
            world.run_timers();
            world.reserve("sink", "nobody");
            world.send_ticketed("nobody", "x");
        },
        expect![[r#"
            ticket 1 admitted
            ticket 2 admitted
            gate: init
            ---
            at 10 ms
            gate: open (timer 0 x 1)
            ticket 3 admitted
            gate: x 1 from env
            gate: x 2 from env
            gate: x 3 from env
            ticket 4 refused, unbound
            violation: unbound-id: nobody, x
            dead letter, unbound: x from env to nobody
        "#]],
    );
}

/// S10 holds when a held event gets in, too.
#[test]
fn max_instances_is_checked_when_a_held_event_gets_in_s10() {
    let pusher = plain("pusher", |toy| {
        let one = SendOptions { must_handle: false, instances_max: Some(1) };
        if toy.on() == "go" { toy.send_with("gate", "y 2", one) } else { Ok(()) }
    });
    let gate = clock_gate().rule(0, "y: defer").rule(1, "y: defer");
    check(
        App::alone([gate, pusher]),
        |world| {
            world.create("gate", "gate");
            world.create("pusher", "a");
            world.run();
            world.told.clear();
            world.send("gate", "x 1");
            world.send("gate", "y 1");
            world.send("a", "go");
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            at 10 ms
            gate: open (timer 0 x 1)
            violation: max-instances: gate, y, 1
            dead letter, max-instances: y 2 from a to gate
            gate: x 1 from env
            left: gate idle [y 1]
        "#]],
    );
}

/// Each has a tick in its inbox that fills it, and waits before the inbox of the next one; by what it stops
/// when it goes on, the one before it goes on. The kernel must not call itself as often as there are links.
#[test]
fn a_long_chain_of_blocked_senders_comes_free_without_a_deep_stack() {
    const LINKS: u64 = 8_000;
    let link = plain("link", |toy| {
        let place = toy.name().parse::<u64>().unwrap();
        match toy.on().as_str() {
            "init" => toy.memory.timer = toy.start(LINKS + 1 - place, None, "tick")?,
            "go" => {
                toy.send(&(place + 1).to_string(), "x")?;
                let timer = toy.memory.timer;
                toy.stop(timer)?;
            }
            _ => {}
        }
        Ok(())
    });
    let link = link.state("closed", &["tick: defer", "x: defer"]).inbox(1, Overflow::Block);
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "init" => toy.start(LINKS + 2, None, "open").map(|_| ())?,
            "open" => toy.set_stack(&[1]),
            _ => {}
        }
        Ok(())
    });
    let gate = gate.state("closed", &["x: defer", "open: goto 1"]).state("open", &[]);
    let app = App::alone([link, gate.inbox(1, Overflow::Block)]);
    let mut world = World::new(App { live_max: 10_000, ..app });
    world.create("gate", &LINKS.to_string());
    world.send(&LINKS.to_string(), "x");
    for place in 0..LINKS {
        world.create("link", &place.to_string());
    }
    world.run();
    for place in (0..LINKS).rev() {
        world.send(&place.to_string(), "go");
        world.run();
        world.advance(LINKS + 1 - place);
        world.run();
    }
    world.told.clear();
    world.advance(LINKS + 2);
    world.run();
    let last = LINKS - 1;
    let freed = [
        format!("{LINKS}: open (timer 0 x 1)"),
        format!("{LINKS}: x from env"),
        format!("{LINKS}: x from {last}"),
    ];
    assert_eq!(world.told, freed);
    let left = world.told();
    assert!(!left.contains("tick"), "each stopped its timer");
}
