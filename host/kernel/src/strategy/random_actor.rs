//! Random walks over actors.

use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::agent::{agent, any_of};
use super::random::below;
use super::{Diverged, Question, Strategy};
use crate::step::Enabled;

/// Every actor that can do something is equally likely, and so is each of its steps. An actor to whom many send is not
/// preferred, as it is by [`Random`](super::Random).
#[derive(Clone, Debug)]
pub struct RandomActor {
    random: Xoshiro256PlusPlus,
    /// By agent: the number of the question in which it was met last.
    met: Vec<u32>,
    questions: u32,
}

impl Default for RandomActor {
    fn default() -> Self {
        Self { random: Xoshiro256PlusPlus::seed_from_u64(0), met: Vec::new(), questions: 0 }
    }
}

impl RandomActor {
    /// Whether an agent is met for the first time in the present question.
    fn meet(&mut self, agent: usize) -> bool {
        if self.met.len() <= agent {
            self.met.resize(agent + 1, 0);
        }
        core::mem::replace(&mut self.met[agent], self.questions) != self.questions
    }

    fn any_agent(&mut self, enabled: &[Enabled]) -> usize {
        self.questions += 1;
        let count = enabled.iter().filter(|step| self.meet(agent(step))).count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let chosen = below(&mut self.random, count) as usize;
        self.questions += 1;
        let mut first = enabled.iter().filter(|step| self.meet(agent(step)));
        agent(first.nth(chosen).expect("there are as many as a moment ago"))
    }
}

impl Strategy for RandomActor {
    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.met.fill(0);
        self.questions = 0;
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, .. } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        let agent = self.any_agent(enabled);
        Ok(any_of(agent, enabled, &mut self.random).expect("the agent was found there"))
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
