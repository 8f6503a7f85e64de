//! An actor with states: one turn of it, run to completion (T1).

use crate::{
    Actor, AnyEvent, Context, HandlerError, Next, States,
    actor::{Callback, NotStarted, call_back, part, settle},
    failure::{Broken, Cause},
    host::report,
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

    /// Calls a method of the table that is not async.
    fn call(
        &mut self,
        ctx: &Context,
        method: u16,
        event: &AnyEvent,
    ) -> Result<Next<Self::States>, String>;

    /// Whether any method is async, `#[on(init)]` included.
    const WAITS: bool = Self::STARTS_ASYNC;

    /// Whether a method is async.
    #[must_use]
    fn is_async(_: u16) -> bool {
        false
    }

    /// Calls a method of the table that is async.
    fn call_async(
        &mut self,
        _: &Context,
        _: u16,
        _: &AnyEvent,
    ) -> impl Future<Output = Result<Next<Self::States>, String>> {
        async { unreachable!("no method is async") }
    }
}

/// An actor and the stack of its states.
#[doc(hidden)]
#[derive(Debug)]
pub struct Machine<A> {
    pub(crate) actor: A,
    /// The start state, or what took its place, first. Empty only in a turn that halts.
    stack: Vec<u32>,
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

    pub(crate) fn kind(&self) -> &str {
        self.event.kind()
    }
}

type After<S> = Result<Next<S>, Broken>;

impl<A: Stateful> Machine<A> {
    /// The first part of the first turn: `#[on(init)]`.
    pub(crate) async fn create(ctx: &Context, initial: &Encoded) -> Result<Self, Broken> {
        let (actor, error) = match A::initialize(ctx, initial).await {
            Ok(actor) => (actor, None),
            Err(NotStarted { actor: Some(actor), error }) => (actor, Some(error)),
            Err(NotStarted { actor: None, error: message }) => {
                return Err(Broken { cause: Cause::Error, message });
            }
        };
        let mut machine = Self { actor, stack: vec![0] };
        if let Some(error) = error {
            let error = HandlerError::new(String::new(), "the first turn".to_owned(), error);
            settle(&mut machine.actor, ctx, &error)?;
        }
        Ok(machine)
    }

    /// The rest of the first turn: the entry of the start state (I3).
    pub(crate) async fn start(&mut self, ctx: &Context, initial: Encoded) -> Result<(), Broken> {
        let mut at = Occurrence::new(usize::MAX, AnyEvent::new("", initial));
        if !ctx.is_halting() {
            let next = self.enter(ctx, &at).await?;
            self.run(ctx, &mut at, next).await?;
        }
        self.finish(ctx, &at)
    }

    /// A turn with an event of the inbox, or the default event.
    pub(crate) async fn handle(&mut self, ctx: &Context, mut at: Occurrence) -> Result<(), Broken> {
        let (callbacks, from_inbox) = (A::CALLBACKS, at.kind != A::TABLE.default);
        if callbacks.has(Callback::Dequeued) && from_inbox {
            self.call_back(ctx, Callback::Dequeued, &at)?;
        }
        let tells = callbacks.has(Callback::Handled) && from_inbox;
        let taken = tells.then(|| at.event.clone());
        if !ctx.is_halting() {
            // The usual case first: the top handles it, and nothing comes next.
            let own = self.stack.last().and_then(|&top| A::TABLE.own(top, at.kind));
            let next = match own {
                Some(Rule::Do(method)) => self.call(ctx, method, &at).await?,
                _ => self.react(ctx, &at).await?,
            };
            if !matches!(next.0, Decision::Stay) {
                self.run(ctx, &mut at, next).await?;
            }
        }
        if let Some(event) = taken {
            call_back(&mut self.actor, ctx, Callback::Handled, &event, 0)?;
        }
        self.finish(ctx, &at)
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

    pub(crate) fn actor(&mut self) -> &mut A {
        &mut self.actor
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
    async fn run(
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
                Decision::Goto(state) => self.goto(ctx, at, state.index(), NONE).await?,
                Decision::Push(state) => self.push(ctx, at, state.index()).await?,
                Decision::Pop => self.pop(ctx, at).await?,
                Decision::Raise(raised) => {
                    let Raised { kind, payload } = *raised;
                    *at = Occurrence::new(A::TABLE.index_of(kind), AnyEvent::new(kind, payload));
                    self.raise(ctx, at).await?
                }
            };
        }
    }

    /// R2.
    async fn raise(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        match A::TABLE.rule(&self.stack, at.kind) {
            Some(Rule::Ignore) => {
                self.call_back(ctx, Callback::Ignored, at)?;
                Ok(Next::stay())
            }
            Some(Rule::Defer) => {
                let (kind, state) = (at.event.kind(), self.top_name());
                illegal(format!("raise of `{kind}`, which is deferred in state `{state}`"))
            }
            _ => self.react(ctx, at).await,
        }
    }

    /// V1 to V6.
    async fn react(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        let taken_in = self.stack.last().copied();
        loop {
            let rule = match self.stack.as_slice() {
                [] => A::TABLE.fallback(at.kind),
                stack => A::TABLE.rule(stack, at.kind),
            };
            match rule {
                Some(Rule::Do(method)) => return self.call(ctx, method, at).await,
                Some(Rule::Goto(state, action)) => {
                    return self.goto(ctx, at, state.into(), action).await;
                }
                Some(Rule::Push(state)) => return self.push(ctx, at, state.into()).await,
                // The host passes these by; if it offers one nevertheless, there is nothing to do.
                Some(Rule::Defer | Rule::Ignore) => return Ok(Next::stay()),
                None if self.stack.is_empty() => return self.unhandled(ctx, at, taken_in),
                None => {
                    self.exit(ctx, at).await?;
                    if ctx.is_halting() {
                        return Ok(Next::stay());
                    }
                    self.stack.pop();
                    self.tell();
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
    async fn goto(
        &mut self,
        ctx: &Context,
        at: &Occurrence,
        state: u32,
        action: u16,
    ) -> After<A::States> {
        self.exit(ctx, at).await?;
        if action != NONE && !ctx.is_halting() {
            self.call(ctx, action, at).await?;
        }
        if ctx.is_halting() {
            return Ok(Next::stay());
        }
        if let Some(top) = self.stack.last_mut()
            && mem::replace(top, state) != state
        {
            self.tell();
        }
        self.enter(ctx, at).await
    }

    /// R4.
    async fn push(&mut self, ctx: &Context, at: &Occurrence, state: u32) -> After<A::States> {
        self.stack.push(state);
        self.tell();
        self.enter(ctx, at).await
    }

    /// R4.
    async fn pop(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        self.exit(ctx, at).await?;
        if !ctx.is_halting() {
            if self.stack.len() == 1 {
                return illegal(format!("pop of the last state, `{}`", self.top_name()));
            }
            self.stack.pop();
            self.tell();
        }
        Ok(Next::stay())
    }

    /// Tells the host of the states at once: what comes next may wait. What halts has none any more.
    fn tell(&self) {
        if !self.stack.is_empty() {
            report::set_states(&self.stack);
        }
    }

    async fn enter(&mut self, ctx: &Context, at: &Occurrence) -> After<A::States> {
        match self.stack.last().map(|&top| A::TABLE.entries[top as usize]) {
            Some(NONE) | None => Ok(Next::stay()),
            Some(method) => self.call(ctx, method, at).await,
        }
    }

    async fn exit(&mut self, ctx: &Context, at: &Occurrence) -> Result<(), Broken> {
        match self.stack.last().map(|&top| A::TABLE.exits[top as usize]) {
            Some(NONE) | None => Ok(()),
            Some(method) => self.call(ctx, method, at).await.map(drop),
        }
    }

    /// Calls a method, and settles its error.
    async fn call(&mut self, ctx: &Context, method: u16, at: &Occurrence) -> After<A::States> {
        let outcome = match A::is_async(method) {
            true => self.actor.call_async(ctx, method, &at.event).await,
            false => self.actor.call(ctx, method, &at.event),
        };
        match outcome {
            Ok(next) if matches!(next.0, Decision::Stay) || !ctx.is_halting() => Ok(next),
            outcome => self.settle(ctx, method, at, outcome),
        }
    }

    #[cold]
    fn settle(
        &mut self,
        ctx: &Context,
        method: u16,
        at: &Occurrence,
        outcome: Result<Next<A::States>, String>,
    ) -> After<A::States> {
        let place = self.place(method);
        match outcome {
            Ok(next) => illegal(format!("{} after halt in one action, {place}", next.0.name())),
            Err(message) => {
                let kind = at.event.kind().to_owned();
                settle(&mut self.actor, ctx, &HandlerError::new(kind, place, message))?;
                Ok(Next::stay())
            }
        }
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
