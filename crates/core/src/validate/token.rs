//! The body of `POST /v1/tokens`.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fields::{Faults, Fields, parse_body};
use super::{Code, Invalid};
use crate::id::{ResourceId, TenantId};
use crate::key::Scope;
use crate::time::Span;

/// What a view token lets its holder do to the resources that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TokenVerb"))]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Snapshot and stream.
    Read,
    /// The journal, which also holds what was sent: inputs, context, the address of the webhook.
    Journal,
    /// Cancel.
    Cancel,
    /// Send again what failed in a batch or a chain. Opens nothing of a single execution: its dead notifications are for
    /// keys with the scope `admin`.
    Redrive,
}

impl Verb {
    /// What a key must be for to do this, or to let somebody do it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::Read | Self::Journal => Scope::Read,
            Self::Cancel | Self::Redrive => Scope::Execute,
        }
    }
}

/// A well-formed request for a view token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Whose they are; the key's own tenant unless given.
    pub tenant: Option<TenantId>,
    /// 1..=[`RESOURCES_MAX`] executions, and batches with all of theirs.
    pub resources: Vec<ResourceId>,
    /// What may be done; never empty.
    pub verbs: Vec<Verb>,
    /// 60 s to a day; one hour unless given.
    pub lifetime: Span,
}

/// Reads the body of `POST /v1/tokens`.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_token(body: &str) -> Result<TokenRequest, Invalid> {
    let body = parse_body(body)?;
    let faults = Faults::default();
    let request = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).and_then(read);
    faults.check(request)
}

fn read(mut fields: Fields<'_>) -> Option<TokenRequest> {
    for name in ["resources", "verbs"] {
        if !fields.has(name) {
            fields.missing(name);
        }
    }
    let resources = fields.list("resources", RESOURCES_MAX, ResourceId::parse);
    let verbs = fields.list("verbs", VERBS.len(), |word| {
        let found = VERBS.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, verb)| verb).ok_or("must be one of read, journal, cancel, redrive")
    });
    let tenant = fields.text("tenant", TenantId::parse);
    let lifetime = fields.number("ttl_seconds", 60.0..=86_400.0).map(Span::from_secs_f64);
    for (name, is_empty) in [
        ("resources", resources.as_ref().is_some_and(Vec::is_empty)),
        ("verbs", verbs.as_ref().is_some_and(Vec::is_empty)),
    ] {
        if is_empty {
            fields.fault(name, Code::OutOfRange, "must name at least one");
        }
    }
    fields.finish();
    let lifetime = lifetime.unwrap_or(LIFETIME_DEFAULT);
    Some(TokenRequest { tenant, resources: resources?, verbs: verbs?, lifetime })
}

/// Executions and batches that one token names.
pub const RESOURCES_MAX: usize = 100;

/// Verbs that there are, and so that one token names.
pub const VERBS_MAX: usize = VERBS.len();

const VERBS: [(&str, Verb); 4] =
    [("read", Verb::Read), ("journal", Verb::Journal), ("cancel", Verb::Cancel), ("redrive", Verb::Redrive)];

const LIFETIME_DEFAULT: Span = Span::from_secs(3_600);
