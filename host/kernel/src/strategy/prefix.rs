//! Following a trace, then going on.

use alloc::boxed::Box;

use super::{Diverged, Question, Strategy};
use crate::step::Enabled;
use crate::strategy::Done;

/// Follows a trace as long as it can, and leaves the rest to another strategy.
pub struct Prefix {
    trace: Box<dyn Strategy>,
    rest: Box<dyn Strategy>,
    follows: bool,
}

impl core::fmt::Debug for Prefix {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Prefix").field("follows", &self.follows).finish_non_exhaustive()
    }
}

impl Prefix {
    /// Follows a trace first: what [`Replay`](super::Replay) or [`Packed`](super::Packed) do.
    #[must_use]
    pub fn new(trace: impl Strategy + 'static, rest: Box<dyn Strategy>) -> Self {
        Self { trace: Box::new(trace), rest, follows: true }
    }
}

impl Strategy for Prefix {
    fn begin_batch(&mut self, seed: u64, number: u64) {
        self.rest.begin_batch(seed, number);
    }

    fn begin(&mut self, seed: u64) {
        self.follows = true;
        self.trace.begin(seed);
        self.rest.begin(seed);
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        if self.follows {
            if let Ok(choice) = self.trace.choose(question) {
                return Ok(choice);
            }
            self.follows = false;
        }
        if question.bound() > 1 { self.rest.choose(question) } else { Ok(0) }
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        self.rest.step(step, enabled);
    }

    fn done(&mut self, done: &Done<'_>) {
        self.rest.done(done);
    }

    fn end(&mut self) {
        self.rest.end();
    }

    fn learns(&self) -> bool {
        self.rest.learns()
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        if self.follows { self.trace.is_fair() } else { self.rest.is_fair() }
    }
}
