//! What the attribute `#[monitor]` makes of a type, and how it is run.

use crate::{
    States,
    failure::{Broken, Cause},
    monitor_bindings::exports::coyote::actor::{handler, render},
    payload::Encoded,
    states::{Decision, Next, Raised},
    table::{ANY, NONE, Rule, Table},
};
use core::fmt;

/// A monitor. Implemented by the attribute [`monitor`](macro@crate::monitor), never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a monitor",
    label = "not a monitor",
    note = "put `#[monitor]` on an `impl` block of it"
)]
pub trait Monitor: fmt::Debug + Default + 'static {
    /// The name that its author gave.
    const NAME: &'static str;

    /// Its states.
    type States: States;

    /// What its component exports.
    #[doc(hidden)]
    type Exports: handler::Guest + render::Guest;

    /// What it does when.
    #[doc(hidden)]
    const TABLE: &'static Table;

    /// Calls a method of the table.
    #[doc(hidden)]
    fn call(&mut self, method: u16, payload: &Encoded) -> Result<Next<Self::States>, String>;

    /// An event as text, if it is of a kind that has a handler.
    #[doc(hidden)]
    fn render_event(kind: &str, payload: &Encoded) -> Option<String>;
}

/// A monitor and the state that it is in.
#[doc(hidden)]
#[derive(Debug)]
pub struct Watch<M: Monitor> {
    pub(crate) monitor: M,
    pub(crate) state: M::States,
}

impl<M: Monitor> Watch<M> {
    /// The monitor in its start state, whose entry has run.
    pub(crate) fn start() -> Result<Self, Broken> {
        let mut machine = Self { monitor: M::default(), state: M::States::ALL[0] };
        let next = machine.enter()?;
        machine.run(next)?;
        Ok(machine)
    }

    /// A turn with an event; its kind is past the end if it is listed nowhere.
    pub(crate) fn handle(&mut self, kind: usize, payload: &Encoded) -> Result<(), Broken> {
        let next = self.react(kind, None, payload)?;
        self.run(next)
    }

    /// The name of the state.
    pub(crate) fn state_name(&self) -> &'static str {
        M::TABLE.name(self.state.index())
    }

    /// Goes on until nothing comes next (T1).
    fn run(&mut self, mut next: Next<M::States>) -> Result<(), Broken> {
        loop {
            next = match next.0 {
                Decision::Stay => return Ok(()),
                Decision::Goto(state) => self.goto(state, NONE, &Encoded::EMPTY)?,
                Decision::Raise(raised) => {
                    let Raised { kind, payload } = *raised;
                    self.react(M::TABLE.index_of(kind), Some(kind), &payload)?
                }
                refused @ (Decision::Push(_) | Decision::Pop | Decision::Halt) => {
                    let (what, state) = (refused.name(), self.state_name());
                    let message = format!("a monitor cannot {what}, in state `{state}`");
                    return Err(Broken { cause: Cause::IllegalCall, message });
                }
            };
        }
    }

    /// V3, V4. The kind has a name only if it was raised.
    fn react(
        &mut self,
        kind: usize,
        name: Option<&str>,
        payload: &Encoded,
    ) -> Result<Next<M::States>, Broken> {
        match M::TABLE.rule(&[self.state.index()], kind) {
            Some(Rule::Ignore) => Ok(Next::stay()),
            Some(Rule::Goto(state, action)) => {
                self.goto(M::States::ALL[state as usize], action, payload)
            }
            Some(Rule::Do(method)) => {
                let next = self.monitor.call(method, payload);
                next.map_err(|error| match M::TABLE.declared.handlers[method as usize].kind {
                    ANY => failed("the wildcard handler", self.state_name(), &error),
                    kind => failed(&format!("the handler of `{kind}`"), self.state_name(), &error),
                })
            }
            Some(Rule::Push(_) | Rule::Defer) => unreachable!("refused while compiling"),
            None => {
                let name = name.or_else(|| M::TABLE.kinds.get(kind).copied());
                let kind = name.map_or_else(|| "this kind".to_owned(), |kind| format!("`{kind}`"));
                let message = format!("no reaction to {kind} in state `{}`", self.state_name());
                Err(Broken { cause: Cause::UnhandledEvent, message })
            }
        }
    }

    fn goto(
        &mut self,
        state: M::States,
        action: u16,
        payload: &Encoded,
    ) -> Result<Next<M::States>, Broken> {
        let exit = M::TABLE.exits[self.state.index() as usize];
        for (method, what) in [(exit, "the exit"), (action, "the goto")] {
            if method != NONE {
                let left = self.monitor.call(method, payload);
                left.map_err(|error| failed(what, self.state_name(), &error))?;
            }
        }
        self.state = state;
        self.enter()
    }

    fn enter(&mut self) -> Result<Next<M::States>, Broken> {
        match M::TABLE.entries[self.state.index() as usize] {
            NONE => Ok(Next::stay()),
            method => {
                let next = self.monitor.call(method, &Encoded::EMPTY);
                next.map_err(|error| failed("the entry", self.state_name(), &error))
            }
        }
    }
}

fn failed(what: &str, state: &str, error: &str) -> Broken {
    Broken { cause: Cause::Error, message: format!("{what} in state `{state}`: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, monitor, states};
    use expect_test::{Expect, expect};

    #[crate::event]
    struct Ask(u32);
    #[crate::event]
    struct Got(u32);
    #[crate::event]
    struct Reset;
    #[crate::event]
    struct Skip;
    #[crate::event]
    struct Anything;

    #[states]
    enum Questions {
        #[state(cold, ignore(Skip))]
        Idle,
        #[state(hot, name = "questions.open", goto(Skip => Lost))]
        Open,
        #[state(ignore(any), goto(Reset => Idle))]
        Lost,
    }

    #[derive(Debug, Default)]
    struct Story(Vec<String>);

    impl Story {
        fn tell(&mut self, what: impl fmt::Display) {
            self.0.push(what.to_string());
        }
    }

    #[monitor(states = Questions, name = "story")]
    impl Story {
        #[on(entry in Idle, Open)]
        fn enter_one(&mut self) {
            self.tell("in");
        }

        #[on(exit in Open)]
        fn leave(&mut self) {
            self.tell("out");
        }

        #[on(in Idle, Open)]
        fn ask(&mut self, ask: Ask) -> Questions {
            self.tell(format_args!("ask {}", ask.0));
            Questions::Open
        }

        #[on(in Open)]
        fn got(&mut self, got: Got) -> Result<Option<Next<Questions>>, String> {
            self.tell(format_args!("got {}", got.0));
            match got.0 {
                0 => Ok(None),
                1 => Ok(Some(Next::goto(Questions::Idle))),
                2 => Ok(Some(Next::raise(Skip))),
                3 => Ok(Some(Next::raise(Got(1)))),
                many => Err(format!("{many} is too much")),
            }
        }

        #[on(any in Open)]
        fn other(&mut self) {
            self.tell("other");
        }

        #[on]
        fn reset(&mut self, _: Reset) {
            self.tell("reset");
        }
    }

    /// Handles events in a fresh monitor.
    fn check(events: &[(&'static str, Encoded)], expected: Expect) {
        let mut machine = Watch::<Story>::start().expect("it starts");
        for (kind, payload) in events {
            if let Err(Broken { cause, message }) =
                machine.handle(Story::TABLE.index_of(kind), payload)
            {
                let cause = format!("{cause:?}");
                let cause = cause.trim_start_matches("Cause::");
                machine.monitor.tell(format_args!("{cause}: {message}"));
            }
            let state = machine.state_name();
            machine.monitor.tell(format_args!("[{state}]"));
        }
        expected.assert_eq(&machine.monitor.0.join(" "));
    }

    fn of<E: Event>(event: E) -> (&'static str, Encoded) {
        (E::KIND, event.encode())
    }

    #[test]
    fn a_goto_leaves_and_enters() {
        check(
            &[of(Ask(1)), of(Ask(2)), of(Got(0)), of(Got(1))],
            expect![
                "in ask 1 in [questions.open] ask 2 out in [questions.open] got 0 [questions.open] got 1 out in [idle]"
            ],
        );
    }

    #[test]
    fn a_raised_event_is_handled_at_once() {
        check(
            &[of(Ask(1)), of(Got(3))],
            expect!["in ask 1 in [questions.open] got 3 got 1 out in [idle]"],
        );
        check(&[of(Ask(1)), of(Got(2))], expect!["in ask 1 in [questions.open] got 2 out [lost]"]);
    }

    #[test]
    fn a_state_without_a_reaction_is_named() {
        check(
            &[of(Got(1))],
            expect!["in UnhandledEvent: no reaction to `got` in state `idle` [idle]"],
        );
    }

    #[test]
    fn an_error_names_handler_and_state() {
        check(
            &[of(Ask(1)), of(Got(9))],
            expect![
                "in ask 1 in [questions.open] got 9 Error: the handler of `got` in state `questions.open`: 9 is too much [questions.open]"
            ],
        );
    }

    /// V3, scenario 77: not as in Coyote, where an ignored wildcard beats everything.
    #[test]
    fn the_specific_reaction_comes_before_the_wildcard() {
        check(
            &[of(Ask(1)), of(Anything), of(Skip), of(Anything), of(Reset)],
            expect![
                "in ask 1 in [questions.open] other [questions.open] out [lost] [lost] in [idle]"
            ],
        );
    }

    #[test]
    fn a_handler_for_all_states_comes_last() {
        check(
            &[of(Reset), of(Ask(1)), of(Reset)],
            expect!["in reset [idle] ask 1 in [questions.open] other [questions.open]"],
        );
    }

    #[test]
    fn kinds_are_listed_once() {
        expect!["ask got * reset skip"].assert_eq(&Story::TABLE.kinds.join(" "));
    }
}
