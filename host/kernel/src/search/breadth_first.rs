//! All states, those that are fewer steps away from the start first.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::branch::{Branch, Plan};
use super::dependence::Footprint;
use super::{Search, Searched, Snapshots};
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

pub(super) fn search<G: Snapshots>(
    execution: &mut Execution<G>,
    search: &Search,
    wants_more: &mut dyn FnMut(&Searched) -> bool,
) -> Searched {
    let mut searched = Searched::default();
    let Some(steps) = searched.begin(execution) else { return searched };
    let mut visited = hashbrown::HashSet::<u128, HashedKeys>::default();
    visited.insert(execution.key());
    let mut reached = Vec::from([Reached { from: 0, by: Box::default() }]);
    let mut waiting =
        VecDeque::from([Waiting { branch: branch(execution, steps), number: 0, depth: 0 }]);
    searched.states = 1;
    while let Some(Waiting { branch: from, number, depth }) = waiting.front_mut() {
        let (number, depth) = (*number, *depth);
        if searched.transitions.is_multiple_of(256) && !wants_more(&searched) {
            return searched;
        }
        if from.next(execution).is_none() {
            waiting.pop_front();
            continue;
        }
        if visited.len() >= search.bounds.states_max {
            return searched;
        }
        let outcome = from.take(execution);
        from.finish(&Footprint::default());
        searched.transitions += 1;
        searched.depth = depth as u64 + 1;
        let by = Reached { from: number, by: from.taken().into() };
        let is_over = outcome.as_ref().is_err_and(|ending| !ending.is_at_rest());
        let is_new = !is_over && visited.insert(execution.key());
        searched.states = visited.len() as u64;
        match outcome {
            Ok(steps) => {
                if is_new && depth + 1 >= search.bounds.depth_max {
                    searched.cut += 1;
                } else if is_new {
                    let (branch, number) = (branch(execution, steps), reached.len());
                    waiting.push_back(Waiting { branch, number, depth: depth + 1 });
                    reached.push(by);
                }
            }
            Err(ending) => {
                let is_bug = searched.end(execution, ending, || path(&reached, by));
                if is_bug && !search.keeps_going {
                    return searched;
                }
            }
        }
    }
    searched.complete = true;
    searched
}

/// The present state, to be gone into later, with all its steps.
fn branch<G: Snapshots>(execution: &Execution<G>, steps: Vec<Enabled>) -> Branch<G::Instances> {
    let plans = steps.iter().map(|_| Plan::Wanted).collect();
    let mut branch = Branch::new(execution, steps, plans);
    branch.leave();
    branch
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
