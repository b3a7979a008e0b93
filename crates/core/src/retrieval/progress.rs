//! How far a history query is: which pages are asked for, which are next, what came of them. Small, and written with each change.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::event::Held;
use super::order::{HistoryOrder, Paging};
use super::page::{Asked, Window};
use super::{AT_ONCE_MAX, Shortfall};
use crate::time::Timestamp;

/// What is known of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which time all pages are read, 1 and up.
    pub pass: u32,
    /// The first page of this pass that was not asked for yet.
    pub(super) next: u32,
    /// The first page that there is not; `None` while that is not known.
    pub(super) end: Option<u32>,
    /// Those asked for that are not there yet.
    pub(super) pages: BTreeMap<u32, Asked>,
    /// Of a pass: a page beyond CXone's total that may be there all the same, for the one before it was full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) beyond: Option<u32>,
    /// Rows of a page, where CXone gives fewer than are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page_size: Option<u32>,
    /// What the next page is asked for with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// Rows in all, as CXone said last.
    pub total: Option<u64>,
    /// Pages in a row that had nothing new.
    pub(super) barren: u32,
    /// Whether the history changed in this pass.
    pub(super) is_moved: bool,
    /// Rows that were kept when this pass began.
    pub(super) rows_before: u64,
    /// Different rows.
    pub rows: u64,
    /// Steps of theirs.
    pub steps: u64,
    /// Bytes of theirs.
    pub bytes: u64,
    /// Different interactions.
    pub interactions: u64,
    /// Pages that were read, of all passes.
    pub pages_read: u64,
    /// Rows that came again in the first pass.
    pub duplicates: u64,
    /// Requests that failed.
    pub failures: u64,
    /// What is odd about it, by kind.
    pub oddities: Vec<Oddity>,
    /// Why it has no more; `None` where it has all, or goes on.
    pub shortfall: Option<Shortfall>,
}

/// Something that CXone's history should not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddity {
    /// What.
    pub kind: OddityKind,
    /// How often.
    pub count: u32,
    /// When last.
    pub at: Timestamp,
}

/// What a history should not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HistoryOddity"))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OddityKind {
    /// Its total became another, or rows moved from page to page while it was read: all pages are read again.
    HistoryChanged,
    /// It still did when it was read for the last time.
    StillChanging,
    /// Pages had nothing new, one after the other: no more were asked for.
    PagesRepeat,
    /// Pages had fewer rows than were asked for, and were not the last.
    ShortPages,
    /// A contact that was asked for is not there.
    UnknownContact,
    /// The rows in all are fewer than CXone says.
    RowsMissing,
    /// The rows in all are more than CXone says, though nothing changed.
    RowsBeyondTotal,
}

impl OddityKind {
    /// What people read.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::HistoryChanged => "the history changed while it was read, so all of its pages are read again",
            Self::StillChanging => "the history still changed when it was read for the last time",
            Self::PagesRepeat => "pages had nothing new, one after the other, so no more were asked for",
            Self::ShortPages => "pages had fewer rows than were asked for",
            Self::UnknownContact => "CXone knows no such contact",
            Self::RowsMissing => "CXone says that there are more rows than it gave",
            Self::RowsBeyondTotal => "CXone gave more rows than it says there are",
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            pass: 1,
            next: 0,
            end: None,
            pages: BTreeMap::new(),
            beyond: None,
            page_size: None,
            cursor: None,
            total: None,
            barren: 0,
            is_moved: false,
            rows_before: 0,
            rows: 0,
            steps: 0,
            bytes: 0,
            interactions: 0,
            pages_read: 0,
            duplicates: 0,
            failures: 0,
            oddities: Vec::new(),
            shortfall: None,
        }
    }
}

impl Progress {
    /// Which rows a page has; `None` where there is no such page.
    #[must_use]
    pub fn window<'o>(&self, order: &'o HistoryOrder, page: u32) -> Option<Window<'o>> {
        let page_size = self.page_size(order);
        let contact = usize::try_from(page).ok().and_then(|page| order.query.interaction_ids.get(page));
        match order.paging {
            Paging::Contact => Some(Window { contact: Some(contact?), offset: 0, limit: page_size }),
            Paging::Whole => (page == 0).then_some(Window { contact: None, offset: 0, limit: page_size }),
            Paging::Offset | Paging::Cursor => {
                let offset = u64::from(page).saturating_mul(page_size.into());
                let left = order.limit.map_or(u64::MAX, |limit| limit.saturating_sub(offset));
                let limit = u32::try_from(left).unwrap_or(u32::MAX).min(page_size);
                (limit > 0).then_some(Window { contact: None, offset, limit })
            }
        }
    }

    /// What a page is asked for with, where pages are asked for so: nothing of the first one.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Rows that should come, as far as that is known: CXone's total, up to the limit.
    #[must_use]
    pub fn expected(&self, order: &HistoryOrder) -> Option<u64> {
        let total = self.total?;
        Some(order.limit.map_or(total, |limit| total.min(limit)))
    }

    /// Whether a page may be asked for now.
    pub(super) fn can_ask_more(&self, order: &HistoryOrder) -> bool {
        let room = match order.paging {
            Paging::Cursor => 1,
            // How many there are is known after the first.
            Paging::Offset if self.next > 0 && self.pages.contains_key(&0) => 1,
            Paging::Offset | Paging::Contact | Paging::Whole => AT_ONCE_MAX,
        };
        self.shortfall.is_none() && self.pages.len() < room && self.is_there(order, self.next)
    }

    /// Whether that page may have rows, as far as is known.
    pub(super) fn is_there(&self, order: &HistoryOrder, page: u32) -> bool {
        let Some(window) = self.window(order, page) else { return false };
        let is_within = self.end.is_none_or(|end| page < end);
        let is_told = match order.paging {
            // An empty history has a first page, too.
            Paging::Offset => {
                page == 0 || self.beyond == Some(page) || self.total.is_none_or(|total| window.offset < total)
            }
            Paging::Cursor => page == 0 || self.cursor.is_some(),
            Paging::Contact | Paging::Whole => true,
        };
        is_within && is_told
    }

    pub(super) fn page_size(&self, order: &HistoryOrder) -> u32 {
        self.page_size.unwrap_or(order.page_size).max(1)
    }

    pub(super) const fn hold(&mut self, held: Held) {
        self.rows = held.rows;
        self.steps = held.steps;
        self.bytes = held.bytes;
        self.interactions = held.interactions;
    }

    /// Begins to read all pages again.
    pub(super) fn begin_pass(&mut self) {
        self.pass = self.pass.saturating_add(1);
        self.next = 0;
        self.end = None;
        self.beyond = None;
        self.cursor = None;
        self.barren = 0;
        self.is_moved = false;
        self.rows_before = self.rows;
    }

    /// Takes back what turned out to be something else.
    pub(super) fn unsay(&mut self, kind: OddityKind) {
        self.oddities.retain(|oddity| oddity.kind != kind);
    }

    /// Whether it is known to be all that there is.
    pub(super) fn is_sure(&self) -> bool {
        let doubts = [OddityKind::StillChanging, OddityKind::PagesRepeat, OddityKind::RowsBeyondTotal];
        !self.oddities.iter().any(|oddity| doubts.contains(&oddity.kind))
    }

    pub(super) fn notice(&mut self, kind: OddityKind, at: Timestamp) {
        match self.oddities.iter_mut().find(|oddity| oddity.kind == kind) {
            Some(oddity) => {
                oddity.count = oddity.count.saturating_add(1);
                oddity.at = at;
            }
            None => self.oddities.push(Oddity { kind, count: 1, at }),
        }
    }
}
