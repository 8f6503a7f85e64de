//! What all strategies have in common: names, seeds, replays, faults, fairness.

use std::collections::BTreeMap;

use coyote_kernel::strategy::{
    Fifo, Named, OneDelay, Oracle, Portfolio, Replay, Strategy, derive_seed,
};
use coyote_kernel::{Bounds, Choice, Fault, FaultKind, Rules, Temperature, Trace};
use expect_test::{Expect, expect};

use crate::play::{Play, watcher};
use crate::puzzles::{
    SAMPLES, SENDERS, clients, crossing, onlooker, ordering, reorder, reorder_chained, senders,
    starve_in_one_inbox, starve_one,
};
use crate::toy::{plain, sink};

/// An actor that never comes to rest, and one that waits for a probe, if somebody sends it.
fn restless(probed: bool) -> Play {
    let restless = plain("restless", |toy| toy.send("restless", "again"));
    let prober = plain("prober", |toy| toy.send("x", "probe"));
    let waiter = plain("waiter", |toy| {
        if toy.on() == "init" {
            return Ok(());
        }
        toy.tell("probe");
        toy.notify("progress", "made")
    });
    let progress = watcher("progress", |notice| {
        notice.goto(1);
        Ok(())
    });
    let progress = progress.state("waiting", Temperature::Hot, &["made: goto 1"]).state(
        "done",
        Temperature::Cold,
        &["made: ignore"],
    );
    let play = Play::new([restless, prober, waiter]).watcher(progress);
    let play = play.create("restless", "restless").create("waiter", "x");
    let mut play = if probed { play.create("prober", "a") } else { play }.started();
    play.bounds = Bounds { steps_max: 200, temperature_max: 60 };
    play
}

/// L2: what starves an actor proves nothing until it is fair, and heat counts from there on.
#[test]
fn a_fair_suffix_gives_everybody_a_turn_and_heat_counts_only_there() {
    let told = |probed: bool, strategy: Box<dyn Strategy>| {
        restless(probed).tally(strategy, 6).outcomes.into_keys().collect::<Vec<_>>().join("; ")
    };
    let fair = |named: Named| named.build_fair(100);
    let pct = Named::Pct { change_points: 0 };
    expect!["cut; probe, cut"].assert_eq(&told(true, pct.build()));
    expect!["cut"].assert_eq(&told(false, pct.build()));
    for named in Named::ALL {
        if named != Named::Dfs {
            expect!["probe, cut"].assert_eq(&told(true, fair(named)));
            expect!["potential-liveness: waiting"].assert_eq(&told(false, fair(named)));
        }
    }
    assert!(!fair(pct).is_fair());
}

/// Who draws until a certain number comes out makes progress, though not where draws mostly come out the same, or never as
/// they did before.
#[test]
fn draws_that_are_not_random_are_not_fair() {
    let drawer = plain("drawer", |toy| {
        if toy.draw(8)? == 5 { toy.notify("progress", "made") } else { toy.send("drawer", "again") }
    });
    let progress = watcher("progress", |notice| {
        notice.goto(1);
        Ok(())
    });
    let progress = progress.state("waiting", Temperature::Hot, &["made: goto 1"]);
    let progress = progress.state("done", Temperature::Cold, &["made: ignore"]);
    let mut play = Play::new([drawer]).watcher(progress).create("drawer", "drawer");
    play.bounds = Bounds { steps_max: 1000, temperature_max: 400 };
    let tally = play.tally(Portfolio::within(1000), 2_000);
    assert_eq!(tally.count("potential-liveness"), 0);
}

#[test]
fn one_departure_from_the_order_of_production_is_found_at_once() {
    // The probe must be the last of three.
    let play = starve_in_one_inbox(2);
    let outcomes = |at| play.batch(OneDelay::new(at), 1, 1)[0].0.clone();
    expect!["m, m, probe"].assert_eq(&outcomes(0));
    let portfolio = play.batch(Portfolio::default(), 1, 4);
    let told: Vec<_> = portfolio.iter().map(|(outcome, _)| outcome.as_str()).collect();
    assert_eq!((told[0], told[3]), ("probe, m, m", "m, m, probe"));
}

/// What the first of two timers causes can be handled before the second one ticks, or after that.
#[test]
fn a_portfolio_tries_timers_that_are_due_together_in_both_ways() {
    let first = plain("first", |toy| match &*toy.on() {
        "init" => toy.start(10, None, "tick").map(|_| ()),
        _ => toy.send("b", "message"),
    });
    let second = plain("second", |toy| {
        if toy.on() == "init" {
            return toy.start(10, None, "tick").map(|_| ());
        }
        toy.tell(&toy.on());
        Ok(())
    });
    let play = Play::new([first, second]).create("first", "a").create("second", "b").started();
    let told = play.batch(Portfolio::default(), 1, 2);
    let told: Vec<_> = told.iter().map(|(outcome, _)| outcome.as_str()).collect();
    assert_eq!(told, ["message, tick", "tick, message"]);
}

/// An actor that gets further with one draw in eight, and has to get further three times.
#[test]
fn a_portfolio_goes_on_from_where_few_executions_came() {
    let climber = plain("climber", |toy| {
        let next = match &*toy.on() {
            "init" => "one",
            "one" => "two",
            "two" => "three",
            _ => {
                toy.tell("top");
                return Ok(());
            }
        };
        let is_lucky = toy.draw(8)? == 5 && toy.draw(8)? == 2;
        if is_lucky { toy.send("climber", next) } else { Ok(()) }
    });
    let play = Play::new([climber]).create("climber", "climber");
    let tops = |named: Named| {
        let is_top = |&seed: &u64| {
            play.batch(named.build(), seed, 3_000).iter().any(|(outcome, _)| outcome == "top")
        };
        (0..5).filter(is_top).count()
    };
    // 1 in 262,144 at random.
    assert_eq!((tops(Named::Random), tops(Named::Portfolio)), (0, 5));
}

#[test]
fn a_portfolio_ends_where_nothing_can_be_chosen() {
    let batch = senders(1).started().batch(Portfolio::default(), 1, 100);
    assert_eq!(batch.len(), 1);
}

/// All puzzles that fail, small.
fn puzzles() -> Vec<(&'static str, Play)> {
    let coins = plain("coins", |toy| {
        if toy.on() == "init" || toy.draw(3)? == 0 {
            return Ok(());
        }
        toy.send("coins", "go")?;
        toy.tell("on");
        toy.notify("ordering", "first")
    });
    vec![
        ("reorder", reorder(2, ordering())),
        ("chained", reorder_chained(2, ordering())),
        ("starve", starve_one(2, false)),
        ("inbox", starve_in_one_inbox(3)),
        ("senders", senders(3).started_but(&["a", "b", "c"])),
        ("crossing", crossing()),
        ("clients", clients(2, 2)),
        (
            "coins",
            Play::new([coins]).watcher(ordering()).create("coins", "coins").send("coins", "go"),
        ),
    ]
}

#[test]
fn every_trace_of_every_strategy_replays_to_the_same_outcome() {
    for (name, play) in puzzles() {
        for named in Named::ALL {
            let mut replays: BTreeMap<String, Trace> = BTreeMap::new();
            for (outcome, trace) in play.batch(named.build(), 5, 70) {
                if outcome.contains("monitor") || !replays.contains_key(&outcome) {
                    let replayed = play.batch(Replay::new(trace.clone()), 0, 1);
                    assert_eq!(replayed[0].0, outcome, "{name} under {named}");
                    assert_eq!(replayed[0].1, trace, "{name} under {named}");
                    replays.insert(outcome, trace);
                }
            }
        }
    }
}

#[test]
fn a_batch_is_a_pure_function_of_its_seed() {
    for (name, play) in puzzles() {
        for named in Named::ALL {
            let mut strategy = named.build_fair(20);
            // What an earlier batch has taught must not matter.
            strategy.begin_batch(9, 0);
            let first = play.batch(strategy, 5, 70);
            assert!(first == play.batch(named.build_fair(20), 5, 70), "{name} under {named}");
            let draws = !matches!(named, Named::Fifo | Named::Dfs);
            if draws && name == "senders" {
                assert!(first != play.batch(named.build_fair(20), 6, 70), "{named}");
            }
        }
    }
}

/// Of what does not learn, an iteration is repeated without those before it.
#[test]
fn what_does_not_learn_depends_on_the_seed_of_the_execution_alone() {
    for named in Named::ALL {
        let play = reorder(3, onlooker());
        let alone = |number: u64| {
            let mut execution = play.stage();
            let mut oracle = Box::new(Oracle::new(named.build()));
            oracle.strategy().begin_batch(5, 0);
            let seed = derive_seed(5, number);
            execution.run(oracle, seed).0.trace().clone()
        };
        let batch = play.batch(named.build(), 5, 60);
        let same = (0..60).all(|number| alone(number) == batch[usize::try_from(number).unwrap()].1);
        if !named.build().learns() {
            assert!(same, "{named}");
        }
    }
}

/// The answers of the first executions and of some later ones, those without an alternative left out.
fn answers(named: Named) -> String {
    let batch = crossing().batch(named.build(), 7, 63);
    let executions = batch.iter().map(|(_, trace)| {
        let choices = trace.choices.iter().filter_map(|choice| match *choice {
            Choice::Step { taken, bound, .. } | Choice::Number { taken, bound, .. } => {
                (bound > 1).then(|| taken.to_string())
            }
        });
        choices.collect::<String>()
    });
    let executions: Vec<_> = executions.collect();
    format!("{named}: {} .. {}\n", executions[..3].join(" "), executions[60..].join(" "))
}

/// A seed in an old report keeps its meaning.
#[test]
fn the_first_answers_of_each_strategy_are_pinned() {
    let told: String = Named::ALL.into_iter().map(answers).collect();
    expect![[r#"
        portfolio: 0000000 220110 1012020 .. 020111 0000001 2210200
        random: 0201001 302011 1012020 .. 020111 202011 3201010
        random-actor: 0201021 302011 1012021 .. 020111 202011 320110
        probabilistic:3: 000211 321211 120110 .. 0012010 221111 3121000
        pct:3: 000111 022010 012011 .. 302010 0011010 2210200
        pctcp:3: 001211 101211 202011 .. 001211 0001020 0012021
        pos: 122111 220110 201211 .. 211211 3210001 022011
        urw: 0201001 302011 2021020 .. 0200211 2010220 3200110
        delay-bounding:10: 0000000 0101021 1110110 .. 0000111 1010300 012110
        q-learning: 0201001 302011 1012020 .. 0200201 122010 3212020
        fifo: 0000000 0000000 0000000 .. 0000000 0000000 0000000
        dfs: 0000000 0000001 0000010 .. 0010310 0010311 0010320
    "#]]
    .assert_eq(&told);
}

/// Faults strike at few places, and at any of them.
#[test]
fn of_four_messages_each_may_be_the_one_that_is_lost() {
    let faults = [Fault::new(FaultKind::Loss, 1)].into_iter().collect();
    let rules = Rules { faults, ..Rules::default() };
    let play = senders(4).started().rules(rules);
    for named in Named::ALL {
        let told = play.tally(named.build(), 500).outcomes;
        let is_lost = |name: &str| told.keys().any(|order| !order.contains(name));
        let expected = if named == Named::Fifo { 0 } else { 4 };
        assert_eq!(SENDERS.into_iter().filter(|name| is_lost(name)).count(), expected, "{named}");
    }
    // Half of the executions are to be without a fault, and in some of the others it comes to none.
    let whole = play.tally(Named::Random.build(), SAMPLES.into());
    let whole = whole.outcomes.iter().filter(|(order, _)| order.len() == "a, b, c, d".len());
    let whole: u64 = whole.map(|(_, (count, _))| count).sum();
    assert!((SAMPLES / 2..SAMPLES * 9 / 10).contains(&u32::try_from(whole).unwrap()), "{whole}");
}

fn check_name(text: &str, expected: Expect) {
    expected.assert_eq(&match text.parse::<Named>() {
        Ok(named) => format!("{named:?}, {named}"),
        Err(misnamed) => misnamed.to_string(),
    });
}

#[test]
fn strategies_are_named_with_their_options() {
    check_name("random", expect!["Random, random"]);
    check_name("pct", expect!["Pct { change_points: 3 }, pct:3"]);
    check_name("pct:10", expect!["Pct { change_points: 10 }, pct:10"]);
    check_name("delay-bounding:2", expect!["DelayBounding { delays: 2 }, delay-bounding:2"]);
    check_name("rondom", expect!["no strategy is called `rondom`"]);
    check_name("random:3", expect!["strategy `random` has no option"]);
    check_name("pct:", expect!["strategy `pct` takes from 0 to 1000 change points, not ``"]);
    check_name("pct:-1", expect!["strategy `pct` takes from 0 to 1000 change points, not `-1`"]);
    check_name(
        "probabilistic:99",
        expect!["strategy `probabilistic` takes from 0 to 32 coins, not `99`"],
    );
    for named in Named::ALL {
        assert_eq!(named.to_string().parse(), Ok(named));
        assert_eq!(named.name().parse(), Ok(named));
    }
}

#[test]
fn a_portfolio_begins_with_what_production_does() {
    for (name, play) in puzzles() {
        let first = &play.batch(Portfolio::default(), 3, 1)[0];
        assert_eq!(*first, play.batch(Fifo, 3, 1)[0], "{name}");
    }
}

#[test]
fn nothing_is_asked_where_one_thing_can_happen() {
    let play = Play::new([sink("sink")]).create("sink", "x").send("x", "m");
    for named in Named::ALL {
        assert_eq!(play.batch(named.build(), 1, 3)[0].1.len(), 2);
    }
}
