//! The states of components as diagrams, from what the components describe. A transition that a handler decides on is
//! not among them: only the handler knows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use coyote_host::{ComponentInfo, ReactionInfo, StateInfo};

/// A language of diagrams.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// `stateDiagram-v2` of Mermaid
    Mermaid,
    /// Graphviz
    Dot,
}

/// A diagram for each component that has states.
pub(crate) fn draw(components: &[ComponentInfo], format: Format) -> String {
    let machines = components.iter().filter(|component| !component.states.is_empty());
    let diagrams = machines.map(|component| match format {
        Format::Mermaid => mermaid(component),
        Format::Dot => dot(component),
    });
    diagrams.collect::<Vec<_>>().join("\n")
}

fn mermaid(component: &ComponentInfo) -> String {
    let mut text =
        format!("---\ntitle: {} {}\n---\nstateDiagram-v2\n", component.role, component.name);
    let states = &component.states;
    let ids = ids(states);
    let line = |text: &mut String, line: &str| {
        writeln!(text, "    {line}").expect("writing to a string does not fail");
    };
    for (state, id) in states.iter().zip(&ids) {
        if *id != state.name {
            line(&mut text, &format!("state \"{}\" as {id}", state.name.replace('"', "'")));
        }
    }
    line(&mut text, &format!("[*] --> {}", ids[0]));
    for (state, id) in states.iter().zip(&ids) {
        for reaction in ["do", "defer", "ignore"] {
            if let Some(events) = events(state, reaction) {
                line(&mut text, &format!("{id} : {reaction} {events}"));
            }
        }
        for (reaction, target, events) in transitions(state) {
            let target = states.iter().zip(&ids).find(|(state, _)| state.name == target);
            let target = target.map_or("[*]", |(_, id)| id);
            let push = if reaction == "push" { "push on " } else { "" };
            line(&mut text, &format!("{id} --> {target} : {push}{events}"));
        }
    }
    for (temperature, colour) in [("hot", "#fdd"), ("cold", "#ddf")] {
        let of = states.iter().zip(&ids).filter(|(state, _)| state.temperature == temperature);
        let of: Vec<_> = of.map(|(_, id)| id.as_str()).collect();
        if !of.is_empty() {
            line(&mut text, &format!("classDef {temperature} fill:{colour}"));
            line(&mut text, &format!("class {} {temperature}", of.join(",")));
        }
    }
    text
}

fn dot(component: &ComponentInfo) -> String {
    let mut text = format!("digraph \"{} {}\" {{\n", component.role, quoted(&component.name));
    let line = |text: &mut String, line: &str| {
        writeln!(text, "    {line}").expect("writing to a string does not fail");
    };
    line(&mut text, "node [shape=box, style=\"rounded,filled\", fillcolor=white]");
    line(&mut text, "\"\" [shape=point]");
    for state in &component.states {
        let mut label = quoted(&state.name);
        for reaction in ["do", "defer", "ignore"] {
            if let Some(events) = events(state, reaction) {
                label += &format!("\\n{reaction} {}", quoted(&events));
            }
        }
        let colour = match state.temperature {
            "hot" => ", fillcolor=\"#ffdddd\"",
            "cold" => ", fillcolor=\"#ddddff\"",
            _ => "",
        };
        line(&mut text, &format!("\"{}\" [label=\"{label}\"{colour}]", quoted(&state.name)));
    }
    line(&mut text, &format!("\"\" -> \"{}\"", quoted(&component.states[0].name)));
    for state in &component.states {
        for (reaction, target, events) in transitions(state) {
            let style = if reaction == "push" { ", style=dashed" } else { "" };
            let (from, to) = (quoted(&state.name), quoted(target));
            line(
                &mut text,
                &format!("\"{from}\" -> \"{to}\" [label=\"{}\"{style}]", quoted(&events)),
            );
        }
    }
    text + "}\n"
}

/// The kinds of events with a reaction.
fn events(state: &StateInfo, reaction: &str) -> Option<String> {
    let of = state.reactions.iter().filter(|info| info.reaction == reaction);
    let of: Vec<_> = of.map(event).collect();
    (!of.is_empty()).then(|| of.join(", "))
}

/// Reaction, target and events of each way out.
fn transitions(state: &StateInfo) -> impl Iterator<Item = (&'static str, &str, String)> {
    let mut ways: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for info in &state.reactions {
        if let Some(target) = &info.target {
            ways.entry((info.reaction, target.as_str())).or_default().push(event(info));
        }
    }
    ways.into_iter().map(|((reaction, target), events)| (reaction, target, events.join(", ")))
}

fn event(info: &ReactionInfo) -> &str {
    match info.event.as_str() {
        "*" => "any",
        event => event,
    }
}

/// Names that Mermaid takes for states, each different.
fn ids(states: &[StateInfo]) -> Vec<String> {
    const WORDS: [&str; 8] =
        ["class", "classDef", "default", "direction", "end", "note", "state", "style"];
    let mut ids: Vec<String> = Vec::new();
    for state in states {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        let mut id: String = state.name.chars().map(letter).collect();
        while id.is_empty() || WORDS.contains(&id.as_str()) || ids.contains(&id) {
            id.push('_');
        }
        ids.push(id);
    }
    ids
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use expect_test::{Expect, expect};

    use super::*;

    fn state(
        name: &str,
        temperature: &'static str,
        rules: &[(&str, &'static str, &str)],
    ) -> StateInfo {
        let reactions = rules.iter().map(|&(event, reaction, target)| ReactionInfo {
            event: event.to_owned(),
            reaction,
            target: (!target.is_empty()).then(|| target.to_owned()),
        });
        let events = rules.iter().map(|(event, ..)| (*event).to_owned()).collect();
        let reactions = reactions.collect();
        StateInfo { name: name.to_owned(), temperature, events, reactions }
    }

    fn component(name: &str, states: Vec<StateInfo>) -> ComponentInfo {
        ComponentInfo {
            name: name.to_owned(),
            role: "actor",
            path: PathBuf::new(),
            bytes: 0,
            author_name: String::new(),
            imports: Vec::new(),
            events: Vec::new(),
            states,
        }
    }

    #[track_caller]
    fn check(format: Format, expected: Expect) {
        let door = vec![
            state(
                "closed",
                "cold",
                &[("open", "goto", "door.open"), ("kick", "goto", "door.open")],
            ),
            state(
                "door.open",
                "hot",
                &[("close", "goto", "closed"), ("*", "defer", ""), ("look", "do", "")],
            ),
            state("door-open", "warm", &[("default", "push", "end"), ("look", "do", "")]),
            state("end", "warm", &[("say \"no\"", "ignore", "")]),
        ];
        let components = [
            component("plain", Vec::new()),
            component("door", door),
            component("one", vec![state("on", "warm", &[])]),
        ];
        expected.assert_eq(&draw(&components, format));
    }

    #[test]
    fn states_are_drawn_for_mermaid() {
        check(
            Format::Mermaid,
            expect![[r#"
            ---
            title: actor door
            ---
            stateDiagram-v2
                state "door.open" as door_open
                state "door-open" as door_open_
                state "end" as end_
                [*] --> closed
                closed --> door_open : open, kick
                door_open : do look
                door_open : defer any
                door_open --> closed : close
                door_open_ : do look
                door_open_ --> end_ : push on default
                end_ : ignore say "no"
                classDef hot fill:#fdd
                class door_open hot
                classDef cold fill:#ddf
                class closed cold

            ---
            title: actor one
            ---
            stateDiagram-v2
                [*] --> on
        "#]],
        );
    }

    #[test]
    fn states_are_drawn_for_graphviz() {
        check(
            Format::Dot,
            expect![[r##"
            digraph "actor door" {
                node [shape=box, style="rounded,filled", fillcolor=white]
                "" [shape=point]
                "closed" [label="closed", fillcolor="#ddddff"]
                "door.open" [label="door.open\ndo look\ndefer any", fillcolor="#ffdddd"]
                "door-open" [label="door-open\ndo look"]
                "end" [label="end\nignore say \"no\""]
                "" -> "closed"
                "closed" -> "door.open" [label="open, kick"]
                "door.open" -> "closed" [label="close"]
                "door-open" -> "end" [label="default", style=dashed]
            }

            digraph "actor one" {
                node [shape=box, style="rounded,filled", fillcolor=white]
                "" [shape=point]
                "on" [label="on"]
                "" -> "on"
            }
        "##]],
        );
    }
}
