//! Nothing works once the door was open.

use coffee_machine_messages::{Busy, Opened};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct DoorSafety;

#[states]
enum Door {
    #[state(goto(Opened => Open), ignore(Busy))]
    Closed,
    #[state(ignore(Opened))]
    Open,
}

#[monitor(states = Door)]
impl DoorSafety {
    #[on(in Open)]
    fn busy(&mut self, _: Busy) -> Result<(), &'static str> {
        Err("something works while the door is open")
    }
}
