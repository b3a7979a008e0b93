//! A chain as the wire has it, read for showing. Never keeps what is not shown; apps get the text itself.
//!
//! The shape is `cxpulse_core::wire::chain::ChainSnapshot`.

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
    /// `chn_…`.
    pub id: String,
    /// Counts up with every change.
    pub seq: u64,
    /// How far it is, or how it ended.
    pub state: State,
    /// 1, and one more for each redrive.
    pub generation: u64,
    /// How many nodes stand where, in the order of [`Class::ALL`].
    pub counts: [u64; 7],
    /// The nodes, as they were written.
    pub nodes: Vec<Node>,
    /// What failed, by code, each with its count.
    pub failures: Vec<(String, u64)>,
    /// How long the nodes of the critical path took together, in milliseconds.
    pub critical_ms: u64,
    /// Those nodes, in their order.
    pub critical_path: Vec<String>,
    /// What most running nodes wait for.
    pub waiting: Option<Waiting>,
    /// Why nothing more is started.
    pub stopped: Option<Stop>,
    /// Where its links lead: the address of the API, without a slash at the end; `None` where that is none of the web.
    pub base: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The caller's.
    pub name: String,
    /// The action's id.
    pub action_id: String,
    /// How it is counted.
    pub class: Class,
    /// Where its output is from; `None` where there is none.
    pub source: Option<Source>,
    /// Why it stands so, where that is not its own doing.
    pub reason: Option<Reason>,
    /// 0 before it began.
    pub attempts: u64,
    /// The generation that this is of.
    pub generation: u64,
    /// When its execution began.
    pub started_at: Option<Timestamp>,
    /// How long its execution took, in milliseconds; `None` before its end.
    pub latency_ms: Option<u64>,
    /// Why it has no fresh output: code and message.
    pub error: Option<(String, String)>,
    /// `exe_…`.
    pub execution: Option<String>,
}

/// How a node is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// CXone completed it.
    Successful,
    /// An old output stands in for a fresh one, or a value of the caller's.
    Degraded,
    /// CXone says so, or refused it, or its inputs could not be made.
    Failed,
    /// It was stopped.
    Canceled,
    /// Its condition said so, or that of all it needs.
    Skipped,
    /// It has begun.
    Running,
    /// It has not.
    NotStarted,
}

/// Where a node's output is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// CXone gave it after a call had failed, or in a later generation.
    Retried,
    /// It was given to another execution a short while ago.
    Cached,
    /// An old one, because no fresh one could be had in time.
    Degraded,
    /// The caller's, because the node failed.
    Fallback,
}

/// Why a node stands so, where that is not its own doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// That one failed, or did not start itself.
    Needs(String),
    /// All it needs was skipped.
    NeedsSkipped,
    /// Its condition.
    When,
    /// It failed, and others go on without it.
    Continue,
    /// It failed, and others go on with what it was told to give.
    Fallback,
    /// It did not end in time.
    Late,
    /// The chain was stopped.
    Canceled,
    /// The chain's time was up.
    Deadline,
}

impl reading::Snapshot for Snapshot {
    fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let status = word(root, "outcome").or_else(|| word(root, "status"))?;
        let latency = root.member("latency");
        let critical_path = latency.and_then(|latency| latency.member("critical_path"));
        Some(Self {
            text: text.into(),
            id: word(root, "id")?,
            seq: root.member("seq")?.whole()?,
            state: State::of(&status)?,
            generation: root.member("generation").and_then(Raw::whole).unwrap_or(1),
            counts: root.member("summary").map(read_counts)?,
            nodes: root.member("nodes")?.items().filter_map(Node::read).collect(),
            failures: root.member("failures").map(read_failures).unwrap_or_default(),
            critical_ms: latency.and_then(|it| it.member("critical_path_ms")).and_then(Raw::whole).unwrap_or_default(),
            critical_path: critical_path.map(|it| it.items().filter_map(Raw::string).collect()).unwrap_or_default(),
            waiting: root.member("waiting").and_then(Waiting::read),
            stopped: word(root, "stopped").and_then(|word| Stop::of(&word)),
            base: root.member("links").and_then(|links| word(links, "self")).and_then(base_of),
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
        Some(self.ended())
    }

    fn permille(&self) -> u64 {
        reading::permille(self.ended(), self.total())
    }
}

impl Snapshot {
    /// How many nodes are counted so.
    #[must_use]
    pub fn count(&self, class: Class) -> u64 {
        let found = Class::ALL.iter().zip(self.counts).find(|(known, _)| **known == class);
        found.map_or(0, |(_, count)| count)
    }

    /// All nodes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| count.saturating_add(sum))
    }

    /// How many nodes are over.
    #[must_use]
    pub fn ended(&self) -> u64 {
        let open = self.count(Class::Running).saturating_add(self.count(Class::NotStarted));
        self.total().saturating_sub(open)
    }

    /// How many a redrive would begin with.
    #[must_use]
    pub fn redrivable(&self) -> u64 {
        let of = |class| self.count(class);
        of(Class::Failed).saturating_add(of(Class::Canceled)).saturating_add(of(Class::NotStarted))
    }

    /// The page that shows a node's execution alone: beside the API, under `/embed`.
    #[must_use]
    pub fn page(&self, node: &Node, token: Option<&str>) -> Option<String> {
        let token = token.map(|token| ["#token=", token].concat()).unwrap_or_default();
        Some([self.base.as_deref()?, "/embed/execution/", node.execution.as_deref()?, &token].concat())
    }
}

impl Node {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let mut node = Self {
            name: String::new(),
            action_id: String::new(),
            class: Class::NotStarted,
            source: None,
            reason: None,
            attempts: 0,
            generation: 1,
            started_at: None,
            latency_ms: None,
            error: None,
            execution: None,
        };
        for (name, value) in raw.members().filter(|(_, value)| !value.is_null()) {
            match name {
                "name" => node.name = value.string()?,
                "action_id" => node.action_id = value.string()?,
                "status" => node.class = Class::of(&value.string()?)?,
                "source" => node.source = Source::of(&value.string()?),
                "reason" => node.reason = Reason::of(&value.string()?),
                "attempts" => node.attempts = value.whole()?,
                "generation" => node.generation = value.whole()?,
                "started_at" => node.started_at = instant(raw, "started_at"),
                "latency_ms" => node.latency_ms = value.whole(),
                "error" => node.error = Some((word(value, "code")?, word(value, "message").unwrap_or_default())),
                "execution" => node.execution = value.string(),
                _ => {}
            }
        }
        Some(node).filter(|node| !node.name.is_empty())
    }
}

impl Class {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Successful,
        Self::Degraded,
        Self::Failed,
        Self::Canceled,
        Self::Skipped,
        Self::Running,
        Self::NotStarted,
    ];

    /// As the wire has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Running => "running",
            Self::NotStarted => "not_started",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl Source {
    /// `None` of a fresh one, which needs no words.
    fn of(word: &str) -> Option<Self> {
        match word {
            "retried" => Some(Self::Retried),
            "cached" => Some(Self::Cached),
            "degraded" => Some(Self::Degraded),
            "fallback" => Some(Self::Fallback),
            _ => None,
        }
    }
}

impl Reason {
    fn of(words: &str) -> Option<Self> {
        Some(match words {
            "needs skipped" => Self::NeedsSkipped,
            "when" => Self::When,
            "continue" => Self::Continue,
            "fallback" => Self::Fallback,
            "timeout_fallback" => Self::Late,
            "canceled" => Self::Canceled,
            "deadline" => Self::Deadline,
            _ => Self::Needs(words.strip_prefix("needs ")?.into()),
        })
    }
}

fn read_counts(summary: Raw<'_>) -> [u64; 7] {
    Class::ALL.map(|class| summary.member(class.name()).and_then(Raw::whole).unwrap_or_default())
}

/// By code, the most frequent first.
fn read_failures(raw: Raw<'_>) -> Vec<(String, u64)> {
    let mut failures: Vec<(String, u64)> = Vec::new();
    for (code, count) in raw.members() {
        let count = count.whole().unwrap_or_default();
        let at = failures.iter().position(|(_, other)| *other < count).unwrap_or(failures.len());
        failures.insert(at, (code.into(), count));
    }
    failures
}

/// What stands before `/v1/` in a link. Anything else than the web has no place in one that we make.
fn base_of(link: String) -> Option<String> {
    let is_web = link.starts_with("https://") || link.starts_with("http://");
    let at = link.as_bytes().windows(API.len()).position(|window| window == API).filter(|_| is_web)?;
    link.get(..at).map(String::from)
}

const API: &[u8] = b"/v1/";
