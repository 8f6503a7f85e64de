//! All executions of an app, up to what cannot make a difference.
//!
//! A [`Method`] goes through the states of an app, each once, or through its traces, each once. If it ends by itself, no
//! execution within the bounds is a bug. Neither of the two wins alone: two-phase commit with 6 participants has 1,458
//! states and 518,400 traces, four independent pairs of actors have 1,296 states and one trace. `dependence` says which
//! steps can change places, `branch` is a state from which steps are taken, `stateful`, `breadth_first` and `traces` are
//! the methods, `by_turns` tries two of them; `traces` needs `past`.
//!
//! Deliberately not here: a search by traces that remembers states. What has to be taken from a state depends on the
//! races that led to it, so what was reached before is no reason to turn back.

mod branch;
mod breadth_first;
mod by_turns;
mod charted;
mod dependence;
mod directed;
mod past;
mod stateful;
mod traces;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use self::breadth_first::BreadthFirst;
use self::by_turns::ByTurns;
use self::charted::Charted;
use self::dependence::Dependence;
pub(crate) use self::directed::directed;
use self::stateful::Stateful;
use self::traces::Traces;
use crate::actor::Slot;
use crate::execution::{Ending, Execution, Guests};
use crate::id::HashedKeys;
use crate::recording::Found;
use crate::step::Enabled;
use crate::trace::{Choice, Trace};

/// Guests whose instances can be put back.
pub trait Snapshots: Guests + 'static {
    /// All instances, between two turns.
    type Instances: Clone + 'static;

    /// All instances as they are now.
    fn instances(&self) -> Self::Instances;

    /// Makes all instances what they were.
    fn put_back(&mut self, instances: &Self::Instances);

    /// The key of an actor's instance: equal states have equal keys.
    fn image(&self, slot: Slot) -> u128;

    /// The key of a monitor's instance.
    fn monitor_image(&self, monitor: u32) -> u128;

    /// Whether any instance ever asked for virtual time.
    fn tells_time(&self) -> bool;

    /// Keeps an actor's instance under a key, to be [put](Self::put_kept) into another slot.
    fn keep(&mut self, slot: Slot, key: u128) {
        let _ = (slot, key);
    }

    /// Makes the instance of an actor, which has no other, the one that was kept under a key; whether it is still there.
    fn put_kept(&mut self, slot: Slot, key: u128) -> bool {
        let _ = (slot, key);
        false
    }

    /// Keeps a monitor's instance, and the state that it is in, under a key, to be [put](Self::put_monitor) back.
    fn keep_monitor(&mut self, monitor: u32, state: u32, key: u128) {
        let _ = (monitor, state, key);
    }

    /// Makes the instance of a monitor the one that was kept under a key; the state that it is in, if it is still there.
    fn put_monitor(&mut self, monitor: u32, key: u128) -> Option<u32> {
        let _ = (monitor, key);
        None
    }

    /// From here on turns that are not run but looked up are run all the same and compared, or no longer.
    fn compare_all(&mut self, all: bool) {
        let _ = all;
    }
}

/// How a search goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// By turns through all states, depth first, and through all traces, until one of the two comes to its end: twice the
    /// work of the better one. Where progress can be owed, traces come first: if all of them end, there are no loops that
    /// would have to be looked at.
    #[default]
    Auto,
    /// Through all states, depth first, by as few steps as it can. A way that leads back to a state on it is looked at:
    /// if progress can be owed on it for ever, that is a bug too. Such a loop is only seen if the search happens to close
    /// it.
    Stateful,
    /// Through all states, those that are fewer steps away first: so no trace that leads to a bug is shorter than the one
    /// that is found. It takes every step of every state, and keeps a snapshot of each state that is not gone into yet.
    BreadthFirst,
    /// Through all traces: orders of independent steps are one and the same. States are not remembered, so it needs hardly
    /// any memory.
    Dpor,
}

impl Method {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Stateful, Self::BreadthFirst, Self::Dpor];

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Stateful => "stateful",
            Self::BreadthFirst => "breadth-first",
            Self::Dpor => "dpor",
        }
    }
}

/// Where a search ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchBounds {
    /// Most states that are remembered, at 113 bytes each at most; a search breadth first keeps some that it has not gone into
    /// yet beside that.
    pub states_max: usize,
    /// Most traces, where states are not remembered.
    pub traces_max: u64,
    /// Most steps from the start to a state.
    pub depth_max: usize,
}

/// A search: how, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How it goes on.
    pub method: Method,
    /// Where it ends at the latest.
    pub bounds: SearchBounds,
    /// Whether it goes on after a bug.
    pub keeps_going: bool,
    /// Whether what is known of steps is looked up. Nothing but the speed, and which bug is found first, depends on it.
    pub charts: bool,
    /// Whether states that differ only in which of several interchangeable actors is which are one. Which actors those are
    /// is found out, where `charts` are used and no progress can be owed; a method that remembers no states does without.
    pub symmetry: bool,
}

/// Actors that turned out to be interchangeable: for each of them to be what another one is makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interchangeable {
    /// The name of their definition.
    pub name: String,
    /// How many they are.
    pub count: usize,
}

/// What a search saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// How the search went on: never [`Method::Auto`].
    pub method: Method,
    /// Distinct states; 0 if they are not remembered.
    pub states: u64,
    /// Traces that came to their end; 0 if states are remembered.
    pub traces: u64,
    /// Traces that turned out to be seen already: lost work.
    pub blocked: u64,
    /// Steps taken, each result of its draws counted.
    pub transitions: u64,
    /// The keys of the states in which nothing is left to be done and nothing is wrong.
    pub finals: hashbrown::HashSet<u128, HashedKeys>,
    /// The most steps from the start to a state, on the way that was taken to it.
    pub depth: u64,
    /// States that were not gone into because they are too deep.
    pub cut: u64,
    /// Whether the search came to its end: everything within the bounds was seen.
    pub complete: bool,
    /// Which share of the search is done, from 0 to 1: a rough guess while it is not complete.
    pub progress: f64,
    /// Bugs, told apart, in the order in which they were found.
    pub found: Vec<Found>,
    /// The actors of which it was not told who is who.
    pub interchangeable: Vec<Interchangeable>,
}

impl Searched {
    /// Whether every execution was seen, none of them cut.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.complete && self.cut == 0
    }

    /// Begins an execution: what can happen first, if anything can.
    fn begin<G: Snapshots>(&mut self, execution: &mut Execution<G>) -> Option<Vec<Enabled>> {
        let seen = execution.restart().map_or_else(|| execution.seen(), Err);
        match seen {
            Ok(steps) => Some(steps),
            Err(ending) => {
                self.end(execution, ending, Vec::new);
                self.complete = true;
                None
            }
        }
    }

    /// Adds a bug if none like it is known.
    fn add(&mut self, found: Found) {
        if self.found.iter().all(|known| !known.bug.is_like(&found.bug)) {
            self.found.push(found);
        }
    }

    /// Notes how an execution ended; whether that is a bug.
    fn end<G: Snapshots>(
        &mut self,
        execution: &mut Execution<G>,
        ending: Ending,
        choices: impl FnOnce() -> Vec<Choice>,
    ) -> bool {
        match ending {
            Ending::Bug(bug) => {
                let trace = Trace { choices: choices() };
                if !execution.allows(&trace) {
                    // The way has too many draws: they count as steps do.
                    self.cut += 1;
                    return false;
                }
                self.add(Found { trace, fair_from: u32::MAX, bug: *bug });
                true
            }
            Ending::Quiescent => {
                self.finals.insert(execution.final_key());
                false
            }
            Ending::Cut | Ending::Diverged(_) => panic!("a turn did not repeat itself: {ending:?}"),
        }
    }
}

/// A search that is under way.
trait Running<G: Snapshots> {
    /// Takes one step, or goes back by one; whether there is more to be done.
    fn step(&mut self, execution: &mut Execution<G>) -> bool;

    /// The execution is used for something else before the next step.
    fn leave(&mut self);

    /// How many steps of it take as long as one in the kernel, more or less.
    fn per_kernel_step(&self) -> u32 {
        1
    }

    /// What was seen so far.
    fn searched(&self) -> &Searched;

    /// What was seen.
    fn end(self: Box<Self>) -> Searched;

    /// Takes steps until nothing is left to be done, or nobody wants more, which is asked now and then.
    fn go_on(
        &mut self,
        execution: &mut Execution<G>,
        wants_more: &mut dyn FnMut(&Searched) -> bool,
    ) {
        while wants_more(self.searched()) {
            if (0..STEPS_BETWEEN).any(|_| !self.step(execution)) {
                return;
            }
        }
    }
}

/// Steps after which it is asked whether more is wanted.
const STEPS_BETWEEN: u32 = 256;

impl Search {
    /// Searches; `wants_more` is asked now and then with what was seen so far.
    ///
    /// # Panics
    ///
    /// If the guests do not do the same when they are in the same state.
    pub fn run<G: Snapshots>(
        &self,
        execution: &mut Execution<G>,
        mut wants_more: impl FnMut(&Searched) -> bool,
    ) -> Searched {
        let mut running = self.begin(execution);
        running.go_on(execution, &mut wants_more);
        running.end()
    }

    fn begin<G: Snapshots>(&self, execution: &mut Execution<G>) -> Box<dyn Running<G>> {
        match self.method {
            Method::Stateful | Method::BreadthFirst if self.charts => {
                Box::new(Charted::begin(*self, execution))
            }
            _ => self.begin_in_kernel(execution),
        }
    }

    fn begin_in_kernel<G: Snapshots>(&self, execution: &mut Execution<G>) -> Box<dyn Running<G>> {
        let dependence = Dependence::new(execution.rules());
        match self.method {
            Method::Auto => Box::new(ByTurns::begin(*self, execution)),
            Method::Stateful => Box::new(Stateful::begin(*self, dependence, execution)),
            Method::BreadthFirst => Box::new(BreadthFirst::begin(*self, execution)),
            Method::Dpor => Box::new(Traces::begin(*self, dependence, execution)),
        }
    }
}

impl Ending {
    /// Whether nothing was left to be done.
    fn is_at_rest(&self) -> bool {
        match self {
            Self::Quiescent => true,
            Self::Bug(bug) => bug.needs_quiescence(),
            Self::Cut | Self::Diverged(_) => false,
        }
    }
}
