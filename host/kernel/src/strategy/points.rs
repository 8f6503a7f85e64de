//! Places drawn in advance in an execution whose length is not known yet.

use alloc::vec::Vec;

use rand_xoshiro::Xoshiro256PlusPlus;

use super::random::below;

/// A number of points, each drawn from all places of an execution as long as the longest one so far in the batch.
///
/// In the first execution nothing is known; there every order of magnitude is as likely as any other. So the first
/// one has change points too, unlike in Coyote.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    points: Vec<Point>,
    next: usize,
    passed: u32,
    longest: u32,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    at: u32,
    /// In which order it was drawn, from 0.
    pub(super) number: u32,
}

/// Lengths at which a guess begins and ends, as powers of two.
const GUESSES: (u32, u32) = (3, 11);

impl Points {
    /// A batch begins.
    pub(super) fn forget(&mut self) {
        self.longest = 0;
    }

    /// An execution begins.
    pub(super) fn draw(&mut self, count: u32, random: &mut Xoshiro256PlusPlus) {
        (self.next, self.passed) = (0, 0);
        self.points.clear();
        for number in 0..count {
            let length = if self.longest == 0 {
                1 << (GUESSES.0 + below(random, GUESSES.1 - GUESSES.0))
            } else {
                self.longest
            };
            self.points.push(Point { at: below(random, length), number });
        }
        self.points.sort_unstable();
    }

    /// The points at the present place; then the next place is the present one.
    pub(super) fn pass(&mut self) -> &[Point] {
        let first = self.next;
        while self.points.get(self.next).is_some_and(|point| point.at == self.passed) {
            self.next += 1;
        }
        self.passed += 1;
        &self.points[first..self.next]
    }

    /// The execution is over.
    pub(super) fn end(&mut self) {
        self.longest = self.longest.max(self.passed);
        self.passed = 0;
    }
}
