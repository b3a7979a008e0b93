//! What happened, for people and collectors: lists, and the audit log of an execution and of a tenant.

use cxpulse_core::audit::Record;

use super::{Access, Answer, Operation, Tag};
use crate::answer::ExecutionList;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listExecutions",
        method: "get",
        path: "/v1/executions",
        tag: Tag::Executions,
        summary: "List executions",
        description: "Of one tenant, newest first. Every filter that is given has to hold. What it shows may be some seconds behind an \
                      execution's own snapshot.",
        access: Access::Key("read"),
        parameters: &["Tenant", "Status", "Outcome", "Tag", "CorrelationId", "From", "To", "ListLimit", "Cursor"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A page; `next` and `Link` lead to the one after it.",
            content: &[("application/json", of::<ExecutionList>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter"],
    },
    Operation {
        id: "readAudit",
        method: "get",
        path: "/v1/executions/{id}/audit",
        tag: Tag::Audit,
        summary: "Read an execution's audit log",
        description: "Every call, retry, decision, anomaly, notification, callback and access, with when and who. NDJSON unless `Accept` asks for \
                      JSON alone; `Link` names the next page.",
        access: Access::Viewer("read", "journal"),
        parameters: &["ExecutionId", "After", "Limit"],
        body: None,
        answers: RECORDS,
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "readTenantAudit",
        method: "get",
        path: "/v1/tenants/{tenant}/audit",
        tag: Tag::Audit,
        summary: "Read a tenant's audit log",
        description: "The records of all its executions in the order of time. What an execution tells late stands where it belongs by time: who \
                      collects them asks again for the last minutes, and knows records by `execution` and `number`.",
        access: Access::Key("admin"),
        parameters: &[
            "TenantId",
            "From",
            "To",
            "AuditKindQuery",
            "Execution",
            "AuditBatch",
            "AuditChain",
            "AuditHistory",
            "WhoQuery",
            "Limit",
            "Cursor",
        ],
        body: None,
        answers: RECORDS,
        problems: &["invalid-parameter", "not-found"],
    },
];

const RECORDS: &[Answer] = &[Answer {
    status: "200",
    meaning: "Records in order: one a line, or a list.",
    content: &[("application/x-ndjson", of::<Record>), ("application/json", of::<Vec<Record>>)],
    headers: &["Link"],
}];
