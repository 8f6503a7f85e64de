//! Steps in order.

use alloc::vec::Vec;
use core::ops::Deref;

use crate::actor::Slot;
use crate::id::ActorId;
use crate::step::{Enabled, Step};

/// So many steps are always moved up when one is taken out, whether they are there or not. Nearly always that is enough,
/// so the machine has not to guess how many there are.
const AHEAD: usize = 4;

/// No step.
pub(super) const NOTHING: Enabled = Enabled {
    step: Step::Take(ActorId::ENVIRONMENT),
    serial: 0,
    cause: 0,
    slot: Slot(0),
    kind: None,
    place: 0,
};

/// Steps in an order that stays the same when one is taken out.
#[derive(Clone, Debug, Default)]
pub(super) struct StepList {
    /// At least `AHEAD` more than there are.
    steps: Vec<Enabled>,
    len: usize,
}

impl StepList {
    /// Adds a step behind all others.
    #[inline]
    pub(super) fn push(&mut self, step: Enabled) {
        if self.len + AHEAD >= self.steps.len() {
            self.lengthen();
        }
        self.steps[self.len] = step;
        self.len += 1;
    }

    #[cold]
    fn lengthen(&mut self) {
        self.steps.resize(2 * (self.len + AHEAD), NOTHING);
    }

    /// Puts a step before the one that has this place.
    pub(super) fn insert(&mut self, place: usize, step: Enabled) {
        self.push(step);
        self.from(place).rotate_right(1);
    }

    /// Takes the step at this place out.
    #[inline]
    pub(super) fn remove(&mut self, place: usize) {
        let behind = place + AHEAD;
        let moved: &mut [Enabled; AHEAD + 1] =
            (&mut self.steps[place..=behind]).try_into().expect("as many");
        for to in 0..AHEAD {
            moved[to] = moved[to + 1];
        }
        if behind + 1 < self.len {
            self.steps.copy_within(behind + 1..self.len, behind);
        }
        self.len -= 1;
    }

    /// Takes out all steps but so many.
    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Takes out all steps but those that are wanted.
    pub(super) fn retain(&mut self, mut is_wanted: impl FnMut(&Enabled) -> bool) {
        let mut kept = 0;
        for place in 0..self.len {
            let step = self.steps[place];
            if is_wanted(&step) {
                self.steps[kept] = step;
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// The steps from this place on, to be put in order.
    pub(super) fn from(&mut self, place: usize) -> &mut [Enabled] {
        &mut self.steps[place..self.len]
    }

    /// Becomes a copy.
    pub(super) fn restart(&mut self, start: &Self) {
        self.steps.clone_from(&start.steps);
        self.len = start.len;
    }
}

impl Deref for StepList {
    type Target = [Enabled];

    #[inline]
    fn deref(&self) -> &[Enabled] {
        &self.steps[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_is_a_list(changes in prop::collection::vec((0..4_u8, any::<u32>()), 0..100)) {
            let (mut list, mut plain) = (StepList::default(), Vec::new());
            for (serial, (change, number)) in (1..).zip(changes) {
                let step = Enabled { serial, ..NOTHING };
                let place = number as usize % (plain.len() + 1);
                match change {
                    0 | 1 => {
                        list.push(step);
                        plain.push(step);
                    }
                    2 => {
                        list.insert(place, step);
                        plain.insert(place, step);
                    }
                    _ if place < plain.len() => {
                        list.remove(place);
                        plain.remove(place);
                    }
                    _ if number % 2 == 0 => {
                        list.truncate(place);
                        plain.truncate(place);
                    }
                    _ => {
                        list.retain(|step| step.serial % 3 != 0);
                        plain.retain(|step| step.serial % 3 != 0);
                    }
                }
                prop_assert_eq!(&*list, &plain[..]);
            }
        }
    }
}
