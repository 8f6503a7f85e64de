//! All states, depth first: a state that was reached before is not gone into again.
//!
//! With sleep sets (Godefroid, "Partial-order methods for the verification of concurrent systems", 1996, section 5.2): after
//! a step, those need not be taken that were taken before it and can change places with it, so most states are reached
//! once. What slept when a state was gone into is remembered with it; if less sleeps when it is reached again, the
//! difference is made up for. All states are still reached, but not by all ways: where progress can be owed, nothing
//! sleeps, or loops would be missed.

use alloc::boxed::Box;
use alloc::vec::Vec;

use smallvec::SmallVec;

use super::branch::{Branch, OnTheWay, Plan, go_back, may_pass, progress};
use super::dependence::{Dependence, Footprint};
use super::{Running, Search, Searched, Snapshots};
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

/// By step.
type Bits = SmallVec<[Steps; 8]>;

const SLEEPERS_MAX: usize = 64;

struct Frame<S> {
    branch: Branch<S>,
    key: u128,
    /// The monitors that are hot.
    hot: Vec<u32>,
}

impl<S: Clone> OnTheWay<S> for Frame<S> {
    fn branch(&self) -> &Branch<S> {
        &self.branch
    }

    fn goes_on(&self) -> bool {
        true
    }
}

/// A search through all states, depth first.
pub(super) struct Stateful<S> {
    search: Search,
    dependence: Dependence,
    /// Whether anything sleeps.
    reduces: bool,
    visited: Visited,
    frames: Vec<Frame<S>>,
    searched: Searched,
}

impl<S: Clone> Stateful<S> {
    /// A search that has taken no step.
    pub(super) fn begin<G: Snapshots<Instances = S>>(
        search: Search,
        dependence: Dependence,
        execution: &mut Execution<G>,
    ) -> Self {
        let mut searched = Searched { method: search.method, states: 1, ..Searched::default() };
        let steps = searched.begin(execution);
        let reduces = !execution.monitors().may_be_hot();
        let (visited, frames) = (Visited::default(), Vec::new());
        let mut stateful = Self { search, dependence, reduces, visited, frames, searched };
        if let Some(steps) = steps {
            let plans = steps.iter().map(|_| Plan::Idle).collect();
            let key = execution.key();
            let next = stateful.reach(execution, key, steps, plans);
            stateful.frames.extend(next);
        }
        stateful
    }

    /// The present state with all its steps that do not sleep if it is new, else with those that slept whenever it was
    /// reached before.
    fn reach<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        key: u128,
        steps: Vec<Enabled>,
        mut plans: Vec<Plan>,
    ) -> Option<Frame<S>> {
        let slept = self.visited.get(&key).copied();
        if slept == Some(0) {
            return None;
        }
        let needs_bits = slept.is_some() || plans.iter().any(Plan::is_asleep);
        let bits = if needs_bits { bits(execution.kernel(), &steps) } else { no_bits(&steps) };
        let asleep = plans.iter().zip(&bits).filter(|(plan, _)| plan.is_asleep());
        let asleep = asleep.fold(0, |asleep, (_, bit)| asleep | bit);
        self.visited.insert(key, asleep & slept.unwrap_or(Steps::MAX));
        for (plan, bit) in plans.iter_mut().zip(bits) {
            match slept {
                Some(slept) if slept & bit == 0 => *plan = Plan::Idle,
                _ if asleep & bit == 0 => *plan = Plan::Wanted,
                _ => {}
            }
        }
        let hot = execution.monitors().all_hot().collect();
        let branch = match plans.iter().filter(|plan| plan.is_wanted()).count() {
            0 => return None,
            1 if may_pass(&self.frames) => Branch::passing(steps, plans),
            _ => Branch::new(execution, steps, plans),
        };
        Some(Frame { branch, key, hot })
    }

    /// Goes on in the state after the step that was taken last, which touched this; whether that is a bug.
    fn go_into<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        steps: Vec<Enabled>,
        footprint: &Footprint,
    ) -> bool {
        let plans = match self.frames.last() {
            Some(frame) if self.reduces => frame.branch.asleep_after(footprint, &steps),
            _ => steps.iter().map(|_| Plan::Idle).collect(),
        };
        let (key, known) = (execution.key(), self.visited.len());
        let next = self.reach(execution, key, steps, plans);
        let is_new = self.visited.len() > known;
        if is_new && self.frames.len() >= self.search.bounds.depth_max {
            self.searched.cut += 1;
        } else {
            self.frames.extend(next);
        }
        if is_new || self.reduces {
            return false;
        }
        let bug = lasso(execution, key, &self.frames);
        bug.is_some_and(|bug| {
            let ending = Ending::Bug(Box::new(bug));
            self.searched.end(execution, ending, || path(&self.frames))
        })
    }
}

impl<G: Snapshots> Running<G> for Stateful<G::Instances> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        let Some(next) = frame.branch.next() else {
            self.frames.pop();
            return true;
        };
        if self.visited.len() >= self.search.bounds.states_max {
            return false;
        }
        if frame.branch.leave() {
            go_back(&self.frames, execution);
        }
        let frame = self.frames.last_mut().expect("seen above");
        let outcome = frame.branch.take(execution);
        let footprint = self.dependence.footprint(execution, next.step, false);
        if let Some(coarser) = self.dependence.coarser() {
            *self = Self::begin(self.search, coarser, execution);
            return true;
        }
        frame.branch.finish(&footprint);
        self.searched.transitions += 1;
        self.searched.depth = self.searched.depth.max(self.frames.len() as u64);
        let is_bug = match outcome {
            Ok(steps) => self.go_into(execution, steps, &footprint),
            Err(ending) => {
                if ending.is_at_rest() {
                    self.visited.entry(execution.key()).or_default();
                }
                self.searched.end(execution, ending, || path(&self.frames))
            }
        };
        self.searched.states = self.visited.len() as u64;
        self.search.keeps_going || !is_bug
    }

    fn leave(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.branch.leave();
        }
    }

    fn searched(&self) -> &Searched {
        &self.searched
    }

    fn end(self: Box<Self>) -> Searched {
        let progress = progress(self.frames.iter().map(|frame| &frame.branch));
        Searched { complete: self.frames.is_empty(), progress, ..self.searched }
    }
}

/// The bit of each step. Numbers of messages differ between equal states; their places in their channels do not.
fn bits(kernel: &Kernel, steps: &[Enabled]) -> Bits {
    if steps.len() == 1 {
        return SmallVec::from_elem(1, 1);
    }
    let timeless = |(place, enabled)| (kernel.timeless(enabled), place);
    let mut order: SmallVec<[_; 8]> = (0..).zip(steps).map(timeless).collect();
    order.sort_unstable();
    let mut bits = no_bits(steps);
    for (number, &(_, place)) in order.iter().take(SLEEPERS_MAX).enumerate() {
        let place: usize = place;
        bits[place] = 1 << number;
    }
    bits
}

fn no_bits(steps: &[Enabled]) -> Bits {
    SmallVec::from_elem(0, steps.len())
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
