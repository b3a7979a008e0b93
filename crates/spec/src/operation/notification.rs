//! Notifications to webhooks, as operators see them: what is owed, what arrived, what was given up.

use super::{Access, Answer, Body, Operation, Tag};
use crate::answer::{ExecutionList, Notifications, Redriven, RedrivenDeadLetters, WebhookSigning};
use crate::request;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listNotifications",
        method: "get",
        path: "/v1/executions/{id}/notifications",
        tag: Tag::Notifications,
        summary: "See an execution's notifications",
        description: "What is owed, delivered, dead or dropped, with tries and the latest answer; never a body. `Link` names the next page.",
        access: Access::Key("admin"),
        parameters: &["ExecutionId", "NotificationState", "After", "Limit"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "Notifications in order.",
            content: &[("application/json", of::<Notifications>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "redriveNotifications",
        method: "post",
        path: "/v1/executions/{id}/notifications/redrive",
        tag: Tag::Notifications,
        summary: "Send dead notifications again",
        description: "Those that are named, or all that were given up. Each keeps its id, so a receiver knows a repeat.",
        access: Access::Key("admin"),
        parameters: &["ExecutionId"],
        body: Some(Body { shape: of::<request::Redrive>, media_type: "application/json", is_required: false }),
        answers: &[Answer {
            status: "202",
            meaning: "They are owed again.",
            content: &[("application/json", of::<Redriven>)],
            headers: &[],
        }],
        problems: &["malformed-body", "invalid-request", "not-found", "too-large"],
    },
    Operation {
        id: "listDeadLetters",
        method: "get",
        path: "/v1/tenants/{tenant}/dead-letters",
        tag: Tag::Notifications,
        summary: "List executions with dead notifications",
        description: "Newest first; `dead_letters` says how many each has.",
        access: Access::Key("admin"),
        parameters: &["TenantId", "ListLimit", "Cursor"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A page; `next` and `Link` lead to the one after it.",
            content: &[("application/json", of::<ExecutionList>)],
            headers: &["Link"],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "redriveDeadLetters",
        method: "post",
        path: "/v1/tenants/{tenant}/dead-letters/redrive",
        tag: Tag::Notifications,
        summary: "Send a tenant's dead notifications again",
        description: "Of at most 25 executions at a time; `next` is where to post for the ones after them.",
        access: Access::Key("admin"),
        parameters: &["TenantId", "ListLimit", "Cursor"],
        body: None,
        answers: &[Answer {
            status: "202",
            meaning: "They are owed again.",
            content: &[("application/json", of::<RedrivenDeadLetters>)],
            headers: &[],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    Operation {
        id: "getWebhook",
        method: "get",
        path: "/v1/tenants/{tenant}/webhook",
        tag: Tag::Notifications,
        summary: "See how a tenant's notifications are signed",
        description: "The secrets that receivers verify with, where they are derived from the signing key; one that was set is not shown.",
        access: Access::Key("admin"),
        parameters: &["TenantId"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "The keys and the ladder.",
            content: &[("application/json", of::<WebhookSigning>)],
            headers: &[],
        }],
        problems: &["not-found"],
    },
];
