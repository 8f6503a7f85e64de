//! What is on its way.

use crate::atlas::order::{MESSAGES_MAX, Messages};
use crate::atlas::{Content, START};

/// What is on its way, each in a place of its own for as long as it is.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// By place: the message, and what it must not overtake, which may have places that are vacant by now.
    letters: [(Content, Messages); MESSAGES_MAX],
    taken: Messages,
    /// The places that are in no set.
    fresh: Messages,
}

impl Default for Way {
    fn default() -> Self {
        Self { letters: [(START, 0); MESSAGES_MAX], taken: 0, fresh: Messages::MAX }
    }
}

impl Way {
    /// Becomes a copy, but for the letters in vacant places.
    #[inline]
    pub(super) fn restart(&mut self, start: &Self) {
        let places = MESSAGES_MAX - start.taken.leading_zeros() as usize;
        self.letters[..places].copy_from_slice(&start.letters[..places]);
        (self.taken, self.fresh) = (start.taken, start.fresh);
    }

    /// What is in a place: the message, and what it must not overtake.
    #[inline]
    pub(super) fn at(&self, place: u32) -> (Content, Messages) {
        self.letters[place as usize % MESSAGES_MAX]
    }

    /// The same, which is on its way no longer.
    #[inline]
    pub(super) fn remove(&mut self, place: u32) -> (Content, Messages) {
        self.taken &= !(1 << place);
        self.at(place)
    }

    /// These messages are on their way no longer.
    pub(super) fn forget(&mut self, messages: Messages) {
        self.taken &= !messages;
    }

    /// Whether all places are in some set.
    #[inline]
    pub(super) fn is_used_up(&self) -> bool {
        self.fresh == 0
    }

    /// A place for what is on its way from now on; none if there is none that is in no set.
    #[inline]
    pub(super) fn add(&mut self, content: Content, after: Messages) -> Option<u32> {
        let place = self.fresh.trailing_zeros();
        if place == Messages::BITS {
            return None;
        }
        self.letters[place as usize % MESSAGES_MAX] = (content, after & self.taken);
        self.fresh &= self.fresh - 1;
        self.taken |= 1 << place;
        Some(place)
    }

    /// Takes the places that are vacant out of all sets here. Once they are in no other, they can be used again; those
    /// that are not vacant.
    pub(super) fn free(&mut self) -> Messages {
        self.letters.iter_mut().for_each(|(_, after)| *after &= self.taken);
        self.fresh = !self.taken;
        self.taken
    }
}
