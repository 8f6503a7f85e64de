//! Through all states and through all traces, by turns, until one of the two comes to its end.
//!
//! Which of them does so first can hardly be known before: how many traces there are shows late, since races are found
//! late, and how many states there are shows only when no new ones come. So both go on, which takes twice the steps of the
//! better one.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{Method, Running, Search, Searched, Snapshots};
use crate::execution::Execution;

/// What a turn is worth, in steps in the kernel: so many that to change places costs next to nothing.
const STEPS: u32 = 1_024;

/// A search that goes on in two ways.
pub(super) struct ByTurns<G> {
    search: Search,
    /// The one whose turn it is comes first.
    running: VecDeque<Box<dyn Running<G>>>,
    /// Steps in the kernel that are left of the turn.
    left: u32,
    /// Whether steps count as what they cost. Otherwise each counts: then traces have their share, without which loops would
    /// not be ruled out.
    weighs: bool,
    /// Cheaper ones that have not been counted yet.
    cheap: u32,
    over: Vec<Searched>,
}

impl<G: Snapshots> ByTurns<G> {
    /// A search that has taken no step.
    pub(super) fn begin(search: Search, execution: &mut Execution<G>) -> Self {
        let mut methods = [Method::Stateful, Method::Dpor];
        let weighs = !execution.monitors().may_be_hot();
        if !weighs {
            methods.reverse();
        }
        let running = methods.map(|method| {
            let mut running = Search { method, ..search }.begin(execution);
            running.leave();
            running
        });
        Self { search, running: running.into(), left: STEPS, weighs, cheap: 0, over: Vec::new() }
    }

    /// Whether nothing that the other one could see would change the verdict.
    fn is_decided(&self, searched: &Searched) -> bool {
        searched.is_exhausted() || (!searched.found.is_empty() && !self.search.keeps_going)
    }
}

impl<G: Snapshots> Running<G> for ByTurns<G> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        let Some(first) = self.running.front_mut() else { return false };
        let goes_on = first.step(execution);
        self.cheap += 1;
        if !self.weighs || self.cheap >= first.per_kernel_step() {
            (self.cheap, self.left) = (0, self.left - 1);
        }
        if goes_on && self.left > 0 {
            return true;
        }
        self.left = STEPS;
        if goes_on {
            first.leave();
            self.running.rotate_left(1);
        } else if let Some(over) = self.running.pop_front() {
            let searched = over.end();
            if self.is_decided(&searched) {
                self.running.clear();
            }
            self.over.push(searched);
        }
        true
    }

    fn leave(&mut self) {
        self.running.iter_mut().for_each(|running| running.leave());
    }

    fn searched(&self) -> &Searched {
        let over = self.over.last();
        self.running.front().map(|running| running.searched()).or(over).expect("there are two")
    }

    /// What the one saw that decided, or else is the nearest to its end, and the bugs of both.
    fn end(self: Box<Self>) -> Searched {
        let Self { running, mut over, .. } = *self;
        over.extend(running.into_iter().map(|running| running.end()));
        over.sort_by(|one, other| {
            let decided =
                |searched: &Searched| (searched.is_exhausted(), !searched.found.is_empty());
            decided(one).cmp(&decided(other)).then(one.progress.total_cmp(&other.progress))
        });
        let mut nearest = over.pop().expect("there are two");
        for found in over.into_iter().flat_map(|other| other.found) {
            nearest.add(found);
        }
        nearest
    }
}
