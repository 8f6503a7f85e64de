//! What a guest asks during a turn that is explored, and who answers.

use std::time::Duration;

use coyote_kernel::ActorId;
use coyote_kernel::strategy::{Diverged, Oracle};

/// One question of a turn whose answer is not known beforehand. All others have the same answer whenever the turn is
/// run: together with the answers to these a turn is a pure function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A number below a bound.
    Number {
        /// One more than the largest answer.
        bound: u32,
        /// The answer.
        taken: u32,
    },
    /// Virtual time; only the first time it is asked for, because it is constant within a turn.
    Now(Duration),
}

/// Answers the questions of a turn: first by what is known, then by asking the oracle.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// There while a turn is run.
    pub(crate) oracle: Option<Box<Oracle>>,
    /// The numbers that were drawn for this turn before it was run.
    pub(crate) known: Vec<u32>,
    /// What was asked, in order.
    pub(crate) asked: Vec<Asked>,
    drawn: usize,
}

impl Questions {
    /// Begins a turn.
    pub(crate) fn begin(&mut self) {
        self.asked.clear();
        self.drawn = 0;
    }

    /// A number below `bound`, which is not zero.
    pub(super) fn number(&mut self, actor: ActorId, bound: u32) -> Result<u32, Diverged> {
        let taken = match self.known.get(self.drawn) {
            Some(&known) => known,
            None => {
                let oracle = self.oracle.as_mut().expect("an explored turn has an oracle");
                oracle.number(actor, bound)?
            }
        };
        self.drawn += 1;
        self.asked.push(Asked::Number { bound, taken });
        Ok(taken)
    }

    pub(super) fn now(&mut self, now: Duration) {
        if !self.asked.iter().any(|asked| matches!(asked, Asked::Now(_))) {
            self.asked.push(Asked::Now(now));
        }
    }
}
