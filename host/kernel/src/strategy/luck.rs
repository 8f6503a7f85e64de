//! Draws that mostly come out the same.

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::{all_heads, below};

/// In one execution, all actors mostly draw the smallest number, or all of them mostly the largest: they are lucky or not.
///
/// What needs several coins in a row to show the same, or a number that is drawn rarely again and again, comes about in few
/// executions where draws are uniform, and in most of these. That an execution leaves much out for the sake of the rest is
/// the idea of swarm testing (Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012).
#[derive(Clone, Debug)]
pub(super) struct Luck {
    random: Xoshiro256PlusPlus,
    draws_largest: bool,
    /// How many coins must all show heads for a draw that is uniform.
    coins: u32,
}

/// The rarest uniform draws are one of 2^3.
const COINS_MAX: u32 = 3;

impl Luck {
    /// The luck of an execution.
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let draws_largest = all_heads(&mut random, 1);
        let coins = 1 + below(&mut random, COINS_MAX);
        Self { random, draws_largest, coins }
    }

    /// What an actor draws.
    pub(super) fn pick(&mut self, bound: u32) -> u32 {
        if all_heads(&mut self.random, self.coins) {
            below(&mut self.random, bound)
        } else if self.draws_largest {
            bound - 1
        } else {
            0
        }
    }
}
