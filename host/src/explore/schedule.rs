//! When two schedules are the same.

use std::hash::{Hash, Hasher};

use coyote_kernel::{ActorId, Choice, IdMap, Step, Trace};

/// What a trace says of its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// A key that equivalent schedules share: those in which every actor takes the same steps in the same order, and
    /// draws the same numbers. Steps of different actors commute, so their order among each other says nothing
    /// (Mazurkiewicz, "Trace theory", 1987).
    pub(super) key: u64,
    /// Questions with more than one answer.
    pub(super) choices: u64,
}

/// Finds out what traces say.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// By the lowest bits of an actor: what the first one that has them did so far.
    first: [(ActorId, Mixer); FIRST],
    /// By actor: what others did.
    others: IdMap<Mixer>,
}

/// So many actors are nearly always all that there are, and found without a search.
const FIRST: usize = 64;

/// Who has done nothing.
const NOBODY: (ActorId, Mixer) = (ActorId::ENVIRONMENT, Mixer(0));

impl Default for Keys {
    fn default() -> Self {
        Self { first: [NOBODY; FIRST], others: IdMap::default() }
    }
}

impl Keys {
    /// What an actor did so far.
    #[expect(clippy::cast_possible_truncation, reason = "the lowest bits count")]
    fn actor(&mut self, actor: ActorId) -> &mut Mixer {
        let new = Mixer(actor.bits());
        let (first, mixer) = &mut self.first[actor.bits() as usize % FIRST];
        if (*first, *mixer) == NOBODY {
            (*first, *mixer) = (actor, new);
        }
        if *first == actor { mixer } else { self.others.entry(actor).or_insert(new) }
    }

    /// What a trace says of its schedule.
    pub(super) fn schedule(&mut self, trace: &Trace) -> Schedule {
        self.first.fill(NOBODY);
        self.others.clear();
        let mut choices = 0;
        for choice in &trace.choices {
            choices += u64::from(choice.bound() > 1);
            let mixer = self.actor(choice.actor());
            match choice {
                // Nearly all steps are these, and whose inbox it is was mixed in at first.
                Choice::Step { step: Step::Deliver(name), .. } => {
                    mixer.write_u64(name.from.bits());
                    mixer.write_u64(u64::from(name.copy) << 32 | u64::from(name.number));
                }
                Choice::Step { step, .. } => step.hash(mixer),
                Choice::Number { taken, .. } => mixer.write_u32(*taken),
            }
        }
        let first = self.first.iter().map(|(_, mixer)| mixer);
        let all = first.chain(self.others.values()).map(Mixer::finish);
        Schedule { key: all.fold(0, u64::wrapping_add), choices }
    }
}

/// Mixes numbers one by one, each by a multiplication to 128 bits whose halves are folded (Wang, "wyhash", 2019): some
/// ten times as fast as a hash of bytes, and good enough to tell schedules apart that nobody chose to be alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0xa076_1d64_78bd_642f)
            * u128::from(self.0.rotate_left(32) ^ 0xe703_7ed1_a0b4_28db);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }
}

#[cfg(test)]
mod tests {
    use coyote_kernel::{ActorId, MessageName};

    use super::*;

    fn key(steps: &[Step]) -> u64 {
        let choices = steps.iter().map(|&step| Choice::Step { step, taken: 0, bound: 1 });
        Keys::default().schedule(&Trace { choices: choices.collect() }).key
    }

    #[test]
    fn only_the_order_of_each_actor_counts() {
        let [a, b] = [1, 2].map(ActorId::from_bits);
        let deliver = |from, to, number| Step::Deliver(MessageName { from, to, number, copy: 0 });
        let [one, two, other] = [deliver(a, b, 1), deliver(a, b, 2), deliver(b, a, 1)];
        assert_eq!(key(&[one, two, other]), key(&[other, one, two]));
        assert_eq!(key(&[one, other, two]), key(&[one, two, other]));
        assert_ne!(key(&[one, two, other]), key(&[two, one, other]));
        assert_ne!(key(&[one]), key(&[one, one]));
        assert_ne!(key(&[Step::Start(a)]), key(&[Step::Start(b)]));
    }
}
