//! What can happen at all: counts against arithmetic.

use coyote_kernel::strategy::{Dfs, Fifo, Replay};
use coyote_kernel::{Delivery, Rules, TimerMode};
use expect_test::{Expect, expect};

use crate::play::Play;
use crate::toy::{Species, plain, sink};

fn all(play: &Play, expected: Expect) {
    expected.assert_eq(&play.tally(Dfs::default(), 1_000_000).told());
}

fn under(delivery: Delivery) -> Rules {
    Rules { delivery, ..Rules::default() }
}

/// Tells from whom it hears, in order.
fn listener(name: &'static str) -> Species {
    plain(name, move |toy| {
        let on = toy.on();
        if on != "init" {
            toy.tell(&format!("{name} {on}"));
        }
        Ok(())
    })
}

fn senders(count: usize) -> Play {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("x", &name)
    });
    let names = ["a", "b", "c", "d"];
    names[..count]
        .iter()
        .fold(Play::new([sender, sink("sink")]).create("sink", "x"), |play, name| {
            play.create("sender", name)
        })
        .started()
}

#[test]
fn n_senders_to_one_inbox_make_n_factorial_executions() {
    for (count, factorial) in [(1, 1), (2, 2), (3, 6), (4, 24)] {
        let tally = senders(count).tally(Dfs::default(), 1000);
        assert_eq!((tally.executions, tally.exhausted), (factorial, true));
    }
}

/// A and B each send to C and D.
fn crossing() -> Play {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("c", &name)?;
        toy.send("d", &name)
    });
    let play = Play::new([sender, listener("c"), listener("d")]);
    play.create("c", "c").create("d", "d").create("sender", "a").create("sender", "b")
}

/// Inboxes are channels, so C and D need not agree on who came first.
#[test]
fn receivers_may_disagree_about_the_order() {
    let mut tally = crossing().started().tally(Dfs::default(), 1000);
    let disagree = |outcome: &String| {
        let first = |name: &str| {
            outcome.split(", ").find(|line| line.starts_with(name)).unwrap().to_owned()
        };
        first("c")[2..] != first("d")[2..]
    };
    tally.outcomes.retain(|outcome, _| disagree(outcome));
    let disagreeing: u64 = tally.outcomes.values().map(|(count, _)| count).sum();
    assert_eq!((tally.executions, disagreeing), (24, 12));
}

/// P sends `req` to S, then `e` to L; S answers `req` by sending `r` to L.
fn triangle(e_first: bool) -> Play {
    let p = plain("p", move |toy| {
        if e_first {
            toy.send("l", "e")?;
        }
        toy.send("s", "req")?;
        if e_first { Ok(()) } else { toy.send("l", "e") }
    });
    let s = plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) });
    let play = Play::new([p, s, listener("l")]);
    play.create("l", "l").create("s", "s").create("p", "p").started()
}

/// Scenario 63 b: `e` does not happen before the answer to what was staged before it (S2).
#[test]
fn what_is_staged_later_may_arrive_later_than_the_consequences_of_what_was_staged_before() {
    for delivery in Delivery::ALL {
        let tally = triangle(false).rules(under(delivery)).tally(Dfs::default(), 1000);
        assert!(tally.count("l e, l r") > 0 && tally.count("l r, l e") > 0, "{delivery:?}");
    }
}

/// Scenario 63 c.
#[test]
fn an_earlier_message_to_the_same_receiver_arrives_first_if_delivery_is_causal() {
    let both = |delivery| {
        let tally = triangle(true).rules(under(delivery)).tally(Dfs::default(), 1000);
        assert!(tally.count("l e, l r") > 0);
        tally.count("l r, l e") > 0
    };
    let seen = Delivery::ALL.map(both);
    assert_eq!(seen, [false, false, true, true]);
}

#[test]
fn only_unordered_delivery_lets_a_channel_turn_around() {
    let sender = plain("sender", |toy| {
        toy.send("x", "first")?;
        toy.send("x", "second")
    });
    let turned = Delivery::ALL.map(|delivery| {
        let play = Play::new([sender.clone(), listener("x")]).rules(under(delivery));
        let play = play.create("x", "x").create("sender", "a").started();
        play.tally(Dfs::default(), 100).count("x second, x first") > 0
    });
    assert_eq!(turned, [false, false, false, true]);
}

/// Scenario 66.
fn alarms() -> Play {
    let alarm = plain("alarm", |toy| {
        let on = toy.on();
        if on == "init" {
            toy.start(10, None, "a")?;
            toy.start(10, None, "b")?;
            toy.start(20, None, "c")?;
        } else {
            toy.tell(&on);
        }
        Ok(())
    });
    Play::new([alarm]).create("alarm", "alarm")
}

#[test]
fn of_timers_the_earliest_fire_first_and_equal_ones_in_any_order() {
    all(
        &alarms(),
        expect![[r"
            2 executions (all)
            1: a, b, c
            1: b, a, c
        "]],
    );
}

#[test]
fn unordered_timers_fire_in_any_order() {
    let rules = Rules { timers: TimerMode::Unordered, ..Rules::default() };
    let tally = alarms().rules(rules).tally(Dfs::default(), 100);
    assert_eq!((tally.executions, tally.outcomes.len()), (6, 6));
}

/// Scenario 67.
#[test]
fn every_combination_of_draws_comes_up_exactly_once() {
    let first = plain("first", |toy| {
        let (coin, die) = (toy.draw(2)?, toy.draw(3)?);
        toy.tell(&format!("{coin}{die}"));
        Ok(())
    });
    let second = plain("second", |toy| {
        let coin = toy.draw(2)?;
        toy.tell(&format!("{coin}"));
        Ok(())
    });
    let play = Play::new([first, second]).create("first", "a").create("second", "b");
    let tally = play.tally(Dfs::default(), 1000);
    // Two orders of the first turns, 2 * 3 * 2 draws in each.
    assert_eq!((tally.executions, tally.exhausted), (24, true));
    assert!(tally.outcomes.values().all(|(count, _)| *count == 1));
}

#[test]
fn every_trace_replays_to_the_same_outcome() {
    let crossing = || crossing().started_but(&["a", "b"]);
    let tally = crossing().tally(Dfs::default(), 1000);
    assert_eq!((tally.executions, tally.exhausted), (80, true));
    for (outcome, (_, trace)) in tally.outcomes {
        let replayed = crossing().tally(Replay::new(trace.unwrap()), 1);
        assert_eq!(replayed.count(&outcome), 1);
    }
}

#[test]
fn the_first_schedule_is_that_of_production() {
    let tally = crossing().tally(Fifo, 1);
    assert_eq!(tally.count("c a, d a, c b, d b"), 1, "{}", tally.told());
}
