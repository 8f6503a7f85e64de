//! In which orders messages may arrive.

use serde::{Deserialize, Serialize};

/// A delivery model (S1): which messages of the channels to one actor may arrive next. Each channel is what one sender
/// sent to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The exact order of one host that interleaves single sends: each effect leaves as a step of its own, which fixes
    /// its place in the inbox.
    Mailbox,
    /// A message arrives after all that were sent to the same receiver and happened before it. This is what one host
    /// gives.
    #[default]
    Causal,
    /// Messages from one actor to another keep their order, and nothing more. This is what a cluster gives.
    Pairwise,
    /// Any message may arrive next, as with datagrams.
    Unordered,
}

impl Delivery {
    /// From the strongest promise to the weakest: every order of arrival under one is possible under those behind it.
    pub const ALL: [Self; 4] = [Self::Mailbox, Self::Causal, Self::Pairwise, Self::Unordered];

    /// The name in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox",
            Self::Causal => "causal",
            Self::Pairwise => "pairwise",
            Self::Unordered => "unordered",
        }
    }
}

/// Which armed timers may fire (M2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerMode {
    /// Those with the earliest due time, at any moment: handlers may take arbitrarily long.
    #[default]
    Earliest,
    /// Any. Durations are then without meaning.
    Unordered,
}
