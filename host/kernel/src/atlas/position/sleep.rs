//! Which steps sleep, as in the [search in the kernel](crate::search): each notes it beside itself, and what it can touch,
//! so that it is woken by whatever it depends on.

use super::{NOTES, Place, Position, Shared};
use crate::atlas::Content;
use crate::atlas::cast::Cast;

/// The step need not be taken.
const ASLEEP: u64 = 1 << 63;

/// Where what the step can touch beside its actor has a bit each.
const SHARED_FROM: u32 = 48;

impl Position {
    /// The notes about a step, and whatever else is in the word.
    fn notes(&mut self, cast: &Cast, place: Place) -> &mut u64 {
        match Self::timer_at(place) {
            Some(at) => &mut self.timers[at].notes,
            None => &mut self.items[Self::item_of(cast, place)].word,
        }
    }

    /// Notes that a step need not be taken, which can touch this, until one is taken that it depends on.
    pub(crate) fn put_to_sleep(&mut self, cast: &Cast, place: Place, shared: Shared) {
        *self.notes(cast, place) |= ASLEEP | u64::from(shared) << SHARED_FROM;
    }

    /// Whether it need not be taken.
    pub(crate) fn is_asleep(&mut self, cast: &Cast, place: Place) -> bool {
        *self.notes(cast, place) & ASLEEP != 0
    }

    /// Forgets that a step need not be taken.
    pub(crate) fn wake(&mut self, cast: &Cast, place: Place) {
        *self.notes(cast, place) &= !NOTES;
    }

    /// Forgets it of all steps.
    pub(crate) fn wake_all(&mut self, cast: &Cast) {
        self.wake_where(cast, |_, _, _| true);
    }

    /// Forgets it of all that cannot change places with a step of this actor that touches this. It may be that this actor
    /// commutes with some message.
    pub(crate) fn wake_dependent(
        &mut self,
        cast: &Cast,
        (actor, shared): (usize, Shared),
        commutes: impl Fn(Content) -> bool,
    ) {
        let shared = u64::from(shared) << SHARED_FROM;
        self.wake_where(cast, |other, message, notes| {
            notes & shared != 0 || other == actor && !message.is_some_and(&commutes)
        });
    }

    /// Forgets it of those of which this holds: the actor that they are about, the message if they are one, and the notes.
    #[inline]
    fn wake_where(&mut self, cast: &Cast, depends: impl Fn(usize, Option<Content>, u64) -> bool) {
        let (fixed, pending) = self.items.split_at_mut(cast.fixed());
        let starts = fixed[..cast.names.len()].iter_mut().enumerate();
        let starts = starts.map(|(actor, item)| (actor, None, &mut item.word));
        let arrivals = pending
            .iter_mut()
            .map(|message| (message.receiver(), Some(message.number()), &mut message.word));
        let firings = self.timers.iter_mut().map(|timer| (timer.owner, None, &mut timer.notes));
        starts.chain(arrivals).chain(firings).for_each(|(actor, message, word)| {
            if *word & ASLEEP != 0 && depends(actor, message, *word & NOTES) {
                *word &= !NOTES;
            }
        });
    }
}
