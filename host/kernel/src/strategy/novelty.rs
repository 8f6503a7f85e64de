//! Going back to where few executions have been.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_xoshiro::Xoshiro256PlusPlus;

use super::derive_seed;
use super::qlearning::action_of;
use super::urw::weighted;
use crate::id::HashedById;
use crate::step::Enabled;

/// Remembers, of the executions of a batch, where an actor first took a kind of event from a sender for the first, second,
/// fourth or 2^k-th time. From there another execution can go on: what rarely comes about need not come about again.
///
/// After Ecoffet, Huizinga, Lehman, Stanley and Clune, "First return, then explore", Nature 590, 2021. Differences: such a
/// place is not a state but something that happened, so that it has the same name whatever actors compute; and places are
/// drawn by how seldom executions have come to them, without weights for what is near.
#[derive(Clone, Debug, Default)]
pub(super) struct Novelty {
    /// By what happened: its number.
    known: HashedById<u64, usize>,
    places: Vec<Place>,
    /// What happened in this execution: after how many answers, and what it is called.
    met: Vec<(usize, u64)>,
    /// By sort of step: how many there were in this execution.
    counts: HashedById<u64, u32>,
    /// The answers of this execution, as far as it is remembered.
    answers: Vec<u32>,
    /// How many steps of this execution there were.
    steps: u32,
    /// What leads to the place where this execution begins, and how many answers that are.
    way: Option<(Arc<[u32]>, usize)>,
    weights: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Place {
    /// In how many executions this happened, and how many have begun here.
    visits: u64,
    /// An execution in which it happened, and after how many answers.
    way: Arc<[u32]>,
    len: usize,
}

/// Places that are remembered in a batch.
const PLACES_MAX: usize = 1 << 12;

/// What the weight of a place is divided by its visits.
const WEIGHT: u64 = 1 << 32;

impl Novelty {
    /// A batch begins.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.places.clear();
    }

    /// An execution begins at the start.
    pub(super) fn begin(&mut self) {
        self.met.clear();
        self.counts.clear();
        self.answers.clear();
        self.steps = 0;
        self.way = None;
    }

    /// The execution that has begun goes to a place first, the likelier the fewer visits the place had.
    pub(super) fn go_back(&mut self, random: &mut Xoshiro256PlusPlus) {
        if self.places.is_empty() {
            return;
        }
        self.weights.clear();
        self.weights.extend(self.places.iter().map(|place| (WEIGHT / place.visits).max(1)));
        let place = &mut self.places[weighted(random, &self.weights) as usize];
        place.visits += 1;
        self.way = Some((place.way.clone(), place.len));
    }

    /// Whether the execution is still on its way to the place from which it goes on.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.way.as_ref().is_some_and(|(_, len)| self.answers.len() < *len)
    }

    /// The next answer on the way.
    pub(super) fn next(&self) -> Option<u32> {
        let (way, len) = self.way.as_ref()?;
        way[..*len].get(self.answers.len()).copied()
    }

    /// A question was answered.
    pub(super) fn answered(&mut self, answer: u32) {
        self.answers.push(answer);
    }

    /// A step is taken. Places after so many steps are not remembered.
    pub(super) fn step(&mut self, step: &Enabled, steps_max: u32) {
        self.steps = self.steps.saturating_add(1);
        if self.steps > steps_max {
            return;
        }
        let sort = action_of(step);
        let count = self.counts.entry(sort).or_insert(0);
        *count += 1;
        if count.is_power_of_two() {
            self.met.push((self.answers.len(), derive_seed(sort, u64::from(*count))));
        }
    }

    /// The execution is over.
    pub(super) fn end(&mut self) {
        let longest = self.met.last().map_or(0, |&(len, _)| len);
        let mut way: Option<Arc<[u32]>> = None;
        for &(len, name) in &self.met {
            if let Some(&known) = self.known.get(&name) {
                self.places[known].visits += 1;
            } else if self.places.len() < PLACES_MAX {
                let way = way.get_or_insert_with(|| self.answers[..longest].into()).clone();
                self.known.insert(name, self.places.len());
                self.places.push(Place { visits: 1, way, len });
            }
        }
        self.met.clear();
    }
}
