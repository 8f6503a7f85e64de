//! Random walks that like to stay where they are.

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::agent::{agent, any_of};
use super::random::{all_heads, below};
use super::{Diverged, Question, Strategy};
use crate::step::{Enabled, Step};

/// The actor that acted last acts again, as long as it can, unless some coins all show heads: then every enabled step is
/// equally likely.
///
/// The probabilistic random walk of Coyote (Deligiannis, Senthilnathan, Nayyar, Lovett and Lal, "Industrial-strength
/// controlled concurrency testing for C# programs with Coyote", TACAS 2023). A fault does not act again.
#[derive(Clone, Debug)]
pub struct Probabilistic {
    random: Xoshiro256PlusPlus,
    coins: u32,
    last: Option<usize>,
}

impl Probabilistic {
    /// Leaves an actor that could go on with a probability of 1 in 2 to the power of `coins`, which is at most 64.
    #[must_use]
    pub fn new(coins: u32) -> Self {
        Self { random: Xoshiro256PlusPlus::seed_from_u64(0), coins, last: None }
    }
}

impl Strategy for Probabilistic {
    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.last = None;
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        if let Question::Step { enabled, .. } = question
            && let Some(last) = self.last
            && !all_heads(&mut self.random, self.coins)
            && let Some(place) = any_of(last, enabled, &mut self.random)
        {
            return Ok(place);
        }
        Ok(below(&mut self.random, question.bound()))
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        if !matches!(step.step, Step::Fault(_)) {
            self.last = Some(agent(step));
        }
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        true
    }
}
