//! State machines as toys: sections 6 and 7 of the semantics, as the SDK will do them in the guest.
//!
//! The kernel has the table of the machine and sees the stacks that it returns; everything inside a turn happens here.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use coyote_kernel::{Cause, Failure};

use crate::minimise::fails;
use crate::toy::{Handled, Species, Toy, plain};

type Act = Rc<dyn Fn(&mut Move<'_, '_>) -> Handled>;

/// What an action sees: the toy, and what it may ask for beyond effects.
pub(crate) struct Move<'a, 'b> {
    toy: &'a mut Toy<'b>,
    event: &'a Occurrence,
    stack: &'a [u32],
    /// What the action asked for, with its name.
    next: Option<(&'static str, Next)>,
    /// The state whose exit action this is.
    exits: Option<&'static str>,
}

/// What comes at the end of an action (R1).
enum Next {
    Raise(Occurrence),
    Goto(&'static str),
    Push(&'static str),
    Pop,
    Halt,
}

/// An event inside a turn.
#[derive(Clone)]
struct Occurrence {
    kind: String,
    payload: String,
}

impl<'b> Deref for Move<'_, 'b> {
    type Target = Toy<'b>;

    fn deref(&self) -> &Toy<'b> {
        self.toy
    }
}

impl DerefMut for Move<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.toy
    }
}

impl Move<'_, '_> {
    /// The kind of the event that led here, a raised one included.
    pub(crate) fn on(&self) -> &str {
        &self.event.kind
    }

    pub(crate) fn payload(&self) -> &str {
        &self.event.payload
    }

    /// How many states there are.
    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(crate) fn say(&mut self, text: &str) -> Handled {
        self.toy.tell(text);
        Ok(())
    }

    pub(crate) fn raise(&mut self, event: &str) -> Handled {
        let (kind, payload) = event.split_once(' ').unwrap_or((event, ""));
        let event = Occurrence { kind: kind.to_owned(), payload: payload.to_owned() };
        self.decide("raise", Next::Raise(event))
    }

    pub(crate) fn goto(&mut self, state: &'static str) -> Handled {
        self.decide("goto", Next::Goto(state))
    }

    pub(crate) fn push(&mut self, state: &'static str) -> Handled {
        self.decide("push", Next::Push(state))
    }

    pub(crate) fn pop(&mut self) -> Handled {
        self.decide("pop", Next::Pop)
    }

    pub(crate) fn end(&mut self) -> Handled {
        self.decide("halt", Next::Halt)
    }

    fn decide(&mut self, what: &'static str, next: Next) -> Handled {
        if let Some(state) = self.exits
            && !matches!(next, Next::Halt)
        {
            return illegal(format!("{what} in an exit action of `{state}` (R5)"));
        }
        if let Some((earlier, _)) = self.next {
            return illegal(format!("{what} after {earlier} in one action (R1)"));
        }
        self.next = Some((what, next));
        Ok(())
    }
}

fn illegal(message: String) -> Handled {
    Err(Failure::new(Cause::IllegalCall, message))
}

#[derive(Clone)]
enum Reaction {
    Do(Act),
    Goto(&'static str),
    Push(&'static str),
    Defer,
    Ignore,
}

#[derive(Default)]
struct State {
    name: &'static str,
    entry: Option<Act>,
    exit: Option<Act>,
    reactions: Vec<(&'static str, Reaction)>,
}

impl State {
    fn reaction(&self, kind: &str) -> Option<&Reaction> {
        self.reactions.iter().find(|(known, _)| *known == kind).map(|(_, reaction)| reaction)
    }
}

/// A state machine. What is said after [`Machine::state`] is about that state.
pub(crate) struct Machine {
    name: &'static str,
    states: Vec<State>,
    whole: Vec<(&'static str, Act)>,
    callbacks: Vec<(&'static str, Act)>,
}

pub(crate) fn machine(name: &'static str) -> Machine {
    Machine { name, states: Vec::new(), whole: Vec::new(), callbacks: Vec::new() }
}

impl Machine {
    pub(crate) fn state(mut self, name: &'static str) -> Self {
        self.states.push(State { name, ..State::default() });
        self
    }

    fn last(&mut self) -> &mut State {
        self.states.last_mut().expect("a state comes first")
    }

    pub(crate) fn entry(mut self, act: impl Fn(&mut Move<'_, '_>) -> Handled + 'static) -> Self {
        self.last().entry = Some(Rc::new(act));
        self
    }

    pub(crate) fn exit(mut self, act: impl Fn(&mut Move<'_, '_>) -> Handled + 'static) -> Self {
        self.last().exit = Some(Rc::new(act));
        self
    }

    fn reacts(mut self, kind: &'static str, reaction: Reaction) -> Self {
        self.last().reactions.push((kind, reaction));
        self
    }

    pub(crate) fn on(
        self,
        kind: &'static str,
        act: impl Fn(&mut Move<'_, '_>) -> Handled + 'static,
    ) -> Self {
        self.reacts(kind, Reaction::Do(Rc::new(act)))
    }

    pub(crate) fn goto(self, kind: &'static str, state: &'static str) -> Self {
        self.reacts(kind, Reaction::Goto(state))
    }

    pub(crate) fn push(self, kind: &'static str, state: &'static str) -> Self {
        self.reacts(kind, Reaction::Push(state))
    }

    pub(crate) fn defer(self, kind: &'static str) -> Self {
        self.reacts(kind, Reaction::Defer)
    }

    pub(crate) fn ignore(self, kind: &'static str) -> Self {
        self.reacts(kind, Reaction::Ignore)
    }

    /// A handler whatever the state (H5).
    pub(crate) fn whole(
        mut self,
        kind: &'static str,
        act: impl Fn(&mut Move<'_, '_>) -> Handled + 'static,
    ) -> Self {
        self.whole.push((kind, Rc::new(act)));
        self
    }

    /// One of the callbacks of section 10, without its `on-`.
    pub(crate) fn callback(
        mut self,
        name: &'static str,
        act: impl Fn(&mut Move<'_, '_>) -> Handled + 'static,
    ) -> Self {
        self.callbacks.push((name, Rc::new(act)));
        self
    }

    fn has_callback(&self, name: &str) -> bool {
        self.callbacks.iter().any(|(known, _)| *known == name)
    }

    fn place(&self, state: &str) -> u32 {
        let place = self.states.iter().position(|known| known.name == state);
        u32::try_from(place.unwrap_or_else(|| panic!("no state `{state}`"))).unwrap()
    }

    /// The toy.
    pub(crate) fn species(self) -> Species {
        let machine = Rc::new(self);
        let handler = machine.clone();
        let mut species = plain(machine.name, move |toy| handler.turn(toy));
        for state in &machine.states {
            let rules = state.reactions.iter().map(|(kind, reaction)| match reaction {
                Reaction::Do(_) => format!("{kind}: do"),
                Reaction::Goto(target) => format!("{kind}: goto {}", machine.place(target)),
                Reaction::Push(target) => format!("{kind}: push {}", machine.place(target)),
                Reaction::Defer => format!("{kind}: defer"),
                Reaction::Ignore => format!("{kind}: ignore"),
            });
            let rules: Vec<_> = rules.collect();
            species =
                species.state(state.name, &rules.iter().map(|rule| &**rule).collect::<Vec<_>>());
        }
        let whole: Vec<_> = machine.whole.iter().map(|(kind, _)| format!("{kind}: do")).collect();
        species
            .rules(&whole.iter().map(|rule| &**rule).collect::<Vec<_>>())
            .tells(machine.has_callback("event-ignored"), machine.has_callback("event-deferred"))
    }

    fn turn(&self, toy: &mut Toy<'_>) -> Handled {
        let stack = toy.memory.stack.clone();
        let mut running = Running { machine: self, toy, stack, over: false };
        running.turn()?;
        let Running { stack, over, .. } = running;
        // What halts keeps the stack it had: an empty one would not be allowed (H2).
        if !over {
            toy.memory.stack.clone_from(&stack);
            toy.set_stack(&stack);
        }
        Ok(())
    }

    /// V1 to V4.
    fn reaction(&self, stack: &[u32], kind: &str) -> Option<Reaction> {
        let nearest = |kind: &str| {
            stack.iter().enumerate().rev().find_map(|(level, &state)| {
                let reaction = self.states[state as usize].reaction(kind)?;
                let moves = matches!(reaction, Reaction::Goto(_) | Reaction::Push(_));
                (level + 1 == stack.len() || !moves).then_some((level, reaction))
            })
        };
        let wildcard = (kind != "default").then(|| nearest("*")).flatten();
        let found = match (nearest(kind), wildcard) {
            (Some((level, _)), Some((above, wild))) if above > level => Some(wild),
            (Some((_, reaction)), _) | (None, Some((_, reaction))) => Some(reaction),
            (None, None) => None,
        };
        let whole = || self.whole.iter().find(|(known, _)| *known == kind);
        found.cloned().or_else(|| whole().map(|(_, act)| Reaction::Do(act.clone())))
    }
}

/// A machine in a turn.
struct Running<'a, 'b> {
    machine: &'a Machine,
    toy: &'a mut Toy<'b>,
    stack: Vec<u32>,
    /// It has requested to halt.
    over: bool,
}

impl Running<'_, '_> {
    fn turn(&mut self) -> Handled {
        let (kind, payload) = (self.toy.on(), self.toy.payload());
        let event = Occurrence { kind, payload };
        // What a compiler makes of an async action: it goes on where it waited.
        if self.toy.task().is_some() {
            return self.callback("resumed", &event);
        }
        if let Some((kind, deferred)) = self.toy.passed() {
            let callback = if deferred { "event-deferred" } else { "event-ignored" };
            return self.callback(callback, &Occurrence { kind, ..event });
        }
        if event.kind == "init" {
            self.stack = vec![0];
            self.callback("init", &event)?;
            return self.enter(&event);
        }
        let is_taken = event.kind != "default";
        if is_taken {
            self.callback("event-dequeued", &event)?;
        }
        self.handle(&event)?;
        if is_taken { self.callback("event-handled", &event) } else { Ok(()) }
    }

    fn top(&self) -> Option<&State> {
        self.stack.last().map(|&state| &self.machine.states[state as usize])
    }

    /// Runs an action, and what it asks for at its end.
    fn act(&mut self, act: &Act, event: &Occurrence) -> Handled {
        let next = self.call(act, event, None)?;
        match next {
            None => Ok(()),
            Some(Next::Raise(event)) => self.raised(&event),
            Some(Next::Goto(state)) => self.goto(state, event),
            Some(Next::Push(state)) => self.pushed(state, event),
            Some(Next::Pop) => self.popped(event),
            Some(Next::Halt) => self.halt(event),
        }
    }

    fn call(
        &mut self,
        act: &Act,
        event: &Occurrence,
        exits: Option<&'static str>,
    ) -> Result<Option<Next>, Failure> {
        let (toy, stack) = (&mut *self.toy, &self.stack);
        let mut act_on = Move { toy, event, stack, next: None, exits };
        let result = act(&mut act_on);
        let next = act_on.next.map(|(_, next)| next);
        match result {
            Ok(()) => Ok(next),
            Err(failure) => self.settle(failure, event),
        }
    }

    /// F1 to F3, F5: the callback of errors halts the actor or does not, or the turn fails.
    fn settle(&mut self, failure: Failure, event: &Occurrence) -> Result<Option<Next>, Failure> {
        let is_settled = matches!(failure.cause, Cause::Error | Cause::UnhandledEvent)
            && !self.over
            && self.machine.has_callback("error")
            && self.callback("error", event).is_ok();
        if !is_settled {
            return Err(failure);
        }
        if failure.cause == Cause::UnhandledEvent && !self.over {
            self.halt(event)?;
        }
        Ok(None)
    }

    fn callback(&mut self, name: &str, event: &Occurrence) -> Handled {
        let machine = self.machine;
        let Some((_, act)) = machine.callbacks.iter().find(|(known, _)| *known == name) else {
            return Ok(());
        };
        self.act(act, event)
    }

    fn handle(&mut self, event: &Occurrence) -> Handled {
        let taken_in = self.top().map_or("", |state| state.name);
        loop {
            match self.machine.reaction(&self.stack, &event.kind) {
                Some(Reaction::Do(act)) => return self.act(&act, event),
                Some(Reaction::Goto(state)) => return self.goto(state, event),
                Some(Reaction::Push(state)) => return self.pushed(state, event),
                Some(Reaction::Ignore | Reaction::Defer) => {
                    unreachable!("the kernel does not offer `{}`", event.kind)
                }
                None if self.stack.is_empty() => return self.unhandled(event, taken_in),
                None => {
                    self.exit(event)?;
                    if self.over {
                        return Ok(());
                    }
                    self.stack.pop();
                }
            }
        }
    }

    /// V6.
    fn unhandled(&mut self, event: &Occurrence, taken_in: &str) -> Handled {
        if event.kind == "halt" {
            return self.halt(event);
        }
        self.callback("event-unhandled", event)?;
        if self.over {
            return Ok(());
        }
        let message = format!("no reaction in `{taken_in}`");
        self.settle(Failure::new(Cause::UnhandledEvent, message), event).map(drop)
    }

    /// R2.
    fn raised(&mut self, event: &Occurrence) -> Handled {
        match self.machine.reaction(&self.stack, &event.kind) {
            Some(Reaction::Ignore) => self.callback("event-ignored", event),
            Some(Reaction::Defer) => {
                let state = self.top().map_or("", |state| state.name);
                illegal(format!("raise of `{}`, which `{state}` defers (R2)", event.kind))
            }
            _ => self.handle(event),
        }
    }

    fn enter(&mut self, event: &Occurrence) -> Handled {
        match self.top().and_then(|state| state.entry.clone()) {
            Some(act) if !self.over => self.act(&act, event),
            _ => Ok(()),
        }
    }

    /// R5.
    fn exit(&mut self, event: &Occurrence) -> Handled {
        let Some(State { name, exit: Some(act), .. }) = self.top() else { return Ok(()) };
        let (name, act) = (*name, act.clone());
        match self.call(&act, event, Some(name))? {
            Some(Next::Halt) => self.halt(event),
            _ => Ok(()),
        }
    }

    /// R3, without an action of the transition's own.
    fn goto(&mut self, state: &str, event: &Occurrence) -> Handled {
        self.exit(event)?;
        if self.over {
            return Ok(());
        }
        self.stack.pop();
        self.stack.push(self.machine.place(state));
        self.enter(event)
    }

    fn pushed(&mut self, state: &str, event: &Occurrence) -> Handled {
        self.stack.push(self.machine.place(state));
        self.enter(event)
    }

    /// R4.
    fn popped(&mut self, event: &Occurrence) -> Handled {
        self.exit(event)?;
        if self.over {
            return Ok(());
        }
        let state = self.top().map_or("", |state| state.name);
        if self.stack.len() == 1 {
            return illegal(format!("pop of the last state, `{state}` (R4)"));
        }
        self.stack.pop();
        Ok(())
    }

    fn halt(&mut self, event: &Occurrence) -> Handled {
        self.over = true;
        self.callback("halt", event)?;
        self.toy.halt();
        Ok(())
    }
}

impl From<Machine> for Species {
    fn from(machine: Machine) -> Self {
        machine.species()
    }
}

/// Tells what it is about.
pub(crate) fn tell_on(act: &mut Move<'_, '_>) -> Handled {
    let on = act.on().to_owned();
    act.say(&on)
}

pub(crate) fn nothing(_: &mut Move<'_, '_>) -> Handled {
    Ok(())
}

pub(crate) fn says(text: &'static str) -> impl Fn(&mut Move<'_, '_>) -> Handled {
    move |act| act.say(text)
}

pub(crate) fn asserts(text: &'static str) -> impl Fn(&mut Move<'_, '_>) -> Handled {
    move |_| fails(text)
}

pub(crate) fn pops(act: &mut Move<'_, '_>) -> Handled {
    act.pop()
}

pub(crate) fn ends(act: &mut Move<'_, '_>) -> Handled {
    act.end()
}
