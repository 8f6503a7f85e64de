//! What becomes of an actor whose turn failed (F10).

use crate::actor::Actor;
use crate::limits::{Beyond, Restart, RestartFrom, Supervision};
use crate::timer::Instant;

/// What the driver does with the instance of an actor whose turn failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Drops it; the actor's next turn initialises a fresh one.
    Restarted,
    /// Puts it back as it was before the turn.
    Resumed,
    /// Drops it; the actor stays as failed.
    Parked,
    /// Drops it; the actor is gone.
    Halted,
    /// Stops the app.
    Stopped,
}

impl From<Beyond> for Recovery {
    fn from(beyond: Beyond) -> Self {
        match beyond {
            Beyond::Park => Self::Parked,
            Beyond::Halt => Self::Halted,
            Beyond::Stop => Self::Stopped,
        }
    }
}

/// Decides, and counts the restart if it is one.
pub(crate) fn decide(
    actor: &mut Actor,
    supervision: &Supervision,
    now: Instant,
    first_turn: bool,
) -> Recovery {
    if supervision.restart == Restart::Temporary || !may_restart(actor, supervision, now) {
        return supervision.beyond.into();
    }
    match supervision.from {
        RestartFrom::LastTurn if !first_turn => Recovery::Resumed,
        RestartFrom::LastTurn | RestartFrom::Initial => Recovery::Restarted,
    }
}

/// Whether the limit allows one more restart; counts it if so.
pub(crate) fn may_restart(actor: &mut Actor, supervision: &Supervision, now: Instant) -> bool {
    let restarts = &mut actor.rare().restarts;
    while restarts.front().is_some_and(|&at| at.saturating_add(supervision.within) < now) {
        restarts.pop_front();
    }
    let allowed = restarts.len() < supervision.restarts_max as usize;
    if allowed {
        restarts.push_back(now);
    }
    allowed
}
