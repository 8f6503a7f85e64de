//! An app that was saved is the app that it was.

use coyote_kernel::strategy::Random;
use coyote_kernel::{Choice, Delivery, Execution, Rules, Saved, Step};
use proptest::prelude::*;

use crate::conformance;
use crate::play::{Cast, Play};
use crate::searching::agreement::{Program, program};
use crate::toy::{plain, sink};

/// The steps that are enabled, by their names and numbers; none once the execution is over, and the bug that it ended in.
fn seen(execution: &mut Execution<Cast>) -> (Vec<(Step, u32)>, String) {
    match execution.seen() {
        Ok(seen) => (seen.iter().map(|step| (step.step, step.serial)).collect(), String::new()),
        Err(ending) => (Vec::new(), execution.guests.observed(&ending)),
    }
}

/// The steps of a random execution, each with what was drawn in it.
pub(crate) fn random(play: &Play, seed: u64) -> Vec<Vec<Choice>> {
    let (_, trace) = play.batch(Random::default(), seed, 1).remove(0);
    trace.turns().map(<[Choice]>::to_vec).collect()
}

/// After so many steps of an execution.
pub(crate) fn at(play: &Play, turns: &[Vec<Choice>], steps: usize) -> Execution<Cast> {
    let mut execution = play.stage();
    execution.restart();
    for turn in &turns[..steps] {
        execution.repeat(turn);
    }
    execution
}

/// Wherever it is saved, an execution goes on as it would have: the same can happen under the same names, and its states
/// have the same keys.
fn check_exact(play: &Play, turns: &[Vec<Choice>], steps: usize) {
    let mut original = at(play, turns, steps);
    let rules = original.rules().clone();
    let mut loaded = play.stage_from(&original, rules, |saved| saved);
    assert!(loaded.restart().is_none());
    for turn in &turns[steps..] {
        // What is told in the first line was told before the app was saved.
        assert_eq!(seen(&mut original).0, seen(&mut loaded).0);
        assert_eq!(original.key(), loaded.key());
        let (one, other) = (original.repeat(turn), loaded.repeat(turn));
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
        if one.is_some() {
            return;
        }
    }
}

/// Nothing is known of what happened before what: the heads of all channels may arrive, as if no model but FIFO held, and
/// it goes on from there.
fn check_heads(play: &Play, turns: &[Vec<Choice>], steps: usize, seed: u64) {
    let mut original = at(play, turns, steps);
    let steps_of = |execution: &mut Execution<Cast>| {
        let (mut steps, _) = seen(execution);
        steps.sort_unstable();
        steps.into_iter().map(|(step, _)| step).collect::<Vec<_>>()
    };
    let rules = Rules { delivery: Delivery::Causal, ..original.rules().clone() };
    let mut loaded = play.stage_from(&original, rules.clone(), |saved| saved);
    assert!(loaded.restart().is_none());
    let mut heads = steps_of(&mut loaded);
    assert_eq!(steps_of(&mut original), heads);
    let mut nameless = play.stage_from(&original, rules, |saved| Saved::merge([saved]));
    assert!(nameless.restart().is_none());
    assert_eq!(steps_of(&mut nameless).len(), heads.len());
    let mut random = seed;
    for _ in 0..play.bounds.steps_max {
        if heads.is_empty() {
            return;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let count = heads.len() as u64;
        let taken = usize::try_from((random >> 33) % count).unwrap();
        let bound = u32::try_from(heads.len()).unwrap();
        let step = heads[taken];
        let taken = u32::try_from(taken).unwrap();
        if loaded.repeat(&[Choice::Step { step, taken, bound }]).is_some() {
            return;
        }
        heads = steps_of(&mut loaded);
    }
}

/// As far as the searches go.
fn short(program: &Program) -> Play {
    let mut play = program.play();
    play.bounds.steps_max = 60;
    play
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn random_programs_go_on_where_they_were_saved(
        mut program in program(),
        seed in any::<u64>(),
        place in any::<prop::sample::Index>(),
    ) {
        // What has struck is forgotten.
        program.hazard = None;
        let play = short(&program);
        let turns = random(&play, seed);
        check_exact(&play, &turns, place.index(turns.len() + 1));
    }

    #[test]
    fn heads_of_channels_are_concurrent_where_nothing_else_is_known(
        mut program in program(),
        seed in any::<u64>(),
        place in any::<prop::sample::Index>(),
    ) {
        program.hazard = None;
        program.rules.delivery = Delivery::Pairwise;
        let play = short(&program);
        let turns = random(&play, seed);
        if let Some(last) = turns.len().checked_sub(1) {
            check_heads(&play, &turns, place.index(last + 1), seed);
        }
    }
}

/// Among them are tasks, conditions, cells, groups, timers and full inboxes.
#[test]
fn all_scenarios_go_on_where_they_were_saved() {
    for (number, case) in conformance::cases() {
        for play in case.plays().filter(|play| !play.has_hazards()) {
            println!("scenario {number} {}, {:?}", case.part, play.rules.delivery);
            let turns = random(&play, number.into());
            for steps in 0..=turns.len().min(30) {
                check_exact(&play, &turns, steps);
            }
        }
    }
}

/// A sends to C, then to B, which passes it on to C. In the execution that is saved B has what A sent: what B sends comes
/// after what A sent to C. Of a run nobody knows that.
#[test]
fn an_exploration_remembers_what_happened_before_what() {
    let a = plain("a", |toy| {
        if toy.on() != "init" {
            toy.send("c", "first")?;
            toy.send("b", "pass")?;
        }
        Ok(())
    });
    let b = plain("b", |toy| if toy.on() == "pass" { toy.send("c", "second") } else { Ok(()) });
    let c = sink("c");
    let play = Play::new([a, b, c]).create("c", "c").create("b", "b").create("a", "a");
    let play = play.send("a", "go").started();
    let mut saved = play.stage();
    saved.restart();
    for _ in 0..2 {
        let (enabled, _) = seen(&mut saved);
        let passed =
            |step: &Step| matches!(step, Step::Deliver(name) if name.to != saved.guests.id("c"));
        let step = enabled.into_iter().map(|(step, _)| step).find(passed).unwrap();
        saved.repeat(&[Choice::Step { step, taken: 0, bound: 1 }]);
    }
    let eligible = |change: fn(Saved) -> Saved| {
        let mut loaded = play.stage_from(&saved, Rules::default(), change);
        loaded.restart();
        seen(&mut loaded).0.len()
    };
    assert_eq!([eligible(|saved| saved), eligible(|saved| Saved::merge([saved]))], [1, 2]);
}

#[test]
fn what_no_kernel_can_have_left_is_refused() {
    let play = Play::new([sink("a")]).create("a", "a").send("a", "x");
    let mut execution = play.stage();
    execution.restart();
    let saved = execution.save();
    let definitions = play.definitions_of(&execution);
    let refused = |saved: &Saved, kinds| saved.check(&definitions, kinds).unwrap_err().to_string();
    assert!(saved.check(&definitions, 100).is_ok());
    let id = saved.actors[0].id();
    assert_eq!(refused(&saved, 7), format!("actor `{id}`: an unknown kind"));
    let mut twice = saved.clone();
    twice.actors.extend(saved.actors.clone());
    assert_eq!(refused(&twice, 100), format!("two actors have the id `{id}`"));
    let nobody = saved.check(&[], 100).unwrap_err().to_string();
    assert_eq!(nobody, format!("actor `{id}`: its definition is unknown"));
}
