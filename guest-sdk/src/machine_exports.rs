//! The exports of a component, over any actor with states.

use crate::{
    AnyEvent, Context, States,
    actor::{Callback, KindIndex, part},
    bindings::{
        coyote::actor::{report, turn},
        exports::coyote::actor::{handler, render, tasks},
    },
    exports::{Cell, delivered, described, go_on, judge},
    failure::{Broken, Cause, fail, report_panics},
    machine::{Machine, Occurrence, Stateful},
    payload::{Encoded, Encoding},
    table::Rule,
    task::{kinds, wait::Delivery},
};
use core::marker::PhantomData;

/// An actor with states that has a place to live: the component's one instance of it.
pub trait Instance: Stateful {
    /// The place.
    fn cell() -> &'static Cell<Machine<Self>>;
}

/// The exports of a component that holds an `A`.
#[derive(Debug)]
pub struct Exports<A>(PhantomData<A>);

impl<A: Instance> handler::Guest for Exports<A> {
    fn describe() -> handler::Description {
        let table = A::TABLE;
        let states =
            table.declared.states.iter().enumerate().map(|(index, state)| handler::State {
                name: state.name.into(),
                temperature: handler::Temperature::Warm,
                rules: rules(table.row(index)).collect(),
            });
        handler::Description {
            role: handler::Role::Actor,
            name: A::KIND.into(),
            kinds: described(table.kinds),
            states: states.collect(),
            rules: rules(table.row(table.declared.states.len())).collect(),
            tells_ignored: A::CALLBACKS.has(Callback::Ignored),
            tells_deferred: A::CALLBACKS.has(Callback::Deferred),
        }
    }

    fn initialize(encoding: Encoding, bytes: Vec<u8>) {
        initialize::<A>(Encoded { encoding, bytes: bytes.into() });
    }

    fn handle_event(kind: KindIndex, encoding: Encoding, bytes: Vec<u8>) {
        handle_event::<A>(kind, Encoded { encoding, bytes: bytes.into() });
    }

    fn handle_passed(kind: KindIndex, encoding: Encoding, bytes: Vec<u8>, deferred: bool) {
        let callback = if deferred { Callback::Deferred } else { Callback::Ignored };
        if !A::CALLBACKS.has(callback) {
            let message = format_args!("this actor did not ask for ignored or deferred events");
            fail(Cause::IllegalCall, message);
        }
        let event = event::<A>(kind, Encoded { encoding, bytes: bytes.into() });
        turn::<A>(|machine, ctx| machine.pass(ctx, &event, deferred));
    }
}

fn rules(row: &[Option<Rule>]) -> impl Iterator<Item = handler::Rule> {
    (0..).zip(row).filter_map(|(kind, rule)| {
        let reaction = match (*rule)? {
            Rule::Do(_) => handler::Reaction::Do,
            Rule::Goto(state, _) => handler::Reaction::Goto(state.into()),
            Rule::Push(state) => handler::Reaction::Push(state.into()),
            Rule::Defer => handler::Reaction::Defer,
            Rule::Ignore => handler::Reaction::Ignore,
        };
        Some(handler::Rule { kind, reaction })
    })
}

/// As for plain actors: payloads of up to 32 bytes as words.
impl<A: Instance> Exports<A> {
    /// `initialize`.
    pub fn initialize_short(encoding: u32, length: u32, words: [u64; 4]) {
        #[cfg(target_family = "wasm")]
        wit_bindgen::rt::run_ctors_once();
        initialize::<A>(Encoded::from_words(encoding, length, words));
    }

    /// `handle-event`.
    pub fn handle_event_short(kind: KindIndex, encoding: u32, length: u32, words: [u64; 4]) {
        handle_event::<A>(kind, Encoded::from_words(encoding, length, words));
    }
}

fn initialize<A: Instance>(initial: Encoded) {
    report_panics();
    kinds::handle(A::TABLE.kinds);
    let ctx = Context::new();
    let mut machine = Machine::<A>::start(&ctx, initial).unwrap_or_else(|broken| broken.end());
    tell(&mut machine, &ctx);
    A::cell().fill(machine);
}

fn handle_event<A: Instance>(kind: KindIndex, payload: Encoded) {
    let mut at = Occurrence::new(kind as usize, event::<A>(kind, payload));
    turn::<A>(|machine, ctx| machine.handle(ctx, &mut at));
}

/// The event of this turn. Only the host knows the name of a kind that is not listed.
fn event<A: Stateful>(kind: KindIndex, payload: Encoded) -> AnyEvent {
    match A::TABLE.kinds.get(kind as usize) {
        Some(&kind) => AnyEvent::new(kind, payload),
        None => AnyEvent::of_this_turn(payload),
    }
}

fn turn<A: Instance>(body: impl FnOnce(&mut Machine<A>, &Context) -> Result<(), Broken>) {
    A::cell().with(|machine| {
        let ctx = Context::new();
        if let Err(broken) = body(machine, &ctx) {
            broken.end();
        }
        tell(machine, &ctx);
    });
}

/// Tells the host what became of the states. What halts has none any more.
fn tell<A: Stateful>(machine: &mut Machine<A>, ctx: &Context) {
    let moved = machine.take_moved();
    if ctx.is_halting() {
        turn::halt();
    } else if let Some(stack) = moved {
        report::set_states(stack);
    }
}

impl<A: Instance> tasks::Guest for Exports<A> {
    fn resume(task: tasks::TaskId) {
        go_on(task, Delivery::Time);
        halt_after_task::<A>();
    }

    fn deliver(
        task: tasks::TaskId,
        kind: KindIndex,
        encoding: Encoding,
        bytes: Vec<u8>,
        failed: bool,
    ) {
        go_on(task, delivered(kind, encoding, bytes, failed));
        halt_after_task::<A>();
    }

    fn matches(condition: u32, _: KindIndex, encoding: Encoding, bytes: Vec<u8>) -> bool {
        judge(condition, encoding, bytes)
    }
}

/// Ends the actor if a task asked for that.
fn halt_after_task<A: Instance>() {
    if Context::take_halt() {
        let event = AnyEvent::new("", Encoded::EMPTY);
        let parted = A::cell().with(|machine| part(&mut machine.actor, &Context::new(), &event));
        parted.unwrap_or_else(|broken| broken.end());
        turn::halt();
    }
}

impl<A: Instance> render::Guest for Exports<A> {
    fn state() -> String {
        A::cell().with(|machine| format!("{}: {:?}", machine.state_names(), machine.actor))
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        let payload = Encoded { encoding, bytes: bytes.into() };
        A::render_event(&kind, &payload).or_else(|| A::States::render_event(&kind, &payload))
    }
}
