//! A batch as the wire has it, read for showing. Never keeps what is not shown; apps get the text itself.
//!
//! The shape is `cxpulse_core::wire::batch::BatchSnapshot`.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
pub use cxpulse_element::flow::{State, Stop};
use cxpulse_element::json::Raw;
use cxpulse_element::reading::{self, Waiting, instant, word};

/// What is shown of a snapshot, and the snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The whole of it, as it came.
    pub text: String,
    /// `bat_…`.
    pub id: String,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is, or how it ended.
    pub state: State,
    /// 1, and one more for each redrive.
    pub generation: u64,
    /// The action's id.
    pub action_id: Option<String>,
    /// How many items stand where.
    pub summary: Summary,
    /// How many answers are from elsewhere than a first go: retried, cached, degraded.
    pub sources: [u64; 3],
    /// Items that end in a second, with one digit after the point at most.
    pub rate: Option<String>,
    /// The foretold end.
    pub ends_at: Option<Timestamp>,
    /// What most running items wait for.
    pub waiting: Option<Waiting>,
    /// Why nothing more is started.
    pub stopped: Option<Stop>,
    /// What failed, by code, the most frequent first.
    pub failures: Vec<Group>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How an item is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// CXone completed it.
    Successful,
    /// An old result, or none in time.
    Degraded,
    /// CXone says so, or refused it.
    Failed,
    /// It was stopped.
    Canceled,
    /// It has begun.
    Running,
    /// It has not.
    NotStarted,
}

/// How many items stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// All of them.
    pub total: u64,
    /// In the order of [`Class::ALL`].
    pub counts: [u64; 6],
}

/// Items that failed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What programs match on.
    pub code: String,
    /// What people read.
    pub message: String,
    /// How many.
    pub count: u64,
    /// The ids of the first.
    pub items: Vec<String>,
}

impl reading::Snapshot for Snapshot {
    fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let status = word(root, "outcome").or_else(|| word(root, "status"))?;
        Some(Self {
            text: text.into(),
            id: word(root, "id")?,
            seq: root.member("seq")?.whole()?,
            state: State::of(&status)?,
            generation: root.member("generation").and_then(Raw::whole).unwrap_or(1),
            action_id: word(root, "action_id"),
            summary: root.member("summary").and_then(Summary::read)?,
            sources: root.member("sources").map(read_sources).unwrap_or_default(),
            rate: root.member("rate").and_then(|rate| rate.member("per_second")).map(|rate| tenths(rate.text())),
            ends_at: instant(root, "ends_at"),
            waiting: root.member("waiting").and_then(Waiting::read),
            stopped: word(root, "stopped").and_then(|word| Stop::of(&word)),
            failures: root
                .member("failures")
                .map(|raw| raw.items().filter_map(Group::read).collect())
                .unwrap_or_default(),
            created_at: instant(root, "created_at")?,
            updated_at: instant(root, "updated_at")?,
            ended_at: instant(root, "ended_at"),
        })
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn is_worded_as(&self, other: &Self) -> bool {
        self.state == other.state
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn done(&self) -> Option<u64> {
        Some(self.summary.ended())
    }

    fn permille(&self) -> u64 {
        reading::permille(self.summary.ended(), self.summary.total)
    }
}

impl Class {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Successful, Self::Degraded, Self::Failed, Self::Canceled, Self::Running, Self::NotStarted];

    /// As the wire has it; its first letter stands for it in a grid.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Running => "running",
            Self::NotStarted => "not_started",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The class that a letter of a grid stands for.
    #[must_use]
    pub fn of_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name().as_bytes().first() == Some(&letter))
    }
}

impl Summary {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let count = |name: &str| raw.member(name)?.whole();
        let counts = Class::ALL.map(|class| count(class.name()).unwrap_or_default());
        Some(Self { total: count("total")?, counts })
    }

    /// How many items are counted so.
    #[must_use]
    pub fn of(&self, class: Class) -> u64 {
        let found = Class::ALL.iter().zip(self.counts).find(|(known, _)| **known == class);
        found.map_or(0, |(_, count)| count)
    }

    /// How many items are over.
    #[must_use]
    pub fn ended(&self) -> u64 {
        let open = self.of(Class::Running).saturating_add(self.of(Class::NotStarted));
        self.total.saturating_sub(open)
    }

    /// How many a redrive would run again, as far as the counts tell.
    #[must_use]
    pub fn redrivable(&self) -> u64 {
        let open = self.of(Class::Running).saturating_add(self.of(Class::Successful));
        self.total.saturating_sub(open)
    }
}

impl Group {
    fn read(raw: Raw<'_>) -> Option<Self> {
        Some(Self {
            code: word(raw, "code")?,
            message: word(raw, "message").unwrap_or_default(),
            count: raw.member("count")?.whole()?,
            items: raw.member("items").map(|items| items.items().filter_map(Raw::string).collect()).unwrap_or_default(),
        })
    }
}

fn read_sources(raw: Raw<'_>) -> [u64; 3] {
    ["retried", "cached", "degraded"].map(|name| raw.member(name).and_then(Raw::whole).unwrap_or_default())
}

/// A number as it stands in JSON, cut after its first digit behind the point; one so small that it has an exponent is none.
fn tenths(number: &str) -> String {
    if number.contains(['e', 'E']) {
        return "0".into();
    }
    let end = number.bytes().position(|byte| byte == b'.').map_or(number.len(), |point| point + 2);
    let cut = number.get(..end).unwrap_or(number);
    cut.strip_suffix(".0").unwrap_or(cut).into()
}
