//! The exports of a component, over any [`Monitor`].

use crate::{
    Monitor, States,
    failure::{Cause, fail, report_panics},
    host::report,
    memory::Cell,
    monitor::Watch,
    monitor_bindings::exports::coyote::actor::{handler, render},
    payload::{Encoded, Encoding},
    table::{Rule, Temperature},
};
use core::marker::PhantomData;

/// A monitor that has a place to live: the component's one instance of it.
pub trait Instance: Monitor {
    /// The place.
    fn cell() -> &'static Cell<Watch<Self>>;
}

/// The exports of a component that holds an `M`.
#[derive(Debug)]
pub struct Exports<M>(PhantomData<M>);

impl<M: Instance> handler::Guest for Exports<M> {
    fn describe() -> handler::Description {
        let table = M::TABLE;
        let states =
            table.declared.states.iter().enumerate().map(|(index, state)| handler::State {
                name: state.name.into(),
                temperature: match state.temperature {
                    Temperature::Warm => handler::Temperature::Warm,
                    Temperature::Hot => handler::Temperature::Hot,
                    Temperature::Cold => handler::Temperature::Cold,
                },
                rules: rules(table.row(index)).collect(),
            });
        handler::Description {
            role: handler::Role::Monitor,
            name: M::NAME.into(),
            kinds: table.kinds.iter().map(|&kind| kind.into()).collect(),
            states: states.collect(),
            rules: rules(table.row(table.declared.states.len())).collect(),
            tells_ignored: false,
            tells_deferred: false,
        }
    }

    fn initialize(_: Encoding, _: Vec<u8>) {
        report_panics();
        let machine = Watch::<M>::start().unwrap_or_else(|broken| broken.end());
        if machine.state != M::States::ALL[0] {
            report::set_states(&[machine.state.index()]);
        }
        M::cell().fill(machine);
    }

    fn handle_event(kind: handler::KindIndex, encoding: Encoding, bytes: Vec<u8>) {
        M::cell().with(|machine| {
            let before = machine.state;
            let payload = Encoded { encoding, bytes: bytes.into() };
            if let Err(broken) = machine.handle(kind as usize, &payload) {
                broken.end();
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

impl<M: Instance> render::Guest for Exports<M> {
    fn state() -> String {
        M::cell().with(|machine| format!("{}: {:?}", machine.state_name(), machine.monitor))
    }

    fn event(kind: String, encoding: Encoding, bytes: Vec<u8>) -> Option<String> {
        let payload = Encoded { encoding, bytes: bytes.into() };
        M::render_event(&kind, &payload).or_else(|| M::States::render_event(&kind, &payload))
    }
}
