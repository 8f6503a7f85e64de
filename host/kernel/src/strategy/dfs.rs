//! All executions, one after the other.

use alloc::vec::Vec;

use super::{Diverged, Question, Strategy};

/// Depth-first search without any reduction: an odometer over the questions of one execution. Every execution within
/// the bounds comes up exactly once; then the strategy [is exhausted](Strategy::is_exhausted).
#[derive(Clone, Debug, Default)]
pub struct Dfs {
    path: Vec<Answer>,
    next: usize,
    begun: bool,
    exhausted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    taken: u32,
    bound: u32,
}

impl Dfs {
    /// Turns the odometer on by one; whether there is another execution.
    fn advance(&mut self) -> bool {
        while let Some(mut answer) = self.path.pop() {
            answer.taken += 1;
            if answer.taken < answer.bound {
                self.path.push(answer);
                return true;
            }
        }
        false
    }
}

impl Strategy for Dfs {
    fn begin_batch(&mut self, _: u64, _: u64) {
        *self = Self::default();
    }

    fn learns(&self) -> bool {
        true
    }

    fn is_one_batch(&self) -> bool {
        true
    }

    fn begin(&mut self, _: u64) {
        if self.exhausted {
            *self = Self::default();
        }
        self.begun = true;
        self.next = 0;
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let bound = question.bound();
        if self.next == self.path.len() {
            self.path.push(Answer { taken: 0, bound });
        }
        let answer = self.path[self.next];
        if answer.bound != bound {
            // What came before is equal, so the app does not repeat itself.
            let at = u32::try_from(self.next).unwrap_or(u32::MAX);
            return Err(Diverged { at, recorded: None, asked: question.asked() });
        }
        self.next += 1;
        Ok(answer.taken)
    }

    fn end(&mut self) {
        if self.begun {
            self.path.truncate(self.next);
            self.exhausted = !self.advance();
            self.begun = false;
        }
    }

    fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        false
    }
}
