//! The OpenAPI 3.1 document: operations, what they read and answer, why they refuse, who may.
//!
//! Source: OpenAPI Specification 3.1.1. Schemas are JSON Schema 2020-12, its default.

use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::example;
use crate::operation::{self, Access, Answer, Body, Operation, Tag};
use crate::parameter;
use crate::problem::{CAUSES, Cause, Problem, TYPE_BASE};
use crate::shape::{self, Shapes};

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut shapes = Shapes::of_openapi();
    let mut paths: Map<String, Value> = Map::new();
    let problem = shape::of::<Problem>(&mut shapes.written).to_value();
    for operation in operation::all() {
        let described = operation_of(&operation, &mut shapes, &problem);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_owned(), described);
        }
    }
    let tags: Vec<Value> =
        Tag::ALL.iter().map(|tag| json!({"name": tag.name(), "description": tag.meaning()})).collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "cxpulse",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Live status of NICE CXone Data Actions",
            "description": INTRODUCTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The Worker that this was read from."}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": shapes.into_components(),
            "parameters": parameter::parameters(),
            "headers": parameter::headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn operation_of(operation: &Operation, shapes: &mut Shapes, problem: &Value) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag.name()],
        "summary": operation.summary,
        "description": operation.description,
        "security": security_of(operation.access),
        "responses": responses_of(operation, &mut shapes.written, problem),
    });
    if let Some(fields) = described.as_object_mut() {
        if !operation.parameters.is_empty() {
            let references: Vec<Value> =
                operation.parameters.iter().map(|name| reference("parameters", name)).collect();
            fields.insert("parameters".into(), references.into());
        }
        if let Some(body) = &operation.body {
            fields.insert("requestBody".into(), request_of(operation, body, &mut shapes.read));
        }
    }
    described
}

fn request_of(operation: &Operation, body: &Body, generator: &mut SchemaGenerator) -> Value {
    let mut media = json!({"schema": (body.shape)(generator)});
    let sent = example::of(operation.id).filter_map(|(name, exchange)| Some((name, exchange.request.as_ref()?)));
    add_examples(&mut media, sent);
    json!({"required": body.is_required, "content": {body.media_type: media}})
}

fn responses_of(operation: &Operation, generator: &mut SchemaGenerator, problem: &Value) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for answer in operation.answers {
        responses.insert(answer.status.to_owned(), response_of(operation, answer, generator));
    }
    let mut causes: BTreeMap<u16, Vec<Cause>> = BTreeMap::new();
    let told = operation.all_problems();
    for cause in CAUSES.iter().filter(|cause| told.contains(&cause.slug)) {
        causes.entry(cause.status).or_default().push(*cause);
    }
    for (status, causes) in causes {
        responses.insert(status.to_string(), refusal_of(operation, status, &causes, problem));
    }
    responses.into()
}

fn response_of(operation: &Operation, answer: &Answer, generator: &mut SchemaGenerator) -> Value {
    let mut content: Map<String, Value> = Map::new();
    for (media_type, shape) in answer.content {
        let mut media = json!({"schema": shape(generator)});
        if *media_type == "application/x-ndjson" {
            // A line has the schema, the body is lines: said in words, as 3.1 has no other way.
            media = json!({"schema": {"type": "string", "description": "One JSON object a line.",
                "x-line-schema": shape(generator)}});
        }
        let got = example::of(operation.id)
            .filter(|(_, exchange)| exchange.status.to_string() == answer.status && exchange.media_type == *media_type);
        add_examples(&mut media, got.map(|(name, exchange)| (name, &exchange.body)));
        content.insert((*media_type).to_owned(), media);
    }
    let mut described = json!({"description": answer.meaning});
    if let Some(fields) = described.as_object_mut() {
        if !content.is_empty() {
            fields.insert("content".into(), content.into());
        }
        let rate: &[&str] = if operation.access.is_known() { &RATE } else { &[] };
        let headers = [answer.headers, rate].concat();
        if !headers.is_empty() {
            fields.insert("headers".into(), headers_of(&headers));
        }
    }
    described
}

/// Why an operation refuses with a status: the one schema of all problems, and the causes that it may have here.
fn refusal_of(operation: &Operation, status: u16, causes: &[Cause], problem: &Value) -> Value {
    let types: Vec<String> = causes.iter().map(|cause| format!("{TYPE_BASE}{}", cause.slug)).collect();
    let meanings: Vec<String> = causes.iter().map(|cause| format!("`{}`: {}", cause.slug, cause.meaning)).collect();
    let mut media =
        json!({"schema": {"allOf": [problem, {"properties": {"type": {"enum": types}, "status": {"const": status}}}]}});
    let got = example::of(operation.id).filter(|(_, exchange)| exchange.status == status);
    add_examples(&mut media, got.map(|(name, exchange)| (name, &exchange.body)));
    let mut described = json!({"description": meanings.join("\n\n"), "content": {"application/problem+json": media}});
    let mut headers: Vec<&str> = match status {
        401 => vec!["WwwAuthenticate"],
        405 => vec!["Allow"],
        429 | 503 => vec!["RetryAfter"],
        _ => Vec::new(),
    };
    if operation.access.is_known() && status != 401 {
        headers.extend(RATE);
    }
    if let Some(fields) = described.as_object_mut().filter(|_| !headers.is_empty()) {
        fields.insert("headers".into(), headers_of(&headers));
    }
    described
}

fn headers_of(names: &[&str]) -> Value {
    let named = names.iter().map(|name| (parameter::header_name(name).to_owned(), reference("headers", name)));
    named.collect::<Map<String, Value>>().into()
}

fn add_examples<'a>(media: &mut Value, examples: impl Iterator<Item = (&'a str, &'a Value)>) {
    let key = |name: &str| name.replace(' ', "-");
    let named: Map<String, Value> =
        examples.map(|(name, value)| (key(name), json!({"summary": name, "value": value}))).collect();
    if let Some(fields) = media.as_object_mut().filter(|_| !named.is_empty()) {
        fields.insert("examples".into(), named.into());
    }
}

fn security_of(access: Access) -> Value {
    match access {
        Access::Anybody => json!([]),
        Access::Key(scope) => json!([{"key": [scope]}, {"keyHeader": [scope]}]),
        Access::Viewer(scope, verb) => json!([{"key": [scope]}, {"keyHeader": [scope]}, {"viewToken": [verb]}]),
        Access::Stream(scope, verb) => {
            json!([{"key": [scope]}, {"keyHeader": [scope]}, {"viewToken": [verb]}, {"viewTokenQuery": [verb]}])
        }
    }
}

fn security_schemes() -> Value {
    json!({
        "key": {"type": "http", "scheme": "bearer",
            "description": "An API key. Scopes: `execute` starts, cancels, mints tokens and passes the proxy; `read` reads; `admin` administers."},
        "keyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key, for callers that cannot set `Authorization`."},
        "viewToken": {"type": "http", "scheme": "bearer", "bearerFormat": "cxv1",
            "description": "A view token: the executions and verbs that it names, until it ends."},
        "viewTokenQuery": {"type": "apiKey", "in": "query", "name": "token",
            "description": "The same token where a browser cannot send headers."},
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// Told with any answer to somebody who has said who they are; with a snapshot only where little is left.
const RATE: [&str; 2] = ["RateLimit", "RateLimitPolicy"];

const INTRODUCTION: &str = "\
Starts and follows executions of NICE CXone Data Actions, keeps each of them alive until it ends, and tells of it: by snapshot, by long poll, \
by stream and by webhook.

Times are RFC 3339 in UTC with milliseconds. Errors are `application/problem+json` (RFC 9457) with a stable `type` for each cause, and name every \
fault of a request at once, by JSON pointer. Fields are added within `/v1`, never changed: a client ignores what it does not know. In requests, \
unknown fields are refused.";
