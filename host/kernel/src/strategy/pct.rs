//! Priorities on actors.

use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::agent::{agent, any_of};
use super::points::Points;
use super::random::below;
use super::{Diverged, Question, Strategy, derive_seed};
use crate::id::ActorId;
use crate::step::Enabled;

/// The actor of the highest rank acts, and at each of a few change points the one that has just acted gets a rank below
/// all others.
///
/// Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding
/// bugs", ASPLOS 2010, section 3. A bug that needs `d` ordering constraints is found with a probability of at least
/// 1 / (n k^(d - 1)), with n actors, k steps and d - 1 change points. Differences:
/// - Threads become actors. Among the steps of the chosen one each is equally likely.
/// - Actors come at any time, so ranks are not a permutation drawn at first: every actor draws a large number. A new one
///   may come out anywhere, also on top, which it cannot in P and P#.
/// - k is the length of the longest execution of the batch so far, because nobody knows it in advance.
/// - A fault has a rank of its own, whomever it hits, and keeps it.
#[derive(Clone, Debug)]
pub struct Pct {
    random: Xoshiro256PlusPlus,
    seed: u64,
    change_points: u32,
    points: Points,
    /// By agent; for an actor with its id, because slots are used again.
    ranks: Vec<(ActorId, u64)>,
}

/// What was never changed is above all that was: those have the numbers of their change points.
pub(super) const UNCHANGED: u64 = 1 << 63;

/// The rank that something begins with.
pub(super) fn first_rank(seed: u64, name: u64) -> u64 {
    UNCHANGED | derive_seed(seed, name) >> 1
}

impl Pct {
    /// With so many change points, one less than the depth of the bugs that it looks for.
    #[must_use]
    pub fn new(change_points: u32) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(0);
        Self { random, seed: 0, change_points, points: Points::default(), ranks: Vec::new() }
    }

    fn rank(&mut self, step: &Enabled) -> &mut u64 {
        let (agent, id) = (agent(step), step.step.actor());
        if self.ranks.len() <= agent {
            self.ranks.resize(agent + 1, (ActorId::ENVIRONMENT, 0));
        }
        let is_actor = agent > 0 && agent.is_multiple_of(2);
        let rank = &mut self.ranks[agent];
        if rank.1 == 0 || is_actor && rank.0 != id {
            let name = if is_actor { id.bits() } else { agent as u64 };
            *rank = (id, first_rank(self.seed, name));
        }
        &mut rank.1
    }
}

impl Strategy for Pct {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.points.forget();
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.seed = seed;
        self.points.draw(self.change_points, &mut self.random);
        self.ranks.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, .. } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        let highest = enabled.iter().max_by_key(|step| *self.rank(step));
        let chosen = agent(highest.expect("a question has answers"));
        Ok(any_of(chosen, enabled, &mut self.random).expect("the agent was found there"))
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        if let Some(point) = self.points.pass().last().copied()
            && agent(step).is_multiple_of(2)
        {
            *self.rank(step) = u64::from(point.number) + 1;
        }
    }

    fn end(&mut self) {
        self.points.end();
    }

    fn learns(&self) -> bool {
        self.change_points > 0
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        false
    }
}
