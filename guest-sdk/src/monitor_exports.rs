//! The exports of a component, over any [`Monitor`].

use crate::{
    Monitor, States,
    bindings::coyote::actor::report,
    exports::Cell,
    failure::{Cause, fail, report_panics},
    monitor::{Broken, Machine},
    monitor_bindings::exports::coyote::actor::{handler, render},
    payload::{Encoded, Encoding},
    states::{DeclaredReaction, DeclaredState, Temperature},
};
use core::marker::PhantomData;

/// A monitor that has a place to live: the component's one instance of it.
pub trait Instance: Monitor {
    /// The place.
    fn cell() -> &'static Cell<Machine<Self>>;
}

/// The exports of a component that holds an `M`.
#[derive(Debug)]
pub struct Exports<M>(PhantomData<M>);

impl<M: Instance> handler::Guest for Exports<M> {
    fn describe() -> handler::Description {
        let kinds = Machine::<M>::kinds();
        let state = |(index, state)| describe_state::<M>(&kinds, index, state);
        handler::Description {
            role: handler::Role::Monitor,
            name: M::NAME.into(),
            kinds: kinds.iter().map(|&kind| kind.into()).collect(),
            states: (0..).zip(M::States::DECLARED).map(state).collect(),
            rules: handled::<M>(&kinds, <[u32]>::is_empty).collect(),
            tells_ignored: false,
            tells_deferred: false,
        }
    }

    fn initialize(_: Encoding, _: Vec<u8>) {
        report_panics();
        let machine = Machine::<M>::start().unwrap_or_else(|broken| end(&broken));
        if machine.state != M::States::ALL[0] {
            report::set_states(&[machine.state.index()]);
        }
        M::cell().fill(machine);
    }

    fn handle_event(kind: handler::KindIndex, encoding: Encoding, bytes: Vec<u8>) {
        M::cell().with(|machine| {
            let before = machine.state;
            let kind = Machine::<M>::kinds().get(kind as usize).copied();
            let payload = Encoded { encoding, bytes: bytes.into() };
            if let Err(broken) = machine.handle(kind, &payload) {
                end(&broken);
            }
            if machine.state != before {
                report::set_states(&[machine.state.index()]);
            }
        });
    }

    fn handle_passed(_: handler::KindIndex, _: Encoding, _: Vec<u8>, _: bool) {
        fail(Cause::IllegalCall, format_args!("this monitor did not ask for ignored events"));
    }
}

fn end(broken: &Broken) -> ! {
    fail(broken.cause, format_args!("{}", broken.message))
}

fn describe_state<M: Monitor>(kinds: &[&str], index: u32, state: &DeclaredState) -> handler::State {
    let declared = state.rules.iter().map(|(kind, reaction)| handler::Rule {
        kind: index_of(kinds, kind),
        reaction: match reaction {
            DeclaredReaction::Goto(state) => handler::Reaction::Goto(*state),
            DeclaredReaction::Ignore => handler::Reaction::Ignore,
        },
    });
    handler::State {
        name: state.name.into(),
        temperature: match state.temperature {
            Temperature::Warm => handler::Temperature::Warm,
            Temperature::Hot => handler::Temperature::Hot,
            Temperature::Cold => handler::Temperature::Cold,
        },
        rules: declared.chain(handled::<M>(kinds, |states| states.contains(&index))).collect(),
    }
}

/// A rule for each handler of some states.
fn handled<M: Monitor>(
    kinds: &[&str],
    holds: impl Fn(&[u32]) -> bool,
) -> impl Iterator<Item = handler::Rule> {
    let handlers = M::HANDLERS.iter().filter(move |handler| holds(handler.states));
    handlers.map(|handler| handler::Rule {
        kind: index_of(kinds, handler.kind),
        reaction: handler::Reaction::Do,
    })
}

fn index_of(kinds: &[&str], kind: &str) -> u32 {
    let place = (0..).zip(kinds).find(|&(_, listed)| *listed == kind);
    place.expect("all kinds are listed").0
}

impl<M: Instance> render::Guest for Exports<M> {
    fn state() -> String {
        M::cell().with(|machine| format!("{}: {:?}", machine.state_name(), machine.monitor))
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        M::render_event(&kind, &Encoded { encoding, bytes: bytes.into() })
    }
}
