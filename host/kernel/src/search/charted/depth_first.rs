//! All states, depth first, as the search in the kernel has it, with the same sleep sets.
//!
//! Two steps that are known can change places if they are about different actors, notify different monitors, and do not both
//! arm, stop or fire timers. Only where a way leads back to a state on it but for interchangeable actors, while a monitor is
//! hot all along, the kernel must look.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use smallvec::SmallVec;

use super::{Chart, Move, OnChart, Outcome};
use crate::atlas::{ALL_SHARED, OffChart, Place, Position, Shared};
use crate::bug::Bug;
use crate::execution::{Ending, Execution};
use crate::id::HashedKeys;
use crate::search::branch::weighted;
use crate::search::{Search, Searched, Snapshots};

/// The states that were reached, by key, and which steps slept in each.
type Visited = hashbrown::HashMap<u128, Steps, HashedKeys>;

/// Some of the first 64 steps that can be taken in a state, a bit each. Others never sleep.
type Steps = u64;

/// A state on the way from the start to the present one.
#[derive(Default)]
struct Frame {
    position: Position,
    key: u128,
    /// The step that led here.
    came: Move,
    /// The monitors that are hot, where that matters.
    hot: Shared,
    /// What is to be taken here.
    wanted: SmallVec<[Place; 32]>,
    /// How many of them were taken.
    done: usize,
    /// The next of them.
    next: Move,
    /// What it touched beside its actor so far, whatever was drawn; none if it may depend on any other step.
    touched: Option<Shared>,
}

impl Frame {
    /// How many steps were taken here with all that comes after them, the one to the state behind not counted, and how many
    /// are to be taken.
    fn shares(&self, behind: Option<&Self>) -> (usize, usize) {
        let last = self.done.checked_sub(1).map(|last| self.wanted[last]);
        let is_on_it = behind.is_some_and(|behind| Some(behind.came.place) == last);
        (self.done - usize::from(is_on_it), self.wanted.len())
    }
}

/// A search through all states, depth first.
pub(super) struct DepthFirst<S> {
    search: Search,
    chart: Chart<S>,
    /// Whether anything sleeps.
    reduces: bool,
    visited: Visited,
    /// Those from `depth` on are there for their memory.
    frames: Vec<Frame>,
    depth: usize,
    searched: Searched,
}

/// What a state is that was reached.
enum Reached {
    /// There is something to be taken.
    New,
    /// Nothing is left to be done.
    AtRest,
    /// It was gone into before.
    Known,
}

impl<S: Clone> DepthFirst<S> {
    /// A search that has taken no step.
    pub(super) fn new<G: Snapshots<Instances = S>>(
        search: Search,
        (chart, start): (Chart<S>, Position),
        execution: &Execution<G>,
        searched: Searched,
    ) -> Self {
        let reduces = !execution.monitors().may_be_hot();
        let frames = Vec::from([Frame { position: start, ..Frame::default() }]);
        let visited = Visited::default();
        let mut first = Self { search, chart, reduces, visited, frames, depth: 0, searched };
        first.reach();
        first.enter(execution);
        first
    }

    /// The state behind the last one: with all its steps that do not sleep if it is new, else with those that slept
    /// whenever it was reached before.
    fn reach(&mut self) -> Reached {
        let Self { chart, visited, frames, depth, .. } = self;
        let Frame { position, key, wanted, done, touched, .. } = &mut frames[*depth];
        *key = chart.key(position);
        let slept = visited.get(key).copied();
        if slept == Some(0) {
            return Reached::Known;
        }
        let enabled = chart.enabled(position);
        if enabled.is_empty() {
            visited.insert(*key, 0);
            return Reached::AtRest;
        }
        wanted.clear();
        (*done, *touched) = (0, Some(0));
        let mut asleep: Steps = 0;
        for (number, place) in enabled.into_iter().enumerate() {
            let bit = 1_u64.checked_shl(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(0);
            let was_taken = slept.is_some_and(|slept| slept & bit == 0);
            if bit > 0 && position.is_asleep(&chart.cast, place) {
                asleep |= bit;
                if was_taken {
                    position.wake(&chart.cast, place);
                }
            } else if !was_taken {
                position.wake(&chart.cast, place);
                wanted.push(place);
            }
        }
        visited.insert(*key, asleep & slept.unwrap_or(Steps::MAX));
        wanted.sort_by_key(|&place| position.rank(&chart.cast, place));
        if wanted.is_empty() { Reached::Known } else { Reached::New }
    }

    /// The state that was reached is the last one on the way now.
    fn enter<G: Snapshots<Instances = S>>(&mut self, execution: &Execution<G>) {
        let frame = &mut self.frames[self.depth];
        if !self.reduces {
            frame.hot = self.chart.hot(execution, &frame.position);
        }
        self.depth += 1;
    }

    /// Goes on in the state behind the last one; whether that is a bug.
    fn go_into<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
    ) -> Result<bool, OffChart> {
        let known = self.visited.len();
        let reached = self.reach();
        let is_new = self.visited.len() > known;
        if let Reached::AtRest = reached {
            let (way, last) = (&self.frames[..=self.depth], &self.frames[self.depth]);
            let way = || moves(way);
            return Ok(self.chart.rest(execution, &last.position, way, &mut self.searched));
        }
        if is_new && self.depth >= self.search.bounds.depth_max {
            self.searched.cut += 1;
        } else if let Reached::New = reached {
            self.enter(execution);
        }
        if is_new || self.reduces { Ok(false) } else { self.close_loop(execution) }
    }

    /// Whether the state behind the last one is on the way to it, and the loop is one that can be gone for ever while
    /// progress is owed (L3): the same monitor is hot all along, and nobody starves.
    fn close_loop<G: Snapshots<Instances = S>>(
        &mut self,
        execution: &mut Execution<G>,
    ) -> Result<bool, OffChart> {
        let (way, ahead) = self.frames.split_at(self.depth);
        let Some(first) = way.iter().rposition(|frame| frame.key == ahead[0].key) else {
            return Ok(false);
        };
        let hot = way[first..].iter().fold(ALL_SHARED, |hot, frame| hot & frame.hot);
        if hot == 0 {
            return Ok(false);
        }
        if self.chart.alike.symmetry.is_some()
            && way[first].position.key() != ahead[0].position.key()
        {
            // Actors have changed places. Who starves shows only when all are back.
            return Err(OffChart::Strange);
        }
        if self.starves(first) {
            return Ok(false);
        }
        let stem = self.chart.bring(execution, &moves(&self.frames[..=first])).len();
        let choices = self.chart.bring(execution, &moves(&self.frames[..=self.depth]));
        let (monitor, stem) = (hot.trailing_zeros(), u32::try_from(stem).unwrap_or(u32::MAX));
        let state = execution.monitors().state_name(monitor).into();
        let ending = Ending::Bug(Box::new(Bug::Lasso { monitor, state, stem }));
        Ok(self.searched.end(execution, ending, || choices))
    }

    /// Whether a step can be taken all along the loop that begins with this state, and never is.
    fn starves(&self, first: usize) -> bool {
        let cast = &self.chart.cast;
        let serials = |frame: &Frame| -> SmallVec<[u32; 32]> {
            let places = frame.position.enabled(cast).into_iter();
            places.map(|place| frame.position.serial(cast, place)).collect()
        };
        let cycle = &self.frames[first..self.depth];
        let mut waiting = serials(&cycle[0]);
        for frame in &cycle[1..] {
            let enabled = serials(frame);
            waiting.retain(|serial| enabled.contains(serial));
            if waiting.is_empty() {
                return false;
            }
        }
        let place = self.frames[self.depth].came.place;
        let last = cycle.last().map(|frame| frame.position.serial(cast, place));
        waiting.into_iter().any(|serial| Some(serial) != last)
    }
}

/// The steps that led through these states.
fn moves(way: &[Frame]) -> Vec<Move> {
    way[1..].iter().map(|frame| frame.came.clone()).collect()
}

impl<G: Snapshots> OnChart<G> for DepthFirst<G::Instances> {
    fn step(&mut self, execution: &mut Execution<G>) -> Result<bool, OffChart> {
        let Some(last) = self.depth.checked_sub(1) else { return Ok(false) };
        if self.frames.len() == self.depth {
            self.frames.push(Frame::default());
        }
        let (way, ahead) = self.frames.split_at_mut(self.depth);
        let Some(&place) = way[last].wanted.get(way[last].done) else {
            self.depth = last;
            return Ok(true);
        };
        if self.visited.len() >= self.search.bounds.states_max {
            return Ok(false);
        }
        let mut next = mem::take(&mut way[last].next);
        next.place = place;
        let (frame, behind) = (&way[last], &mut ahead[0]);
        let states = (&frame.position, &mut behind.position);
        let outcome = self.chart.advance(execution, states, &mut next, || moves(way))?;
        behind.came.clone_from(&next);
        let cast = &self.chart.cast;
        let touched = match outcome {
            Outcome::Next(Some(touched)) => {
                let (actor, node, content) = frame.position.step(cast, place);
                let (atlas, is_arrival) = (&self.chart.atlas, Position::is_arrival(cast, place));
                let commutes =
                    |other| is_arrival && atlas.commutes(cast.delivery(), node, (content, other));
                behind.position.wake_dependent(cast, (actor, touched), commutes);
                Some(touched)
            }
            Outcome::Next(None) => {
                behind.position.wake_all(cast);
                None
            }
            Outcome::Over(_) => None,
        };
        let frame = &mut way[last];
        let both = frame.touched.zip(touched);
        frame.touched = both.map(|(so_far, touched)| so_far | touched);
        if !next.turn() {
            frame.done += 1;
            if let Some(touched) = frame.touched.replace(0)
                && self.reduces
            {
                frame.position.put_to_sleep(cast, place, touched);
            }
        }
        frame.next = next;
        self.searched.transitions += 1;
        self.searched.depth = self.searched.depth.max(self.depth as u64);
        let is_bug = match outcome {
            Outcome::Next(_) => self.go_into(execution)?,
            Outcome::Over(over) => {
                let (ending, choices) = *over;
                self.searched.end(execution, ending, || choices)
            }
        };
        self.searched.states = self.visited.len() as u64;
        Ok(self.search.keeps_going || !is_bug)
    }

    fn searched(&self) -> &Searched {
        &self.searched
    }

    fn into_chart(self: Box<Self>) -> Chart<G::Instances> {
        self.chart
    }

    fn end(self: Box<Self>) -> Searched {
        let way = &self.frames[..self.depth];
        let behind = way.iter().skip(1).map(Some).chain([None]);
        let progress = weighted(way.iter().zip(behind).map(|(frame, behind)| frame.shares(behind)));
        let interchangeable = self.chart.alike.told();
        Searched { complete: self.depth == 0, progress, interchangeable, ..self.searched }
    }
}
