//! Which values must not be kept: names of members, and pointers. Never holds a value itself.
//!
//! Pointers after RFC 6901, with `*` for any member or item.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Document;
use crate::json::unescape;

/// Rules: `{"names": ["password"], "pointers": ["/inputs/card/number", "/result/*/token"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rules {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pointers: Vec<String>,
}

/// Why a text is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleError {
    /// A name that is empty, or longer than [`NAME_MAX`].
    Name,
    /// No pointer into one of the documents, or longer than [`POINTER_MAX`].
    Pointer,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "must be 1 to {NAME_MAX} bytes"),
            Self::Pointer => write!(
                f,
                "must be a pointer of at most {POINTER_MAX} bytes that begins with /inputs, /context, /result or /error"
            ),
        }
    }
}

impl core::error::Error for RuleError {}

impl Rules {
    /// Puts rules together.
    #[must_use]
    pub const fn new(names: Vec<String>, pointers: Vec<String>) -> Self {
        Self { names, pointers }
    }

    /// A member's name as a rule: `password`. Compared without regard to the case of ASCII letters, wherever it stands.
    ///
    /// # Errors
    /// [`RuleError::Name`].
    pub fn name(text: String) -> Result<String, RuleError> {
        if (1..=NAME_MAX).contains(&text.len()) { Ok(text) } else { Err(RuleError::Name) }
    }

    /// A pointer as a rule: `/inputs/cards/*/number`.
    ///
    /// # Errors
    /// [`RuleError::Pointer`].
    pub fn pointer(text: String) -> Result<String, RuleError> {
        let first = text.strip_prefix('/').map(|rest| rest.split('/').next().unwrap_or_default());
        let is_of_document = Document::ALL.into_iter().any(|document| first == Some(document.name()));
        let is_escaped_well = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
        let is_sound = is_of_document && is_escaped_well && text.len() <= POINTER_MAX;
        if is_sound { Ok(text) } else { Err(RuleError::Pointer) }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty() && self.pointers.is_empty()
    }

    /// These and those, each once.
    #[must_use]
    pub fn with(&self, more: &Self) -> Self {
        let mut both = self.clone();
        for (held, added) in [(&mut both.names, &more.names), (&mut both.pointers, &more.pointers)] {
            for rule in added {
                if !held.contains(rule) {
                    held.push(rule.clone());
                }
            }
        }
        both
    }

    /// Those of them that name members, but none of these.
    #[must_use]
    pub fn without(&self, kept: &[&str]) -> Self {
        let is_kept = |rule: &String| kept.iter().any(|name| name.eq_ignore_ascii_case(rule));
        Self { names: self.names.iter().filter(|rule| !is_kept(rule)).cloned().collect(), pointers: Vec::new() }
    }

    /// Whether the member of that name is to be redacted wherever it stands.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|rule| rule.eq_ignore_ascii_case(name))
    }

    /// The pointers into a document, each as the names on the way; an empty way is the document itself.
    pub(super) fn ways_into(&self, document: Document) -> Vec<Vec<String>> {
        let way = |pointer: &String| {
            let mut names = pointer.split('/').skip(1);
            (names.next() == Some(document.name())).then(|| names.map(|name| unescape(name).into_owned()).collect())
        };
        self.pointers.iter().filter_map(way).collect()
    }
}

/// Whether a name on the way of a pointer means this member or item.
pub(super) fn means(rule: &str, name: &str) -> bool {
    rule == ANY || rule == name
}

/// Any member or item.
const ANY: &str = "*";

/// Names of one list of rules, and pointers of one.
pub const RULES_MAX: usize = 64;

/// Bytes of a name.
pub const NAME_MAX: usize = 128;

/// Bytes of a pointer.
pub const POINTER_MAX: usize = 512;
