//! `/incontactapi/services/v27.0/contacts/{contactId}/state-history`: which states a contact went through. Keeps no
//! contacts: the rows follow from the tenant's seed and the contact's number, and every number of up to twelve digits
//! but 0 is a contact's.
//!
//! Path and fields as in CXone's public API reference.

use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use serde::Serialize;

use super::intake::invalid;
use super::{Target, require_user, segment};
use crate::exchange::{Reply, Request};
use crate::token::Grant;
use crate::world::World;

/// The contact that is asked about, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contact(String);

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let rest = request.path.strip_prefix("/incontactapi/services/v27.0/contacts/")?;
    let contact = rest.strip_suffix("/state-history")?;
    let call = super::Call::StateHistory(Contact(segment(contact)?));
    Some(Target::of_method(request, "GET", Target::Api(call)))
}

pub(super) fn perform(world: &World, contact: &Contact, grant: &Grant, now: Timestamp) -> Result<Reply, Reply> {
    require_user(grant)?;
    let digits = contact.0.bytes().all(|byte| byte.is_ascii_digit()).then(|| contact.0.parse::<u64>());
    let Some(Ok(number)) = digits else { return Err(invalid("contactId is to be a number")) };
    if !(1..=CONTACTS_MAX).contains(&number) {
        return Err(Reply::refusal(404, "not_found", "no such contact"));
    }
    let seed = world.settings.seed.rotate_left(32) ^ number;
    Ok(Reply::json(200, &Answer { contact_state_history: rows(seed, world.born_at.min(now)) }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    contact_state_history: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    state_index: u64,
    contact_state_id: u32,
    contact_state_name: &'static str,
    start_date: Rfc3339,
    /// Seconds.
    duration: f64,
}

/// A contact of the month before `end`: it waits, is routed, talks, is put on hold some times, and ends.
fn rows(seed: u64, end: Timestamp) -> Vec<Row> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut at = end.minus(Span::from_millis(chance.u64(3_600_000..MONTH_MS)));
    let hold_count = chance.usize(..=HOLDS_MAX);
    let states = BEFORE.iter().chain(HOLD.iter().cycle().take(hold_count * HOLD.len())).chain(AFTER);
    let mut row = |(state_index, (id, name, mean_ms)): (u64, &(u32, &'static str, u64))| {
        let span = Span::from_millis(chance.u64(mean_ms / 4..=mean_ms * 7 / 4));
        let start_date = Rfc3339(at);
        at = at.plus(span);
        Row { state_index, contact_state_id: *id, contact_state_name: name, start_date, duration: span.as_secs_f64() }
    };
    (0..).zip(states).map(&mut row).collect()
}

/// CXone's numbers have twelve digits at most.
const CONTACTS_MAX: u64 = 999_999_999_999;
/// (id, name, milliseconds in the mean).
const BEFORE: &[(u32, &str, u64)] =
    &[(2, "PreQueue", 12_000), (3, "InQueue", 45_000), (5, "Routing", 4_000), (4, "Active", 180_000)];
const HOLD: &[(u32, &str, u64)] = &[(6, "Hold", 30_000), (4, "Active", 90_000)];
const AFTER: &[(u32, &str, u64)] = &[(7, "EndContact", 20_000), (8, "Released", 0)];
const HOLDS_MAX: usize = 3;
/// A day less than CXone's retention.
const MONTH_MS: u64 = 29 * 86_400_000;
