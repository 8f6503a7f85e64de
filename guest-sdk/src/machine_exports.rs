//! The exports of a component, over any actor with states.

use crate::{
    AnyEvent, Context, States,
    actor::{Callback, KindIndex},
    bindings::exports::coyote::actor::{handler, render, tasks},
    exports::{IN_HANDLER, after_tasks, delivered, described, go_on, judge, or_end},
    failure::{Cause, fail, report_panics},
    host::turn,
    machine::{Machine, Occurrence, Stateful},
    memory::Cell,
    payload::{Encoded, Encoding},
    table::Rule,
    task::{
        executor::{self, at_once},
        kinds,
        wait::Delivery,
    },
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
        A::cell().with(|machine| or_end(machine.pass(&Context::new(), &event, deferred)));
        halt_if_asked();
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
    let code = async move {
        let ctx = Context::new();
        match Machine::create(&ctx, &initial).await {
            Ok(machine) => A::cell().fill(machine),
            Err(broken) => broken.end(),
        }
        let mut taken = A::cell().take();
        or_end(taken.get().start(&ctx, initial).await);
        halt_if_asked();
    };
    if A::WAITS { run_handler::<A>("init", code) } else { at_once(code) }
}

fn handle_event<A: Instance>(kind: KindIndex, payload: Encoded) {
    let at = Occurrence::new(kind as usize, event::<A>(kind, payload));
    if A::WAITS {
        // It goes into its handlers, and comes back when they have ended: until then it is not free (K2).
        let mut taken = A::cell().take();
        let label = at.kind().to_owned();
        let code = async move {
            or_end(taken.get().handle(&Context::new(), at).await);
            halt_if_asked();
        };
        run_handler::<A>(&label, code);
    } else {
        A::cell().with(|machine| or_end(at_once(machine.handle(&Context::new(), at))));
        halt_if_asked();
    }
}

/// Runs a turn whose code may wait.
fn run_handler<A: Instance>(label: &str, code: impl Future<Output = ()> + 'static) {
    executor::run_handler(label, Box::pin(code));
    after_tasks(A::cell(), Machine::actor);
}

/// The event of this turn. Only the host knows the name of a kind that is not listed.
fn event<A: Stateful>(kind: KindIndex, payload: Encoded) -> AnyEvent {
    match A::TABLE.kinds.get(kind as usize) {
        Some(&kind) => AnyEvent::new(kind, payload),
        None => AnyEvent::of_this_turn(payload),
    }
}

/// The last action has been run.
fn halt_if_asked() {
    if Context::take_halt() {
        turn::halt();
    }
}

impl<A: Instance> tasks::Guest for Exports<A> {
    fn resume(task: tasks::TaskId) {
        go_on(task, Delivery::Time);
        after_tasks(A::cell(), Machine::actor);
    }

    fn deliver(
        task: tasks::TaskId,
        kind: KindIndex,
        encoding: Encoding,
        bytes: Vec<u8>,
        failed: bool,
    ) {
        go_on(task, delivered(kind, encoding, bytes, failed));
        after_tasks(A::cell(), Machine::actor);
    }

    fn matches(condition: u32, _: KindIndex, encoding: Encoding, bytes: Vec<u8>) -> bool {
        judge(condition, encoding, bytes)
    }
}

impl<A: Instance> render::Guest for Exports<A> {
    fn state() -> String {
        let state =
            |machine: &mut Machine<A>| format!("{}: {:?}", machine.state_names(), machine.actor);
        A::cell().try_with(state).unwrap_or_else(|| IN_HANDLER.to_owned())
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        let payload = Encoded { encoding, bytes: bytes.into() };
        A::render_event(&kind, &payload).or_else(|| A::States::render_event(&kind, &payload))
    }
}
