//! `/v1/batches`: one action over many items.

use cxpulse_core::audit::Record;
use cxpulse_core::wire::batch::{BatchSnapshot, ItemView};

use super::{Access, Answer, Body, Operation, Tag, json};
use crate::answer::{AcceptedBatch, BatchList, BatchShown, JournalEntry, RedriveTold};
use crate::request;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "startBatch",
        method: "post",
        path: "/v1/batches",
        tag: Tag::Batches,
        summary: "Run an action over many items",
        description: "Up to 10,000 items of one Data Action, some of them at once. The answer comes before any work. As `application/x-ndjson` the \
                      first line is the batch without its `payloads`, and each line after it one of them. A body with a bad item is refused whole, \
                      every one of them named; with `accept_valid` those are left out. An `Idempotency-Key` makes a repeat safe.",
        access: Access::Key("execute"),
        parameters: &["IdempotencyKey", "Wait", "Traceparent", "Tracestate", "RequestId"],
        body: json(of::<request::Batch>),
        answers: &[Answer {
            status: "202",
            meaning: "It is accepted, and saved: it goes on whatever happens.",
            content: &[("application/json", of::<AcceptedBatch>)],
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
        id: "listBatches",
        method: "get",
        path: "/v1/batches",
        tag: Tag::Batches,
        summary: "List batches",
        description: "Newest first; every filter that is there has to hold. A list may be some seconds behind a batch's own snapshot.",
        access: Access::Key("read"),
        parameters: &[
            "Tenant",
            "FlowStatusQuery",
            "FlowOutcomeQuery",
            "Tag",
            "ActionIdQuery",
            "From",
            "To",
            "BatchListLimit",
            "Cursor",
        ],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A page of them.",
            content: &[("application/json", of::<BatchList>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "getBatch",
        method: "get",
        path: "/v1/batches/{id}",
        tag: Tag::Batches,
        summary: "Read its snapshot, or its items",
        description: "The snapshot counts its items. With `limit`, `offset`, `cursor`, `status` or `code` a page of items stands beside it, in their order, \
                      which never changes. `fields=grid` gives one letter an item, `fields=results`, or `Accept: application/x-ndjson`, all of them, a \
                      line each. With `?wait=` the answer comes at the next change after the one that `If-None-Match` or `?since=` names, or at the end.",
        access: Access::Viewer("read", "read"),
        parameters: &[
            "BatchId",
            "ItemStatuses",
            "ItemCode",
            "ItemOffset",
            "ItemLimit",
            "ItemCursor",
            "BatchFields",
            "Wait",
            "Since",
            "IfNoneMatch",
        ],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The batch as of its latest change: its snapshot, that with a page of items, or with a grid; or its items alone, a line each.",
                content: &[("application/json", of::<BatchShown>), ("application/x-ndjson", of::<ItemView>)],
                headers: &["ETag"],
            },
            Answer { status: "304", meaning: "It is as the caller knows it.", content: &[], headers: &["ETag"] },
        ],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "streamBatch",
        method: "get",
        path: "/v1/batches/{id}/events",
        tag: Tag::Batches,
        summary: "Stream its snapshots",
        description: "Server-Sent Events: the snapshot first, then as it changes, four times a second at most, and at once at the end. `id` is its \
                      sequence number, and `Last-Event-ID` resumes. Items are not streamed.",
        access: Access::Stream("read", "read"),
        parameters: &["BatchId", "LastEventId", "LastEventIdQuery"],
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
        id: "openBatchSocket",
        method: "get",
        path: "/v1/batches/{id}/socket",
        tag: Tag::Batches,
        summary: "Open a socket to its snapshots",
        description: "A WebSocket with the same snapshots as the stream, one a text message.",
        access: Access::Stream("read", "read"),
        parameters: &["BatchId", "LastEventIdQuery"],
        body: None,
        answers: &[Answer { status: "101", meaning: "The socket is open.", content: &[], headers: &[] }],
        problems: &["invalid-parameter", "not-found", "upgrade-required", "foreign-origin"],
    },
    Operation {
        id: "cancelBatch",
        method: "post",
        path: "/v1/batches/{id}/cancel",
        tag: Tag::Batches,
        summary: "Cancel it",
        description: "What has not started is not started, what runs is canceled. It may be repeated.",
        access: Access::Viewer("execute", "cancel"),
        parameters: &["BatchId"],
        body: None,
        answers: &[
            Answer {
                status: "202",
                meaning: "It is stopped; what runs is being canceled.",
                content: &[("application/json", of::<BatchSnapshot>)],
                headers: &["ETag"],
            },
            Answer {
                status: "200",
                meaning: "It had ended before, and stays as it was.",
                content: &[("application/json", of::<BatchSnapshot>)],
                headers: &["ETag"],
            },
        ],
        problems: &["not-found"],
    },
    Operation {
        id: "redriveBatch",
        method: "post",
        path: "/v1/batches/{id}/redrive",
        tag: Tag::Batches,
        summary: "Run again what did not succeed",
        description: "What failed, was degraded, canceled or not started, or what of it the body names, runs again as a further generation; its answers \
                      take the place of the old ones. `preview` tells what would run, and runs nothing: items that may have run on CXone without our \
                      knowing how it ended are counted there.",
        access: Access::Viewer("execute", "redrive"),
        parameters: &["BatchId"],
        body: Some(Body { shape: of::<request::BatchRedrive>, media_type: "application/json", is_required: false }),
        answers: &[
            Answer {
                status: "202",
                meaning: "They are planned again.",
                content: &[("application/json", of::<BatchSnapshot>)],
                headers: &["ETag"],
            },
            Answer {
                status: "200",
                meaning: "What would run; or, where nothing is left to run again, the batch as it was.",
                content: &[("application/json", of::<RedriveTold>)],
                headers: &[],
            },
        ],
        problems: &["malformed-body", "too-large", "unsupported-media-type", "invalid-request", "not-found"],
    },
    Operation {
        id: "readBatchJournal",
        method: "get",
        path: "/v1/batches/{id}/journal",
        tag: Tag::Batches,
        summary: "Read its journal",
        description: "Every event that changed it, with what it led to. What its items went through is in the journals of their executions.",
        access: Access::Viewer("read", "journal"),
        parameters: &["BatchId", "After", "Limit"],
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
        id: "readBatchAudit",
        method: "get",
        path: "/v1/batches/{id}/audit",
        tag: Tag::Batches,
        summary: "Read its audit log",
        description: "Who did what with the batch itself. What became of its items is in the audit logs of their executions.",
        access: Access::Viewer("read", "journal"),
        parameters: &["BatchId", "After", "Limit"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "Records in order: one a line, or a list.",
            content: &[("application/x-ndjson", of::<Record>), ("application/json", of::<Vec<Record>>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
];
