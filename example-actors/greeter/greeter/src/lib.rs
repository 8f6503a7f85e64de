//! Greets whoever asks for it.

use coyote_guest::prelude::*;
use greeter_messages::{Greeting, Manners, RequestGreeting};

#[derive(Debug)]
pub(crate) struct Greeter {
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

#[cfg(test)]
mod tests {
    use super::*;
    use coyote_guest_test::OneActor;

    #[test]
    fn one_request_in_ten_is_answered_twice() {
        let mut greeter = OneActor::<Greeter>::new();
        let caller = greeter.peer();
        greeter.start(Manners { greets_twice: true });
        for (drawn, greetings) in [(9, 1), (0, 2)] {
            greeter.draws([1, drawn]);
            let did = greeter.send(caller, &RequestGreeting { caller });
            let greeted = did.iter().filter_map(|did| did.sent::<Greeting>());
            let texts: Vec<_> = greeted.map(|(_, greeting)| greeting.text).collect();
            assert_eq!(texts, vec!["hello world"; greetings]);
        }
    }
}
