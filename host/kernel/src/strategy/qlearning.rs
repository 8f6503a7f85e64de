//! Walks that avoid where they have been.

use alloc::vec::Vec;
use core::mem;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;
use super::urw::weighted;
use super::{Diverged, Question, Strategy, derive_seed, seen};
use crate::actor::Status;
use crate::id::{ActorId, HashedById};
use crate::kernel::Kernel;
use crate::step::{Enabled, Step};

/// Learns in the batch what each answer is worth in each state. Every answer is punished, the more often the batch has
/// been where it leads the harder, so those not given yet are preferred, and those that lead to them.
///
/// Mukherjee, Deligiannis, Biswas and Lal, "Learning-based controlled concurrency testing", OOPSLA 2020, section 4, with
/// their learning rate 0.3 and discount 0.7, and answers drawn by the softmax of their values. The reward is that of
/// their implementation in Coyote: -1 for each time the batch was in the next state. Differences:
/// - A state is what the host sees of it: of each actor its id, status, state and the kinds of what waits for it, in no
///   order. Guests' memory never counts. An answer is named by sort of step, sender, receiver and kind.
/// - What an actor draws is an answer too, in a state of its own: the app before the turn, the step, and what was drawn
///   before in the turn, which does not count there. So a row of coins that nobody has thrown yet looks new to its end.
///   Draws of more than `LEARNED_MAX` numbers are uniform.
/// - The end counts as a state, one for each answer that led to it. There the last answer is never valued, and so looks
///   better than any other.
/// - We learn at once and not after the execution.
/// - Values are fixed-point numbers and the largest is subtracted before the exponential, so all machines agree and
///   nothing underflows.
#[derive(Clone, Debug)]
pub struct QLearning {
    random: Xoshiro256PlusPlus,
    /// By state and answer; what is not there is 0, the best.
    values: HashedById<u64, i64>,
    /// By state: how often the batch was there.
    visits: HashedById<u64, u32>,
    /// The state and answer that were met last, to be valued by what comes next.
    last: Option<u64>,
    /// What draws happen in.
    context: u64,
    /// Of the present question: states and answers, their values, and how likely they are.
    keys: Vec<u64>,
    picked: Vec<i64>,
    weights: Vec<u64>,
}

/// What 1 is among values.
const ONE: i64 = 1 << 16;

/// Draws of more numbers are not learned.
const LEARNED_MAX: u32 = 64;

/// Values that are kept in a batch, 2^22, and as many states: some 200 MiB.
const VALUES_MAX: usize = 1 << 22;

impl Default for QLearning {
    fn default() -> Self {
        Self {
            random: Xoshiro256PlusPlus::seed_from_u64(0),
            values: HashedById::default(),
            visits: HashedById::default(),
            last: None,
            context: 0,
            keys: Vec::new(),
            picked: Vec::new(),
            weights: Vec::new(),
        }
    }
}

impl QLearning {
    fn value(&self, key: u64) -> i64 {
        self.values.get(&key).copied().unwrap_or(0)
    }

    /// The last answer has led to this state, and the best that can be had there is that.
    fn learn(&mut self, state: u64, best: i64) {
        let visits = &mut self.visits;
        let known = visits.len() < VALUES_MAX || visits.contains_key(&state);
        let visits = if known {
            let visits = visits.entry(state).or_insert(0);
            *visits = visits.saturating_add(1);
            *visits
        } else {
            1
        };
        if let Some(last) = self.last
            && (self.values.len() < VALUES_MAX || self.values.contains_key(&last))
        {
            let value = self.values.entry(last).or_insert(0);
            let target = best * 7 / 10 - ONE * i64::from(visits);
            *value += (target - *value) * 3 / 10;
        }
    }

    /// One of the answers with these keys, in a state.
    fn pick(&mut self, state: u64) -> u32 {
        let mut values = mem::take(&mut self.picked);
        values.clear();
        values.extend(self.keys.iter().map(|&key| self.value(key)));
        self.learn(state, values.iter().copied().max().expect("a question has answers"));
        // What was learned may be about one of these answers.
        if let Some(last) = self.last
            && let Some(place) = self.keys.iter().position(|&key| key == last)
        {
            values[place] = self.value(last);
        }
        let best = values.iter().copied().max().expect("a question has answers");
        self.weights.clear();
        self.weights.extend(values.iter().map(|&value| exp(best.abs_diff(value))));
        self.picked = values;
        let place = weighted(&mut self.random, &self.weights);
        self.last = Some(self.keys[place as usize]);
        place
    }

    fn pick_step(&mut self, enabled: &[Enabled], kernel: &Kernel) -> u32 {
        self.keys.clear();
        self.keys.extend(enabled.iter().map(action_of));
        // The actions tell which timers may fire.
        let state = self.keys.iter().fold(state_of(kernel), |state, &key| state.wrapping_add(key));
        self.context = state;
        for key in &mut self.keys {
            *key = derive_seed(state, *key);
        }
        self.pick(state)
    }

    fn pick_number(&mut self, actor: ActorId, bound: u32) -> u32 {
        let state = derive_seed(self.context, derive_seed(actor.bits(), u64::from(bound)));
        let taken = if bound <= LEARNED_MAX {
            self.keys.clear();
            self.keys.extend((0..u64::from(bound)).map(|number| derive_seed(state, number)));
            self.pick(state)
        } else {
            below(&mut self.random, bound)
        };
        self.context = derive_seed(state, u64::from(taken));
        taken
    }
}

impl Strategy for QLearning {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.values.clear();
        self.visits.clear();
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        (self.last, self.context) = (None, 0);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        Ok(match *question {
            Question::Step { enabled, kernel } => self.pick_step(enabled, seen(kernel)),
            Question::Number { actor, bound } => self.pick_number(actor, bound),
        })
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        self.context = derive_seed(self.context, action_of(step));
    }

    fn end(&mut self) {
        if let Some(last) = self.last {
            self.learn(last, 0);
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}

/// The name of a step, without numbers that only grow.
pub(super) fn action_of(enabled: &Enabled) -> u64 {
    let (sort, from, detail) = match enabled.step {
        Step::Start(_) => (1, ActorId::ENVIRONMENT, 0),
        Step::Take(_) => (2, ActorId::ENVIRONMENT, 0),
        Step::Default(_) => (3, ActorId::ENVIRONMENT, 0),
        Step::Release(_) => (4, ActorId::ENVIRONMENT, 0),
        Step::Fire { .. } => (5, ActorId::ENVIRONMENT, 0),
        Step::Deliver(name) => (6, name.from, 0),
        Step::Fault(fault) => (7, ActorId::ENVIRONMENT, fault.fault()),
        Step::End => (8, ActorId::ENVIRONMENT, 0),
        Step::Resume { task, .. } => (9, ActorId::ENVIRONMENT, task),
    };
    let kind = enabled.kind.map_or(u32::MAX, |kind| kind.0);
    let action = derive_seed(enabled.step.actor().bits(), from.bits());
    derive_seed(derive_seed(action, sort << 32 | u64::from(detail)), u64::from(kind))
}

/// The actors as far as the host sees them. Sums, because order means nothing.
fn state_of(kernel: &Kernel) -> u64 {
    let mut state = 0_u64;
    for (slot, id, status) in kernel.actors() {
        let status = match status {
            Status::Starting => 1,
            Status::Idle => 2,
            Status::InTurn => 3,
            Status::Halting => 4,
            Status::Failed(_) => 5,
            Status::Cell => 6,
        };
        let top = kernel.state(slot).map_or(0, |state| u64::from(state) + 1);
        let mut waiting = 0_u64;
        for message in kernel.waiting(slot) {
            waiting = waiting.wrapping_add(derive_seed(1, u64::from(message.event.kind.0)));
        }
        let actor = derive_seed(derive_seed(id.bits(), status << 32 | top), waiting);
        state = state.wrapping_add(actor);
    }
    state
}

/// e to the power of minus `power`, in units of 2^-31, at least 1. For the power, 2^16 stands for 1.
fn exp(power: u64) -> u64 {
    /// 2 to the power of -1/2, -1/4 and so on, in units of 2^-32.
    const ROOTS: [u64; 16] = [
        0xb504_f334,
        0xd744_fccb,
        0xeac0_c6e8,
        0xf525_7d15,
        0xfa83_b2db,
        0xfd3e_0c0d,
        0xfe9e_115c,
        0xff4e_cb59,
        0xffa7_5652,
        0xffd3_a752,
        0xffe9_d2b3,
        0xfff4_e91c,
        0xfffa_747f,
        0xfffd_3a3b,
        0xfffe_9d1d,
        0xffff_4e8e,
    ];
    /// The binary logarithm of e, times 2^16.
    const LOG_E: u64 = 94_548;
    /// From here on the result is 1.
    const POWER_MAX: u64 = 32 << 16;
    let halvings = (power.min(POWER_MAX) * LOG_E) >> 16;
    let mut result = 1 << 31;
    for (place, root) in ROOTS.iter().enumerate() {
        if halvings >> (15 - place) & 1 == 1 {
            result = (result * root) >> 32;
        }
    }
    (result >> (halvings >> 16)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_right_to_four_digits() {
        let in_millionths = |power| (exp(power) * 1_000_000) >> 31;
        let powers = [0, 1 << 15, 1 << 16, 2 << 16, (10 << 16) / 3];
        assert_eq!(powers.map(in_millionths), [1_000_000, 606_532, 367_881, 135_336, 35_674]);
        assert_eq!(exp(u64::MAX), 1);
    }
}
