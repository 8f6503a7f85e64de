//! What the type of an actor or a monitor exports, without the type.

use coyote_guest::__private::{
    Memory,
    bindings::exports::coyote::actor::{
        handler::{self, Guest as _},
        render::Guest as _,
        tasks::Guest as _,
    },
    monitor_bindings::exports::coyote::actor::{handler as monitor_handler, render},
};
use coyote_guest::{Actor, Encoding, Monitor};
use coyote_kernel::{Description, Reaction, Role, Rule, StateDescription, Temperature};

/// The exports of a component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    describe: fn() -> Description,
    pub(crate) initialize: fn(Encoding, Vec<u8>),
    pub(crate) handle_event: fn(u32, Encoding, Vec<u8>),
    pub(crate) handle_passed: fn(u32, Encoding, Vec<u8>, bool),
    pub(crate) resume: fn(u32),
    pub(crate) deliver: fn(u32, u32, Encoding, Vec<u8>, bool),
    pub(crate) matches: fn(u32, u32, Encoding, Vec<u8>) -> bool,
    pub(crate) state: fn() -> String,
    pub(crate) event: fn(String, Encoding, Vec<u8>) -> Option<String>,
}

/// The two worlds describe themselves in the same words, which are types of their own in each.
macro_rules! described {
    ($handler:ident, $described:expr) => {{
        let described: $handler::Description = $described;
        let rules = |rules: Vec<$handler::Rule>| {
            let rule = |rule: $handler::Rule| Rule {
                kind: rule.kind,
                reaction: match rule.reaction {
                    $handler::Reaction::Do => Reaction::Do,
                    $handler::Reaction::Goto(state) => Reaction::Goto(state),
                    $handler::Reaction::Push(state) => Reaction::Push(state),
                    $handler::Reaction::Defer => Reaction::Defer,
                    $handler::Reaction::Ignore => Reaction::Ignore,
                },
            };
            rules.into_iter().map(rule).collect()
        };
        let state = |state: $handler::State| StateDescription {
            name: state.name,
            temperature: match state.temperature {
                $handler::Temperature::Warm => Temperature::Warm,
                $handler::Temperature::Hot => Temperature::Hot,
                $handler::Temperature::Cold => Temperature::Cold,
            },
            rules: rules(state.rules),
        };
        Description {
            role: match described.role {
                $handler::Role::Actor => Role::Actor,
                $handler::Role::Monitor => Role::Monitor,
            },
            name: described.name,
            kinds: described.kinds,
            states: described.states.into_iter().map(state).collect(),
            rules: rules(described.rules),
            tells_ignored: described.tells_ignored,
            tells_deferred: described.tells_deferred,
        }
    }};
}

impl Component {
    /// What it tells about itself, in an instance of its own.
    pub(crate) fn description(self) -> Description {
        Memory::default().enter(self.describe)
    }

    /// That of an actor.
    pub(crate) fn of_actor<A: Actor>() -> Self {
        Self {
            describe: || described!(handler, A::Exports::describe()),
            initialize: A::Exports::initialize,
            handle_event: A::Exports::handle_event,
            handle_passed: A::Exports::handle_passed,
            resume: A::Exports::resume,
            deliver: A::Exports::deliver,
            matches: A::Exports::matches,
            state: A::Exports::state,
            event: A::Exports::event,
        }
    }

    /// That of a monitor.
    pub(crate) fn of_monitor<M: Monitor>() -> Self {
        Self {
            describe: || {
                described!(monitor_handler, <M::Exports as monitor_handler::Guest>::describe())
            },
            initialize: <M::Exports as monitor_handler::Guest>::initialize,
            handle_event: <M::Exports as monitor_handler::Guest>::handle_event,
            handle_passed: <M::Exports as monitor_handler::Guest>::handle_passed,
            state: <M::Exports as render::Guest>::state,
            event: <M::Exports as render::Guest>::event,
            ..Self::nobody()
        }
    }

    /// That of an actor which takes everything, and does nothing.
    pub(crate) fn nobody() -> Self {
        Self {
            describe: || Description {
                kinds: vec!["*".to_owned()],
                rules: vec![Rule { kind: 0, reaction: Reaction::Do }],
                ..Description::default()
            },
            initialize: |_, _| {},
            handle_event: |_, _, _| {},
            handle_passed: |_, _, _, _| {},
            resume: |_| {},
            deliver: |_, _, _, _, _| {},
            matches: |_, _, _, _| false,
            state: String::new,
            event: |_, _, _| None,
        }
    }
}
