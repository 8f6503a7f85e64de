//! Small apps whose figures follow from arithmetic, under every strategy.
//!
//! Puzzles about async tasks are not among them: there are none in the kernel yet.

use std::collections::BTreeMap;

use coyote_kernel::strategy::{
    DelayBounding, Dfs, Named, Pct, Pctcp, Pos, Probabilistic, QLearning, Random, RandomActor,
    Strategy, Urw,
};
use coyote_kernel::{Cause, Delivery, Failure, Rules};

use crate::play::{Play, Watcher, watcher};
use crate::toy::{Species, plain, sink};

/// Executions of a sampled check.
pub(crate) const SAMPLES: u32 = 1500;

/// Checks that outcomes with this part come up as often as they should, within five standard deviations.
#[track_caller]
fn check_share(play: &Play, strategy: impl Strategy + 'static, part: &str, expected: f64) {
    let share = play.tally(strategy, SAMPLES.into()).share(part);
    let deviation = (expected * (1.0 - expected) / f64::from(SAMPLES)).sqrt();
    assert!((share - expected).abs() <= 5.0 * deviation, "{share:.4} instead of {expected:.4}");
}

/// The executions that there are, and those whose outcome is bad.
fn count(play: &Play, is_bad: impl Fn(&str) -> bool) -> (u64, u64) {
    let tally = play.tally(Dfs::default(), 1_000_000);
    assert!(tally.exhausted);
    let bad = tally.outcomes.iter().filter(|(outcome, _)| is_bad(outcome));
    (tally.executions, bad.map(|(_, (count, _))| count).sum())
}

/// Fails if it is told of a check after some first and before any second.
pub(crate) fn ordering() -> Watcher {
    watcher("ordering", |notice| {
        match notice.on.as_str() {
            "first" => notice.memory.number |= 1,
            "second" => notice.memory.number |= 2,
            _ if notice.memory.number == 1 => return Err(Failure::new(Cause::Panic, "in between")),
            _ => {}
        }
        Ok(())
    })
}

/// Is told, and does not mind: a violation would end the execution, and what comes after it would not count.
pub(crate) fn onlooker() -> Watcher {
    watcher("ordering", |_| Ok(()))
}

fn setter(chained: bool) -> Species {
    plain("setter", move |toy| {
        let (name, on) = (toy.name(), toy.on());
        let on = if chained && on == "init" { "first".to_owned() } else { on };
        match on.as_str() {
            "init" => return toy.send(&name, "first"),
            "first" => toy.send(&name, "second")?,
            _ => {}
        }
        toy.tell(&on);
        toy.notify("ordering", &on)
    })
}

fn checker(chained: bool) -> Species {
    plain("checker", move |toy| {
        if !chained && toy.on() == "init" {
            let name = toy.name();
            return toy.send(&name, "check");
        }
        toy.tell("check");
        toy.notify("ordering", "check")
    })
}

const SETTERS: [&str; 10] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10"];

pub(crate) fn reorder(setters: usize, watcher: Watcher) -> Play {
    let play = Play::new([setter(false), checker(false)]).watcher(watcher);
    let created = SETTERS[..setters].iter().fold(play, |play, name| play.create("setter", name));
    created.create("checker", "checker").started()
}

/// A starter creates the setters, one in each step, then the checker.
pub(crate) fn reorder_chained(setters: usize, watcher: Watcher) -> Play {
    let starter = plain("starter", move |toy| {
        if toy.on() == "next" {
            let created = toy.memory.number;
            toy.memory.number += 1;
            let created = usize::try_from(created).unwrap();
            if created == setters {
                return toy.create("checker", "checker");
            }
            toy.create("setter", SETTERS[created])?;
        }
        toy.send("starter", "next")
    });
    let play = Play::new([starter, setter(true), checker(true)]).watcher(watcher);
    play.create("starter", "starter").started()
}

/// Whether a check comes after some first and before any second.
fn is_between(outcome: &str) -> bool {
    let check = outcome.find("check").unwrap();
    let second = outcome.find("second").unwrap_or(outcome.len());
    outcome[..check].contains("first") && check < second
}

/// (1/(k+1)) * sum over i = 1..k of k! / ((k-i)! (k+1)^i).
fn reorder_at_random(setters: u32) -> f64 {
    let k = f64::from(setters);
    let (mut sum, mut term) = (0.0, 1.0);
    for i in 1..=setters {
        term *= (k - f64::from(i) + 1.0) / (k + 1.0);
        sum += term;
    }
    sum / (k + 1.0)
}

#[test]
fn reorder_has_as_many_executions_as_arithmetic_says() {
    for (setters, expected) in [(1, (3, 1)), (2, (30, 10)), (3, (630, 198))] {
        assert_eq!(count(&reorder(setters, onlooker()), is_between), expected);
    }
}

#[test]
fn reorder_at_random_is_found_as_often_as_arithmetic_says() {
    for (setters, expected) in [(1, 1.0 / 4.0), (2, 8.0 / 27.0), (3, 39.0 / 128.0), (5, 0.2958)] {
        let calculated = reorder_at_random(setters);
        assert!((calculated - expected).abs() < 1e-4);
    }
    for (setters, expected) in [(1, 1.0 / 4.0), (3, 39.0 / 128.0)] {
        check_share(&reorder(setters, ordering()), Random::default(), "monitor", expected);
    }
}

/// Its dependence includes the monitor that all of them touch, so everything races with everything.
#[test]
fn priorities_on_events_find_reorder_as_often_as_random_does() {
    for setters in [1, 3] {
        let expected = reorder_at_random(u32::try_from(setters).unwrap());
        check_share(&reorder(setters, ordering()), Pos::default(), "monitor", expected);
    }
}

/// Without a monitor the same actors have nothing in common, and nothing is drawn anew.
#[test]
fn priorities_on_events_stay_where_nothing_races() {
    let play = Play::new([setter(false), checker(false)]);
    let play = play.create("setter", "s1").create("checker", "checker").started();
    // Nobody watches, so nothing is touched: three priorities, in one of their six orders. At random it were 1/4.
    check_share(&play, Pos::default(), "first, check, second", 1.0 / 6.0);
}

#[test]
fn a_uniform_walk_makes_every_interleaving_of_reorder_equally_likely() {
    for (setters, expected) in [(1, 1.0 / 3.0), (3, 11.0 / 35.0)] {
        check_share(&reorder(setters, ordering()), Urw::default(), "monitor", expected);
    }
}

/// Burckhardt et al., theorem 9, met with equality: one of k + 1 actors second to one setter, and one change point of n.
#[test]
fn priorities_on_actors_find_reorder_with_exactly_the_guaranteed_probability() {
    for setters in [1, 2] {
        let play = reorder(setters, ordering());
        check_share(&play, Pct::new(0), "monitor", 0.0);
        let k = f64::from(u32::try_from(setters).unwrap());
        check_share(&play, Pct::new(1), "monitor", 1.0 / ((k + 1.0) * (2.0 * k + 1.0)));
    }
}

#[test]
fn reorder_in_a_chain_of_creations_is_harder() {
    let expected = [(1, 1.0 / 4.0), (2, 17.0 / 108.0), (3, 0.0662)];
    for (setters, expected) in expected {
        check_share(&reorder_chained(setters, ordering()), Random::default(), "monitor", expected);
    }
    // What the starter brings up is a tree; all its orders are equally likely under URW.
    assert_eq!(count(&reorder_chained(1, onlooker()), is_between), (6, 2));
    check_share(&reorder_chained(1, ordering()), Urw::default(), "monitor", 1.0 / 3.0);
}

/// Tells what it hears.
fn victim() -> Species {
    plain("victim", |toy| {
        let on = toy.on();
        if on != "init" {
            toy.tell(&on);
        }
        Ok(())
    })
}

/// B and C pass a ball, which is received so many times; who has it last sends `done` to X. A probe of X is pending.
pub(crate) fn starve_one(times: i64, one_sender: bool) -> Play {
    let prober = plain("prober", |toy| toy.send("x", "probe"));
    let player = plain("player", move |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        let left: i64 = toy.payload().parse().unwrap();
        let other = if toy.name() == "b" { "c" } else { "b" };
        if left == 1 {
            toy.send("x", "done")
        } else {
            toy.send(other, &format!("ball {}", left - 1))
        }
    });
    let starter = plain("starter", move |toy| {
        if one_sender {
            toy.send("x", "probe")?;
        }
        toy.send("b", &format!("ball {times}"))
    });
    let play = Play::new([prober, player, starter, victim()]);
    let play = play.create("victim", "x").create("player", "b").create("player", "c");
    let play = if one_sender { play } else { play.create("prober", "a") };
    play.create("starter", "starter").started()
}

/// The order that is hard to get.
const STARVED: &str = "done, probe";

#[test]
fn one_of_n_plus_2_interleavings_starves_the_probe() {
    for times in [1, 2, 5] {
        let expected = (u64::try_from(times).unwrap() + 2, 1);
        assert_eq!(count(&starve_one(times, false), |outcome| outcome == STARVED), expected);
    }
}

/// The starter sent the probe before the ball, and all that the ball leads to comes after the probe (S2).
#[test]
fn causal_delivery_lets_nothing_starve_that_was_sent_before() {
    let starved = |delivery| {
        let rules = Rules { delivery, ..Rules::default() };
        count(&starve_one(3, true).rules(rules), |outcome| outcome == STARVED)
    };
    assert_eq!(starved(Delivery::Causal), (4, 0));
    assert_eq!(starved(Delivery::Pairwise), (5, 1));
}

#[test]
fn starving_takes_n_plus_1_coins_at_random_and_one_priority_otherwise() {
    for times in [2, 3] {
        let play = starve_one(times, false);
        let n = f64::from(u32::try_from(times).unwrap());
        check_share(&play, Random::default(), STARVED, 0.5_f64.powf(n + 1.0));
        // What does not race keeps its priority while the ball moves.
        check_share(&play, Pos::default(), STARVED, 1.0 / (n + 2.0));
        check_share(&play, Urw::default(), STARVED, 1.0 / (n + 2.0));
        // Two chains.
        check_share(&play, Pctcp::new(0), STARVED, 1.0 / 2.0);
        // X lowest of three, then a coin.
        check_share(&play, Pct::new(0), STARVED, 1.0 / 6.0);
    }
}

/// B sends so many messages to X, in one turn, and A one probe.
pub(crate) fn starve_in_one_inbox(count: usize) -> Play {
    let sender = plain("sender", move |toy| {
        for _ in 0..count {
            toy.send("x", "m")?;
        }
        Ok(())
    });
    let prober = plain("prober", |toy| toy.send("x", "probe"));
    let play = Play::new([sender, prober, victim()]).create("victim", "x");
    play.create("prober", "a").create("sender", "b").started()
}

#[test]
fn in_one_inbox_every_message_races() {
    for messages in [2, 4] {
        let play = starve_in_one_inbox(messages);
        let starved = format!("{}probe", "m, ".repeat(messages));
        assert_eq!(
            count(&play, |outcome| outcome == starved),
            (u64::try_from(messages).unwrap() + 1, 1)
        );
        let n = f64::from(u32::try_from(messages).unwrap());
        check_share(&play, Random::default(), &starved, 0.5_f64.powf(n));
        check_share(&play, Pos::default(), &starved, 0.5_f64.powf(n));
        check_share(&play, Urw::default(), &starved, 1.0 / (n + 1.0));
        check_share(&play, Pctcp::new(0), &starved, 1.0 / (n + 1.0));
    }
}

pub(crate) const SENDERS: [&str; 4] = ["a", "b", "c", "d"];

pub(crate) fn senders(count: usize) -> Play {
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("x", &name)
    });
    let play = Play::new([sender, victim()]).create("victim", "x");
    SENDERS[..count].iter().fold(play, |play, name| play.create("sender", name))
}

#[test]
fn n_senders_make_n_factorial_orders() {
    for (number, factorial) in [(1, 1), (2, 2), (3, 6), (4, 24)] {
        assert_eq!(count(&senders(number).started(), |_| true), (factorial, factorial));
    }
    for (number, all) in [(1, 1), (2, 6), (3, 90), (4, 2520)] {
        let late = &SENDERS[..number];
        assert_eq!(count(&senders(number).started_but(late), |_| true), (all, all));
    }
}

#[test]
fn who_treats_senders_alike_makes_all_their_orders_equally_likely() {
    let check = |strategy: Box<dyn Strategy>| {
        check_share(&senders(3).started(), strategy, "c, a, b", 1.0 / 6.0);
    };
    check(Box::<Random>::default());
    check(Box::<RandomActor>::default());
    check(Box::<Pos>::default());
    check(Box::new(Pct::new(0)));
    check(Box::new(Pctcp::new(2)));
    check(Box::<Urw>::default());
}

#[test]
fn without_a_delay_there_is_one_order() {
    let orders = |strategy: DelayBounding| {
        senders(3).started().tally(strategy, 500).outcomes.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(orders(DelayBounding::new(0)), ["a, b, c"]);
    // A delay puts one behind all others.
    assert_eq!(orders(DelayBounding::new(1)), ["a, b, c", "a, c, b", "b, c, a"]);
    assert_eq!(orders(DelayBounding::new(3)).len(), 6);
}

/// A and B each send to C and D; their own first turns are part of it.
pub(crate) fn crossing() -> Play {
    let listener = |name: &'static str| {
        plain(name, move |toy| {
            let on = toy.on();
            if on != "init" {
                toy.tell(&format!("{name} {on}"));
            }
            Ok(())
        })
    };
    let sender = plain("sender", |toy| {
        let name = toy.name();
        toy.send("c", &name)?;
        toy.send("d", &name)
    });
    let play = Play::new([sender, listener("c"), listener("d")]);
    play.create("c", "c").create("d", "d").create("sender", "a").create("sender", "b")
}

/// Whether C and D heard from A and B in opposite orders.
fn disagree(outcome: &str) -> bool {
    let first = |name: &str| outcome.split(", ").find(|line| line.starts_with(name)).unwrap();
    first("c")[2..] != first("d")[2..]
}

#[track_caller]
fn check_disagreeing(play: &Play, strategy: impl Strategy + 'static, expected: f64) {
    let mut tally = play.tally(strategy, SAMPLES.into());
    tally.outcomes.retain(|outcome, _| disagree(outcome));
    let share = tally.share("");
    let deviation = (expected * (1.0 - expected) / f64::from(SAMPLES)).sqrt();
    assert!((share - expected).abs() <= 5.0 * deviation, "{share:.4} instead of {expected:.4}");
}

#[test]
fn receivers_disagree_in_36_of_80_executions_and_in_as_many_as_a_strategy_prefers() {
    let with_starts = || crossing().started_but(&["a", "b"]);
    assert_eq!(count(&with_starts(), disagree), (80, 36));
    assert_eq!(count(&crossing().started(), disagree), (24, 12));
    check_disagreeing(&with_starts(), Random::default(), 1.0 / 3.0);
    check_disagreeing(&with_starts(), RandomActor::default(), 1.0 / 3.0);
    check_disagreeing(&with_starts(), Urw::default(), 36.0 / 80.0);
    check_disagreeing(&crossing().started(), Random::default(), 1.0 / 2.0);
}

/// `mailbox` fixes who comes first when an effect is released.
#[test]
fn mailboxes_disagree_as_their_releases_do() {
    let rules = Rules { delivery: Delivery::Mailbox, ..Rules::default() };
    let orders = crossing().rules(rules).started().tally(Dfs::default(), 100_000).outcomes;
    let kinds: BTreeMap<bool, ()> = orders.keys().map(|order| (disagree(order), ())).collect();
    assert_eq!(kinds.len(), 2);
}

/// So many clients ask a server in turn; it answers a running total.
pub(crate) fn clients(count: usize, requests: i64) -> Play {
    let client = plain("client", move |toy| {
        if toy.memory.number == requests {
            return Ok(());
        }
        toy.memory.number += 1;
        let name = toy.name();
        toy.send("server", &name)
    });
    let server = plain("server", |toy| {
        let client = toy.on();
        if client == "init" {
            return Ok(());
        }
        toy.memory.number += 1;
        let total = toy.memory.number;
        toy.tell(&client);
        toy.send(&client, &format!("total {total}"))
    });
    let play = Play::new([client, server]).create("server", "server");
    SENDERS[..count].iter().fold(play, |play, name| play.create("client", name)).started()
}

/// One of each sort, small enough to go through all of it; the clients of the size that a test wants.
pub(crate) fn small(clients: Play) -> Vec<Play> {
    vec![
        senders(3),
        crossing(),
        clients,
        starve_one(3, false),
        starve_one(3, true),
        starve_in_one_inbox(3),
        reorder(2, ordering()),
        reorder_chained(2, ordering()),
        two_phase_commit(2),
    ]
}

/// Interleavings: of chains with 2r deliveries each, (2rc)! / ((2r)!)^c. Orders at the server, which are what DPOR would
/// leave: (rc)! / (r!)^c.
#[test]
fn clients_and_requests_make_as_many_executions_and_orders_as_arithmetic_says() {
    let expected = [(2, 1, 6, 2), (2, 2, 70, 6), (2, 3, 924, 20), (3, 1, 90, 6), (4, 1, 2520, 24)];
    for (number, requests, executions, orders) in expected {
        let tally = clients(number, requests).tally(Dfs::default(), 1_000_000);
        let seen = (tally.exhausted, tally.executions, tally.outcomes.len());
        assert_eq!(seen, (true, executions, orders), "{number} x {requests}");
    }
}

/// Four pairs, each of which passes a ball five times.
pub(crate) fn four_pairs() -> Play {
    let player = plain("player", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        let left: u32 = toy.payload().parse().unwrap();
        let name = toy.name();
        let other =
            if name.starts_with('a') { name.replace('a', "b") } else { name.replace('b', "a") };
        toy.memory.number += 1;
        if left > 1 { toy.send(&other, &format!("ball {}", left - 1)) } else { Ok(()) }
    });
    let mut play = Play::new([player]);
    for name in ["a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"] {
        play = play.create("player", name);
    }
    for name in ["a1", "a2", "a3", "a4"] {
        play = play.send(name, "ball 5");
    }
    play.started()
}

/// A coordinator asks so many participants, and tells all once all have voted.
pub(crate) fn two_phase_commit(participants: usize) -> Play {
    const PARTICIPANTS: [&str; 6] = ["p1", "p2", "p3", "p4", "p5", "p6"];
    let coordinator = plain("coordinator", move |toy| {
        if toy.on() == "init" {
            return PARTICIPANTS[..participants].iter().try_for_each(|name| toy.send(name, "ask"));
        }
        toy.memory.number += 1;
        if toy.memory.number == i64::try_from(participants).unwrap() {
            PARTICIPANTS[..participants].iter().try_for_each(|name| toy.send(name, "commit"))?;
        }
        Ok(())
    });
    let participant = plain("participant", |toy| match toy.on().as_str() {
        "ask" => toy.send("coordinator", "yes"),
        "commit" => toy.send("coordinator", "done"),
        _ => Ok(()),
    });
    let play = Play::new([coordinator, participant]);
    let play = PARTICIPANTS[..participants]
        .iter()
        .fold(play, |play, name| play.create("participant", name));
    play.create("coordinator", "coordinator").started()
}

/// Two actors, each with so many messages to itself.
fn two_walks(steps: i64) -> Play {
    let walker = plain("walker", move |toy| {
        let name = toy.name();
        if toy.on() != "init" {
            toy.tell(&name);
        }
        toy.memory.number += 1;
        if toy.memory.number <= steps { toy.send(&name, "on") } else { Ok(()) }
    });
    Play::new([walker]).create("walker", "a").create("walker", "b").started()
}

/// C(2n, n) interleavings, and whoever has begun goes on unless all three coins show heads.
#[test]
fn a_sticky_walk_seldom_switches() {
    assert_eq!(count(&two_walks(3), |_| true).0, 20);
    check_share(&two_walks(2), Probabilistic::new(0), "a, b, a, b", 1.0 / 8.0);
    // Whoever is first goes on with probability 7/8, and with half of the rest.
    let on = 7.0 / 8.0 + 1.0 / 16.0;
    check_share(&two_walks(2), Probabilistic::new(3), "a, a, b, b", on / 2.0);
    check_share(&two_walks(2), Probabilistic::new(3), "a, b, a, b", (1.0 - on).powi(2) / 2.0);
}

/// A draw below 37 has one bad outcome: with learning it comes up without repetition, more or less.
#[test]
fn what_was_drawn_before_is_drawn_less_by_a_strategy_that_learns() {
    let gambler = plain("gambler", |toy| {
        let number = toy.draw(37)?;
        toy.tell(&number.to_string());
        Ok(())
    });
    let play = Play::new([gambler]).create("gambler", "gambler");
    let seen = |strategy: Box<dyn Strategy>| play.tally(strategy, 50).outcomes.len();
    let (learned, random) = (seen(Box::<QLearning>::default()), seen(Named::Random.build()));
    assert!(learned > random, "{learned} against {random}");
    check_share(&play, Random::default(), "17", 1.0 / 37.0);
    check_share(&play, QLearning::default(), "17", 1.0 / 37.0);
}

/// A bug hangs on so many coins that all must show tails; after the coins an actor goes on for a while.
fn rare_row(coins: u32) -> Play {
    let gambler = plain("gambler", move |toy| {
        if toy.on() == "init" {
            for coin in 0.. {
                if coin == coins {
                    toy.tell("bug");
                }
                if coin == coins || toy.draw(2)? == 0 {
                    break;
                }
            }
        }
        toy.memory.number += 1;
        if toy.memory.number < 4 {
            toy.send("gambler", "on")?;
            toy.send("other", "on")
        } else {
            Ok(())
        }
    });
    Play::new([gambler, sink("other")]).create("other", "other").create("gambler", "gambler")
}

/// In how many of five batches the row comes up.
fn batches_with_row(coins: u32, named: Named, executions: u64) -> usize {
    let play = rare_row(coins);
    let is_found = |&seed: &u64| {
        let batch = play.batch(named.build(), seed, executions);
        batch.iter().any(|(outcome, _)| outcome.contains("bug"))
    };
    (0..5).filter(is_found).count()
}

#[test]
fn a_strategy_that_learns_finds_rare_rows_of_coins() {
    // 1 in a million at random.
    assert_eq!(batches_with_row(20, Named::QLearning, 400), 5);
    assert_eq!(batches_with_row(20, Named::Random, 400), 0);
}

/// There are 38 rows. Some executions of a portfolio have one that did not come up before, and in some most coins are alike.
#[test]
fn a_portfolio_finds_rows_that_are_too_rare_for_chance() {
    assert_eq!(batches_with_row(37, Named::Portfolio, 50 + 38 * 5 / 2), 5);
}
