//! What a toy app calls its kinds and actors, and how it tells what can be observed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use coyote_kernel::{
    ActorId, Encoding, Event, FailedTurn, IdMap, Kind, Output, Payload, Violation, Work,
};

/// The names that a toy app gives to kinds of events and to actors.
#[derive(Default)]
pub(super) struct Names {
    pub(super) kinds: RefCell<Vec<String>>,
    pub(super) actors: RefCell<BTreeMap<String, ActorId>>,
    pub(super) ids: RefCell<IdMap<String>>,
}

impl Names {
    pub(super) fn kind(&self, name: &str) -> Kind {
        let mut kinds = self.kinds.borrow_mut();
        let place = kinds.iter().position(|known| known == name).unwrap_or_else(|| {
            kinds.push(name.to_owned());
            kinds.len() - 1
        });
        Kind(u32::try_from(place).unwrap())
    }

    pub(super) fn kind_name(&self, kind: Kind) -> String {
        self.kinds.borrow()[kind.0 as usize].clone()
    }

    /// `kind`, or `kind text`.
    pub(super) fn event(&self, text: &str) -> Event {
        let (kind, payload) = text.split_once(' ').unwrap_or((text, ""));
        let payload = Payload::from_slice(payload.as_bytes());
        Event { kind: self.kind(kind), encoding: Encoding::Text, payload }
    }

    pub(super) fn event_text(&self, event: &Event) -> String {
        let kind = self.kind_name(event.kind);
        if event.payload.is_empty() {
            return kind;
        }
        let text = String::from_utf8_lossy(event.payload.as_slice());
        format!("{kind} {}", self.name_all(&text))
    }

    pub(super) fn id(&self, name: &str) -> ActorId {
        let actors = self.actors.borrow();
        *actors.get(name).unwrap_or_else(|| panic!("no actor is called `{name}`"))
    }

    pub(super) fn call(&self, name: &str, id: ActorId) {
        self.actors.borrow_mut().entry(name.to_owned()).or_insert(id);
        // A turn that failed may have had another name for it.
        self.ids.borrow_mut().insert(id, name.to_owned());
    }

    pub(super) fn name(&self, id: ActorId) -> String {
        if id == ActorId::ENVIRONMENT {
            return "env".to_owned();
        }
        self.ids.borrow().get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// The text with names instead of ids.
    pub(super) fn name_all(&self, text: &str) -> String {
        let is_digit = |c: char| c.is_ascii_hexdigit();
        let mut named = text.to_owned();
        for digits in text.split(|c| !is_digit(c)).filter(|digits| digits.len() == 16) {
            let id = ActorId::from_bits(u64::from_str_radix(digits, 16).unwrap());
            named = named.replace(digits, &self.name(id));
        }
        named
    }
}

pub(super) fn work_text(names: &Names, id: ActorId, work: &Work) -> String {
    let name = names.name(id);
    match work {
        Work::Initialize(init) if init.payload.is_empty() => format!("{name}: init"),
        Work::Initialize(init) => {
            format!("{name}: init {}", String::from_utf8_lossy(init.payload.as_slice()))
        }
        Work::Handle(message) => {
            let event = names.event_text(&message.event);
            let ticks = match message.firing {
                Some(firing) => format!(" (timer {} x {})", firing.timer, firing.ticks),
                None if message.from == id => String::new(),
                None => format!(" from {}", names.name(message.from)),
            };
            format!("{name}: {event}{ticks}")
        }
        Work::Deliver { task, message } => {
            let (event, from) = (names.event_text(&message.event), names.name(message.from));
            format!("{name}, task {task}: {event} from {from}")
        }
        Work::Resume { task, message } => {
            let fired = if message.is_some() { ", its timer fired" } else { "" };
            format!("{name}, task {task}{fired}")
        }
        Work::Judge(judgement) => {
            let event = names.event_text(&judgement.message.event);
            format!("{name}: condition {} of {event}", judgement.condition)
        }
        Work::Passed { event, deferred } => {
            let how = if *deferred { "deferred" } else { "ignored" };
            format!("{name}: {how} {}", names.event_text(event))
        }
    }
}

pub(super) fn output_text(names: &Names, output: &Output) -> String {
    match output {
        Output::Failed { turn, recovery, .. } => {
            let FailedTurn { actor, label: _, kind, state, suspended, failure } = turn;
            let kind = kind.map_or_else(|| "init".to_owned(), |kind| names.kind_name(kind));
            let state = state.as_ref().map_or_else(String::new, |state| format!(" in {state}"));
            let behind =
                suspended.as_ref().map_or_else(String::new, |task| format!(" behind `{task}`"));
            let text = names.name_all(&failure.to_string());
            let recovery = format!("{recovery:?}").to_lowercase();
            format!("{} failed on {kind}{state}{behind}: {text}; {recovery}", names.name(*actor))
        }
        Output::Halted { id, .. } => format!("{} is gone", names.name(*id)),
        Output::DeadLetter(letter) => {
            let (from, to) = (names.name(letter.from), names.name(letter.to));
            let event = names.event_text(&letter.event);
            format!("dead letter, {}: {event} from {from} to {to}", letter.reason)
        }
        Output::Violation(violation) => format!("violation: {}", violation_text(names, violation)),
        Output::Reply { correlation, reply, from } => {
            let reply = match reply {
                Ok((_, payload)) => String::from_utf8_lossy(payload.as_slice()).into_owned(),
                Err(message) => format!("error {message}"),
            };
            format!("reply to request {correlation} from {}: {reply}", names.name(*from))
        }
        Output::Admitted(ticket) => format!("ticket {} admitted", ticket.0),
        Output::Refused(ticket, reason) => format!("ticket {} refused, {reason}", ticket.0),
        Output::Notified { from, notifications } => {
            let events = notifications.iter();
            let events =
                events.map(|(monitor, event)| format!("{monitor} of {}", names.event_text(event)));
            let events: Vec<_> = events.collect();
            format!("{} notifies {}", names.name(*from), events.join(", "))
        }
    }
}

pub(super) fn violation_text(names: &Names, violation: &Violation) -> String {
    match violation {
        Violation::MustHandle { receiver, kind, .. } => {
            format!("must-handle: {}, {}", names.name(*receiver), names.kind_name(*kind))
        }
        Violation::MaxInstances { receiver, kind, instances_max, .. } => {
            let (receiver, kind) = (names.name(*receiver), names.kind_name(*kind));
            format!("max-instances: {receiver}, {kind}, {instances_max}")
        }
        Violation::InboxFull { receiver, kind, .. } => {
            format!("inbox-full: {}, {}", names.name(*receiver), names.kind_name(*kind))
        }
        Violation::IdInUse { id, holder } => {
            format!("id-in-use: {}, held by {holder}", names.name(*id))
        }
        Violation::UnboundId { id, kind, .. } => {
            format!("unbound-id: {}, {}", names.name(*id), names.kind_name(*kind))
        }
    }
}
