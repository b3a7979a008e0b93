//! The audit log of an execution: every event with what it led to, enough to run it all again. Never stores itself.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::call::Sighting;
use crate::execution::{Effect, Event, Execution, Ignored, Order, Step};
use crate::json::Json;
use crate::status::Anomaly;
use crate::time::Rfc3339;

/// One line of the log. `at` is text for people; instants inside orders and events are epoch milliseconds, as the machine
/// has them, and spans are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1 and up, without gaps.
    pub number: u64,
    /// When.
    pub at: Rfc3339,
    /// What happened.
    pub happened: Happened,
    /// What it led to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What it showed to be wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anomalies: Vec<Anomaly>,
    /// Why it changed nothing, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    /// The sequence number of the execution after it.
    pub seq: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Json")]
pub enum Happened {
    /// It was opened; the first entry, and only that.
    Opened {
        /// With this order.
        opened: alloc::boxed::Box<Order>,
    },
    /// An event came.
    Event(Event),
}

/// Read from its text: serde's way to read an untagged enum loses the text of JSON in it.
impl TryFrom<Json> for Happened {
    type Error = serde_json::Error;

    fn try_from(json: Json) -> Result<Self, serde_json::Error> {
        if json.pointer("/opened").is_some() {
            let Opening { opened } = serde_json::from_str(json.as_str())?;
            return Ok(Self::Opened { opened });
        }
        serde_json::from_str(json.as_str()).map(Self::Event)
    }
}

#[derive(Deserialize)]
struct Opening {
    opened: alloc::boxed::Box<Order>,
}

impl Entry {
    /// The first entry.
    #[must_use]
    pub fn opened(order: &Order, step: &Step) -> Self {
        Self {
            number: 1,
            at: order.created_at.into(),
            happened: Happened::Opened { opened: alloc::boxed::Box::new(order.clone()) },
            effects: step.effects.clone(),
            anomalies: step.anomalies.clone(),
            ignored: step.ignored,
            seq: step.next.seq(),
        }
    }

    /// The entry of an event; `None` for a wake, or a look into the cache, that changed nothing: there is nothing to tell.
    #[must_use]
    pub fn of(number: u64, at: Rfc3339, event: Event, before: &Execution, step: &Step) -> Option<Self> {
        let is_quiet = match event {
            Event::Woken | Event::Interrupted | Event::Recalled { .. } => step.next.seq() == before.seq(),
            Event::Answered { .. }
            | Event::Cleared { .. }
            | Event::Postponed { .. }
            | Event::CalledBack { .. }
            | Event::CancelRequested => false,
        };
        (!is_quiet).then(|| Self {
            number,
            at,
            happened: Happened::Event(if step.ignored.is_some() { without_bodies(event) } else { event }),
            effects: step.effects.clone(),
            anomalies: step.anomalies.clone(),
            ignored: step.ignored,
            seq: step.next.seq(),
        })
    }
}

/// A callback that changed nothing, without the result that it brought once more: who repeats it for ever must not fill
/// the log. Nothing in the rest decides otherwise without it.
fn without_bodies(event: Event) -> Event {
    match event {
        Event::CalledBack { sighting } => {
            Event::CalledBack { sighting: Sighting { result: None, error: None, ..sighting } }
        }
        Event::Woken
        | Event::Answered { .. }
        | Event::Cleared { .. }
        | Event::Postponed { .. }
        | Event::Recalled { .. }
        | Event::Interrupted
        | Event::CancelRequested => event,
    }
}

/// Where a journal and the core part ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayError {
    /// The line is not an entry.
    Malformed {
        /// 1 and up.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The first entry is not the opening, or another one is.
    NotOpened,
    /// Entries are missing or out of order.
    Gap {
        /// The number that was expected.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// The core decides otherwise than the journal says.
    Differs {
        /// The number of the entry.
        number: u64,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, what } => write!(f, "line {line} is not a journal entry: {what}"),
            Self::NotOpened => f.write_str("the journal does not begin with an opening, or has another one"),
            Self::Gap { expected, got } => write!(f, "entry {got} follows where entry {expected} should"),
            Self::Differs { number } => write!(f, "the core decides entry {number} otherwise than the journal says"),
        }
    }
}

impl core::error::Error for ReplayError {}

/// An execution run again from its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    order: Order,
    execution: Execution,
    number: u64,
}

impl Replay {
    /// Begins with the first entry.
    ///
    /// # Errors
    /// [`ReplayError::NotOpened`], or [`ReplayError::Differs`] where the opening would be another one now.
    pub fn begin(first: Entry) -> Result<Self, ReplayError> {
        let Happened::Opened { opened } = &first.happened else { return Err(ReplayError::NotOpened) };
        let step = Execution::open(opened);
        if Self::opening_of(&first).as_ref() != Some(&first) {
            return Err(ReplayError::Differs { number: first.number });
        }
        Ok(Self { order: (**opened).clone(), execution: step.next, number: first.number })
    }

    /// Takes the next entry, and checks that the core decides as it says.
    ///
    /// # Errors
    /// [`ReplayError`] where it does not; the replay is then as it was.
    pub fn follow(&mut self, entry: &Entry) -> Result<&Execution, ReplayError> {
        let expected = self.number.saturating_add(1);
        if entry.number != expected {
            return Err(ReplayError::Gap { expected, got: entry.number });
        }
        let Happened::Event(event) = &entry.happened else { return Err(ReplayError::NotOpened) };
        let step = self.execution.step(&self.order, event.clone(), entry.at.0);
        if self.record(entry, event, &step).as_ref() != Some(entry) {
            return Err(ReplayError::Differs { number: entry.number });
        }
        self.number = expected;
        self.execution = step.next;
        Ok(&self.execution)
    }

    /// The next entry as the core would have it of the same event; `None` where it would have none. Changes nothing.
    #[must_use]
    pub fn decide(&self, entry: &Entry) -> Option<Entry> {
        let Happened::Event(event) = &entry.happened else { return None };
        let step = self.execution.step(&self.order, event.clone(), entry.at.0);
        self.record(entry, event, &step)
    }

    /// The first entry as the core would have it of the same order; `None` where it is no opening.
    #[must_use]
    pub fn opening_of(first: &Entry) -> Option<Entry> {
        let Happened::Opened { opened } = &first.happened else { return None };
        Some(Entry::opened(opened, &Execution::open(opened)))
    }

    fn record(&self, entry: &Entry, event: &Event, step: &Step) -> Option<Entry> {
        Entry::of(self.number.saturating_add(1), entry.at, event.clone(), &self.execution, step)
    }

    /// What was asked for.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// Where it stands after the entries so far.
    #[must_use]
    pub const fn execution(&self) -> &Execution {
        &self.execution
    }
}
