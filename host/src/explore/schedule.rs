//! When two schedules are the same, and how many differ.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use coyote_kernel::{ActorId, Choice, IdHasher, IdMap, Step, Trace};

/// Most schedules whose keys are kept to be told apart; beyond that they are no longer counted.
const KEPT_MAX: usize = 8 << 20;

/// So many are noted before they are told apart.
const FRESH_MAX: usize = 1 << 14;

/// The schedules that came up.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedules {
    /// Keys, which are hashes already.
    kept: HashSet<u64, BuildHasherDefault<IdHasher>>,
    /// Those that came up last, again and again: to tell many apart at once waits less for memory.
    fresh: Vec<u64>,
}

impl Schedules {
    /// The schedule with this key came up.
    pub(super) fn note(&mut self, key: u64) {
        self.fresh.push(key);
        if self.fresh.len() >= FRESH_MAX {
            self.tell_apart();
        }
    }

    /// All of these came up too.
    pub(super) fn add(&mut self, others: &Self) {
        self.tell_apart();
        self.keep(&others.fresh);
        self.keep(&others.kept);
    }

    fn tell_apart(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        self.keep(&fresh);
    }

    fn keep<'a>(&mut self, keys: impl IntoIterator<Item = &'a u64>) {
        if self.kept.len() < KEPT_MAX {
            self.kept.extend(keys);
        }
    }

    /// How many differ, of those that were [added](Self::add).
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}

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
        if *first == actor {
            return mixer;
        }
        if (*first, *mixer) != NOBODY {
            return self.others.entry(actor).or_insert(new);
        }
        (*first, *mixer) = (actor, new);
        mixer
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
                // Nearly all steps are these. Whose inbox it is was mixed in at first, and ids are hashes: the number of a
                // message can be added to one.
                Choice::Step { step: Step::Deliver(name), .. } => {
                    let number = u64::from(name.copy) << 32 | u64::from(name.number);
                    mixer.write_u64(name.from.bits() ^ number.rotate_right(16));
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
