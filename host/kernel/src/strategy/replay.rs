//! Following a trace: exactly, as far as it goes, or by places without names.

use alloc::vec::Vec;

use super::{Asked, Diverged, Question, Strategy, place_of};
use crate::pack::Digits;
use crate::step::Step;
use crate::trace::{Choice, Trace};

/// Follows a trace exactly, by the names of its steps, and diverges where it cannot.
#[derive(Clone, Debug)]
pub struct Replay {
    trace: Trace,
    next: usize,
    fair_from: u32,
}

impl Replay {
    /// Follows this trace.
    #[must_use]
    pub fn new(trace: Trace) -> Self {
        Self { trace, next: 0, fair_from: 0 }
    }

    /// Is fair only after so many choices, as the strategy was that found the trace: before that nobody was owed
    /// progress (L2), and a replay that asked for it would find another bug.
    #[must_use]
    pub fn fair_from(self, fair_from: u32) -> Self {
        Self { fair_from, ..self }
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
        self.next >= self.fair_from as usize
    }
}

/// Follows choices as far as they go: a step that is not enabled is passed over, a draw that nobody makes is too, and
/// where they end the execution does too, or is cut if something can happen other than faults. What is left after some
/// choices were taken out or moved is a schedule again.
#[derive(Clone, Debug)]
pub struct Follow {
    steps: Vec<Choice>,
    next: usize,
    fair_from: u32,
}

impl Follow {
    /// Follows these choices.
    #[must_use]
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { steps: choices, next: 0, fair_from: 0 }
    }

    /// Is fair only after so many of the choices, as [`Replay::fair_from`].
    #[must_use]
    pub fn fair_from(self, fair_from: u32) -> Self {
        Self { fair_from, ..self }
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
                let cut = Diverged { at, recorded: None, asked: question.asked() };
                place_of(Step::End, enabled).ok_or(cut)
            }
            Question::Number { actor: asking, bound } => match self.steps.get(self.next) {
                Some(Choice::Number { actor, taken, .. }) if actor == asking => {
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
        self.next >= self.fair_from as usize
    }
}

/// Follows the choices of a [packed](Trace::pack) trace. A choice has no name there, only a place among those that there
/// are: in another app they may lead anywhere, and only the end of the trace is noticed, where the execution is cut.
#[derive(Clone, Debug)]
pub struct Packed {
    bytes: Vec<u8>,
    digits: Digits,
    counted: u32,
    fair_from: u32,
}

impl Packed {
    /// Follows these bytes, which may be any.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let digits = Digits::new(&bytes);
        Self { bytes, digits, counted: 0, fair_from: 0 }
    }

    /// Is fair only after so many choices, those without an alternative included, as [`Replay::fair_from`].
    #[must_use]
    pub fn fair_from(self, fair_from: u32) -> Self {
        Self { fair_from, ..self }
    }
}

impl Strategy for Packed {
    fn begin(&mut self, _: u64) {
        (self.digits, self.counted) = (Digits::new(&self.bytes), 0);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let bound = question.bound();
        let taken = if bound > 1 { self.digits.next(&self.bytes, bound) } else { Some(0) };
        let ended = Diverged { at: self.counted, recorded: None, asked: question.asked() };
        self.counted = self.counted.saturating_add(1);
        taken.ok_or(ended)
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        self.counted >= self.fair_from
    }
}
