//! The exports of a component, over any [`Actor`].

use crate::{
    AnyEvent, Context, HandlerError,
    actor::{Callback, KindIndex, NotStarted, Plain, Reaction, call_back, part, settle},
    bindings::{
        coyote::actor::turn,
        exports::coyote::actor::{handler, render, tasks},
    },
    failure::{Broken, Cause, fail, report_panics},
    payload::{Encoded, Encoding},
};
use core::{cell::RefCell, marker::PhantomData};

/// An actor that has a place to live: the component's one instance of it.
pub trait Instance: Plain {
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
        handle_event::<A>(kind, &Encoded { encoding, bytes: bytes.into() });
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
        handle_event::<A>(kind, &Encoded::from_words(encoding, length, words));
    }
}

fn initialize<A: Instance>(initial: &Encoded) {
    report_panics();
    let ctx = Context::new();
    match A::initialize(&ctx, initial) {
        Ok(actor) => A::cell().fill(actor),
        Err(NotStarted { actor: None, error }) => fail(Cause::Error, format_args!("{error}")),
        Err(NotStarted { actor: Some(mut actor), error }) => {
            let error = HandlerError::new(String::new(), "the first turn".to_owned(), error);
            settle(&mut actor, &ctx, &error).unwrap_or_else(|broken| broken.end());
            A::cell().fill(actor);
        }
    }
    A::cell().with(|actor| halt_if_asked(actor, &ctx, initial));
}

fn handle_event<A: Instance>(kind: KindIndex, payload: &Encoded) {
    A::cell().with(|actor| {
        let ctx = Context::new();
        tell(actor, &ctx, Callback::Dequeued, payload);
        if !ctx.is_halting() {
            match actor.handle(&ctx, kind, payload) {
                Reaction::Handled => {}
                Reaction::Failed(message) => settle_error(actor, &ctx, message),
                Reaction::Unhandled => settle_unhandled(actor, &ctx, payload),
            }
        }
        tell(actor, &ctx, Callback::Handled, payload);
        halt_if_asked(actor, &ctx, payload);
    });
}

/// Calls a callback, if there is one.
fn tell<A: Plain>(actor: &mut A, ctx: &Context, callback: Callback, payload: &Encoded) {
    if A::CALLBACKS.has(callback) {
        let event = AnyEvent::of_this_turn(payload.clone());
        or_end(call_back(actor, ctx, callback, &event, 0));
    }
}

fn or_end(result: Result<(), Broken>) {
    if let Err(broken) = result {
        broken.end();
    }
}

fn settle_error<A: Plain>(actor: &mut A, ctx: &Context, message: String) {
    let kind = turn::kind();
    let place = format!("the handler of `{kind}`");
    or_end(settle(actor, ctx, &HandlerError::new(kind, place, message)));
}

/// V6, F5: `halt` halts, anything else is an error.
fn settle_unhandled<A: Plain>(actor: &mut A, ctx: &Context, payload: &Encoded) {
    let kind = turn::kind();
    if kind == "halt" {
        return ctx.end();
    }
    tell(actor, ctx, Callback::Unhandled, payload);
    if !ctx.is_halting() {
        let message = format!("no handler for `{kind}`");
        or_end(settle(actor, ctx, &HandlerError::unhandled(kind, message)));
    }
}

/// X2: the last action of the actor, then the halt itself.
fn halt_if_asked<A: Plain>(actor: &mut A, ctx: &Context, payload: &Encoded) {
    if ctx.is_halting() {
        if A::CALLBACKS.has(Callback::Halt) {
            let event = AnyEvent::of_this_turn(payload.clone());
            or_end(part(actor, ctx, &event));
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

pub(crate) fn nothing_waits() -> ! {
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
