//! How much of an execution's journal and audit log those may fill who change nothing: each kind of them has a bound of its
//! own, so that a stranger's many requests leave room for whoever is to be named. Never bounds what changed something.

use serde::{Deserialize, Serialize};

use super::{Kind, Record};
use crate::journal::Entry;

/// What was written down of each kind that has a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bound {
    /// Accesses that were refused; at most [`REFUSED_MAX`].
    refused: u64,
    /// Events that changed nothing; at most [`IGNORED_MAX`].
    ignored: u64,
}

impl Bound {
    /// Whether an entry is written into the journal, and records of it into the audit log; counts it then. One that is not
    /// changed nothing, so the journal replays to the same state without it.
    pub fn takes_entry(&mut self, entry: &Entry) -> bool {
        entry.ignored.is_none() || count(&mut self.ignored, IGNORED_MAX)
    }

    /// Whether a record of something that is no step of the execution is written down; counts it then.
    pub fn takes_record(&mut self, record: &Record) -> bool {
        if record.kind == Kind::Access && record.allowed == Some(false) {
            return count(&mut self.refused, REFUSED_MAX);
        }
        record.number.saturating_sub(self.refused) <= RECORDS_MAX
    }
}

/// Counts one more, where there is room for it.
fn count(counted: &mut u64, max: u64) -> bool {
    let is_room = *counted < max;
    *counted = counted.saturating_add(u64::from(is_room));
    is_room
}

/// Records of one execution after which what is no step of it is no longer written down; refused accesses do not count.
pub const RECORDS_MAX: u64 = 10_000;

/// Refused accesses of one execution that are written down.
pub const REFUSED_MAX: u64 = 100;

/// Events of one execution that changed nothing (callbacks that come again or too late) and are written down.
pub const IGNORED_MAX: u64 = 100;
