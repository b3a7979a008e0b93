//! Templates: what they become, what they refuse, and that nothing written in one gets out of bounds.

mod bound;
mod conformance;
mod date;
mod fault;
mod oracle;
mod read;

use cxpulse_core::json::Json;
use cxpulse_template::{Held, Scope, bind, decide};

/// The result of the node `fetch`, in the envelope that CXone answers with.
const FETCH: &str = r#"{"status": "ok", "output": {
    "id": 12345678901234567890123, "count": 3, "negative": -2, "ratio": 0.5, "price": 1.10, "big": 9007199254740993, "exponent": 1e400,
    "name": "Ada Lövelace", "quote": "say \"hi\"\n", "empty": "", "padded": "  x ", "number": "42", "flag": true, "off": false, "nothing": null,
    "customer": {"id": "c-1", "tags": ["vip", "eu"], "address": {"city": "Zürich", "zip": 8001}},
    "rows": [{"id": 3, "name": "c", "on": true}, {"id": 1, "name": "A", "on": false}, {"id": 2, "name": "b", "on": true}],
    "numbers": [3, 1, 2, 3], "words": ["b", "A", "a", "b"], "mixed": [1, "a"], "none": [], "fields": {},
    "at": "2026-11-21T10:00:00.250Z", "day": "2026-02-28", "output": {"inner": 1}, "meta": "mine", "html": "<a href='x'>&"
}}"#;

const META: &str = r#"{"execution_id": "exe_1-0", "outcome": "completed", "source": "fresh", "attempts": 2, "latency_ms": 41.5, "error": null}"#;

/// Everything that the tables read.
pub(crate) fn with_scope<T>(run: impl FnOnce(&Scope<'_>) -> T) -> T {
    let json = |text: &str| Json::parse(text).expect("a fixture");
    let (fetch, meta) = (json(FETCH), json(META));
    let skipped = json(r#"{"outcome": "skipped", "source": null}"#);
    let (plain, list) = (json(r#""just text""#), json("[10, 20, 30]"));
    let inputs = json(r#"{"account": "12345", "limit": 5, "deep": {"a": {"b": [1, {"c": "d"}]}}}"#);
    let chain = json(r#"{"id": "chn_1", "trace_id": "4bf9", "created_at": "2026-11-21T10:00:00.000Z"}"#);
    let scope = Scope::new()
        .with_inputs(inputs.as_raw())
        .with_chain(chain.as_raw())
        .with_node("fetch", Held::Whole(fetch.as_raw()), meta.as_raw())
        .with_node("plain", Held::Whole(plain.as_raw()), meta.as_raw())
        .with_node("listed", Held::Whole(list.as_raw()), meta.as_raw())
        .with_node("skipped", Held::Nothing, skipped.as_raw())
        .with_node("huge", Held::TooLarge, meta.as_raw());
    run(&scope)
}

/// What the text `template` becomes as an input, or why it does not.
pub(crate) fn becomes(template: &str) -> String {
    let inputs = Json::from_value(&template).expect("a text");
    bound(inputs.as_str())
}

/// What inputs become, or why they do not.
pub(crate) fn bound(inputs: &str) -> String {
    let inputs = Json::parse(inputs).expect("JSON");
    with_scope(|scope| match bind(&inputs, scope) {
        Ok(bound) => bound.as_str().to_owned(),
        Err(fault) => format!("{} {:?} {}", fault.kind.code(), fault.variable.as_deref().unwrap_or_default(), fault),
    })
}

/// Whether a condition holds, or why that cannot be said.
pub(crate) fn decides(when: &str) -> String {
    with_scope(|scope| match decide(when, scope) {
        Ok(holds) => holds.to_string(),
        Err(fault) => format!("{} {fault}", fault.kind.code()),
    })
}
