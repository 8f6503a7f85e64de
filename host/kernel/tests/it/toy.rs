//! Toy apps: actors are closures, and everything that can be observed is a line of text.
//!
//! Only this module and `link` know the kernel's API.

mod guest;
mod names;
mod world;

use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use coyote_kernel::{
    ActorLimits, Beyond, Description, Failure, Overflow, Reaction, Restart, RestartFrom, Rule,
    ShardIndex, StateDescription, Supervision, Temperature,
};
use expect_test::Expect;

pub(crate) use self::guest::{Memory, Toy, init, panics};
pub(crate) use self::world::{Blueprint, World};

/// The end of a toy's handler.
pub(crate) type Handled = Result<(), Failure>;

/// Runs a toy app and compares all that could be seen of it.
pub(crate) fn check(app: App, run: impl FnOnce(&mut World), expected: Expect) {
    let mut world = World::new(app);
    run(&mut world);
    world.run();
    expected.assert_eq(&world.told());
}

/// One kind of toy actor.
#[derive(Clone)]
pub(crate) struct Species {
    name: &'static str,
    description: Description,
    pub(crate) limits: ActorLimits,
    pub(crate) supervision: Supervision,
    handler: Rc<dyn Fn(&mut Toy<'_>) -> Handled>,
}

/// A plain actor that takes every event.
pub(crate) fn plain(
    name: &'static str,
    handler: impl Fn(&mut Toy<'_>) -> Handled + 'static,
) -> Species {
    Species {
        name,
        description: Description::default(),
        limits: ActorLimits {
            inbox_events_max: NonZeroU32::new(100).unwrap(),
            overflow: Overflow::Block,
            payload_bytes_max: 100,
            effects_max: 100,
            outbox_bytes_max: 1000,
        },
        supervision: Supervision {
            restart: Restart::Temporary,
            from: RestartFrom::Initial,
            restarts_max: 3,
            within: Duration::from_secs(10),
            retries_max: 0,
            beyond: Beyond::Park,
        },
        handler: Rc::new(handler),
    }
}

/// An actor that does nothing with what it takes.
pub(crate) fn sink(name: &'static str) -> Species {
    plain(name, |_| Ok(()))
}

impl Species {
    /// Adds a state; the rules read `kind: do`, `kind: goto 1`, `*: defer`, and so on.
    pub(crate) fn state(mut self, name: &str, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| parse_rule(rule, &mut self.description.kinds));
        let rules = rules.collect();
        let state =
            StateDescription { name: name.to_owned(), temperature: Temperature::Warm, rules };
        self.description.states.push(state);
        self
    }

    /// One more rule for a state.
    pub(crate) fn rule(mut self, state: usize, rule: &str) -> Self {
        let rule = parse_rule(rule, &mut self.description.kinds);
        self.description.states[state].rules.push(rule);
        self
    }

    /// Rules for the whole actor.
    pub(crate) fn rules(mut self, rules: &[&str]) -> Self {
        let rules = rules.iter().map(|rule| parse_rule(rule, &mut self.description.kinds));
        self.description.rules = rules.collect();
        self
    }

    pub(crate) fn tells(mut self, ignored: bool, deferred: bool) -> Self {
        self.description.tells_ignored = ignored;
        self.description.tells_deferred = deferred;
        self
    }

    pub(crate) fn inbox(mut self, events_max: u32, overflow: Overflow) -> Self {
        self.limits.inbox_events_max = NonZeroU32::new(events_max).unwrap();
        self.limits.overflow = overflow;
        self
    }

    pub(crate) fn restarts(mut self, restart: Restart, from: RestartFrom) -> Self {
        (self.supervision.restart, self.supervision.from) = (restart, from);
        self
    }

    pub(crate) fn retries(mut self, retries_max: u32) -> Self {
        self.supervision.retries_max = retries_max;
        self
    }

    pub(crate) fn beyond(mut self, beyond: Beyond) -> Self {
        self.supervision.beyond = beyond;
        self
    }
}

/// `kind: reaction`, where the kind is added to the list if it is not there.
pub(crate) fn parse_rule(rule: &str, kinds: &mut Vec<String>) -> Rule {
    let (kind, reaction) = rule.split_once(": ").unwrap();
    let place = kinds.iter().position(|known| known == kind).unwrap_or_else(|| {
        kinds.push(kind.to_owned());
        kinds.len() - 1
    });
    let (word, target) = reaction.split_once(' ').unwrap_or((reaction, "0"));
    let target = target.parse().unwrap();
    let reaction = match word {
        "do" => Reaction::Do,
        "goto" => Reaction::Goto(target),
        "push" => Reaction::Push(target),
        "defer" => Reaction::Defer,
        "ignore" => Reaction::Ignore,
        other => panic!("no reaction is called `{other}`"),
    };
    Rule { kind: u32::try_from(place).unwrap(), reaction }
}

/// What a toy app consists of.
pub(crate) struct App {
    pub(crate) species: Vec<Species>,
    pub(crate) seed: u64,
    pub(crate) shards: usize,
    pub(crate) live_max: usize,
    /// Which actors live on which shard; the others live with their creator.
    pub(crate) homes: Vec<(&'static str, ShardIndex)>,
}

impl App {
    /// On a kernel that has no other beside it.
    pub(crate) fn alone(species: impl IntoIterator<Item = Species>) -> Self {
        let species = species.into_iter().collect();
        Self { species, seed: 7, shards: 0, live_max: 1000, homes: Vec::new() }
    }

    /// On two kernels.
    pub(crate) fn pair(
        species: impl IntoIterator<Item = Species>,
        homes: &[(&'static str, ShardIndex)],
    ) -> Self {
        Self { shards: 2, homes: homes.to_vec(), ..Self::alone(species) }
    }
}
