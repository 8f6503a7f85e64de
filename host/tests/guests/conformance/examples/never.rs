//! Must hear of nothing, and must not be created by an actor.

use coyote_guest::prelude::*;

#[derive(Debug)]
struct Never;

#[actor]
impl Never {
    #[on(init)]
    fn new(is_created: bool) -> Self {
        ensure!(!is_created, "it was created");
        Self
    }

    #[on(any)]
    fn any(&mut self, event: AnyEvent) {
        ensure!(false, "it heard of {}", event.kind());
    }
}
