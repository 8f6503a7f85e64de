//! Takes one step, and draws what it is told.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::step::Step;
use crate::strategy::{Diverged, Question, Strategy, place_of};

struct Directed {
    step: Option<Step>,
    draws: Vec<u32>,
    drawn: usize,
}

/// Takes one step, and draws what it is told, then 0.
pub(crate) fn directed(step: Option<Step>, draws: Vec<u32>) -> Box<dyn Strategy> {
    Box::new(Directed { step, draws, drawn: 0 })
}

impl Strategy for Directed {
    fn begin(&mut self, _: u64) {}

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        match question {
            Question::Step { enabled, .. } => {
                let place = self.step.and_then(|step| place_of(step, enabled));
                place.ok_or(Diverged { at: 0, recorded: None, asked: question.asked() })
            }
            Question::Number { .. } => {
                let draw = self.draws.get(self.drawn).copied().unwrap_or(0);
                self.drawn += 1;
                Ok(draw)
            }
        }
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}
