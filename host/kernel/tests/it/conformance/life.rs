//! E. Halt, errors, life cycle.

use coyote_kernel::strategy::derive_seed;
use coyote_kernel::{Cause, Failure, Temperature};
use expect_test::expect;

use super::Cells;
use super::machine::{Machine, Move, asserts, ends, machine, nothing, says};
use super::ways::{Case, SAMPLES, case};
use crate::minimise::fails;
use crate::play::{Play, watcher};
use crate::toy::{App, Handled, Species, Toy, check, plain, sink};

pub(super) fn what_on_halt_may_do() -> Vec<Case> {
    let m = machine("m").callback("halt", |act| {
        act.send("x", "last")?;
        act.create("born", "b")?;
        let coin = act.draw(2)?;
        act.say(&format!("chose {coin}"))
    });
    let heard = |name: &'static str, word: &'static str| {
        plain(name, move |toy| {
            if toy.on() == word {
                toy.tell(&format!("{name} {word}"));
            }
            Ok(())
        })
    };
    let species = [m.state("init").species(), heard("x", "last"), heard("born", "init")];
    let play = Play::new(species).create("x", "x").create("m", "m").send("m", "halt");
    let texts = [0, 1].into_iter().flat_map(|coin| {
        let orders = ["x last, born init", "born init, x last"];
        orders.map(|order| format!("chose {coin}, {order}"))
    });
    let receives = machine("m").callback("halt", |act| act.receive(&["e"])).state("init");
    let receives = Play::new([receives.species()]).create("m", "m").send("m", "halt");
    let illegal = "illegal-call: m on halt in init: task 0 waits, but the actor halts";
    vec![case("a", receives).always([illegal]), case("b", play).always(texts)]
}

pub(super) fn a_raised_halt_is_not_deferred() -> Vec<Case> {
    let m = machine("m").callback("halt", asserts("on-halt")).state("init").defer("*");
    let play = Play::new([m.entry(ends).species()]).create("m", "m");
    vec![case("", play).always(["assertion: m on init in init: on-halt"])]
}

/// What the hook `event-dropped` is told.
pub(super) fn what_an_actor_sends_to_itself_when_it_halts() -> Cells {
    let a = machine("a").state("init").on("e", says("e")).on("go", |act| {
        act.send("a", "halt")?;
        act.send("a", "e")
    });
    let b =
        machine("b").callback("halt", |act| act.send("b", "e")).state("init").on("e", says("e"));
    check(
        App::alone([a.species(), b.species()]),
        |world| {
            world.create("a", "a");
            world.create("b", "b");
            world.send("a", "go");
            world.send("b", "halt");
        },
        expect![[r"
            a: init
            b: init
            a: go from env
            b: halt from env
            dead letter, halted: e from b to b
            b is gone
            a: halt
            dead letter, halted: e from a to a
            a is gone
        "]],
    );
    Cells { run: "yes".to_owned(), ..Cells::default() }
}

/// A message that races with a halt: progress is owed until it was handled, or the hook `event-dropped` has told of it.
pub(super) fn handled_or_dropped() -> Vec<Case> {
    let [a, b] = [("a", "halt"), ("b", "e")]
        .map(|(name, event)| plain(name, move |toy| toy.send("c", event)));
    let c = machine("c").state("init").on("e", |act| {
        act.say("handled")?;
        act.notify("w", "done")
    });
    let settled = watcher("w", |notice| {
        notice.goto(1);
        Ok(())
    });
    let settled = settled
        .state("owed", Temperature::Hot, &["done: do", "event-dropped: do"])
        .state("settled", Temperature::Cold, &["done: ignore", "event-dropped: ignore"]);
    let play = Play::new([a, b, c.species()]).watcher(settled);
    let play = ["c", "a", "b"].iter().fold(play, |play, name| play.create(name, name));
    vec![case("", play).always(["", "handled"])]
}

/// The same without a monitor: in the end the message was handled, or it became a dead letter, and not both.
pub(super) fn taken_or_dead() -> Cells {
    let [a, b] = [("a", "halt"), ("b", "e")]
        .map(|(name, event)| plain(name, move |toy| toy.send("c", event)));
    let c = machine("c").state("init").on("e", nothing);
    let play = Play::new([a, b, c.species()]);
    let play = ["c", "a", "b"].iter().fold(play, |play, name| play.create(name, name));
    let account = |seed| {
        let mut random = seed;
        play.account(|bound| {
            random = derive_seed(random, 1);
            usize::try_from(random % bound as u64).unwrap()
        })
    };
    let accounts: Vec<_> = (0..SAMPLES).map(account).collect();
    assert!(accounts.iter().all(|account| account.taken + account.dead == 2));
    assert!([0, 1].iter().all(|&dead| accounts.iter().any(|account| account.dead == dead)));
    Cells { sampling: format!("one of both in {SAMPLES}"), ..Cells::default() }
}

fn errs(_: &mut Move<'_, '_>) -> Handled {
    Err(Failure::new(Cause::Error, "oops"))
}

pub(super) fn errors_that_handlers_return() -> Vec<Case> {
    let known = || machine("m").callback("error", says("known"));
    let a = known().callback("init", errs).state("init").on("e", says("e"));
    let b = known().state("init").entry(errs).on("e", says("e"));
    let c = known().state("init").on("e", errs);
    let d = known().callback("resumed", errs).state("init").entry(|act| act.receive(&["e"]));
    let e = known().state("init").exit(errs).goto("e", "next").state("next").entry(says("+next"));
    let f = machine("m").callback("error", asserts("another")).state("init").on("e", errs);
    let g = machine("m").callback("error", |act| act.send("m", "again"));
    let g = g.state("init").on("e", errs).on("again", asserts("again"));
    let parts = [
        ("a", a, "known, e"),
        ("b", b, "known, e"),
        ("c", c, "known"),
        ("d", d, "known"),
        ("e", e, "known, +next"),
        ("f", f, "error: m on e in init: oops"),
        ("g", g, "assertion: m on again in init: again"),
    ];
    parts.map(|(part, m, text)| case(part, of(m).send("m", "e")).always([text])).into()
}

/// An app of one machine.
fn of(m: Machine) -> Play {
    Play::new([m.species()]).create("m", "m")
}

pub(super) fn errors_monitors_and_callbacks() -> Vec<Case> {
    let watched = |m: Machine| {
        let w = watcher("w", |notice| {
            notice.goto(1);
            Ok(())
        });
        let w = w.state("waiting", Temperature::Hot, &["*: do"]);
        of(m).send("m", "e").watcher(w.state("done", Temperature::Cold, &["*: do"]))
    };
    let cools = |act: &mut Move<'_, '_>| act.notify("w", "over");
    let a =
        machine("m").callback("error", ends).callback("halt", cools).state("init").on("e", errs);
    let handled = || machine("m").callback("event-handled", errs).callback("halt", cools);
    let b = handled().callback("error", nothing).state("init").on("e", nothing);
    let c = handled().callback("error", asserts("another")).state("init").on("e", nothing);
    vec![
        case("a", watched(a)).always([""]),
        case("b", watched(b)).always(["liveness: w in waiting"]).unproduced(),
        case("c", watched(c)).always(["error: m on e in init: oops"]),
    ]
}

pub(super) fn errors_and_what_nobody_handles() -> Vec<Case> {
    let m = || machine("m").callback("event-unhandled", says("unhandled"));
    let a = m().callback("halt", says("halts")).callback("error", |act| {
        act.say("error")?;
        act.end()
    });
    let a = a.state("init");
    let b = m().callback("error", asserts("another")).state("init");
    let c = m().state("init").on("u", errs);
    let text = "!unhandled, unhandled-event: m on u in init: no reaction in `init`";
    vec![
        case("a", of(a).send("m", "u")).always(["unhandled, error, halts"]),
        case("b", of(b).send("m", "u").logging()).always([text]),
        case("c", of(c).send("m", "u").logging()).always(["error: m on u in init: oops"]),
    ]
}

/// The callbacks of an event enclose its whole chain.
pub(super) fn callbacks_enclose_a_chain() -> Vec<Case> {
    let part = |part, ends: bool, events: &[&'static str], expected: &'static str| {
        let notice = |word: &'static str| {
            move |act: &mut Move<'_, '_>| {
                let event = format!("{word}-{}", act.on());
                act.notify("order", &event)
            }
        };
        let m = machine("m")
            .callback("event-dequeued", notice("begin"))
            .callback("event-handled", notice("end"))
            .state("init")
            .on("u", move |act| if ends { act.end() } else { act.raise("e2") })
            .on("e1", |act| act.raise("e2"))
            .on("e2", |act| act.notify("order", "chain"));
        let order = watcher("order", move |notice| {
            notice.memory.text += &notice.on;
            notice.memory.text.push(' ');
            if !expected.starts_with(&notice.memory.text) {
                return fails(&notice.memory.text);
            }
            notice.goto(u32::from(expected == notice.memory.text));
            Ok(())
        });
        let order = order.state("owed", Temperature::Hot, &["*: do"]);
        let order = order.state("done", Temperature::Cold, &["*: do"]);
        let play = Play::new([m.species()]).watcher(order).create("m", "m");
        let play = events.iter().fold(play, |play, event| play.send("m", event));
        case(part, play).ordered([""])
    };
    let (u, e1) = ("begin-u chain end-u ", "begin-e1 chain end-e1 ");
    let both: &'static str = Box::leak(format!("{u}{e1}").into_boxed_str());
    vec![part("a", false, &["u", "e1"], both), part("b", true, &["u"], "begin-u end-u ")]
}

pub(super) fn the_entry_comes_before_what_on_init_sent() -> Vec<Case> {
    let m = machine("m")
        .callback("init", |act| {
            act.memory.number = 1;
            act.send("m", "u")
        })
        .state("init")
        .entry(|act| {
            act.memory.number += 1;
            Ok(())
        })
        .on("u", |act| if act.memory.number > 1 { fails("value 2") } else { Ok(()) });
    let play = Play::new([m.species()]).create("m", "m");
    vec![case("", play).always(["assertion: m on u in init: value 2"])]
}

/// Two turns of a driver, as the environment makes a commit of each thing that it does.
fn driver(act: impl Fn(&mut Toy<'_>, u32) -> Handled + 'static) -> Species {
    plain("driver", move |toy| {
        let step = if toy.on() == "init" { 0 } else { toy.payload().parse().unwrap() };
        if step < 3 {
            toy.send("driver", &format!("go {}", step + 1))?;
        }
        act(toy, step)
    })
}

pub(super) fn reserved_ids() -> Vec<Case> {
    let drive = |driver| Play::new([driver, sink("m2"), sink("m3")]).create("driver", "driver");
    let a = drive(driver(|toy, step| match step {
        0 => toy.reserve("m3", "x"),
        1 => toy.create_at("m2", "x"),
        _ => Ok(()),
    }));
    let b = drive(driver(|toy, step| match step {
        0 => toy.reserve("m3", "x"),
        1 => toy.send("x", "e"),
        _ => Ok(()),
    }));
    let nobody_else = Play::new([sink("m3")]).reserve("m3", "x").send("x", "e");
    let sender = plain("m2", |toy| toy.send("x", "e"));
    let c = driver(|toy, step| match step {
        0 => toy.reserve("m3", "x"),
        1 => toy.create("m2", "b"),
        2 => toy.create_at("m3", "x"),
        _ => Ok(()),
    });
    let c = Play::new([c, sender, sink("m3")]).create("driver", "driver");
    let illegal = "illegal-call: driver on go: create of `m2` at `x`, reserved for `m3`";
    vec![
        case("a", a).always([illegal]),
        case("b", b).always(["unbound-id: x, e"]),
        case("b, nobody else", nobody_else).always(["unbound-id: x, e"]),
        case("c", c).always(["", "unbound-id: x, e"]),
    ]
}

pub(super) fn ids_in_use() -> Vec<Case> {
    let m = || {
        plain("m", |toy| {
            if toy.on() == "halt" {
                toy.halt();
            }
            Ok(())
        })
    };
    let drive = |driver| Play::new([driver, m()]).create("driver", "driver");
    let a = drive(driver(|toy, step| match step {
        0 => toy.reserve("m", "x"),
        1 | 2 => toy.create_at("m", "x"),
        _ => Ok(()),
    }));
    let b = drive(driver(|toy, step| match step {
        0 | 1 => toy.create_named("m", "x"),
        _ => Ok(()),
    }));
    let c = drive(driver(|toy, step| match step {
        0 => toy.create("m", "x"),
        1 => toy.send("x", "halt"),
        2 => toy.create_at("m", "x"),
        _ => Ok(()),
    }));
    let in_use = "id-in-use: x, held by m-1";
    // The label of a holder that lives on another shard is not known.
    let elsewhere = "id-in-use: x, held by x";
    vec![
        case("a", a).always([in_use]).across_shards(&[elsewhere]),
        case("b", b).always(["id-in-use: x, held by x"]),
        case("c", c).always(["", in_use]).across_shards(&[elsewhere]),
    ]
}

/// What the host's API says of actors before, in and after their halts.
pub(super) fn the_host_sees_who_lives() -> Cells {
    let m = |name| {
        plain(name, |toy| {
            if toy.on() == "halt" {
                toy.halt();
            }
            Ok(())
        })
    };
    let mut world = crate::toy::World::new(App::alone([m("m1"), m("m2"), m("m3")]));
    world.create("m1", "a");
    assert_eq!(world.live(), ["a"]);
    world.run();
    assert_eq!(world.live(), ["a"]);
    world.send("a", "halt");
    world.run();
    assert_eq!((world.live(), world.told.last().unwrap().as_str()), (Vec::new(), "a is gone"));
    for (species, name) in [("m1", "b"), ("m2", "c"), ("m3", "d")] {
        world.create(species, name);
    }
    world.run();
    assert_eq!(world.live(), ["b", "c", "d"]);
    for name in ["b", "c", "d"] {
        world.send(name, "halt");
    }
    world.run();
    assert!(world.live().is_empty());
    Cells { run: "yes".to_owned(), ..Cells::default() }
}
