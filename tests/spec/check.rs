//! Holds an answer of the Worker to the description: its status is one of the operation's, its body of the schema.
//! Never looks at what the description does not name.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// What came back from somewhere.
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a str,
    /// With or without a host and a query.
    pub(crate) url: &'a str,
    pub(crate) status: u16,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// Checks an answer to an operation that the description names; any other is passed over.
///
/// # Panics
/// Where the answer is not as described.
pub(crate) fn check_answer(answered: &Answered<'_>) {
    let Some((path, operation)) = find(answered.method, path_of(answered.url)) else { return };
    // What CXone says to a proxied call is its own.
    if path.starts_with("/v1/proxy/") {
        return;
    }
    let pointer = |status: &str| format!("/responses/{status}");
    let status = answered.status.to_string();
    let response = operation.pointer(&pointer(&status));
    let whole = format!("{} {path}: {status}", answered.method);
    assert!(response.is_some(), "{whole} is not described: {}", String::from_utf8_lossy(answered.body));
    if answered.body.is_empty() || answered.method == "HEAD" {
        return;
    }
    let media_type = answered.content_type.split(';').next().unwrap_or_default().trim();
    let content = response.and_then(|response| response.get("content")).and_then(Value::as_object);
    // Described with its parameters or without.
    let is_same = |described: &str| described.split(';').next().unwrap_or_default() == media_type;
    let media =
        content.and_then(|content| content.iter().find(|(described, _)| is_same(described))).map(|(_, media)| media);
    assert!(media.is_some(), "{whole} is not described as {media_type}");
    let Some(schema) = media.and_then(|media| media.get("schema")) else { return };
    if let Some(line) = schema.get("x-line-schema") {
        for text in answered.body.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
            check_text(line, text, &whole);
        }
    } else if media_type.ends_with("json") {
        check_text(schema, answered.body, &whole);
    }
}

/// Checks a value against a schema of the description.
///
/// # Panics
/// Where it does not fit.
pub(crate) fn check_value(schema: &Value, value: &Value, whose: &str) {
    let faults = faults(schema, value);
    assert!(faults.is_empty(), "{whose} is not as described: {faults:?}\n{value:#}");
}

/// Checks a message that left by itself against the description of such: its payload, and its headers where they are described.
///
/// # Panics
/// Where it does not fit.
pub(crate) fn check_message(name: &str, payload: &Value, headers: Option<&Value>) {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(cxpulse_spec::asyncapi);
    let message = document.pointer(&format!("/components/messages/{name}"));
    assert!(message.is_some(), "{name} is a message");
    for (part, value) in [("payload", Some(payload)), ("headers", headers)] {
        let Some(value) = value else { continue };
        let schema = message.and_then(|message| message.get(part));
        assert!(schema.is_some(), "{name} has {part}");
        let faults = schema.map(|schema| message_faults(document, schema, value)).unwrap_or_default();
        assert!(faults.is_empty(), "{name}'s {part} is not as described: {faults:?}\n{value:#}");
    }
}

fn message_faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    static COMPILED: Mutex<BTreeMap<String, &'static Validator>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let whole = json!({"allOf": [schema], "components": document.get("components")});
        Box::leak(Box::new(jsonschema::draft7::new(&whole).expect("the description's schemas are schemas")))
    };
    let validator: &'static Validator = compiled.entry(schema.to_string()).or_insert_with(|| compile());
    drop(compiled);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Why a value does not fit a schema of the description, in words.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    static COMPILED: Mutex<BTreeMap<String, &'static Validator>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    // As many as the description has schemas: each is made once, and kept.
    let validator: &'static Validator =
        compiled.entry(schema.to_string()).or_insert_with(|| Box::leak(Box::new(compile(schema))));
    drop(compiled);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The document, once.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(cxpulse_spec::openapi)
}

/// A schema with the components that it may refer to.
fn compile(schema: &Value) -> Validator {
    let components = document().get("components").and_then(|components| components.get("schemas"));
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": {"schemas": components},
    });
    jsonschema::draft202012::new(&whole).expect("the description's schemas are schemas")
}

fn check_text(schema: &Value, text: &[u8], whose: &str) {
    let value: Result<Value, _> = serde_json::from_slice(text);
    assert!(value.is_ok(), "{whose} is JSON: {}", String::from_utf8_lossy(text));
    check_value(schema, &value.unwrap_or_default(), whose);
}

/// The operation of a method and path, with the path as it is described.
fn find(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = document().get("paths")?.as_object()?;
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_ascii_lowercase() };
    let (described, item) = paths.iter().find(|(described, _)| fits(described, path))?;
    Some((described, item.get(&method)?))
}

fn fits(described: &str, path: &str) -> bool {
    if let Some(prefix) = described.strip_suffix("{path}") {
        return path.starts_with(prefix);
    }
    let (mut ours, mut theirs) = (described.split('/'), path.split('/'));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(ours), Some(theirs)) if ours == theirs || (ours.starts_with('{') && !theirs.is_empty()) => {}
            _ => return false,
        }
    }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| rest.split_at(at).1));
    rest.split(['?', '#']).next().unwrap_or_default()
}
