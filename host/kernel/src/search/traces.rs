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

use alloc::vec::Vec;

use super::branch::{Branch, Plan, progress};
use super::dependence::Dependence;
use super::past::{Past, Race};
use super::{Search, Searched, Snapshots};
use crate::execution::Execution;
use crate::id::ActorId;
use crate::step::Enabled;
use crate::trace::Choice;

struct Frame<S> {
    branch: Branch<S>,
    /// Whether the step that was taken last shows a bug: its actor does nothing more.
    stops: bool,
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
    let mut past = Past::new(execution.kernel());
    let mut frames = Vec::new();
    let plans = steps.iter().map(|_| Plan::Idle).collect();
    enter(execution, steps, plans, &mut frames, &mut searched);
    while let Some(frame) = frames.last_mut() {
        if searched.transitions.is_multiple_of(256) && !wants_more(&searched)
            || searched.traces >= search.bounds.traces_max
        {
            break;
        }
        frame.stops = false;
        let Some(next) = frame.branch.next(execution) else {
            frames.pop();
            if !frames.is_empty() {
                past.pop();
            }
            continue;
        };
        let coming = past.coming(execution, &next);
        let outcome = frame.branch.take(execution);
        frame.stops = matches!(&outcome, Err(ending) if !ending.is_at_rest());
        let footprint = dependence.footprint(execution, next.step, frame.stops);
        if dependence.coarsen() {
            return None;
        }
        frame.branch.finish(&footprint);
        let stops = frame.stops;
        searched.transitions += 1;
        searched.depth = searched.depth.max(frames.len() as u64);
        let serials = if stops { past.serials() } else { execution.kernel().serials() };
        let actor = dependence.actor(next.step.actor());
        let is_enabled = |at: usize, step| frames[at].branch.is_enabled(step);
        let races = past.push(coming, footprint.clone(), serials, actor, &is_enabled);
        reverse(&mut frames, &races);
        let steps = match outcome {
            Ok(steps) => steps,
            Err(ending) => {
                // With somebody stopped, what is left undone says nothing.
                let is_real = !ending.is_at_rest() || frames.iter().all(|frame| !frame.stops);
                let is_bug = is_real && searched.end(execution, ending, || path(&frames));
                if is_bug && !search.keeps_going {
                    break;
                }
                let without = frames.last().filter(|frame| frame.stops).map(|frame| {
                    frame.branch.go_back(execution);
                    frame.branch.steps.clone()
                });
                without.unwrap_or_default()
            }
        };
        want_disabled(&mut frames, &steps);
        if frames.len() >= search.bounds.depth_max && !steps.is_empty() {
            searched.cut += 1;
            past.pop();
            continue;
        }
        let branch = &frames.last().expect("a step was taken").branch;
        let plans = branch.asleep_after(&footprint, &steps);
        if !enter(execution, steps, plans, &mut frames, &mut searched) {
            past.pop();
        }
    }
    searched.complete = frames.is_empty();
    searched.progress = progress(frames.iter().map(|frame| &frame.branch));
    Some(searched)
}

/// Goes into the present state, if anything is left to be taken there; whether it does. An execution ends here otherwise.
fn enter<G: Snapshots>(
    execution: &Execution<G>,
    steps: Vec<Enabled>,
    mut plans: Vec<Plan>,
    frames: &mut Vec<Frame<G::Instances>>,
    searched: &mut Searched,
) -> bool {
    let stopped = stopped(frames);
    let mut able = (0..steps.len()).filter(|&place| !stopped.contains(&steps[place].step.actor()));
    let mut rest = able.clone();
    if let Some(place) = able.find(|&place| plans[place].is_idle()) {
        plans[place] = Plan::Wanted;
        frames.push(Frame { branch: Branch::new(execution, steps, plans), stops: false });
        return true;
    }
    if rest.next().is_some() {
        searched.blocked += 1;
    } else {
        searched.traces += 1;
    }
    false
}

/// The actors that do nothing more.
fn stopped<S: Clone>(frames: &[Frame<S>]) -> Vec<ActorId> {
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
