//! Groups, requests and replies (G1, G2).

use coyote_kernel::{Restart, RestartFrom};
use expect_test::expect;

use crate::toy::{App, Species, check, panics, plain};

fn worker() -> Species {
    plain("worker", |toy| {
        let line = format!("group {:?}, asked {:?}", toy.group(), toy.asked());
        toy.tell(&line);
        match toy.on().as_str() {
            "forward" => toy.send("b", "answer"),
            "answer" => toy.reply("hello"),
            "twice" => {
                toy.reply("one")?;
                toy.reply("two")
            }
            "earliest" => {
                toy.set_group_asked();
                toy.reply("for the earliest")
            }
            "create" => toy.create("worker", "c"),
            "break" => panics(),
            _ => Ok(()),
        }
    })
    .restarts(Restart::Transient, RestartFrom::LastTurn)
}

fn app() -> App {
    App::alone([worker()])
}

#[test]
fn an_event_brings_its_group_and_without_one_the_group_stays_g1() {
    check(
        app(),
        |world| {
            world.create("worker", "a");
            world.run();
            world.request("a", "x", 1);
            world.send("a", "y");
            world.request("a", "create", 2);
            world.send("a", "z");
        },
        expect![[r#"
            a: init
              group None, asked []
            a: x from env
              group Some(1), asked [1]
            a: y from env
              group Some(1), asked [1]
            a: create from env
              group Some(2), asked [1, 2]
            c: init
              group Some(2), asked []
            a: z from env
              group Some(2), asked [1, 2]
        "#]],
    );
}

#[test]
fn any_actor_of_the_group_may_reply_g2() {
    check(
        app(),
        |world| {
            world.create("worker", "a");
            world.create("worker", "b");
            world.run();
            world.request("a", "forward", 1);
        },
        expect![[r#"
            a: init
              group None, asked []
            b: init
              group None, asked []
            a: forward from env
              group Some(1), asked [1]
            b: answer from a
              group Some(1), asked [1]
            reply to request 1 from b: hello
        "#]],
    );
}

/// The kernel hands out both: whoever asked keeps count of what was answered.
#[test]
fn a_second_reply_is_handed_out_too_g2() {
    check(
        app(),
        |world| {
            world.create("worker", "a");
            world.request("a", "twice", 1);
        },
        expect![[r#"
            a: init
              group None, asked []
            a: twice from env
              group Some(1), asked [1]
            reply to request 1 from a: one
            reply to request 1 from a: two
        "#]],
    );
}

#[test]
fn an_actor_knows_which_requests_it_has_not_answered() {
    check(
        app(),
        |world| {
            world.create("worker", "a");
            world.run();
            for number in 1..=3 {
                world.request("a", "x", number);
            }
            world.request("a", "answer", 2);
            world.send("a", "earliest");
            world.send("a", "x");
        },
        expect![[r#"
            a: init
              group None, asked []
            a: x from env
              group Some(1), asked [1]
            a: x from env
              group Some(2), asked [1, 2]
            a: x from env
              group Some(3), asked [1, 2, 3]
            a: answer from env
              group Some(2), asked [1, 2, 3, 2]
            reply to request 2 from a: hello
            a: earliest from env
              group Some(2), asked [1, 3]
            reply to request 1 from a: for the earliest
            a: x from env
              group Some(1), asked [3]
        "#]],
    );
}

#[test]
fn an_actor_remembers_as_many_requests_as_its_inbox_has_places() {
    let mut worker = worker();
    worker.limits.inbox_events_max = 2.try_into().unwrap();
    check(
        App::alone([worker]),
        |world| {
            world.create("worker", "a");
            world.run();
            for number in 1..=3 {
                world.request("a", "x", number);
                world.run();
            }
            world.send("a", "x");
        },
        expect![[r#"
            a: init
              group None, asked []
            a: x from env
              group Some(1), asked [1]
            a: x from env
              group Some(2), asked [1, 2]
            a: x from env
              group Some(3), asked [1, 2, 3]
            a: x from env
              group Some(3), asked [2, 3]
        "#]],
    );
}

/// F10: the state before the turn, the current group and the requests included.
#[test]
fn a_failed_turn_did_not_take_its_request() {
    check(
        app(),
        |world| {
            world.create("worker", "a");
            world.run();
            world.request("a", "x", 1);
            world.request("a", "break", 2);
            world.send("a", "x");
        },
        expect![[r#"
            a: init
              group None, asked []
            a: x from env
              group Some(1), asked [1]
            a: break from env
              group Some(2), asked [1, 2]
            a failed on break: panic: boom; resumed
            dead letter, failed-turn: break from env to a
            a: x from env
              group Some(1), asked [1]
        "#]],
    );
}
