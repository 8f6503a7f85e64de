//! Uniform random walks.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Diverged, Question, Strategy};

/// Every enabled step is equally likely, and so is every number that an actor draws.
#[derive(Clone, Debug)]
pub struct Random {
    random: Xoshiro256PlusPlus,
}

impl Default for Random {
    fn default() -> Self {
        Self { random: Xoshiro256PlusPlus::seed_from_u64(0) }
    }
}

impl Strategy for Random {
    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        Ok(below(&mut self.random, question.bound()))
    }

    fn listens(&self) -> bool {
        false
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        true
    }
}

/// A number below `bound`, which is not zero (Lemire, "Fast random integer generation in an interval", 2019, without the
/// rejection: the bias is below 2^-32 times the bound).
pub(crate) fn below(random: &mut Xoshiro256PlusPlus, bound: u32) -> u32 {
    let scaled = (u64::from(random.next_u32()) * u64::from(bound)) >> 32;
    u32::try_from(scaled).expect("less than the bound")
}

/// Whether so many coins, at most 64, all show heads.
pub(super) fn all_heads(random: &mut Xoshiro256PlusPlus, coins: u32) -> bool {
    coins == 0 || random.next_u64() >> (64 - coins) == 0
}
