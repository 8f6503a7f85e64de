//! Executions that somebody else directs: step by step, and back to where they were.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Ending, Execution, asked};
use crate::exchange::Alone;
use crate::kernel::{KernelState, KeyOfAll};
use crate::monitor::Monitors;
use crate::saved::Saved;
use crate::search::{Snapshots, directed};
use crate::step::{Enabled, Step};
use crate::strategy::Oracle;
use crate::trace::Choice;

/// An app between two steps.
#[derive(Clone, Debug)]
pub struct Snapshot<S> {
    kernel: KernelState,
    exchange: Alone,
    monitors: Monitors,
    instances: S,
}

impl<G: Snapshots> Execution<G> {
    /// Begins an execution whose steps are [repeated](Self::repeat) one by one; how it ended, if its monitors cannot even
    /// start.
    pub fn restart(&mut self) -> Option<Ending> {
        self.begin(Box::new(Oracle::new(directed(None, Vec::new()))), 0)
    }

    /// The app as it is now.
    pub fn snapshot(&mut self) -> Snapshot<G::Instances> {
        Snapshot {
            kernel: self.kernel.freeze(),
            exchange: self.exchange.clone(),
            monitors: self.monitors.clone(),
            instances: self.guests.instances(),
        }
    }

    /// The app as it is now, without the memory of its instances, as plain data.
    ///
    /// # Panics
    ///
    /// In the middle of a turn.
    pub fn save(&self) -> Saved {
        self.kernel.save(self.exchange.places())
    }

    /// Makes the app what it was.
    pub fn restore(&mut self, snapshot: &Snapshot<G::Instances>) {
        self.kernel.put_back(&snapshot.kernel);
        self.exchange.clone_from(&snapshot.exchange);
        self.monitors.clone_from(&snapshot.monitors);
        self.guests.put_back(&snapshot.instances);
    }

    /// Forgets what is kept of actors as long as they do not change. Nothing but the speed depends on it, as tests show.
    #[doc(hidden)]
    pub fn forget(&mut self) {
        self.kernel.forget();
    }

    /// The key of the app: equal states have equal keys. How long a monitor has been hot is not in it.
    pub fn key(&mut self) -> u128 {
        let image = |slot| self.guests.image(slot);
        let mut key = KeyOfAll::default();
        key.add(self.kernel.key(&self.exchange, image, self.guests.tells_time()));
        for monitor in 0..self.monitors.count() {
            key.add(self.monitors.state(monitor).into());
            key.add(self.guests.monitor_image(monitor));
        }
        key.end()
    }

    /// The steps that can be taken now, or how the execution ended.
    ///
    /// # Errors
    ///
    /// Nothing can be taken: the execution is over.
    pub fn seen(&mut self) -> Result<Vec<Enabled>, Ending> {
        self.survey().map_or_else(|| Ok(self.enabled.clone()), Err)
    }

    /// Finds out what can happen next; whether nothing can.
    pub(crate) fn is_over(&mut self) -> bool {
        self.survey().is_some()
    }

    /// Takes one of the steps that were [seen](Self::seen) here, in which the guest draws these numbers, then 0: how the
    /// execution ended, if it did. What was chosen is the trace.
    pub(crate) fn take_seen(
        &mut self,
        seen: &[Enabled],
        step: Step,
        draws: Vec<u32>,
    ) -> Option<Ending> {
        self.direct(Some(step), draws);
        let oracle = asked(&mut self.oracle);
        let place = oracle.step(Some(&self.kernel), seen).expect("the step is among them");
        self.perform(seen[place])
    }

    /// Takes a step as it was taken before, with all that was drawn in it; how the execution ended, if it did.
    pub fn repeat(&mut self, turn: &[Choice]) -> Option<Ending> {
        let step = turn.iter().find_map(|choice| match choice {
            Choice::Step { step, .. } => Some(*step),
            Choice::Number { .. } => None,
        });
        let draws = turn.iter().filter_map(|choice| match choice {
            Choice::Number { taken, .. } => Some(*taken),
            Choice::Step { .. } => None,
        });
        self.direct(step, draws.collect());
        self.step()
    }

    /// What comes next is told from here on.
    pub(super) fn direct(&mut self, step: Option<Step>, draws: Vec<u32>) {
        let strategy = directed(step, draws);
        match &mut self.oracle {
            Some(oracle) => oracle.direct(strategy),
            None => self.oracle = Some(Box::new(Oracle::new(strategy))),
        }
    }
}
