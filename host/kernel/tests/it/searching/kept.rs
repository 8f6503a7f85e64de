//! What the kernel keeps of actors that have not changed is what would be found anew, before and after going back.

use coyote_kernel::{Choice, Enabled};
use proptest::prelude::*;

use super::agreement::program;
use crate::conformance;
use crate::play::Play;

/// Steps of one walk.
const STEPS: usize = 60;

/// Walks at random, now and then back to an earlier state, beside an execution that keeps nothing.
#[track_caller]
fn check(play: &Play, seed: u64) {
    let mut seed = seed;
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % bound
    };
    let (mut keeps, mut anew) = (play.stage(), play.stage());
    if keeps.restart().is_some() || anew.restart().is_some() {
        return;
    }
    let mut states = Vec::new();
    for _ in 0..STEPS {
        anew.forget();
        let seen = keeps.seen();
        assert_eq!(seen, anew.seen());
        anew.forget();
        assert_eq!(keeps.key(), anew.key());
        let Ok(steps) = seen else { break };
        let taken = below(steps.len());
        let choice = choice(&steps, taken);
        states.push((keeps.snapshot(), anew.snapshot(), steps, keeps.key()));
        let ending = keeps.repeat(&[choice]);
        assert_eq!(ending, anew.repeat(&[choice]));
        if ending.is_some() || below(4) == 0 {
            let (kept, found, steps, key) = &states[below(states.len())];
            keeps.restore(kept);
            anew.restore(found);
            assert_eq!((keeps.seen().as_ref(), keeps.key()), (Ok(steps), *key));
        }
    }
}

fn choice(steps: &[Enabled], taken: usize) -> Choice {
    let [taken_u32, bound] = [taken, steps.len()].map(|number| u32::try_from(number).unwrap());
    Choice::Step { step: steps[taken].step, taken: taken_u32, bound }
}

#[test]
fn nothing_is_kept_too_long_in_any_scenario() {
    for (number, case) in conformance::cases() {
        for play in case.plays() {
            println!("scenario {number} {}, {:?}", case.part, play.rules.delivery);
            (0..5).for_each(|seed| check(&play, seed));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_kept_too_long_in_random_programs(program in program(), seed in any::<u64>()) {
        check(&program.play(), seed);
    }
}
