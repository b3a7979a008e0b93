//! What may be written into a file, as a JSON Schema of its own, for editors and for those who check such files before they send
//! them. Says nothing that the OpenAPI document does not.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi;

/// The schema of a chain, 2020-12: the body of `POST /v1/chains`.
#[must_use]
pub fn chain() -> Value {
    alone("ChainRequest", "A chain of cxpulse")
}

/// A named schema of the OpenAPI document, with all that it refers to.
fn alone(name: &str, title: &str) -> Value {
    let document = openapi();
    let named = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut definitions: Map<String, Value> = Map::new();
    let mut wanted = BTreeSet::from([name.to_owned()]);
    while let Some(next) = wanted.pop_first() {
        if let Some(schema) = named.and_then(|named| named.get(&next)) {
            let mut schema = schema.clone();
            settle(&mut schema, &mut wanted);
            definitions.insert(next, schema);
        }
        wanted.retain(|name| !definitions.contains_key(name));
    }
    let mut schema = definitions.remove(name).unwrap_or_default();
    if let Some(fields) = schema.as_object_mut() {
        let more =
            json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "$defs": definitions});
        fields.extend(more.as_object().cloned().unwrap_or_default());
    }
    schema
}

/// References lead to where definitions stand in a schema of its own; those that are met are wanted.
fn settle(schema: &mut Value, wanted: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().and_then(|at| at.strip_prefix("#/components/schemas/")).filter(|_| key == "$ref") {
                    Some(name) => {
                        wanted.insert(name.to_owned());
                        *value = format!("#/$defs/{name}").into();
                    }
                    None => settle(value, wanted),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
