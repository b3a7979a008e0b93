//! WebSockets: one for an execution, one for a page.

use super::{Access, Answer, Operation, Tag};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "openSocket",
        method: "get",
        path: "/v1/executions/{id}/socket",
        tag: Tag::Executions,
        summary: "Open a socket to its snapshots",
        description: "A WebSocket with the same snapshots as the stream, one a text message. The messages are described in \
                      [asyncapi.json](/asyncapi.json).",
        access: Access::Stream("read", "read"),
        parameters: &["ExecutionId", "LastEventIdQuery"],
        body: None,
        answers: UPGRADED,
        problems: &["invalid-parameter", "not-found", "upgrade-required", "foreign-origin"],
    },
    Operation {
        id: "openFeed",
        method: "get",
        path: "/v1/feed",
        tag: Tag::Executions,
        summary: "Open one socket for a page",
        description: "A WebSocket over which a page watches many executions, each with a view token of its own. The messages are described in \
                      [asyncapi.json](/asyncapi.json).",
        access: Access::Anybody,
        parameters: &[],
        body: None,
        answers: UPGRADED,
        problems: &["invalid-parameter", "upgrade-required", "foreign-origin", "too-many-watches"],
    },
];

const UPGRADED: &[Answer] = &[Answer { status: "101", meaning: "The socket is open.", content: &[], headers: &[] }];
