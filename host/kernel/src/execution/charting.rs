//! The app as numbers, for searches that go on those.

use alloc::vec::Vec;

use super::noted::monitor_key;
use super::{Ending, Execution, asked};
use crate::atlas::{Atlas, Cast, OffChart, Position};
use crate::exchange::{Exchange as _, Place};
use crate::search::Snapshots;
use crate::step::{Enabled, Step};

impl<G: Snapshots> Execution<G> {
    /// Who takes part in the app, which has just begun.
    pub(crate) fn cast(&self) -> Result<Cast, OffChart> {
        let is_told = self.monitors.are_told_of_dropped();
        Cast::new(&self.kernel, self.monitors.count(), is_told)
    }

    /// The app as it is now.
    pub(crate) fn position(
        &self,
        cast: &mut Cast,
        atlas: &mut Atlas,
    ) -> Result<Position, OffChart> {
        if !self.kernel.is_plain() || self.guests.tells_time() {
            return Err(OffChart::Strange);
        }
        let nodes = self.kernel.slots().map(|slot| (slot, self.node(slot, atlas)));
        let nodes: Vec<_> = nodes.collect();
        let node = |slot| nodes.iter().find(|node| node.0 == slot).expect("all have one").1;
        let monitors = (0..self.monitors.count())
            .map(|monitor| (self.watcher(monitor, atlas), self.monitors.state(monitor)));
        let monitors: Vec<_> = monitors.collect();
        let content = |key| atlas.content(key);
        let is_gone = |id| self.exchange.find(id) == Some(Place::Gone);
        Position::of(cast, &self.kernel, node, is_gone, &monitors, content)
    }

    /// The step that has this [timeless](crate::Kernel::timeless) name, of those that can be taken.
    ///
    /// # Panics
    ///
    /// If none has.
    pub(crate) fn named(&self, seen: &[Enabled], name: Step) -> Step {
        let mut steps = seen.iter();
        let step = steps.find(|enabled| self.kernel.timeless(enabled) == name);
        step.expect("a turn did not repeat itself").step
    }

    /// Takes one of the steps that were [seen](Self::seen) here, with these draws, then 0, and lets an atlas learn what it
    /// does; how the execution ended, if it did, and whether the step was plain.
    pub(crate) fn learn(
        &mut self,
        seen: &[Enabled],
        step: Step,
        draws: Vec<u32>,
        atlas: &mut Atlas,
    ) -> (Option<Ending>, bool) {
        self.direct(Some(step), draws);
        let oracle = asked(&mut self.oracle);
        let place = oracle.step(Some(&self.kernel), seen).expect("the step is among them");
        let learned = self.perform_noting(seen[place], atlas);
        self.noted.end();
        learned
    }

    /// The key of a state in which nothing is left to be done: equal ones have equal keys.
    pub(crate) fn final_key(&mut self) -> u128 {
        if !self.kernel.is_plain() || self.kernel.armed().next().is_some() {
            return self.key();
        }
        let actors =
            self.kernel.slots().map(|slot| self.kernel.local_key(slot, self.guests.image(slot)));
        let monitors = (0..self.monitors.count())
            .map(|monitor| monitor_key(&self.guests, monitor, self.monitors.state(monitor)));
        actors.chain(monitors).fold(0, u128::wrapping_add)
    }
}
