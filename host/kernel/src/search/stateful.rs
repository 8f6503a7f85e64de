//! All states, depth first: a state that was reached before is not gone into again.
//!
//! With sleep sets (Godefroid, "Partial-order methods for the verification of concurrent systems", 1996, section 5.2): after
//! a step, those need not be taken that were taken before it and can change places with it, so most states are reached
//! once. What slept when a state was gone into is remembered with it; if less sleeps when it is reached again, the
//! difference is made up for. All states are still reached, but not by all ways: where progress can be owed, nothing
//! sleeps, or loops would be missed.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::branch::{Branch, Plan, progress};
use super::dependence::Dependence;
use super::{Search, Searched, Snapshots};
use crate::bug::Bug;
use crate::execution::{Ending, Execution};
use crate::id::HashedKeys;
use crate::kernel::Kernel;
use crate::step::{Enabled, Step};
use crate::trace::Choice;

/// The states that were reached, by key, and which steps slept in each.
type Visited = hashbrown::HashMap<u128, Steps, HashedKeys>;

/// Some of the first 64 steps of a state, a bit each, in an order that is the same in equal states. Others never sleep.
type Steps = u64;

const SLEEPERS_MAX: usize = 64;

struct Frame<S> {
    branch: Branch<S>,
    key: u128,
    /// The monitors that are hot.
    hot: Vec<u32>,
}

/// Searches; nothing if it must begin anew.
pub(super) fn search<G: Snapshots>(
    execution: &mut Execution<G>,
    search: &Search,
    dependence: &mut Dependence,
    wants_more: &mut dyn FnMut(&Searched) -> bool,
) -> Option<Searched> {
    let mut searched = Searched::default();
    let Some(steps) = searched.begin(execution) else { return Some(searched) };
    let mut frames = Vec::new();
    let reduces = !execution.monitors().may_be_hot();
    let plans = steps.iter().map(|_| Plan::Idle).collect();
    let mut visited = Visited::default();
    frames.extend(reach(execution, steps, plans, execution.key(), &mut visited));
    searched.states = 1;
    while let Some(frame) = frames.last_mut() {
        if searched.transitions.is_multiple_of(256) && !wants_more(&searched) {
            break;
        }
        let Some(next) = frame.branch.next(execution) else {
            frames.pop();
            continue;
        };
        let outcome = frame.branch.take(execution);
        searched.transitions += 1;
        let footprint = dependence.footprint(execution, next.step, false);
        if dependence.coarsen() {
            return None;
        }
        frame.branch.finish(&footprint);
        if visited.len() >= search.bounds.states_max {
            break;
        }
        searched.depth = searched.depth.max(frames.len() as u64);
        let bug = match outcome {
            Err(ending) => {
                if ending.is_at_rest() {
                    visited.entry(execution.key()).or_default();
                }
                searched.end(execution, ending, || path(&frames))
            }
            Ok(steps) => {
                let plans = match frames.last() {
                    Some(frame) if reduces => frame.branch.asleep_after(&footprint, &steps),
                    _ => steps.iter().map(|_| Plan::Idle).collect(),
                };
                let (key, known) = (execution.key(), visited.len());
                let next = reach(execution, steps, plans, key, &mut visited);
                let is_new = visited.len() > known;
                if is_new && frames.len() >= search.bounds.depth_max {
                    searched.cut += 1;
                } else {
                    frames.extend(next);
                }
                let bug = if is_new || reduces { None } else { lasso(execution, key, &frames) };
                bug.is_some_and(|bug| {
                    searched.end(execution, Ending::Bug(Box::new(bug)), || path(&frames))
                })
            }
        };
        searched.states = visited.len() as u64;
        if bug && !search.keeps_going {
            break;
        }
    }
    searched.complete = frames.is_empty();
    searched.progress = progress(frames.iter().map(|frame| &frame.branch));
    Some(searched)
}

/// Goes into the present state: with all its steps that do not sleep if it is new, else with those that slept whenever it
/// was reached before.
fn reach<G: Snapshots>(
    execution: &Execution<G>,
    steps: Vec<Enabled>,
    mut plans: Vec<Plan>,
    key: u128,
    visited: &mut Visited,
) -> Option<Frame<G::Instances>> {
    let slept = visited.get(&key).copied();
    if slept == Some(0) {
        return None;
    }
    let needs_bits = slept.is_some() || plans.iter().any(Plan::is_asleep);
    let bits = if needs_bits { bits(execution.kernel(), &steps) } else { vec![0; steps.len()] };
    let asleep = plans.iter().zip(&bits).filter(|(plan, _)| plan.is_asleep());
    let asleep = asleep.fold(0, |asleep, (_, bit)| asleep | bit);
    visited.insert(key, asleep & slept.unwrap_or(Steps::MAX));
    for (plan, bit) in plans.iter_mut().zip(bits) {
        match slept {
            Some(slept) if slept & bit == 0 => *plan = Plan::Idle,
            _ if asleep & bit == 0 => *plan = Plan::Wanted,
            _ => {}
        }
    }
    if !plans.iter().any(Plan::is_wanted) {
        return None;
    }
    let hot = execution.monitors().all_hot().collect();
    Some(Frame { branch: Branch::new(execution, steps, plans), key, hot })
}

/// The bit of each step. Numbers of messages differ between equal states; their places in their channels do not.
fn bits(kernel: &Kernel, steps: &[Enabled]) -> Vec<Steps> {
    let mut order: Vec<_> = (0..steps.len()).collect();
    order.sort_by_cached_key(|&place| kernel.timeless(&steps[place]));
    let mut bits = vec![0; steps.len()];
    for (number, &place) in order.iter().take(SLEEPERS_MAX).enumerate() {
        bits[place] = 1 << number;
    }
    bits
}

/// Whether the way that leads back to a state on it is one that can be gone for ever while progress is owed (L3): the
/// same monitor is hot all along, and no step is enabled all along without being taken. Faults need not strike.
fn lasso<G: Snapshots>(
    execution: &Execution<G>,
    key: u128,
    frames: &[Frame<G::Instances>],
) -> Option<Bug> {
    let first = frames.iter().rposition(|frame| frame.key == key)?;
    let (stem, cycle) = frames.split_at(first);
    let hot = &cycle[0].hot;
    let monitor = *hot.iter().find(|&hot| cycle.iter().all(|frame| frame.hot.contains(hot)))?;
    let mut steps = cycle[0].branch.steps.iter().map(|enabled| enabled.step);
    let is_unfair = steps.any(|step| {
        !matches!(step, Step::Fault(_) | Step::End)
            && cycle.iter().all(|frame| frame.branch.is_enabled(step))
            && !cycle.iter().any(|frame| frame.branch.step().step == step)
    });
    if is_unfair {
        return None;
    }
    let stem = u32::try_from(path(stem).len()).unwrap_or(u32::MAX);
    // The state now is that at the beginning of the loop.
    let state = execution.monitors().state_name(monitor).into();
    Some(Bug::Lasso { monitor, state, stem })
}

/// All choices from the start on.
fn path<S: Clone>(frames: &[Frame<S>]) -> Vec<Choice> {
    frames.iter().flat_map(|frame| frame.branch.taken()).copied().collect()
}
