//! All strategies in turn.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fresh::FreshDraws;
use super::{Diverged, Done, FairSuffix, Named, OneDelay, Question, Strategy, derive_seed};
use crate::step::Enabled;

/// Begins with what production does. Then every other execution departs from that in one place, until there are no more
/// such places, and all others are given to other strategies in turn, each of which learns from its own. What is not fair
/// becomes a random walk after a while, so that every execution says something about liveness.
///
/// Wherever the strategy does not learn draws itself, what actors draw are, in every other round, rows of numbers that have
/// not come up in the batch; where there is one departure from production they always are.
///
/// No strategy wins everywhere, and which one will is not known beforehand; a portfolio is behind the best one by a
/// constant factor at most.
pub struct Portfolio {
    members: Vec<(Named, Box<dyn Strategy>)>,
    /// By place in [`ROUND`]: whose turn it is.
    round: Vec<usize>,
    /// What production does, with one departure at most.
    production: FairSuffix<OneDelay>,
    prefix_max: u32,
    /// At how many places the first execution could have departed, once it is over.
    places: u32,
    /// How many executions of the batch have begun.
    begun: u32,
    /// How many of them were given to members.
    given: usize,
    turn: Turn,
    fresh: FreshDraws,
    /// Draws from the fresh ones, in the executions that have them.
    random: Option<Xoshiro256PlusPlus>,
    /// Whether the batch is the first of its exploration.
    is_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Production,
    Member(usize),
}

/// Most executions with one departure. Where there are more places to depart at, so many are taken all over.
const DEPARTURES_MAX: u32 = 50;

/// For so many steps and draws at most a strategy that is not fair is followed.
const PREFIX_MAX: u32 = 200;

/// Which of the things that the seed of an execution stands for the fresh draws are.
const FRESH: u64 = 1;

/// Whose turn it is, over and over.
///
/// Shares follow what one execution of each finds, counted over some 1,000 executions of every example app: priorities of
/// actors win chain-replication and replicating-storage, the uniform walk failure-detector, both and [`Pos`](super::Pos)
/// raft, delays coffee-machine and drinks-robot, priorities of messages where a channel is slow; learning wins where a bug
/// hangs on what actors draw. What wins much in few executions comes first. What won nothing gets one turn, for programs
/// that are not among those.
const ROUND: [Named; 24] = [
    Named::Pct { change_points: 10 },
    Named::Urw,
    Named::DelayBounding { delays: 3 },
    Named::Random,
    Named::Pos,
    Named::Pct { change_points: 3 },
    Named::Pct { change_points: 10 },
    Named::Pctcp { change_points: 10 },
    Named::QLearning,
    Named::Pos,
    Named::Pct { change_points: 3 },
    Named::Urw,
    Named::Pct { change_points: 10 },
    Named::Random,
    Named::Pos,
    Named::Pct { change_points: 3 },
    Named::DelayBounding { delays: 3 },
    Named::Pct { change_points: 30 },
    Named::Pct { change_points: 10 },
    Named::Pos,
    Named::Pct { change_points: 3 },
    Named::Urw,
    Named::Probabilistic { coins: 3 },
    Named::RandomActor,
];

impl Default for Portfolio {
    fn default() -> Self {
        Self::new(PREFIX_MAX)
    }
}

impl Portfolio {
    /// Follows a strategy that is not fair for so many steps and draws.
    fn new(prefix_max: u32) -> Self {
        let mut members: Vec<(Named, Box<dyn Strategy>)> = Vec::new();
        let mut round = Vec::new();
        for named in ROUND {
            let known = members.iter().position(|(known, _)| *known == named);
            round.push(known.unwrap_or(members.len()));
            if known.is_none() {
                members.push((named, named.build_fair(prefix_max)));
            }
        }
        Self {
            members,
            round,
            production: FairSuffix::new(OneDelay::new(u32::MAX), prefix_max),
            prefix_max,
            places: 0,
            begun: 0,
            given: 0,
            turn: Turn::Production,
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
    /// For executions of so many steps and draws at most: a strategy that is not fair has a quarter of them, so that a
    /// monitor can be hot for half of them after that.
    #[must_use]
    pub fn within(steps_max: u32) -> Self {
        Self::new(PREFIX_MAX.min(steps_max / 4))
    }

    /// What production does, with one departure.
    fn depart(&mut self, place: u32) {
        self.turn = Turn::Production;
        self.production = FairSuffix::new(OneDelay::new(place), self.prefix_max);
    }

    /// The strategy whose turn it is.
    fn current(&mut self) -> &mut dyn Strategy {
        match self.turn {
            Turn::Production => &mut self.production,
            Turn::Member(member) => &mut *self.members[member].1,
        }
    }

    /// Where the execution with this number departs from production, from 1 on, if it is one of those that do: every other
    /// one, for as long as there are places.
    fn departure(&self, number: u32) -> Option<u32> {
        let count = self.places.min(DEPARTURES_MAX);
        let is_one = self.is_first && number.is_multiple_of(2) && number / 2 <= count;
        is_one.then(|| {
            let place = u64::from(number / 2 - 1) * u64::from(self.places) / u64::from(count);
            u32::try_from(place).expect("less than the number of places")
        })
    }
}

impl Strategy for Portfolio {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        (self.places, self.begun, self.given) = (0, 0, 0);
        self.is_first = number == 0;
        self.fresh.forget();
        for (place, (_, member)) in (0..).zip(&mut self.members) {
            member.begin_batch(derive_seed(seed, place), number);
        }
    }

    fn begin(&mut self, seed: u64) {
        let number = self.begun;
        self.begun = self.begun.saturating_add(1);
        let mut is_fresh = number > 0;
        if number == 0 && self.is_first {
            self.depart(u32::MAX);
        } else if let Some(place) = self.departure(number) {
            self.depart(place);
        } else {
            let (round, place) = (self.given / self.round.len(), self.given % self.round.len());
            self.given += 1;
            self.turn = Turn::Member(self.round[place]);
            is_fresh = !(round + place).is_multiple_of(2) && ROUND[place] != Named::QLearning;
        }
        self.fresh.begin();
        let seed_of_draws = derive_seed(seed, FRESH);
        self.random = is_fresh.then(|| Xoshiro256PlusPlus::seed_from_u64(seed_of_draws));
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
        if self.turn == Turn::Production && self.begun == 1 {
            self.places = self.production.prefix().places();
        }
    }

    /// Only an app that asks nothing has no second execution.
    fn is_exhausted(&self) -> bool {
        self.is_first && self.begun == 1 && self.production.prefix().asked_nothing()
    }

    fn learns(&self) -> bool {
        true
    }

    fn looks_at_app(&self) -> bool {
        match self.turn {
            Turn::Production => self.production.looks_at_app(),
            Turn::Member(member) => self.members[member].1.looks_at_app(),
        }
    }

    fn is_fair(&self) -> bool {
        match self.turn {
            Turn::Production => self.production.is_fair(),
            Turn::Member(member) => self.members[member].1.is_fair(),
        }
    }
}
