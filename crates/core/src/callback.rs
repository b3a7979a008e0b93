//! Callbacks at the door: whether one is CXone's, and whether it was here before. Never reads what it says: that is for
//! [`crate::call::read_callback`], once it is believed; and never keeps a body, a secret or a signature.
//!
//! What was taken is remembered by a digest for as long as it could be sent again and believed, so a replay changes
//! nothing; and the sender of an honest repeat, whose first answer was lost, is told the same as the first time. What
//! two different callbacks about one execution come to, in whatever order, is for the machine.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::profile::{CallbackRule, Encoding, Preset};
use crate::signature::{self, Key, Refusal, Standard, parse_base64, parse_hex};
use crate::time::{Span, Timestamp};

/// A callback that is CXone's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What the same message is known by, however often it is sent: 32 hexadecimal digits.
    pub mark: String,
    /// From then on it would be too old to be believed; [`Timestamp::MAX`] where it says no time.
    pub forget_at: Timestamp,
}

/// Whether one of `keys` shows that a message is CXone's. `header` gives a header's value by its name.
///
/// # Errors
/// [`Refusal`]; of the time only where the rest is right.
pub fn verify(
    rule: &CallbackRule,
    keys: &[Key],
    header: &dyn Fn(&str) -> Option<String>,
    body: &[u8],
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let proof = header(&rule.header).ok_or(Refusal::Missing)?;
    let said = |name: &str| header(name).ok_or(Refusal::Missing);
    match rule.preset {
        Preset::Bearer => {
            let token = strip_scheme(&proof, &rule.prefix).ok_or(Refusal::Malformed)?;
            signature::check_secret(keys, token)?;
            Ok(Accepted { mark: mark(&[body]), forget_at: Timestamp::MAX })
        }
        Preset::HmacBody => {
            signature::check_one_of(keys, &[read_signature(rule, &proof)?], &[body])?;
            Ok(Accepted { mark: mark(&[body]), forget_at: Timestamp::MAX })
        }
        Preset::HmacTimestampBody => {
            let time = said(&rule.timestamp_header)?;
            let sent_at = signature::parse_seconds(&time).ok_or(Refusal::Malformed)?;
            let parts = [time.as_bytes(), b".", body];
            signature::check_one_of(keys, &[read_signature(rule, &proof)?], &parts)?;
            signature::check_time(sent_at, now, rule.tolerance())?;
            Ok(Accepted { mark: mark(&parts), forget_at: forget_at(sent_at, rule) })
        }
        Preset::StandardWebhooks => {
            let (id, time) = (said(&rule.id_header)?, said(&rule.timestamp_header)?);
            let message = Standard { id: &id, timestamp: &time, signatures: &proof };
            signature::verify(keys, &message, body, now, rule.tolerance())?;
            let sent_at = signature::parse_seconds(&time).ok_or(Refusal::Malformed)?;
            Ok(Accepted { mark: mark(&[id.as_bytes()]), forget_at: forget_at(sent_at, rule) })
        }
    }
}

/// What came to one execution's address, as far as it has to be remembered. Bounded, whoever calls how often.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inbox {
    /// In the order in which they were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Seen>,
    /// Callbacks that were not believed.
    #[serde(default)]
    refused: u64,
    /// Callbacks that were here before.
    #[serde(default)]
    repeated: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    mark: String,
    forget_at: Timestamp,
}

/// What becomes of a believed callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is for the machine.
    New,
    /// It was here before: it is answered as then, and changes nothing.
    Repeated {
        /// Whether that is worth a record: of many, the first, second, fourth, eighth and so on are.
        is_noted: bool,
    },
}

impl Inbox {
    /// Whether nothing has to be remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes a believed callback, and forgets those that could not be believed again.
    pub fn receive(&mut self, accepted: Accepted, now: Timestamp) -> Receipt {
        self.seen.retain(|seen| now < seen.forget_at);
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.mark == accepted.mark) {
            // Sent again with a later time, it can be believed for longer.
            seen.forget_at = seen.forget_at.max(accepted.forget_at);
            self.repeated = self.repeated.saturating_add(1);
            return Receipt::Repeated { is_noted: self.repeated.is_power_of_two() };
        }
        if self.seen.len() >= SEEN_MAX {
            self.seen.remove(0);
        }
        self.seen.push(Seen { mark: accepted.mark, forget_at: accepted.forget_at });
        Receipt::New
    }

    /// Counts one that was not believed. Whether that is worth a record: of many, the first, second, fourth and so on.
    pub const fn refuse(&mut self) -> bool {
        self.refused = self.refused.saturating_add(1);
        self.refused.is_power_of_two()
    }
}

/// Callbacks that are remembered at a time; of more, the latest.
pub const SEEN_MAX: usize = 256;

fn read_signature(rule: &CallbackRule, proof: &str) -> Result<Vec<u8>, Refusal> {
    let text = proof.trim().strip_prefix(rule.prefix.as_str()).ok_or(Refusal::Malformed)?;
    let bytes = match rule.encoding {
        Encoding::Hex => parse_hex(text),
        Encoding::Base64 => parse_base64(text),
    };
    bytes.filter(|bytes| bytes.len() == 32).ok_or(Refusal::Malformed)
}

/// A scheme's case does not matter: RFC 9110 section 11.1.
fn strip_scheme<'a>(proof: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = proof.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| rest.trim()).filter(|rest| !rest.is_empty())
}

/// A second more: the tolerance counts whole seconds.
fn forget_at(sent_at: Timestamp, rule: &CallbackRule) -> Timestamp {
    sent_at.plus(rule.tolerance()).plus(Span::from_secs(1))
}

fn mark(parts: &[&[u8]]) -> String {
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
