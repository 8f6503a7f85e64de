//! Searches for states on numbers: what a step does is learned once, from the kernel, and looked up from then on.
//!
//! A state is a [`Position`], and to take a step are a few look-ups and moves of words, so that a search is done before
//! the kernel would have begun. That goes as long as an app is nothing but actors, monitors, and messages. A step that is
//! more than those come and go by is taken in the kernel each time. Where the app itself is more, or such steps are many,
//! the search begins anew in the kernel. [`Chart`] knows the way between the two;
//! `depth_first` and `breadth_first` are searches.
//!
//! The kernel is brought to a state whenever a step must be learned or taken there, and now and then for no reason; what
//! is known has to lead to the same state.

mod breadth_first;
mod depth_first;
mod symmetric;

use alloc::boxed::Box;
use alloc::vec::Vec;

use smallvec::SmallVec;

use self::breadth_first::BreadthFirst;
use self::depth_first::DepthFirst;
use self::symmetric::Alike;
use super::{Method, Running, Search, Searched, Snapshots};
use crate::atlas::{Atlas, Case, Cast, Entry, OffChart, Place, Position, Shared, Symmetry, Unfit};
use crate::execution::{Ending, Execution, Snapshot};
use crate::kernel::Touch;
use crate::trace::Choice;

/// What is known may take so much memory: some millions of steps.
const ATLAS_BYTES_MAX: usize = 1 << 30;

/// So many steps that are known take as long as one in the kernel, more or less.
const KNOWN_PER_KERNEL_STEP: u32 = 8;

/// So many steps may be learned before that must have paid.
const LEARNED_MIN: u64 = 20_000;

/// So many steps may be taken in the kernel for nothing but what they lead to before others must have made up for it.
const APART_MIN: u64 = 1_000;

/// To bring the kernel to a state takes as long as so many steps in it.
const STEPS_PER_LOOK: u64 = 8;

/// Every so many steps the kernel is brought to the present state, and compared.
const STEPS_PER_AUDIT: u64 = 1 << 14;

/// Most steps to a state from one whose snapshot is kept.
const APART: usize = 8;

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
    /// Another state; what the step touched beside its actor. None if it may depend on any other.
    Next(Option<Shared>),
    /// The end of the execution, and what was chosen in it.
    Over(Box<(Ending, Vec<Choice>)>),
}

/// What is known of an app.
pub(super) struct Chart<S> {
    atlas: Atlas,
    cast: Cast,
    /// States on the way to the one that the kernel was brought to last; the first is the start.
    kept: Vec<Kept<S>>,
    /// Steps that were learned, that were taken in the kernel all the same, and all.
    learned: u64,
    apart: u64,
    walked: u64,
    alike: Alike,
}

impl<S: Clone> Chart<S> {
    /// Of an app that has just begun, and that position.
    fn new<G: Snapshots<Instances = S>>(
        search: Search,
        execution: &mut Execution<G>,
    ) -> Result<(Self, Position), OffChart> {
        let (atlas, cast) = (Atlas::new(ATLAS_BYTES_MAX, 0), execution.cast()?);
        let alike = Alike::new(search);
        let (kept, learned, apart, walked) = (Vec::new(), 0, 0, 0);
        Self { atlas, cast, kept, learned, apart, walked, alike }.at_start(execution)
    }

    /// The same for an app that has just begun once more, and that position.
    fn at_start<G: Snapshots<Instances = S>>(
        mut self,
        execution: &mut Execution<G>,
    ) -> Result<(Self, Position), OffChart> {
        let position = execution.position(&mut self.cast, &mut self.atlas)?;
        let snapshot = execution.snapshot();
        let (way, choices) = (Vec::new(), Vec::new());
        self.kept.clear();
        self.kept.push(Kept { way, position: position.clone(), snapshot, choices });
        self.suppose(execution, &position);
        Ok((self, position))
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
            if !self.follow(&mut position, taken) {
                position = self.position(execution);
            }
        }
        assert!(self.position(execution).key() == position.key(), "a turn did not repeat itself");
        if ahead.len() >= APART {
            let (way, snapshot) = (way.to_vec(), execution.snapshot());
            self.kept.push(Kept { way, position, snapshot, choices: choices.clone() });
        }
        choices
    }

    /// The app as it is now, where it was before.
    fn position<G: Snapshots<Instances = S>>(&mut self, execution: &mut Execution<G>) -> Position {
        // What has arrived is let go before anything else happens.
        let _ = execution.seen();
        let position = execution.position(&mut self.cast, &mut self.atlas);
        position.expect("a turn did not repeat itself")
    }

    /// Takes a step that was taken before. Whether it is known what it does.
    fn follow(&self, position: &mut Position, taken: &Move) -> bool {
        let (_, node, content) = position.step(&self.cast, taken.place);
        let known = self.atlas.known(node, content, &taken.draws);
        let Some(Entry::Over(done)) = known else { return false };
        let performed = position.perform(&self.cast, taken.place, done);
        performed.and_then(|()| position.watch(&self.cast, done, &self.atlas)).is_ok()
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
            let is_apart = match self.atlas.known(node, content, &taken.draws) {
                Some(Entry::Over(done)) => {
                    into.clone_from(position);
                    let performed = into.perform(&self.cast, taken.place, done);
                    match performed.and_then(|()| into.watch(&self.cast, done, &self.atlas)) {
                        Ok(()) => {
                            let is_bound = !done.changes_cast();
                            let shared = done.shared() | position.shared(taken.place);
                            if !self.is_checked(position, taken, done) {
                                self.check(execution, position, taken, way())?;
                            }
                            return Ok(Outcome::Next(is_bound.then_some(shared)));
                        }
                        Err(Unfit::Room) => return Err(OffChart::Strange),
                        Err(Unfit::Others) => true,
                        Err(Unfit::Monitor) => false,
                    }
                }
                Some(Entry::Draw { bound, .. }) => {
                    taken.draws.push((bound, 0));
                    continue;
                }
                Some(Entry::Strange) => true,
                None => false,
            };
            let states = (position, &mut *into);
            if let Some(outcome) = self.look(execution, states, taken, (&way(), is_apart))? {
                return Ok(outcome);
            }
        }
    }

    /// Takes a step in the kernel to see what it does, and what it leads to if that `is_apart`, or turns out to be: not only
    /// a matter of the actor and the message. Otherwise it is known from then on.
    #[cold]
    fn look<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
        (position, into): (&Position, &mut Position),
        taken: &mut Move,
        (way, is_apart): (&[Move], bool),
    ) -> Result<Option<Outcome>, OffChart> {
        *(if is_apart { &mut self.apart } else { &mut self.learned }) += 1;
        let paid = self.walked / u64::from(KNOWN_PER_KERNEL_STEP);
        let pays =
            self.learned <= LEARNED_MIN + paid && self.apart <= APART_MIN + paid / STEPS_PER_LOOK;
        if !pays || !self.atlas.has_room() {
            return Err(OffChart::Strange);
        }
        let mut choices = self.bring(execution, way);
        let seen = execution.seen().expect("a step can be taken");
        let step = execution.named(&seen, position.name(&self.cast, taken.place));
        let draws = taken.draws.iter().map(|&(_, taken)| taken).collect();
        let (mut ending, is_plain) = execution.learn(&seen, step, draws, &mut self.atlas);
        if execution.guests.tells_time() {
            return Err(OffChart::Strange);
        }
        if ending.is_none() && is_plain && !is_apart {
            return Ok(None);
        }
        let drawn = execution.trace().choices.iter().filter_map(|choice| match *choice {
            Choice::Number { taken, bound, .. } => Some((bound, taken)),
            Choice::Step { .. } => None,
        });
        taken.draws = drawn.collect();
        choices.extend_from_slice(&execution.trace().choices);
        if ending.is_none() {
            let mut touched = execution.kernel().touched().iter();
            if touched.any(|touch| matches!(touch, Touch::Scarce | Touch::Clock)) {
                return Err(OffChart::Strange);
            }
            ending = execution.seen().err().filter(|ending| !ending.is_at_rest());
        }
        if let Some(ending) = ending {
            self.alike.meet_strange(true)?;
            return Ok(Some(Outcome::Over(Box::new((ending, choices)))));
        }
        *into = execution.position(&mut self.cast, &mut self.atlas)?;
        self.alike.meet_strange(false)?;
        Ok(Some(Outcome::Next(None)))
    }

    /// The key of a state: equal ones can be made of each other by actors that are alike.
    fn key(&mut self, position: &Position) -> u128 {
        match &mut self.alike.symmetry {
            Some(symmetry) => symmetry.key(&self.cast, position),
            None => position.key(),
        }
    }

    /// What can be taken in the state whose key was asked for last, in the same order in all states that have it.
    fn enabled(&self, position: &Position) -> SmallVec<[Place; 32]> {
        let mut enabled = position.enabled(&self.cast);
        if let Some(symmetry) = &self.alike.symmetry {
            enabled.sort_by_key(|&place| symmetry.place(&self.cast, place));
        }
        enabled
    }

    /// The monitors that are hot.
    fn hot<G: Snapshots<Instances = S>>(
        &self,
        execution: &Execution<G>,
        position: &Position,
    ) -> Shared {
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

    /// What is known of the app.
    fn into_chart(self: Box<Self>) -> Chart<G::Instances>;
}

/// A search on a chart as long as that tells all, then one in the kernel.
pub(super) struct Charted<G: Snapshots> {
    search: Search,
    /// None once the search goes on in the kernel.
    on_chart: Option<Box<dyn OnChart<G>>>,
    in_kernel: Option<Box<dyn Running<G>>>,
}

impl<G: Snapshots> Charted<G> {
    /// A search that has taken no step, of the two methods that remember states.
    pub(super) fn begin(search: Search, execution: &mut Execution<G>) -> Self {
        let mut charted = Self { search, on_chart: None, in_kernel: None };
        charted.begin_with(execution, |execution| Chart::new(search, execution));
        charted
    }

    fn begin_with(
        &mut self,
        execution: &mut Execution<G>,
        chart: impl FnOnce(&mut Execution<G>) -> Result<(Chart<G::Instances>, Position), OffChart>,
    ) {
        let search = self.search;
        let mut searched = Searched { method: search.method, states: 1, ..Searched::default() };
        let begun = searched.begin(execution).and_then(|_| chart(execution).ok());
        self.on_chart = begun.map(|start| -> Box<dyn OnChart<G>> {
            match search.method {
                Method::BreadthFirst => Box::new(BreadthFirst::new(search, start, searched)),
                _ => Box::new(DepthFirst::new(search, start, execution, searched)),
            }
        });
        if self.on_chart.is_none() {
            self.in_kernel = Some(search.begin_in_kernel(execution));
        }
    }
}

const ONE: &str = "a search goes on in one of two ways";

impl<G: Snapshots> Running<G> for Charted<G> {
    fn step(&mut self, execution: &mut Execution<G>) -> bool {
        let Some(order) = &mut self.on_chart else {
            return self.in_kernel.as_mut().expect(ONE).step(execution);
        };
        match order.step(execution) {
            Ok(goes_on) => return goes_on,
            Err(OffChart::Strange) => {
                self.on_chart = None;
                self.in_kernel = Some(self.search.begin_in_kernel(execution));
            }
            Err(OffChart::Grown | OffChart::Asymmetric) => {
                let chart = self.on_chart.take().expect("seen above").into_chart();
                self.begin_with(execution, |execution| chart.at_start(execution));
            }
        }
        true
    }

    fn leave(&mut self) {
        self.in_kernel.iter_mut().for_each(|running| running.leave());
    }

    fn per_kernel_step(&self) -> u32 {
        if self.on_chart.is_some() { KNOWN_PER_KERNEL_STEP } else { 1 }
    }

    fn searched(&self) -> &Searched {
        let in_kernel = self.in_kernel.as_ref().map(|running| running.searched());
        self.on_chart.as_ref().map(|order| order.searched()).or(in_kernel).expect(ONE)
    }

    fn end(self: Box<Self>) -> Searched {
        let in_kernel = self.in_kernel.map(|running| running.end());
        self.on_chart.map(|order| order.end()).or(in_kernel).expect(ONE)
    }
}
