//! All strategies in turn.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fresh::FreshDraws;
use super::{Diverged, Done, Named, OneDelay, Question, Strategy, derive_seed};
use crate::step::Enabled;

/// Begins with what production does and with departures from it in one place each, then gives its executions to other
/// strategies in turn, each of which learns from its own.
///
/// In every other execution of a member that does not learn draws itself, what actors draw are [rows of numbers that
/// have not come up](super::fresh::FreshDraws) in the batch.
///
/// No strategy wins everywhere, and which one will is not known beforehand; a portfolio is behind the best one by a
/// constant factor at most.
pub struct Portfolio {
    members: Vec<(Named, Box<dyn Strategy>)>,
    /// By place in [`ROUND`]: whose turn it is.
    round: Vec<usize>,
    opening: OneDelay,
    /// How many questions the first execution asked, once it is over.
    asked: u32,
    /// How many executions of the batch have begun.
    begun: u32,
    turn: Turn,
    fresh: FreshDraws,
    /// Draws from the fresh ones, in the executions that have them.
    random: Option<Xoshiro256PlusPlus>,
    /// Whether the batch is the first of its exploration.
    is_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// What production does, with one departure at most.
    Opening,
    Member(usize),
}

/// Most executions of the opening. Where there are more places to depart at, so many are taken at equal distances.
const OPENING_MAX: u32 = 50;

/// Which of the things that the seed of an execution stands for the fresh draws are.
const FRESH: u64 = 1;

/// Whose turn it is, over and over.
///
/// Shares and options follow measurements of a prototype on the protocols of Mukherjee et al. (2020), which say who
/// finds the bug in the fewest schedules: PCTCP and POS in Paxos; a uniform random walk in Raft with timers of the host,
/// and there and in Raft with timers that are actors it and the random walk beat everything but learning; learning where
/// the bug hangs on what actors draw, and in the failure detector, followed there by POS and PCT with very many change
/// points. What won nothing gets one turn, for programs that are not among those.
const ROUND: [Named; 16] = [
    Named::Random,
    Named::Pctcp { change_points: 3 },
    Named::QLearning,
    Named::Urw,
    Named::Pos,
    Named::Pct { change_points: 10 },
    Named::Random,
    Named::QLearning,
    Named::Pctcp { change_points: 10 },
    Named::Urw,
    Named::Pos,
    Named::Pct { change_points: 30 },
    Named::QLearning,
    Named::RandomActor,
    Named::DelayBounding { delays: 10 },
    Named::Probabilistic { coins: 3 },
];

impl Default for Portfolio {
    fn default() -> Self {
        let mut members: Vec<(Named, Box<dyn Strategy>)> = Vec::new();
        let mut round = Vec::new();
        for named in ROUND {
            let known = members.iter().position(|(known, _)| *known == named);
            round.push(known.unwrap_or(members.len()));
            if known.is_none() {
                members.push((named, named.build()));
            }
        }
        Self {
            members,
            round,
            opening: OneDelay::new(u32::MAX),
            asked: 0,
            begun: 0,
            turn: Turn::Opening,
            fresh: FreshDraws::default(),
            random: None,
            is_first: true,
        }
    }
}

impl core::fmt::Debug for Portfolio {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Portfolio").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl Portfolio {
    /// The strategy whose turn it is.
    fn current(&mut self) -> &mut dyn Strategy {
        match self.turn {
            Turn::Opening => &mut self.opening,
            Turn::Member(member) => &mut *self.members[member].1,
        }
    }

    /// How many executions the opening has.
    fn opening_len(&self) -> u32 {
        if !self.is_first {
            0
        } else if self.begun == 0 {
            1
        } else {
            self.asked.min(OPENING_MAX - 1) + 1
        }
    }
}

/// Where the execution with this number, from 1 to `count`, departs, if there are `asked` questions.
fn departure(number: u32, count: u32, asked: u32) -> u32 {
    let place = u64::from(number - 1) * u64::from(asked) / u64::from(count);
    u32::try_from(place).expect("less than the number of questions")
}

impl Strategy for Portfolio {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        (self.asked, self.begun) = (0, 0);
        self.is_first = number == 0;
        self.fresh.forget();
        for (place, (_, member)) in (0..).zip(&mut self.members) {
            member.begin_batch(derive_seed(seed, place), number);
        }
    }

    fn begin(&mut self, seed: u64) {
        let len = self.opening_len();
        self.random = None;
        if self.begun < len {
            self.turn = Turn::Opening;
            self.opening = OneDelay::new(match self.begun {
                0 => u32::MAX,
                number => departure(number, len - 1, self.asked),
            });
        } else {
            let number = (self.begun - len) as usize;
            let (round, place) = (number / self.round.len(), number % self.round.len());
            self.turn = Turn::Member(self.round[place]);
            let is_fresh = (round + place).is_multiple_of(2) && ROUND[place] != Named::QLearning;
            let seed = derive_seed(seed, FRESH);
            self.random = is_fresh.then(|| Xoshiro256PlusPlus::seed_from_u64(seed));
        }
        self.begun = self.begun.wrapping_add(1).max(1);
        self.current().begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        match (question, &mut self.random) {
            (&Question::Number { actor, bound }, Some(random)) => {
                Ok(self.fresh.pick(random, actor, bound))
            }
            _ => self.current().choose(question),
        }
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        if self.random.is_some() {
            self.fresh.step(step);
        }
        self.current().step(step, enabled);
    }

    fn done(&mut self, done: &Done<'_>) {
        self.current().done(done);
    }

    fn end(&mut self) {
        self.fresh.over();
        self.current().end();
        if self.turn == Turn::Opening && self.begun == 1 {
            self.asked = self.opening.questions();
        }
    }

    /// Only an app that asks nothing has no second execution.
    fn is_exhausted(&self) -> bool {
        self.is_first && self.begun == 1 && self.asked == 0
    }

    fn learns(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        match self.turn {
            Turn::Opening => self.opening.is_fair(),
            Turn::Member(member) => self.members[member].1.is_fair(),
        }
    }
}
