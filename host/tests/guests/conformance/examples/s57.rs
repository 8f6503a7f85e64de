//! Is led elsewhere by `halt`.

use conformance::E1;
use coyote_guest::prelude::*;

#[states]
enum State {
    #[state(goto(Halt => Inactive))]
    Active,
    Inactive,
}

#[derive(Debug, Default)]
struct B;

#[actor(states = State)]
impl B {
    #[on(in Active)]
    fn too_early(&mut self, _: E1) {}

    #[on(in Inactive)]
    fn e1(&mut self, _: E1) {
        ensure!(false, "e1");
    }
}
