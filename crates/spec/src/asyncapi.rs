//! The AsyncAPI 3.0 document: the messages of streams and webhooks. Operations are told from the Worker's side.
//!
//! Source: AsyncAPI Specification 3.0.0, and its HTTP and WebSocket bindings.

use cxpulse_core::wire::Snapshot;
use cxpulse_core::wire::batch::BatchSnapshot;
use cxpulse_core::wire::chain::ChainSnapshot;
use cxpulse_core::wire::feed::{self, Leave, Seen, Told, Watch};
use cxpulse_core::wire::history::HistorySnapshot;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::event::{BatchNotification, ChainNotification, HistoryNotification, Notification};
use crate::example;
use crate::shape::{self, Shapes};

/// The document.
#[must_use]
pub fn asyncapi() -> Value {
    let mut shapes = Shapes::of_asyncapi();
    let messages = messages(&mut shapes);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "cxpulse",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the Worker sends by itself: snapshots over streams, and notifications to webhooks. What can be asked of it is in [openapi.json](/openapi.json).",
            "license": {"name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/"},
        },
        "defaultContentType": "application/json",
        "channels": channels(),
        "operations": operations(),
        "components": {
            "messages": messages,
            "schemas": shapes.into_components(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a view token."},
                "token": {"type": "httpApiKey", "in": "query", "name": "token", "description": "A view token, where a browser cannot send headers."},
            },
        },
    })
}

fn messages(shapes: &mut Shapes) -> Value {
    let snapshot = shape::of::<Snapshot>(&mut shapes.written);
    let notification = shape::of::<Notification>(&mut shapes.written);
    let batch = shape::of::<BatchSnapshot>(&mut shapes.written);
    let batch_notification = shape::of::<BatchNotification>(&mut shapes.written);
    let chain = shape::of::<ChainSnapshot>(&mut shapes.written);
    let chain_notification = shape::of::<ChainNotification>(&mut shapes.written);
    let history = shape::of::<HistorySnapshot>(&mut shapes.written);
    let history_notification = shape::of::<HistoryNotification>(&mut shapes.written);
    let told = shape::of::<Told>(&mut shapes.written);
    let examples = |operation: &str| {
        let all = example::of(operation).filter(|(_, exchange)| exchange.status < 400);
        all.map(|(name, exchange)| json!({"name": name, "payload": exchange.body})).collect::<Vec<Value>>()
    };
    let asked = |title: &str, summary: &str, payload: Schema, example: Value| {
        json!({"name": title.to_lowercase(), "title": title, "summary": summary, "contentType": "application/json",
            "payload": payload, "examples": [{"payload": example}]})
    };
    json!({
        "snapshot": {
            "name": "snapshot",
            "title": "Snapshot",
            "summary": "The execution as of its latest change. Of an event stream `id:` is its sequence number.",
            "contentType": "application/json",
            "payload": snapshot,
            "examples": examples("getExecution"),
        },
        "notification": {
            "name": "notification",
            "title": "Notification",
            "summary": "Something happened. Delivered at least once, in order for each execution; `webhook-id` tells repeats.",
            "contentType": "application/json",
            "headers": webhook_headers(),
            "payload": notification,
        },
        "batch": {
            "name": "batch",
            "title": "Snapshot of a batch",
            "summary": "The batch as of its latest change, four times a second at most. Of an event stream `id:` is its sequence number.",
            "contentType": "application/json",
            "payload": batch,
            "examples": examples("cancelBatch"),
        },
        "batchNotification": {
            "name": "batchNotification",
            "title": "Notification of a batch",
            "summary": "Something happened to a batch. Delivered at least once, in order for each batch; `webhook-id` tells repeats.",
            "contentType": "application/json",
            "headers": webhook_headers(),
            "payload": batch_notification,
        },
        "chain": {
            "name": "chain",
            "title": "Snapshot of a chain",
            "summary": "The chain as of its latest change, four times a second at most. Of an event stream `id:` is its sequence number.",
            "contentType": "application/json",
            "payload": chain,
            "examples": examples("cancelChain"),
        },
        "chainNotification": {
            "name": "chainNotification",
            "title": "Notification of a chain",
            "summary": "Something happened to a chain, or to a node of it. Delivered at least once, in order for each chain; `webhook-id` tells repeats.",
            "contentType": "application/json",
            "headers": webhook_headers(),
            "payload": chain_notification,
        },
        "history": {
            "name": "history",
            "title": "Snapshot of a history",
            "summary": "The history query as of its latest change, four times a second at most. Of an event stream `id:` is its sequence number.",
            "contentType": "application/json",
            "payload": history,
            "examples": examples("getHistory"),
        },
        "historyNotification": {
            "name": "historyNotification",
            "title": "Notification of a history",
            "summary": "Something happened to a history query. Delivered at least once, in order for each query; `webhook-id` tells repeats.",
            "contentType": "application/json",
            "headers": webhook_headers(),
            "payload": history_notification,
        },
        "watch": asked("Watch", "From now on everything about this execution is told.",
            shape::of::<Watch>(&mut shapes.read), json!({"watch": EXECUTION, "as": 7, "token": "cxv1.…", "after": 12})),
        "leave": asked("Leave", "Nothing more of this watch is told.", shape::of::<Leave>(&mut shapes.read), json!({"leave": 7})),
        "seen": asked("Seen", "How many snapshots have come: the server is never more than its window ahead.",
            shape::of::<Seen>(&mut shapes.read), json!({"seen": 40})),
        "told": {
            "name": "told",
            "title": "What a feed tells",
            "summary": "A welcome first; then of each watch that it began, its snapshots, its end, or why there is nothing more of it.",
            "contentType": "application/json",
            "payload": told,
            "examples": [
                {"name": "welcome", "payload": {"feed": feed::VERSION, "at": "2026-11-21T10:00:00.000Z", "window": feed::WINDOW, "watches_max": feed::WATCHES_MAX}},
                {"name": "watching", "payload": {"as": 7, "watching": EXECUTION}},
                {"name": "ended", "payload": {"as": 7, "ended": true}},
            ],
        },
    })
}

fn webhook_headers() -> Value {
    json!({
        "type": "object",
        "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
        "properties": {
            "webhook-id": {"type": "string", "description": "The same each time that this one is sent.",
                "examples": [format!("msg_{EXECUTION}_1")]},
            "webhook-timestamp": {"type": "string", "pattern": "^[0-9]+$", "description": "Seconds since 1970 at which it was sent."},
            "webhook-signature": {"type": "string", "pattern": "^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$",
                "description": "`v1,` and the base64 of the HMAC-SHA-256 of `id.timestamp.body`; one for each key, parted by spaces."},
        },
    })
}

fn channels() -> Value {
    let messages = |names: &[&str]| {
        let named =
            names.iter().map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/messages/{name}")})));
        Value::from(named.collect::<Map<String, Value>>())
    };
    let of_batch = |address: &str, description: &str| {
        json!({
            "address": address,
            "description": description,
            "messages": messages(&["batch"]),
            "parameters": {"id": {"description": "The batch.", "examples": [BATCH]}},
        })
    };
    let of_chain = |address: &str, description: &str| {
        json!({
            "address": address,
            "description": description,
            "messages": messages(&["chain"]),
            "parameters": {"id": {"description": "The chain.", "examples": [CHAIN]}},
        })
    };
    let of_history = |address: &str, description: &str| {
        json!({
            "address": address,
            "description": description,
            "messages": messages(&["history"]),
            "parameters": {"id": {"description": "The history.", "examples": [HISTORY]}},
        })
    };
    let of_execution = |address: &str, description: &str| {
        json!({
            "address": address,
            "description": description,
            "messages": messages(&["snapshot"]),
            "parameters": {"id": {"description": "The execution.", "examples": [EXECUTION]}},
        })
    };
    json!({
        "events": of_execution(
            "/v1/executions/{id}/events",
            "Server-Sent Events: the whole snapshot first, then at every change. `Last-Event-ID` resumes.",
        ),
        "socket": of_execution(
            "/v1/executions/{id}/socket",
            "A WebSocket with the same snapshots, one a text message. Closed with 4000 after the end, with 4001 where the token has ended.",
        ),
        "batchEvents": of_batch(
            "/v1/batches/{id}/events",
            "Server-Sent Events: the whole snapshot first, then as it changes, and at once at the end. `Last-Event-ID` resumes.",
        ),
        "batchSocket": of_batch(
            "/v1/batches/{id}/socket",
            "A WebSocket with the same snapshots, one a text message. Closed with 4000 after the end, with 4001 where the token has ended.",
        ),
        "chainEvents": of_chain(
            "/v1/chains/{id}/events",
            "Server-Sent Events: the whole snapshot first, then as it changes, and at once at the end. `Last-Event-ID` resumes.",
        ),
        "chainSocket": of_chain(
            "/v1/chains/{id}/socket",
            "A WebSocket with the same snapshots, one a text message. Closed with 4000 after the end, with 4001 where the token has ended.",
        ),
        "historyEvents": of_history(
            "/v1/histories/{id}/events",
            "Server-Sent Events: the whole snapshot first, then as it changes, and at once at the end. `Last-Event-ID` resumes.",
        ),
        "historySocket": of_history(
            "/v1/histories/{id}/socket",
            "A WebSocket with the same snapshots, one a text message. Closed with 4000 after the end, with 4001 where the token has ended.",
        ),
        "feed": {
            "address": "/v1/feed",
            "description": "One WebSocket for a page that watches many executions; each watch has a number that the page gives it. \
                `ping` is answered by `pong`. Closed with 4002 where nothing was watched for a while, with 1012 where it goes on elsewhere.",
            "messages": messages(&["watch", "leave", "seen", "told"]),
        },
        "webhook": {
            "description": "The URL that a request names in `notify.url`. Answer 2xx to take a notification, 410 to get no more.",
            "messages": messages(&["notification", "batchNotification", "chainNotification", "historyNotification"]),
        },
    })
}

fn operations() -> Value {
    // What a page watches over a feed has its token in the message; what a webhook is sent is signed.
    let reader =
        json!([{"$ref": "#/components/securitySchemes/bearer"}, {"$ref": "#/components/securitySchemes/token"}]);
    let of = |action: &str, channel: &str, messages: &[&str], summary: &str| {
        let references: Vec<Value> =
            messages.iter().map(|name| json!({"$ref": format!("#/channels/{channel}/messages/{name}")})).collect();
        let is_read = messages.iter().any(|name| ["snapshot", "batch", "chain", "history"].contains(name));
        let security = if is_read { reader.clone() } else { json!([]) };
        json!({
            "action": action,
            "channel": {"$ref": format!("#/channels/{channel}")},
            "summary": summary,
            "messages": references,
            "security": security,
        })
    };
    json!({
        "streamSnapshots": of("send", "events", &["snapshot"], "Streams an execution's snapshots."),
        "sendSnapshots": of("send", "socket", &["snapshot"], "Sends an execution's snapshots."),
        "streamBatchSnapshots": of("send", "batchEvents", &["batch"], "Streams a batch's snapshots."),
        "sendBatchSnapshots": of("send", "batchSocket", &["batch"], "Sends a batch's snapshots."),
        "streamChainSnapshots": of("send", "chainEvents", &["chain"], "Streams a chain's snapshots."),
        "sendChainSnapshots": of("send", "chainSocket", &["chain"], "Sends a chain's snapshots."),
        "streamHistorySnapshots": of("send", "historyEvents", &["history"], "Streams a history query's snapshots."),
        "sendHistorySnapshots": of("send", "historySocket", &["history"], "Sends a history query's snapshots."),
        "takeWatches": of("receive", "feed", &["watch", "leave", "seen"], "Takes what a page wants to see."),
        "tellPage": of("send", "feed", &["told"], "Tells a page of all that it watches."),
        "notify": of(
            "send",
            "webhook",
            &["notification", "batchNotification", "chainNotification", "historyNotification"],
            "Tells a webhook.",
        ),
    })
}

const EXECUTION: &str = "exe_4bf92f3577b34da6a3ce929d0e0e4736";

const BATCH: &str = "bat_a3ce929d0e0e47364bf92f3577b34da6";

const CHAIN: &str = "chn_a3ce929d0e0e47364bf92f3577b34da6";

const HISTORY: &str = "his_a3ce929d0e0e47364bf92f3577b34da6";
