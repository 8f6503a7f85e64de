//! Who answers the questions of an exploration.
//!
//! Every choice of an execution, which step comes next and what an actor draws, is a [`Question`] with a bound, and a
//! [`Strategy`] answers it with a number below. One file each in `strategy/`; what they all need is here. A strategy
//! never sees what guests compute: names and counts only, so it works for every language.

mod agent;
mod delay;
mod deviating;
mod dfs;
mod fair;
mod fifo;
mod fresh;
mod luck;
mod named;
mod novelty;
mod pct;
mod pctcp;
mod points;
mod portfolio;
mod pos;
mod prefix;
mod probabilistic;
mod qlearning;
mod random;
mod random_actor;
mod rearranged;
mod replay;
mod strikes;
mod ticks;
mod urw;

use alloc::boxed::Box;
use core::fmt;

pub use self::delay::{DelayBounding, OneDelay};
pub(crate) use self::deviating::{Deviating, Deviation};
pub use self::dfs::Dfs;
pub use self::fair::FairSuffix;
pub use self::fifo::Fifo;
pub use self::named::{Misnamed, Named};
pub use self::pct::Pct;
pub use self::pctcp::Pctcp;
pub use self::portfolio::Portfolio;
pub use self::pos::Pos;
pub use self::prefix::Prefix;
pub use self::probabilistic::Probabilistic;
pub use self::qlearning::QLearning;
pub use self::random::Random;
pub(crate) use self::random::below;
pub use self::random_actor::RandomActor;
pub(crate) use self::rearranged::Rearranged;
pub use self::replay::{Follow, Packed, Replay};
pub use self::strikes::Strikes;
pub use self::urw::Urw;
use crate::id::ActorId;
use crate::kernel::Kernel;
use crate::mix::mixed;
use crate::step::{Enabled, Step};
use crate::trace::{Choice, Trace};

/// One question of an execution.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Which step comes next.
    Step {
        /// The steps, at least two; what production would do comes first.
        enabled: &'a [Enabled],
        /// The app as it is; there for a strategy that [looks at it](Strategy::looks_at_app).
        kernel: Option<&'a Kernel>,
    },
    /// What an actor draws (N1).
    Number {
        /// Who draws.
        actor: ActorId,
        /// One more than the largest answer, at least 2.
        bound: u32,
    },
}

impl Question<'_> {
    /// One more than the largest answer, at least 2.
    #[must_use]
    pub fn bound(&self) -> u32 {
        match self {
            Self::Step { enabled, .. } => u32::try_from(enabled.len()).unwrap_or(u32::MAX),
            Self::Number { bound, .. } => *bound,
        }
    }

    /// The question without what only the moment knows.
    #[must_use]
    pub fn asked(&self) -> Asked {
        match *self {
            Self::Step { .. } => Asked::Step { bound: self.bound() },
            Self::Number { actor, bound } => Asked::Number { actor, bound },
        }
    }
}

/// Answers the questions of executions, one execution after the other.
///
/// A *batch* is a run of consecutive executions in which a strategy may learn. Every batch begins anew, so what a batch
/// does depends on its seeds alone, whichever worker runs it.
pub trait Strategy: Send {
    /// Begins a batch, counted from 0: what was learned is forgotten. All draws that are not of one execution come from
    /// this seed.
    fn begin_batch(&mut self, seed: u64, number: u64) {
        let _ = (seed, number);
    }

    /// Whether an execution depends on earlier ones of its batch.
    fn learns(&self) -> bool {
        false
    }

    /// Whether all executions are one batch without end, as in a search that goes on where it was.
    fn is_one_batch(&self) -> bool {
        false
    }

    /// Begins an execution. All its draws come from this seed.
    fn begin(&mut self, seed: u64);

    /// Answers a question: a number below its bound.
    ///
    /// # Errors
    ///
    /// The strategy follows a trace, and the execution has left it.
    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged>;

    /// The step that comes next, chosen or without an alternative, just before it is taken.
    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        let _ = (step, enabled);
    }

    /// What the step did. Not called for one that ends the execution.
    fn done(&mut self, done: &Done<'_>) {
        let _ = done;
    }

    /// The execution is over.
    fn end(&mut self) {}

    /// Whether every execution has come up.
    fn is_exhausted(&self) -> bool {
        false
    }

    /// Whether the strategy is to be asked although there is only one answer, as those are that follow a trace.
    fn wants_all(&self) -> bool {
        false
    }

    /// Whether it wants to hear of the steps of the execution that has begun, and of what they did. One that does not is as
    /// [fair](Self::is_fair) at the end as at the beginning.
    fn listens(&self) -> bool {
        true
    }

    /// Whether the answers in the execution that has begun depend on more of the app than its steps. What does not look at
    /// it can be asked while the app is not there, because all that it does is [known](crate::Atlas).
    fn looks_at_app(&self) -> bool {
        true
    }

    /// Whether, from here on, every step that stays enabled is taken at some time, with probability 1: only then an
    /// execution without progress means anything (L2).
    fn is_fair(&self) -> bool;
}

impl<S: Strategy + ?Sized> Strategy for Box<S> {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        (**self).begin_batch(seed, number);
    }

    fn begin(&mut self, seed: u64) {
        (**self).begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        (**self).choose(question)
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        (**self).step(step, enabled);
    }

    fn done(&mut self, done: &Done<'_>) {
        (**self).done(done);
    }

    fn end(&mut self) {
        (**self).end();
    }

    fn is_exhausted(&self) -> bool {
        (**self).is_exhausted()
    }

    fn learns(&self) -> bool {
        (**self).learns()
    }

    fn is_one_batch(&self) -> bool {
        (**self).is_one_batch()
    }

    fn wants_all(&self) -> bool {
        (**self).wants_all()
    }

    fn listens(&self) -> bool {
        (**self).listens()
    }

    fn looks_at_app(&self) -> bool {
        (**self).looks_at_app()
    }

    fn is_fair(&self) -> bool {
        (**self).is_fair()
    }
}

/// What a step did, as far as strategies may know.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    /// The step.
    pub step: &'a Enabled,
    /// The monitors that its turn notified, by number.
    pub monitors: &'a [u32],
    /// The app after it; there for a strategy that [looks at it](Strategy::looks_at_app).
    pub kernel: Option<&'a Kernel>,
}

/// Equal choices led to another question: the app is not the one of the trace, or does not repeat itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diverged {
    /// Which choice of the trace, counted from 0.
    pub at: u32,
    /// What the trace has there.
    pub recorded: Option<Choice>,
    /// What was asked.
    pub asked: Asked,
}

/// A question, as far as a divergence tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Which of so many steps comes next.
    Step {
        /// How many are enabled.
        bound: u32,
    },
    /// What an actor draws.
    Number {
        /// Who draws.
        actor: ActorId,
        /// One more than the largest answer.
        bound: u32,
    },
    /// Nothing: the execution is over.
    Nothing,
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "choice {}: ", self.at + 1)?;
        match self.recorded {
            None => f.write_str("the trace has ended")?,
            Some(Choice::Step { step, .. }) => write!(f, "the trace has {step:?}")?,
            Some(Choice::Number { bound, .. }) => {
                write!(f, "the trace has a number below {bound}")?;
            }
        }
        match self.asked {
            Asked::Step { bound } => write!(f, ", one of {bound} other steps is to be taken"),
            Asked::Number { bound, .. } => write!(f, ", a number below {bound} is to be drawn"),
            Asked::Nothing => f.write_str(", nothing is left to be done"),
        }
    }
}

/// Asks a strategy, and keeps the trace.
pub struct Oracle {
    strategy: Box<dyn Strategy>,
    trace: Trace,
    /// How many of the choices of the trace were made, or repeated since it was [rewound](Self::rewind).
    made: usize,
    diverged: Option<Diverged>,
    /// Whether the strategy [listens](Strategy::listens).
    listens: bool,
    fair_from: u32,
}

impl fmt::Debug for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oracle").field("trace", &self.trace).finish_non_exhaustive()
    }
}

impl Oracle {
    /// Asks this strategy.
    #[must_use]
    pub fn new(strategy: Box<dyn Strategy>) -> Self {
        let (trace, listens) = (Trace::default(), true);
        Self { strategy, trace, made: 0, diverged: None, listens, fair_from: 0 }
    }

    /// Begins an execution.
    pub(crate) fn begin(&mut self, seed: u64) {
        self.trace.choices.clear();
        self.made = 0;
        self.diverged = None;
        self.fair_from = 0;
        self.strategy.begin(seed);
        self.listens = self.strategy.listens();
    }

    /// Asks this strategy from here on, and begins an execution.
    pub(crate) fn direct(&mut self, strategy: Box<dyn Strategy>) {
        self.strategy = strategy;
        self.begin(0);
    }

    /// The strategy.
    pub fn strategy(&mut self) -> &mut dyn Strategy {
        &mut *self.strategy
    }

    /// All choices so far.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// How many steps and draws there were (T7).
    #[must_use]
    pub fn counted(&self) -> u32 {
        u32::try_from(self.made).unwrap_or(u32::MAX)
    }

    /// The same questions are asked again after so many, and get the same answers. The strategy does not hear of them
    /// before the end of the trace.
    pub(crate) fn rewind(&mut self, made: usize) {
        self.made = made;
    }

    /// The choice that is repeated next, if the oracle was rewound and not all of them were.
    fn repeated(&self) -> Option<Choice> {
        self.trace.choices.get(self.made).copied()
    }

    fn made(&mut self, choice: Choice) {
        self.trace.choices.push(choice);
        self.made += 1;
    }

    /// What was asked is not what it was the first time.
    fn differs(&mut self, asked: Asked) -> Diverged {
        let recorded = self.repeated();
        *self.diverged.insert(Diverged { at: self.counted(), recorded, asked })
    }

    /// After how many of the choices the strategy [is fair](Strategy::is_fair).
    #[must_use]
    pub fn fair_from(&self) -> u32 {
        if self.listens || self.is_fair() { self.fair_from } else { self.counted() }
    }

    /// Why the strategy could not answer, if it could not: the turn must end, and so does the execution.
    #[must_use]
    pub fn diverged(&self) -> Option<Diverged> {
        self.diverged
    }

    /// What an actor draws: a number below `bound`, which is not zero.
    ///
    /// # Errors
    ///
    /// The strategy follows a trace, and the execution has left it.
    pub fn number(&mut self, actor: ActorId, bound: u32) -> Result<u32, Diverged> {
        if let Some(&choice) = self.trace.choices.get(self.made) {
            let taken = choice.taken();
            if choice != (Choice::Number { actor, taken, bound }) {
                return Err(self.differs(Asked::Number { actor, bound }));
            }
            self.made += 1;
            return Ok(taken);
        }
        let taken = if bound > 1 || self.strategy.wants_all() {
            self.ask(&Question::Number { actor, bound })?
        } else {
            0
        };
        self.made(Choice::Number { actor, taken, bound });
        Ok(taken)
    }

    /// The place of the step that comes next; at least one is enabled.
    #[inline]
    pub(crate) fn step(
        &mut self,
        kernel: Option<&Kernel>,
        enabled: &[Enabled],
    ) -> Result<usize, Diverged> {
        if self.made < self.trace.len() {
            return self.step_again(enabled);
        }
        let question = Question::Step { enabled, kernel };
        let bound = question.bound();
        let taken = if bound > 1 || self.strategy.wants_all() { self.ask(&question)? } else { 0 };
        let chosen = &enabled[taken as usize];
        self.made(Choice::Step { step: chosen.step, taken, bound });
        if self.listens {
            self.strategy.step(chosen, enabled);
            if !self.strategy.is_fair() {
                self.fair_from = self.counted();
            }
        }
        Ok(taken as usize)
    }

    /// Tells the strategy what the step did that it heard of last.
    #[inline]
    pub(crate) fn done(&mut self, done: &Done<'_>) {
        if self.listens {
            self.strategy.done(done);
        }
    }

    /// Whether the strategy [is fair](Strategy::is_fair) from here on.
    pub(crate) fn is_fair(&self) -> bool {
        self.strategy.is_fair()
    }

    #[cold]
    fn step_again(&mut self, enabled: &[Enabled]) -> Result<usize, Diverged> {
        let bound = u32::try_from(enabled.len()).unwrap_or(u32::MAX);
        if let Some(Choice::Step { step, taken, bound: known }) = self.repeated()
            && known == bound
            && enabled[taken as usize].step == step
        {
            self.made += 1;
            return Ok(taken as usize);
        }
        Err(self.differs(Asked::Step { bound }))
    }

    #[inline]
    fn ask(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let bound = question.bound();
        match self.strategy.choose(question) {
            Ok(taken) => {
                assert!(taken < bound, "a strategy answered {taken} where {bound} is the bound");
                Ok(taken)
            }
            Err(diverged) => {
                self.diverged = Some(diverged);
                Err(diverged)
            }
        }
    }
}

/// The seed of one of many things that one seed stands for (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
#[must_use]
pub fn derive_seed(seed: u64, number: u64) -> u64 {
    mixed(seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The app, for a strategy that [looks at it](Strategy::looks_at_app).
pub(crate) fn seen(kernel: Option<&Kernel>) -> &Kernel {
    kernel.expect("the app is there for a strategy that looks at it")
}

/// Which place a step has among those that are enabled.
pub(crate) fn place_of(step: Step, enabled: &[Enabled]) -> Option<u32> {
    let place = enabled.iter().position(|enabled| enabled.step == step)?;
    u32::try_from(place).ok()
}
