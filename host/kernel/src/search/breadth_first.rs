//! All states, those that are fewer steps away from the start first.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::branch::{Branch, Plan};
use super::dependence::Footprint;
use super::{Running, Search, Searched, Snapshots};
use crate::execution::Execution;
use crate::id::HashedKeys;
use crate::step::Enabled;
use crate::trace::Choice;

/// How a state was reached: from which one, and by which choices.
struct Reached {
    from: usize,
    by: Box<[Choice]>,
}

/// A state that is not gone into yet.
struct Waiting<S> {
    branch: Branch<S>,
    /// Its number among those that were reached.
    number: usize,
    depth: usize,
}

/// A search through all states, those that are fewer steps away first.
pub(super) struct BreadthFirst<S> {
    search: Search,
    visited: hashbrown::HashSet<u128, HashedKeys>,
    reached: Vec<Reached>,
    waiting: VecDeque<Waiting<S>>,
    searched: Searched,
}

impl<S: Clone> BreadthFirst<S> {
    /// A search that has taken no step.
    pub(super) fn begin<G: Snapshots<Instances = S>>(
        search: Search,
        execution: &mut Execution<G>,
    ) -> Self {
        let mut searched = Searched { method: search.method, states: 1, ..Searched::default() };
        let steps = searched.begin(execution);
        let visited = [execution.key()].into_iter().collect();
        let reached = Vec::from([Reached { from: 0, by: Box::default() }]);
        let first = |steps| Waiting { branch: branch(execution, steps), number: 0, depth: 0 };
        let waiting = steps.map(first).into_iter().collect();
        Self { search, visited, reached, waiting, searched }
    }
}

impl<G: Snapshots> Running<G> for BreadthFirst<G::Instances> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        let Some(Waiting { branch: from, number, depth }) = self.waiting.front_mut() else {
            return false;
        };
        if from.next().is_none() {
            self.waiting.pop_front();
            return true;
        }
        if self.visited.len() >= self.search.bounds.states_max {
            return false;
        }
        from.go_back(execution);
        let outcome = from.take(execution);
        from.finish(&Footprint::default());
        let (depth, by) = (*depth + 1, Reached { from: *number, by: from.taken().into() });
        self.searched.transitions += 1;
        self.searched.depth = depth as u64;
        let is_over = outcome.as_ref().is_err_and(|ending| !ending.is_at_rest());
        let is_new = !is_over && self.visited.insert(execution.key());
        self.searched.states = self.visited.len() as u64;
        let is_bug = match outcome {
            Ok(steps) if is_new && depth < self.search.bounds.depth_max => {
                let (branch, number) = (branch(execution, steps), self.reached.len());
                self.waiting.push_back(Waiting { branch, number, depth });
                self.reached.push(by);
                false
            }
            Ok(_) => {
                self.searched.cut += u64::from(is_new);
                false
            }
            Err(ending) => self.searched.end(execution, ending, || path(&self.reached, by)),
        };
        self.search.keeps_going || !is_bug
    }

    fn leave(&mut self) {}

    fn searched(&self) -> &Searched {
        &self.searched
    }

    fn end(self: Box<Self>) -> Searched {
        let complete = self.waiting.is_empty();
        // Each state that was reached is gone into, and more may be reached.
        let gone_into = self.reached.len() - self.waiting.len().min(self.reached.len());
        let progress = share(gone_into, self.reached.len());
        Searched { complete, progress, ..self.searched }
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is a guess")]
pub(super) fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

/// The present state, to be gone into later, with all its steps.
fn branch<G: Snapshots>(execution: &mut Execution<G>, steps: Vec<Enabled>) -> Branch<G::Instances> {
    let plans = steps.iter().map(|_| Plan::Wanted).collect();
    Branch::new(execution, steps, plans)
}

/// All choices from the start on.
fn path(reached: &[Reached], last: Reached) -> Vec<Choice> {
    let mut ways = Vec::from([last.by]);
    let mut from = last.from;
    while from > 0 {
        ways.push(reached[from].by.clone());
        from = reached[from].from;
    }
    ways.iter().rev().flatten().copied().collect()
}
