//! One execution as a value: all its choices, by stable names.

use alloc::vec::Vec;

use crate::id::ActorId;
use crate::step::Step;

/// All choices of an execution, oldest first. Every step is in it, also those without an alternative, so a trace can be
/// read, cut and put together again without the app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The choices.
    pub choices: Vec<Choice>,
}

/// One answer of a strategy, and the question it was given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Which step came next.
    Step {
        /// The step.
        step: Step,
        /// Its place among those that were enabled.
        taken: u32,
        /// How many were enabled, at least 1.
        bound: u32,
    },
    /// What an actor drew.
    Number {
        /// Who drew.
        actor: ActorId,
        /// The number.
        taken: u32,
        /// Which it is below.
        bound: u32,
    },
}

impl Choice {
    /// The actor that the choice is about.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        match self {
            Self::Step { step, .. } => step.actor(),
            Self::Number { actor, .. } => *actor,
        }
    }
}

impl Trace {
    /// How many steps and draws there are (T7).
    #[must_use]
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// The steps, draws left out.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.choices.iter().filter_map(|choice| match choice {
            Choice::Step { step, .. } => Some(*step),
            Choice::Number { .. } => None,
        })
    }

    /// How often the next step is about another actor than the one before.
    #[must_use]
    pub fn switches(&self) -> usize {
        let actors: Vec<_> = self.steps().map(|step| step.actor()).collect();
        actors.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}
