//! Shrinks the trace of a bug: fewer steps, fewer faults, fewer context switches, smaller draws, in this order.
//!
//! Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002) on the steps of an
//! execution: halves, then smaller chunks, then single steps are left out, and the rest is
//! [taken as far as it is enabled](crate::strategy::Follow). Three things differ. What a step brought up goes with it by
//! itself, and what remains keeps its meaning although its names change. Before anything is left out blindly, what is
//! not in the causal past of the violation is, and so is each actor as a whole. And chunks are left out only, never
//! tried alone, because the end of the trace alone is no execution.
//!
//! A bug that shows at quiescence needs all steps that are enabled, so there is little to leave out. What makes such
//! a trace readable is that it does what production would do, but for a few deliveries that come late: there the same
//! search goes over these [delays](Recording::delays) and draws first.
//!
//! Most attempts fail, so the bigger cuts come first, and an execution is recorded only once it is known to be worth it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::bug::{Bug, BugKind};
use crate::execution::{Ending, Execution, Guests};
use crate::recording::{Found, Recording, record};
use crate::strategy::{Deviating, Deviation, Follow, Oracle, Rearranged, Strategy};
use crate::trace::{Choice, Trace};

/// The smallest trace of a bug that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimised {
    /// The trace, exact, and the bug, as it shows there: [like](Bug::is_like) the one that was looked for.
    pub found: Found,
    /// How many executions that took.
    pub executions: u64,
    /// Whether the search came to its end: no single step can be left out so that the bug still shows, neither under
    /// the names of this trace nor under translated ones. Not claimed for [`Bug::PotentialLiveness`] and
    /// [`Bug::StepBound`].
    pub complete: bool,
}

/// A trace did not lead to the bug again: the app does not repeat itself, or it is another app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrepeatable {
    /// The trace.
    pub trace: Trace,
    /// How it ended instead.
    pub ending: Ending,
}

impl fmt::Display for Unrepeatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Ending::Quiescent | Ending::Cut => f.write_str("the trace does not lead to a bug"),
            Ending::Bug(bug) => write!(f, "the trace leads to another bug: {}", bug.kind()),
            Ending::Diverged(diverged) => diverged.fmt(f),
        }
    }
}

impl core::error::Error for Unrepeatable {}

/// Shrinks a trace that leads to a bug. `keep_going` is asked before each execution; where it says no, the smallest
/// trace so far is the result. The result was replayed twice, whatever it says.
///
/// # Errors
///
/// The trace does not lead to this bug, or the smallest one does so only sometimes.
pub fn minimise<G: Guests>(
    execution: &mut Execution<G>,
    found: &Found,
    keep_going: &mut dyn FnMut() -> bool,
) -> Result<Minimised, Unrepeatable> {
    let kind = found.bug.kind();
    let (recording, bug) = repeat(execution, found)?;
    let mut search = Search {
        execution,
        by_delays: bug.needs_quiescence(),
        size: Size::default(),
        best: Arc::new(recording),
        bug,
        keep_going,
        executions: 1,
        spent: false,
    };
    search.size = search.measure(&search.best);
    if matches!(kind, BugKind::PotentialLiveness | BugKind::StepBound) {
        search.shorten_prefix();
    } else {
        search.shrink();
    }
    let Search { best, bug, executions, spent, execution, .. } = search;
    let found = Found::of(&best, bug);
    for _ in 0..2 {
        let (again, bug) = repeat(execution, &found)?;
        if again.trace != found.trace || bug != found.bug {
            let ending = Ending::Bug(Box::new(bug));
            return Err(Unrepeatable { trace: found.trace, ending });
        }
    }
    Ok(Minimised { found, executions: executions + 2, complete: !spent })
}

/// Replays the trace of a bug.
pub(crate) fn repeat<G: Guests>(
    execution: &mut Execution<G>,
    found: &Found,
) -> Result<(Recording, Bug), Unrepeatable> {
    match record(execution, Box::new(found.replay())) {
        (recording, Ending::Bug(bug)) if bug.is_like(&found.bug) => Ok((recording, *bug)),
        (_, ending) => Err(Unrepeatable { trace: found.trace.clone(), ending }),
    }
}

/// What leads on where a strategy leads, but for one step, counted from 0: first with the names that later steps have
/// without it, then with those that they had. None if that execution has no such step.
pub fn without_step<G: Guests>(
    execution: &mut Execution<G>,
    strategy: Box<dyn Strategy>,
    step: usize,
) -> Option<[Box<dyn Strategy>; 2]> {
    let (recording, _) = record(execution, strategy);
    let recording = Arc::new(recording);
    (step < recording.len()).then(|| {
        let (renamed, as_named) = all_but_step(&recording, step);
        [Box::new(renamed) as Box<dyn Strategy>, Box::new(as_named)]
    })
}

/// What is to become smaller, the most important first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Size {
    /// Without draws: otherwise a step could not be left out if another turn then drew more.
    steps: usize,
    draws: usize,
    faults: usize,
    delays: usize,
    switches: usize,
    drawn: u64,
}

struct Search<'a, G> {
    execution: &'a mut Execution<G>,
    bug: Bug,
    keep_going: &'a mut dyn FnMut() -> bool,
    /// Whether delays count.
    by_delays: bool,
    best: Arc<Recording>,
    size: Size,
    executions: u64,
    spent: bool,
}

impl<G: Guests> Search<'_, G> {
    fn measure(&self, recording: &Recording) -> Size {
        let trace = &recording.trace;
        let drawn = recording.steps.iter().flat_map(|recorded| &recorded.draws);
        Size {
            steps: recording.len(),
            draws: trace.len() - recording.len(),
            faults: trace.faults(),
            delays: if self.by_delays { recording.delays().len() } else { 0 },
            switches: trace.switches(),
            drawn: drawn.map(|&taken| u64::from(taken)).sum(),
        }
    }

    /// Whether this leads to the bug by a smaller trace, which is then the best.
    fn attempt(&mut self, strategy: impl Strategy + 'static) -> bool {
        self.attempt_if(strategy, |size, best| size < best)
    }

    fn attempt_if(
        &mut self,
        strategy: impl Strategy + 'static,
        is_better: impl FnOnce(Size, Size) -> bool,
    ) -> bool {
        self.spent = self.spent || !(self.keep_going)();
        if self.spent {
            return false;
        }
        self.executions += 1;
        let Some(found) = self.try_out(Box::new(strategy)) else { return false };
        let Ok((recording, bug)) = repeat(self.execution, &found) else { return false };
        let size = self.measure(&recording);
        if !is_better(size, self.size) {
            return false;
        }
        (self.best, self.bug, self.size) = (Arc::new(recording), bug, size);
        true
    }

    /// What an execution finds, if it is the bug. It is given up once it cannot be any more.
    fn try_out(&mut self, strategy: Box<dyn Strategy>) -> Option<Found> {
        let is_patient = self.bug.kind() == BugKind::PotentialLiveness;
        let mut ending = self.execution.begin(Box::new(Oracle::new(strategy)), 0);
        while ending.is_none() && (!is_patient || self.execution.can_overheat()) {
            ending = self.execution.step();
        }
        let oracle = self.execution.end();
        match ending {
            Some(Ending::Bug(bug)) if bug.is_like(&self.bug) => Some(Found {
                trace: oracle.trace().clone(),
                fair_from: oracle.fair_from(),
                bug: *bug,
            }),
            _ => None,
        }
    }

    /// Until nothing helps any more: then a second search would find nothing either.
    fn shrink(&mut self) {
        loop {
            let before = self.size;
            if self.by_delays {
                self.drop_deviations();
            }
            self.attempt(Rearranged::new(&self.best, self.best.past_of_last()));
            self.drop_actors();
            self.drop_idle_firings();
            self.drop_cascades();
            self.drop_chunks(Recording::len, |best, range| {
                Rearranged::new(best, all_but(best.len(), range))
            });
            self.drop_steps();
            self.gather();
            self.draw_less();
            if self.spent || self.size == before {
                return;
            }
        }
    }

    /// Leaves out what some actors do: there may be whole parts of an app that have nothing to do with it.
    fn drop_actors(&mut self) {
        let mut actors = Vec::from_iter(self.best.trace.steps().map(|step| step.actor()));
        actors.sort_unstable();
        actors.dedup();
        for actor in actors {
            let steps = self.best.steps.iter().enumerate();
            let others = steps.filter(|(_, recorded)| recorded.step.actor() != actor);
            let others = Vec::from_iter(others.map(|(number, _)| number));
            if others.len() < self.best.len() {
                self.attempt(Rearranged::new(&self.best, others));
            }
        }
    }

    /// Leaves out all firings of timers that had no consequence: there may be many of them between two that had.
    fn drop_idle_firings(&mut self) {
        let others = (0..self.best.len()).filter(|&number| !self.best.is_idle_firing(number));
        let others = Vec::from_iter(others);
        if others.len() < self.best.len() {
            self.attempt(Rearranged::new(&self.best, others));
        }
    }

    /// Leaves out a step, and with it all that followed from it: those first from which most did.
    fn drop_cascades(&mut self) {
        let mut last = (usize::MAX, usize::MAX);
        loop {
            let sizes = self.best.consequences().into_iter().zip(0..);
            let sizes = sizes.filter(|&(size, number)| size > 1 && (size, number) < last);
            let Some(next) = sizes.max().filter(|_| !self.spent) else { return };
            last = next;
            let others = all_but(self.best.len(), next.1..next.1 + 1);
            self.attempt(Rearranged::new(&self.best, others));
        }
    }

    /// Leaves out chunks of half of all units, then smaller ones down to two, the latest first.
    fn drop_chunks<S: Strategy + 'static>(
        &mut self,
        units: impl Fn(&Recording) -> usize,
        without: impl Fn(&Arc<Recording>, Range<usize>) -> S,
    ) {
        let mut chunk = units(&self.best) / 2;
        while chunk > 1 {
            let mut end = units(&self.best);
            while end > 0 && !self.spent {
                let start = end.saturating_sub(chunk);
                self.attempt(without(&self.best, start..end));
                end = start.min(units(&self.best));
            }
            chunk /= 2;
        }
    }

    /// Leaves out single units until it failed for each since it succeeded last.
    fn drop_each(
        &mut self,
        units: impl Fn(&Recording) -> usize,
        mut attempt: impl FnMut(&mut Self, usize) -> bool,
    ) {
        let (mut place, mut failures) = (0, 0);
        while failures < units(&self.best) && !self.spent {
            place = if place == 0 { units(&self.best) } else { place.min(units(&self.best)) } - 1;
            failures = if attempt(self, place) { 0 } else { failures + 1 };
        }
    }

    /// Afterwards no single step can be left out.
    fn drop_steps(&mut self) {
        self.drop_each(Recording::len, |search, step| {
            let (renamed, as_named) = all_but_step(&search.best, step);
            search.attempt(renamed) || search.attempt(as_named)
        });
    }

    /// Lets production's order happen as far as the bug allows.
    fn drop_deviations(&mut self) {
        let without = |best: &Arc<Recording>, range: Range<usize>| {
            let deviations = deviations(best).into_iter().enumerate();
            Deviating::new(deviations.filter(|(n, _)| !range.contains(n)).map(|(_, d)| d))
        };
        let units = |best: &Recording| deviations(best).len();
        self.drop_chunks(units, without);
        self.drop_each(units, |search, place| {
            search.attempt(without(&search.best, place..place + 1))
        });
    }

    /// Lets each actor do as much at a time as it can.
    fn gather(&mut self) {
        let gathered = gathered(&self.best);
        self.attempt_order(gathered);
        let mut place = 0;
        while place < self.best.len() && !self.spent {
            let moved = self.moves(place).into_iter().any(|order| self.attempt_order(order));
            if !moved {
                place += 1;
            }
        }
    }

    /// The orders in which a step comes together with another one of the same actor.
    fn moves(&self, place: usize) -> Vec<Vec<usize>> {
        let steps = &self.best.steps;
        let actor = steps[place].step.actor();
        let same = |&later: &usize| steps[later].step.actor() == actor;
        let Some(later) = (place + 1..steps.len()).find(same) else { return Vec::new() };
        let mut orders = Vec::new();
        if steps[later].cause.is_none_or(|cause| cause <= place) {
            let mut order = all_but(steps.len(), later..later + 1);
            order.insert(place + 1, later);
            orders.push(order);
        }
        if steps[place..later].iter().all(|between| between.cause != Some(place)) {
            let mut order = all_but(steps.len(), place..place + 1);
            order.insert(later - 1, place);
            orders.push(order);
        }
        orders
    }

    fn attempt_order(&mut self, order: Vec<usize>) -> bool {
        let actors = Vec::from_iter(order.iter().map(|&n| self.best.steps[n].step.actor()));
        let switches = actors.windows(2).filter(|pair| pair[0] != pair[1]).count();
        switches < self.size.switches && self.attempt(Rearranged::new(&self.best, order))
    }

    fn draw_less(&mut self) {
        for step in 0..self.best.len() {
            let mut draw = 0;
            while step < self.best.len() && draw < self.best.steps[step].draws.len() {
                self.draw_less_at(step, draw);
                draw += 1;
            }
        }
    }

    /// Zero if that will do; else halves it as often as it will, then counts down.
    fn draw_less_at(&mut self, step: usize, draw: usize) {
        loop {
            let recorded = self.best.steps.get(step).and_then(|recorded| recorded.draws.get(draw));
            let Some(&taken) = recorded.filter(|&&taken| taken > 0) else { return };
            let mut smaller = vec![0, taken / 2, taken - 1];
            smaller.dedup();
            let shrunk = smaller.into_iter().any(|smaller| {
                let all = all_but(self.best.len(), 0..0);
                self.attempt(Rearranged::new(&self.best, all).redrawn(step, draw, smaller))
            });
            if !shrunk {
                return;
            }
        }
    }

    /// For a bug that is a matter of patience: lets the execution go on as production would from as early on as it
    /// will. Production is fair, so this makes no bug of what a trace leaves out. What counts is what differs from it: the
    /// trace may become longer, by what was owed progress later.
    fn shorten_prefix(&mut self) {
        let mut prefix = Vec::from_iter(0..self.best.len());
        let original = self.best.clone();
        let try_prefix = |search: &mut Self, order: &[usize]| {
            let strategy = Rearranged::new(&original, order.to_vec());
            let strategy = strategy.then_fifo().judging_heat(true);
            search.attempt_if(strategy, |_, _| true)
        };
        let mut chunk = prefix.len();
        while chunk > 0 && !self.spent {
            let mut end = prefix.len();
            while end > 0 && !self.spent {
                let start = end.saturating_sub(chunk);
                let rest = [&prefix[..start], &prefix[end..]].concat();
                if try_prefix(self, &rest) {
                    prefix = rest;
                }
                end = start;
            }
            chunk /= 2;
        }
    }
}

/// The two ways to leave out a step.
fn all_but_step(recording: &Arc<Recording>, step: usize) -> (Rearranged, Follow) {
    let renamed = Rearranged::new(recording, all_but(recording.len(), step..step + 1));
    (renamed, Follow::new(choices_but(recording, step)).fair_from(u32::MAX))
}

/// All numbers below a bound that are not in a range.
fn all_but(bound: usize, range: Range<usize>) -> Vec<usize> {
    (0..bound).filter(|number| !range.contains(number)).collect()
}

/// The choices of a trace without a step and what was drawn in its turn.
fn choices_but(recording: &Recording, step: usize) -> Vec<Choice> {
    let recorded = &recording.steps[step];
    let choices = &recording.trace.choices;
    [&choices[..recorded.at], &choices[recorded.at + 1 + recorded.draws.len()..]].concat()
}

fn deviations(recording: &Recording) -> Vec<Deviation> {
    let delays = recording.delays().into_iter();
    let mut deviations =
        Vec::from_iter(delays.map(|(step, after)| Deviation::Delay { step, after }));
    let mut drawn = alloc::collections::BTreeMap::new();
    for choice in &recording.trace.choices {
        if let Choice::Number { actor, taken, .. } = *choice {
            let number = drawn.entry(actor).or_insert(0);
            *number += 1;
            if taken > 0 {
                deviations.push(Deviation::Draw { actor, number: *number, taken });
            }
        }
    }
    deviations
}

/// An order in which everything comes after what it depends on, and otherwise each actor goes on as long as it can.
fn gathered(recording: &Recording) -> Vec<usize> {
    let dependencies = recording.dependencies(true);
    let mut order = Vec::with_capacity(recording.len());
    let mut taken = vec![false; recording.len()];
    let mut actor = None;
    while order.len() < recording.len() {
        let is_ready =
            |n: &usize| !taken[*n] && dependencies[*n].iter().all(|&earlier| taken[earlier]);
        let same = |n: &usize| Some(recording.steps[*n].step.actor()) == actor && is_ready(n);
        let next = (0..recording.len()).find(same);
        let next = next.or_else(|| (0..recording.len()).find(is_ready));
        let next = next.expect("the oldest step depends on nothing that is left");
        actor = Some(recording.steps[next].step.actor());
        taken[next] = true;
        order.push(next);
    }
    order
}
