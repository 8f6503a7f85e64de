//! Does a document have the shape that the schema asks for? Every key that is unknown or missing and
//! every value of the wrong type or out of its range is found here, each with its place; serde would
//! stop at the first. Only what schemars makes of `manifest` is understood, no more of JSON Schema.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::error::{ProblemKind, Problems};

/// Checks a whole manifest.
pub(super) fn check(document: &Spanned<DeTable<'_>>, schema: &Value, problems: &mut Problems) {
    let mut checker = Checker { root: schema, problems };
    checker.table("", document.get_ref(), 0..0, schema);
}

struct Checker<'a> {
    root: &'a Value,
    problems: &'a mut Problems,
}

impl<'a> Checker<'a> {
    /// `path` is empty for the document itself.
    fn table(&mut self, path: &str, table: &DeTable<'_>, span: Range<usize>, schema: &'a Value) {
        let known = schema["properties"].as_object();
        for (key, value) in table {
            let inner = known
                .and_then(|known| known.get(key.get_ref().as_ref()))
                .or_else(|| schema.get("additionalProperties").filter(|other| other.is_object()));
            let key_path = join(path, key.get_ref());
            match inner {
                Some(inner) => self.value(&key_path, value, inner),
                None => {
                    let known = known.into_iter().flatten().map(|(key, _)| key.clone()).collect();
                    let kind = ProblemKind::UnknownKey { key: key_path, known };
                    self.problems.add(kind, key.span());
                }
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(key) {
                let kind = ProblemKind::MissingKey { key: join(path, key) };
                self.problems.add(kind, span.clone());
            }
        }
    }

    fn value(&mut self, path: &str, value: &Spanned<DeValue<'_>>, schema: &'a Value) {
        let schema = self.resolve(schema);
        let names = names(schema);
        let expected = match schema["type"].as_str() {
            Some(expected) => expected,
            None if names.is_empty() => return,
            None => "string",
        };
        match (expected, value.get_ref()) {
            ("object", DeValue::Table(table)) => self.table(path, table, value.span(), schema),
            ("array", DeValue::Array(array)) => {
                self.array(path, array, value.span(), schema);
            }
            ("integer", DeValue::Integer(number)) => {
                self.integer(path, number, value.span(), schema);
            }
            ("string", DeValue::String(text)) if !names.is_empty() => {
                if !names.iter().any(|name| name == text) {
                    let (key, found) = (path.to_owned(), text.to_string());
                    self.problems.add(
                        ProblemKind::NotOneOf { key, found, known: names.into() },
                        value.span(),
                    );
                }
            }
            ("string", DeValue::String(_)) | ("boolean", DeValue::Boolean(_)) => {}
            (expected, found) => {
                let of_tables = self.resolve(&schema["items"])["type"] == "object";
                let expected = if of_tables { "an array of tables" } else { word(expected) };
                let found = type_of(found);
                let kind = ProblemKind::WrongType { key: path.to_owned(), expected, found };
                self.problems.add(kind, value.span());
            }
        }
    }

    fn array(&mut self, path: &str, array: &DeArray<'_>, span: Range<usize>, schema: &'a Value) {
        for (index, value) in array.iter().enumerate() {
            self.value(&format!("{path}[{}]", index + 1), value, &schema["items"]);
        }
        let max = schema["maxItems"].as_u64();
        if let Some(max) = max.filter(|max| array.len() as u64 > *max) {
            let (key, found) = (path.to_owned(), array.len());
            self.problems.add(ProblemKind::TooManyEntries { key, found, max }, span);
        }
    }

    fn integer(&mut self, path: &str, number: &DeInteger<'_>, span: Range<usize>, schema: &Value) {
        let (min, max) = (bound(schema, "minimum"), bound(schema, "maximum"));
        let max = max.or((schema["format"] == "uint64").then_some(u64::MAX.into()));
        let fits = i128::from_str_radix(number.as_str(), number.radix())
            .is_ok_and(|n| min.is_none_or(|min| min <= n) && max.is_none_or(|max| n <= max));
        if !fits {
            let (key, found) = (path.to_owned(), number.to_string());
            self.problems.add(ProblemKind::OutOfRange { key, found, min, max }, span);
        }
    }

    /// Follows references to definitions.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let Some(name) = schema["$ref"].as_str() else { return schema };
        self.root
            .pointer(name.trim_start_matches('#'))
            .expect("schemars defines all that it refers to")
    }
}

/// The texts that a schema of an enum allows; none for any other schema.
fn names(schema: &Value) -> Vec<String> {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]);
    plain.chain(described).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn bound(schema: &Value, key: &str) -> Option<i128> {
    let number = schema[key].as_number()?;
    number.as_i128().or_else(|| number.as_u128()?.try_into().ok())
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn word(json_type: &str) -> &'static str {
    match json_type {
        "object" => "a table",
        "array" => "an array",
        "integer" => "an integer",
        "boolean" => "true or false",
        _ => "a string",
    }
}

/// A type of TOML, in words.
pub(super) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
