//! What a deployment or a tenant says of its webhooks: where they may go, when they are tried again, and which bindings
//! hold the secrets that sign them. Never holds a secret.

use alloc::string::String;
use alloc::vec::Vec;

use super::Code;
use super::fields::Fields;
use super::tenants::{Binding, named};
use crate::destination::{HOSTS_MAX, Hosts};
use crate::json;
use crate::time::Span;

/// The field `webhook` of a tenant's entry. What it leaves out is the deployment's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WebhookConfiguration {
    /// The newest first; all of them sign. Empty for the one that is derived.
    pub secrets: Vec<Binding>,
    /// Where to.
    pub hosts: Option<Hosts>,
    /// The waits after each failed try.
    pub ladder: Option<Vec<Span>>,
}

pub(super) fn read_webhook(mut fields: Fields<'_>) -> WebhookConfiguration {
    let secrets = fields.objects("secrets", SECRETS_MAX).unwrap_or_default();
    let secrets = secrets.into_iter().filter_map(named).collect();
    let hosts = read_hosts(&mut fields);
    let ladder = read_ladder(&mut fields);
    fields.finish();
    WebhookConfiguration { secrets, hosts, ladder }
}

/// The waits of a ladder, in seconds: 1..=[`RUNGS_MAX`] of them, each 0.1..=86,400.
///
/// # Errors
/// The rule, in words.
pub fn parse_ladder<'a>(waits: impl Iterator<Item = &'a str>) -> Result<Vec<Span>, &'static str> {
    let wait = |text: &str| text.trim().parse().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    let ladder: Option<Vec<Span>> = waits.map(|text| wait(text).map(Span::from_secs_f64)).collect();
    ladder.filter(|ladder| (1..=RUNGS_MAX).contains(&ladder.len())).ok_or(LADDER_RULE)
}

/// Each entry by itself, so that a fault has its pointer.
fn read_hosts(fields: &mut Fields<'_>) -> Option<Hosts> {
    if !fields.has("hosts") {
        return None;
    }
    let entries = fields.list("hosts", HOSTS_MAX, |entry: String| Hosts::parse([entry.as_str()]).map(|_| entry))?;
    let hosts = Hosts::parse(entries.iter().map(String::as_str));
    hosts.map_err(|error| fields.fault("hosts", Code::OutOfRange, alloc::format!("{error}"))).ok()
}

fn read_ladder(fields: &mut Fields<'_>) -> Option<Vec<Span>> {
    let value = fields.take("retry_seconds")?;
    let Some(items) = json::items(value) else {
        fields.fault("retry_seconds", Code::WrongType, "must be a list of seconds");
        return None;
    };
    let ladder = parse_ladder(items.iter().map(|item| item.get()));
    ladder.map_err(|rule| fields.fault("retry_seconds", Code::OutOfRange, rule)).ok()
}

/// Bindings that hold a tenant's secrets: the new one and the old one while they rotate, and some to spare.
pub const SECRETS_MAX: usize = 4;

/// Waits of one ladder.
pub const RUNGS_MAX: usize = 20;

const LADDER_RULE: &str = "must be 1 to 20 waits of 0.1 to 86400 seconds";
