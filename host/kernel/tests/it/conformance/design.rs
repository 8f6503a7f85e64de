//! H. What the design needs.

use coyote_kernel::strategy::{Dfs, Named, Oracle, Random, Replay};
use coyote_kernel::{ActorId, Beyond, Choice, Delivery, Ending, Restart, RestartFrom, TimerMode};
use expect_test::expect;

use super::Cells;
use super::waits::a_turn_that_fails_after_an_await;
use super::ways::{Case, case, explore};
use crate::minimise::fails;
use crate::play::{Play, watcher};
use crate::toy::{App, Species, Toy, World, panics, plain, sink};

/// Tells its name and what it hears.
fn listener() -> Species {
    plain("listener", |toy| {
        if toy.on() != "init" {
            let text = format!("{} {}", toy.name(), toy.on());
            toy.tell(&text);
        }
        Ok(())
    })
}

pub(super) fn order_of_effects() -> Vec<Case> {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("c", &name)?;
        toy.send("d", &name)
    });
    // Tells both that it heard, so that what others hear in between makes no difference.
    let both = plain("both", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        toy.memory.text += &toy.on();
        if toy.memory.text.len() == 2 {
            let text = format!("{} {}", toy.name(), toy.memory.text);
            toy.tell(&text);
        }
        Ok(())
    });
    let a = Play::new([sender, both]).create("both", "c").create("both", "d");
    let a = a.create("sender", "a").create("sender", "b");
    let orders = ["ab", "ba"];
    let four = orders.into_iter().flat_map(|c| {
        orders.into_iter().flat_map(move |d| [format!("c {c}, d {d}"), format!("d {d}, c {c}")])
    });
    let triangle = |e_first: bool| {
        let p = plain("p", move |toy| {
            let events =
                if e_first { [("l", "e"), ("s", "req")] } else { [("s", "req"), ("l", "e")] };
            events.iter().try_for_each(|(to, event)| toy.send(to, event))
        });
        let s = plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) });
        let play = Play::new([p, s, listener()]);
        play.create("listener", "l").create("s", "s").create("p", "p")
    };
    let (e_r, r_e) = ("l e, l r", "l r, l e");
    vec![
        case("a", a.started_but(&["a", "b"])).always(four),
        case("b", triangle(false)).always([e_r, r_e]),
        case("c", triangle(true))
            .under(&[Delivery::Mailbox, Delivery::Causal], [e_r])
            .under(&[Delivery::Pairwise, Delivery::Unordered], [e_r, r_e]),
    ]
}

/// Does all that a turn can do, and panics.
fn failing() -> Species {
    plain("a", |toy| match &*toy.on() {
        "init" => Ok(()),
        "e" => {
            toy.memory.number = 1;
            toy.send("b", "x")?;
            toy.create("c", "c")?;
            toy.start(10, None, "tick")?;
            toy.notify("w", "seen")?;
            if toy.group().is_some() {
                toy.reply("answer")?;
            }
            panics()
        }
        "look" => {
            let text = format!("field {}", toy.memory.number);
            toy.tell(&text);
            toy.create("c", "next")
        }
        on => {
            let on = on.to_owned();
            toy.tell(&on);
            Ok(())
        }
    })
}

/// Tells when it begins.
fn born(name: &'static str) -> Species {
    plain(name, move |toy| {
        let on = toy.on();
        toy.tell(&format!("{name} {on}"));
        Ok(())
    })
}

pub(super) fn a_failed_turn_releases_nothing() -> Vec<Case> {
    let play = |a: Species| {
        let seen = watcher("w", |_| fails("a monitor saw it"));
        let play = Play::new([a, listener(), born("c")]).watcher(seen);
        play.create("listener", "b").create("a", "a").send("a", "e").send("a", "look")
    };
    let resumed = failing().restarts(Restart::Transient, RestartFrom::LastTurn);
    let after = "field 0, c init";
    vec![
        case("a", play(failing().state("s", &["*: do"]))).ordered(["panic: a on e in s: boom"]),
        case("a, resumed", play(resumed).supervised()).always([after]),
        a_turn_that_fails_after_an_await(),
    ]
}

/// The asker hears nothing, and the next actor has the id that it would have had.
pub(super) fn a_failed_turn_gives_its_id_back() -> Cells {
    let run = |fails_first: bool| {
        let a = failing().restarts(Restart::Transient, RestartFrom::LastTurn);
        let mut world = World::new(App::alone([a, sink("b"), sink("c")]));
        world.create("b", "b");
        world.create("a", "a");
        world.run();
        if fails_first {
            world.request("a", "e", 7);
            world.run_timers();
        }
        world.send("a", "look");
        world.run_timers();
        (world.id("next"), world.told())
    };
    let ((next, told), (expected, _)) = (run(true), run(false));
    assert_eq!(next, expected);
    expect![[r"
        b: init
        a: init
        a: e from env
        a failed on e: panic: boom; resumed
        dead letter, failed-turn: e from env to a
        a: look from env
          field 0
        next: init
    "]]
    .assert_eq(&told);
    Cells { run: "asker, id".to_owned(), ..Cells::default() }
}

pub(super) fn monitor_order() -> Vec<Case> {
    let a = plain("a", |toy| {
        toy.send("b", "e")?;
        toy.notify("w", "a")
    });
    let b = plain("b", |toy| if toy.on() == "e" { toy.notify("w", "b") } else { Ok(()) });
    let w = watcher("w", |notice| {
        if notice.on == "b" && notice.memory.number == 0 {
            return fails("b before a");
        }
        notice.memory.number = 1;
        Ok(())
    });
    let first = Play::new([a, b]).watcher(w).create("b", "b").create("a", "a");
    let twice = plain("twice", |toy| {
        let name = toy.name();
        toy.notify("w", &name)?;
        toy.notify("w", &name)
    });
    // Fails with all that it saw.
    let w = watcher("w", |notice| {
        notice.memory.text += &notice.on;
        if notice.memory.text.len() == 4 { fails(&notice.memory.text) } else { Ok(()) }
    });
    let second =
        Play::new([twice]).watcher(w).kinds(&["a", "b"]).create("twice", "a").create("twice", "b");
    vec![
        case("a", first).always([""]),
        case("b", second).always(["monitor: w on b: aabb", "monitor: w on a: bbaa"]),
    ]
}

pub(super) fn timers_tie() -> Vec<Case> {
    let alarm = plain("alarm", |toy| {
        if toy.on() == "init" {
            toy.start(10, None, "a")?;
            toy.start(10, None, "b")?;
            toy.start(20, None, "c")?;
        } else {
            let text = format!("{} {}", toy.on(), toy.now());
            toy.tell(&text);
        }
        Ok(())
    });
    let play = Play::new([alarm]).create("alarm", "alarm");
    let mut unordered = play.clone();
    unordered.rules.timers = TimerMode::Unordered;
    let (a_b, b_a) = ("a 10, b 10, c 20", "b 10, a 10, c 20");
    let late = ["a 10, c 20, b 20", "b 10, c 20, a 20", "c 20, a 20, b 20", "c 20, b 20, a 20"];
    vec![
        case("earliest", play).always([a_b, b_a]).executions(2),
        case("unordered", unordered).always([a_b, b_a].into_iter().chain(late)).executions(6),
    ]
}

/// Two actors that draw; so many draws of the first are of a bool.
fn drawing(bools: u32) -> Play {
    let first = plain("first", move |toy| {
        let coins: Result<Vec<_>, _> = (0..bools).map(|_| toy.draw(2)).collect();
        let (coins, die) = (coins?, toy.draw(3)?);
        toy.tell(&format!("{coins:?} {die}"));
        toy.send("b", "x")
    });
    let second = plain("second", |toy| {
        if toy.on() == "init" {
            let coin = toy.draw(2)?;
            toy.tell(&format!("second {coin}"));
        }
        Ok(())
    });
    Play::new([first, second]).create("second", "b").create("first", "a")
}

pub(super) fn choices() -> Cells {
    let tally = drawing(1).tally(Dfs::default(), 1000);
    // Two orders of the first turns, 2 * 3 * 2 draws in each.
    assert_eq!((tally.executions, tally.exhausted), (24, true));
    assert_eq!(tally.outcomes.len(), 24);
    assert!(tally.outcomes.values().all(|(count, _)| *count == 1));
    let text = "[1] 2, second 0";
    let trace = tally.trace(text);
    let mut execution = drawing(1).stage();
    let oracle = Box::new(Oracle::new(Box::new(Replay::new(trace.clone()))));
    assert_eq!(execution.run(oracle, 0).1, Ending::Quiescent);
    assert_eq!(execution.guests.trace_text(&trace), "start a=1=2, start b=0, a->b#1",);
    let bounds: Vec<_> =
        trace.choices.iter().map(|choice| (choice.taken(), choice.bound())).collect();
    assert_eq!(bounds, [(1, 2), (1, 2), (2, 3), (0, 1), (0, 2), (0, 1)]);
    let mut changed = trace.clone();
    let draw = changed.choices.iter_mut().find_map(|choice| match choice {
        Choice::Number { taken, .. } => Some(taken),
        Choice::Step { .. } => None,
    });
    *draw.unwrap() = 0;
    assert_eq!(drawing(1).tally(Replay::new(changed), 1).count("[0] 2, second 0"), 1);
    let diverged = drawing(2).tally(Replay::new(trace), 1);
    let expected =
        "diverged: choice 3: the trace has a number below 3, a number below 2 is to be drawn";
    assert_eq!(diverged.count(expected), 1, "{}", diverged.told());
    Cells { exhaustive: "24 causal".to_owned(), ..Cells::default() }
}

/// An actor cannot make up an id that works.
pub(super) fn forged_ids() -> Cells {
    fn forged(own: u64) -> Vec<u64> {
        let small = 0..100;
        let near = (1..=1000).flat_map(|by| [own.wrapping_add(by), own.wrapping_sub(by)]);
        let flipped = (0..64).map(|bit| own ^ (1 << bit));
        small.chain(near).chain(flipped).collect()
    }
    let forger = plain("forger", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        let number: usize = toy.payload().parse().unwrap();
        toy.send("b", "x")?;
        toy.send_to(ActorId::from_bits(forged(toy.id.bits())[number]), "x")
    });
    let forger = forger.restarts(Restart::Transient, RestartFrom::LastTurn);
    let mut forger = forger;
    forger.supervision.restarts_max = u32::MAX;
    let mut world = World::new(App::alone([forger, sink("b")]));
    world.create("forger", "a");
    world.create("b", "b");
    let count = forged(0).len();
    for number in 0..count {
        world.send("a", &format!("forge {number}"));
        world.run();
    }
    let failed = world.told.iter().filter(|line| {
        line.starts_with("a failed on forge: unknown-id: ") && line.ends_with("; resumed")
    });
    assert_eq!(failed.count(), count);
    assert!(!world.told.iter().any(|line| line.starts_with("b: x")));
    Cells { run: format!("a) {count} ids"), ..Cells::default() }
}

/// Scenario 68 b: ids depend on the seed and on nothing else.
pub(super) fn ids_of_a_seed() -> Cells {
    let ids = |seed| {
        let parent = plain("parent", |toy| {
            if toy.on() == "init" {
                toy.create("child", "first")?;
                return toy.send("sibling", "x");
            }
            toy.create("child", "second")
        });
        let sibling = plain("sibling", |toy| toy.create("child", "third"));
        let child = plain("child", |toy: &mut Toy<'_>| {
            let text = format!("{:x}", toy.id.bits());
            toy.tell(&text);
            Ok(())
        });
        let mut play = Play::new([parent, sibling, child]);
        play.seed = seed;
        let play =
            play.create("sibling", "sibling").create("parent", "parent").send("parent", "go");
        let seen = explore(&play, Named::Dfs.build(), 100_000);
        assert!(seen.exhausted && seen.executions > 100);
        let sorted = |text: &String| {
            let mut ids: Vec<_> = text.split(", ").map(str::to_owned).collect();
            ids.sort();
            ids
        };
        let mut ids: Vec<_> = seen.texts.keys().map(sorted).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        ids.remove(0)
    };
    let (seven, again, eight) = (ids(7), ids(7), ids(8));
    assert_eq!(seven, again);
    assert!(seven.iter().all(|id| !eight.contains(id)));
    Cells { exhaustive: "b) equal in all".to_owned(), ..Cells::default() }
}

pub(super) fn ids() -> Cells {
    let (forged, seeded) = (forged_ids(), ids_of_a_seed());
    Cells { run: forged.run, ..seeded }
}

/// Equal seeds, equal traces, byte by byte.
pub(super) fn repeatable() -> Cells {
    for named in Named::ALL {
        let batch = |seed| {
            let batch = drawing(2).batch(named.build(), seed, 40);
            batch.into_iter().map(|(text, trace)| (text, trace.pack())).collect::<Vec<_>>()
        };
        assert_eq!(batch(7), batch(7), "{named}");
    }
    let different =
        drawing(2).batch(Random::default(), 7, 40) != drawing(2).batch(Random::default(), 8, 40);
    assert!(different);
    Cells { sampling: format!("{} strategies", Named::ALL.len()), ..Cells::default() }
}

pub(super) fn restart() -> Vec<Case> {
    let tells = |toy: &mut Toy<'_>| {
        let text = [toy.on(), toy.payload()].join(" ");
        toy.tell(text.trim_end());
        Ok(())
    };
    let m = |fails: u32| {
        let m = plain("m", move |toy| match (&*toy.on(), fails) {
            ("e1", 0) => panics(),
            // Once, twice, or not at all.
            ("e1", 1) if toy.draw(2)? == 1 => panics(),
            ("init", _) => tells(toy),
            (_, 2) => panics(),
            _ => tells(toy),
        });
        m.restarts(Restart::Transient, RestartFrom::Initial)
    };
    let play = |m: Species| {
        let play = Play::new([m]).create_with("m", "m", "5").supervised();
        ["e1", "e2", "e3", "e4", "e5"].iter().fold(play, |play, event| play.send("m", event))
    };
    let (init, rest) = ("init 5", "e2, e3, e4, e5");
    let retried = [
        format!("{init}, e1, {rest}"),
        format!("{init}, {init}, e1, {rest}"),
        format!("{init}, {init}, {init}, {rest}"),
    ];
    let last = "panic: m on e4: boom; limit `max-restarts`: 3 within 10s";
    vec![
        case("a", play(m(0))).ordered([format!("{init}, {init}, {rest}")]),
        case("b", play(m(1).retries(1))).ordered(retried),
        case("c", play(m(2).beyond(Beyond::Stop)))
            .ordered([format!("{init}, {init}, {init}, {init}, {last}")]),
    ]
}
