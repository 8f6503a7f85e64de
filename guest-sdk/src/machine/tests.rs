//! Scenarios of conformance, natively: the SDK's half of them. What an actor sends goes to itself; the inbox is what
//! the host makes of it, from the table.

mod declared;
mod inbox;
mod life;
mod transitions;

use super::*;
use crate::{
    Event,
    host::native::{Cells, Choice, Report, Timers, Turn, Waits, install},
    table::DeclaredState,
    task::executor::at_once,
};
use core::fmt::{self, Write as _};
use expect_test::Expect;
use std::collections::VecDeque;

#[crate::event]
struct U;
#[crate::event]
struct E1;
#[crate::event]
struct E2;
#[crate::event]
struct E3;
#[crate::event]
struct E4;

/// The host, which is told of states and asked nothing.
struct Silent;

impl Report for Silent {
    fn set_states(&mut self, _: &[u32]) {}
}
impl Turn for Silent {}
impl Timers for Silent {}
impl Choice for Silent {}
impl Cells for Silent {}
impl Waits for Silent {}

/// What the actors of the scenarios are made of.
#[derive(Debug, Default)]
struct Log {
    story: Vec<String>,
    sent: Vec<Sent>,
    number: u32,
}

impl Log {
    fn tell(&mut self, what: impl fmt::Display) {
        self.story.push(what.to_string());
    }

    fn send<E: Event>(&mut self, event: E) {
        self.sent.push(of(event));
    }
}

trait Logs {
    fn log(&mut self) -> &mut Log;
}

/// The type of an actor that is a log.
macro_rules! logging {
    ($name:ident) => {
        #[derive(Debug, Default)]
        struct $name(Log);

        impl Logs for $name {
            fn log(&mut self) -> &mut Log {
                &mut self.0
            }
        }
    };
}
use logging;

fn of<E: Event>(event: E) -> Sent {
    (E::KIND, event.encode())
}

/// An event on its way.
type Sent = (&'static str, Encoded);

/// An actor with an inbox.
struct World<A> {
    machine: Machine<A>,
    /// What arrived, and the stack that it was last deferred on.
    inbox: VecDeque<(Sent, Option<Vec<u32>>)>,
    own: VecDeque<Sent>,
    outside: VecDeque<Sent>,
    told: String,
    ended: bool,
}

/// Starts an actor, sends it what comes from outside, and compares what it tells: before each turn the kind, after it
/// the states.
#[track_caller]
fn check<A: Stateful + Logs>(outside: &[Sent], expected: Expect) {
    check_from::<A>(Encoded::EMPTY, outside, expected);
}

#[track_caller]
fn check_from<A: Stateful + Logs>(initial: Encoded, outside: &[Sent], expected: Expect) {
    install(Silent);
    let ctx = Context::new();
    let started = at_once(async {
        let mut machine = Machine::<A>::create(&ctx, &initial).await?;
        machine.start(&ctx, initial).await?;
        Ok(machine)
    });
    match started {
        Err(broken) => expected.assert_eq(&failure(&broken)),
        Ok(machine) => {
            let mut world = World {
                machine,
                inbox: VecDeque::new(),
                own: VecDeque::new(),
                outside: outside.iter().cloned().collect(),
                told: String::new(),
                ended: false,
            };
            world.after("start", &ctx, Ok(()));
            for _ in 0..20 {
                if world.ended || !world.step() {
                    break;
                }
            }
            expected.assert_eq(world.told.trim_end());
        }
    }
}

fn failure(Broken { cause, message }: &Broken) -> String {
    format!("{}: {message}", format!("{cause:?}").trim_start_matches("Cause::"))
}

impl<A: Stateful + Logs> World<A> {
    fn step(&mut self) -> bool {
        let offered = (0..self.inbox.len()).find_map(|place| self.offer(place));
        let mut arrives = || self.own.pop_front().or_else(|| self.outside.pop_front());
        match offered {
            Some(Some(place)) => {
                let ((kind, payload), _) = self.inbox.remove(place).unwrap();
                self.turn(kind, payload);
            }
            Some(None) => {}
            None => match arrives() {
                Some(event) => self.inbox.push_back((event, None)),
                None if self.offers_default() => self.turn("default", Encoded::EMPTY),
                None => return false,
            },
        }
        true
    }

    /// What the host does with an event of the inbox: nothing, a turn, or what needs no turn here.
    fn offer(&mut self, place: usize) -> Option<Option<usize>> {
        let ((kind, payload), deferred_on) = self.inbox[place].clone();
        let stack = self.machine.stack.clone();
        match A::TABLE.rule(&stack, A::TABLE.index_of(kind)) {
            Some(Rule::Ignore) => {
                self.inbox.remove(place);
                self.pass(kind, payload, false);
                Some(None)
            }
            Some(Rule::Defer) if deferred_on.as_ref() == Some(&stack) => None,
            Some(Rule::Defer) => {
                self.inbox[place].1 = Some(stack);
                self.pass(kind, payload, true);
                Some(None)
            }
            _ => Some(Some(place)),
        }
    }

    fn offers_default(&self) -> bool {
        let rule = A::TABLE.rule(&self.machine.stack, A::TABLE.default);
        rule.is_some() && A::TABLE.default < A::TABLE.kinds.len()
    }

    fn turn(&mut self, kind: &'static str, payload: Encoded) {
        let ctx = Context::new();
        let at = Occurrence::new(A::TABLE.index_of(kind), AnyEvent::new(kind, payload));
        let result = at_once(self.machine.handle(&ctx, at));
        self.after(kind, &ctx, result);
    }

    fn pass(&mut self, kind: &'static str, payload: Encoded, deferred: bool) {
        let callback = if deferred { Callback::Deferred } else { Callback::Ignored };
        if A::CALLBACKS.has(callback) {
            let ctx = Context::new();
            let result = self.machine.pass(&ctx, &AnyEvent::new(kind, payload), deferred);
            self.after(&format!("({kind})"), &ctx, result);
        }
    }

    fn after(&mut self, kind: &str, ctx: &Context, result: Result<(), Broken>) {
        let log = self.machine.actor.log();
        self.own.extend(log.sent.drain(..));
        write!(self.told, "{kind}:").unwrap();
        log.story.drain(..).for_each(|line| write!(self.told, " {line},").unwrap());
        let ending = match result {
            Err(broken) => failure(&broken),
            Ok(()) if ctx.is_halting() => "halted".to_owned(),
            Ok(()) => format!("[{}]", self.machine.state_names()),
        };
        self.ended = !ending.starts_with('[');
        writeln!(self.told, " {ending}").unwrap();
    }
}
