//! A plain actor that takes everything.

use conformance::Story;
use coyote_guest::prelude::*;

#[derive(Debug)]
struct M {
    story: Story,
}

#[actor]
impl M {
    #[on(init)]
    fn new() -> Self {
        Self { story: Story::of(["e2", "u", "e1"]) }
    }

    #[on(any)]
    fn any(&mut self, ctx: &Context, event: AnyEvent) {
        self.story.tell(ctx, event.kind());
    }
}
