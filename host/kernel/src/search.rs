//! All states of an app, each once.
//!
//! A depth-first search over the true state space: from every state all steps are taken, with all results of all draws
//! in them, and a state whose [key](crate::Kernel::key) was seen before is not gone into again. If it ends by itself, no
//! execution within the bounds is a bug. A way that leads back to a state on it is looked at: if progress can be owed on it for
//! ever, that is a bug too. Such a loop is only seen if the search happens to close it; liveness is not proved.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::actor::Slot;
use crate::bug::Bug;
use crate::execution::{Ending, Execution, Guests, Snapshot};
use crate::id::HashedKeys;
use crate::recording::Found;
use crate::step::{Enabled, Step};
use crate::strategy::{Diverged, Oracle, Question, Strategy, place_of};
use crate::trace::{Choice, Trace};

/// Guests whose instances can be put back.
pub trait Snapshots: Guests {
    /// All instances, between two turns.
    type Instances: Clone;

    /// All instances as they are now.
    fn instances(&self) -> Self::Instances;

    /// Makes all instances what they were.
    fn put_back(&mut self, instances: &Self::Instances);

    /// The key of an actor's instance: equal states have equal keys.
    fn image(&self, slot: Slot) -> u128;

    /// The key of a monitor's instance.
    fn monitor_image(&self, monitor: u32) -> u128;

    /// Whether any instance ever asked for virtual time.
    fn tells_time(&self) -> bool;
}

/// Where a search ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchBounds {
    /// Most states that are remembered, at about 20 bytes each.
    pub states_max: usize,
    /// Most steps from the start to a state.
    pub depth_max: usize,
}

/// What a search saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Distinct states.
    pub states: u64,
    /// Steps taken, each result of its draws counted.
    pub transitions: u64,
    /// States in which nothing is left to be done.
    pub terminal: u64,
    /// The most steps from the start to a state on the way that was taken to it.
    pub depth: u64,
    /// States that were not gone into because they are too deep.
    pub cut: u64,
    /// Whether the search came to its end: every state within the bounds was gone into.
    pub complete: bool,
    /// Bugs, told apart, in the order in which they were found.
    pub found: Vec<Found>,
}

impl Searched {
    /// Whether every execution was seen, none of them cut.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.complete && self.cut == 0
    }
}

/// A state on the way from the start to the present one.
struct Frame<S> {
    key: u128,
    /// The monitors that are hot.
    hot: Vec<u32>,
    snapshot: Snapshot<S>,
    steps: Vec<Enabled>,
    /// Which of them is next.
    next: usize,
    /// What is drawn in it: an odometer.
    draws: Vec<Draw>,
    /// What led from here to the next frame.
    taken: Vec<Choice>,
}

#[derive(Clone, Copy, Debug)]
struct Draw {
    taken: u32,
    bound: u32,
}

/// Searches all states. It ends at the first bug unless `keeps_going`; `wants_more` is asked now and then with what was
/// seen so far.
///
/// # Panics
///
/// If the guests do not do the same when they are in the same state.
pub fn search<G: Snapshots>(
    execution: &mut Execution<G>,
    bounds: SearchBounds,
    keeps_going: bool,
    mut wants_more: impl FnMut(&Searched) -> bool,
) -> Searched {
    let mut searched = Searched::default();
    let mut visited = hashbrown::HashSet::<u128, HashedKeys>::default();
    if let Some(ending) = execution.begin(directed(None, Vec::new()), 0) {
        note(&mut searched, ending, Vec::new());
        return searched;
    }
    let mut frames = Vec::new();
    let key = execution.key();
    visited.insert(key);
    searched.states = 1;
    enter(execution, key, &mut frames, &mut searched);
    while let Some(frame) = frames.last_mut() {
        if frame.next == frame.steps.len() {
            frames.pop();
            continue;
        }
        if searched.transitions.is_multiple_of(256) && !wants_more(&searched) {
            return searched;
        }
        let step = frame.steps[frame.next].step;
        execution.restore(&frame.snapshot);
        let (ending, taken) = execution.take(step, frame.draws.iter().map(|d| d.taken).collect());
        searched.transitions += 1;
        frame.advance(&taken);
        frame.taken = taken;
        if let Some(ending) = ending {
            if note(&mut searched, ending, path(&frames)) && !keeps_going {
                return searched;
            }
            continue;
        }
        if visited.len() >= bounds.states_max {
            return searched;
        }
        let key = execution.key();
        if !visited.insert(key) {
            let bug = lasso(execution, key, &frames);
            if let Some(bug) = bug
                && note(&mut searched, Ending::Bug(Box::new(bug)), path(&frames))
                && !keeps_going
            {
                return searched;
            }
            continue;
        }
        searched.states += 1;
        if frames.len() >= bounds.depth_max {
            searched.cut += 1;
            continue;
        }
        if enter(execution, key, &mut frames, &mut searched) && !keeps_going {
            return searched;
        }
        searched.depth = searched.depth.max(frames.len() as u64);
    }
    searched.complete = true;
    searched
}

/// Goes into the present state; whether that is a bug.
fn enter<G: Snapshots>(
    execution: &mut Execution<G>,
    key: u128,
    frames: &mut Vec<Frame<G::Instances>>,
    searched: &mut Searched,
) -> bool {
    let steps = execution.all_enabled();
    if steps.is_empty() {
        let ending = execution.quiescence();
        return note(searched, ending, path(frames));
    }
    let snapshot = execution.snapshot();
    let (hot, draws, taken) = (execution.monitors().all_hot().collect(), Vec::new(), Vec::new());
    frames.push(Frame { key, hot, snapshot, steps, next: 0, draws, taken });
    false
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
    let enabled = |frame: &Frame<_>, step| frame.steps.iter().any(|enabled| enabled.step == step);
    let mut steps = cycle[0].steps.iter().map(|enabled| enabled.step);
    let is_unfair = steps.any(|step| {
        !matches!(step, Step::Fault(_) | Step::End)
            && cycle.iter().all(|frame| enabled(frame, step))
            && !cycle.iter().any(|frame| frame.took(step))
    });
    if is_unfair {
        return None;
    }
    let stem = u32::try_from(path(stem).len()).unwrap_or(u32::MAX);
    // The state now is that at the beginning of the loop.
    let state = execution.monitors().state_name(monitor).into();
    Some(Bug::Lasso { monitor, state, stem })
}

/// Notes how an execution ended; whether that is a bug.
fn note(searched: &mut Searched, ending: Ending, choices: Vec<Choice>) -> bool {
    match ending {
        Ending::Bug(bug) => {
            if searched.found.iter().all(|known| !known.bug.is_like(&bug)) {
                let trace = Trace { choices };
                searched.found.push(Found { trace, fair_from: u32::MAX, bug: *bug });
            }
            true
        }
        Ending::Quiescent => {
            searched.terminal += 1;
            false
        }
        Ending::Cut | Ending::Diverged(_) => panic!("a turn did not repeat itself: {ending:?}"),
    }
}

/// All choices from the start on.
fn path<S>(frames: &[Frame<S>]) -> Vec<Choice> {
    frames.iter().flat_map(|frame| &frame.taken).copied().collect()
}

impl<S> Frame<S> {
    fn took(&self, step: Step) -> bool {
        matches!(self.taken.first(), Some(Choice::Step { step: taken, .. }) if *taken == step)
    }

    /// Turns the odometer of draws on by one; to the next step once all are done.
    fn advance(&mut self, taken: &[Choice]) {
        self.draws.clear();
        self.draws.extend(taken.iter().filter_map(|choice| match *choice {
            Choice::Number { taken, bound, .. } => Some(Draw { taken, bound }),
            Choice::Step { .. } => None,
        }));
        while let Some(mut draw) = self.draws.pop() {
            draw.taken += 1;
            if draw.taken < draw.bound {
                self.draws.push(draw);
                return;
            }
        }
        self.next += 1;
    }
}

/// Takes one step, and draws what it is told.
struct Directed {
    step: Option<Step>,
    draws: Vec<u32>,
    drawn: usize,
}

/// An oracle that takes one step, and draws what it is told, then 0.
pub(crate) fn directed(step: Option<Step>, draws: Vec<u32>) -> Box<Oracle> {
    Box::new(Oracle::new(Box::new(Directed { step, draws, drawn: 0 })))
}

impl Strategy for Directed {
    fn begin(&mut self, _: u64) {}

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        match question {
            Question::Step { enabled, .. } => {
                let place = self.step.and_then(|step| place_of(step, enabled));
                place.ok_or(Diverged { at: 0, recorded: None, asked: question.asked() })
            }
            Question::Number { .. } => {
                let draw = self.draws.get(self.drawn).copied().unwrap_or(0);
                self.drawn += 1;
                Ok(draw)
            }
        }
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn is_fair(&self) -> bool {
        false
    }
}
