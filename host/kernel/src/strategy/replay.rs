//! Following a trace: exactly, or as far as it goes.

use alloc::vec::Vec;

use super::{Asked, Diverged, Question, Strategy, place_of};
use crate::trace::{Choice, Trace};

/// Follows a trace exactly, by the names of its steps, and diverges where it cannot.
#[derive(Clone, Debug)]
pub struct Replay {
    trace: Trace,
    next: usize,
}

impl Replay {
    /// Follows this trace.
    #[must_use]
    pub fn new(trace: Trace) -> Self {
        Self { trace, next: 0 }
    }
}

impl Strategy for Replay {
    fn begin(&mut self, _: u64) {
        self.next = 0;
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let recorded = self.trace.choices.get(self.next).copied();
        let found = match (recorded, question) {
            (Some(Choice::Step { step, .. }), Question::Step { enabled, .. }) => {
                place_of(step, enabled)
            }
            (Some(Choice::Number { actor, taken, bound }), Question::Number { .. }) => {
                let same = question.asked() == Asked::Number { actor, bound };
                same.then_some(taken)
            }
            _ => None,
        };
        let at = u32::try_from(self.next).unwrap_or(u32::MAX);
        self.next += 1;
        found.ok_or(Diverged { at, recorded, asked: question.asked() })
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        true
    }
}

/// Follows choices as far as they go: a step that is not enabled is passed over, a draw that nobody makes is too, and at
/// the end the execution is cut. What is left after some choices were taken out or moved is a schedule again.
#[derive(Clone, Debug)]
pub struct Follow {
    steps: Vec<Choice>,
    next: usize,
}

impl Follow {
    /// Follows these choices.
    #[must_use]
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { steps: choices, next: 0 }
    }
}

impl Strategy for Follow {
    fn begin(&mut self, _: u64) {
        self.next = 0;
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        match question {
            Question::Step { enabled, .. } => {
                while let Some(choice) = self.steps.get(self.next) {
                    self.next += 1;
                    if let Choice::Step { step, .. } = choice
                        && let Some(place) = place_of(*step, enabled)
                    {
                        return Ok(place);
                    }
                }
                let at = u32::try_from(self.next).unwrap_or(u32::MAX);
                Err(Diverged { at, recorded: None, asked: question.asked() })
            }
            Question::Number { bound, .. } => match self.steps.get(self.next) {
                Some(Choice::Number { taken, .. }) => {
                    self.next += 1;
                    Ok((*taken).min(bound - 1))
                }
                _ => Ok(0),
            },
        }
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        true
    }
}
