//! JSON Schema of the types that serde writes as text of a form, or as any JSON: what `derive` cannot see. Only for
//! describing the API; what is admitted is each type's own `parse`, and tests hold the two together.

use alloc::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::audit::Who;
use crate::chain::NodeName;
use crate::id::{ActionId, CorrelationId, ExecutionId, FlowId, ResourceId, Tag, TenantId, TokenId, UpstreamId};
use crate::json::Json;
use crate::retrieval::InteractionId;
use crate::time::Rfc3339;

/// A text of a form, as a schema with a name of its own.
macro_rules! text_schema {
    ($($type:ty as $name:literal: $schema:tt)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

text_schema! {
    ExecutionId as "ExecutionId": {
        "type": "string",
        "pattern": "^exe_[0-9a-f]{32}(-(0|[1-9][0-9]{0,6}))?$",
        "description": "Our id of an execution. One that is part of a batch or chain has its digits and a run of its own.",
        "examples": ["exe_4bf92f3577b34da6a3ce929d0e0e4736", "exe_a3ce929d0e0e47364bf92f3577b34da6-17"],
    }
    FlowId as "FlowId": {
        "type": "string",
        "pattern": "^(bat|chn|his)_[0-9a-f]{32}$",
        "description": "Our id of a batch, of a chain or of a history.",
        "examples": ["bat_a3ce929d0e0e47364bf92f3577b34da6", "chn_a3ce929d0e0e47364bf92f3577b34da6", "his_a3ce929d0e0e47364bf92f3577b34da6"],
    }
    ResourceId as "ResourceId": {
        "type": "string",
        "pattern": "^(exe_[0-9a-f]{32}(-(0|[1-9][0-9]{0,6}))?|(bat|chn|his)_[0-9a-f]{32})$",
        "description": "What a view token names: an execution, a batch or chain with all of its executions, or a history.",
        "examples": ["exe_4bf92f3577b34da6a3ce929d0e0e4736", "bat_a3ce929d0e0e47364bf92f3577b34da6"],
    }
    NodeName as "NodeName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^(?!(inputs|chain|loop|self|true|false|none|null|and|or|not|in|is|if|else)$)[A-Za-z_][A-Za-z0-9_]*$",
        "description": "A name of a node, such that templates can say it: no word that they have another meaning for.",
        "examples": ["fetch_customer"],
    }
    ActionId as "ActionId": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^\\.*[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*$",
        "description": "CXone's id of a Data Action: letters, digits and any of . _ ~ : -, not dots alone.",
        "examples": ["sim-fast"],
    }
    UpstreamId as "UpstreamId": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[!-~]+$",
        "description": "CXone's id of an execution: visible ASCII characters. Some profiles admit a UUID only.",
        "examples": ["5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d"],
    }
    CorrelationId as "CorrelationId": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[!-~]+$",
        "description": "Our key for an execution on CXone's side, sent out and returned in callbacks: visible ASCII characters.",
        "examples": ["order-4711"],
    }
    InteractionId as "InteractionId": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[A-Za-z0-9._:@/+=-]+$",
        "description": "CXone's id of an interaction: letters, digits and any of . _ : @ / + = -",
        "examples": ["a1b2c3d4-e5f6-7890-abcd-ef1234567890"],
    }
    TenantId as "TenantId": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        "description": "A tenant: one CXone account. Lower-case letters, digits and inner hyphens.",
        "examples": ["default"],
    }
    TokenId as "TokenId": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{22}$",
        "description": "One view token, as the audit log names it.",
        "examples": ["3q2-7wAAAAAAAAAAAAAAAA"],
    }
    Tag as "Tag": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
        "description": "A caller's label: no control characters.",
        "examples": ["crm"],
    }
    Who as "Who": {
        "type": "string",
        "pattern": "^(key:.+|token:.+|cxone|system)$",
        "description": "Who did something: the holder of the key of that name, of the view token of that id, CXone, or we ourselves.",
        "examples": ["key:crm"],
    }
    Rfc3339 as "Time": {
        "type": "string",
        "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
        "description": "RFC 3339, in UTC, with milliseconds.",
        "examples": ["2026-11-21T10:00:05.120Z"],
    }
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
