//! How a component reacts to events, as far as the inbox must know it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::event::Kind;
use crate::failure::{Cause, Failure};

/// What a component tells about itself, once, when it is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Whether it acts or watches.
    pub role: Role,
    /// The name that its author gave.
    pub name: String,
    /// Names of kinds; rules refer to them by index.
    pub kinds: Vec<String>,
    /// The states, the start state first; empty for a plain actor.
    pub states: Vec<StateDescription>,
    /// The rules that hold whatever the state.
    pub rules: Vec<Rule>,
    /// Whether every ignored event is a turn.
    pub tells_ignored: bool,
    /// Whether every deferred event is a turn.
    pub tells_deferred: bool,
}

/// Whether a component acts or watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It has an inbox and may send.
    #[default]
    Actor,
    /// It is notified and asserts.
    Monitor,
}

/// One state of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDescription {
    /// Its name.
    pub name: String,
    /// Whether progress is owed in it; monitors only.
    pub temperature: Temperature,
    /// Its own rules.
    pub rules: Vec<Rule>,
}

/// Whether a monitor may stay in a state for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temperature {
    /// It may.
    #[default]
    Warm,
    /// Progress is owed.
    Hot,
    /// Progress was made.
    Cold,
}

/// One kind of event and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// An index into [`Description::kinds`].
    pub kind: u32,
    /// What becomes of it.
    pub reaction: Reaction,
}

/// What becomes of an event (Q4). States are given by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// A handler is called.
    Do,
    /// The top state is replaced.
    Goto(u32),
    /// A state is put on top.
    Push(u32),
    /// It stays in the inbox.
    Defer,
    /// It is dropped.
    Ignore,
}

/// What the inbox does with an event (section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is handled now: a turn.
    Take,
    /// It keeps its place.
    Defer,
    /// It is dropped.
    Ignore,
}

/// A declaration that makes no sense (H1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misdeclared {
    /// The state, or none for the rules of the whole actor.
    pub state: Option<String>,
    /// The kind, where one is concerned.
    pub kind: Option<String>,
    /// What is wrong.
    pub problem: &'static str,
}

impl fmt::Display for Misdeclared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.state, &self.kind) {
            (Some(state), Some(kind)) => {
                write!(f, "state `{state}`, event `{kind}`: {}", self.problem)
            }
            (Some(state), None) => write!(f, "state `{state}`: {}", self.problem),
            (None, Some(kind)) => write!(f, "event `{kind}`: {}", self.problem),
            (None, None) => f.write_str(self.problem),
        }
    }
}

/// A checked description, with interned kinds.
#[derive(Clone, Debug)]
pub struct Table {
    kinds: Vec<Kind>,
    states: Vec<Rules>,
    state_names: Vec<Box<str>>,
    temperatures: Vec<Temperature>,
    actor: Rules,
    /// Whether every ignored event is a turn.
    pub tells_ignored: bool,
    /// Whether every deferred event is a turn.
    pub tells_deferred: bool,
}

#[derive(Clone, Debug, Default)]
struct Rules {
    /// By kind, ascending; without the wildcard.
    specific: Vec<(Kind, Reaction)>,
    wildcard: Option<Reaction>,
}

impl Rules {
    fn specific(&self, kind: Kind) -> Option<Reaction> {
        let place = self.specific.binary_search_by_key(&kind, |&(kind, _)| kind).ok()?;
        Some(self.specific[place].1)
    }
}

impl Table {
    /// Checks a description and interns its kinds, in order.
    ///
    /// # Errors
    ///
    /// All declarations that make no sense, in the order of the description.
    pub fn new(
        description: &Description,
        mut intern: impl FnMut(&str) -> Kind,
    ) -> Result<Self, Vec<Misdeclared>> {
        let mut wrong = Vec::new();
        let kinds: Vec<Kind> = description.kinds.iter().map(|name| intern(name)).collect();
        check_names(description, &mut wrong);
        let check = Check { description, kinds: &kinds };
        let actor = check.rules(None, &description.rules, &mut wrong);
        let states = description.states.iter();
        let states =
            states.map(|state| check.rules(Some(state), &state.rules, &mut wrong)).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let state_names =
            description.states.iter().map(|state| state.name.as_str().into()).collect();
        let temperatures = description.states.iter().map(|state| state.temperature).collect();
        let Description { tells_ignored, tells_deferred, .. } = *description;
        Ok(Self { kinds, states, state_names, temperatures, actor, tells_ignored, tells_deferred })
    }

    /// The component's own number for a kind, or none if it does not list it.
    #[must_use]
    pub fn index_of(&self, kind: Kind) -> Option<u32> {
        let place = self.kinds.iter().position(|&listed| listed == kind)?;
        u32::try_from(place).ok()
    }

    /// The kinds that the component lists, in its order.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.kinds.iter().copied()
    }

    /// The kind with the component's own number.
    #[must_use]
    pub fn kind(&self, index: u32) -> Option<Kind> {
        self.kinds.get(index as usize).copied()
    }

    /// The state stack of a new instance: the start state, or nothing for a plain actor.
    #[must_use]
    pub fn start_stack(&self) -> Vec<u32> {
        if self.states.is_empty() { Vec::new() } else { Vec::from([0]) }
    }

    /// Whether a guest may report this state stack (H2).
    #[must_use]
    pub fn allows_stack(&self, stack: &[u32]) -> bool {
        stack.is_empty() == self.states.is_empty()
            && stack.iter().all(|&state| (state as usize) < self.states.len())
    }

    /// The state of a monitor after a turn that told this state stack; none if it told none and stays where it is.
    ///
    /// # Errors
    ///
    /// The stack is not one declared state (H2).
    pub fn monitor_state(&self, stack: Option<&[u32]>) -> Result<Option<u32>, Failure> {
        match stack {
            None => Ok(None),
            Some(&[state]) if self.allows_stack(&[state]) => Ok(Some(state)),
            Some(stack) => {
                let message =
                    format!("the state stack {stack:?} is not one state that was declared");
                Err(Failure::new(Cause::IllegalCall, message))
            }
        }
    }

    /// The name of a state.
    #[must_use]
    pub fn state_name(&self, state: u32) -> Option<&str> {
        self.state_names.get(state as usize).map(|name| &**name)
    }

    /// Whether a monitor may stay in a state for ever.
    #[must_use]
    pub fn temperature(&self, state: u32) -> Temperature {
        self.temperatures.get(state as usize).copied().unwrap_or_default()
    }

    /// Whether there is a state that a monitor must not stay in for ever.
    pub(crate) fn may_be_hot(&self) -> bool {
        self.temperatures.contains(&Temperature::Hot)
    }

    /// What the inbox does with an event, by rules V1 to V6. What no rule covers is taken: the guest
    /// pops its states, and halts or fails.
    #[must_use]
    pub fn offer(&self, stack: &[u32], kind: Kind) -> Offer {
        match self.reaction(stack, kind) {
            Some(Reaction::Defer) => Offer::Defer,
            Some(Reaction::Ignore) => Offer::Ignore,
            _ => Offer::Take,
        }
    }

    /// The pairs of state and kind that lead to a turn, wildcards left out (Q6). A plain actor has no state.
    pub fn declared(&self) -> impl Iterator<Item = (Option<u32>, Kind)> {
        fn taken(rules: &Rules) -> impl Iterator<Item = Kind> {
            let passed = |reaction| matches!(reaction, Reaction::Defer | Reaction::Ignore);
            let rules = rules.specific.iter().filter(move |(_, reaction)| !passed(*reaction));
            rules.map(|&(kind, _)| kind)
        }
        let plain = self.states.is_empty().then(|| taken(&self.actor).map(|kind| (None, kind)));
        let states = (0..).zip(&self.states);
        let states =
            states.flat_map(|(state, rules)| taken(rules).map(move |kind| (Some(state), kind)));
        plain.into_iter().flatten().chain(states)
    }

    /// Whether a default handler is visible (Q5).
    #[must_use]
    pub fn offers_default(&self, stack: &[u32]) -> bool {
        !self.states.is_empty() && self.specific(stack, Kind::DEFAULT).is_some()
    }

    fn reaction(&self, stack: &[u32], kind: Kind) -> Option<Reaction> {
        let specific = self.specific(stack, kind);
        let wildcard = self.nearest(stack, |rules| rules.wildcard);
        match (specific, wildcard) {
            (Some((level, reaction)), Some((above, wild))) => {
                Some(if above > level { wild } else { reaction })
            }
            (Some((_, reaction)), None) | (None, Some((_, reaction))) => Some(reaction),
            (None, None) => self.actor.specific(kind).or(self.actor.wildcard),
        }
    }

    fn specific(&self, stack: &[u32], kind: Kind) -> Option<(usize, Reaction)> {
        self.nearest(stack, |rules| rules.specific(kind))
    }

    /// The nearest rule from the top of the stack; transitions count on the top only.
    fn nearest(
        &self,
        stack: &[u32],
        find: impl Fn(&Rules) -> Option<Reaction>,
    ) -> Option<(usize, Reaction)> {
        let top = stack.len().checked_sub(1)?;
        stack.iter().enumerate().rev().find_map(|(level, &state)| {
            let reaction = find(self.states.get(state as usize)?)?;
            let moves = matches!(reaction, Reaction::Goto(_) | Reaction::Push(_));
            (level == top || !moves).then_some((level, reaction))
        })
    }
}

fn check_names(description: &Description, wrong: &mut Vec<Misdeclared>) {
    let mut names = BTreeSet::new();
    for kind in description.kinds.iter().filter(|&kind| !names.insert(kind)) {
        let kind = Some(kind.clone());
        wrong.push(Misdeclared { state: None, kind, problem: "the kind is listed twice" });
    }
    names.clear();
    let states = description.states.iter().map(|state| &state.name);
    for state in states.filter(|&state| !names.insert(state)) {
        let state = Some(state.clone());
        wrong.push(Misdeclared { state, kind: None, problem: "two states have this name" });
    }
    if description.role == Role::Monitor && description.states.is_empty() {
        wrong.push(Misdeclared { state: None, kind: None, problem: "a monitor needs a state" });
    }
}

struct Check<'a> {
    description: &'a Description,
    kinds: &'a [Kind],
}

impl Check<'_> {
    fn rules(
        &self,
        state: Option<&StateDescription>,
        rules: &[Rule],
        wrong: &mut Vec<Misdeclared>,
    ) -> Rules {
        let mut checked = BTreeMap::new();
        for rule in rules {
            let kind = self.kinds.get(rule.kind as usize).copied();
            let taken = kind.is_some_and(|kind| checked.contains_key(&kind));
            if let Some(problem) = self.problem(state, kind, rule.reaction, taken) {
                wrong.push(Misdeclared {
                    state: state.map(|state| state.name.clone()),
                    kind: self.description.kinds.get(rule.kind as usize).cloned(),
                    problem,
                });
            } else if let Some(kind) = kind {
                checked.insert(kind, rule.reaction);
            }
        }
        let wildcard = checked.remove(&Kind::ANY);
        Rules { specific: checked.into_iter().collect(), wildcard }
    }

    fn problem(
        &self,
        state: Option<&StateDescription>,
        kind: Option<Kind>,
        reaction: Reaction,
        taken: bool,
    ) -> Option<&'static str> {
        let plain = self.description.states.is_empty();
        let monitor = self.description.role == Role::Monitor;
        let target = match reaction {
            Reaction::Goto(target) | Reaction::Push(target) => target as usize,
            Reaction::Do | Reaction::Defer | Reaction::Ignore => 0,
        };
        match (kind, reaction) {
            (None, _) => Some("a rule names a kind that is not listed"),
            _ if taken => Some("two reactions for one kind"),
            (_, reaction) if state.is_none() && reaction != Reaction::Do => {
                Some("only states can defer, ignore, goto or push")
            }
            (Some(Kind::ANY), _) if state.is_none() && !plain => {
                Some("a state machine has no wildcard for the whole actor")
            }
            (Some(Kind::DEFAULT), _) if state.is_none() => {
                Some("only states have a default handler")
            }
            (Some(Kind::DEFAULT), Reaction::Defer | Reaction::Ignore) => {
                Some("the default event cannot be deferred or ignored")
            }
            (_, Reaction::Push(_) | Reaction::Defer) if monitor => {
                Some("a monitor cannot push or defer")
            }
            (_, Reaction::Goto(_) | Reaction::Push(_))
                if target >= self.description.states.len() =>
            {
                Some("transition to an undeclared state")
            }
            _ => None,
        }
    }
}
