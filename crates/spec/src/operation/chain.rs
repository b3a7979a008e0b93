//! `/v1/chains`: actions as a graph, with values that flow along its edges.

use cxpulse_core::audit::Record;
use cxpulse_core::chain::picture::Picture;
use cxpulse_core::wire::chain::{ChainPlan, ChainResults, ChainSnapshot};

use super::{Access, Answer, Body, Operation, Tag, json};
use crate::answer::{AcceptedChain, ChainList, ChainRedriveTold, JournalEntry};
use crate::request;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "startChain",
        method: "post",
        path: "/v1/chains",
        tag: Tag::Chains,
        summary: "Run actions as a graph",
        description: "Up to 1,000 nodes, each an execution that begins once all it depends on has ended. Its inputs are templates (Jinja2 expressions) over \
                      the outputs of the nodes before it. The answer comes before any work. A body with faults is refused whole, every one of them named: \
                      circles, dependencies that there are not, templates that are none or read what need not have ended. With `?validate_only=true` \
                      nothing is run, and the answer is the plan. An `Idempotency-Key` makes a repeat safe.",
        access: Access::Key("execute"),
        parameters: &["IdempotencyKey", "Wait", "ValidateOnly", "Traceparent", "Tracestate", "RequestId"],
        body: json(of::<request::Chain>),
        answers: &[
            Answer {
                status: "202",
                meaning: "It is accepted, and saved: it goes on whatever happens.",
                content: &[("application/json", of::<AcceptedChain>)],
                headers: &["Location", "RetryAfter", "ETag", "XRequestId"],
            },
            Answer {
                status: "200",
                meaning: "It is sound, and was not run: what would run, and in which order.",
                content: &[("application/json", of::<ChainPlan>)],
                headers: &["XRequestId"],
            },
        ],
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
        id: "listChains",
        method: "get",
        path: "/v1/chains",
        tag: Tag::Chains,
        summary: "List chains",
        description: "Newest first; every filter that is there has to hold. A list may be some seconds behind a chain's own snapshot.",
        access: Access::Key("read"),
        parameters: &["Tenant", "FlowStatusQuery", "FlowOutcomeQuery", "Tag", "From", "To", "ChainListLimit", "Cursor"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A page of them.",
            content: &[("application/json", of::<ChainList>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "getChain",
        method: "get",
        path: "/v1/chains/{id}",
        tag: Tag::Chains,
        summary: "Read its snapshot",
        description: "With every node, and without what they came to, which is at `links.results`. With `?wait=` the answer comes at the next change after \
                      the one that `If-None-Match` or `?since=` names, or at the end.",
        access: Access::Viewer("read", "read"),
        parameters: &["ChainId", "Wait", "Since", "IfNoneMatch"],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The chain as of its latest change.",
                content: &[("application/json", of::<ChainSnapshot>)],
                headers: &["ETag"],
            },
            Answer { status: "304", meaning: "It is as the caller knows it.", content: &[], headers: &["ETag"] },
        ],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "readChainResults",
        method: "get",
        path: "/v1/chains/{id}/results",
        tag: Tag::Chains,
        summary: "Read what its nodes came to",
        description: "Outputs by the name of their node, seconds that each took, and how many failed for which reason. A page ends after 4 MiB.",
        access: Access::Viewer("read", "read"),
        parameters: &["ChainId", "ResultNodes", "ResultCursor"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A page of them; `next` and `Link` lead to the one after it.",
            content: &[("application/json", of::<ChainResults>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "readChainGraph",
        method: "get",
        path: "/v1/chains/{id}/graph",
        tag: Tag::Chains,
        summary: "See it as a graph",
        description: "As JSON with a place for each node, for Graphviz, for Mermaid, or as a drawing: as `format` or `Accept` says. A page that shows the \
                      drawing cannot send headers, so the token may stand in the query.",
        access: Access::Stream("read", "read"),
        parameters: &["ChainId", "GraphFormat", "IfNoneMatch"],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The graph as of the chain's latest change.",
                content: &[
                    ("application/json", of::<Picture>),
                    ("text/vnd.graphviz", of::<String>),
                    ("text/vnd.mermaid", of::<String>),
                    ("image/svg+xml", of::<String>),
                ],
                headers: &["ETag"],
            },
            Answer { status: "304", meaning: "It is as the caller knows it.", content: &[], headers: &["ETag"] },
        ],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "streamChain",
        method: "get",
        path: "/v1/chains/{id}/events",
        tag: Tag::Chains,
        summary: "Stream its snapshots",
        description: "Server-Sent Events: the snapshot first, then as it changes, four times a second at most, and at once at the end. `id` is its \
                      sequence number, and `Last-Event-ID` resumes.",
        access: Access::Stream("read", "read"),
        parameters: &["ChainId", "LastEventId", "LastEventIdQuery"],
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
        id: "openChainSocket",
        method: "get",
        path: "/v1/chains/{id}/socket",
        tag: Tag::Chains,
        summary: "Open a socket to its snapshots",
        description: "A WebSocket with the same snapshots as the stream, one a text message.",
        access: Access::Stream("read", "read"),
        parameters: &["ChainId", "LastEventIdQuery"],
        body: None,
        answers: &[Answer { status: "101", meaning: "The socket is open.", content: &[], headers: &[] }],
        problems: &["invalid-parameter", "not-found", "upgrade-required", "foreign-origin"],
    },
    Operation {
        id: "cancelChain",
        method: "post",
        path: "/v1/chains/{id}/cancel",
        tag: Tag::Chains,
        summary: "Cancel it",
        description: "What has not started is not started, what runs is canceled. It may be repeated.",
        access: Access::Viewer("execute", "cancel"),
        parameters: &["ChainId"],
        body: None,
        answers: &[
            Answer {
                status: "202",
                meaning: "It is stopped; what runs is being canceled.",
                content: &[("application/json", of::<ChainSnapshot>)],
                headers: &["ETag"],
            },
            Answer {
                status: "200",
                meaning: "It had ended before, and stays as it was.",
                content: &[("application/json", of::<ChainSnapshot>)],
                headers: &["ETag"],
            },
        ],
        problems: &["not-found"],
    },
    Operation {
        id: "redriveChain",
        method: "post",
        path: "/v1/chains/{id}/redrive",
        tag: Tag::Chains,
        summary: "Run again what did not succeed",
        description: "What failed, was canceled or did not start, or what of it the body names, runs again as a further generation, and so does all that \
                      depends on it. What succeeded stays, and its outputs are read again. `preview` tells what would run, and runs nothing: nodes that may \
                      have run on CXone without our knowing how it ended are named there.",
        access: Access::Viewer("execute", "redrive"),
        parameters: &["ChainId"],
        body: Some(Body { shape: of::<request::ChainRedrive>, media_type: "application/json", is_required: false }),
        answers: &[
            Answer {
                status: "202",
                meaning: "They are planned again.",
                content: &[("application/json", of::<ChainSnapshot>)],
                headers: &["ETag"],
            },
            Answer {
                status: "200",
                meaning: "What would run; or, where nothing is left to run again, the chain as it was.",
                content: &[("application/json", of::<ChainRedriveTold>)],
                headers: &[],
            },
        ],
        problems: &["malformed-body", "too-large", "unsupported-media-type", "invalid-request", "not-found"],
    },
    Operation {
        id: "readChainJournal",
        method: "get",
        path: "/v1/chains/{id}/journal",
        tag: Tag::Chains,
        summary: "Read its journal",
        description: "Every event that changed it, with what it led to. What its nodes went through is in the journals of their executions.",
        access: Access::Viewer("read", "journal"),
        parameters: &["ChainId", "After", "Limit"],
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
        id: "readChainAudit",
        method: "get",
        path: "/v1/chains/{id}/audit",
        tag: Tag::Chains,
        summary: "Read its audit log",
        description: "Who did what with the chain itself. What became of its nodes is in the audit logs of their executions.",
        access: Access::Viewer("read", "journal"),
        parameters: &["ChainId", "After", "Limit"],
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
