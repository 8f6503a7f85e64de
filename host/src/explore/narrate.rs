//! An execution for people: who did what, to whom, in which state.

use std::collections::BTreeMap;

use coyote_kernel::strategy::{Oracle, Strategy};
use coyote_kernel::{
    ActorId, Choice, Effect, Ending, Event, Execution, FaultKind, FaultStep, Kernel, Kind, Slot,
    Step, Trace,
};
use serde::Serialize;

use super::turns::Turns;

/// Longest text of a payload, in bytes.
const PAYLOAD_BYTES_MAX: usize = 200;

/// One step of an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraceLine {
    /// Which step, counted from 1.
    pub step: u32,
    /// The label of the actor.
    pub actor: String,
    /// The kind of the event that it is about, if there is one.
    pub event: Option<String>,
    /// What happened, such as ``takes `ping` from client-1``.
    pub what: String,
    /// The payload of the event, as its component renders it; none if there is none, or the component cannot.
    pub payload: Option<String>,
    /// The state in which the actor was; none for a plain actor.
    pub state: Option<String>,
    /// The numbers that were drawn.
    pub draws: Vec<u32>,
    /// What the turn asked of the world, in order.
    pub effects: Vec<String>,
}

/// What guests note of each turn while somebody narrates.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) payload: Option<String>,
    pub(super) effects: Vec<Effect>,
    pub(super) notifications: Vec<(Box<str>, Event)>,
    pub(super) halts: bool,
}

/// An execution, told.
#[derive(Debug)]
pub(super) struct Narration {
    pub(super) lines: Vec<TraceLine>,
    pub(super) labels: Labels,
    pub(super) ending: Ending,
    /// What was chosen.
    pub(super) trace: Trace,
}

/// What people call the actors.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels(BTreeMap<ActorId, String>);

impl Labels {
    /// The label of an actor; its id if it was never seen.
    pub(super) fn of(&self, id: ActorId) -> String {
        if id == ActorId::ENVIRONMENT {
            return "the environment".to_owned();
        }
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Who does a step.
    pub(super) fn whose(&self, step: Step) -> String {
        match step {
            Step::Fault(FaultStep::Split { .. } | FaultStep::Heal { .. }) => {
                "the network".to_owned()
            }
            _ => self.of(step.actor()),
        }
    }

    /// The text with labels instead of ids, wherever 16 hexadecimal digits are one.
    pub(super) fn named(&self, text: &str) -> String {
        let is_digit = |letter: char| letter.is_ascii_digit() || matches!(letter, 'a'..='f');
        let mut named = String::with_capacity(text.len());
        for piece in text.split_inclusive(|letter| !is_digit(letter)) {
            let digits = piece.trim_end_matches(|letter| !is_digit(letter));
            let bits = (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok()).flatten();
            match bits.and_then(|bits| self.0.get(&ActorId::from_bits(bits))) {
                Some(label) => {
                    named += label;
                    named += &piece[digits.len()..];
                }
                None => named += piece,
            }
        }
        named
    }

    fn see(&mut self, kernel: &Kernel) {
        for (slot, id, _) in kernel.actors() {
            self.0.entry(id).or_insert_with(|| kernel.label(slot));
        }
        for (slot, id) in kernel.cells() {
            self.0.entry(id).or_insert_with(|| kernel.label(slot));
        }
    }
}

/// Executes the app step by step, and tells each.
pub(super) fn narrate(
    execution: &mut Execution<Turns>,
    strategy: Box<dyn Strategy>,
    seed: u64,
) -> Narration {
    let mut told = Vec::new();
    let mut labels = Labels::default();
    execution.guests.story = Some(Story::default());
    let mut ending = execution.begin(Box::new(Oracle::new(strategy)), seed);
    labels.see(execution.kernel());
    let ending = loop {
        if let Some(ending) = ending {
            break ending;
        }
        let choices = execution.trace().len();
        let states = states(execution.kernel());
        ending = execution.step();
        labels.see(execution.kernel());
        let new = execution.trace().choices[choices..].to_vec();
        let Some(Choice::Step { step, .. }) = new.first().copied() else { continue };
        let draws = new.iter().filter_map(|choice| match choice {
            Choice::Number { taken, .. } => Some(*taken),
            Choice::Step { .. } => None,
        });
        let kind = execution.last().and_then(|step| step.kind);
        let kind = kind.map(|kind| coyote_kernel::Guests::kind_name(&execution.guests, kind));
        let story = std::mem::take(execution.guests.story.as_mut().expect("set above"));
        let (state, draws) = (states.get(&step.actor()).cloned(), draws.collect());
        told.push((step, kind, state, draws, story));
    };
    execution.guests.story = None;
    let trace = execution.end().trace().clone();
    let lines = told.into_iter().zip(1..).map(|((step, kind, state, draws, story), number)| {
        let rules = execution.rules();
        let fault = |number: u32| rules.faults[number as usize].kind;
        let what = what(step, kind.as_deref(), &labels, fault);
        let names = |event: &Event| coyote_kernel::Guests::kind_name(&execution.guests, event.kind);
        let mut effects: Vec<_> = story
            .notifications
            .iter()
            .map(|(monitor, event)| format!("notifies {monitor} of `{}`", names(event)))
            .collect();
        effects.extend(story.effects.iter().map(|effect| told_effect(effect, &labels, &names)));
        if story.halts {
            effects.push("halts".to_owned());
        }
        let payload = story.payload.map(|text| labels.named(&text));
        let actor = labels.whose(step);
        TraceLine { step: number, actor, event: kind, what, payload, state, draws, effects }
    });
    let lines = lines.collect();
    Narration { lines, labels, ending, trace }
}

/// By actor, the name of the state on top.
fn states(kernel: &Kernel) -> BTreeMap<ActorId, String> {
    let named = |(slot, id, _): (Slot, ActorId, _)| Some((id, kernel.state_name(slot)?.to_owned()));
    kernel.actors().filter_map(named).collect()
}

pub(super) fn what(
    step: Step,
    kind: Option<&str>,
    labels: &Labels,
    fault: impl Fn(u32) -> FaultKind,
) -> String {
    let kind = kind.unwrap_or("?");
    match step {
        Step::Start(_) => "starts".to_owned(),
        Step::Deliver(message) if message.from == message.to => format!("takes its own `{kind}`"),
        Step::Deliver(message) => format!("takes `{kind}` from {}", labels.of(message.from)),
        Step::Take(_) => format!("takes `{kind}`, which was deferred"),
        Step::Default(_) => "has nothing to take: `default`".to_owned(),
        Step::Fire { timer, .. } => format!("timer {timer} fires: `{kind}`"),
        Step::Release(_) => "lets an effect out".to_owned(),
        Step::Fault(strike) => told_strike(strike, kind, labels, fault),
        Step::End => "nothing more strikes".to_owned(),
        Step::Resume { task, .. } if kind == Kind::RESERVED[Kind::RESUMPTION.0 as usize] => {
            format!("task {task} goes on")
        }
        Step::Resume { task, .. } => format!("task {task} goes on with `{kind}`"),
    }
}

fn told_strike(
    strike: FaultStep,
    kind: &str,
    labels: &Labels,
    fault: impl Fn(u32) -> FaultKind,
) -> String {
    match strike {
        FaultStep::Message { fault: number, message } => {
            let (name, from) = (fault(number).name(), labels.of(message.from));
            format!("fault `{name}` hits `{kind}` from {from}")
        }
        FaultStep::Split { fault: number } => format!("fault `{}` begins", fault(number).name()),
        FaultStep::Heal { fault: number } => format!("fault `{}` ends", fault(number).name()),
        FaultStep::Timer { fault: number, timer, .. } => {
            format!("fault `{}` lets timer {timer} fire: `{kind}`", fault(number).name())
        }
        FaultStep::Actor { fault: number, .. } => format!("fault `{}`", fault(number).name()),
    }
}

fn told_effect(effect: &Effect, labels: &Labels, name: &impl Fn(&Event) -> String) -> String {
    match effect {
        Effect::Send { to, event, .. } => format!("sends `{}` to {}", name(event), labels.of(*to)),
        Effect::Reserve { id, .. } => format!("knows {}", labels.of(*id)),
        Effect::Create { id, .. } => format!("creates {}", labels.of(*id)),
        Effect::StartTimer(start) => {
            let (kind, after) = (name(&start.event), humantime::format_duration(start.after));
            format!("starts timer {} for `{kind}` in {after}", start.id)
        }
        Effect::StopTimer(timer) => format!("stops timer {timer}"),
        Effect::Notify { monitor, event } => format!("notifies {monitor} of `{}`", name(event)),
        Effect::Reply { .. } => "replies".to_owned(),
        Effect::Watch(id) => format!("watches {}", labels.of(*id)),
        Effect::TryCreate { id, .. } => format!("tries to create {}", labels.of(*id)),
        Effect::CreateCell { id, .. } => format!("creates {}", labels.of(*id)),
        Effect::Operate { cell, operation, .. } => {
            format!("asks {} to `{operation}`", labels.of(*cell))
        }
    }
}

/// A payload, cut where it gets long.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= PAYLOAD_BYTES_MAX {
        return text.to_owned();
    }
    format!("{}..", &text[..text.floor_char_boundary(PAYLOAD_BYTES_MAX)])
}
