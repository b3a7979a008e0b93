//! A creating request that comes again: how it is known, and what it then is. Never remembers one itself: the id that is
//! drawn from the key names the object that does.
//!
//! After draft-ietf-httpapi-idempotency-key-header-07: `Idempotency-Key` is a structured field (RFC 9651), an Item that is
//! a String, whose parameters mean nothing. The bare form, without quotes, is taken too, as callers have sent it for
//! years; both name the same key.

use alloc::string::String;

use sha2::{Digest as _, Sha256};

use crate::id::{CorrelationId, TenantId};
use crate::structured::parse_string_item;
use crate::time::{Span, Timestamp};
use crate::validate::{Code, Violation};

/// What a caller calls a request: 1..=[`KEY_MAX`] visible ASCII characters and spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header, in either form.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(header: &str) -> Result<Self, Violation> {
        let header = header.trim_matches(' ');
        let key = if header.starts_with('"') {
            parse_string_item(header).map_err(|_| fault(QUOTED))?
        } else {
            let is_bare = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b',' | b';' | b'\\');
            if !header.bytes().all(is_bare) {
                return Err(fault(BARE));
            }
            header.into()
        };
        if (1..=KEY_MAX).contains(&key.len()) { Ok(Self(key)) } else { Err(fault(LENGTH)) }
    }

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of what the key made for a tenant. `kind` is what is made, such as `execution`: one key may make one of each.
    #[must_use]
    pub fn id(&self, kind: &str, tenant: &TenantId) -> [u8; 16] {
        id_of(&["cxpulse ", kind, "\0", tenant.as_str(), "\0", &self.0])
    }
}

/// What is known of a request whose sender repeats silently: it sends the same again when an answer is late, and says so
/// nowhere. Then the same content within a window is the same request.
#[derive(Debug, Clone, Copy)]
pub struct Silent<'a> {
    /// Of what is made, such as `execution`.
    pub kind: &'a str,
    /// Whose it is.
    pub tenant: &'a TenantId,
    /// Who sent it.
    pub who: &'a str,
    /// As the request names it; part of what makes two requests one.
    pub correlation: Option<&'a CorrelationId>,
    /// Of its body; the same for bodies that say the same.
    pub fingerprint: &'a str,
}

impl Silent<'_> {
    /// The ids under which it may have been made: of the window before this one, and of this one, under which it is made
    /// where it was not. Windows are fixed, so a repeat can fall into the next one.
    #[must_use]
    pub fn ids(&self, now: Timestamp) -> [[u8; 16]; 2] {
        let window = now.as_millis().checked_div(SILENT_WINDOW.as_millis()).unwrap_or_default();
        [window.saturating_sub(1), window].map(|window| self.id(window))
    }

    fn id(&self, window: u64) -> [u8; 16] {
        let correlation = self.correlation.map_or("", CorrelationId::as_str);
        let window = alloc::format!("{window}");
        let Self { kind, tenant, who, fingerprint, .. } = self;
        id_of(&[
            "cxpulse silent ",
            kind,
            "\0",
            tenant.as_str(),
            "\0",
            who,
            "\0",
            correlation,
            "\0",
            fingerprint,
            "\0",
            &window,
        ])
    }
}

/// For how long the same content of a sender who repeats silently is the same request: ten minutes at least, and less
/// than twice that.
pub const SILENT_WINDOW: Span = Span::from_secs(600);

/// Characters of a key.
pub const KEY_MAX: usize = 255;

fn id_of(parts: &[&str]) -> [u8; 16] {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    id
}

fn fault(message: &str) -> Violation {
    Violation { pointer: "Idempotency-Key".into(), code: Code::OutOfRange, message: message.into() }
}

const QUOTED: &str = "must be one string in double quotes, as RFC 9651 has it";

const BARE: &str = "must be one string in double quotes, or without them ASCII characters other than \" , ; and \\";

const LENGTH: &str = "must be 1 to 255 characters";
