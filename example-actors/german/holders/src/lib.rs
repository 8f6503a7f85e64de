//! Who may write is alone.

use coyote_guest::prelude::*;
use german_messages::{GaveUp, Holds};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Holders {
    /// Whether each may write.
    holders: BTreeMap<ActorId, bool>,
}

#[monitor]
impl Holders {
    #[on]
    fn holds(&mut self, holds: Holds) {
        self.holders.insert(holds.cache, holds.exclusive);
        let writers = self.holders.values().filter(|&&exclusive| exclusive).count();
        let readers = self.holders.len() - writers;
        ensure!(writers == 0 || writers + readers == 1, "{writers} may write, {readers} may read");
    }

    #[on]
    fn gave_up(&mut self, gave_up: GaveUp) {
        self.holders.remove(&gave_up.cache);
    }
}
