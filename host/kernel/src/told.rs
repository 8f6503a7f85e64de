//! Bugs in words.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::bug::{Awaited, Bug, Waiting};
use crate::event::Kind;
use crate::failure::{FailedTurn, Violation};
use crate::id::ActorId;

/// What people call that which a bug names by numbers.
pub trait Names {
    /// An actor.
    fn actor(&self, id: ActorId) -> String;

    /// A kind of event.
    fn kind(&self, kind: Kind) -> String;

    /// A monitor.
    fn monitor(&self, monitor: u32) -> String;
}

/// What a bug is, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What is wrong.
    pub message: String,
    /// The actor or monitor that it is about, if it is about one.
    pub actor: Option<String>,
    /// The kind of the event, where there is one.
    pub event: Option<String>,
    /// The state, if the one that it is about has states.
    pub state: Option<String>,
    /// What it is that failed behind an await: of a handler the kind of its event, or a task and where it was spawned.
    pub suspended: Option<String>,
    /// The functions of the guest that were under way, the innermost first, a line each.
    pub backtrace: String,
}

impl Bug {
    /// The bug in words.
    #[must_use]
    pub fn tell(&self, names: &impl Names) -> Told {
        match self {
            Self::Failed(FailedTurn { actor, label: _, kind, state, suspended, failure }) => Told {
                message: failure.message.clone(),
                actor: Some(names.actor(*actor)),
                event: kind.map(|kind| names.kind(kind)),
                state: state.clone(),
                suspended: suspended.as_deref().map(str::to_owned),
                backtrace: failure.backtrace.clone(),
            },
            Self::Monitor { monitor, state, kind, notifier, failure } => Told {
                message: format!("{} (notified by {})", failure.message, names.actor(*notifier)),
                actor: Some(names.monitor(*monitor)),
                event: kind.map(|kind| names.kind(kind)),
                state: Some(state.clone()),
                suspended: None,
                backtrace: failure.backtrace.clone(),
            },
            Self::Broken(violation) => violation.tell(names),
            Self::Deadlock { waiting, left } => {
                let waiting = waiting.iter().map(|waiting| {
                    format!("{} {}", names.actor(waiting.actor()), waiting.tell(names))
                });
                let left = left.iter().map(|&(actor, kind)| {
                    format!("{} has not taken `{}`", names.actor(actor), names.kind(kind))
                });
                let message = waiting.chain(left).collect::<Vec<_>>().join("; ");
                Told { message, ..Told::default() }
            }
            Self::Liveness { monitor, state } => {
                let message = "nothing is left to be done, and progress is owed".to_owned();
                of_monitor(names.monitor(*monitor), state, message)
            }
            Self::PotentialLiveness { monitor, state, steps } => {
                let message = format!("progress has been owed for more than {steps} steps");
                of_monitor(names.monitor(*monitor), state, message)
            }
            Self::Lasso { monitor, state, stem } => {
                let message =
                    format!("progress is owed for ever: what comes after {stem} steps is a loop");
                of_monitor(names.monitor(*monitor), state, message)
            }
            Self::StepBound { steps } => {
                let message = format!("the execution was cut after {steps} steps");
                Told { message, ..Told::default() }
            }
        }
    }
}

fn of_monitor(monitor: String, state: &str, message: String) -> Told {
    Told { message, actor: Some(monitor), state: Some(state.to_owned()), ..Told::default() }
}

impl Waiting {
    /// What it waits for, in words that follow the name of who waits.
    #[must_use]
    pub fn tell(&self, names: &impl Names) -> String {
        match self {
            Self::Room { sender: _, receiver } => {
                format!("waits for room in the inbox of {}", names.actor(*receiver))
            }
            Self::Task { actor: _, task: _, label, awaits } => {
                format!("waits in `{label}` for {}", awaits.tell(names))
            }
        }
    }
}

impl Awaited {
    fn tell(&self, names: &impl Names) -> String {
        match self {
            Self::Event(wanted) => {
                let wanted = wanted.iter().map(|&kind| format!("`{}`", names.kind(kind)));
                wanted.collect::<Vec<_>>().join(" or ")
            }
            Self::Answer { of, owed_by } => {
                let of = of.map_or_else(|| "nobody".to_owned(), |of| names.actor(of));
                let owed_by: Vec<_> = owed_by.iter().map(|&owing| names.actor(owing)).collect();
                match owed_by.is_empty() {
                    true => format!("an answer of {of}"),
                    false => format!("an answer of {of}, owed by {}", owed_by.join(", ")),
                }
            }
            Self::Timer(timer) => format!("timer {timer}"),
            Self::Task(text) => text.to_string(),
        }
    }
}

impl Violation {
    fn tell(&self, names: &impl Names) -> Told {
        let (actor, event, message) = match self {
            Self::MustHandle { sender, receiver, kind } => {
                let sender = names.actor(*sender);
                (receiver, Some(*kind), format!("it halted, and did not handle what {sender} sent"))
            }
            Self::MaxInstances { sender, receiver, kind, instances_max } => {
                let sender = names.actor(*sender);
                let message = format!("more than {instances_max} wait, the last from {sender}");
                (receiver, Some(*kind), message)
            }
            Self::InboxFull { sender, receiver, kind } => {
                let sender = names.actor(*sender);
                (receiver, Some(*kind), format!("the inbox is full for what {sender} sent"))
            }
            Self::IdInUse { id, holder } => (id, None, format!("the id is held by {holder}")),
            Self::UnboundId { sender, id, kind } => {
                let sender = names.actor(*sender);
                (id, Some(*kind), format!("{sender} sent to an id that is bound to nobody"))
            }
        };
        let event = event.map(|kind| names.kind(kind));
        Told { message, actor: Some(names.actor(*actor)), event, ..Told::default() }
    }
}
