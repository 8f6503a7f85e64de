//! What is known is walked instead of executed, and nobody can tell.

use std::sync::{Arc, Mutex};

use coyote_kernel::strategy::{Diverged, Named, Oracle, Question, Random, Strategy, derive_seed};
use coyote_kernel::{
    Atlas, Delivery, Enabled, Execution, Kind, Rules, Saved, SendOptions, Slot, Step, Walked,
};
use proptest::prelude::*;

use super::agreement::{plain_program, program};
use crate::conformance;
use crate::play::{Cast, Play};
use crate::puzzles::{clients, four_pairs, ordering, reorder_chained, small};
use crate::saving;
use crate::toy::plain;

/// The strategies that need not see the app, and two that must.
fn strategies() -> Vec<Named> {
    vec![
        Named::Random,
        Named::RandomActor,
        Named::Probabilistic { coins: 2 },
        Named::Pct { change_points: 2 },
        Named::Pctcp { change_points: 2 },
        Named::Pos,
        Named::Portfolio,
    ]
}

/// So many executions with an atlas are those without: choices, ends, when the strategy was fair. How much was walked.
#[track_caller]
fn check(play: &Play, named: Named, executions: u64) -> Walked {
    compare(|| play.stage(), named, executions)
}

/// The same for executions that begin where others were, of which is known what happened before what, or not.
#[track_caller]
fn check_from(play: &Play, at: &Execution<Cast>, executions: u64) -> Walked {
    let known = || play.stage_from(at, play.rules.clone(), |saved| saved);
    let forgotten = || play.stage_from(at, play.rules.clone(), |saved| Saved::merge([saved]));
    let mut walked = compare(known, Named::Random, executions);
    walked.add(compare(forgotten, Named::Random, executions));
    walked
}

#[track_caller]
fn compare(stage: impl Fn() -> Execution<Cast>, named: Named, executions: u64) -> Walked {
    let (mut plain, mut walking) = (stage(), stage());
    let oracle = || {
        let mut oracle = Box::new(Oracle::new(named.build_fair(20)));
        oracle.strategy().begin_batch(3, 0);
        oracle
    };
    let (mut one, mut other) = (oracle(), oracle());
    let mut atlas = Atlas::new(1 << 20, 10);
    for number in 0..executions {
        let seed = derive_seed(3, number);
        let (expected, ended);
        (one, expected) = plain.run(one, seed);
        (other, ended) = walking.explore(other, seed, &mut atlas);
        assert_eq!(atlas.take_difference(), None, "execution {number} under {named}");
        assert_eq!(ended, expected, "execution {number} under {named}");
        assert_eq!(other.trace(), one.trace(), "execution {number} under {named}");
        assert_eq!((other.counted(), other.fair_from()), (one.counted(), one.fair_from()));
        assert_eq!(other.strategy().is_fair(), one.strategy().is_fair());
        if one.strategy().is_exhausted() {
            break;
        }
    }
    atlas.take_counts()
}

#[test]
fn nobody_can_tell_puzzles_that_are_walked_from_those_that_are_executed() {
    let mut walked = 0;
    for delivery in Delivery::ALL {
        let rules = || Rules { delivery, ..Rules::default() };
        for play in small(clients(3, 4)).into_iter().chain([four_pairs()]) {
            for named in strategies() {
                let counts = check(&play.clone().rules(rules()), named, 200);
                walked += counts.executions;
                assert!(delivery != Delivery::Mailbox || counts.executions == 0);
            }
        }
    }
    assert!(walked > 20_000, "{walked}");
}

#[test]
fn nobody_can_tell_scenarios_that_are_walked_from_those_that_are_executed() {
    let mut walked = 0;
    for (number, case) in conformance::cases() {
        for play in case.plays() {
            println!("scenario {number} {}, {:?}", case.part, play.rules.delivery);
            walked += check(&play, Named::Random, 30).executions;
        }
    }
    assert!(walked > 100, "{walked}");
}

/// A monitor is told of what an actor loses when it halts, and is not told if there is nothing.
#[test]
fn what_is_lost_at_a_halt_is_not_lost_another_time() {
    let mut walked = 0;
    for (_, case) in conformance::cases().filter(|&(number, _)| number == 44) {
        for play in case.plays() {
            walked += check(&play, Named::Dfs, 500).executions;
            walked += check(&play, Named::Random, 500).executions;
        }
    }
    assert!(walked > 10, "{walked}");
}

/// Two tell two others as much as three times, each of which is gone after the first time, and one of the first two too.
fn leavers(options: SendOptions) -> Play {
    let teller = |name| {
        plain(name, move |toy| {
            if toy.on() == "go" {
                for to in ["c", "d", "c", "b"] {
                    toy.send_with(to, "told", options)?;
                }
            }
            if toy.on() == "told" {
                toy.send("c", "too late")?;
                toy.halt();
            }
            Ok(())
        })
    };
    let play = Play::new(["a", "b", "c", "d"].map(teller));
    let play = ["a", "b", "c", "d"].iter().fold(play, |play, name| play.create(name, name));
    play.send("a", "go").send("b", "go").send("a", "go")
}

#[test]
fn nobody_can_tell_losses_that_are_walked_from_those_that_are_executed() {
    let mut walked = [0; 2];
    for delivery in Delivery::ALL {
        for (must_handle, walked) in [false, true].into_iter().zip(&mut walked) {
            let play = leavers(SendOptions { must_handle, instances_max: None });
            let play = play.rules(Rules { delivery, ..Rules::default() });
            for named in strategies() {
                *walked += check(&play, named, 200).executions;
            }
        }
    }
    // What had to be handled is lost nearly always, and that is a bug.
    assert!(walked[0] > 2000 && walked[1] < walked[0] / 4, "{walked:?}");
}

/// Three times, one after the other, a child comes, is told something by two others, and is gone.
fn generations() -> Play {
    let parent = plain("parent", |toy| {
        let next = format!("c{}", toy.memory.number);
        if toy.memory.number < 3 {
            toy.create("child", &next)?;
            toy.memory.number += 1;
            for teller in ["a", "b"] {
                toy.send(teller, &next)?;
            }
        }
        Ok(())
    });
    let child = plain("child", |toy| {
        if toy.on() != "init" {
            toy.send("parent", "gone")?;
            toy.halt();
        }
        Ok(())
    });
    let teller = plain("teller", |toy| match &*toy.on() {
        "init" => Ok(()),
        child => toy.send(child, "told"),
    });
    let play = Play::new([parent, child, teller]).create("teller", "a").create("teller", "b");
    play.create("parent", "parent")
}

/// What a strategy is shown of a step: its serial, that of its cause, and whose it is.
type Shown = (Step, u32, u32, Slot, Option<Kind>);

/// Walks at random, and notes all that it is shown.
struct Watchful {
    random: Random,
    seen: Arc<Mutex<Vec<Shown>>>,
}

impl Strategy for Watchful {
    fn begin(&mut self, seed: u64) {
        self.random.begin(seed);
        self.seen.lock().unwrap().clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        self.random.choose(question)
    }

    fn step(&mut self, _: &Enabled, enabled: &[Enabled]) {
        let shown = enabled.iter().map(|one| (one.step, one.serial, one.cause, one.slot, one.kind));
        self.seen.lock().unwrap().extend(shown);
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        true
    }
}

#[test]
fn a_strategy_sees_the_same_steps_on_walks() {
    let mut walked = 0;
    for delivery in Delivery::ALL {
        let leavers = leavers(SendOptions::default());
        for play in [generations(), leavers, clients(2, 3), gossips(), four_pairs()] {
            let play = play.rules(Rules { delivery, ..Rules::default() });
            let (mut plain, mut walking) = (play.stage(), play.stage());
            let mut atlas = Atlas::new(1 << 20, 10);
            let [(mut one, expected), (mut other, seen)] = [(); 2].map(|()| {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let strategy = Watchful { random: Random::default(), seen: Arc::clone(&seen) };
                (Box::new(Oracle::new(Box::new(strategy))), seen)
            });
            for number in 0..300 {
                let seed = derive_seed(3, number);
                (one, _) = plain.run(one, seed);
                (other, _) = walking.explore(other, seed, &mut atlas);
                assert_eq!(atlas.take_difference(), None, "execution {number}");
                let (seen, expected) = (seen.lock().unwrap(), expected.lock().unwrap());
                assert_eq!(*seen, *expected, "execution {number}, {delivery:?}");
            }
            walked += atlas.take_counts().executions;
        }
    }
    assert!(walked > 3000, "{walked}");
}

/// Each of four tells all of them twice, and who hears of it tells the last: more channels than a walk has room for.
fn gossips() -> Play {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let gossip = |name| {
        plain(name, |toy| match &*toy.on() {
            "go" => NAMES.into_iter().try_for_each(|other| toy.send(other, "told")),
            "told" => toy.send("d", "heard"),
            _ => Ok(()),
        })
    };
    let play =
        NAMES.into_iter().fold(Play::new(NAMES.map(gossip)), |play, name| play.create(name, name));
    let twice = NAMES.into_iter().chain(NAMES);
    twice.fold(play, |play, name| play.send(name, "go"))
}

#[test]
fn nobody_can_tell_what_goes_on_from_a_snapshot_and_is_walked() {
    let mut walked = 0;
    for delivery in Delivery::ALL {
        for play in [gossips(), clients(3, 4), reorder_chained(2, ordering())] {
            let play = play.rules(Rules { delivery, ..Rules::default() });
            let turns = saving::random(&play, 1);
            for steps in (0..turns.len()).step_by(3) {
                walked += check_from(&play, &saving::at(&play, &turns, steps), 8).executions;
            }
        }
    }
    assert!(walked > 100, "{walked}");
}

/// The app need not be brought to where a step is new: its actor takes it alone.
#[test]
fn what_is_not_known_is_learned_apart_from_the_app() {
    let mut executed = 0;
    for delivery in Delivery::ALL.into_iter().filter(|&delivery| delivery != Delivery::Mailbox) {
        let play = clients(3, 4).rules(Rules { delivery, ..Rules::default() });
        let mut stage = play.stage();
        let mut oracle = Box::new(Oracle::new(Named::Random.build_fair(20)));
        let mut atlas = Atlas::new(1 << 20, 0);
        for number in 0..500 {
            (oracle, _) = stage.explore(oracle, derive_seed(5, number), &mut atlas);
        }
        let counts = atlas.take_counts();
        assert!(atlas.len() > 100 && stage.guests.put > 100, "{} known", atlas.len());
        executed += 500 - counts.executions;
    }
    // The first of each, which shows what the app is like.
    assert_eq!(executed, 3);
}

#[test]
fn of_what_is_walked_a_share_is_executed_and_compared() {
    let Walked { executions, steps, turns, compared } = check(&clients(2, 3), Named::Random, 2000);
    assert!(executions > 1500 && turns == steps && compared > 100, "{executions} {compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn nobody_can_tell_random_programs_that_are_walked(program in program()) {
        check(&program.play(), Named::Random, 60);
    }

    #[test]
    fn nobody_can_tell_random_programs_that_go_on_and_are_walked(
        program in plain_program(),
        seed in any::<u64>(),
        place in any::<prop::sample::Index>(),
    ) {
        let play = program.play();
        let turns = saving::random(&play, seed);
        check_from(&play, &saving::at(&play, &turns, place.index(turns.len() + 1)), 15);
    }

    #[test]
    fn nobody_can_tell_plain_random_programs_that_are_walked(program in plain_program()) {
        for named in [Named::Random, Named::Pctcp { change_points: 2 }] {
            check(&program.play(), named, 100);
        }
    }
}
