//! An actor with states: one turn of it, run to completion (T1).

use crate::{
    Actor, AnyEvent, Context, HandlerError, Next, States,
    actor::{Callback, NotStarted, call_back, part, settle},
    failure::{Broken, Cause},
    payload::Encoded,
    states::{Decision, Raised},
    table::{ANY, DEFAULT, NONE, Rule, Table, When},
};
use core::mem;

/// An actor with states.
#[doc(hidden)]
pub trait Stateful: Actor {
    /// Its states.
    type States: States;

    /// What it does when.
    const TABLE: &'static Table;

    /// Calls a method of the table.
    fn call(
        &mut self,
        ctx: &Context,
        method: u16,
        event: &AnyEvent,
    ) -> Result<Next<Self::States>, String>;
}

/// An actor and the stack of its states.
#[doc(hidden)]
#[derive(Debug)]
pub struct Machine<A> {
    pub(crate) actor: A,
    /// The start state, or what took its place, first. Empty only in a turn that halts.
    stack: Vec<u32>,
    /// Whether the stack may have changed in this turn.
    moved: bool,
}

/// An event inside a turn.
#[derive(Debug)]
pub(crate) struct Occurrence {
    /// Its index in the table; past the end if it is not listed.
    kind: usize,
    event: AnyEvent,
}

impl Occurrence {
    pub(crate) fn new(kind: usize, event: AnyEvent) -> Self {
        Self { kind, event }
    }
}

type After<S> = Result<Next<S>, Broken>;

impl<A: Stateful> Machine<A> {
    /// The first turn: `#[on(init)]`, then the entry of the start state (I3).
    pub(crate) fn start(ctx: &Context, initial: Encoded) -> Result<Self, Broken> {
        let (actor, error) = match A::initialize(ctx, &initial) {
            Ok(actor) => (actor, None),
            Err(NotStarted { actor: Some(actor), error }) => (actor, Some(error)),
            Err(NotStarted { actor: None, error: message }) => {
                return Err(Broken { cause: Cause::Error, message });
            }
        };
        let mut machine = Self { actor, stack: vec![0], moved: false };
        if let Some(error) = error {
            let error = HandlerError::new(String::new(), "the first turn".to_owned(), error);
            settle(&mut machine.actor, ctx, &error)?;
        }
        let mut at = Occurrence::new(usize::MAX, AnyEvent::new("", initial));
        if !ctx.is_halting() {
            let next = machine.enter(ctx, &at)?;
            machine.run(ctx, &mut at, next)?;
        }
        machine.finish(ctx, &at)?;
        Ok(machine)
    }

    /// A turn with an event of the inbox, or the default event.
    pub(crate) fn handle(&mut self, ctx: &Context, at: &mut Occurrence) -> Result<(), Broken> {
        let (callbacks, from_inbox) = (A::CALLBACKS, at.kind != A::TABLE.default);
        if callbacks.has(Callback::Dequeued) && from_inbox {
            self.call_back(ctx, Callback::Dequeued, at)?;
        }
        let tells = callbacks.has(Callback::Handled) && from_inbox;
        let taken = tells.then(|| at.event.clone());
        if !ctx.is_halting() {
            // The usual case first: the top handles it, and nothing comes next.
            let own = self.stack.last().and_then(|&top| A::TABLE.own(top, at.kind));
            let next = match own {
                Some(Rule::Do(method)) => self.call(ctx, method, at)?,
                _ => self.react(ctx, at)?,
            };
            if !matches!(next.0, Decision::Stay) {
                self.run(ctx, at, next)?;
            }
        }
        if let Some(event) = taken {
            call_back(&mut self.actor, ctx, Callback::Handled, &event, 0)?;
        }
        self.finish(ctx, at)
    }

    /// A turn that tells of an event which the states ignore or defer.
    pub(crate) fn pass(
        &mut self,
        ctx: &Context,
        event: &AnyEvent,
        deferred: bool,
    ) -> Result<(), Broken> {
        let callback = if deferred { Callback::Deferred } else { Callback::Ignored };
        call_back(&mut self.actor, ctx, callback, event, 0)?;
        if ctx.is_halting() { part(&mut self.actor, ctx, event) } else { Ok(()) }
    }

    /// The stack, if it has changed in this turn.
    pub(crate) fn take_moved(&mut self) -> Option<&[u32]> {
        mem::take(&mut self.moved).then_some(&*self.stack)
    }

    /// The names of the states, the start state first.
    pub(crate) fn state_names(&self) -> String {
        let names: Vec<_> = self.stack.iter().map(|&state| A::TABLE.name(state)).collect();
        names.join(" > ")
    }

    fn call_back(
        &mut self,
        ctx: &Context,
        callback: Callback,
        at: &Occurrence,
    ) -> Result<(), Broken> {
        call_back(&mut self.actor, ctx, callback, &at.event, 0)
    }

    /// X2, F4.
    fn finish(&mut self, ctx: &Context, at: &Occurrence) -> Result<(), Broken> {
        if ctx.is_halting() { part(&mut self.actor, ctx, &at.event) } else { Ok(()) }
    }

    /// Goes on until nothing comes next (T1, R1). What is raised takes the place of the event.
    fn run(
        &mut self,
        ctx: &Context,
        at: &mut Occurrence,
        mut next: Next<A::States>,
    ) -> Result<(), Broken> {
        loop {
            next = match next.0 {
                Decision::Stay => return Ok(()),
                Decision::Halt => {
                    ctx.end();
                    return Ok(());
                }
                Decision::Goto(state) => self.goto(ctx, at, state.index(), NONE)?,
                Decision::Push(state) => self.push(ctx, at, state.index())?,
                Decision::Pop => self.pop(ctx, at)?,
                Decision::Raise(raised) => {
                    let Raised { kind, payload } = *raised;
                    *at = Occurrence::new(A::TABLE.index_of(kind), AnyEvent::new(kind, payload));
                    self.raise(ctx, at)?
                }
            };
        }
    }

    /// R2.
    fn raise(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        match A::TABLE.rule(&self.stack, at.kind) {
            Some(Rule::Ignore) => {
                self.call_back(ctx, Callback::Ignored, at)?;
                Ok(Next::stay())
            }
            Some(Rule::Defer) => {
                let (kind, state) = (at.event.kind(), self.top_name());
                illegal(format!("raise of `{kind}`, which is deferred in state `{state}`"))
            }
            _ => self.react(ctx, at),
        }
    }

    /// V1 to V6.
    fn react(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        let taken_in = self.stack.last().copied();
        loop {
            let rule = match self.stack.as_slice() {
                [] => A::TABLE.fallback(at.kind),
                stack => A::TABLE.rule(stack, at.kind),
            };
            match rule {
                Some(Rule::Do(method)) => return self.call(ctx, method, at),
                Some(Rule::Goto(state, action)) => {
                    return self.goto(ctx, at, state.into(), action);
                }
                Some(Rule::Push(state)) => return self.push(ctx, at, state.into()),
                // The host passes these by; if it offers one nevertheless, there is nothing to do.
                Some(Rule::Defer | Rule::Ignore) => return Ok(Next::stay()),
                None if self.stack.is_empty() => return self.unhandled(ctx, at, taken_in),
                None => {
                    self.exit(ctx, at)?;
                    if ctx.is_halting() {
                        return Ok(Next::stay());
                    }
                    self.stack.pop();
                    self.moved = true;
                }
            }
        }
    }

    /// F5.
    #[cold]
    fn unhandled(
        &mut self,
        ctx: &Context,
        at: &Occurrence,
        taken_in: Option<u32>,
    ) -> After<A::States> {
        let kind = at.event.kind();
        if kind == "halt" {
            return Ok(Next::halt());
        }
        let state = taken_in.unwrap_or(0);
        call_back(&mut self.actor, ctx, Callback::Unhandled, &at.event, state)?;
        if !ctx.is_halting() {
            let message = format!("no reaction to `{kind}` in state `{}`", A::TABLE.name(state));
            let error = HandlerError::unhandled(kind.to_owned(), message);
            settle(&mut self.actor, ctx, &error)?;
        }
        Ok(Next::stay())
    }

    /// R3.
    fn goto(
        &mut self,
        ctx: &Context,
        at: &Occurrence,
        state: u32,
        action: u16,
    ) -> After<A::States> {
        self.exit(ctx, at)?;
        if action != NONE && !ctx.is_halting() {
            self.call(ctx, action, at)?;
        }
        if ctx.is_halting() {
            return Ok(Next::stay());
        }
        if let Some(top) = self.stack.last_mut() {
            self.moved |= *top != state;
            *top = state;
        }
        self.enter(ctx, at)
    }

    /// R4.
    fn push(&mut self, ctx: &Context, at: &Occurrence, state: u32) -> After<A::States> {
        self.stack.push(state);
        self.moved = true;
        self.enter(ctx, at)
    }

    /// R4.
    fn pop(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        self.exit(ctx, at)?;
        if !ctx.is_halting() {
            if self.stack.len() == 1 {
                return illegal(format!("pop of the last state, `{}`", self.top_name()));
            }
            self.stack.pop();
            self.moved = true;
        }
        Ok(Next::stay())
    }

    fn enter(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        match self.stack.last().map(|&top| A::TABLE.entries[top as usize]) {
            Some(NONE) | None => Ok(Next::stay()),
            Some(method) => self.call(ctx, method, at),
        }
    }

    fn exit(&mut self, ctx: &Context, at: &Occurrence) -> Result<(), Broken> {
        match self.stack.last().map(|&top| A::TABLE.exits[top as usize]) {
            Some(NONE) | None => Ok(()),
            Some(method) => self.call(ctx, method, at).map(drop),
        }
    }

    /// Calls a method, and settles its error.
    fn call(&mut self, ctx: &Context, method: u16, at: &Occurrence) -> After<A::States> {
        match self.actor.call(ctx, method, &at.event) {
            Ok(next) if !ctx.is_halting() || matches!(next.0, Decision::Stay) => Ok(next),
            Ok(next) => {
                let (place, name) = (self.place(method), next.0.name());
                illegal(format!("{name} after halt in one action, {place}"))
            }
            Err(message) => self.settle(ctx, method, at, message),
        }
    }

    #[cold]
    fn settle(
        &mut self,
        ctx: &Context,
        method: u16,
        at: &Occurrence,
        message: String,
    ) -> After<A::States> {
        let (kind, place) = (at.event.kind().to_owned(), self.place(method));
        settle(&mut self.actor, ctx, &HandlerError::new(kind, place, message))?;
        Ok(Next::stay())
    }

    /// What a method is, in words.
    #[cold]
    fn place(&self, method: u16) -> String {
        let handler = &A::TABLE.declared.handlers[method as usize];
        let what = match (handler.when, handler.kind) {
            (When::Entry, _) => "the entry".to_owned(),
            (When::Exit, _) => "the exit".to_owned(),
            (When::Goto, kind) => format!("the goto on `{kind}`"),
            (When::Event, ANY) => "the wildcard handler".to_owned(),
            (When::Event, DEFAULT) => "the default handler".to_owned(),
            (When::Event, kind) => format!("the handler of `{kind}`"),
        };
        match self.stack.last() {
            Some(&top) => format!("{what} in state `{}`", A::TABLE.name(top)),
            None => what,
        }
    }

    fn top_name(&self) -> &'static str {
        self.stack.last().map_or("none", |&top| A::TABLE.name(top))
    }
}

fn illegal<T>(message: String) -> Result<T, Broken> {
    Err(Broken { cause: Cause::IllegalCall, message })
}

#[cfg(test)]
mod tests;
