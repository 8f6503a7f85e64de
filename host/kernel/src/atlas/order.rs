//! Which of the messages on their way must arrive before which, as sets of at most 64.
//!
//! In kernels that explore, vector clocks tell that (S2). Of those only this is left to be decided: which messages on their
//! way an actor, or another message, comes after; and whoever does not come after what is gone any more is forgotten.

use crate::delivery::Delivery;
use crate::kernel::{Kernel, local};

/// Some of the messages on their way, a bit each.
pub(super) type Messages = u64;

/// Most messages that are on their way.
pub(super) const MESSAGES_MAX: usize = Messages::BITS as usize;

/// Most timers that are armed.
pub(super) const TIMERS_MAX: usize = 100;

/// The places of the messages in a set, ascending.
pub(super) fn places(mut set: Messages) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let place = (set != 0).then(|| set.trailing_zeros() as usize);
        set &= set.wrapping_sub(1);
        place
    })
}

/// What a message must not overtake, if its receiver is the same: what its sender comes after, and what is before it in its
/// channel.
pub(super) fn before(delivery: Delivery, past: Messages, channel: Messages) -> Messages {
    match delivery {
        Delivery::Unordered => 0,
        Delivery::Mailbox | Delivery::Pairwise => channel,
        Delivery::Causal => past | channel,
    }
}

/// Which of these messages whoever comes after what `knows` says comes after.
fn set(pending: &[local::Pending<'_>], knows: impl Fn(&local::Pending<'_>) -> bool) -> Messages {
    let places = (0..).zip(pending).filter(|(_, pending)| pending.message.is_some());
    places.filter(|(_, pending)| knows(pending)).fold(0, |set, (place, _)| set | 1 << place)
}

/// Which of what is pending one of it must not overtake.
pub(super) fn of_pending(
    kernel: &Kernel,
    pending: &[local::Pending<'_>],
    one: &local::Pending<'_>,
) -> Messages {
    let is_earlier = |other: &local::Pending<'_>| other.enabled.serial < one.enabled.serial;
    let past = set(pending, |other| is_earlier(other) && other.stamp.precedes(one.stamp));
    let channel = set(pending, |other| is_earlier(other) && other.channel() == one.channel());
    let delivery = kernel.rules().delivery;
    // A start is in no channel.
    before(delivery, past, if one.message.is_some() { channel } else { 0 })
}

/// Which of what is pending a firing must not overtake.
pub(super) fn of_timer(
    kernel: &Kernel,
    pending: &[local::Pending<'_>],
    timer: &local::Armed<'_>,
) -> Messages {
    before(kernel.rules().delivery, set(pending, |other| other.stamp.precedes(timer.stamp)), 0)
}

/// What an actor comes after, of what is pending.
pub(super) fn of_actor(
    kernel: &Kernel,
    pending: &[local::Pending<'_>],
    slot: crate::actor::Slot,
) -> Messages {
    let past = kernel.past_of(slot);
    let past = set(pending, |other| past.get(other.stamp.origin) >= other.stamp.effect);
    before(kernel.rules().delivery, past, 0)
}
