//! The table: items by page, for reading, and for who cannot see the grid. Asks for nothing while it is closed.

use cxpulse_core::time::{Span, Timestamp};

use super::{REST, Turn};
use crate::errand::{Filter, Query, ROWS};
use crate::item::Page;
use crate::snapshot::Snapshot;

/// What is known of the items of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Whether it is shown.
    pub is_open: bool,
    /// Which items.
    pub query: Query,
    /// The page; `None` before it came.
    pub page: Option<Page>,
    /// The server could not tell.
    pub is_missing: bool,
    /// The snapshot that the page is of, or will be; 0 for one that is wanted at once.
    seq: u64,
    /// The page that is asked for.
    asked: Option<Query>,
    /// Not to be asked before.
    rest_until: Timestamp,
}

impl Table {
    pub(super) fn toggle(&mut self) {
        self.is_open = !self.is_open;
        self.want();
    }

    pub(super) fn filter(&mut self, words: &str) {
        self.is_open = true;
        self.query = Query { filter: Filter::of(words), offset: 0 };
        self.page = None;
        self.want();
    }

    pub(super) fn turn(&mut self, turn: Turn) {
        let total = self.page.as_ref().map_or(0, |page| page.total);
        let offset = match turn {
            Turn::Next => self.query.offset.saturating_add(ROWS),
            Turn::Previous => self.query.offset.saturating_sub(ROWS),
        };
        if turn == Turn::Previous || offset < total {
            self.query.offset = offset;
            self.want();
        }
    }

    pub(super) fn answered(&mut self, query: Query, status: u16, text: &str, now: Timestamp) {
        if self.asked.as_ref() == Some(&query) {
            self.asked = None;
        }
        if query != self.query {
            return;
        }
        let page = if status == 200 { Page::parse(text) } else { None };
        self.is_missing = page.is_none();
        let Some(page) = page else {
            self.seq = 0;
            self.rest_until = now.plus(REST);
            return;
        };
        // Fewer than there were: the last page that there is.
        if page.items.is_empty() && page.total > 0 {
            self.query.offset = page.total.saturating_sub(1) / ROWS * ROWS;
            self.want();
        }
        self.page = Some(page);
    }

    /// When it is to be asked for; `None` while it is closed or asked for, and when it is that of the snapshot.
    pub(super) fn due_at(&self, snapshot: &Snapshot) -> Option<Timestamp> {
        let is_due = self.is_open && self.asked.as_ref() != Some(&self.query) && self.seq < snapshot.seq;
        is_due.then_some(self.rest_until)
    }

    pub(super) fn ask(&mut self, seq: u64, now: Timestamp) -> Query {
        self.seq = seq;
        self.asked = Some(self.query.clone());
        self.rest_until = now.plus(PACE);
        self.query.clone()
    }

    fn want(&mut self) {
        self.seq = 0;
        self.rest_until = Timestamp::default();
    }
}

/// How long after one page the next may be asked for, where nobody turned to it.
const PACE: Span = Span::from_secs(2);
