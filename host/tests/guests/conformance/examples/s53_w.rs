//! A monitor: something must not come first.

use conformance::{E1, E2};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Order {
    has_e2: bool,
}

#[monitor]
impl Order {
    #[on]
    fn e1(&mut self, _: E1) {
        ensure!(self.has_e2, "no e2");
    }

    #[on]
    fn e2(&mut self, _: E2) {
        self.has_e2 = true;
    }
}
