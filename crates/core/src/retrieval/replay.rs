//! The journal of a history query, run again: each entry is to be what the machine decides by itself. Never skips one.

use alloc::boxed::Box;
use core::fmt;

use super::{HistoryEntry, HistoryHappened, HistoryOrder, Retrieval};

/// A history query as its journal has led to it so far.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryReplay {
    order: HistoryOrder,
    retrieval: Retrieval,
    /// The number of the latest entry.
    number: u64,
}

/// Where a journal and the machine part ways.
#[derive(Debug, Clone, PartialEq)]
pub enum HistoryReplayError {
    /// The first entry does not open a history query, or a later one does.
    Order,
    /// Entries are missing, or stand elsewhere.
    Gap {
        /// The number that was due.
        due: u64,
        /// The number that came.
        came: u64,
    },
    /// The machine decides otherwise.
    Differs {
        /// Its own entry; `None` where it would have written none.
        decided: Option<Box<HistoryEntry>>,
    },
}

impl HistoryReplay {
    /// Begins with the first entry.
    ///
    /// # Errors
    /// [`HistoryReplayError`] where that opens no history query.
    pub fn begin(entry: &HistoryEntry) -> Result<Self, HistoryReplayError> {
        let HistoryHappened::Opened(order) = &entry.happened else { return Err(HistoryReplayError::Order) };
        let opened = HistoryEntry::opened(order);
        if opened != *entry {
            return Err(HistoryReplayError::Differs { decided: Some(Box::new(opened)) });
        }
        Ok(Self { order: (**order).clone(), retrieval: Retrieval::open(order), number: 1 })
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`HistoryReplayError`] where it is not what follows from those before it.
    pub fn follow(&mut self, entry: &HistoryEntry) -> Result<(), HistoryReplayError> {
        let due = self.number.saturating_add(1);
        if entry.number != due {
            return Err(HistoryReplayError::Gap { due, came: entry.number });
        }
        let HistoryHappened::Event(event) = &entry.happened else { return Err(HistoryReplayError::Order) };
        // What changed nothing but what is waited for was not written down, and counted all the same.
        self.retrieval.catch_up(entry.seq.saturating_sub(1));
        let turn = self.retrieval.step(&self.order, event.clone(), entry.at.0);
        let decided = HistoryEntry::of(due, entry.at, event.clone(), &turn, &self.retrieval);
        if decided.as_ref() != Some(entry) {
            return Err(HistoryReplayError::Differs { decided: decided.map(Box::new) });
        }
        self.number = due;
        Ok(())
    }

    /// The query after the latest entry.
    #[must_use]
    pub const fn retrieval(&self) -> &Retrieval {
        &self.retrieval
    }
}

impl fmt::Display for HistoryReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order => f.write_str("the first entry, and only that, is to open a history query"),
            Self::Gap { due, came } => write!(f, "entry {due} is due and entry {came} came"),
            Self::Differs { decided: Some(entry) } => write!(f, "the core decides entry {} otherwise", entry.number),
            Self::Differs { decided: None } => f.write_str("the core finds that nothing changed"),
        }
    }
}

impl core::error::Error for HistoryReplayError {}
