//! When faults strike.

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::{all_heads, below};
use super::{Diverged, Done, Question, Strategy, derive_seed, seen};
use crate::kernel::Kernel;
use crate::step::{Enabled, Step};

/// Lets a few faults strike, at any time, and leaves all else to a strategy that does not see them.
///
/// Faults may strike nearly everywhere and are many: a crash of each actor, a loss of each message. A strategy that
/// treats them as it does other steps uses up all budgets at once, and what would break in the middle of a protocol
/// never does. So it is drawn first how many strike, each number up to all budgets equally likely, and with which
/// probability at each question at which any could: 1/2, 1/4, down to 1/1024. So every place is likely to be hit,
/// whether an execution has ten questions or a thousand, and no execution depends on others. Which of the faults that
/// can strike there does so is drawn too.
#[derive(Clone, Debug)]
pub struct Strikes<S> {
    others: S,
    random: Xoshiro256PlusPlus,
    /// How many may still strike in this execution; none until it is drawn, at the first question about faults.
    left: Option<u32>,
    /// How many coins must all show heads for a strike.
    coins: u32,
}

/// Which of the things that the seed of an execution stands for the strikes are.
const STRIKES: u64 = 2;

/// Strikes in one execution, whatever the budgets.
const STRIKES_MAX: u32 = 100;

const COINS_MAX: u32 = 10;

impl<S: Strategy> Strikes<S> {
    /// Leaves all but faults to this strategy.
    #[must_use]
    pub fn new(others: S) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(0);
        Self { others, random, left: None, coins: 1 }
    }

    /// Whether a fault strikes now, where one can.
    fn strikes(&mut self, kernel: &Kernel) -> bool {
        let left = match self.left {
            Some(left) => left,
            None => {
                let budgets = kernel.faults().iter().map(|fault| fault.budget);
                let all = budgets.fold(0, u32::saturating_add).min(STRIKES_MAX);
                self.coins = 1 + below(&mut self.random, COINS_MAX);
                below(&mut self.random, all + 1)
            }
        };
        let strikes = left > 0 && all_heads(&mut self.random, self.coins);
        self.left = Some(left - u32::from(strikes));
        strikes
    }
}

/// The steps that are no faults: they come first.
fn others(enabled: &[Enabled]) -> &[Enabled] {
    let is_other = |step: &Enabled| !matches!(step.step, Step::Fault(_));
    if enabled.last().is_some_and(is_other) {
        return enabled;
    }
    &enabled[..enabled.partition_point(is_other)]
}

impl<S: Strategy> Strategy for Strikes<S> {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        self.others.begin_batch(seed, number);
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(derive_seed(seed, STRIKES));
        self.left = None;
        self.others.begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, kernel } = question else {
            return self.others.choose(question);
        };
        let others = others(enabled);
        if others.len() == enabled.len() {
            return self.others.choose(question);
        }
        if self.strikes(seen(*kernel)) || others.is_empty() {
            let (first, faults) = (others.len(), enabled.len() - others.len());
            let first = u32::try_from(first).expect("fewer than 2^32 steps");
            let faults = u32::try_from(faults).expect("fewer than 2^32 steps");
            return Ok(first + below(&mut self.random, faults));
        }
        if others.len() > 1 || self.others.wants_all() {
            self.others.choose(&Question::Step { enabled: others, kernel: *kernel })
        } else {
            Ok(0)
        }
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        self.others.step(step, others(enabled));
    }

    fn done(&mut self, done: &Done<'_>) {
        self.others.done(done);
    }

    fn end(&mut self) {
        self.others.end();
    }

    fn is_exhausted(&self) -> bool {
        self.others.is_exhausted()
    }

    fn learns(&self) -> bool {
        self.others.learns()
    }

    fn is_one_batch(&self) -> bool {
        self.others.is_one_batch()
    }

    fn wants_all(&self) -> bool {
        self.others.wants_all()
    }

    fn listens(&self) -> bool {
        self.others.listens()
    }

    /// Where there are faults, it asks how many there may be.
    fn looks_at_app(&self) -> bool {
        self.others.looks_at_app()
    }

    fn is_fair(&self) -> bool {
        self.others.is_fair()
    }
}
