//! Identifiers: parsed once at the edge, then known to be well formed. Never made up here.

use alloc::string::String;
use core::fmt;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier: the rule that it breaks, for the caller to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError(&'static str);

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for IdError {}

/// A newtype over text that [`TryFrom`] and serde admit only where `$rule` holds.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $rule:expr, $words:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text that follows the rule of the type.
            ///
            /// # Errors
            /// [`IdError`] naming the rule.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                let rule: fn(&str) -> bool = $rule;
                if rule(&text) { Ok(Self(text)) } else { Err(IdError($words)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Our id of an execution: `exe_` and 128 random bits in hex, so that nobody guesses one. One that is part of a flow has
    /// the flow's bits and its own run: `exe_4bf92f3577b34da6a3ce929d0e0e4736-17`.
    ExecutionId, is_execution, "must be exe_ and 32 lower-case hex digits, of a flow's with - and its run"
}

text_id! {
    /// Our id of a flow: `bat_` of a batch, `chn_` of a chain, `his_` of a history query, and 128 random bits in hex, so that nobody guesses one.
    FlowId, |text| [BATCH, CHAIN, HISTORY].iter().any(|prefix| text.strip_prefix(prefix).is_some_and(is_128_bits)),
    "must be bat_, chn_ or his_ and 32 lower-case hex digits"
}

text_id! {
    /// CXone's id of a Data Action: 1..=128 of letters, digits and `._~:-`.
    ActionId, |text| is_sized(text, 128) && text.bytes().all(is_action_byte) && text.bytes().any(|byte| byte != b'.'),
    "must be 1 to 128 letters, digits or any of . _ ~ : -"
}

text_id! {
    /// CXone's id of an execution, as it gave it to us: 1..=128 visible ASCII characters.
    UpstreamId, |text| is_sized(text, 128) && text.bytes().all(|byte| byte.is_ascii_graphic()),
    "must be 1 to 128 visible ASCII characters"
}

text_id! {
    /// Our key for an execution on CXone's side, sent out and returned in callbacks: 1..=128 visible ASCII characters.
    CorrelationId, |text| is_sized(text, 128) && text.bytes().all(|byte| byte.is_ascii_graphic()),
    "must be 1 to 128 visible ASCII characters"
}

text_id! {
    /// A tenant: one CXone account. 1..=64 lower-case letters, digits and inner hyphens.
    TenantId, is_tenant, "must be 1 to 64 lower-case letters, digits or inner hyphens"
}

text_id! {
    /// Who holds an API key, as the audit log names them: 1..=64 of letters, digits and `._-`.
    KeyName, |text| is_sized(text, 64) && text.bytes().all(is_name_byte), "must be 1 to 64 letters, digits or any of . _ -"
}

text_id! {
    /// The id of one view token: 22 characters of base64url, 128 random bits.
    TokenId, |text| text.len() == 22 && text.bytes().all(|byte| is_name_byte(byte) && byte != b'.'),
    "must be 22 characters of base64url"
}

text_id! {
    /// A caller's label on an execution: 1..=64 characters, no control characters.
    Tag, |text| !text.is_empty() && text.chars().count() <= 64 && !text.chars().any(char::is_control),
    "must be 1 to 64 characters without control characters"
}

text_id! {
    /// What a view token names: the id of an execution, of a batch, of a chain, or of a history.
    ResourceId, |text| is_execution(text) || FlowId::parse(text).is_ok(),
    "must be the id of an execution, of a batch, of a chain or of a history"
}

impl ResourceId {
    /// Whether who is let see this may see what `id` names: itself, and of a flow each of its executions.
    #[must_use]
    pub fn covers(&self, id: &str) -> bool {
        let is_part = |hex: &str| {
            let execution = id.strip_prefix(EXECUTION).and_then(|rest| rest.split_once('-'));
            execution.is_some_and(|(flow, _)| flow == hex)
        };
        self.0 == id || [BATCH, CHAIN].iter().any(|prefix| self.0.strip_prefix(prefix).is_some_and(is_part))
    }
}

impl From<&ExecutionId> for ResourceId {
    fn from(id: &ExecutionId) -> Self {
        Self(id.0.clone())
    }
}

impl From<&FlowId> for ResourceId {
    fn from(id: &FlowId) -> Self {
        Self(id.0.clone())
    }
}

impl ExecutionId {
    /// The id of 16 random bytes, in an object of its own.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(prefixed_hex(EXECUTION, &bytes))
    }

    /// In which object it lives.
    #[must_use]
    pub fn home(&self) -> Home<'_> {
        let parts = self.0.strip_prefix(EXECUTION).and_then(|rest| rest.split_once('-'));
        let home = parts.and_then(|(hex, run)| Some(Home::Flow { hex, run: Run::parse(run)? }));
        home.unwrap_or(Home::Own)
    }
}

/// In which object an execution lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home<'a> {
    /// In its own, which is named by its id.
    Own,
    /// In that of the flow that it is part of.
    Flow {
        /// What names the flow's object: the 32 digits of its id.
        hex: &'a str,
        /// Which of the flow's executions it is.
        run: Run,
    },
}

/// Which of a flow's executions: 0..=[`RUN_MAX`], counted from its first one on, over all generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Run(u32);

impl Run {
    /// `None` beyond [`RUN_MAX`].
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number <= RUN_MAX { Some(Self(number)) } else { None }
    }

    /// 0..=[`RUN_MAX`].
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Decimal, without leading zeros.
    fn parse(text: &str) -> Option<Self> {
        let is_plain = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain).and_then(Self::new)
    }
}

impl TryFrom<u32> for Run {
    type Error = IdError;
    fn try_from(number: u32) -> Result<Self, IdError> {
        Self::new(number).ok_or(IdError("must be 0 to 9999999"))
    }
}

impl From<Run> for u32 {
    fn from(run: Run) -> Self {
        run.0
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowKind {
    /// One action over many items.
    Batch,
    /// Actions as a graph.
    Chain,
    /// What interactions went through.
    History,
}

impl FlowId {
    /// The id of a batch, of 16 random bytes.
    #[must_use]
    pub fn batch(bytes: [u8; 16]) -> Self {
        Self(prefixed_hex(BATCH, &bytes))
    }

    /// The id of a chain, of 16 random bytes.
    #[must_use]
    pub fn chain(bytes: [u8; 16]) -> Self {
        Self(prefixed_hex(CHAIN, &bytes))
    }

    /// The id of a history query, of 16 random bytes.
    #[must_use]
    pub fn history(bytes: [u8; 16]) -> Self {
        Self(prefixed_hex(HISTORY, &bytes))
    }

    /// What it is the id of: its prefix says so.
    #[must_use]
    pub fn kind(&self) -> FlowKind {
        match self.0.get(..BATCH.len()) {
            Some(CHAIN) => FlowKind::Chain,
            Some(HISTORY) => FlowKind::History,
            Some(_) | None => FlowKind::Batch,
        }
    }

    /// What names its object: its 32 hex digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        // All prefixes are of one length.
        self.0.get(BATCH.len()..).unwrap_or_default()
    }

    /// The id of one of its executions.
    #[must_use]
    pub fn execution(&self, run: Run) -> ExecutionId {
        ExecutionId(alloc::format!("{EXECUTION}{}-{run}", self.hex()))
    }
}

impl CorrelationId {
    /// A UUID version 4 (RFC 9562) of 16 random bytes, as the seeds' callers make theirs.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, version, h, variant, rest @ ..] = bytes;
        let fixed = [a, b, c, d, e, f, (version & 0x0f) | 0x40, h, (variant & 0x3f) | 0x80];
        let mut text = String::with_capacity(36);
        for (index, byte) in fixed.iter().chain(&rest).enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            push_hex(&mut text, *byte);
        }
        Self(text)
    }
}

/// The number of an outbound try within an execution; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(NonZeroU32);

impl Attempt {
    /// Attempt 1.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The one after; stays at the last representable one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// 1 and up.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether `text` is a UUID in its usual form: 8-4-4-4-12 hex digits of either case.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let fits = [8, 4, 4, 4, 12].into_iter().all(|len| {
        groups.next().is_some_and(|group| group.len() == len && group.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    fits && groups.next().is_none()
}

/// `prefix` and the bytes in lower-case hex.
#[must_use]
pub fn prefixed_hex(prefix: &str, bytes: &[u8]) -> String {
    let mut text = String::from(prefix);
    bytes.iter().for_each(|byte| push_hex(&mut text, *byte));
    text
}

fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0x0f] {
        text.extend(char::from_digit(u32::from(digit), 16));
    }
}

fn is_execution(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(EXECUTION) else { return false };
    match rest.split_once('-') {
        None => is_128_bits(rest),
        Some((hex, run)) => is_128_bits(hex) && Run::parse(run).is_some(),
    }
}

fn is_128_bits(hex: &str) -> bool {
    hex.len() == 32 && is_lower_hex(hex)
}

pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_sized(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max
}

fn is_action_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b':' | b'-')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn is_tenant(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    is_sized(text, 64) && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// The last run that a flow can have.
pub const RUN_MAX: u32 = 9_999_999;

const EXECUTION: &str = "exe_";

const BATCH: &str = "bat_";

const CHAIN: &str = "chn_";

const HISTORY: &str = "his_";
