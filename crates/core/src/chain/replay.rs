//! A chain's journal, run again: each entry is to be what the machine decides by itself. Never skips one.

use core::fmt;

use super::{Chain, ChainEntry, ChainHappened, ChainOrder, EdgeError};

/// A chain as its journal has led to it so far.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainReplay {
    order: ChainOrder,
    chain: Chain,
    /// The number of the latest entry.
    number: u64,
}

/// Where a journal and the machine part ways.
#[derive(Debug, Clone, PartialEq)]
pub enum ChainReplayError {
    /// The first entry does not open a chain, or a later one does.
    Order,
    /// Entries are missing, or stand elsewhere.
    Gap {
        /// The number that was due.
        due: u64,
        /// The number that came.
        came: u64,
    },
    /// What nodes need is a circle, or not there.
    Edges(EdgeError),
    /// The machine decides otherwise.
    Differs {
        /// Its own entry; `None` where it would have written none.
        decided: Option<ChainEntry>,
    },
}

impl ChainReplay {
    /// Begins with the first entry.
    ///
    /// # Errors
    /// [`ChainReplayError`] where that opens no chain.
    pub fn begin(entry: &ChainEntry) -> Result<Self, ChainReplayError> {
        let ChainHappened::Opened(order) = &entry.happened else { return Err(ChainReplayError::Order) };
        let opened = ChainEntry::opened(order);
        if opened != *entry {
            return Err(ChainReplayError::Differs { decided: Some(opened) });
        }
        let chain = Chain::open(order).map_err(ChainReplayError::Edges)?;
        Ok(Self { order: (**order).clone(), chain, number: 1 })
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainReplayError`] where it is not what follows from those before it.
    pub fn follow(&mut self, entry: &ChainEntry) -> Result<(), ChainReplayError> {
        let due = self.number.saturating_add(1);
        if entry.number != due {
            return Err(ChainReplayError::Gap { due, came: entry.number });
        }
        let ChainHappened::Event(event) = &entry.happened else { return Err(ChainReplayError::Order) };
        // What changed nothing but what is waited for was not written down, and counted all the same.
        self.chain.catch_up(entry.seq.saturating_sub(1));
        let turn = self.chain.step(&self.order, event.clone(), entry.at.0);
        let decided = ChainEntry::of(due, entry.at, event.clone(), &turn, &self.chain);
        if decided.as_ref() != Some(entry) {
            return Err(ChainReplayError::Differs { decided });
        }
        self.number = due;
        Ok(())
    }

    /// What was asked for.
    #[must_use]
    pub const fn order(&self) -> &ChainOrder {
        &self.order
    }

    /// The chain after the latest entry.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }
}

impl fmt::Display for ChainReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order => f.write_str("the first entry, and only that, is to open a chain"),
            Self::Gap { due, came } => write!(f, "entry {due} is due and entry {came} came"),
            Self::Edges(error) => error.fmt(f),
            Self::Differs { decided: Some(entry) } => write!(f, "the core decides entry {} otherwise", entry.number),
            Self::Differs { decided: None } => f.write_str("the core finds that nothing changed"),
        }
    }
}

impl core::error::Error for ChainReplayError {}
