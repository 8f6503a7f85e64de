//! An app looked at, not run: what its components say of themselves and want.

use std::path::PathBuf;

use coyote_kernel::{Description, Reaction, Role, Rule, Temperature};
use serde::Serialize;

use crate::app::App;
use crate::run::{BuildError, Loader, Purpose};
use crate::sandbox::Component;

/// What one component of an app says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentInfo {
    /// Its name in the manifest.
    pub name: String,
    /// `actor` or `monitor`.
    pub role: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
    /// The name that its author gave.
    pub author_name: String,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The kinds of events that it reacts to; `*` stands for all others.
    pub events: Vec<String>,
    /// Its states, the start state first; none for a plain actor.
    pub states: Vec<StateInfo>,
}

/// What a component says of one of its states.
#[derive(Clone, Debug, Serialize)]
pub struct StateInfo {
    /// Its name.
    pub name: String,
    /// `hot` or `cold`, else `warm`.
    pub temperature: &'static str,
    /// The kinds of events that it has a reaction for.
    pub events: Vec<String>,
    /// What becomes of each of them, in the same order.
    pub reactions: Vec<ReactionInfo>,
}

/// What becomes of an event in a state.
#[derive(Clone, Debug, Serialize)]
pub struct ReactionInfo {
    /// The kind of the event; `*` stands for all that have no other reaction.
    pub event: String,
    /// `do`, `goto`, `push`, `defer` or `ignore`.
    pub reaction: &'static str,
    /// The state that a `goto` or `push` leads to.
    pub target: Option<String>,
}

/// Loads and checks every component of an app, and runs nothing but their descriptions.
///
/// # Errors
///
/// Everything that is wrong, in the order of actors and monitors.
pub fn inspect(app: App, cache: Option<PathBuf>) -> Result<Vec<ComponentInfo>, Vec<BuildError>> {
    let mut loader = Loader::new(app, cache, Purpose::Run).map_err(|error| vec![error])?;
    let (mut infos, mut wrong) = (Vec::new(), Vec::new());
    let mut note = |name: &str, role, loaded: Result<Component, BuildError>| match loaded {
        Ok(component) => infos.push(info(name, role, &component)),
        Err(error) => wrong.push(error),
    };
    let app = loader.app();
    for kind in app.actors() {
        note(&kind.name, Role::Actor, loader.actor(kind).map(|(component, _)| component));
    }
    for monitor in app.monitors() {
        note(&monitor.name, Role::Monitor, loader.monitor(monitor).map(|(component, _)| component));
    }
    if wrong.is_empty() { Ok(infos) } else { Err(wrong) }
}

fn info(name: &str, role: Role, component: &Component) -> ComponentInfo {
    let crate::sandbox::ComponentInfo { path, bytes, imports, description, .. } = &component.info;
    let names = |rules: &[Rule]| {
        let kinds = rules.iter().filter_map(|rule| description.kinds.get(rule.kind as usize));
        kinds.cloned().collect()
    };
    ComponentInfo {
        name: name.to_owned(),
        role: match role {
            Role::Actor => "actor",
            Role::Monitor => "monitor",
        },
        path: path.clone(),
        bytes: *bytes,
        author_name: description.name.clone(),
        imports: imports.clone(),
        events: names(&description.rules),
        states: description
            .states
            .iter()
            .map(|state| StateInfo {
                name: state.name.clone(),
                temperature: match state.temperature {
                    Temperature::Warm => "warm",
                    Temperature::Hot => "hot",
                    Temperature::Cold => "cold",
                },
                events: names(&state.rules),
                reactions: reactions(description, &state.rules),
            })
            .collect(),
    }
}

fn reactions(description: &Description, rules: &[Rule]) -> Vec<ReactionInfo> {
    let name_of = |state: u32| Some(description.states.get(state as usize)?.name.clone());
    let info = |rule: &Rule| {
        let event = description.kinds.get(rule.kind as usize)?.clone();
        let (reaction, target) = match rule.reaction {
            Reaction::Do => ("do", None),
            Reaction::Goto(state) => ("goto", name_of(state)),
            Reaction::Push(state) => ("push", name_of(state)),
            Reaction::Defer => ("defer", None),
            Reaction::Ignore => ("ignore", None),
        };
        Some(ReactionInfo { event, reaction, target })
    };
    rules.iter().filter_map(info).collect()
}
