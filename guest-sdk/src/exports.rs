//! The exports of a component, over any [`Actor`].

use crate::{
    Actor, Context, HandlerError, OnError,
    actor::{KindIndex, Reaction},
    bindings::{
        coyote::actor::turn,
        exports::coyote::actor::{handler, render, tasks},
    },
    failure::{Cause, fail, report_panics},
    payload::{Encoded, Encoding},
};
use core::{cell::RefCell, marker::PhantomData};

/// An actor that has a place to live: the component's one instance of it.
pub trait Instance: Actor {
    /// The place.
    fn cell() -> &'static Cell<Self>;
}

/// Where the actor or monitor of a component lives; empty before its first turn.
#[derive(Debug)]
pub struct Cell<A>(RefCell<Option<A>>);

// SAFETY: a component has one thread; threads are refused by the host.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "a component has one thread")]
unsafe impl<A> Sync for Cell<A> {}

impl<A> Cell<A> {
    /// An empty place.
    #[expect(clippy::new_without_default, reason = "a static is made by a `const fn`")]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    pub(crate) fn fill(&self, content: A) {
        *self.0.borrow_mut() = Some(content);
    }

    pub(crate) fn with<T>(&self, body: impl FnOnce(&mut A) -> T) -> T {
        body(
            self.0
                .borrow_mut()
                .as_mut()
                .expect("the host initialises an actor before anything else"),
        )
    }
}

/// The exports of a component that holds an `A`.
#[derive(Debug)]
pub struct Exports<A>(PhantomData<A>);

impl<A: Instance> handler::Guest for Exports<A> {
    fn describe() -> handler::Description {
        handler::Description {
            role: handler::Role::Actor,
            name: A::KIND.into(),
            kinds: A::KINDS.iter().map(|&kind| kind.into()).collect(),
            states: Vec::new(),
            rules: (0..)
                .zip(A::KINDS)
                .map(|(kind, _)| handler::Rule { kind, reaction: handler::Reaction::Do })
                .collect(),
            tells_ignored: false,
            tells_deferred: false,
        }
    }

    fn initialize(encoding: Encoding, bytes: Vec<u8>) {
        initialize::<A>(&Encoded { encoding, bytes: bytes.into() });
    }

    fn handle_event(kind: KindIndex, encoding: Encoding, bytes: Vec<u8>) {
        handle_event::<A>(kind, Encoded { encoding, bytes: bytes.into() });
    }

    fn handle_passed(_: KindIndex, _: Encoding, _: Vec<u8>, _: bool) {
        fail(
            Cause::IllegalCall,
            format_args!("this actor did not ask for ignored or deferred events"),
        );
    }
}

/// What a host that calls the module without its component may call instead, if a payload has up to 32 bytes: they
/// come as words, so nothing is allocated for them and nothing freed.
impl<A: Instance> Exports<A> {
    /// `initialize`.
    pub fn initialize_short(encoding: u32, length: u32, words: [u64; 4]) {
        #[cfg(target_family = "wasm")]
        wit_bindgen::rt::run_ctors_once();
        initialize::<A>(&Encoded::from_words(encoding, length, words));
    }

    /// `handle-event`.
    pub fn handle_event_short(kind: KindIndex, encoding: u32, length: u32, words: [u64; 4]) {
        handle_event::<A>(kind, Encoded::from_words(encoding, length, words));
    }
}

fn initialize<A: Instance>(initial: &Encoded) {
    report_panics();
    let ctx = Context::new();
    match A::initialize(&ctx, initial) {
        Ok(actor) => A::cell().fill(actor),
        Err(message) => fail(Cause::Error, format_args!("{message}")),
    }
    A::cell().with(|actor| halt_if_asked(actor, &ctx));
}

fn handle_event<A: Instance>(kind: KindIndex, payload: Encoded) {
    A::cell().with(|actor| {
        let ctx = Context::new();
        match actor.handle(&ctx, kind, payload) {
            Reaction::Handled => {}
            Reaction::Failed(message) => settle_error(actor, &ctx, message),
            Reaction::Unhandled => settle_unhandled(&ctx),
        }
        halt_if_asked(actor, &ctx);
    });
}

fn settle_error<A: Actor>(actor: &mut A, ctx: &Context, message: String) {
    let error = HandlerError::new(turn::kind(), message);
    match actor.on_error(ctx, &error) {
        OnError::Fail => {
            fail(Cause::Error, format_args!("the handler of `{}`: {error}", error.kind()))
        }
        OnError::Handled => {}
        OnError::Halt if ctx.is_halting() => {}
        OnError::Halt => ctx.halt(),
    }
}

/// V6, F5: `halt` halts, anything else is an error.
fn settle_unhandled(ctx: &Context) {
    match turn::kind().as_str() {
        "halt" => ctx.halt(),
        kind => fail(Cause::UnhandledEvent, format_args!("no handler for `{kind}`")),
    }
}

/// X2: the last action of the actor, then the halt itself.
fn halt_if_asked<A: Actor>(actor: &mut A, ctx: &Context) {
    if ctx.is_halting() {
        if let Err(message) = actor.on_halt(ctx) {
            fail(Cause::Error, format_args!("the last action: {message}"));
        }
        turn::halt();
    }
}

impl<A: Instance> tasks::Guest for Exports<A> {
    fn resume(_: tasks::TaskId) {
        nothing_waits()
    }

    fn deliver(_: tasks::TaskId, _: KindIndex, _: Encoding, _: Vec<u8>, _: bool) {
        nothing_waits()
    }

    fn matches(_: u32, _: KindIndex, _: Encoding, _: Vec<u8>) -> bool {
        nothing_waits()
    }
}

fn nothing_waits() -> ! {
    fail(Cause::IllegalCall, format_args!("no task of this actor waits"))
}

impl<A: Instance> render::Guest for Exports<A> {
    fn state() -> String {
        A::cell().with(|actor| format!("{actor:?}"))
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        A::render_event(&kind, &Encoded { encoding, bytes: bytes.into() })
    }
}
