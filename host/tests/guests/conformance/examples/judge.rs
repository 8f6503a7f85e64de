//! A monitor: fails with all that was seen, in the order in which it heard of it.

use conformance::{Saw, conclude};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Judge {
    seen: Vec<String>,
}

#[monitor]
impl Judge {
    #[on]
    fn saw(&mut self, saw: Saw) {
        self.seen.push(saw.what);
        if self.seen.len() == saw.of {
            conclude(self.seen.join(", "));
        }
    }
}
