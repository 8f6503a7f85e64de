//! Timers that are due together.

use alloc::vec::Vec;

use super::{Diverged, Question, Strategy};
use crate::step::{Enabled, Step};

/// What production does where timers are due at the same moment: all of them tick before anything that was sent after
/// the first did, as a machine does that looks at its clock once. Every draw is 0.
///
/// The enabled steps are in another order, in which whatever a tick causes comes before the next tick: as likely, and
/// easier to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticks {
    /// By serial: the timers that were due with the one that fired last.
    due: Vec<u32>,
}

impl Ticks {
    /// The place of what comes next.
    pub(super) fn next(&self, enabled: &[Enabled]) -> usize {
        let places = || enabled.iter().enumerate();
        let is_due = |step: &Enabled| is_tick(step) && self.due.contains(&step.serial);
        let tick = places().filter(|(_, step)| is_due(step)).min_by_key(|(_, step)| step.serial);
        match tick {
            Some((place, tick)) if tick.serial < enabled[0].serial => place,
            _ => 0,
        }
    }
}

impl Strategy for Ticks {
    fn begin(&mut self, _: u64) {
        self.due.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, .. } = question else { return Ok(0) };
        Ok(u32::try_from(self.next(enabled)).expect("fewer than 2^32 steps"))
    }

    fn step(&mut self, step: &Enabled, enabled: &[Enabled]) {
        if is_tick(step) {
            self.due.clear();
            self.due.extend(enabled.iter().filter(|other| is_tick(other)).map(|tick| tick.serial));
        }
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        false
    }
}

fn is_tick(step: &Enabled) -> bool {
    matches!(step.step, Step::Fire { .. })
}
