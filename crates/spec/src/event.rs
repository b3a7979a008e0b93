//! The messages that leave by themselves: events of the streams, and notifications to webhooks. Never a route's answer.

#![expect(dead_code, reason = "read by nobody: their shape is what they are for")]

use cxpulse_core::outbox::Topic;
use cxpulse_core::time::Rfc3339;
use cxpulse_core::wire::Snapshot;
use cxpulse_core::wire::batch::BatchSnapshot;
use cxpulse_core::wire::chain::{ChainNodeNotice, ChainSnapshot};
use cxpulse_core::wire::history::HistoryNotice;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// What a webhook is sent. `webhook-id` is the same however often it is sent; `webhook-signature` is made as Standard Webhooks 1.0 has it.
#[derive(JsonSchema)]
pub struct Notification {
    /// `execution.` and what happened.
    #[serde(rename = "type")]
    kind: NotificationType,
    /// When it happened.
    timestamp: Rfc3339,
    /// The execution as of then.
    data: Snapshot,
}

/// What a webhook is sent of a batch.
#[derive(JsonSchema)]
pub struct BatchNotification {
    /// `batch.` and what happened.
    #[serde(rename = "type")]
    kind: BatchNotificationType,
    /// When it happened.
    timestamp: Rfc3339,
    /// The batch as of then.
    data: BatchSnapshot,
}

/// What a webhook is sent of a chain.
#[derive(JsonSchema)]
pub struct ChainNotification {
    /// `chain.` and what happened.
    #[serde(rename = "type")]
    kind: ChainNotificationType,
    /// When it happened.
    timestamp: Rfc3339,
    /// The chain as of then, or the node that it is about.
    data: ChainNews,
}

/// What a notification of a chain tells.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum ChainNews {
    /// The chain: `started`, `completed`, `failed`, `timed_out`, `canceled`.
    Chain(Box<ChainSnapshot>),
    /// A node: `node_started`, `node_completed`, `node_failed`.
    Node(Box<ChainNodeNotice>),
}

/// What a webhook is sent of a history query.
#[derive(JsonSchema)]
pub struct HistoryNotification {
    /// `history.` and what happened.
    #[serde(rename = "type")]
    kind: HistoryNotificationType,
    /// When it happened.
    timestamp: Rfc3339,
    /// The query as of then, with what a compliance log takes once it has ended.
    data: HistoryNotice,
}

/// `history.` and each topic of one.
struct HistoryNotificationType;

impl JsonSchema for HistoryNotificationType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HistoryNotificationType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Topic::OF_HISTORIES.map(|topic| format!("history.{}", topic.name()));
        json_schema!({"type": "string", "enum": names, "description": "What happened."})
    }
}

/// `chain.` and each topic of one.
struct ChainNotificationType;

impl JsonSchema for ChainNotificationType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChainNotificationType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Topic::OF_CHAINS.map(|topic| format!("chain.{}", topic.name()));
        json_schema!({"type": "string", "enum": names, "description": "What happened."})
    }
}

/// `batch.` and each topic of one.
struct BatchNotificationType;

impl JsonSchema for BatchNotificationType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BatchNotificationType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Topic::OF_BATCHES.map(|topic| format!("batch.{}", topic.name()));
        json_schema!({"type": "string", "enum": names, "description": "What happened."})
    }
}

/// `execution.` and each topic.
struct NotificationType;

impl JsonSchema for NotificationType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NotificationType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Topic::ALL.map(|topic| format!("execution.{}", topic.name()));
        json_schema!({"type": "string", "enum": names, "description": "What happened."})
    }
}
