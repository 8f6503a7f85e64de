//! All states, those that are fewer steps away from the start first.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use smallvec::SmallVec;

use super::{Chart, Move, OnChart, Outcome};
use crate::atlas::{OffChart, Place, Position};
use crate::execution::Execution;
use crate::id::HashedKeys;
use crate::search::breadth_first::share;
use crate::search::{Search, Searched, Snapshots};

/// How a state was reached: from which one, and by which step.
struct Reached {
    from: usize,
    by: Move,
}

/// A state that is not gone into yet.
struct Waiting {
    position: Position,
    /// Its number among those that were reached.
    number: usize,
    depth: usize,
}

/// The state that is gone into.
struct Branch {
    from: Waiting,
    /// What is to be taken there, the last first.
    wanted: SmallVec<[Place; 32]>,
    next: Move,
}

/// A search through all states, those that are fewer steps away first.
pub(super) struct BreadthFirst<S> {
    search: Search,
    chart: Chart<S>,
    visited: hashbrown::HashSet<u128, HashedKeys>,
    reached: Vec<Reached>,
    waiting: VecDeque<Waiting>,
    branch: Option<Branch>,
    /// The state that a step leads to.
    behind: Position,
    searched: Searched,
}

impl<S: Clone> BreadthFirst<S> {
    /// A search that has taken no step.
    pub(super) fn new(
        search: Search,
        (mut chart, start): (Chart<S>, Position),
        searched: Searched,
    ) -> Self {
        let visited = [chart.key(&start)].into_iter().collect();
        let reached = Vec::from([Reached { from: 0, by: Move::default() }]);
        let waiting = [Waiting { position: start, number: 0, depth: 0 }].into();
        let (branch, behind) = (None, Position::default());
        Self { search, chart, visited, reached, waiting, branch, behind, searched }
    }

    /// Notes a state that was reached from another by a step; whether it is a bug that nothing can be done there.
    fn reach<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        by: Reached,
        depth: usize,
    ) -> bool {
        if !self.visited.insert(self.chart.key(&self.behind)) {
            return false;
        }
        self.searched.states = self.visited.len() as u64;
        if self.behind.enabled(&self.chart.cast).is_empty() {
            let way = || moves(&self.reached, by.from, Some(by.by));
            return self.chart.rest(execution, &self.behind, way, &mut self.searched);
        }
        if depth < self.search.bounds.depth_max {
            let (position, number) = (mem::take(&mut self.behind), self.reached.len());
            self.waiting.push_back(Waiting { position, number, depth });
            self.reached.push(by);
        } else {
            self.searched.cut += 1;
        }
        false
    }
}

impl<G: Snapshots> OnChart<G> for BreadthFirst<G::Instances> {
    fn step(&mut self, execution: &mut Execution<G>) -> Result<bool, OffChart> {
        let Some(branch) = &mut self.branch else {
            self.branch = self.waiting.pop_front().map(|from| {
                let mut wanted = from.position.enabled(&self.chart.cast);
                wanted.reverse();
                Branch { from, wanted, next: Move::default() }
            });
            return Ok(self.branch.is_some());
        };
        let Some(&place) = branch.wanted.last() else {
            self.branch = None;
            return Ok(true);
        };
        if self.visited.len() >= self.search.bounds.states_max {
            return Ok(false);
        }
        let Branch { from, wanted, next } = branch;
        next.place = place;
        let way = || moves(&self.reached, from.number, None);
        let states = (&from.position, &mut self.behind);
        let outcome = self.chart.advance(execution, states, next, way)?;
        let (by, depth) = (Reached { from: from.number, by: next.clone() }, from.depth + 1);
        if !next.turn() {
            wanted.pop();
        }
        self.searched.transitions += 1;
        self.searched.depth = depth as u64;
        let is_bug = match outcome {
            Outcome::Next(_) => self.reach(execution, by, depth),
            Outcome::Over(over) => {
                let (ending, choices) = *over;
                self.searched.end(execution, ending, || choices)
            }
        };
        Ok(self.search.keeps_going || !is_bug)
    }

    fn searched(&self) -> &Searched {
        &self.searched
    }

    fn into_chart(self: Box<Self>) -> Chart<G::Instances> {
        self.chart
    }

    fn end(self: Box<Self>) -> Searched {
        let left = self.waiting.len() + usize::from(self.branch.is_some());
        let gone_into = self.reached.len() - left.min(self.reached.len());
        let progress = share(gone_into, self.reached.len());
        let interchangeable = self.chart.alike.told();
        Searched { complete: left == 0, progress, interchangeable, ..self.searched }
    }
}

/// The steps that led to a state, and this one.
fn moves(reached: &[Reached], number: usize, last: Option<Move>) -> Vec<Move> {
    let mut moves = Vec::from_iter(last);
    let mut from = number;
    while from > 0 {
        moves.push(reached[from].by.clone());
        from = reached[from].from;
    }
    moves.reverse();
    moves
}
