//! Every bound that the kernel keeps. Defaults are not here: whoever builds an app passes them in.

use core::num::NonZeroU32;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// What the kernel enforces for one kind of actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorLimits {
    /// Most events that were sent to an actor and not yet taken, counted over all senders (S8).
    pub inbox_events_max: NonZeroU32,
    /// What happens to the event that would be one too many.
    pub overflow: Overflow,
    /// Largest payload that an actor may send, in bytes.
    pub payload_bytes_max: u32,
    /// Most effects that one turn may stage.
    pub effects_max: u32,
    /// Most payload bytes that all effects of one turn may have together.
    pub outbox_bytes_max: u32,
}

/// What happens to an event that finds the inbox of its receiver full (S8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// It waits, with all that its sender staged behind it, and the sender takes nothing meanwhile.
    /// Sends to oneself are exempt.
    Block,
    /// It becomes a dead letter, and that is a violation.
    Fail,
    /// It becomes a dead letter.
    DropNewest,
    /// The oldest event in the inbox becomes a dead letter.
    DropOldest,
}

/// What becomes of an actor that failed, or halted (F10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// Whether the actor comes back.
    pub restart: Restart,
    /// In which state it comes back.
    pub from: RestartFrom,
    /// Most restarts within [`Self::within`]; one more is answered by [`Self::beyond`].
    pub restarts_max: u32,
    /// The window in which restarts are counted.
    pub within: Duration,
    /// How often the event of a failed turn is offered again before it becomes a dead letter.
    pub retries_max: u32,
    /// What happens when the actor does not come back.
    pub beyond: Beyond,
}

/// Whether an actor comes back, in the words of Erlang's supervisors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// After a failure and after a halt.
    Permanent,
    /// After a failure.
    Transient,
    /// Never.
    Temporary,
}

/// The state in which a restarted actor begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartFrom {
    /// A fresh instance, initialised with the first payload again (`restart` in F10).
    Initial,
    /// The state before the turn that failed (`resume` in F10).
    LastTurn,
}

/// What happens when an actor fails and does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beyond {
    /// It stays as failed: its id is taken, events to it become dead letters.
    Park,
    /// It halts: watchers are told, its id may be bound again.
    Halt,
    /// The app stops, with the failure as its verdict.
    Stop,
}
