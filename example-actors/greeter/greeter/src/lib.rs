//! Greets whoever asks for it.

use coyote_guest::prelude::*;
use greeter_messages::{Greeting, Manners, RequestGreeting};

#[derive(Debug)]
struct Greeter {
    manners: Manners,
}

#[actor]
impl Greeter {
    #[on(init)]
    fn new(manners: Manners) -> Self {
        Self { manners }
    }

    #[on]
    fn request_greeting(&mut self, ctx: &Context, request: RequestGreeting) {
        let text = if ctx.random_bool() { "hello world" } else { "good morning" };
        ctx.send(request.caller, Greeting { text: text.to_owned() });
        if self.manners.greets_twice && ctx.random_below(10) == 0 {
            ctx.send(request.caller, Greeting { text: text.to_owned() });
        }
    }
}
