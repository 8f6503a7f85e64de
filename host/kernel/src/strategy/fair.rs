//! A fair end for strategies that starve.

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;
use super::{Diverged, Done, Question, Strategy, derive_seed};
use crate::step::Enabled;

/// Follows a strategy for a number of steps and draws (T7), and is a random walk from there on. Only then it is fair
/// (L2), unless what it follows is fair by itself: that it follows to the end.
///
/// What it follows does not hear of the steps of the random walk, so that it learns from its own only. Draws without an
/// alternative do not count, because strategies do not hear of those.
#[derive(Clone, Debug)]
pub struct FairSuffix<S> {
    prefix: S,
    prefix_max: u32,
    counted: u32,
    random: Xoshiro256PlusPlus,
}

/// Which of the things that the seed of an execution stands for the random walk is.
const SUFFIX: u64 = 1;

impl<S: Strategy> FairSuffix<S> {
    /// Follows this strategy for so many steps and draws.
    #[must_use]
    pub fn new(prefix: S, prefix_max: u32) -> Self {
        Self { prefix, prefix_max, counted: 0, random: Xoshiro256PlusPlus::seed_from_u64(0) }
    }

    /// What it follows.
    pub(super) fn prefix(&self) -> &S {
        &self.prefix
    }

    fn is_over(&self) -> bool {
        self.counted >= self.prefix_max && !self.prefix.is_fair()
    }
}

impl<S: Strategy> Strategy for FairSuffix<S> {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        self.prefix.begin_batch(seed, number);
    }

    fn begin(&mut self, seed: u64) {
        self.counted = 0;
        self.random = Xoshiro256PlusPlus::seed_from_u64(derive_seed(seed, SUFFIX));
        self.prefix.begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let answer = if self.is_over() {
            Ok(below(&mut self.random, question.bound()))
        } else {
            self.prefix.choose(question)
        };
        if matches!(question, Question::Number { .. }) {
            self.counted = self.counted.saturating_add(1);
        }
        answer
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        if !self.is_over() {
            self.prefix.step(step, enabled);
        }
        self.counted = self.counted.saturating_add(1);
    }

    fn done(&mut self, done: &Done<'_>) {
        if !self.is_over() {
            self.prefix.done(done);
        }
    }

    fn end(&mut self) {
        self.prefix.end();
    }

    fn is_exhausted(&self) -> bool {
        self.prefix.is_exhausted()
    }

    fn learns(&self) -> bool {
        self.prefix.learns()
    }

    fn is_one_batch(&self) -> bool {
        self.prefix.is_one_batch()
    }

    fn wants_all(&self) -> bool {
        self.prefix.wants_all()
    }

    fn looks_at_app(&self) -> bool {
        self.prefix.looks_at_app()
    }

    fn is_fair(&self) -> bool {
        self.counted >= self.prefix_max || self.prefix.is_fair()
    }
}
