//! What production does.

use super::{Diverged, Question, Strategy};

/// The order of production on one core: what waits longest comes first, timers fire when nothing else is left, faults
/// never strike while anything else can happen. Every draw is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl Strategy for Fifo {
    fn begin(&mut self, _: u64) {}

    fn choose(&mut self, _: &Question<'_>) -> Result<u32, Diverged> {
        Ok(0)
    }

    /// Timers wait for as long as there is anything else, which production does not do to them: actors that never come
    /// to rest would look as if they made no progress.
    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        false
    }
}
