//! All traces: of the executions that differ only in the order of independent steps, one.
//!
//! Source-DPOR (Abdulla, Aronsson, Jonsson and Sagonas, "Source sets: a foundation for optimal dynamic partial order
//! reduction", JACM 64(4), 2017, algorithm 1): whenever a step races with an earlier one, something is taken instead of the
//! earlier one that lets the later one come first, unless that is done already. Sleep sets keep traces from being seen
//! twice. Differences:
//! - We go back to a state by its snapshot. States are not remembered, and must not be: what comes after a state depends
//!   on the races that led to it.
//! - A process is one actor. Its steps are messages and the like, so several of them can be enabled: they race with each
//!   other, and a step that is not enabled any more after another one was taken is taken instead of that, too.
//! - Whether a race can be reversed is known from the messages and from what was enabled, not from the order of events
//!   alone. Where it is not known it is tried, which may end with nothing left but what sleeps: such traces are counted.
//! - All results of a draw are taken wherever the step is.
//! - The first violation ends an execution. To find those of others, the search goes on as if the step that shows it had
//!   never begun, and its actor did nothing more.
//!
//! A trace has a step for each state on it, and is bounded; loops are not seen.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::branch::{Branch, OnTheWay, Plan, go_back, may_pass, progress};
use super::dependence::Dependence;
use super::past::{Past, Race};
use super::{Running, Search, Searched, Snapshots};
use crate::execution::{Ending, Execution};
use crate::id::ActorId;
use crate::step::Enabled;
use crate::trace::Choice;

struct Frame<S> {
    branch: Branch<S>,
    /// Whether the step that was taken last shows a bug: its actor does nothing more.
    stops: bool,
    /// Whether an actor does nothing more because of an earlier state.
    is_behind_stop: bool,
}

impl<S> Frame<S> {
    /// Whether any actor does nothing more after the step that was taken last.
    fn has_stopped(&self) -> bool {
        self.stops || self.is_behind_stop
    }
}

impl<S: Clone> OnTheWay<S> for Frame<S> {
    fn branch(&self) -> &Branch<S> {
        &self.branch
    }

    fn goes_on(&self) -> bool {
        !self.stops
    }
}

/// A search through all traces.
pub(super) struct Traces<S> {
    search: Search,
    dependence: Dependence,
    past: Past,
    frames: Vec<Frame<S>>,
    searched: Searched,
}

impl<S: Clone> Traces<S> {
    /// A search that has taken no step.
    pub(super) fn begin<G: Snapshots<Instances = S>>(
        search: Search,
        dependence: Dependence,
        execution: &mut Execution<G>,
    ) -> Self {
        let mut searched = Searched { method: search.method, ..Searched::default() };
        let steps = searched.begin(execution);
        let past = Past::new(execution.kernel());
        let mut traces = Self { search, dependence, past, frames: Vec::new(), searched };
        if let Some(steps) = steps {
            let plans = steps.iter().map(|_| Plan::Idle).collect();
            traces.enter(execution, steps, plans);
        }
        traces
    }

    /// Goes into the present state, if anything is left to be taken there; whether it does. An execution ends here
    /// otherwise.
    fn enter<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        steps: Vec<Enabled>,
        mut plans: Vec<Plan>,
    ) -> bool {
        let stopped = stopped(&self.frames);
        let is_able = |&place: &usize| !stopped.contains(&steps[place].step.actor());
        let mut able = (0..steps.len()).filter(is_able).peekable();
        if able.peek().is_none() {
            self.searched.traces += 1;
            return false;
        }
        let Some(place) = able.find(|&place| plans[place].is_idle()) else {
            self.searched.blocked += 1;
            return false;
        };
        plans[place] = Plan::Wanted;
        let branch = match may_pass(&self.frames) {
            true => Branch::passing(steps, plans),
            false => Branch::new(execution, steps, plans),
        };
        let is_behind_stop = self.frames.last().is_some_and(Frame::has_stopped);
        self.frames.push(Frame { branch, stops: false, is_behind_stop });
        true
    }

    /// What can happen after the step that was taken last, and whether it is a bug that ends the search.
    fn steps_after<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        outcome: Result<Vec<Enabled>, Ending>,
    ) -> Option<Vec<Enabled>> {
        let ending = match outcome {
            Ok(steps) => return Some(steps),
            Err(ending) => ending,
        };
        // With somebody stopped, what is left undone says nothing.
        let is_real = !ending.is_at_rest() || !self.frames.last().is_some_and(Frame::has_stopped);
        let is_bug = is_real && self.searched.end(execution, ending, || path(&self.frames));
        if is_bug && !self.search.keeps_going {
            return None;
        }
        let Frame { branch, stops, .. } = self.frames.last().expect("a step was taken");
        if !stops {
            return Some(Vec::new());
        }
        let steps = branch.steps.clone();
        go_back(&self.frames, execution);
        Some(steps)
    }
}

impl<G: Snapshots> Running<G> for Traces<G::Instances> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        if self.searched.traces >= self.search.bounds.traces_max {
            return false;
        }
        let Some(frame) = self.frames.last_mut() else { return false };
        frame.stops = false;
        let Some(next) = frame.branch.next() else {
            self.frames.pop();
            if !self.frames.is_empty() {
                self.past.pop();
            }
            return true;
        };
        if frame.branch.leave() {
            go_back(&self.frames, execution);
        }
        let frame = self.frames.last_mut().expect("seen above");
        let coming = self.past.coming(execution, &next);
        let outcome = frame.branch.take(execution);
        let stops = matches!(&outcome, Err(ending) if !ending.is_at_rest());
        let footprint = self.dependence.footprint(execution, next.step, stops);
        if let Some(coarser) = self.dependence.coarser() {
            *self = Self::begin(self.search, coarser, execution);
            return true;
        }
        frame.stops = stops;
        frame.branch.finish(&footprint);
        self.searched.transitions += 1;
        self.searched.depth = self.searched.depth.max(self.frames.len() as u64);
        let serials = if stops { self.past.serials() } else { execution.kernel().serials() };
        let actor = self.dependence.actor(next.step.actor());
        let is_enabled = |at: usize, step| self.frames[at].branch.is_enabled(step);
        let races = self.past.push(coming, footprint.clone(), serials, actor, &is_enabled);
        reverse(&mut self.frames, &races);
        let Some(steps) = self.steps_after(execution, outcome) else { return false };
        want_disabled(&mut self.frames, &steps);
        let is_cut = self.frames.len() >= self.search.bounds.depth_max && !steps.is_empty();
        self.searched.cut += u64::from(is_cut);
        let branch = &self.frames.last().expect("a step was taken").branch;
        let plans = branch.asleep_after(&footprint, &steps);
        if is_cut || !self.enter(execution, steps, plans) {
            self.past.pop();
        }
        true
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

/// The actors that do nothing more.
fn stopped<S: Clone>(frames: &[Frame<S>]) -> Vec<ActorId> {
    if !frames.last().is_some_and(Frame::has_stopped) {
        return Vec::new();
    }
    let frames = frames.iter().filter(|frame| frame.stops);
    frames.map(|frame| frame.branch.step().step.actor()).collect()
}

/// Sees to it that something is taken that lets the last step come before those with which it races.
fn reverse<S: Clone>(frames: &mut [Frame<S>], races: &[Race]) {
    for race in races {
        let branch = &mut frames[race.at].branch;
        let mut places = race.initials.iter().filter_map(|&step| branch.place(step));
        let is_seen_to = places.clone().any(|place| !branch.plans[place].is_idle());
        if let Some(place) = places.next().filter(|_| !is_seen_to) {
            branch.plans[place] = Plan::Wanted;
        }
    }
}

/// What is not enabled any more after the step that was taken last is taken instead of it.
fn want_disabled<S: Clone>(frames: &mut [Frame<S>], enabled: &[Enabled]) {
    let (last, earlier) = frames.split_last_mut().expect("a step was taken");
    let (stopped, stops) = (stopped(earlier), last.stops);
    let branch = &mut last.branch;
    let taken = branch.step().step;
    for (enabled_before, plan) in branch.steps.iter().zip(&mut branch.plans) {
        let step = enabled_before.step;
        let is_disabled = enabled.iter().all(|other| other.step != step)
            || (stops && step.actor() == taken.actor());
        if plan.is_idle() && is_disabled && !stopped.contains(&step.actor()) {
            *plan = Plan::Wanted;
        }
    }
}

/// All choices from the start on, without those that showed bugs before.
fn path<S: Clone>(frames: &[Frame<S>]) -> Vec<Choice> {
    let last = frames.len() - 1;
    let frames = frames.iter().enumerate().filter(|(depth, frame)| !frame.stops || *depth == last);
    frames.flat_map(|(_, frame)| frame.branch.taken()).copied().collect()
}
