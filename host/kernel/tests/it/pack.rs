//! Traces as bytes.

use coyote_kernel::strategy::{Oracle, Packed, Question, Random, Strategy as _};
use coyote_kernel::{ActorId, Choice, Delivery, Ending, Trace};
use proptest::prelude::*;

use crate::minimise::{chaos, find};

fn number(taken: u32, bound: u32) -> Choice {
    Choice::Number { actor: ActorId::ENVIRONMENT, taken, bound }
}

fn trace(choices: impl IntoIterator<Item = (u32, u32)>) -> Trace {
    Trace { choices: choices.into_iter().map(|(taken, bound)| number(taken, bound)).collect() }
}

/// The answers to questions with these bounds.
fn answers(packed: Vec<u8>, bounds: impl IntoIterator<Item = u32>) -> Vec<Option<u32>> {
    let mut packed = Packed::new(packed);
    packed.begin(0);
    let actor = ActorId::ENVIRONMENT;
    let bounds = bounds.into_iter();
    bounds.map(|bound| packed.choose(&Question::Number { actor, bound }).ok()).collect()
}

fn choices() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let bound = prop_oneof![4 => 1..8_u32, 1 => 1..=u32::MAX];
    let choice = bound.prop_flat_map(|bound| (0..bound, Just(bound)));
    prop::collection::vec(choice, 0..300)
}

proptest! {
    #[test]
    fn what_was_packed_is_read_again_and_then_it_ends(choices in choices()) {
        let packed = trace(choices.clone()).pack();
        let asked = choices.into_iter().filter(|(_, bound)| *bound > 1);
        let (mut expected, mut bounds): (Vec<_>, Vec<_>) =
            asked.map(|(taken, bound)| (Some(taken), bound)).unzip();
        expected.push(None);
        bounds.push(2);
        prop_assert_eq!(answers(packed, bounds), expected);
    }

    #[test]
    fn any_bytes_are_answers(bytes: Vec<u8>, bounds in prop::collection::vec(2..=u32::MAX, 0..50)) {
        for (answer, bound) in answers(bytes, bounds.clone()).into_iter().zip(bounds) {
            prop_assert!(answer.is_none_or(|answer| answer < bound));
        }
    }

    #[test]
    fn a_bug_repeats_from_its_packed_trace(seed: u32, model in 0..4_usize) {
        let play = chaos(seed, Delivery::ALL[model]);
        if let Some((mut execution, found)) = find(&play, Random::default(), 20) {
            let oracle = Box::new(Oracle::new(Box::new(Packed::new(found.trace.pack()))));
            let (oracle, ending) = execution.run(oracle, 0);
            prop_assert_eq!(ending, Ending::Bug(Box::new(found.bug)));
            prop_assert_eq!(oracle.trace(), &found.trace);
        }
    }
}

#[test]
fn forty_choices_among_five_take_thirteen_bytes() {
    assert_eq!(trace((0..40).map(|place| (place % 5, 5))).pack().len(), 13);
    // What production would do takes none, whatever its length.
    assert_eq!(trace((0..100).map(|_| (0, 5))).pack(), [100]);
}

/// A token in an old report keeps its meaning.
#[test]
fn the_format_is_pinned() {
    let packed = trace([(1, 2), (0, 1), (2, 3), (7, 1000), (u32::MAX - 1, u32::MAX)]).pack();
    assert_eq!(packed, [4, 79, 209, 255, 255, 111, 23]);
    assert_eq!(trace((0..200).map(|_| (1, 2))).pack()[..3], [0xc8, 1, 0xff]);
}
