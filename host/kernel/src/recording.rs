//! One execution as a value, with what its rearrangement needs to know beyond the trace.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::bug::{Bug, BugKind};
use crate::execution::{Ending, Execution, Guests};
use crate::id::ActorId;
use crate::step::{Enabled, Step};
use crate::strategy::{Oracle, Replay, Strategy};
use crate::trace::{Choice, Trace};

/// A bug, and how to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The trace that leads to it.
    pub trace: Trace,
    /// After how many choices the strategy was fair. Only [`Bug::PotentialLiveness`] depends on it.
    pub fair_from: u32,
    /// The bug.
    pub bug: Bug,
}

impl Found {
    /// What repeats it.
    #[must_use]
    pub fn replay(&self) -> Replay {
        let judges_heat = self.bug.kind() == BugKind::PotentialLiveness;
        let fair_from = if judges_heat { self.fair_from } else { u32::MAX };
        Replay::new(self.trace.clone()).fair_from(fair_from)
    }

    pub(crate) fn of(recording: &Recording, bug: Bug) -> Self {
        Self { trace: recording.trace.clone(), fair_from: recording.fair_from, bug }
    }
}

/// What an execution did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) trace: Trace,
    /// Its steps, oldest first.
    pub(crate) steps: Vec<Recorded>,
    /// After how many choices the strategy was fair.
    fair_from: u32,
}

/// One step of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) step: Step,
    /// Its place among the choices of the trace.
    pub(crate) at: usize,
    /// What was drawn in its turn.
    pub(crate) draws: Vec<u32>,
    /// The monitors that its turn notified.
    pub(crate) monitors: Vec<u32>,
    /// What it brought up, in order: starts, deliveries, firings.
    pub(crate) brought: Vec<Step>,
    /// Which step brought it up; none for what the environment did.
    pub(crate) cause: Option<usize>,
    /// What the same actor could have done instead.
    pub(crate) rivals: Vec<Step>,
    /// What production would have done before it.
    overtaken: Vec<Step>,
    /// Whether the strategy was fair after it.
    fair: bool,
    /// Equal for a delivery and the take of what it delivered.
    serial: u32,
    /// The serial of what brought it up.
    caused_by: u32,
}

/// A step, and how often it had been taken with it: the same name can come up again, as that of a periodic timer.
pub(crate) type Occurrence = (Step, u32);

/// Counts the occurrences of steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occurrences(BTreeMap<Step, u32>);

impl Occurrences {
    /// How often the step was taken.
    pub(crate) fn of(&self, step: Step) -> u32 {
        self.0.get(&step).copied().unwrap_or(0)
    }

    /// What it is called when it is taken now.
    pub(crate) fn next(&self, step: Step) -> Occurrence {
        (step, self.of(step) + 1)
    }

    /// It is taken.
    pub(crate) fn add(&mut self, step: Step) {
        *self.0.entry(step).or_default() += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Recorded {
    /// The step that was taken last.
    fn last<G: Guests>(execution: &mut Execution<G>) -> Option<Self> {
        let fair = execution.is_fair();
        let last = execution.last()?;
        let enabled = execution.enabled();
        let overtaken = enabled.iter().take_while(|enabled| enabled.step != last.step);
        let is_rival = |other: &&Enabled| other.slot == last.slot && other.step != last.step;
        let rivals = enabled.iter().filter(is_rival);
        Some(Self {
            step: last.step,
            at: 0,
            draws: Vec::new(),
            monitors: if last.step == Step::End { &[] } else { execution.notified() }.to_vec(),
            // A fault has no serial of its own.
            brought: if last.serial == 0 {
                Vec::new()
            } else {
                execution.kernel().brought_up_by(last.serial)
            },
            cause: None,
            rivals: rivals.map(|enabled| enabled.step).collect(),
            overtaken: overtaken.map(|enabled| enabled.step).collect(),
            fair,
            serial: last.serial,
            caused_by: last.cause,
        })
    }
}

/// Executes the app under a strategy, and notes everything.
pub(crate) fn record<G: Guests>(
    execution: &mut Execution<G>,
    strategy: Box<dyn Strategy>,
) -> (Recording, Ending) {
    let mut steps = Vec::new();
    let mut begun = execution.begin(Box::new(Oracle::new(strategy)), 0);
    let ending = loop {
        if let Some(ending) = begun {
            break ending;
        }
        begun = execution.step();
        steps.extend(Recorded::last(execution));
    };
    let trace = execution.end().trace().clone();
    (Recording::new(trace, steps), ending)
}

impl Recording {
    fn new(trace: Trace, mut steps: Vec<Recorded>) -> Self {
        // The end of an execution is no step: then the last one was noted twice.
        steps.truncate(trace.steps().count());
        let mut number = 0;
        for (at, choice) in trace.choices.iter().enumerate() {
            match choice {
                Choice::Step { .. } => {
                    steps[number].at = at;
                    number += 1;
                }
                Choice::Number { taken, .. } => steps[number - 1].draws.push(*taken),
            }
        }
        let mut serials = BTreeMap::new();
        for (number, step) in steps.iter_mut().enumerate() {
            step.cause = serials.get(&step.caused_by).copied();
            if step.serial != 0 {
                serials.insert(step.serial, number);
            }
        }
        let fair = steps.iter().find(|recorded| recorded.fair);
        let fair_from = fair.and_then(|recorded| u32::try_from(recorded.at + 1).ok());
        Self { trace, steps, fair_from: fair_from.unwrap_or(u32::MAX) }
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// For each step, on which earlier ones it depends: that which brought it up, the one before it about the same
    /// actor, and if `monitored` also the last ones that notified the same monitors.
    pub(crate) fn dependencies(&self, monitored: bool) -> Vec<Vec<usize>> {
        let mut of_actors: BTreeMap<ActorId, usize> = BTreeMap::new();
        let mut of_monitors: BTreeMap<u32, usize> = BTreeMap::new();
        let mut dependencies = Vec::with_capacity(self.len());
        for (number, recorded) in self.steps.iter().enumerate() {
            let mut on: Vec<_> = recorded.cause.into_iter().collect();
            let actor = recorded.step.actor();
            // A fault that is about nobody depends on everybody.
            if actor == ActorId::ENVIRONMENT {
                on.extend(0..number);
            }
            on.extend(of_actors.insert(actor, number));
            on.extend(
                of_actors.get(&ActorId::ENVIRONMENT).filter(|_| actor != ActorId::ENVIRONMENT),
            );
            if monitored {
                on.extend(recorded.monitors.iter().filter_map(|&m| of_monitors.insert(m, number)));
            }
            dependencies.push(on);
        }
        dependencies
    }

    /// By number, the steps that depend on this one, which is among them.
    pub(crate) fn dependents(&self, of: usize) -> Vec<bool> {
        let mut depends = vec![false; self.len()];
        depends[of] = true;
        for (number, on) in self.dependencies(false).iter().enumerate().skip(of + 1) {
            depends[number] = on.iter().any(|&earlier| depends[earlier]);
        }
        depends
    }

    /// Whether a step is a timer's that fired and had no consequence, but perhaps to fire again.
    pub(crate) fn is_idle_firing(&self, number: usize) -> bool {
        let Recorded { step, monitors, brought, .. } = &self.steps[number];
        let is_last = number + 1 == self.len();
        let is_idle = monitors.is_empty() && brought.iter().all(|brought| brought == step);
        matches!(step, Step::Fire { .. }) && is_idle && !is_last
    }

    /// For each step, how many would not have happened without it, itself among them. A timer that fires again would
    /// have.
    pub(crate) fn consequences(&self) -> Vec<usize> {
        let mut sizes = vec![1; self.len()];
        for (number, recorded) in self.steps.iter().enumerate().rev() {
            if let Some(cause) = recorded.cause
                && self.steps[cause].step != recorded.step
            {
                sizes[cause] += sizes[number];
            }
        }
        sizes
    }

    /// The steps on which the last one depends, and that one itself, oldest first.
    pub(crate) fn past_of_last(&self) -> Vec<usize> {
        let mut past = vec![false; self.len()];
        if let Some(last) = past.last_mut() {
            *last = true;
        }
        let dependencies = self.dependencies(true);
        for number in (0..self.len()).rev() {
            if past[number] {
                dependencies[number].iter().for_each(|&earlier| past[earlier] = true);
            }
        }
        (0..self.len()).filter(|&number| past[number]).collect()
    }

    /// What was held back against the order of production, and behind which step it came at last.
    pub(crate) fn delays(&self) -> Vec<(Occurrence, Occurrence)> {
        let (mut taken, mut delays) = (Occurrences::default(), BTreeMap::new());
        for recorded in &self.steps {
            let overtaking = taken.next(recorded.step);
            for &step in &recorded.overtaken {
                delays.insert(taken.next(step), overtaking);
            }
            taken.add(recorded.step);
        }
        delays.into_iter().collect()
    }
}
