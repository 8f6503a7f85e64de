//! Ids, and how actors come to be (I1-I9).

use coyote_kernel::{ActorId, Restart, RestartFrom};
use expect_test::expect;

use crate::toy::{App, World, check, panics, plain, sink};

fn parents(seed: u64, order: [&str; 2]) -> World {
    let parent = plain("parent", |toy| {
        if toy.on() == "go" {
            let name = toy.name();
            for child in 1..=2 {
                toy.create("sink", &format!("{name}-{child}"))?;
            }
        }
        Ok(())
    });
    let mut world = World::new(App { seed, ..App::alone([parent, sink("sink")]) });
    world.create("parent", "a");
    world.create("parent", "b");
    world.run();
    for name in order {
        world.send(name, "go");
    }
    world.run();
    world
}

/// Scenario 68b.
#[test]
fn ids_depend_on_the_seed_and_not_on_the_order_of_steps_i4() {
    let names = ["a", "b", "a-1", "a-2", "b-1", "b-2"];
    let ids = |world: &World| names.map(|name| world.id(name));
    let first = ids(&parents(7, ["a", "b"]));
    assert_eq!(first, ids(&parents(7, ["b", "a"])));
    let other = ids(&parents(8, ["a", "b"]));
    assert!(first.iter().all(|id| !other.contains(id)));
}

#[test]
fn the_first_turn_comes_before_all_that_was_sent_i1_i2_i3() {
    let parent = plain("parent", |toy| {
        if toy.on() == "init" {
            toy.create_with("child", "c", "5")?;
            toy.send("c", "x")?;
        }
        Ok(())
    });
    let child =
        plain("child", |toy| if toy.on() == "init" { toy.send("c", "own") } else { Ok(()) });
    check(
        App::alone([parent, child]),
        |world| world.create("parent", "p"),
        expect![[r#"
            p: init
            c: init 5
            c: x from p
            c: own
        "#]],
    );
}

#[test]
fn a_reserved_id_is_bound_once_and_again_after_a_halt_i6_i7_i8() {
    let parent = plain("parent", |toy| match toy.on().as_str() {
        "reserve" => toy.reserve("child", "c"),
        "send" => toy.send("c", "x"),
        "create" => toy.create_at("child", "c"),
        "twice" => {
            toy.create_at("child", "c")?;
            toy.create_at("child", "c")?;
            toy.send("c", "for the first")
        }
        "halt" => {
            toy.send("c", "end")?;
            toy.send("c", "lost")?;
            toy.create_at("child", "c")
        }
        _ => Ok(()),
    });
    let child = plain("child", |toy| {
        if toy.on() == "end" {
            toy.halt();
        }
        Ok(())
    });
    check(
        App::alone([parent, child]),
        |world| {
            world.create("parent", "p");
            for event in ["reserve", "send", "twice", "send", "halt", "create", "send"] {
                world.send("p", event);
                world.run();
            }
        },
        expect![[r#"
            p: init
            p: reserve from env
            p: send from env
            violation: unbound-id: c, x
            dead letter, unbound: x from p to c
            p: twice from env
            violation: id-in-use: c, held by child-1
            c: init
            c: for the first from p
            p: send from env
            c: x from p
            p: halt from env
            violation: id-in-use: c, held by child-1
            c: end from p
            dead letter, halted: lost from p to c
            c is gone
            p: create from env
            c: init
            p: send from env
            c: x from p
        "#]],
    );
}

/// Scenario 50a, and its variant within one turn.
#[test]
fn a_turn_that_binds_a_reserved_id_to_another_kind_never_happened_i6() {
    let parent = plain("parent", |toy| match toy.on().as_str() {
        "reserve" => toy.reserve("m3", "c"),
        "create" => toy.create_at("m2", "c"),
        "both" => {
            toy.reserve("m3", "d")?;
            toy.create_at("m2", "d")
        }
        _ => Ok(()),
    })
    .restarts(Restart::Transient, RestartFrom::LastTurn);
    check(
        App::alone([parent, sink("m2"), sink("m3")]),
        |world| {
            world.create("parent", "p");
            for event in ["reserve", "create", "both"] {
                world.send("p", event);
            }
        },
        expect![[r#"
            p: init
            p: reserve from env
            p: create from env
            p failed on create: illegal-call: create of `m2` at `c`, reserved for `m3`; resumed
            dead letter, failed-turn: create from env to p
            p: both from env
            p failed on both: illegal-call: create of `m2` at `d`, reserved for `m3`; resumed
            dead letter, failed-turn: both from env to p
        "#]],
    );
}

/// Otherwise a guest could take the place of anybody whose id it can think of.
#[test]
fn a_turn_that_binds_an_id_that_was_never_issued_never_happened_i4() {
    let forger = plain("forger", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        let bits = toy.payload().parse().unwrap();
        toy.create_at_with("forger", ActorId::from_bits(bits), None, "")
    })
    .restarts(Restart::Transient, RestartFrom::LastTurn);
    check(
        App::alone([forger]),
        |world| {
            world.create("forger", "a");
            world.send("a", "forge 0");
            world.send("a", "forge 17");
        },
        expect![[r#"
            a: init
            a: forge 0 from env
            a failed on forge: unknown-id: create at `env`, an id that was never issued; resumed
            dead letter, failed-turn: forge 0 from env to a
            a: forge 17 from env
            a failed on forge: unknown-id: create at `0000000000000011`, an id that was never issued; resumed
            dead letter, failed-turn: forge 17 from env to a
        "#]],
    );
}

#[test]
fn a_name_gives_the_same_id_for_the_whole_run_i5() {
    let parent = plain("parent", |toy| {
        if toy.on() == "go" {
            toy.create_named("child", "server")?;
            toy.send("server", "x")?;
        }
        Ok(())
    });
    check(
        App::alone([parent, sink("child")]),
        |world| {
            world.create("parent", "p");
            world.create("parent", "q");
            world.run();
            world.send("p", "go");
            world.send("q", "go");
        },
        expect![[r#"
            p: init
            q: init
            p: go from env
            q: go from env
            violation: id-in-use: server, held by server
            server: init
            server: x from p
            server: x from q
        "#]],
    );
}

#[test]
fn an_actor_whose_first_turn_fails_leaves_its_inbox_to_dead_letters_f10() {
    check(
        App::alone([plain("broken", |_| panics())]),
        |world| {
            world.create("broken", "a");
            world.send("a", "x");
        },
        expect![[r#"
            a: init
            a failed on init: panic: boom; parked
            dead letter, failed: x from env to a
            left: a failed []
        "#]],
    );
}

/// An actor may halt with an event to itself on its way; whoever gets its slot waits for its own turn.
#[test]
fn the_slot_of_a_halted_actor_brings_no_place_in_the_order_of_turns() {
    let brief = plain("brief", |toy| {
        toy.send("brief", "lost")?;
        toy.halt();
        Ok(())
    });
    check(
        App::alone([brief, sink("sink")]),
        |world| {
            world.create("brief", "brief");
            world.run();
            world.create("sink", "first");
            world.create("sink", "second");
            world.create("sink", "third");
            for event in ["x 1", "x 2"] {
                for name in ["third", "second", "first"] {
                    world.send(name, event);
                }
            }
        },
        expect![[r#"
            brief: init
            dead letter, halted: lost from brief to brief
            brief is gone
            first: init
            second: init
            third: init
            first: x 1 from env
            second: x 1 from env
            third: x 1 from env
            first: x 2 from env
            second: x 2 from env
            third: x 2 from env
        "#]],
    );
}

/// Labels number the children that there were, not those that there might have been.
#[test]
fn a_create_that_finds_its_id_in_use_counts_no_child_i7_i11() {
    let parent = plain("parent", |toy| match toy.on().as_str() {
        "first" => {
            toy.reserve("child", "c")?;
            toy.create_at("child", "c")
        }
        "again" => toy.try_create_at("child", "c"),
        "second" => toy.create("child", "d"),
        _ => Ok(()),
    });
    let mut world = World::new(App::alone([parent, sink("child")]));
    world.create("parent", "p");
    for event in ["first", "again", "again", "second"] {
        world.send("p", event);
        world.run();
    }
    assert_eq!(["c", "d"].map(|name| world.label(name)), ["child-1", "child-2"]);
}
