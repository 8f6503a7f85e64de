//! When two schedules are the same.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use coyote_kernel::{ActorId, Choice, Trace};
use twox_hash::XxHash64;

/// A key that equivalent schedules share: those in which every actor takes the same steps in the same order, and draws
/// the same numbers. Steps of different actors commute, so their order among each other says nothing (Mazurkiewicz,
/// "Trace theory", 1987).
pub(super) fn key(trace: &Trace) -> u64 {
    let mut actors: BTreeMap<ActorId, XxHash64> = BTreeMap::new();
    for choice in &trace.choices {
        let actor = choice.actor();
        let hasher = actors.entry(actor).or_insert_with(|| XxHash64::with_seed(actor.bits()));
        match choice {
            Choice::Step { step, .. } => std::hash::Hash::hash(step, hasher),
            Choice::Number { taken, .. } => hasher.write_u32(*taken),
        }
    }
    actors.into_values().fold(0, |sum, hasher| sum.wrapping_add(hasher.finish()))
}
