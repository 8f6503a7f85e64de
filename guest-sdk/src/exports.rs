//! The exports of a component, over any actor without states.

use crate::{
    Actor, AnyEvent, Context, HandlerError,
    actor::{Callback, KindIndex, NotStarted, Plain, Reaction, call_back, part, settle},
    bindings::exports::coyote::actor::{handler, render, tasks},
    failure::{Broken, Cause, fail, report_panics},
    host::{ANSWER, turn},
    memory::Cell,
    payload::{Encoded, Encoding},
    task::{
        executor::{self, Entry, Failed, at_once, nothing_waits},
        kinds,
        wait::Delivery,
    },
};
use core::marker::PhantomData;

/// An actor that has a place to live: the component's one instance of it.
pub trait Instance: Plain {
    /// The place.
    fn cell() -> &'static Cell<Self>;
}

/// The state of an actor that cannot be looked at.
pub(crate) const IN_HANDLER: &str = "in a handler that waits";

/// The exports of a component that holds an `A`.
#[derive(Debug)]
pub struct Exports<A>(PhantomData<A>);

impl<A: Instance> handler::Guest for Exports<A> {
    fn describe() -> handler::Description {
        handler::Description {
            role: handler::Role::Actor,
            name: A::KIND.into(),
            kinds: described(A::KINDS),
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
        initialize::<A>(Encoded { encoding, bytes: bytes.into() });
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
        initialize::<A>(Encoded::from_words(encoding, length, words));
    }

    /// `handle-event`.
    pub fn handle_event_short(kind: KindIndex, encoding: u32, length: u32, words: [u64; 4]) {
        handle_event::<A>(kind, &Encoded::from_words(encoding, length, words));
    }
}

/// The kinds that have handlers, then those that may be received.
pub(crate) fn described(handled: &'static [&'static str]) -> Vec<String> {
    kinds::handle(handled);
    kinds::all()
}

fn initialize<A: Instance>(initial: Encoded) {
    report_panics();
    kinds::handle(A::KINDS);
    let code = async move {
        let ctx = Context::new();
        start(&ctx, A::initialize(&ctx, &initial).await);
        A::cell().with(|actor| halt_if_asked(actor, &ctx, || AnyEvent::new("", initial)));
    };
    if A::STARTS_ASYNC { run_handler::<A>("init", code) } else { at_once(code) }
}

/// Runs a turn whose code may wait.
fn run_handler<A: Instance>(label: &str, code: impl Future<Output = ()> + 'static) {
    executor::run_handler(label, Box::pin(code));
    after_tasks(A::cell(), |actor| actor);
}

/// The actor takes its place.
fn start<A: Instance>(ctx: &Context, started: Result<A, NotStarted<A>>) {
    match started {
        Ok(actor) => A::cell().fill(actor),
        Err(NotStarted { actor: None, error }) => fail(Cause::Error, format_args!("{error}")),
        Err(NotStarted { actor: Some(mut actor), error }) => {
            let error = HandlerError::new(String::new(), "the first turn".to_owned(), error);
            settle(&mut actor, ctx, &error).unwrap_or_else(|broken| broken.end());
            A::cell().fill(actor);
        }
    }
}

fn handle_event<A: Instance>(kind: KindIndex, payload: &Encoded) {
    if A::is_async(kind) {
        return handle_async::<A>(kind, payload.clone());
    }
    let event = || AnyEvent::of_this_turn(payload.clone());
    A::cell().with(|actor| {
        let ctx = Context::new();
        tell(actor, &ctx, Callback::Dequeued, event);
        if !ctx.is_halting() {
            match actor.handle(&ctx, kind, payload) {
                Reaction::Handled => {}
                Reaction::Failed(message) => settle_error(actor, &ctx, turn::kind(), message),
                Reaction::Unhandled => settle_unhandled(actor, &ctx, event),
            }
        }
        tell(actor, &ctx, Callback::Handled, event);
        halt_if_asked(actor, &ctx, event);
    });
}

/// The actor goes into its handler, and comes back when that has ended: until then it is not free (K2).
fn handle_async<A: Instance>(kind: KindIndex, payload: Encoded) {
    let mut taken = A::cell().take();
    let kind_name = match A::KINDS.get(kind as usize) {
        Some(&name) if name != "*" => name.to_owned(),
        _ => turn::kind(),
    };
    let label = kind_name.clone();
    let code = async move {
        let (actor, ctx) = (taken.get(), Context::new());
        let event = || AnyEvent::new(kind_name.clone(), payload.clone());
        tell(actor, &ctx, Callback::Dequeued, event);
        if !ctx.is_halting() {
            match actor.handle_async(&ctx, kind, &payload).await {
                Reaction::Handled => {}
                Reaction::Failed(message) => settle_error(actor, &ctx, kind_name.clone(), message),
                Reaction::Unhandled => settle_unhandled(actor, &ctx, event),
            }
        }
        tell(actor, &ctx, Callback::Handled, event);
        halt_if_asked(actor, &ctx, event);
    };
    run_handler::<A>(&label, code);
}

/// What is left to do in a call in which a task had its turn: others that are ready have theirs, as the host lets them.
pub(crate) fn after_tasks<A: Actor, C: 'static>(
    cell: &'static Cell<C>,
    actor: fn(&mut C) -> &mut A,
) {
    let Some(entry) = executor::entry() else { return };
    loop {
        end_turn(entry, cell, actor);
        if !(entry.proceed)() {
            return;
        }
    }
}

/// What is left to do at the end of a turn of tasks. The errors of detached ones go to the actor once no handler has
/// it (K3). If one asked for a halt, a handler that waits is dropped where it waits, and the last action comes.
fn end_turn<A: Actor, C: 'static>(
    entry: Entry,
    cell: &'static Cell<C>,
    actor: fn(&mut C) -> &mut A,
) {
    let ctx = Context::of_this_turn();
    if ctx.is_halting() {
        (entry.abort_handler)();
    }
    // The first handler may wait before there is an actor.
    cell.try_with(|content| {
        let actor = actor(content);
        for Failed { label, error } in (entry.take_failures)() {
            or_end(settle(actor, &ctx, &HandlerError::new(String::new(), label, error)));
        }
        halt_if_asked(actor, &ctx, || AnyEvent::new("", Encoded::EMPTY));
    });
    if Context::take_halt() {
        turn::halt();
    }
}

/// Calls a callback, if there is one.
fn tell<A: Plain>(
    actor: &mut A,
    ctx: &Context,
    callback: Callback,
    event: impl FnOnce() -> AnyEvent,
) {
    if A::CALLBACKS.has(callback) {
        or_end(call_back(actor, ctx, callback, &event(), 0));
    }
}

pub(crate) fn or_end(result: Result<(), Broken>) {
    if let Err(broken) = result {
        broken.end();
    }
}

fn settle_error<A: Plain>(actor: &mut A, ctx: &Context, kind: String, message: String) {
    let place = format!("the handler of `{kind}`");
    or_end(settle(actor, ctx, &HandlerError::new(kind, place, message)));
}

/// V6, F5: `halt` halts, anything else is an error.
fn settle_unhandled<A: Plain>(actor: &mut A, ctx: &Context, event: impl FnOnce() -> AnyEvent) {
    let kind = turn::kind();
    if kind == "halt" {
        return ctx.end();
    }
    tell(actor, ctx, Callback::Unhandled, event);
    if !ctx.is_halting() {
        let message = format!("no handler for `{kind}`");
        or_end(settle(actor, ctx, &HandlerError::unhandled(kind, message)));
    }
}

/// X2: the last action of the actor, then the halt itself.
fn halt_if_asked<A: Actor>(actor: &mut A, ctx: &Context, event: impl FnOnce() -> AnyEvent) {
    if ctx.is_halting() {
        if A::CALLBACKS.has(Callback::Halt) {
            or_end(part(actor, ctx, &event()));
        }
        Context::take_halt();
        turn::halt();
    }
}

impl<A: Instance> tasks::Guest for Exports<A> {
    fn resume(task: tasks::TaskId) {
        go_on(task, Delivery::Time);
        after_tasks(A::cell(), |actor| actor);
    }

    fn deliver(
        task: tasks::TaskId,
        kind: KindIndex,
        encoding: Encoding,
        bytes: Vec<u8>,
        failed: bool,
    ) {
        go_on(task, delivered(kind, encoding, bytes, failed));
        after_tasks(A::cell(), |actor| actor);
    }

    fn matches(condition: u32, _: KindIndex, encoding: Encoding, bytes: Vec<u8>) -> bool {
        judge(condition, encoding, bytes)
    }
}

/// A task goes on.
pub(crate) fn go_on(task: tasks::TaskId, delivery: Delivery) {
    match executor::entry() {
        Some(entry) => (entry.resume)(task, delivery),
        None => nothing_waits(),
    }
}

/// What a task waited for.
pub(crate) fn delivered(
    kind: KindIndex,
    encoding: Encoding,
    bytes: Vec<u8>,
    failed: bool,
) -> Delivery {
    match kind {
        ANSWER if failed => Delivery::Answer(Err(String::from_utf8_lossy(&bytes).into_owned())),
        ANSWER => Delivery::Answer(Ok(Encoded { encoding, bytes: bytes.into() })),
        kind => Delivery::Event(kind, Encoded { encoding, bytes: bytes.into() }),
    }
}

/// Whether a condition accepts an event.
pub(crate) fn judge(condition: u32, encoding: Encoding, bytes: Vec<u8>) -> bool {
    match executor::entry() {
        Some(entry) => (entry.matches)(condition, &Encoded { encoding, bytes: bytes.into() }),
        None => nothing_waits(),
    }
}

impl<A: Instance> render::Guest for Exports<A> {
    fn state() -> String {
        let actor = A::cell().try_with(|actor| format!("{actor:?}"));
        actor.unwrap_or_else(|| IN_HANDLER.to_owned())
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        A::render_event(&kind, &Encoded { encoding, bytes: bytes.into() })
    }
}
