//! What actors did, for tests and for people.

use coyote_guest::{ActorId, Encoded, Event};
use coyote_kernel::{Effect, Failure, Outbox};
use std::time::Duration;

use crate::{
    desk::{lifted, number, raised},
    shared::Shared,
};

/// One thing that an actor did in a turn.
#[derive(Clone, Debug)]
pub enum Did {
    /// Sent an event.
    Sent {
        /// To whom.
        to: ActorId,
        /// The kind.
        kind: String,
        /// The payload.
        payload: Encoded,
    },
    /// Created an actor.
    Created {
        /// Its id.
        id: ActorId,
        /// Its kind.
        kind: String,
        /// Its first payload.
        payload: Encoded,
    },
    /// Notified a monitor.
    Notified {
        /// Its name.
        monitor: String,
        /// The kind of the event.
        kind: String,
        /// The payload.
        payload: Encoded,
    },
    /// Answered a request.
    Replied(Result<Encoded, String>),
    /// Asked to be told when an actor is gone.
    Watched(ActorId),
    /// Started a timer.
    StartedTimer {
        /// After which time it fires.
        after: Duration,
        /// The kind of its event.
        kind: String,
    },
    /// Stopped a timer.
    StoppedTimer,
    /// Created a cell, or did something with one.
    UsedCell(ActorId),
    /// Halted.
    Halted,
    /// Failed: nothing of the turn has happened.
    Failed {
        /// The sort of reason, such as `assertion`.
        cause: String,
        /// For the author of the actor.
        message: String,
    },
}

impl Did {
    /// The event, if an event of this type was sent, and to whom.
    ///
    /// # Panics
    ///
    /// If the kind is that of `E`, but the payload is none.
    #[must_use]
    pub fn sent<E: Event>(&self) -> Option<(ActorId, E)> {
        match self {
            Self::Sent { to, kind, payload } if kind == E::KIND => Some((*to, read(payload))),
            _ => None,
        }
    }

    /// The event, if a monitor was notified of an event of this type.
    ///
    /// # Panics
    ///
    /// If the kind is that of `E`, but the payload is none.
    #[must_use]
    pub fn notified<E: Event>(&self) -> Option<E> {
        match self {
            Self::Notified { kind, payload, .. } if kind == E::KIND => Some(read(payload)),
            _ => None,
        }
    }

    pub(crate) fn failed(failure: &Failure) -> Self {
        Self::Failed { cause: failure.cause.to_string(), message: failure.message.clone() }
    }

    /// What it is in words; actors are called by `name`.
    pub(crate) fn tell(&self, name: &dyn Fn(coyote_kernel::ActorId) -> String) -> String {
        let name = |id: ActorId| name(number(id.into()));
        match self {
            Self::Sent { to, kind, .. } => format!("sends `{kind}` to {}", name(*to)),
            Self::Created { id, .. } => format!("creates {}", name(*id)),
            Self::Notified { monitor, kind, .. } => format!("notifies {monitor} of `{kind}`"),
            Self::Replied(Ok(_)) => "replies".to_owned(),
            Self::Replied(Err(message)) => format!("refuses: {message}"),
            Self::Watched(id) => format!("watches {}", name(*id)),
            Self::StartedTimer { after, kind } => {
                format!("starts a timer for `{kind}` in {after:?}")
            }
            Self::StoppedTimer => "stops a timer".to_owned(),
            Self::UsedCell(cell) => format!("uses {}", name(*cell)),
            Self::Halted => "halts".to_owned(),
            Self::Failed { cause, message } => format!("fails: {cause}: {message}"),
        }
    }

    /// What a turn did, in order: notifications first, as they leave first.
    pub(crate) fn of_turn(outbox: &Outbox, shared: &Shared) -> Vec<Self> {
        let notifications = outbox.notifications().iter().map(|(monitor, event)| Self::Notified {
            monitor: monitor.to_string(),
            kind: shared.kind_name(event.kind),
            payload: payload(event.encoding, &event.payload),
        });
        let effects = outbox.effects().iter().filter_map(|effect| Self::of_effect(effect, shared));
        let halted = outbox.halts().then_some(Self::Halted);
        notifications.chain(effects).chain(halted).collect()
    }

    fn of_effect(effect: &Effect, shared: &Shared) -> Option<Self> {
        Some(match effect {
            Effect::Send { to, event, .. } => Self::Sent {
                to: lifted(*to).into(),
                kind: shared.kind_name(event.kind),
                payload: payload(event.encoding, &event.payload),
            },
            Effect::Create { id, definition, init, .. }
            | Effect::TryCreate { id, definition, init, .. } => Self::Created {
                id: lifted(*id).into(),
                kind: shared.definitions[*definition as usize].clone(),
                payload: payload(init.encoding, &init.payload),
            },
            Effect::StartTimer(start) => {
                Self::StartedTimer { after: start.after, kind: shared.kind_name(start.event.kind) }
            }
            Effect::StopTimer(_) => Self::StoppedTimer,
            Effect::Reply { reply: Ok((encoding, bytes)), .. } => {
                Self::Replied(Ok(payload(*encoding, bytes)))
            }
            Effect::Reply { reply: Err(message), .. } => Self::Replied(Err(message.clone())),
            Effect::Watch(id) => Self::Watched(lifted(*id).into()),
            Effect::CreateCell { id: cell, .. } | Effect::Operate { cell, .. } => {
                Self::UsedCell(lifted(*cell).into())
            }
            // Notifications are apart, and a reserved id is nobody.
            Effect::Notify { .. } | Effect::Reserve { .. } => return None,
        })
    }
}

fn read<E: Event>(payload: &Encoded) -> E {
    E::decode(payload).unwrap_or_else(|error| panic!("a payload of `{}`: {error}", E::KIND))
}

fn payload(encoding: coyote_kernel::Encoding, payload: &coyote_kernel::Payload) -> Encoded {
    Encoded { encoding: raised(encoding), bytes: payload.as_slice().into() }
}
