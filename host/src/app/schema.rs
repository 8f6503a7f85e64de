//! The JSON Schema of `app.toml`.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::Value;

use super::manifest::Manifest;

/// The JSON Schema (draft 2020-12) of `app.toml`, pretty-printed, with a line break at its end.
/// Editors complete and check manifests with it; [`super::App::parse`] reads them by it.
#[must_use]
pub fn manifest_schema() -> String {
    format!("{:#}\n", *SCHEMA)
}

/// The schema as a value.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.root_schema_for::<Manifest>();
    RecursiveTransform(forbid_null).transform(&mut schema);
    let mut schema = schema.to_value();
    // Whether or not a crate elsewhere asks serde_json to keep the order of keys.
    schema.sort_all_objects();
    schema
});

/// TOML has no null: what may be absent is absent.
fn forbid_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [name] = types.as_slice() {
            let name = name.clone();
            schema.insert("type".to_owned(), name);
        }
    }
    let Some(Value::Array(any)) = schema.get_mut("anyOf") else { return };
    any.retain(|inner| inner["type"] != "null");
    if let [Value::Object(inner)] = any.as_slice() {
        let inner = inner.clone();
        schema.remove("anyOf");
        for (key, value) in inner {
            schema.insert(key, value);
        }
    }
}
