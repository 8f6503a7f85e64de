//! An actor that is written against the interface itself, so that it can do what the SDK does not let pass.

pub use coyote_guest::__private::bindings;

/// Exports an actor with one state, `init`, which has these reactions to `u` and to `e1`. Their handler gets 0 or 1.
#[macro_export]
macro_rules! by_hand {
    ([$($reaction:ident),+], $handle:expr) => {
        use $crate::by_hand::bindings::{
            coyote::actor::types::Encoding,
            export,
            exports::coyote::actor::{
                handler::{self, Description, Reaction, Role, Rule, State, Temperature},
                render, tasks,
            },
        };

        #[derive(Debug)]
        struct ByHand;

        export!(ByHand with_types_in $crate::by_hand::bindings);

        impl handler::Guest for ByHand {
            fn describe() -> Description {
                let rules = |kind| [$(Rule { kind, reaction: Reaction::$reaction }),+];
                let init = State {
                    name: "init".into(),
                    temperature: Temperature::Warm,
                    rules: (0..2).flat_map(rules).collect(),
                };
                Description {
                    role: Role::Actor,
                    name: "by-hand".into(),
                    kinds: vec!["u".into(), "e1".into()],
                    states: vec![init],
                    rules: Vec::new(),
                    tells_ignored: false,
                    tells_deferred: false,
                }
            }

            fn initialize(_: Encoding, _: Vec<u8>) {}

            fn handle_event(kind: u32, _: Encoding, _: Vec<u8>) {
                let handle: fn(u32) = $handle;
                handle(kind);
            }

            fn handle_passed(_: u32, _: Encoding, _: Vec<u8>, _: bool) {}
        }

        impl tasks::Guest for ByHand {
            fn resume(_: u32) {}

            fn deliver(_: u32, _: u32, _: Encoding, _: Vec<u8>, _: bool) {}

            fn matches(_: u32, _: u32, _: Encoding, _: Vec<u8>) -> bool {
                false
            }
        }

        impl render::Guest for ByHand {
            fn state() -> String {
                String::new()
            }

            fn event(_: String, _: Encoding, _: Vec<u8>) -> Option<String> {
                None
            }
        }
    };
}
