//! Declared faults: what becomes possible with each, and what does not.

use coyote_kernel::strategy::{Dfs, Fifo, Follow, Random, Replay};
use coyote_kernel::{
    Choice, Delivery, FaultKind, FaultStep, Overflow, Rules, SendOptions, Step, Temperature,
    TimerMode,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::play::{Hazard, Play, watcher};
use crate::toy::{Handled, Species, Toy, panics, plain, sink};

fn all(play: &Play, expected: Expect) {
    expected.assert_eq(&play.tally(Dfs::default(), 1_000_000).told());
}

fn executions(play: &Play) -> u64 {
    let tally = play.tally(Dfs::default(), 1_000_000);
    assert!(tally.exhausted, "{}", tally.told());
    tally.executions
}

fn under(delivery: Delivery) -> Rules {
    Rules { delivery, ..Rules::default() }
}

/// Tells what it hears, in order.
fn listener(name: &'static str) -> Species {
    plain(name, |toy| {
        if toy.on() != "init" {
            let heard = format!("{}{}", toy.on(), toy.payload());
            toy.tell(&heard);
        }
        Ok(())
    })
}

/// One channel with so many messages, of kinds `x` and `y` in turn.
fn channel(count: usize) -> Play {
    let sender = plain("sender", move |toy| {
        (1..=count).try_for_each(|number| {
            let kind = if number % 2 == 1 { "x" } else { "y" };
            toy.send("l", &format!("{kind} {number}"))
        })
    });
    Play::new([sender, listener("l")]).create("l", "l").create("sender", "a").started()
}

/// Counts the events that reach it since it began.
fn counter() -> Play {
    let counter = plain("counter", |toy| {
        if toy.on() == "init" {
            let payload = toy.payload();
            toy.tell(&format!("from {payload}"));
            toy.memory.number = payload.parse().unwrap();
        } else {
            toy.memory.number += 1;
            let number = toy.memory.number;
            toy.tell(&number.to_string());
        }
        Ok(())
    });
    let play = Play::new([counter]).create_with("counter", "c", "0");
    play.send("c", "x").send("c", "x").started()
}

#[test]
fn each_message_of_a_channel_is_lost_or_not_within_the_budget() {
    // Sums of binomial coefficients.
    for (budget, expected) in [(0, 1), (1, 4), (2, 7), (3, 8), (4, 8)] {
        let play = channel(3).hazard(Hazard::new(FaultKind::Loss, budget));
        assert_eq!(executions(&play), expected, "budget {budget}");
    }
    all(
        &channel(2).hazard(Hazard::new(FaultKind::Loss, 1)),
        expect![[r"
            3 executions (all)
            1: x1
            1: x1, y2
            1: y2
        "]],
    );
}

#[test]
fn any_message_of_datagrams_is_lost() {
    // Orders of arrival and loss: 3!, and in each none or one is lost.
    let play = channel(3).rules(under(Delivery::Unordered));
    assert_eq!(executions(&play.hazard(Hazard::new(FaultKind::Loss, 1))), 6 * 4);
}

#[test]
fn a_copy_arrives_at_any_time_after_the_message() {
    // The k-th of n messages has a copy: n - k + 1 places for it.
    for (count, expected) in [(1, 2), (2, 4), (3, 7), (4, 11)] {
        let play = channel(count).hazard(Hazard::new(FaultKind::Duplication, 1));
        assert_eq!(executions(&play), expected, "{count} messages");
    }
    all(
        &channel(2).hazard(Hazard::new(FaultKind::Duplication, 1)),
        expect![[r"
            4 executions (all)
            1: x1, x1, y2
            1: x1, y2
            1: x1, y2, x1
            1: x1, y2, y2
        "]],
    );
}

#[test]
fn copies_have_names_of_their_own() {
    let play = channel(2).hazard(Hazard::new(FaultKind::Duplication, 2));
    let steps: Vec<_> = play.tally(Dfs::default(), 1000).trace("x1, x1, x1, y2").steps().collect();
    let names = steps.iter().map(|step| match step {
        Step::Deliver(name) => (name.number, name.copy),
        Step::Fault(FaultStep::Message { message, .. }) => (message.number, message.copy),
        other => panic!("{other:?}"),
    });
    assert_eq!(names.collect::<Vec<_>>(), [(1, 0), (1, 1), (1, 2), (2, 0)]);
}

#[test]
fn one_message_arrives_before_those_that_were_sent_earlier() {
    // After i messages one of the n - i - 1 behind the head jumps the queue, or none ever does.
    for (count, expected) in [(1, 1), (2, 2), (3, 4), (4, 7)] {
        let play = channel(count).hazard(Hazard::new(FaultKind::Reordering, 1));
        assert_eq!(executions(&play), expected, "{count} messages");
    }
    all(
        &channel(3).hazard(Hazard::new(FaultKind::Reordering, 1)),
        expect![[r"
            4 executions (all)
            1: x1, x3, y2
            1: x1, y2, x3
            1: x3, x1, y2
            1: y2, x1, x3
        "]],
    );
    let play = channel(3).rules(under(Delivery::Unordered));
    assert_eq!(executions(&play.hazard(Hazard::new(FaultKind::Reordering, 1))), 6);
}

/// P sends `e` to L, then `req` to S; S answers `req` by sending `r` to L.
fn triangle() -> Play {
    let p = plain("p", |toy| {
        toy.send("l", "e")?;
        toy.send("s", "req")
    });
    let s = plain("s", |toy| if toy.on() == "req" { toy.send("l", "r") } else { Ok(()) });
    let play = Play::new([p, s, listener("l")]);
    play.create("l", "l").create("s", "s").create("p", "p").started()
}

#[test]
fn what_others_sent_later_overtakes_a_delayed_message() {
    all(
        &triangle(),
        expect![[r"
            2 executions (all)
            2: e, r
        "]],
    );
    // Only once `r` is on its way there is something to be overtaken by.
    all(
        &triangle().hazard(Hazard::new(FaultKind::Delay, 1)),
        expect![[r"
            4 executions (all)
            3: e, r
            1: r, e
        "]],
    );
    let mailbox = triangle().rules(under(Delivery::Mailbox));
    assert_eq!(mailbox.tally(Dfs::default(), 1000).count("r, e"), 0);
    let mailbox = mailbox.hazard(Hazard::new(FaultKind::Delay, 1));
    assert!(mailbox.tally(Dfs::default(), 1000).count("r, e") > 0);
}

#[test]
fn where_delivery_promises_nothing_a_delay_breaks_nothing() {
    for delivery in [Delivery::Pairwise, Delivery::Unordered] {
        let without = triangle().rules(under(delivery));
        let with = triangle().rules(under(delivery)).hazard(Hazard::new(FaultKind::Delay, 1));
        assert_eq!(executions(&with), executions(&without));
    }
}

/// A sends 1 and 2 to L, then `go` to B, which sends 3 to L: a delay of 1 holds up 2 as well.
#[test]
fn a_delay_holds_up_its_channel() {
    let a = plain("a", |toy| {
        toy.send("l", "x 1")?;
        toy.send("l", "x 2")?;
        toy.send("b", "go")
    });
    let b = plain("b", |toy| if toy.on() == "go" { toy.send("l", "x 3") } else { Ok(()) });
    let play = Play::new([a, b, listener("l")]).create("l", "l").create("b", "b").create("a", "a");
    let play = play.started().hazard(Hazard::new(FaultKind::Delay, 1));
    let tally = play.tally(Dfs::default(), 1000);
    let possible = ["x1, x2, x3", "x1, x3, x2", "x3, x1, x2"];
    assert!(possible.iter().all(|outcome| tally.count(outcome) > 0), "{}", tally.told());
    assert_eq!(tally.outcomes.len(), 3);
}

fn parted(kind: FaultKind) -> Hazard {
    Hazard::new(kind, 1).actors(&["p"]).others(&["l"])
}

#[test]
fn a_partition_keeps_messages_back_until_it_heals() {
    all(
        &channel(1).hazard(Hazard::new(FaultKind::Partition, 1).actors(&["l"])),
        expect![[r"
            2 executions (all)
            2: x1
        "]],
    );
    // What waits behind the partition holds up nobody on this side.
    all(
        &triangle().hazard(parted(FaultKind::Partition)),
        expect![[r"
            8 executions (all)
            6: e, r
            2: r, e
        "]],
    );
}

#[test]
fn a_partition_that_parts_nobody_changes_nothing() {
    let sides: [(&[_], &[_]); 3] = [(&["p", "l", "s"], &[]), (&["l"], &["l"]), (&[], &[])];
    for (actors, others) in sides {
        let partition = Hazard::new(FaultKind::Partition, 3).actors(actors).others(others);
        assert_eq!(executions(&triangle().hazard(partition)), 2);
    }
}

#[test]
fn messages_of_the_environment_cross_a_partition() {
    let partition = || Hazard::new(FaultKind::Partition, 1).actors(&["counter"]);
    assert_eq!(executions(&counter().hazard(partition())), 1);
}

/// Production's order takes no fault, but heals what somebody else split.
#[test]
fn progress_is_asked_for_only_after_healing() {
    let answered = watcher("answered", |notice| {
        notice.goto(u32::from(notice.on == "done"));
        Ok(())
    });
    let answered = answered.state("asked", Temperature::Hot, &["done: do"]).state(
        "done",
        Temperature::Cold,
        &[],
    );
    let p = plain("p", |toy| toy.send("l", "ask"));
    let l =
        plain("l", |toy| if toy.on() == "ask" { toy.notify("answered", "done") } else { Ok(()) });
    let play = || {
        let play = Play::new([p.clone(), l.clone()]).watcher(answered.clone());
        play.create("l", "l").create("p", "p").started()
    };
    all(
        &play().hazard(parted(FaultKind::Partition)),
        expect![[r"
            2 executions (all)
            2: 
        "]],
    );
    all(
        &play().hazard(Hazard::new(FaultKind::Loss, 1)),
        expect![[r"
            2 executions (all)
            1: 
            1: liveness: asked
        "]],
    );
}

#[test]
fn a_crash_loses_the_state_and_keeps_what_was_sent() {
    // Before each event or after all of them, or never.
    all(
        &counter().hazard(Hazard::new(FaultKind::Crash, 1)),
        expect![[r"
            4 executions (all)
            1: 1, 2
            1: 1, 2, restarted, from 0
            1: 1, restarted, from 0, 1
            1: restarted, from 0, 1, 2
        "]],
    );
}

#[test]
fn a_reboot_keeps_the_last_commit() {
    all(
        &counter().hazard(Hazard::new(FaultKind::Reboot, 1)),
        expect![[r"
            4 executions (all)
            1: 1, 2
            1: 1, 2, resumed
            1: 1, resumed, 2
            1: resumed, 1, 2
        "]],
    );
}

#[test]
fn timers_end_with_a_crash_and_outlive_a_reboot() {
    let alarm = plain("alarm", |toy| {
        let on = toy.on();
        if on == "init" {
            toy.start(10, None, "ring")?;
            return Ok(());
        }
        toy.tell(&on);
        Ok(())
    });
    let play = || Play::new([alarm.clone()]).create("alarm", "alarm").started();
    all(
        &play().hazard(Hazard::new(FaultKind::Crash, 1)),
        expect![[r"
            3 executions (all)
            1: restarted, ring
            1: ring
            1: ring, restarted, ring
        "]],
    );
    all(
        &play().hazard(Hazard::new(FaultKind::Reboot, 1)),
        expect![[r"
            3 executions (all)
            1: resumed, ring
            1: ring
            1: ring, resumed
        "]],
    );
}

#[test]
fn watchers_are_told_of_a_kill() {
    let watcher = plain("watcher", |toy| {
        if toy.on() == "init" {
            return toy.watch("l");
        }
        let down = toy.payload().contains("failed");
        toy.tell(if down { "down, failed" } else { "down" });
        Ok(())
    });
    let sender = plain("sender", |toy| toy.send("l", "x 1"));
    let play = Play::new([sender, listener("l"), watcher]);
    let play = play.create("l", "l").create("sender", "a").create("watcher", "w").started();
    all(
        &play.hazard(Hazard::new(FaultKind::Kill, 1).actors(&["l"])),
        expect![[r"
            3 executions (all)
            1: halted, down, failed
            1: x1
            1: x1, halted, down, failed
        "]],
    );
}

#[test]
fn an_actor_can_be_killed_before_its_first_turn() {
    let born = plain("born", |toy| {
        toy.tell("born");
        Ok(())
    });
    all(
        &Play::new([born]).create("born", "b").hazard(Hazard::new(FaultKind::Kill, 1)),
        expect![[r"
            3 executions (all)
            1: born
            1: born, halted
            1: halted
        "]],
    );
}

#[test]
fn a_timer_fires_too_early() {
    let alarm = plain("alarm", |toy| {
        let on = toy.on();
        if on == "init" {
            toy.start(10, None, "a")?;
            toy.start(10, None, "b")?;
            toy.start(20, None, "c")?;
            return Ok(());
        }
        toy.tell(&on);
        Ok(())
    });
    let play = || Play::new([alarm.clone()]).create("alarm", "alarm").started();
    // `c` does, or not.
    for (hazard, expected) in [
        (Hazard::new(FaultKind::Skew, 0), 2),
        (Hazard::new(FaultKind::Skew, 1), 6),
        (Hazard::new(FaultKind::Skew, 1).kinds(&["c"]), 6),
        (Hazard::new(FaultKind::Skew, 1).kinds(&["a"]), 2),
    ] {
        assert_eq!(executions(&play().hazard(hazard)), expected);
    }
    let unordered = Rules { timers: TimerMode::Unordered, ..Rules::default() };
    let play = play().rules(unordered).hazard(Hazard::new(FaultKind::Skew, 1));
    assert_eq!(executions(&play), 6);
}

#[test]
fn a_lost_message_was_not_refused() {
    let options = SendOptions { must_handle: true, instances_max: None };
    let sender = plain("sender", move |toy| toy.send_with("l", "x 1", options));
    let play = || Play::new([sender.clone(), listener("l")]).create("l", "l");
    let play = |kind| {
        let hazard = Hazard::new(kind, 1).actors(&["l"]);
        play().create("sender", "a").started().hazard(hazard).tally(Dfs::default(), 100)
    };
    assert_eq!(play(FaultKind::Loss).told(), "2 executions (all)\n1: \n1: x1\n");
    assert_eq!(play(FaultKind::Kill).count("must-handle"), 1);
}

/// All sorts of faults, over all sorts of steps.
fn busy() -> Play {
    let act = |toy: &mut Toy<'_>| -> Handled {
        match &*toy.on() {
            "init" => {
                toy.start(10, None, "tick")?;
                toy.start(20, None, "tock")?;
                toy.send("b", "x 1")?;
                toy.send("b", "y 2")
            }
            "x" => toy.send("a", "y"),
            "tick" => {
                let coin = toy.draw(2)?;
                toy.tell(&format!("tick{coin}"));
                Ok(())
            }
            on => {
                toy.tell(on);
                Ok(())
            }
        }
    };
    Play::new([plain("a", act), plain("b", act)]).create("b", "b").create("a", "a")
}

fn every(budget: u32) -> impl Iterator<Item = Hazard> {
    FaultKind::ALL.into_iter().map(move |kind| {
        let hazard = Hazard::new(kind, budget);
        if kind == FaultKind::Partition { hazard.actors(&["a"]) } else { hazard }
    })
}

#[test]
fn faults_without_budget_or_target_change_nothing() {
    let told = |play: Play| play.tally(Dfs::default(), 1_000_000).told();
    let play = || channel(3).send("l", "z");
    let without = told(play());
    for kind in FaultKind::ALL {
        let hits_actors = matches!(kind, FaultKind::Crash | FaultKind::Reboot | FaultKind::Kill);
        let at = |budget| Hazard::new(kind, budget).actors(&["l"]);
        assert_eq!(told(play().hazard(at(0))), without, "{kind:?}");
        let elsewhere = at(1).actors(&["elsewhere"]);
        let elsewhere = if hits_actors { elsewhere } else { elsewhere.kinds(&["other"]) };
        let mut with = play().hazard(elsewhere);
        with.species.push(sink("elsewhere"));
        assert_eq!(told(with), without, "{kind:?}");
    }
}

#[test]
fn only_kinds_and_actors_that_are_meant_are_hit() {
    all(
        &channel(2).hazard(Hazard::new(FaultKind::Loss, 2).kinds(&["y"])),
        expect![[r"
            2 executions (all)
            1: x1
            1: x1, y2
        "]],
    );
    let senders = Hazard::new(FaultKind::Crash, 1).actors(&["sender"]);
    let tally = channel(1).hazard(senders).tally(Dfs::default(), 1000);
    assert!(tally.count("x1, restarted, x1") > 0, "{}", tally.told());
}

#[test]
fn traces_with_faults_replay() {
    for delivery in Delivery::ALL {
        let play =
            || every(1).fold(busy().rules(under(delivery)), |play, hazard| play.hazard(hazard));
        let tally = play().tally(Random::default(), 500);
        assert!(tally.outcomes.len() > 100, "{}", tally.outcomes.len());
        for (outcome, (_, trace)) in tally.outcomes {
            let trace = trace.unwrap();
            let replayed = play().tally(Replay::new(trace.clone()), 1);
            assert_eq!((replayed.count(&outcome), &replayed.trace(&outcome)), (1, &trace));
        }
    }
}

#[test]
fn production_has_no_faults() {
    let without = busy().tally(Fifo, 1).told();
    let with = every(1).fold(busy(), Play::hazard).tally(Fifo, 1);
    assert_eq!(with.told(), without);
    let last = with.trace("").steps().last();
    assert_eq!(last, Some(Step::End));
}

/// Nothing but faults can happen at the bound: that is an end, and no cut.
#[test]
fn an_execution_may_end_at_its_bound() {
    let mut play = channel(2).hazard(Hazard::new(FaultKind::Crash, 1).actors(&["l"]));
    play.bounds.steps_max = 2;
    let tally = play.tally(Dfs::default(), 100);
    assert_eq!(tally.count("x1, y2"), 1);
    assert_eq!(tally.count("cut"), tally.executions - 1);
}

/// Which matters for those that look for a shorter trace, and leave a fault out.
#[test]
fn who_follows_some_choices_ends_where_only_faults_are_left() {
    let play = || channel(2).hazard(Hazard::new(FaultKind::Crash, 1).actors(&["l"]));
    let trace = play().tally(Dfs::default(), 100).trace("restarted, x1, y2");
    let without = |choice: &&Choice| !matches!(choice, Choice::Step { step: Step::Fault(_), .. });
    let choices: Vec<_> = trace.choices.iter().filter(without).copied().collect();
    assert_eq!(play().tally(Follow::new(choices), 1).told(), "1 executions\n1: x1, y2\n");
}

/// A client that asks again once if no answer comes, and a server that acts once: progress is owed until the answer.
fn at_least_once(attempts: i64) -> Play {
    let client = plain("client", move |toy| match &*toy.on() {
        "init" | "retry" => {
            toy.memory.number += 1;
            if toy.memory.number < attempts {
                toy.memory.timer = toy.start(10, None, "retry")?;
            }
            toy.send("server", "request")
        }
        _ => {
            toy.stop(toy.memory.timer)?;
            toy.notify("answered", "done")
        }
    });
    let server = plain("server", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        toy.memory.number += 1;
        if toy.memory.number == 1 {
            toy.tell("acts");
        }
        toy.send("client", "answer")
    });
    let answered = watcher("answered", |notice| {
        notice.goto(1);
        Ok(())
    });
    let answered = answered.state("asked", Temperature::Hot, &["done: do"]).state(
        "done",
        Temperature::Cold,
        &["done: ignore"],
    );
    let play = Play::new([client, server]).watcher(answered);
    play.create("server", "server").create("client", "client").started()
}

#[test]
fn a_second_attempt_survives_one_loss_but_not_two() {
    let bugs = |attempts, budget| {
        let play = at_least_once(attempts).hazard(Hazard::new(FaultKind::Loss, budget));
        let tally = play.tally(Dfs::default(), 1_000_000);
        assert!(tally.exhausted && tally.count("acts, acts") == 0);
        tally.count("liveness") > 0
    };
    assert_eq!([bugs(1, 0), bugs(1, 1), bugs(2, 1), bugs(2, 2)], [false, true, false, true]);
}

/// The server remembers in its state that it acted, and so forgets it with a crash.
#[test]
fn only_a_durable_server_acts_once_whatever_happens() {
    let twice = |kind| {
        let play = at_least_once(2).hazard(Hazard::new(kind, 1).actors(&["server"]));
        let tally = play.tally(Dfs::default(), 1_000_000);
        assert!(tally.exhausted);
        let acts = |outcome: &String| outcome.matches("acts").count();
        tally.outcomes.keys().map(acts).max()
    };
    assert_eq!(twice(FaultKind::Duplication), Some(1));
    assert_eq!(twice(FaultKind::Crash), Some(2));
    assert_eq!(twice(FaultKind::Reboot), Some(1));
}

/// Sends on what it takes, to whom and how is in the payload; fails, halts, ignores and defers now and then.
fn wild() -> Play {
    let act = |toy: &mut Toy<'_>| -> Handled {
        if toy.on() == "init" || toy.on() == "passed" {
            return Ok(());
        }
        let seed: u32 = toy.payload().parse().unwrap();
        toy.set_stack(&[seed % 2]);
        match seed % 7 {
            0 => Ok(()),
            1 => panics(),
            2 if seed.is_multiple_of(3) => {
                toy.halt();
                Ok(())
            }
            _ => {
                let kind = ["x", "y", "z"][seed as usize % 3];
                let to = ["a", "b", "c"][(seed as usize / 3) % 3];
                toy.send(to, &format!("{kind} {}", seed / 2))?;
                toy.send("a", &format!("{kind} {}", seed / 3))
            }
        }
    };
    let one = |name| {
        let species = plain(name, act).tells(true, false);
        species.state("open", &["y: ignore"]).state("closed", &["z: defer"])
    };
    let play = Play::new([one("a"), one("b").inbox(2, Overflow::Block), one("c")]);
    let play = play.create("a", "a").create("b", "b").create("c", "c");
    play.send("a", "x 1002").send("b", "x 2345").send("c", "x 913")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every message and every copy of one is taken, ignored or a dead letter in the end, once.
    #[test]
    fn no_message_is_lost_but_by_a_fault(choices in prop::collection::vec(any::<u16>(), 400), model in 0..4_usize, budget in 0..3_u32) {
        let play = wild().rules(under(Delivery::ALL[model]));
        let mut choices = choices.into_iter().cycle();
        let account = every(budget).fold(play, Play::hazard).account(|bound| usize::from(choices.next().unwrap()) % bound);
        prop_assert_eq!(account.sent + account.copied, account.taken + account.dead, "{:?}", account);
        prop_assert!(account.strikes.values().all(|&strikes| strikes <= budget), "{:?}", account);
        let losses = FaultKind::ALL.iter().position(|&kind| kind == FaultKind::Loss).unwrap();
        let lost = account.strikes.get(&u32::try_from(losses).unwrap()).copied().unwrap_or(0);
        prop_assert_eq!(account.lost, usize::try_from(lost).unwrap());
    }
}
