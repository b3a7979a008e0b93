//! A history query: which pages are asked for, what becomes of them, and when all of it is there. It asks for nothing itself, and
//! never holds a row.
//!
//! A shell keeps a [`HistoryOrder`] and the [`Retrieval`], takes events in by [`Retrieval::step`], and saves what that changed
//! before it carries its effects out. The rows are the shell's: it keeps each once, whichever pages had it and however often, and
//! says of a page how many of its rows are new. So pages may come in any order, twice, and in parts.
//!
//! ```text
//!   first page ──► the others, some at once ──► the pass is over ──► nothing changed: ended
//!                        │  ▲                         │
//!                 failed │  │ due again               └── a total that moved, rows that are missing: another pass
//!                        ▼  │
//!                    Waiting(page)
//! ```
//!
//! **A page that changes under us** shows: its total is another, or rows come again that an earlier page had. What moved from a
//! page that was still to be read to one that was read already is missed by whoever reads on; so all pages are read once more.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

mod completion;
mod event;
mod journal;
mod order;
mod page;
mod progress;
mod query;
mod replay;
mod turn;

pub use completion::{AuditEntry, Completion, Compliance, Expectation, Share};
pub use event::{Effect, Event, Held, PageAnswer, PageRead, Turn};
pub use journal::{HistoryEntry, HistoryHappened};
pub use order::{Analyzed, HistoryIdentity, HistoryOrder, Paging};
pub use page::{Asked, PageCall, Window};
pub use progress::{Oddity, OddityKind, Progress};
pub use query::{HistoryQuery, InteractionId};
pub use replay::{HistoryReplay, HistoryReplayError};

pub use crate::flow::{FlowOutcome, FlowStatus, Standing};

use crate::time::Timestamp;
use crate::wire::Waiting;
use page::PageState;

/// A history query in memory: some hundred bytes, and a few for each page under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    standing: Standing,
    progress: Progress,
}

impl Retrieval {
    /// A new one, whose first page is due at once: by the first [`Event::Woken`], not here, so that its creation is answered
    /// before any work.
    #[must_use]
    pub fn open(order: &HistoryOrder) -> Self {
        Self { standing: Standing::open(order.created_at, order.timeout), progress: Progress::default() }
    }

    /// The query as it was saved. Where pages were under way, [`Event::Interrupted`] is due: whoever was to answer is gone.
    #[must_use]
    pub const fn restore(standing: Standing, progress: Progress) -> Self {
        Self { standing, progress }
    }

    /// Whether pages are under way.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.progress.pages.values().any(Asked::is_under_way)
    }

    /// Changes up to this one were made that are not written down.
    pub(crate) fn catch_up(&mut self, seq: u64) {
        self.standing.seq = self.standing.seq.max(seq);
    }

    /// The only source of timers: when to send [`Event::Woken`]. `None` when nothing will be due. May lie in the past: then it is
    /// due now.
    #[must_use]
    pub fn next_wake_at(&self, order: &HistoryOrder) -> Option<Timestamp> {
        if self.standing.ended.is_some() {
            return None;
        }
        if self.progress.can_ask_more(order) {
            return Some(self.standing.seen_at);
        }
        let due = self.progress.pages.values().filter_map(|page| page.due_at()).min();
        Some(due.map_or(self.standing.deadline_at, |due| due.min(self.standing.deadline_at)))
    }

    /// What changes of it beside its pages.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What its pages wait for, one by one.
    #[must_use]
    pub fn waits(&self) -> Vec<Waiting> {
        let waits = self.progress.pages.values().filter_map(|page| match page.state {
            PageState::Waiting { reason, until } => Some(Waiting { reason, until: until.into() }),
            PageState::UnderWay { .. } => None,
        });
        waits.collect()
    }

    /// When all rows will be there, if it goes on so; `None` where that is not known.
    #[must_use]
    pub fn ends_at(&self, order: &HistoryOrder) -> Option<Timestamp> {
        let total = self.progress.expected(order)?;
        let left = u32::try_from(total.saturating_sub(self.progress.rows)).unwrap_or(u32::MAX);
        let of_page = order.page_size.max(1);
        self.standing.ends_at(left.div_ceil(of_page))
    }

    /// How it came out; `None` before it ended.
    #[must_use]
    pub fn completion(&self, order: &HistoryOrder) -> Option<Completion> {
        let (outcome, at) = self.standing.ended()?;
        Some(Completion::of(order, &self.progress, outcome, at))
    }
}

/// Why a history has no more, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryError"))]
pub struct Shortfall {
    /// What programs match on: `UPSTREAM_FAILED`, `REJECTED`, `TOO_LARGE`, `DEADLINE_PASSED`, `CANCELED`, `NO_WORKFLOW`.
    pub code: alloc::string::String,
    /// What people read.
    pub message: alloc::string::String,
}

/// Pages that are asked for at a time: CXone takes no more of one client.
pub const AT_ONCE_MAX: usize = 5;

/// Times that all pages are read, at most.
pub const PASSES_MAX: u32 = 3;

/// Pages in a row without a new row, after which a history that has no end is taken to repeat itself.
pub const BARREN_MAX: u32 = 3;

/// Rows of a history that are kept.
pub const ROWS_MAX: u64 = 500_000;

/// Steps of a history that are kept.
pub const STEPS_MAX: u64 = 1_000_000;

/// Bytes of rows that are kept: 2 GiB.
pub const BYTES_MAX: u64 = 1 << 31;
