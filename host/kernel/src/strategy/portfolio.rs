//! All strategies in turn.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fresh::FreshDraws;
use super::luck::Luck;
use super::novelty::Novelty;
use super::ticks::Ticks;
use super::{Diverged, Done, FairSuffix, Named, OneDelay, Question, Strategy, derive_seed};
use crate::step::Enabled;

/// Begins with what production does, with timers that are due together one after the other and, if that makes a difference,
/// at once. Then every third execution departs from that in one place, until there are no more such places, and all others
/// are given to other strategies in turn, each of which learns from its own. What is not fair becomes a random walk after a
/// while, so that every execution says something about liveness.
///
/// A turn of a strategy may be
/// - all its own,
/// - with draws that are rows of numbers which have not come up in the batch, unless the strategy learns draws itself;
///   where there is one departure from production they always are,
/// - with actors that are all lucky, or none,
/// - back to where few executions have been, and the strategy's from there on.
///
/// In the first batches nearly all are of the first two sorts; later seven of twelve are of the last two, and strategies
/// that change priorities often have more turns: what a plain schedule finds is found soon, and what it does not find needs
/// more executions anyway.
///
/// No strategy wins everywhere, and which one will is not known beforehand; a portfolio is behind the best one by a
/// constant factor at most.
pub struct Portfolio {
    members: Vec<(Named, Box<dyn Strategy>)>,
    /// What production does, with one departure at most.
    production: FairSuffix<OneDelay>,
    together: FairSuffix<Ticks>,
    prefix_max: u32,
    /// At how many places the first execution could have departed, once it is over.
    places: u32,
    /// Whether timers that are due together make a difference in the first execution.
    ties: bool,
    /// How many executions of the batch have begun.
    begun: u32,
    /// How many of them were given to members.
    given: usize,
    turn: Turn,
    draws: Draws,
    /// Whether anything was drawn in the execution that was not random.
    is_biased: bool,
    fresh: FreshDraws,
    novelty: Novelty,
    /// Whether the batch is the first of its exploration.
    is_first: bool,
    /// How turns are given in this batch.
    stage: Stage,
}

/// How turns are given to members.
#[derive(Clone, Copy, Debug)]
struct Stage {
    /// Whose turn it is, over and over.
    round: &'static [Named],
    /// What is special about it, in turn. Lengths are such that each member has its turns in all of these ways.
    ways: &'static [Way],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Production,
    Together,
    Member(usize),
}

/// Who chooses what actors draw in an execution.
#[derive(Clone, Debug)]
enum Draws {
    /// The strategy whose turn it is.
    Own,
    /// [`FreshDraws`], with these random numbers.
    Fresh(Xoshiro256PlusPlus),
    Lucky(Luck),
}

/// What is special about a turn of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Own,
    Fresh,
    Lucky,
    Back,
}

/// The batches in which turns are [`PLAIN`]: 512 executions of a host whose first batches have 128 each.
const PLAIN_BATCHES: u64 = 4;

/// What plain schedules find is to be found soon.
///
/// Shares follow what one execution of each finds, counted over some 20,000 executions of the example apps: few priorities
/// of actors win chain-replication, the uniform walk failure-detector, both and [`Pos`](super::Pos) raft, `Pos` and
/// priorities of messages the protocols of Mukherjee et al. (2020), delays coffee-machine and drinks-robot; learning wins
/// where a bug hangs on what actors draw. What wins much in few executions comes first.
const PLAIN: Stage = Stage {
    round: &[
        Named::Pos,
        Named::Urw,
        Named::DelayBounding { delays: 3 },
        Named::Pct { change_points: 3 },
        Named::Random,
        Named::Pos,
        Named::Pct { change_points: 3 },
        Named::Pctcp { change_points: 10 },
        Named::Pos,
        Named::Urw,
        Named::Pct { change_points: 3 },
        Named::QLearning,
        Named::Pos,
        Named::Pct { change_points: 10 },
        Named::Pctcp { change_points: 10 },
        Named::Pct { change_points: 3 },
        Named::Urw,
        Named::Pos,
        Named::Random,
        Named::Pct { change_points: 3 },
        Named::Pctcp { change_points: 10 },
        Named::Pos,
        Named::Urw,
        Named::Pct { change_points: 3 },
    ],
    ways: &[
        Way::Own,
        Way::Fresh,
        Way::Own,
        Way::Fresh,
        Way::Own,
        Way::Fresh,
        Way::Lucky,
        Way::Back,
    ],
};

/// What is not found soon needs many changes of priority, luck, or a way that begins where few executions have been.
const STRANGE: Stage = Stage {
    round: &[
        Named::Pctcp { change_points: 3 },
        Named::Pos,
        Named::Pct { change_points: 30 },
        Named::Pctcp { change_points: 10 },
        Named::Pct { change_points: 10 },
        Named::Random,
        Named::Pctcp { change_points: 3 },
        Named::Pct { change_points: 30 },
        Named::Pos,
        Named::Pctcp { change_points: 10 },
        Named::Pct { change_points: 3 },
        Named::QLearning,
        Named::Pctcp { change_points: 3 },
        Named::Pos,
        Named::Pct { change_points: 30 },
        Named::Pctcp { change_points: 10 },
        Named::Pct { change_points: 10 },
        Named::Urw,
        Named::Pctcp { change_points: 3 },
        Named::Pct { change_points: 30 },
        Named::Pos,
        Named::Pctcp { change_points: 10 },
        Named::Pct { change_points: 3 },
        Named::Pct { change_points: 10 },
    ],
    ways: &[
        Way::Own,
        Way::Fresh,
        Way::Lucky,
        Way::Back,
        Way::Own,
        Way::Back,
        Way::Lucky,
        Way::Own,
        Way::Back,
        Way::Fresh,
        Way::Lucky,
        Way::Back,
    ],
};

/// One execution in so many departs from production, while there are places.
const DEPARTS_EVERY: u32 = 3;

/// Most executions with one departure. Where there are more places to depart at, so many are taken all over.
const DEPARTURES_MAX: u32 = 50;

/// For so many steps and draws at most a strategy that is not fair is followed. The random walk after that does not ration
/// faults. Executions of raft, which have 1,000 steps, find its bug twice as often with 100 as with 200.
const PREFIX_MAX: u32 = 100;

/// Which of the things that the seed of an execution stands for the fresh draws are.
const FRESH: u64 = 1;

/// Which of them is where the execution goes back to.
const BACK: u64 = 3;

/// Which of them is the luck of all actors.
const LUCK: u64 = 4;

impl Default for Portfolio {
    fn default() -> Self {
        Self::new(PREFIX_MAX)
    }
}

impl Portfolio {
    /// Follows a strategy that is not fair for so many steps and draws.
    fn new(prefix_max: u32) -> Self {
        let mut members: Vec<(Named, Box<dyn Strategy>)> = Vec::new();
        for &named in PLAIN.round.iter().chain(STRANGE.round) {
            if members.iter().all(|(known, _)| *known != named) {
                members.push((named, named.build_fair(prefix_max)));
            }
        }
        Self {
            members,
            production: FairSuffix::new(OneDelay::new(u32::MAX), prefix_max),
            together: FairSuffix::new(Ticks::default(), prefix_max),
            prefix_max,
            places: 0,
            ties: false,
            begun: 0,
            given: 0,
            turn: Turn::Production,
            draws: Draws::Own,
            is_biased: false,
            fresh: FreshDraws::default(),
            novelty: Novelty::default(),
            is_first: true,
            stage: PLAIN,
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
            Turn::Together => &mut self.together,
            Turn::Member(member) => &mut *self.members[member].1,
        }
    }

    fn present(&self) -> &dyn Strategy {
        match self.turn {
            Turn::Production => &self.production,
            Turn::Together => &self.together,
            Turn::Member(member) => &*self.members[member].1,
        }
    }

    /// Where the execution with this number departs from production, if it is one of those that do, for as long as there are
    /// places. What departs nowhere is not counted.
    fn departure(&self, number: u32) -> Option<u32> {
        let count = self.places.min(DEPARTURES_MAX);
        let departs = number % DEPARTS_EVERY == DEPARTS_EVERY - 1;
        let number = number / DEPARTS_EVERY;
        (self.is_first && departs && number < count).then(|| {
            let place = u64::from(number) * u64::from(self.places) / u64::from(count);
            u32::try_from(place).expect("less than the number of places")
        })
    }

    /// Gives the execution with this number to somebody, and says in which way.
    fn give(&mut self, number: u32) -> Way {
        if self.is_first && number == 0 {
            self.depart(u32::MAX);
            self.together.begin(0);
            return Way::Own;
        }
        let productions = u32::from(self.is_first) + u32::from(self.ties);
        if self.is_first && number < productions {
            self.turn = Turn::Together;
            return Way::Own;
        }
        if let Some(place) = self.departure(number - productions) {
            self.depart(place);
            return Way::Fresh;
        }
        let Stage { round, ways } = self.stage;
        let (rounds, place) = (self.given / round.len(), self.given % round.len());
        self.given += 1;
        let mut members = self.members.iter();
        let member = members.position(|(named, _)| *named == round[place]);
        self.turn = Turn::Member(member.expect("all of both stages are members"));
        match ways[(rounds + place) % ways.len()] {
            Way::Fresh if round[place] == Named::QLearning => Way::Own,
            way => way,
        }
    }
}

impl Strategy for Portfolio {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        (self.places, self.ties, self.begun, self.given) = (0, false, 0, 0);
        self.is_first = number == 0;
        self.stage = if number < PLAIN_BATCHES { PLAIN } else { STRANGE };
        self.fresh.forget();
        self.novelty.forget();
        for (place, (_, member)) in (0..).zip(&mut self.members) {
            member.begin_batch(derive_seed(seed, place), number);
        }
    }

    fn begin(&mut self, seed: u64) {
        let way = self.give(self.begun);
        self.begun = self.begun.saturating_add(1);
        self.fresh.begin();
        self.novelty.begin();
        let random = |number| Xoshiro256PlusPlus::seed_from_u64(derive_seed(seed, number));
        self.is_biased = false;
        self.draws = match way {
            Way::Own | Way::Back => Draws::Own,
            Way::Fresh => Draws::Fresh(random(FRESH)),
            Way::Lucky => Draws::Lucky(Luck::new(derive_seed(seed, LUCK))),
        };
        if way == Way::Back {
            self.novelty.go_back(&mut random(BACK));
        }
        self.current().begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let answer = match (self.novelty.next(), question, &mut self.draws) {
            (Some(answer), ..) => answer,
            (None, &Question::Number { actor, bound }, Draws::Fresh(random)) => {
                self.fresh.pick(random, actor, bound)
            }
            (None, &Question::Number { bound, .. }, Draws::Lucky(luck)) => luck.pick(bound),
            _ => self.current().choose(question)?,
        };
        let draws = matches!(question, Question::Number { .. });
        self.is_biased |= draws && !matches!(self.draws, Draws::Own);
        self.novelty.answered(answer);
        Ok(answer)
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        if matches!(self.draws, Draws::Fresh(_)) {
            self.fresh.step(step);
        }
        if self.is_first && self.begun == 1 {
            self.ties |= self.together.prefix().next(enabled) > 0;
            self.together.step(step, enabled);
        }
        self.novelty.step(step, self.prefix_max);
        self.current().step(step, enabled);
    }

    fn done(&mut self, done: &Done<'_>) {
        self.current().done(done);
    }

    fn end(&mut self) {
        self.fresh.over();
        self.novelty.end();
        self.current().end();
        if self.is_first && self.begun == 1 {
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
        self.present().looks_at_app()
    }

    /// Who draws again until something else comes out, draws for long if the luck of all is to draw the same, or if what ends
    /// it has come up before.
    fn is_fair(&self) -> bool {
        !self.is_biased && !self.novelty.is_on_its_way() && self.present().is_fair()
    }
}
