//! Two kernels and the queues between them.

use coyote_kernel::{Overflow, Restart, RestartFrom};
use expect_test::{Expect, expect};

use crate::toy::{App, Species, World, check, plain, sink};

fn check_pair(
    species: impl IntoIterator<Item = Species>,
    homes: &[(&'static str, u16)],
    run: impl FnOnce(&mut World),
    expected: Expect,
) {
    check(App::pair(species, homes), run, expected);
}

fn sender() -> Species {
    plain("sender", |toy| match toy.on().as_str() {
        "go" => (1..=3).try_for_each(|number| toy.send("b", &format!("x {number}"))),
        "create" => {
            toy.create_with("sink", "child", "5")?;
            toy.send("child", "x")?;
            toy.watch("child")
        }
        _ => Ok(()),
    })
}

#[test]
fn sends_to_another_shard_keep_their_order_s1() {
    check_pair(
        [sender(), sink("sink")],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("sink", "b");
            world.run();
            world.send("a", "go");
        },
        expect![[r#"
            a: init
            b: init
            a: go from env
            b: x 1 from a
            b: x 2 from a
            b: x 3 from a
        "#]],
    );
}

/// Scenario 63c: `e` is staged before `req`, so L has it before the answer to `req`.
#[test]
fn what_happened_before_arrives_before_s2() {
    let app = || {
        [
            plain("p", |toy| {
                if toy.on() == "go" {
                    toy.send("l", "e")?;
                    toy.send("s", "req")?;
                }
                Ok(())
            }),
            plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) }),
            sink("l"),
        ]
    };
    // Wherever the three live, and however slow the shard of L is with its queue.
    for homes in 0..8 {
        let homes = [("p", homes & 1), ("s", homes >> 1 & 1), ("l", homes >> 2)];
        let mut world = World::new(App::pair(app(), &homes));
        for name in ["p", "s", "l"] {
            world.create(name, name);
        }
        world.run();
        world.told.clear();
        world.send("p", "go");
        let (fast, slow) = if homes[2].1 == 0 { (1, 0) } else { (0, 1) };
        for _ in 0..4 {
            while world.receive(fast) {}
            world.step(fast);
        }
        while world.receive(slow) {}
        world.run();
        let of_l: Vec<_> = world.told.iter().filter(|line| line.starts_with("l: ")).collect();
        assert_eq!(of_l, ["l: e from p", "l: r from s"], "{homes:?}");
    }
}

#[test]
fn an_actor_may_be_created_on_another_shard() {
    check_pair(
        [sender(), sink("sink")],
        &[("child", 1)],
        |world| {
            world.create("sender", "a");
            world.run();
            world.send("a", "create");
            world.run();
            assert_eq!(world.live(), ["a", "child"]);
        },
        expect![[r#"
            a: init
            a: create from env
            child: init 5
            child: x from a
        "#]],
    );
}

fn watcher() -> Species {
    plain("watcher", |toy| if toy.on() == "look" { toy.watch("b") } else { Ok(()) })
}

fn brief() -> Species {
    plain("brief", |toy| {
        if toy.on() == "end" {
            toy.halt();
        }
        Ok(())
    })
}

#[test]
fn an_actor_on_another_shard_can_be_watched_i10() {
    check_pair(
        [watcher(), brief()],
        &[("b", 1)],
        |world| {
            world.create("watcher", "a");
            world.create("brief", "b");
            world.send("a", "look");
            world.run();
            world.send("b", "end");
            world.run();
            world.send("a", "look");
        },
        expect![[r#"
            a: init
            b: init
            a: look from env
            b: end from env
            b is gone
            a: actor-down {"id":"b","reason":"halted"} from b
            a: look from env
            a: actor-down {"id":"b","reason":"halted"} from b
        "#]],
    );
}

/// The id is bound, but the new actor has not reached its shard: it is not gone.
#[test]
fn an_actor_that_is_about_to_be_created_is_not_gone() {
    check_pair(
        [watcher(), brief()],
        &[("a", 1), ("b", 1)],
        |world| {
            world.create("watcher", "a");
            world.run();
            world.send("a", "look");
            assert!(world.receive(1));
            world.create("brief", "b");
            assert!(world.step(1), "a watches b, whose creation waits in the queue");
            world.run();
            world.told.push("---".to_owned());
            world.send("b", "end");
        },
        expect![[r#"
            a: init
            a: look from env
            b: init
            ---
            b: end from env
            b is gone
            a: actor-down {"id":"b","reason":"halted"} from b
        "#]],
    );
}

/// An event may overtake a creation that it does not depend on: the sender knows the id from elsewhere.
#[test]
fn an_event_that_arrives_before_the_creation_is_unbound_s6() {
    check_pair(
        [sink("sink")],
        &[("b", 1)],
        |world| {
            world.create("sink", "b");
            world.send("b", "early");
            world.rotate_queue(1);
            world.run();
            world.send("b", "late");
        },
        expect![[r#"
            violation: unbound-id: b, early
            dead letter, unbound: early from env to b
            b: init
            b: late from env
        "#]],
    );
}

fn clock_gate() -> Species {
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "init" => toy.start(10, None, "open").map(|_| ())?,
            "open" => toy.set_stack(&[1]),
            _ => {}
        }
        Ok(())
    });
    let gate = gate.state("closed", &["x: defer", "open: goto 1"]).state("open", &[]);
    gate.inbox(1, Overflow::Block)
}

#[test]
fn a_sender_is_held_up_by_a_full_inbox_on_another_shard_s8() {
    check_pair(
        [sender(), clock_gate()],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("gate", "b");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.run();
            world.send("a", "later");
            world.run();
            world.told.push("---".to_owned());
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            ---
            at 10 ms
            b: open (timer 0 x 1)
            b: x 1 from a
            b: x 2 from a
            a: later from env
            b: x 3 from a
        "#]],
    );
}

/// Its events went through the queue, because the creation of the receiver was on its way.
#[test]
fn a_sender_is_held_up_by_a_neighbour_that_was_about_to_be_created_s8() {
    check_pair(
        [sender(), clock_gate()],
        &[("a", 1), ("b", 1)],
        |world| {
            world.create("sender", "a");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.send("a", "later");
            while world.receive(1) {}
            world.create("gate", "b");
            assert!(world.step(1));
            world.run();
            world.told.push("---".to_owned());
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            b: init
            ---
            at 10 ms
            b: open (timer 0 x 1)
            b: x 1 from a
            b: x 2 from a
            b: x 3 from a
            a: later from env
        "#]],
    );
}

#[test]
fn a_receiver_that_halts_lets_its_senders_on_other_shards_go() {
    let gate = plain("gate", |toy| {
        match toy.on().as_str() {
            "init" => toy.start(10, None, "end").map(|_| ())?,
            "end" => toy.halt(),
            _ => {}
        }
        Ok(())
    });
    let gate = gate.state("closed", &["x: defer"]).inbox(1, Overflow::Block);
    check_pair(
        [sender(), gate],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("gate", "b");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.run();
            world.send("a", "later");
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            at 10 ms
            b: end (timer 0 x 1)
            dead letter, halted: x 1 from a to b
            dead letter, halted: x 2 from a to b
            dead letter, halted: x 3 from a to b
            b is gone
            a: later from env
        "#]],
    );
}

#[test]
fn a_sender_that_is_gone_is_not_missed_by_the_shard_that_holds_its_events() {
    let brief = plain("sender", |toy| {
        if toy.on() == "go" {
            (1..=3).try_for_each(|number| toy.send("b", &format!("x {number}")))?;
            toy.halt();
        }
        Ok(())
    });
    check_pair(
        [brief, clock_gate()],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("gate", "b");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            a is gone
            at 10 ms
            b: open (timer 0 x 1)
            b: x 1 from a
            b: x 2 from a
            b: x 3 from a
        "#]],
    );
}

/// A shard keeps its actor's event although it fails meanwhile: the fresh instance waits for it, too.
#[test]
fn a_restarted_sender_is_still_held_up() {
    let sender = plain("sender", |toy| match toy.on().as_str() {
        "go" => {
            toy.send("b", "x 1")?;
            toy.send("b", "x 2")
        }
        "break" => crate::toy::panics(),
        _ => Ok(()),
    });
    check_pair(
        [sender.restarts(Restart::Transient, RestartFrom::Initial), clock_gate()],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("gate", "b");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.send("a", "break");
            // The other shard is slow: the sender fails before it hears that it is held up.
            while world.receive(0) {}
            world.step(0);
            world.step(0);
            while world.receive(1) {}
            while world.receive(0) {}
            world.run();
            world.told.push("---".to_owned());
            world.run_timers();
        },
        expect![[r#"
            a: go from env
            a: break from env
            a failed on break: panic: boom; restarted
            dead letter, failed-turn: break from env to a
            ---
            at 10 ms
            b: open (timer 0 x 1)
            b: x 1 from a
            a: init
            b: x 2 from a
        "#]],
    );
}

#[test]
fn abandon_leaves_nothing_on_any_shard() {
    check_pair(
        [sender(), clock_gate()],
        &[("b", 1)],
        |world| {
            world.create("sender", "a");
            world.create("gate", "b");
            world.run();
            world.told.clear();
            world.send("a", "go");
            world.run();
            world.send("a", "go");
            world.run();
            world.abandon();
        },
        expect![[r#"
            a: go from env
            dead letter, stopped: go from env to a
            dead letter, stopped: x 1 from a to b
            dead letter, stopped: x 2 from a to b
            dead letter, stopped: x 3 from a to b
        "#]],
    );
}
