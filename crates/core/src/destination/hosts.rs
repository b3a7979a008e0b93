//! The operator's list of hosts that notifications may go to. Never opens a private place that it does not name.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use super::{Host, name};

/// Hosts that may be called: any public one, unless a list says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// `*`: every public host.
    Any,
    /// `*.example.com`: every name below, and not the name itself.
    Below(String),
    Name(String),
    Address(IpAddr),
}

/// Which entry of a list is none, by its index; or that there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostsError {
    /// The entry at this index.
    Entry(usize),
    /// More than [`HOSTS_MAX`], or none.
    Count,
}

impl Default for Hosts {
    fn default() -> Self {
        Self { patterns: alloc::vec![Pattern::Any] }
    }
}

impl Hosts {
    /// Reads 1..=[`HOSTS_MAX`] entries: `*` for any public host, `*.example.com` for the names below one, a name, or an
    /// address as a URL has it (`127.0.0.1`, `[::1]`). What an entry other than `*` names is open even if it is private.
    ///
    /// # Errors
    /// [`HostsError`], for the first entry that is none of these.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, HostsError> {
        let mut patterns = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            if index >= HOSTS_MAX {
                return Err(HostsError::Count);
            }
            patterns.push(Pattern::read(&entry.trim().to_ascii_lowercase()).ok_or(HostsError::Entry(index))?);
        }
        if patterns.is_empty() { Err(HostsError::Count) } else { Ok(Self { patterns }) }
    }

    /// Whether every public host may be called.
    pub(super) fn allow_any(&self) -> bool {
        self.patterns.contains(&Pattern::Any)
    }

    /// Whether the list names this host, by itself or as one of those below a name.
    pub(super) fn name(&self, host: Host<'_>) -> bool {
        self.patterns.iter().any(|pattern| match (pattern, host) {
            (Pattern::Name(listed), Host::Name(name)) => listed == name,
            (Pattern::Below(listed), Host::Name(name)) => listed != name && name::is_below(name, listed),
            (Pattern::Address(listed), Host::Address(address)) => *listed == address,
            (Pattern::Any, _) | (Pattern::Name(_) | Pattern::Below(_), Host::Address(_)) => false,
            (Pattern::Address(_), Host::Name(_)) => false,
        })
    }
}

impl Pattern {
    fn read(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Any);
        }
        if let Some(below) = entry.strip_prefix("*.") {
            return name::is_sound(below).then(|| Self::Below(below.into()));
        }
        Some(match Host::read(entry)? {
            Host::Name(name) => Self::Name(name.into()),
            Host::Address(address) => Self::Address(address),
        })
    }
}

impl fmt::Display for HostsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(_) => f.write_str("must be *, a host name, *. before one, or an address as in a URL"),
            Self::Count => write!(f, "must have 1 to {HOSTS_MAX} entries"),
        }
    }
}

impl core::error::Error for HostsError {}

/// Entries of one list.
pub const HOSTS_MAX: usize = 64;
