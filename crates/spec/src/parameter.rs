//! Parameters and headers that operations name. Never a default that the Worker does not have.

use cxpulse_core::validate::Form;
use serde_json::{Map, Value, json};

/// What stands under `components/parameters`.
#[must_use]
pub fn parameters() -> Map<String, Value> {
    paths().into_iter().chain(queries()).chain(headers_in()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What stands under `components/headers`: what answers carry.
#[must_use]
pub fn headers() -> Map<String, Value> {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string", "examples": [example]}});
    let seconds = |description: &str, example: u32| json!({"description": description, "schema": {"type": "integer", "minimum": 0, "examples": [example]}});
    let all = [
        ("Age", seconds("Seconds since the answer was new.", 12)),
        (
            "CxpulseCache",
            json!({
                "description": "How a proxied answer was had, where its rule lets it serve others.",
                "schema": {"type": "string", "enum": ["hit", "miss", "coalesced"]},
            }),
        ),
        (
            "ETag",
            text("Names this version; send it as `If-None-Match`. Of a snapshot it is the sequence number.", "\"7\""),
        ),
        (
            "Link",
            text(
                "Where the next page is (`rel=\"next\"`), where there is one.",
                "<https://cxpulse.example/v1/executions/exe_4bf92f3577b34da6a3ce929d0e0e4736/journal?after=100&limit=100>; rel=\"next\"",
            ),
        ),
        (
            "Location",
            text(
                "Where the execution is.",
                "https://cxpulse.example/v1/executions/exe_4bf92f3577b34da6a3ce929d0e0e4736",
            ),
        ),
        (
            "RateLimit",
            text(
                "How many more requests the key or token is good for, and when there are more again.",
                "\"minute\";r=5999;t=1",
            ),
        ),
        ("RateLimitPolicy", text("How many it is good for, in how many seconds.", "\"minute\";q=6000;w=60")),
        (
            "ContentDisposition",
            text(
                "The name that the file is to have.",
                "attachment; filename=\"his_a3ce929d0e0e47364bf92f3577b34da6.xes\"",
            ),
        ),
        ("RetryAfter", seconds("Seconds after which to look, or try, again.", 1)),
        ("Allow", text("The methods that there are.", "GET, HEAD")),
        (
            "XRequestId",
            text(
                "What the request is known by in our log: the caller's own `X-Request-Id`, else one of ours.",
                "req-4711",
            ),
        ),
        ("WwwAuthenticate", text("How to say who calls.", "Bearer")),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The name of a header as it is sent, by its name under `components/headers`.
#[must_use]
pub fn header_name(component: &str) -> &str {
    match component {
        "ContentDisposition" => "Content-Disposition",
        "CxpulseCache" => "Cxpulse-Cache",
        "RateLimitPolicy" => "RateLimit-Policy",
        "RetryAfter" => "Retry-After",
        "XRequestId" => "X-Request-Id",
        "WwwAuthenticate" => "WWW-Authenticate",
        same => same,
    }
}

fn paths() -> Vec<(&'static str, Value)> {
    let by_schema = |name: &str, schema: &str, description: &str| {
        json!({"name": name, "in": "path", "required": true, "description": description,
            "schema": {"$ref": format!("#/components/schemas/{schema}")}})
    };
    let text = |name: &str, description: &str, example: &str| {
        json!({"name": name, "in": "path", "required": true, "description": description,
            "schema": {"type": "string", "minLength": 1, "examples": [example]}})
    };
    vec![
        ("ExecutionId", by_schema("id", "ExecutionId", "The execution.")),
        ("BatchId", by_schema("id", "FlowId", "The batch.")),
        ("ChainId", by_schema("id", "FlowId", "The chain.")),
        ("HistoryId", by_schema("id", "FlowId", "The history.")),
        ("TenantId", by_schema("tenant", "TenantId", "The tenant.")),
        (
            "Capability",
            text("capability", "What makes the address unguessable.", "exe_4bf92f3577b34da6a3ce929d0e0e4736.3q2-7w"),
        ),
        ("ProxyPath", text("path", "The path on CXone, slashes and all.", "api/v2/users/4711")),
        (
            "EmbedKind",
            json!({"name": "kind", "in": "path", "required": true, "description": "Which element.",
            "schema": {"type": "string", "enum": ["execution", "batch", "chain", "history"]}}),
        ),
        ("EmbedId", text("id", "What it shows.", "exe_4bf92f3577b34da6a3ce929d0e0e4736")),
    ]
}

fn queries() -> Vec<(&'static str, Value)> {
    vec![
        ("Wait", whole("wait", "Seconds to wait for a change, or the end.", (0, Some(85)), None)),
        ("Since", whole("since", "The sequence number that the caller knows.", (0, None), None)),
        (
            "LastEventIdQuery",
            whole("last_event_id", "As the header `Last-Event-ID`, where none can be sent.", (0, None), None),
        ),
        ("Tenant", by_schema("tenant", "TenantId", "Whose; the key's own unless given, `default` for an operator.")),
        ("Status", by_schema("status", "Status", "With this status.")),
        ("Outcome", by_schema("outcome", "Outcome", "With this outcome.")),
        ("Tag", by_schema("tag", "Tag", "With this label among theirs.")),
        ("CorrelationId", by_schema("correlation_id", "CorrelationId", "With this key on CXone's side.")),
        ("AuditKindQuery", by_schema("kind", "AuditKind", "Of this kind.")),
        ("Execution", by_schema("execution", "ExecutionId", "Of this execution.")),
        ("AuditBatch", by_schema("batch", "FlowId", "Of this batch itself.")),
        ("AuditChain", by_schema("chain", "FlowId", "Of this chain itself.")),
        ("AuditHistory", by_schema("history", "FlowId", "Of this history itself.")),
        ("WhoQuery", by_schema("who", "Who", "By this one.")),
        ("From", instant("from", "Of then or later: RFC 3339, with a zone.")),
        ("To", instant("to", "Before then: RFC 3339, with a zone.")),
        (
            "Cursor",
            query("cursor", "Where the page before ended, as its link to the next has it.", &json!({"type": "string"})),
        ),
        ("ListLimit", whole("limit", "Executions of one page.", (1, Some(100)), Some(20))),
        ("FlowStatusQuery", by_schema("status", "FlowStatus", "With this status.")),
        ("FlowOutcomeQuery", by_schema("outcome", "FlowOutcome", "With this outcome.")),
        ("ActionIdQuery", by_schema("action_id", "ActionId", "Of this action.")),
        ("BatchListLimit", whole("limit", "Batches of one page.", (1, Some(100)), Some(20))),
        ("ChainListLimit", whole("limit", "Chains of one page.", (1, Some(100)), Some(20))),
        ("HistoryListLimit", whole("limit", "Histories of one page.", (1, Some(100)), Some(20))),
        ("ReportFrom", instant("from", "Interactions whose first step began then or later: RFC 3339, with a zone.")),
        (
            "ReportUntil",
            instant("until", "Interactions whose first step began then or earlier: RFC 3339, with a zone."),
        ),
        (
            "ReportVariant",
            query(
                "variant",
                "Interactions that went this way: the id of a variant, as a report has it.",
                &json!({"type": "string", "pattern": "^[0-9a-f]{16}$", "examples": ["4bf92f3577b34da6"]}),
            ),
        ),
        (
            "ReportNode",
            query(
                "node",
                "Interactions that visit this node: 1024 bytes at most.",
                &json!({"type": "string", "minLength": 1, "maxLength": 1024, "examples": ["route-by-skill"]}),
            ),
        ),
        (
            "ReportError",
            query("error", "Interactions with a step that failed, or those without one.", &json!({"type": "boolean"})),
        ),
        (
            "ExportFormat",
            json!({"name": "format", "in": "query", "required": true,
                "description": "For process mining tools (IEEE 1849), as a table, for Graphviz, or for Markdown.",
                "schema": {"type": "string", "enum": Form::ALL.map(Form::name)}}),
        ),
        (
            "ComparedWith",
            json!({"name": "with", "in": "query", "required": true, "description": "The earlier history, of the same tenant.",
                "schema": {"$ref": "#/components/schemas/FlowId"}}),
        ),
        (
            "ValidateOnly",
            query(
                "validate_only",
                "Whether it is only checked, and nothing run.",
                &json!({"type": "boolean", "default": false}),
            ),
        ),
        (
            "ResultNodes",
            query(
                "node",
                "Names of nodes, with commas between; all of them unless given.",
                &json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*(,[A-Za-z_][A-Za-z0-9_]*)*$", "examples": ["fetch,score"]}),
            ),
        ),
        ("ResultCursor", whole("cursor", "The index of the last node of the page before.", (0, None), None)),
        (
            "GraphFormat",
            query(
                "format",
                "In which form; as `Accept` says unless given, and else as JSON.",
                &json!({"type": "string", "enum": ["json", "dot", "mermaid", "svg"]}),
            ),
        ),
        (
            "ItemStatuses",
            query(
                "status",
                "Items with one of these statuses, with commas between.",
                &json!({"type": "string", "pattern": "^[a-z_]+(,[a-z_]+)*$", "examples": ["failed,degraded"]}),
            ),
        ),
        (
            "ItemCode",
            query(
                "code",
                "Items whose `error` has exactly this `code`: those of one of the snapshot's `failures`.",
                &json!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[A-Z]", "examples": ["UPSTREAM_FAILED"]}),
            ),
        ),
        ("ItemOffset", whole("offset", "Items before the page, of those asked for.", (0, Some(10_000)), None)),
        ("ItemLimit", whole("limit", "Items of one page; 50 where another of these is given.", (1, Some(1_000)), None)),
        ("ItemCursor", whole("cursor", "The index of the last item of the page before.", (0, None), None)),
        (
            "BatchFields",
            query(
                "fields",
                "`grid`: one letter an item. `results`: all items, a line each.",
                &json!({"type": "string", "enum": ["grid", "results"]}),
            ),
        ),
        ("NotificationState", by_schema("state", "NotificationState", "Only those that stand so.")),
        ("After", whole("after", "Entries up to this number are left out.", (0, None), Some(0))),
        ("Limit", whole("limit", "Entries of one page.", (1, Some(1_000)), Some(1_000))),
    ]
}

fn headers_in() -> Vec<(&'static str, Value)> {
    let text = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "description": description, "schema": schema});
    vec![
        (
            "IdempotencyKey",
            text(
                "Idempotency-Key",
                "Makes a repeat safe: the same key and content give the same execution; other content is refused. A String of RFC 9651, \
                 in quotes, or the same without them.",
                json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": r#"^("([ !#-\[\]-~]|\\["\\])+"|[!#-+./0-:<-\[\]-~-]+)$"#, "examples": ["\"order-4711\""]}),
            ),
        ),
        (
            "IfNoneMatch",
            text(
                "If-None-Match",
                "An `ETag` that the caller has: what is the same is not sent again.",
                json!({"type": "string", "examples": ["\"7\""]}),
            ),
        ),
        (
            "LastEventId",
            text(
                "Last-Event-ID",
                "The sequence number of the last event that the caller has.",
                json!({"type": "integer", "minimum": 0, "examples": [7]}),
            ),
        ),
        (
            "Traceparent",
            text(
                "traceparent",
                "W3C trace context, which is continued on every call to CXone. A malformed one counts as none.",
                json!({"type": "string", "examples": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]}),
            ),
        ),
        (
            "Tracestate",
            text(
                "tracestate",
                "W3C trace context of the vendors on the way.",
                json!({"type": "string", "examples": ["vendor=00f067aa0ba902b7"]}),
            ),
        ),
        (
            "RequestId",
            text(
                "X-Request-Id",
                "What the caller knows the request by: visible ASCII. The answer has it, too; one of ours where there is none.",
                json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$", "examples": ["req-4711"]}),
            ),
        ),
        (
            "CxpulseTenant",
            text(
                "Cxpulse-Tenant",
                "The tenant, for an operator's key; `default` unless given.",
                json!({"$ref": "#/components/schemas/TenantId"}),
            ),
        ),
    ]
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn by_schema(name: &str, schema: &str, description: &str) -> Value {
    query(name, description, &json!({"$ref": format!("#/components/schemas/{schema}")}))
}

fn instant(name: &str, description: &str) -> Value {
    query(name, description, &json!({"type": "string", "format": "date-time", "examples": ["2026-11-21T10:00:00Z"]}))
}

fn whole(name: &str, description: &str, range: (u64, Option<u64>), default: Option<u64>) -> Value {
    let mut schema = json!({"type": "integer", "minimum": range.0});
    if let Some(fields) = schema.as_object_mut() {
        fields.extend(range.1.map(|most| ("maximum".to_owned(), json!(most))));
        fields.extend(default.map(|default| ("default".to_owned(), json!(default))));
    }
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}
