//! Creates a greeter, asks for some greetings, and gets no more than it asked for.

use coyote_guest::prelude::*;
use greeter_messages::{Greeting, Manners, RequestGreeting};

#[payload]
#[serde(rename_all = "kebab-case")]
struct Setup {
    /// Most requests; how many there are is drawn.
    requests_max: u32,
    /// See [`Manners`].
    greets_twice: bool,
}

#[derive(Debug)]
struct Client {
    /// Greetings that are still to come.
    open: u32,
}

#[actor]
impl Client {
    #[on(init)]
    fn new(ctx: &Context, setup: Setup) -> Self {
        let greeter = ctx.create_kind("greeter", Manners { greets_twice: setup.greets_twice });
        let requests = 1 + ctx.random_below(setup.requests_max);
        info!("asking for {requests} greetings");
        for _ in 0..requests {
            ctx.send(greeter, RequestGreeting { caller: ctx.id() });
        }
        Self { open: requests }
    }

    #[on]
    fn greeting(&mut self, greeting: Greeting) {
        ensure!(self.open > 0, "`{}` is a greeting too many", greeting.text);
        self.open -= 1;
        info!("{}; {} to come", greeting.text, self.open);
    }
}

#[cfg(test)]
#[path = "../../greeter/src/lib.rs"]
mod greeter;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greeter::Greeter;
    use coyote_guest_test::App;

    fn app(greets_twice: bool) -> App {
        let mut app = App::new();
        app.actor::<Greeter>();
        app.start::<Client>(Setup { requests_max: 2, greets_twice });
        app
    }

    #[test]
    fn a_greeting_too_many_is_found() {
        let bug = app(true).explore(0, 10_000).bug.expect("one request in ten is answered twice");
        assert!(bug.message.contains("is a greeting too many"), "{bug}");
        assert!(app(true).replay(&bug.trace).is_some());
    }

    #[test]
    fn a_greeter_with_manners_is_right_in_every_execution() {
        let mut app = app(false);
        let report = app.strategy("dfs").expect("there is this strategy").explore(0, 10_000);
        report.assert_no_bug();
        assert!(report.exhausted);
    }
}
