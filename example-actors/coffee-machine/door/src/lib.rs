//! The door of the machine. Nobody moves it, but it may be open.

use coffee_machine_messages::{DOOR_SAFETY, DoorState, Listener, Opened, ReadDoor, Register};
use coyote_guest::prelude::*;

#[payload]
struct Setup {
    /// Drawn if it is not said: in one of five cases it is.
    open: Option<bool>,
}

#[derive(Debug)]
struct Door {
    open: bool,
    listener: Listener,
}

#[actor]
impl Door {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let open = setup.open.unwrap_or_else(|| ctx.random_below(5) == 0);
        if open {
            ctx.notify(DOOR_SAFETY, Opened);
        }
        Self { open, listener: Listener::default() }
    }

    #[on]
    fn register(&mut self, register: Register) {
        self.listener.register(&register);
    }

    #[on]
    fn read_door(&mut self, ctx: &Context, _: ReadDoor) {
        self.listener.tell(ctx, DoorState { open: self.open });
    }
}
