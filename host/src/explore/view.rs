//! What an app is like between two steps, for people.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use similar::{ChangeTag, TextDiff};

/// What an app is like between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// After how many steps.
    pub step: usize,
    /// Virtual time; in JSON `now_seconds`.
    #[serde(rename = "now_seconds", serialize_with = "in_seconds")]
    pub now: Duration,
    /// The actors, by their labels.
    pub actors: Vec<ActorView>,
    /// The monitors, in the order of the manifest.
    pub monitors: Vec<MonitorView>,
}

/// What one actor is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActorView {
    /// Its label.
    pub name: String,
    /// `starting`, `idle`, `halting`, or `failed` and why.
    pub status: String,
    /// The state on top of its stack; none of a plain actor.
    pub state: Option<String>,
    /// Its state as its component renders it; none before its first turn, or if the component cannot.
    pub text: Option<String>,
    /// The events that wait for it, those first that have arrived and were deferred.
    pub inbox: Vec<String>,
    /// Its armed timers, the earliest first.
    pub timers: Vec<String>,
    /// What its tasks wait for.
    pub waits: Vec<String>,
}

/// What one monitor is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonitorView {
    /// Its name.
    pub name: String,
    /// The state that it is in.
    pub state: String,
    /// Whether progress is owed there.
    pub hot: bool,
    /// Its state as its component renders it; none if the component cannot.
    pub text: Option<String>,
}

/// One line of a [`View`], and whether another view has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewLine {
    /// The text.
    pub text: String,
    /// What became of it.
    pub change: Change,
}

/// What becomes of a line from one view to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is in both.
    None,
    /// Only the first has it.
    Removed,
    /// Only the second has it.
    Added,
}

impl View {
    /// All of it as lines of text, those of actors and monitors indented below their names.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for actor in &self.actors {
            let ActorView { name, status, state, text, inbox, timers, waits } = actor;
            let state = state.as_ref().map_or_else(String::new, |state| format!(" in `{state}`"));
            lines.push(format!("{name}{state}: {status}"));
            lines.extend(told_state(text.as_deref()));
            let parts = [("timer", timers), ("waits", waits), ("inbox", inbox)];
            for (title, texts) in parts {
                lines.extend(texts.iter().map(|text| format!("    {title}: {text}")));
            }
        }
        for MonitorView { name, state, hot, text } in &self.monitors {
            let hot = if *hot { ", hot" } else { "" };
            lines.push(format!("monitor {name} in `{state}`{hot}"));
            lines.extend(told_state(text.as_deref()));
        }
        lines
    }

    /// All lines of another view and of this one, and which of them only one has.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Vec<ViewLine> {
        let (before, after) = (earlier.lines(), self.lines());
        let (before, after): (Vec<_>, Vec<_>) = (
            before.iter().map(String::as_str).collect(),
            after.iter().map(String::as_str).collect(),
        );
        let diff = TextDiff::from_slices(&before, &after);
        let line = |change: similar::Change<&str>| ViewLine {
            text: change.value().to_owned(),
            change: match change.tag() {
                ChangeTag::Equal => Change::None,
                ChangeTag::Delete => Change::Removed,
                ChangeTag::Insert => Change::Added,
            },
        };
        diff.iter_all_changes().map(line).collect()
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "after step {}, at {}", self.step, humantime::format_duration(self.now))?;
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for ViewLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.change {
            Change::None => ' ',
            Change::Removed => '-',
            Change::Added => '+',
        };
        write!(f, "{sign} {}", self.text)
    }
}

fn in_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// The state of an actor or a monitor, each field in a line of its own.
fn told_state(text: Option<&str>) -> Vec<String> {
    let Some(text) = text else { return Vec::new() };
    fields(text).into_iter().map(|field| format!("    {field}")).collect()
}

/// The fields of a text such as `Server { round: 1, peers: [a, b] }`; the text itself if it is none.
fn fields(text: &str) -> Vec<&str> {
    let Some((_, inner)) = text.strip_suffix('}').and_then(|text| text.split_once('{')) else {
        return vec![text];
    };
    let (mut fields, mut start, mut depth, mut quoted, mut escaped) =
        (Vec::new(), 0, 0, false, false);
    for (place, letter) in inner.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                fields.push(inner[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    fields.push(inner[start..].trim());
    fields.retain(|field| !field.is_empty());
    fields
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_of_a_rendered_state() {
        assert_eq!(fields("3"), ["3"]);
        assert_eq!(fields("Idle"), ["Idle"]);
        assert_eq!(fields("A {}"), [""; 0]);
        assert_eq!(
            fields(r#"A { b: 1, c: [1, 2], d: D { e: (), f: "x, }" } }"#),
            ["b: 1", "c: [1, 2]", r#"d: D { e: (), f: "x, }" }"#]
        );
    }
}
