//! One execution as a value: all its choices, by stable names.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::ActorId;
use crate::pack;
use crate::step::Step;

/// All choices of an execution, oldest first. Every step is in it, also those without an alternative, so a trace can be
/// read, cut and put together again without the app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The choices.
    pub choices: Vec<Choice>,
}

/// One answer of a strategy, and the question it was given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

    /// The answer.
    #[must_use]
    pub fn taken(&self) -> u32 {
        let (Self::Step { taken, .. } | Self::Number { taken, .. }) = self;
        *taken
    }

    /// One more than the largest answer that there could have been, at least 1.
    #[must_use]
    pub fn bound(&self) -> u32 {
        let (Self::Step { bound, .. } | Self::Number { bound, .. }) = self;
        *bound
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

    /// Each step with what was drawn in it.
    pub fn turns(&self) -> impl Iterator<Item = &[Choice]> {
        self.choices.chunk_by(|_, next| matches!(next, Choice::Number { .. }))
    }

    /// How many faults strike.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.steps().filter(|step| matches!(step, Step::Fault(_))).count()
    }

    /// The choices that had an alternative, without names: what [`Packed`](crate::strategy::Packed) follows. About as
    /// short as they can be; any other bytes stand for a trace, too.
    ///
    /// First comes their count, seven bits a byte, the lowest first, each byte but the last with its high bit set. Then
    /// come the choices as digits of numbers below 2^128, the first the lowest, the base of each its bound; as many in a
    /// number as the product of their bounds allows. Each number has 16 bytes, the lowest first; zeros at the end of all
    /// are left out.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        pack::pack(self.choices.iter().map(|choice| (choice.taken(), choice.bound())))
    }

    /// How often the next step is about another actor than the one before.
    #[must_use]
    pub fn switches(&self) -> usize {
        let actors: Vec<_> = self.steps().map(|step| step.actor()).collect();
        actors.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}
