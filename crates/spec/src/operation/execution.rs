//! `/v1/executions`, `/v1/tokens`, `/v1/callbacks`: what callers, pages and CXone do.

use cxpulse_core::wire::Snapshot;

use super::{Access, Answer, Body, Operation, Tag, json};
use crate::answer::{AcceptedExecution, BundleLine, JournalEntry, ViewToken};
use crate::request;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "startExecution",
        method: "post",
        path: "/v1/executions",
        tag: Tag::Executions,
        summary: "Start or follow an execution",
        description: "`start` submits a Data Action to CXone, `watch` follows one that runs there already. The answer comes at once, \
                      or with `?wait=` as soon as it ends. An `Idempotency-Key` makes a repeat safe.",
        access: Access::Key("execute"),
        parameters: &["IdempotencyKey", "Wait", "Traceparent", "Tracestate", "RequestId"],
        body: json(of::<request::Execution>),
        answers: &[Answer {
            status: "202",
            meaning: "It is accepted, and saved: it goes on whatever happens.",
            content: &[("application/json", of::<AcceptedExecution>)],
            headers: &["Location", "RetryAfter", "ETag", "XRequestId"],
        }],
        problems: &[
            "malformed-body",
            "invalid-parameter",
            "too-large",
            "unsupported-media-type",
            "invalid-request",
            "idempotency-key-reused",
        ],
    },
    Operation {
        id: "getExecution",
        method: "get",
        path: "/v1/executions/{id}",
        tag: Tag::Executions,
        summary: "Read its snapshot",
        description: "With `?wait=` the answer comes at the next change after the one that `If-None-Match` or `?since=` names, or at the end.",
        access: Access::Viewer("read", "read"),
        parameters: &["ExecutionId", "Wait", "Since", "IfNoneMatch"],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The execution as of its latest change.",
                content: &[("application/json", of::<Snapshot>)],
                headers: &["ETag"],
            },
            Answer { status: "304", meaning: "It is as the caller knows it.", content: &[], headers: &["ETag"] },
        ],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "streamExecution",
        method: "get",
        path: "/v1/executions/{id}/events",
        tag: Tag::Executions,
        summary: "Stream its snapshots",
        description: "Server-Sent Events: the whole snapshot first, then at every change; `id` is its sequence number, and `Last-Event-ID` \
                      resumes. The messages are described in [asyncapi.json](/asyncapi.json).",
        access: Access::Stream("read", "read"),
        parameters: &["ExecutionId", "LastEventId", "LastEventIdQuery"],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The stream; it ends after the snapshot with the outcome.",
                content: &[("text/event-stream", of::<String>)],
                headers: &[],
            },
            Answer { status: "204", meaning: "The caller has the last one already.", content: &[], headers: &[] },
        ],
        problems: &["not-found"],
    },
    Operation {
        id: "readJournal",
        method: "get",
        path: "/v1/executions/{id}/journal",
        tag: Tag::Executions,
        summary: "Read its journal",
        description: "Every event with what it led to, also what was sent: a token needs the verb `journal`. NDJSON unless `Accept` asks for \
                      JSON alone; `Link` names the next page. `cargo xtask replay` runs it again.",
        access: Access::Viewer("read", "journal"),
        parameters: &["ExecutionId", "After", "Limit"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "Entries in order: one a line, or a list.",
            content: &[("application/x-ndjson", of::<JournalEntry>), ("application/json", of::<Vec<JournalEntry>>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "downloadBundle",
        method: "get",
        path: "/v1/executions/{id}/bundle",
        tag: Tag::Executions,
        summary: "Download its replay bundle",
        description: "All that there is to it in one file: order, journal, audit log and snapshot, one JSON object a line. `cargo xtask replay` proves \
                      that the core decides it so again.",
        access: Access::Viewer("read", "journal"),
        parameters: &["ExecutionId"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "The file, whole.",
            content: &[("application/x-ndjson", of::<BundleLine>)],
            headers: &[],
        }],
        problems: &["not-found"],
    },
    Operation {
        id: "cancelExecution",
        method: "post",
        path: "/v1/executions/{id}/cancel",
        tag: Tag::Executions,
        summary: "Cancel it",
        description: "It ends here at once; CXone is told where the profile can. It may be repeated.",
        access: Access::Viewer("execute", "cancel"),
        parameters: &["ExecutionId"],
        body: None,
        answers: &[
            Answer {
                status: "202",
                meaning: "It is canceled here; CXone is being told.",
                content: &[("application/json", of::<Snapshot>)],
                headers: &["ETag"],
            },
            Answer {
                status: "200",
                meaning: "It had ended before, and stays as it was.",
                content: &[("application/json", of::<Snapshot>)],
                headers: &["ETag"],
            },
        ],
        problems: &["not-found", "not-begun"],
    },
    Operation {
        id: "mintToken",
        method: "post",
        path: "/v1/tokens",
        tag: Tag::Tokens,
        summary: "Mint a view token",
        description: "For a browser: it names executions and verbs, and ends soon. It never can do more than it names. \
                      Nothing is kept of it: a repeat, also one with the same `Idempotency-Key`, is given another token that can do the same.",
        access: Access::Key("execute"),
        parameters: &["IdempotencyKey", "RequestId"],
        body: json(of::<request::Token>),
        answers: &[Answer {
            status: "201",
            meaning: "The token.",
            content: &[("application/json", of::<ViewToken>)],
            headers: &["XRequestId"],
        }],
        problems: &["malformed-body", "invalid-parameter", "too-large", "unsupported-media-type", "invalid-request"],
    },
    Operation {
        id: "takeCallback",
        method: "post",
        path: "/v1/callbacks/{capability}",
        tag: Tag::Callbacks,
        summary: "Tell of an execution",
        description: "CXone calls the address that it was given as `context.callbackUrl`: whoever has it may, and nobody can guess it. The body \
                      is what the tenant's profile says a poll's answer is. It may be repeated, late, or out of order. Where the tenant's settings \
                      say how callbacks are signed, nothing else is believed; one that was here before is answered as then, and changes nothing.",
        access: Access::Anybody,
        parameters: &["Capability", "RequestId"],
        body: Some(Body { shape: of::<request::Callback>, media_type: "application/json", is_required: true }),
        answers: &[Answer { status: "204", meaning: "It is taken.", content: &[], headers: &["XRequestId"] }],
        problems: &[
            "malformed-body",
            "malformed-callback",
            "unverified-callback",
            "not-found",
            "too-large",
            "unsupported-media-type",
        ],
    },
];
