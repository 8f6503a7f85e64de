//! One execution that can be gone through in both directions.

use std::collections::BTreeMap;
use std::fmt;

use coyote_kernel::strategy::{Fifo, Prefix, Replay};
use coyote_kernel::{
    Choice, Execution, Kernel, Message, Slot, Snapshot as Kept, Snapshots, Status, Trace,
};
use serde::Serialize;

use super::narrate::{Labels, Narration, TraceLine, narrate, what};
use super::replay::ReplayReport;
use super::report::tell_waiting;
use super::stage::Stage;
use super::turns::Turns;
use super::view::{ActorView, MonitorView, View};
use crate::app::Test;
use crate::sandbox::Instance;
use crate::snapshot::{Head, Snapshot, SnapshotError, Watching, capture};

/// Of a draw that could have had more results than this the first ones are alternatives.
const DRAWS_MAX: u32 = 10;

/// Between two snapshots there are so many steps. Those are done again to come to a place between, each by a look into
/// the table of turns.
const STEPS_BETWEEN: usize = 64;

/// An execution between two of its steps: what the app is like there, and what else could happen.
///
/// [`Replay::open`](crate::Replay::open) makes one. It begins at the end of the trace.
pub struct Timeline {
    stage: Stage,
    test: Test,
    seed: u64,
    report: ReplayReport,
    /// Each step, with what was drawn in it.
    turns: Vec<Vec<Choice>>,
    labels: Labels,
    execution: Execution<Turns>,
    /// After so many steps.
    at: usize,
    /// By the number of steps before them. None of apps that have components whose state is more than their memory:
    /// those are done again from the start.
    snapshots: BTreeMap<usize, Kept<<Turns as Snapshots>::Instances>>,
}

/// What can happen at one place of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// What it is, such as ``server-1 takes `ping` from client-2``.
    pub what: String,
    /// Whether it is what happens there.
    pub taken: bool,
    #[serde(skip)]
    choice: Choice,
    /// How many of the numbers that are drawn in the step stay as they are, where one of them is the choice.
    #[serde(skip)]
    draws_before: usize,
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Timeline {
    pub(super) fn new(
        stage: Stage,
        test: Test,
        seed: u64,
        report: ReplayReport,
        narration: Narration,
    ) -> Self {
        let execution = stage.execution(&test, test.delivery);
        let Narration { lines: _, labels, ending: _, trace } = narration;
        let mut timeline = Self {
            stage,
            test,
            seed,
            report,
            turns: turns(&trace),
            labels,
            execution,
            at: 0,
            snapshots: BTreeMap::new(),
        };
        timeline.restart();
        timeline.go_to(timeline.len());
        timeline
    }

    /// The whole execution.
    #[must_use]
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// How many steps it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.report.lines.len()
    }

    /// Whether it ended before its first step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// After how many of its steps this is.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to the place after so many steps; to the end, if there are fewer.
    pub fn go_to(&mut self, step: usize) {
        let step = step.min(self.len());
        let nearest = self.snapshots.range(..=step).next_back();
        let nearest = nearest.filter(|(place, _)| step < self.at || **place > self.at);
        if let Some((&place, snapshot)) = nearest {
            self.execution.restore(snapshot);
            self.at = place;
        } else if step < self.at {
            self.restart();
        }
        while self.at < step {
            self.advance();
        }
    }

    /// The app here, as a file.
    ///
    /// # Errors
    ///
    /// A component has more state than its memory.
    pub fn snapshot(&mut self) -> Result<Snapshot, SnapshotError> {
        let (seed, environment) = self.stage.outside(&self.test);
        let saved = self.execution.save();
        let head = Head {
            seed,
            environment,
            next_number: 1,
            late_kinds: self.stage.code.shared.kinds.late(),
            saved,
            actors: 0,
            monitors: 0,
        };
        let names = self.stage.monitor_names(&self.test);
        let stage = &self.stage;
        let capturable = |realised: Result<Box<Instance>, usize>| {
            realised.map_err(|part| stage.not_capturable([part]))
        };
        let mut watching = Vec::new();
        for (monitor, name) in (0..).zip(names) {
            let state = self.execution.monitors().state(monitor);
            let instance = capturable(self.execution.guests.realised(Err(monitor)))?;
            watching.push(Watching { name, state, instance });
        }
        let execution = &mut self.execution;
        capture(&stage.header(), head, watching, |actor| {
            let slot = execution.kernel().slot(actor.id()).expect("an actor that was saved");
            capturable(execution.guests.realised(Ok(slot)))
        })
    }

    /// The first step after this place of which this is true, counted from 1.
    pub fn find(&self, is_wanted: impl FnMut(&&TraceLine) -> bool) -> Option<u32> {
        self.report.lines[self.at..].iter().find(is_wanted).map(|line| line.step)
    }

    /// What the app is like here.
    pub fn view(&mut self) -> View {
        let kernel = self.execution.kernel();
        let mut slots: Vec<_> = kernel.actors().map(|(slot, ..)| slot).collect();
        slots.sort_by_cached_key(|&slot| by_number(&kernel.label(slot)));
        let now = kernel.now();
        let actors = slots.into_iter().map(|slot| self.view_actor(slot)).collect();
        let monitors = 0..self.execution.monitors().count();
        let monitors = monitors.map(|monitor| self.view_monitor(monitor)).collect();
        View { step: self.at, now, actors, monitors }
    }

    /// What can happen here, in the order in which production prefers it; then what else could be drawn in the step
    /// that comes next. Nothing after the end.
    pub fn alternatives(&mut self) -> Vec<Alternative> {
        if self.at == self.len() {
            return Vec::new();
        }
        let next = self.turns[self.at].clone();
        let step = match next.first() {
            Some(Choice::Step { step, .. }) => Some(*step),
            _ => None,
        };
        let enabled = self.execution.seen().unwrap_or_default();
        let bound = u32::try_from(enabled.len()).unwrap_or(u32::MAX);
        let rules = self.execution.rules();
        let mut alternatives: Vec<_> = (0..)
            .zip(&enabled)
            .map(|(place, enabled)| {
                let kind = enabled.kind.map(|kind| self.stage.code.shared.kinds.name(kind));
                let fault = |number: u32| rules.faults[number as usize].kind;
                let who = self.labels.whose(enabled.step);
                let what = what(enabled.step, kind.as_deref(), &self.labels, fault);
                Alternative {
                    what: format!("{who} {what}"),
                    taken: step == Some(enabled.step),
                    choice: Choice::Step { step: enabled.step, taken: place, bound },
                    draws_before: 0,
                }
            })
            .collect();
        for (number, draw) in next.iter().skip(1).enumerate() {
            let Choice::Number { actor, taken, bound } = *draw else { continue };
            let others = (0..bound.min(DRAWS_MAX)).filter(|&other| other != taken);
            alternatives.extend(others.map(|other| Alternative {
                what: format!("{} draws {other} instead of {taken}", self.labels.of(actor)),
                taken: false,
                choice: Choice::Number { actor, taken: other, bound },
                draws_before: number,
            }));
        }
        alternatives
    }

    /// Lets something else happen here, and after that what production would do. What came later is forgotten.
    pub fn take(&mut self, alternative: &Alternative) {
        let kept = match alternative.choice {
            Choice::Step { .. } => 0,
            Choice::Number { .. } => 1 + alternative.draws_before,
        };
        let mut choices = self.turns[..self.at].concat();
        choices.extend(&self.turns[self.at][..kept]);
        choices.push(alternative.choice);
        let mut execution = self.stage.forgetful(&self.test, self.test.delivery);
        let strategy = Box::new(Prefix::new(
            Replay::new(Trace { choices }).fair_from(u32::MAX),
            Box::new(Fifo),
        ));
        let narration = narrate(&mut execution, strategy, self.seed);
        self.report = ReplayReport::of(&self.stage, &self.test, &narration);
        (self.turns, self.labels) = (turns(&narration.trace), narration.labels);
        self.snapshots.retain(|&place, _| place <= self.at);
    }

    fn restart(&mut self) {
        self.execution.restart();
        self.at = 0;
        self.keep();
    }

    fn advance(&mut self) {
        self.execution.repeat(&self.turns[self.at]);
        self.at += 1;
        if self.at.is_multiple_of(STEPS_BETWEEN) {
            self.keep();
        }
    }

    fn keep(&mut self) {
        if self.stage.without_images().is_empty() {
            self.snapshots.entry(self.at).or_insert_with(|| self.execution.snapshot());
        }
    }

    fn view_monitor(&mut self, monitor: u32) -> MonitorView {
        let text = self.execution.guests.monitor_text(monitor);
        let text = text.map(|text| self.labels.named(&text));
        let monitors = self.execution.monitors();
        let (name, state) = (&monitors.definition(monitor).name, monitors.state_name(monitor));
        let hot = monitors.all_hot().any(|hot| hot == monitor);
        MonitorView { name: name.to_string(), state: state.to_owned(), hot, text }
    }

    fn view_actor(&mut self, slot: Slot) -> ActorView {
        let text = self.execution.guests.state_text(slot);
        let kernel = self.execution.kernel();
        let (id, code) = (kernel.id(slot), self.stage.code.clone());
        let waits = kernel.waiting_for_ever().into_iter().filter(|waiting| waiting.actor() == id);
        let waits = waits.map(|waiting| tell_waiting(&waiting, &code.shared.kinds, &self.labels));
        let waits = waits.collect();
        let timers = kernel.timers(slot).map(|(id, due, event)| {
            let (kind, due) = (code.shared.kinds.name(event.kind), humantime::format_duration(due));
            format!("{id}, `{kind}` at {due}")
        });
        let timers = timers.collect();
        let (status, state) = (told_status(kernel, slot), kernel.state_name(slot));
        let (name, state) = (kernel.label(slot), state.map(str::to_owned));
        let definition = kernel.definition(slot);
        let waiting =
            |message: &Message, how: &str| (message.from, message.event.clone(), how.to_owned());
        let mut inbox: Vec<_> =
            kernel.deferred(slot).map(|message| waiting(message, ", deferred")).collect();
        inbox.extend(kernel.on_its_way(slot).iter().map(|message| waiting(message, "")));
        inbox.extend(kernel.held(slot).map(|message| waiting(message, ", no room")));
        let inbox = inbox.into_iter().map(|(from, event, how)| {
            let payload = self.execution.guests.event_text(definition, &event);
            let payload = payload.map_or_else(String::new, |text| " ".to_owned() + &text);
            let kind = code.shared.kinds.name(event.kind);
            self.labels.named(&format!("`{kind}` from {from}{payload}{how}"))
        });
        let inbox = inbox.collect();
        let text = text.map(|text| self.labels.named(&text));
        ActorView { name, status, state, text, inbox, timers, waits }
    }
}

fn turns(trace: &Trace) -> Vec<Vec<Choice>> {
    trace.turns().map(<[Choice]>::to_vec).collect()
}

/// `server-10` comes after `server-9`.
fn by_number(label: &str) -> (String, u64) {
    let name = label.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (name.to_owned(), label[name.len()..].parse().unwrap_or(0))
}

fn told_status(kernel: &Kernel, slot: Slot) -> String {
    match kernel.status(slot) {
        Status::Starting => "starting".to_owned(),
        Status::Idle | Status::InTurn | Status::Cell => "idle".to_owned(),
        Status::Halting => "halting".to_owned(),
        Status::Failed(failure) => format!("failed: {}", failure.message),
    }
}
