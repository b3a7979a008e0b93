//! A replay bundle: all that there is to an execution in one file, and the proof that the core decides it so again. Never
//! writes a file, never makes one: a shell does, line by line.
//!
//! One JSON object a line, each with one member that says what the line is: `bundle` (the head), `order`, `entry` for each
//! entry of the journal, `record` for each of the audit log, and `snapshot` last. The head says how many there are, so a
//! bundle that was cut short is known for one.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::execution::Order;
use crate::id::ExecutionId;
use crate::journal::{Entry, Replay, ReplayError};
use crate::json::Json;
use crate::time::Rfc3339;
use crate::wire::Snapshot;

/// What a bundle is, and how to read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// Which cxpulse made it, such as `0.1.0`.
    pub product: String,
    /// When.
    pub made_at: Rfc3339,
    /// Of which execution.
    pub execution: ExecutionId,
    /// The profile by which its CXone was spoken to. A replay needs no more of it than the order has.
    pub profile: String,
    /// What the links of the snapshot begin with.
    pub base: String,
    /// Entries of the journal.
    pub entries: u64,
    /// Records of the audit log.
    pub records: u64,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first one.
    Bundle(Head),
    /// What was asked for, redacted where rules say so.
    Order(Box<Order>),
    /// One entry of the journal.
    Entry(Box<Entry>),
    /// One record of the audit log.
    Record(Json),
    /// The snapshot that callers are shown.
    Snapshot(Json),
}

/// Where a bundle is not what the core makes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum BundleError {
    /// The line is none of a bundle, or stands at the wrong place.
    Malformed {
        /// What is wrong with it.
        what: String,
    },
    /// The bundle is of a later format.
    Version(u32),
    /// The order is not the one that the journal begins with.
    Order,
    /// An entry does not follow, or the core decides it otherwise.
    Replay {
        /// How.
        error: ReplayError,
        /// The entry as the core would have it, where it would have one.
        decided: Option<Box<Entry>>,
    },
    /// The snapshot is not that of the execution after the last entry.
    Snapshot {
        /// The one that is.
        decided: Box<Json>,
    },
    /// It ends before its snapshot.
    Cut,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what } => write!(f, "it is no line of a bundle here: {what}"),
            Self::Version(version) => write!(f, "the bundle is of version {version}; this reads {VERSION}"),
            Self::Order => f.write_str("the order is not the one that the journal begins with"),
            Self::Replay { error, .. } => error.fmt(f),
            Self::Snapshot { .. } => f.write_str("the snapshot is not what the journal leads to"),
            Self::Cut => f.write_str("the bundle ends before its snapshot"),
        }
    }
}

impl core::error::Error for BundleError {}

/// A bundle that is being replayed, line by line.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    head: Head,
    order: Option<Box<Order>>,
    replay: Option<Replay>,
    entries: u64,
    records: u64,
    is_whole: bool,
}

impl Bundle {
    /// Whether a file that begins with this line is a bundle.
    #[must_use]
    pub fn is_one(first: &str) -> bool {
        Json::parse(first).is_ok_and(|line| line.pointer("/bundle").is_some())
    }

    /// Begins with the first line.
    ///
    /// # Errors
    /// [`BundleError`] where it is not the head of a bundle that this can read.
    pub fn begin(first: &str) -> Result<Self, BundleError> {
        let version = Json::parse(first).ok().and_then(|line| line.pointer("/bundle/version")?.get().parse().ok());
        if let Some(later) = version.filter(|version| *version != VERSION) {
            return Err(BundleError::Version(later));
        }
        match read(first)? {
            Line::Bundle(head) => Ok(Self { head, order: None, replay: None, entries: 0, records: 0, is_whole: false }),
            Line::Order(_) | Line::Entry(_) | Line::Record(_) | Line::Snapshot(_) => Err(misplaced("it has no head")),
        }
    }

    /// Takes the next line, and checks it. Gives the entry of the journal that it is, if it is one.
    ///
    /// # Errors
    /// [`BundleError`] where the core decides otherwise; the replay is then as it was.
    pub fn take(&mut self, line: &str) -> Result<Option<Box<Entry>>, BundleError> {
        match read(line)? {
            Line::Bundle(_) => Err(misplaced("a second head")),
            _ if self.is_whole => Err(misplaced("something after the snapshot")),
            Line::Order(order) if self.order.is_none() => {
                self.order = Some(order);
                Ok(None)
            }
            Line::Order(_) => Err(misplaced("a second order")),
            Line::Entry(entry) => self.follow(&entry).map(|()| Some(entry)),
            Line::Record(_) => {
                self.records = self.records.saturating_add(1);
                Ok(None)
            }
            Line::Snapshot(snapshot) => self.close(&snapshot).map(|()| None),
        }
    }

    /// Ends the replay.
    ///
    /// # Errors
    /// [`BundleError::Cut`] where lines are missing.
    pub const fn finish(&self) -> Result<(), BundleError> {
        if self.is_whole { Ok(()) } else { Err(BundleError::Cut) }
    }

    /// What the bundle says of itself.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The execution as far as it was replayed.
    #[must_use]
    pub const fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    fn follow(&mut self, entry: &Entry) -> Result<(), BundleError> {
        let differs = |error, decided: Option<Entry>| BundleError::Replay { error, decided: decided.map(Box::new) };
        match &mut self.replay {
            None => {
                let replay = Replay::begin(entry.clone()).map_err(|error| differs(error, Replay::opening_of(entry)))?;
                if self.order.as_deref() != Some(replay.order()) {
                    return Err(BundleError::Order);
                }
                self.replay = Some(replay);
            }
            Some(replay) => {
                let followed = replay.follow(entry).map(|_| ());
                followed.map_err(|error| differs(error, replay.decide(entry)))?;
            }
        }
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    fn close(&mut self, snapshot: &Json) -> Result<(), BundleError> {
        if (self.entries, self.records) != (self.head.entries, self.head.records) {
            return Err(misplaced("the snapshot, before all entries and records that the head counts"));
        }
        let replay = self.replay.as_ref().ok_or_else(|| misplaced("the snapshot, before any entry"))?;
        let decided = Json::from_value(&Snapshot::of(replay.order(), replay.execution(), &self.head.base));
        let decided = decided.map_err(|error| misplaced(&error.to_string()))?;
        if decided != *snapshot {
            return Err(BundleError::Snapshot { decided: Box::new(decided) });
        }
        self.is_whole = true;
        Ok(())
    }
}

fn read(line: &str) -> Result<Line, BundleError> {
    serde_json::from_str(line).map_err(|error| BundleError::Malformed { what: error.to_string() })
}

fn misplaced(what: &str) -> BundleError {
    BundleError::Malformed { what: what.into() }
}

/// Of the format described here.
pub const VERSION: u32 = 1;
