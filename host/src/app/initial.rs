//! Initial payloads: TOML in the manifest, JSON for the actor, ids of started actors in between.

use std::fmt::{self, Write};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::error::{ProblemKind, Problems};
use super::start::Directory;
use super::{StartIndex, bounds};

/// An initial payload: a JSON value in which the ids of started actors are still to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Initial(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Finished JSON: a text, a number, a boolean.
    Json(String),
    Array(Vec<Self>),
    /// Keys are finished JSON as well.
    Table(Vec<(String, Self)>),
    /// The id of one actor: the entry that starts it, and the instance, counted from 0.
    One(StartIndex, u32),
    /// The ids of all actors that an entry starts.
    All(StartIndex, u32),
}

impl Initial {
    /// The payload as JSON. `id_of` tells the ids of started actors, as text: that of the instance
    /// (counted from 0) of a start entry.
    #[must_use]
    pub fn to_json(&self, id_of: impl FnMut(StartIndex, u32) -> String) -> String {
        let mut json = String::new();
        let mut id_of = id_of;
        self.0.write(&mut json, &mut id_of).expect("writing to a string does not fail");
        json
    }

    /// Whether it is too large with ids of the usual length.
    fn is_too_large(&self) -> bool {
        let mut room = Room(bounds::INITIAL_BYTES_MAX);
        self.0.write(&mut room, &mut |_, _| "0123456789abcdef".to_owned()).is_err()
    }
}

impl Node {
    fn write(
        &self,
        out: &mut impl Write,
        id_of: &mut impl FnMut(StartIndex, u32) -> String,
    ) -> fmt::Result {
        match self {
            Self::Json(json) => out.write_str(json),
            Self::Array(items) => {
                separated(out, ['[', ']'], items, |out, item| item.write(out, id_of))
            }
            Self::Table(entries) => separated(out, ['{', '}'], entries, |out, (key, value)| {
                write!(out, "{key}:")?;
                value.write(out, id_of)
            }),
            Self::One(start, instance) => out.write_str(&text(&id_of(*start, *instance))),
            Self::All(start, count) => separated(out, ['[', ']'], 0..*count, |out, instance| {
                out.write_str(&text(&id_of(*start, instance)))
            }),
        }
    }
}

fn separated<W: Write, T>(
    out: &mut W,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut W, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write(out, item)?;
    }
    out.write_char(close)
}

/// Counts bytes instead of keeping them, and fails when there is no more room.
struct Room(u64);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len() as u64).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// A JSON string.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Reads a payload; `key` is its path in the manifest. Whom it refers to goes to `referred`.
pub(super) fn read(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    directory: &Directory<'_>,
    problems: &mut Problems,
    referred: &mut Vec<(StartIndex, Range<usize>)>,
) -> Option<Initial> {
    let initial = Initial(Reader { directory, problems, referred }.value(key, value)?);
    if initial.is_too_large() {
        problems.add(ProblemKind::InitialTooLarge { key: key.to_owned() }, value.span());
        return None;
    }
    Some(initial)
}

struct Reader<'a> {
    directory: &'a Directory<'a>,
    problems: &'a mut Problems,
    referred: &'a mut Vec<(StartIndex, Range<usize>)>,
}

impl Reader<'_> {
    /// Nothing if there was a problem, which has then been reported.
    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Node> {
        let finished = match value.get_ref() {
            DeValue::String(string) => return self.string(string, value),
            DeValue::Array(items) => {
                let read = |(index, item)| self.value(&format!("{key}[{}]", index + 1), item);
                return all(items.iter().enumerate().map(read)).map(Node::Array);
            }
            DeValue::Table(table) => return self.table(key, table),
            DeValue::Boolean(boolean) => Ok(boolean.to_string()),
            DeValue::Datetime(datetime) => Ok(text(&datetime.to_string())),
            DeValue::Integer(number) => integer(key, number),
            DeValue::Float(number) => float(key, number.as_str()),
        };
        self.problems.take(value.span(), finished).map(Node::Json)
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Option<Node> {
        let entries = table.iter().map(|(key, value)| {
            let node = self.value(&format!("{path}.{}", key.get_ref()), value)?;
            Some((text(key.get_ref()), node))
        });
        let mut entries = all(entries)?;
        // Whether or not a crate elsewhere asks toml to keep the order of keys.
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Some(Node::Table(entries))
    }

    fn string(&mut self, string: &str, value: &Spanned<DeValue<'_>>) -> Option<Node> {
        let Some(reference) = string.strip_prefix('@') else {
            return Some(Node::Json(text(string)));
        };
        if reference.starts_with('@') {
            return Some(Node::Json(text(reference)));
        }
        let found = self.directory.find(string, reference);
        let (start, instance) = self.problems.take(value.span(), found)?;
        self.referred.push((start, value.span()));
        Some(match instance {
            Instance::One(instance) => Node::One(start, instance),
            Instance::All(count) => Node::All(start, count),
        })
    }
}

/// Which of the actors of an entry a reference means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instance {
    /// Counted from 0.
    One(u32),
    /// All of so many.
    All(u32),
}

/// All items, or nothing; every item is looked at.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let items: Vec<_> = items.collect();
    items.into_iter().collect()
}

fn integer(key: &str, number: &DeInteger<'_>) -> Result<String, ProblemKind> {
    let (min, max) = (i64::MIN.into(), u64::MAX.into());
    i128::from_str_radix(number.as_str(), number.radix())
        .ok()
        .filter(|number| (min..=max).contains(number))
        .map(|number| number.to_string())
        .ok_or_else(|| ProblemKind::OutOfRange {
            key: key.to_owned(),
            found: number.to_string(),
            min: Some(min),
            max: Some(max),
        })
}

fn float(key: &str, found: &str) -> Result<String, ProblemKind> {
    found
        .parse()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map(|number| number.to_string())
        .ok_or_else(|| ProblemKind::NotJson { key: key.to_owned(), found: found.to_owned() })
}
