//! Priorities on chains of messages.

use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::pct::first_rank;
use super::points::Points;
use super::random::below;
use super::{Diverged, Question, Strategy};
use crate::step::{Enabled, Step};

/// The chain of the highest rank goes on, and at each of a few change points the one that has just gone on gets a rank
/// below all others. A chain is a message, one that it caused, one that this caused, and so on.
///
/// Ozkan, Majumdar, Niksic, Befrouei and Weissenbacher, "Randomized testing of distributed systems with probabilistic
/// guarantees", OOPSLA 2018, section 4 (PCTCP). Differences:
/// - Their online decomposition puts a message into any chain whose last one happened before it, which keeps the number
///   of chains near the width of the order. Ours looks at the direct cause only: what a step brings up first goes on
///   with its chain, all else begins one. So messages of one turn are chains of their own, and a step costs no search.
/// - "First" is what can be taken first; of what can be taken at once, what was staged first.
/// - Where change points lie, and the ranks of chains and faults: as in [`Pct`](super::Pct).
#[derive(Clone, Debug)]
pub struct Pctcp {
    random: Xoshiro256PlusPlus,
    seed: u64,
    change_points: u32,
    points: Points,
    /// By serial.
    links: Vec<Link>,
}

/// Something pending, or a step that was taken.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// The serial that the chain began with; 0 if this was not met yet.
    chain: u32,
    /// Whether the chain has gone on from here.
    continued: bool,
    /// The rank of the chain that begins here.
    rank: u64,
}

impl Pctcp {
    /// With so many change points.
    #[must_use]
    pub fn new(change_points: u32) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(0);
        Self { random, seed: 0, change_points, points: Points::default(), links: Vec::new() }
    }

    /// The chain of a step, which begins or goes on here if the step was not met yet.
    fn chain(&mut self, step: &Enabled) -> usize {
        let (serial, cause) = (step.serial as usize, step.cause as usize);
        if self.links.len() <= serial.max(cause) {
            self.links.resize(serial.max(cause) + 1, Link::default());
        }
        if self.links[serial].chain == 0 {
            let before = self.links[cause];
            self.links[cause].continued = true;
            if cause == 0 || before.chain == 0 || before.continued {
                let rank = first_rank(self.seed, serial as u64);
                self.links[serial] = Link { chain: step.serial, continued: false, rank };
            } else {
                self.links[serial].chain = before.chain;
            }
        }
        self.links[serial].chain as usize
    }

    fn rank(&mut self, step: &Enabled) -> u64 {
        match step.step {
            Step::Fault(fault) => first_rank(self.seed, !u64::from(fault.fault())),
            Step::End => first_rank(self.seed, 0),
            _ => {
                let chain = self.chain(step);
                self.links[chain].rank
            }
        }
    }
}

impl Strategy for Pctcp {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.points.forget();
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        self.seed = seed;
        self.points.draw(self.change_points, &mut self.random);
        self.links.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, .. } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        let ranked = (0..).zip(*enabled).map(|(place, step)| (self.rank(step), place));
        Ok(ranked.max().expect("a question has answers").1)
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        let point = self.points.pass().last().copied();
        if matches!(step.step, Step::Fault(_) | Step::End) {
            return;
        }
        // Also if there was no question: what comes next may go on with this chain.
        let chain = self.chain(step);
        if let Some(point) = point {
            self.links[chain].rank = u64::from(point.number) + 1;
        }
    }

    fn end(&mut self) {
        self.points.end();
    }

    fn learns(&self) -> bool {
        self.change_points > 0
    }

    fn looks_at_app(&self) -> bool {
        false
    }

    fn is_fair(&self) -> bool {
        false
    }
}
