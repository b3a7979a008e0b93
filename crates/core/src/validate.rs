//! Untrusted JSON into typed requests. Names every fault with its place, not the first; never sends, never defaults silently.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

mod batch;
mod chain;
mod execution;
mod fields;
mod history;
mod keys;
mod profile;
mod query;
mod redaction;
mod redrive;
mod redrive_batch;
mod redrive_chain;
mod templates;
mod tenants;
mod token;
mod webhook;

pub use batch::{
    BATCH_BODY_MAX, BatchReader, BatchRequest, CHUNK_MAX, CONTEXT_MAX, PARALLEL_MAX, check_batch_against_profile,
    parse_batch, parse_batch_lines,
};
pub use chain::{CHAIN_BODY_MAX, ChainRequest, check_chain_against_profile, parse_chain};
pub use execution::{ExecutionRequest, TAGS_MAX, check_against_profile, parse_execution};
pub(crate) use fields::Faults;
pub use fields::parse_body;
pub use history::{HOLIDAYS_MAX, HistoryRequest, IDS_MAX, PAGE_SIZE_MAX, parse_history, parse_hours};
pub use keys::{KEYS_MAX, Listed, PER_MINUTE_DEFAULT, PER_MINUTE_MAX, parse_keys};
pub use profile::{PROFILE_BYTES_MAX, parse_profile};
pub use query::{
    AUDIT_LIMIT_MAX, AuditQuery, BatchListQuery, BatchView, ChainListQuery, ChainResultsQuery, DeadQuery, Form,
    HistoryListQuery, ITEM_LIMIT_MAX, ItemFilter, ItemsQuery, LIST_LIMIT_MAX, ListQuery, PageStart, ReportQuery,
    parse_audit_query, parse_batch_list_query, parse_batch_query, parse_chain_graph_query, parse_chain_list_query,
    parse_chain_results_query, parse_comparison_query, parse_dead_query, parse_export_query, parse_history_list_query,
    parse_list_query, parse_report_query,
};
pub use redaction::parse_redaction;
pub use redrive::{RedriveRequest, parse_redrive};
pub use redrive_batch::{BatchRedrive, parse_batch_redrive};
pub use redrive_chain::{ChainRedrive, parse_chain_redrive};
pub use templates::{TEMPLATE_MAX, TemplateFault, Templates, is_template};
pub use tenants::{API_KEYS_MAX, Binding, Setting, TENANTS_MAX, TenantConfiguration, parse_tenants, parse_variables};
pub use token::{RESOURCES_MAX, TokenRequest, VERBS_MAX, Verb, parse_token};
pub use webhook::{RUNGS_MAX, SECRETS_MAX, WebhookConfiguration, parse_ladder};

/// Why a request was refused. Every violation found, in the order of its pointer's discovery; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    violations: Vec<Violation>,
    /// Those beyond [`VIOLATIONS_MAX`].
    omitted: u32,
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// RFC 6901 pointer to the fault, such as `/start/action_id`; empty for the whole body.
    pub pointer: String,
    /// What programs match on, such as `unknown_field`.
    pub code: Code,
    /// What people read: the rule, never the value.
    pub message: String,
}

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ViolationCode"))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON.
    NotJson,
    /// The body is nested too deep.
    TooDeep,
    /// A field that there is not.
    UnknownField,
    /// A field twice.
    RepeatedField,
    /// A field that must be there is not.
    Missing,
    /// Text where a number belongs, and the like.
    WrongType,
    /// The right type, outside the range or the form.
    OutOfRange,
    /// Two fields that cannot both hold.
    Contradiction,
    /// A node that there is not.
    UnknownNode,
    /// Nodes that need each other.
    Cycle,
    /// A text that is no template, or none that can be evaluated.
    Template,
    /// A template that reads a node that need not have ended before.
    NotUpstream,
}

impl Invalid {
    /// One fault.
    #[must_use]
    pub fn of(violation: Violation) -> Self {
        Self { violations: alloc::vec![violation], omitted: 0 }
    }

    /// One fault more.
    #[must_use]
    pub fn and(mut self, violation: Violation) -> Self {
        self.violations.push(violation);
        self
    }

    /// These faults; `None` where there are none.
    pub(crate) fn unless_empty(violations: Vec<Violation>) -> Option<Self> {
        if violations.is_empty() { None } else { Some(Self { violations, omitted: 0 }) }
    }

    /// How many more faults were found than are listed.
    #[must_use]
    pub const fn omitted(&self) -> u32 {
        self.omitted
    }

    /// The faults; never empty.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.pointer, violation.message)?;
        }
        Ok(())
    }
}

impl core::error::Error for Invalid {}

/// Violations that are listed; a body with more is as refused, and no longer read.
pub const VIOLATIONS_MAX: usize = 100;

/// Bytes of a request's body: 256 KiB.
pub const BODY_MAX: usize = 262_144;
