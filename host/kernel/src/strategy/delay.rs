//! The order of production, with delays.

use alloc::vec::Vec;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::points::Points;
use super::random::below;
use super::{Diverged, Question, Strategy, seen};
use crate::kernel::Kernel;
use crate::step::{Enabled, Step};

/// Does what production does, but a few times, anywhere, what comes next must wait until everything else that is pending
/// has had its turn.
///
/// Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling", POPL 2011, section 3, with the order of
/// [`Fifo`](super::Fifo) for the deterministic scheduler. Differences: executions are drawn and not enumerated, first
/// how many delays there are, at least one, then where they lie among the questions of an execution as long as the
/// longest one so far in the batch; and what actors draw is random.
#[derive(Clone, Debug)]
pub struct DelayBounding {
    random: Xoshiro256PlusPlus,
    delays: u32,
    points: Points,
    queue: Queue,
}

impl DelayBounding {
    /// With so many delays at most.
    #[must_use]
    pub fn new(delays: u32) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(0);
        Self { random, delays, points: Points::default(), queue: Queue::default() }
    }
}

impl Strategy for DelayBounding {
    fn begin_batch(&mut self, _: u64, _: u64) {
        self.points.forget();
    }

    fn begin(&mut self, seed: u64) {
        self.random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let delays = self.delays.min(1 + below(&mut self.random, self.delays));
        self.points.draw(delays, &mut self.random);
        self.queue.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, kernel } = question else {
            return Ok(below(&mut self.random, question.bound()));
        };
        for _ in self.points.pass() {
            self.queue.delay(enabled, seen(*kernel));
        }
        Ok(self.queue.next(enabled))
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        self.queue.take(step);
    }

    fn end(&mut self) {
        self.points.end();
    }

    fn learns(&self) -> bool {
        self.delays > 0
    }

    fn is_fair(&self) -> bool {
        false
    }
}

/// What production does, but at one place: there the next step is delayed as by [`DelayBounding`]. Actors draw 0.
#[derive(Clone, Debug)]
pub struct OneDelay {
    at: u32,
    places: u32,
    draws: u32,
    queue: Queue,
}

impl OneDelay {
    /// Departs at this place, counted from 0: each question for the next step is one.
    #[must_use]
    pub fn new(at: u32) -> Self {
        Self { at, places: 0, draws: 0, queue: Queue::default() }
    }

    /// How many places there were in this execution, or in the last one.
    #[must_use]
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Whether nothing was asked in this execution, or in the last one.
    #[must_use]
    pub fn asked_nothing(&self) -> bool {
        self.places == 0 && self.draws == 0
    }
}

impl Strategy for OneDelay {
    fn begin(&mut self, _: u64) {
        (self.places, self.draws) = (0, 0);
        self.queue.clear();
    }

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        let Question::Step { enabled, kernel } = question else {
            self.draws = self.draws.saturating_add(1);
            return Ok(0);
        };
        if self.places == self.at {
            self.queue.delay(enabled, seen(*kernel));
        }
        self.places = self.places.saturating_add(1);
        Ok(self.queue.next(enabled))
    }

    fn step(&mut self, step: &Enabled, _: &[Enabled]) {
        self.queue.take(step);
    }

    fn is_fair(&self) -> bool {
        false
    }
}

/// The order of production, with what was delayed.
#[derive(Clone, Debug, Default)]
struct Queue {
    /// Delayed steps, the one that was delayed first before the others.
    delayed: Vec<Delayed>,
}

#[derive(Clone, Copy, Debug)]
struct Delayed {
    step: Step,
    /// What has no larger serial goes before it.
    behind: u32,
}

impl Queue {
    fn clear(&mut self) {
        self.delayed.clear();
    }

    fn is_delayed(&self, step: &Enabled) -> bool {
        self.delayed.iter().any(|delayed| delayed.step == step.step)
    }

    /// The place of the next step: of the one that has been delayed longest, once nothing is left that it must let by,
    /// else of the first that was not delayed.
    fn next(&self, enabled: &[Enabled]) -> u32 {
        if self.delayed.is_empty() {
            return 0;
        }
        let place_of = |step: Step| enabled.iter().position(|enabled| enabled.step == step);
        let next_delayed = self
            .delayed
            .iter()
            .find_map(|delayed| place_of(delayed.step).map(|place| (place, delayed.behind)));
        let mut others = enabled.iter().filter(|step| !self.is_delayed(step));
        let place = match next_delayed {
            Some((place, behind)) if others.all(|other| other.serial > behind) => place,
            _ => enabled.iter().position(|step| !self.is_delayed(step)).unwrap_or(0),
        };
        u32::try_from(place).expect("fewer than 2^32 steps")
    }

    /// Puts the next step behind all else that is pending.
    fn delay(&mut self, enabled: &[Enabled], kernel: &Kernel) {
        let next = &enabled[self.next(enabled) as usize];
        self.take(next);
        self.delayed.push(Delayed { step: next.step, behind: kernel.serials() });
    }

    /// The step is taken.
    fn take(&mut self, step: &Enabled) {
        self.delayed.retain(|delayed| delayed.step != step.step);
    }
}
