//! Strategies by name, as the command and manifests give them.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use super::{
    DelayBounding, Dfs, FairSuffix, Fifo, Pct, Pctcp, Portfolio, Pos, Probabilistic, QLearning,
    Random, RandomActor, Strategy, Strikes, Urw,
};

/// A strategy that has a name, with its option: `random`, `pct`, `pct:10`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Named {
    /// [`Portfolio`].
    #[default]
    Portfolio,
    /// [`Random`].
    Random,
    /// [`RandomActor`].
    RandomActor,
    /// [`Probabilistic`].
    Probabilistic {
        /// Coins that all must show heads before another actor may act.
        coins: u32,
    },
    /// [`Pct`].
    Pct {
        /// Change points in one execution.
        change_points: u32,
    },
    /// [`Pctcp`].
    Pctcp {
        /// Change points in one execution.
        change_points: u32,
    },
    /// [`Pos`].
    Pos,
    /// [`Urw`].
    Urw,
    /// [`DelayBounding`].
    DelayBounding {
        /// Delays in one execution.
        delays: u32,
    },
    /// [`QLearning`].
    QLearning,
    /// [`Fifo`].
    Fifo,
    /// [`Dfs`].
    Dfs,
}

impl Named {
    /// All of them, with the options that they have if none is given.
    pub const ALL: [Self; 12] = [
        Self::Portfolio,
        Self::Random,
        Self::RandomActor,
        Self::Probabilistic { coins: 3 },
        Self::Pct { change_points: 3 },
        Self::Pctcp { change_points: 3 },
        Self::Pos,
        Self::Urw,
        Self::DelayBounding { delays: 10 },
        Self::QLearning,
        Self::Fifo,
        Self::Dfs,
    ];

    /// The name without the option.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::Random => "random",
            Self::RandomActor => "random-actor",
            Self::Probabilistic { .. } => "probabilistic",
            Self::Pct { .. } => "pct",
            Self::Pctcp { .. } => "pctcp",
            Self::Pos => "pos",
            Self::Urw => "urw",
            Self::DelayBounding { .. } => "delay-bounding",
            Self::QLearning => "q-learning",
            Self::Fifo => "fifo",
            Self::Dfs => "dfs",
        }
    }

    /// What the number after the colon counts, and its largest value; none if there is no such number.
    #[must_use]
    pub fn option(self) -> Option<(&'static str, u32)> {
        match self {
            Self::Probabilistic { .. } => Some(("coins", 32)),
            Self::Pct { .. } | Self::Pctcp { .. } => Some(("change points", 1000)),
            Self::DelayBounding { .. } => Some(("delays", 1000)),
            Self::Portfolio
            | Self::Random
            | Self::RandomActor
            | Self::Pos
            | Self::Urw
            | Self::QLearning
            | Self::Fifo
            | Self::Dfs => None,
        }
    }

    /// The strategy. Where it draws at all, faults strike at drawn places ([`Strikes`]).
    #[must_use]
    pub fn build(self) -> Box<dyn Strategy> {
        match self {
            Self::Portfolio => Box::new(Portfolio::default()),
            Self::Random => Box::new(Strikes::new(Random::default())),
            Self::RandomActor => Box::new(Strikes::new(RandomActor::default())),
            Self::Probabilistic { coins } => Box::new(Strikes::new(Probabilistic::new(coins))),
            Self::Pct { change_points } => Box::new(Strikes::new(Pct::new(change_points))),
            Self::Pctcp { change_points } => Box::new(Strikes::new(Pctcp::new(change_points))),
            Self::Pos => Box::new(Strikes::new(Pos::default())),
            Self::Urw => Box::new(Strikes::new(Urw::default())),
            Self::DelayBounding { delays } => Box::new(Strikes::new(DelayBounding::new(delays))),
            Self::QLearning => Box::new(Strikes::new(QLearning::default())),
            Self::Fifo => Box::new(Fifo),
            Self::Dfs => Box::new(Dfs::default()),
        }
    }

    /// The strategy for executions of so many steps and draws at most.
    #[must_use]
    pub fn build_within(self, steps_max: u32) -> Box<dyn Strategy> {
        match self {
            Self::Portfolio => Box::new(Portfolio::within(steps_max)),
            _ => self.build(),
        }
    }

    /// The strategy, which becomes a random walk after so many steps and draws if it is not fair by then
    /// ([`FairSuffix`]). Depth-first search stays what it is, or it would not be exhaustive.
    #[must_use]
    pub fn build_fair(self, prefix_max: u32) -> Box<dyn Strategy> {
        match self {
            Self::Dfs => self.build(),
            _ => Box::new(FairSuffix::new(self.build(), prefix_max)),
        }
    }

    fn with_option(self, value: u32) -> Self {
        match self {
            Self::Probabilistic { .. } => Self::Probabilistic { coins: value },
            Self::Pct { .. } => Self::Pct { change_points: value },
            Self::Pctcp { .. } => Self::Pctcp { change_points: value },
            Self::DelayBounding { .. } => Self::DelayBounding { delays: value },
            Self::Portfolio
            | Self::Random
            | Self::RandomActor
            | Self::Pos
            | Self::Urw
            | Self::QLearning
            | Self::Fifo
            | Self::Dfs => self,
        }
    }
}

/// The name, and the option if there is one, also if it was not given.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match *self {
            Self::Probabilistic { coins: value }
            | Self::Pct { change_points: value }
            | Self::Pctcp { change_points: value }
            | Self::DelayBounding { delays: value } => write!(f, "{name}:{value}"),
            Self::Portfolio
            | Self::Random
            | Self::RandomActor
            | Self::Pos
            | Self::Urw
            | Self::QLearning
            | Self::Fifo
            | Self::Dfs => f.write_str(name),
        }
    }
}

/// A text that names no strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misnamed {
    /// There is none with this name.
    Unknown {
        /// The name.
        name: String,
    },
    /// It has no option.
    NoOption {
        /// Its name.
        name: &'static str,
    },
    /// Its option is no number in its range.
    BadOption {
        /// Its name.
        name: &'static str,
        /// What was given.
        given: String,
        /// What the number counts.
        counts: &'static str,
        /// Its largest value.
        max: u32,
    },
}

impl fmt::Display for Misnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no strategy is called `{name}`"),
            Self::NoOption { name } => write!(f, "strategy `{name}` has no option"),
            Self::BadOption { name, given, counts, max } => {
                write!(f, "strategy `{name}` takes from 0 to {max} {counts}, not `{given}`")
            }
        }
    }
}

impl core::error::Error for Misnamed {}

impl FromStr for Named {
    type Err = Misnamed;

    fn from_str(text: &str) -> Result<Self, Misnamed> {
        let (name, given) = match text.split_once(':') {
            Some((name, given)) => (name, Some(given)),
            None => (text, None),
        };
        let Some(named) = Self::ALL.into_iter().find(|named| named.name() == name) else {
            return Err(Misnamed::Unknown { name: name.to_string() });
        };
        let Some(given) = given else { return Ok(named) };
        let name = named.name();
        let Some((counts, max)) = named.option() else { return Err(Misnamed::NoOption { name }) };
        match given.parse() {
            Ok(value) if value <= max => Ok(named.with_option(value)),
            _ => {
                let given = given.to_string();
                Err(Misnamed::BadOption { name, given, counts, max })
            }
        }
    }
}
