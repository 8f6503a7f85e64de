//! Searches for states on numbers: what a step does is learned once, from the kernel, and looked up from then on.
//!
//! A state is a [`Position`], and to take a step are a few look-ups and moves of words, so that a search is done before
//! the kernel would have begun. That goes as long as an app is nothing but actors that are there from the start, monitors,
//! and messages. When a step turns out to be anything else, the search begins anew in the kernel. [`Chart`] knows the
//! way between the two; `depth_first` and `breadth_first` are searches.
//!
//! The kernel is brought to a state whenever a step must be learned, and now and then for no reason; what is known has to
//! lead to the same state there.

mod breadth_first;
mod depth_first;

use alloc::boxed::Box;
use alloc::vec::Vec;

use smallvec::SmallVec;

use self::breadth_first::BreadthFirst;
use self::depth_first::DepthFirst;
use super::{Method, Running, Search, Searched, Snapshots};
use crate::atlas::{Atlas, Cast, Entry, MonitorSet, Place, Position};
use crate::execution::{Ending, Execution, Snapshot};
use crate::trace::Choice;

/// What is known may take so much memory: some millions of steps.
const ATLAS_BYTES_MAX: usize = 1 << 30;

/// So many steps that are known take as long as one in the kernel, more or less.
const KNOWN_PER_KERNEL_STEP: u32 = 8;

/// So many steps may be learned before that must have paid.
const CREDIT: u64 = 20_000;

/// Every so many steps the kernel is brought to the present state, and compared.
const STEPS_PER_AUDIT: u64 = 1 << 14;

/// Most steps to a state from one whose snapshot is kept.
const APART: usize = 8;

/// The app is more than a chart can tell.
#[derive(Debug)]
pub(super) struct OffChart;

/// A step, and what is drawn in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Move {
    place: Place,
    /// By draw: how many results there are, and which.
    draws: SmallVec<[(u32, u32); 2]>,
}

impl Move {
    /// Goes on to the next results of the draws, as an odometer does; whether there are any.
    fn turn(&mut self) -> bool {
        while let Some((bound, taken)) = self.draws.pop() {
            if taken + 1 < bound {
                self.draws.push((bound, taken + 1));
                return true;
            }
        }
        false
    }
}

/// A state that the kernel can go back to.
struct Kept<S> {
    /// How it is reached from the start.
    way: Vec<Move>,
    position: Position,
    snapshot: Snapshot<S>,
    choices: Vec<Choice>,
}

/// What a step leads to.
enum Outcome {
    /// Another state; which monitors saw something.
    Next(MonitorSet),
    /// The end of the execution, and what was chosen in it.
    Over(Box<(Ending, Vec<Choice>)>),
}

/// What is known of an app.
struct Chart<S> {
    atlas: Atlas,
    cast: Cast,
    /// States on the way to the one that the kernel was brought to last; the first is the start.
    kept: Vec<Kept<S>>,
    learned: u64,
    walked: u64,
}

impl<S: Clone> Chart<S> {
    /// Of an app that has just begun, and that position; none if it is more than a chart can tell.
    fn new<G: Snapshots<Instances = S>>(execution: &mut Execution<G>) -> Option<(Self, Position)> {
        let mut atlas = Atlas::new(ATLAS_BYTES_MAX, 0);
        let cast = execution.cast()?;
        let position = execution.position(&cast, &mut atlas)?;
        let snapshot = execution.snapshot();
        let (way, choices) = (Vec::new(), Vec::new());
        let kept = Vec::from([Kept { way, position: position.clone(), snapshot, choices }]);
        Some((Self { atlas, cast, kept, learned: 0, walked: 0 }, position))
    }

    /// Brings the kernel to a state; what was chosen on the way to it.
    ///
    /// # Panics
    ///
    /// If what is known leads elsewhere.
    fn bring<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        way: &[Move],
    ) -> Vec<Choice> {
        while self.kept.last().is_some_and(|kept| !way.starts_with(&kept.way)) {
            self.kept.pop();
        }
        let nearest = self.kept.last().expect("every way begins at the start");
        execution.restore(&nearest.snapshot);
        let mut position = nearest.position.clone();
        let mut choices = nearest.choices.clone();
        let ahead = &way[nearest.way.len()..];
        for taken in ahead {
            let seen = execution.seen().expect("a way goes on");
            let step = execution.named(&seen, position.name(&self.cast, taken.place));
            let draws = taken.draws.iter().map(|&(_, taken)| taken).collect();
            let ending = execution.take_seen(&seen, step, draws);
            assert!(ending.is_none(), "a turn did not repeat itself: {ending:?}");
            choices.extend_from_slice(&execution.trace().choices);
            self.follow(&mut position, taken);
        }
        let there = execution.position(&self.cast, &mut self.atlas);
        let is_same = there.is_some_and(|there| there.key() == position.key());
        assert!(is_same, "a turn did not repeat itself");
        if ahead.len() >= APART {
            let (way, snapshot) = (way.to_vec(), execution.snapshot());
            self.kept.push(Kept { way, position, snapshot, choices: choices.clone() });
        }
        choices
    }

    /// Takes a step that was taken before.
    fn follow(&self, position: &mut Position, taken: &Move) {
        let (_, node, content) = position.step(&self.cast, taken.place);
        let known = self.atlas.known(node, content, &taken.draws);
        let Some(Entry::Over(number)) = known else { panic!("what was taken is known") };
        let done = self.atlas.done(number);
        let performed = position.perform(&self.cast, taken.place, done);
        let watched = performed.and_then(|()| position.watch(&self.cast, done, &self.atlas));
        watched.expect("what was taken is known");
    }

    /// Takes a step from one state `into` another. What is not known is learned: `way` leads to the state. Draws that it
    /// was not known to make have their first results.
    #[inline]
    fn advance<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        (position, into): (&Position, &mut Position),
        taken: &mut Move,
        way: impl Fn() -> Vec<Move>,
    ) -> Result<Outcome, OffChart> {
        self.walked += 1;
        if self.walked.is_multiple_of(STEPS_PER_AUDIT) {
            self.bring(execution, &way());
        }
        let (_, node, content) = position.step(&self.cast, taken.place);
        loop {
            match self.atlas.known(node, content, &taken.draws) {
                Some(Entry::Over(number)) => {
                    let done = self.atlas.done(number);
                    into.clone_from(position);
                    into.perform(&self.cast, taken.place, done).ok_or(OffChart)?;
                    if into.watch(&self.cast, done, &self.atlas).is_some() {
                        return Ok(Outcome::Next(done.monitors()));
                    }
                }
                Some(Entry::Draw { bound, .. }) => {
                    taken.draws.push((bound, 0));
                    continue;
                }
                Some(Entry::Strange) => return Err(OffChart),
                None => {}
            }
            if let Some(over) = self.learn(execution, position, taken, &way())? {
                return Ok(over);
            }
        }
    }

    /// Takes a step in the kernel to see what it does; how the execution ended, if it did.
    #[cold]
    fn learn<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        position: &Position,
        taken: &mut Move,
        way: &[Move],
    ) -> Result<Option<Outcome>, OffChart> {
        self.learned += 1;
        if self.learned > CREDIT + self.walked / u64::from(KNOWN_PER_KERNEL_STEP)
            || !self.atlas.learns()
        {
            return Err(OffChart);
        }
        let mut choices = self.bring(execution, way);
        let seen = execution.seen().expect("a step can be taken");
        let step = execution.named(&seen, position.name(&self.cast, taken.place));
        let draws = taken.draws.iter().map(|&(_, taken)| taken).collect();
        let (ending, is_plain) = execution.learn(&seen, step, draws, &mut self.atlas);
        let Some(ending) = ending else {
            return if is_plain { Ok(None) } else { Err(OffChart) };
        };
        let drawn = execution.trace().choices.iter().filter_map(|choice| match *choice {
            Choice::Number { taken, bound, .. } => Some((bound, taken)),
            Choice::Step { .. } => None,
        });
        taken.draws = drawn.collect();
        choices.extend_from_slice(&execution.trace().choices);
        Ok(Some(Outcome::Over(Box::new((ending, choices)))))
    }

    /// The monitors that are hot.
    fn hot<G: Snapshots<Instances = S>>(
        &self,
        execution: &Execution<G>,
        position: &Position,
    ) -> MonitorSet {
        let monitors = execution.monitors();
        let states = (0..).zip(position.states(&self.cast));
        let hot = states.filter(|&(monitor, state)| monitors.is_hot_in(monitor, state));
        hot.fold(0, |hot, (monitor, _)| hot | 1 << monitor)
    }

    /// An execution ends where nothing can be taken; whether that is a bug.
    fn rest<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        position: &Position,
        way: impl FnOnce() -> Vec<Move>,
        searched: &mut Searched,
    ) -> bool {
        if self.hot(execution, position) == 0 {
            let keys = position.nodes(&self.cast).map(|node| self.atlas.key_of(node));
            searched.finals.insert(keys.fold(0, u128::wrapping_add));
            return false;
        }
        let choices = self.bring(execution, &way());
        let ending = execution.seen().expect_err("nothing can be taken");
        searched.end(execution, ending, || choices)
    }
}

/// A search on a chart.
pub(super) trait OnChart<G: Snapshots> {
    /// Takes one step, or goes back by one; whether there is more to be done.
    fn step(&mut self, execution: &mut Execution<G>) -> Result<bool, OffChart>;

    /// What was seen so far.
    fn searched(&self) -> &Searched;

    /// What was seen.
    fn end(self: Box<Self>) -> Searched;
}

/// A search on a chart as long as that tells all, then one in the kernel.
pub(super) enum Charted<G: Snapshots> {
    OnChart { search: Search, order: Box<dyn OnChart<G>> },
    InKernel(Box<dyn Running<G>>),
}

impl<G: Snapshots> Charted<G> {
    /// A search that has taken no step, of the two methods that remember states.
    pub(super) fn begin(search: Search, execution: &mut Execution<G>) -> Box<dyn Running<G>> {
        let mut searched = Searched { method: search.method, states: 1, ..Searched::default() };
        let started = searched.begin(execution).and_then(|_| Chart::new(execution));
        let Some(start) = started else { return search.begin_in_kernel(execution) };
        let order: Box<dyn OnChart<G>> = match search.method {
            Method::BreadthFirst => Box::new(BreadthFirst::new(search, start, searched)),
            _ => Box::new(DepthFirst::new(search, start, execution, searched)),
        };
        Box::new(Self::OnChart { search, order })
    }
}

impl<G: Snapshots> Running<G> for Charted<G> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        let search = match self {
            Self::InKernel(running) => return running.step(execution),
            Self::OnChart { search, order } => match order.step(execution) {
                Ok(goes_on) => return goes_on,
                Err(OffChart) => *search,
            },
        };
        *self = Self::InKernel(search.begin_in_kernel(execution));
        true
    }

    fn leave(&mut self) {
        if let Self::InKernel(running) = self {
            running.leave();
        }
    }

    fn per_kernel_step(&self) -> u32 {
        match self {
            Self::InKernel(_) => 1,
            Self::OnChart { .. } => KNOWN_PER_KERNEL_STEP,
        }
    }

    fn searched(&self) -> &Searched {
        match self {
            Self::InKernel(running) => running.searched(),
            Self::OnChart { order, .. } => order.searched(),
        }
    }

    fn end(self: Box<Self>) -> Searched {
        match *self {
            Self::InKernel(running) => running.end(),
            Self::OnChart { order, .. } => order.end(),
        }
    }
}
