//! The order of production, but for a few deviations.

use alloc::collections::BTreeMap;

use super::{Diverged, Question, Strategy};
use crate::id::ActorId;
use crate::recording::{Occurrence, Occurrences};
use crate::step::Enabled;

/// One difference from what production would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// A step is held back.
    Delay {
        /// Which.
        step: Occurrence,
        /// Until this one was taken, or nothing else is left.
        after: Occurrence,
    },
    /// A draw is not 0.
    Draw {
        /// Who draws.
        actor: ActorId,
        /// The actor's k-th draw, counted from 1.
        number: u32,
        /// The number.
        taken: u32,
    },
}

/// Does what production would do, but for these deviations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deviating {
    delays: BTreeMap<Occurrence, Occurrence>,
    draws: BTreeMap<(ActorId, u32), u32>,
    taken: Occurrences,
    drawn: BTreeMap<ActorId, u32>,
}

impl Deviating {
    pub(crate) fn new(deviations: impl IntoIterator<Item = Deviation>) -> Self {
        let mut deviating = Self::default();
        for deviation in deviations {
            match deviation {
                Deviation::Delay { step, after } => {
                    deviating.delays.insert(step, after);
                }
                Deviation::Draw { actor, number, taken } => {
                    deviating.draws.insert((actor, number), taken);
                }
            }
        }
        deviating
    }

    fn is_held_back(&self, enabled: &Enabled) -> bool {
        let after = self.delays.get(&self.taken.next(enabled.step));
        after.is_some_and(|&(step, times)| self.taken.of(step) < times)
    }
}

impl Strategy for Deviating {
    fn begin(&mut self, _: u64) {
        self.taken.clear();
        self.drawn.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        Ok(match question {
            Question::Step { enabled, .. } => {
                let place = enabled.iter().position(|enabled| !self.is_held_back(enabled));
                place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0)
            }
            Question::Number { actor, bound } => {
                let number = self.drawn.entry(*actor).or_default();
                *number += 1;
                let taken = self.draws.get(&(*actor, *number));
                taken.map_or(0, |&taken| taken.min(bound - 1))
            }
        })
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        self.taken.add(step.step);
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}
