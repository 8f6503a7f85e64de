//! Which method is likely to come to its end.

use super::{Method, Search, Searched, Snapshots};
use crate::execution::Execution;

/// What came out when the methods were tried.
#[derive(Clone, Debug)]
pub enum Probe {
    /// This one came to its end.
    Ended(Method, Searched),
    /// None did. This one has fewer steps before it, as far as can be guessed.
    Picked(Method),
}

/// Tries to go through all states, and through all traces, for so many steps each. How far each of them is from its end
/// is guessed from its [progress](Searched::progress).
///
/// Where progress can be owed, traces come first: if they come to their end, there are no loops that would have to be looked
/// at. The method of the search does not matter.
pub fn probe<G: Snapshots>(
    search: &Search,
    execution: &mut Execution<G>,
    transitions_max: u64,
    mut wants_more: impl FnMut(&Searched) -> bool,
) -> Probe {
    let mut methods = [Method::Stateful, Method::Dpor];
    if execution.monitors().may_be_hot() {
        methods.reverse();
    }
    let mut nearest = (f64::INFINITY, methods[0]);
    for method in methods {
        let search = Search { method, ..*search };
        let mut wants_more =
            |seen: &Searched| seen.transitions < transitions_max && wants_more(seen);
        let searched = search.run(execution, &mut wants_more);
        let is_over = !searched.found.is_empty() && !search.keeps_going;
        if searched.is_exhausted() || is_over {
            return Probe::Ended(method, searched);
        }
        if searched.expected() < nearest.0 {
            nearest = (searched.expected(), method);
        }
    }
    Probe::Picked(nearest.1)
}

impl Searched {
    /// How many steps the search takes until it comes to its end, as far as can be guessed.
    #[expect(clippy::cast_precision_loss, reason = "it is a guess")]
    fn expected(&self) -> f64 {
        let taken = self.transitions as f64;
        if self.complete { taken } else { taken / self.progress.max(f64::MIN_POSITIVE) }
    }
}
