//! A state on the way from the start to the present one, and which of its steps are taken.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::Snapshots;
use super::dependence::Footprint;
use crate::execution::{Ending, Execution, Snapshot};
use crate::step::{Enabled, Step};
use crate::trace::Choice;

/// What becomes of a step of a state.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// It is not taken here, as far as is known.
    Idle,
    /// It is taken here, with all results of its draws.
    Wanted,
    /// What comes after it is known: it was taken here, or before something else that it can change places with. This is
    /// what it touched.
    Asleep(Footprint),
}

impl Plan {
    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    pub(super) fn is_wanted(&self) -> bool {
        matches!(self, Self::Wanted)
    }

    pub(super) fn is_asleep(&self) -> bool {
        matches!(self, Self::Asleep(_))
    }
}

#[derive(Clone, Copy, Debug)]
struct Draw {
    taken: u32,
    bound: u32,
}

/// A state, and what is done from it.
pub(super) struct Branch<S> {
    /// None if the state is to be reached from an earlier one by the steps in between.
    snapshot: Option<Box<Snapshot<S>>>,
    pub(super) steps: Vec<Enabled>,
    /// By step.
    pub(super) plans: Vec<Plan>,
    /// How many steps were taken here, with all that comes after them.
    done: usize,
    /// The step that is being taken.
    at: usize,
    /// What is drawn in it next: an odometer. Empty for a step that has not been taken.
    draws: Vec<Draw>,
    /// What it touched so far, whatever was drawn.
    touched: Footprint,
    /// What led from here to the next state.
    taken: Vec<Choice>,
    /// Whether the app has left the state.
    was_left: bool,
}

impl<S: Clone> Branch<S> {
    /// The present state, with a snapshot.
    pub(super) fn new<G: Snapshots<Instances = S>>(
        execution: &mut Execution<G>,
        steps: Vec<Enabled>,
        plans: Vec<Plan>,
    ) -> Self {
        Self { snapshot: Some(Box::new(execution.snapshot())), ..Self::passing(steps, plans) }
    }

    /// The present state, without a snapshot.
    pub(super) fn passing(steps: Vec<Enabled>, plans: Vec<Plan>) -> Self {
        Self {
            snapshot: None,
            steps,
            plans,
            done: 0,
            at: 0,
            draws: Vec::new(),
            touched: Footprint::default(),
            taken: Vec::new(),
            was_left: false,
        }
    }

    /// The next step that is wanted, or the same with other draws. None if all were taken.
    pub(super) fn next(&mut self) -> Option<Enabled> {
        if self.draws.is_empty() {
            self.at = self.plans.iter().position(Plan::is_wanted)?;
            self.touched = Footprint::default();
        }
        Some(*self.step())
    }

    /// Takes that step: what can happen after it, or how the execution ended.
    pub(super) fn take<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
    ) -> Result<Vec<Enabled>, Ending> {
        let draws = self.draws.iter().map(|draw| draw.taken).collect();
        let ending = execution.take_seen(&self.steps, self.step().step, draws);
        self.taken.clone_from(&execution.trace().choices);
        ending.map_or_else(|| execution.seen(), Err)
    }

    /// Takes the step that was taken last once more, with the same draws.
    fn repeat<G: Snapshots<Instances = S>>(&self, execution: &mut Execution<G>) {
        let draws = self.taken.iter().filter_map(|choice| match *choice {
            Choice::Number { taken, .. } => Some(taken),
            Choice::Step { .. } => None,
        });
        let ending = execution.take_seen(&self.steps, self.step().step, draws.collect());
        let is_over = ending.is_some() || execution.is_over();
        assert!(!is_over, "a turn did not repeat itself");
    }

    /// The app does not stay in the state. Whether it had left it before.
    pub(super) fn leave(&mut self) -> bool {
        mem::replace(&mut self.was_left, true)
    }

    /// Makes the app what it was, if there is a snapshot.
    pub(super) fn go_back<G: Snapshots<Instances = S>>(&self, execution: &mut Execution<G>) {
        self.snapshot.iter().for_each(|snapshot| execution.restore(snapshot));
    }

    fn has_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// The step that was taken touched this. Turns the odometer of its draws on; once it is through, the step sleeps.
    pub(super) fn finish(&mut self, footprint: &Footprint) {
        self.touched.join(footprint);
        self.draws.clear();
        self.draws.extend(self.taken.iter().filter_map(|choice| match *choice {
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
        self.done += 1;
        self.plans[self.at] = Plan::Asleep(mem::take(&mut self.touched));
    }

    /// The step that was taken last.
    pub(super) fn step(&self) -> &Enabled {
        &self.steps[self.at]
    }

    /// The place of a step.
    pub(super) fn place(&self, step: Step) -> Option<usize> {
        self.steps.iter().position(|enabled| enabled.step == step)
    }

    pub(super) fn is_enabled(&self, step: Step) -> bool {
        self.place(step).is_some()
    }

    /// What led from here to the next state.
    pub(super) fn taken(&self) -> &[Choice] {
        &self.taken
    }

    /// The steps that sleep after one that touched this: those that can change places with it.
    pub(super) fn asleep_after(&self, footprint: &Footprint, steps: &[Enabled]) -> Vec<Plan> {
        let plan = |enabled: &Enabled| {
            let known = self.place(enabled.step).map(|place| &self.plans[place]);
            match known {
                Some(Plan::Asleep(other)) if !other.conflicts(footprint) => {
                    Plan::Asleep(other.clone())
                }
                _ => Plan::Idle,
            }
        };
        steps.iter().map(plan).collect()
    }

    /// How many steps were taken here with all that comes after them, the last one not counted if `is_on_it`, and how many
    /// are taken here as far as is known.
    fn shares(&self, is_on_it: bool) -> (usize, usize) {
        let all = self.done + self.plans.iter().filter(|plan| plan.is_wanted()).count();
        let is_counted = is_on_it && self.plans[self.at].is_asleep();
        (self.done - usize::from(is_counted), all)
    }
}

/// A state on the way from the start to the present one, as a search keeps it.
pub(super) trait OnTheWay<S> {
    fn branch(&self) -> &Branch<S>;

    /// Whether the step that was taken last led to the next state. It is the same state otherwise.
    fn goes_on(&self) -> bool;
}

/// Most steps that are repeated to come back to a state: as many as cost about what a snapshot of each state would.
const APART: usize = 4;

/// Whether the state behind these needs no snapshot.
pub(super) fn may_pass<S: Clone>(way: &[impl OnTheWay<S>]) -> bool {
    way.iter().rev().take(APART).any(|state| state.branch().has_snapshot())
}

/// Makes the app what it was in the last of these states.
pub(super) fn go_back<G: Snapshots>(
    way: &[impl OnTheWay<G::Instances>],
    execution: &mut Execution<G>,
) {
    let mut snapshots =
        (0..way.len()).rev().filter_map(|at| Some((at, way[at].branch().snapshot.as_ref()?)));
    let (from, snapshot) = snapshots.next().expect("the first state has a snapshot");
    execution.restore(snapshot);
    let between = way[from..way.len() - 1].iter().filter(|state| state.goes_on());
    between.for_each(|state| state.branch().repeat(execution));
}

/// Which share of a search is done, from 0 to 1, if all branches of a state are equally large (Kilby, Slaney, Thiébaux and
/// Walsh, "Estimating search tree size", AAAI 2006: the weighted backtrack estimator).
pub(super) fn progress<'a, S: Clone + 'a>(
    branches: impl ExactSizeIterator<Item = &'a Branch<S>>,
) -> f64 {
    let last = branches.len().saturating_sub(1);
    weighted(branches.enumerate().map(|(depth, branch)| branch.shares(depth < last)))
}

/// The same from how many steps of each branch are done, of how many.
#[expect(clippy::cast_precision_loss, reason = "it is a guess")]
pub(super) fn weighted(branches: impl Iterator<Item = (usize, usize)>) -> f64 {
    let (mut progress, mut weight, mut is_over) = (0.0, 1.0, true);
    for (done, all) in branches {
        is_over = false;
        if all == 0 {
            break;
        }
        progress += weight * done as f64 / all as f64;
        weight /= all as f64;
    }
    if is_over { 1.0 } else { progress }
}
