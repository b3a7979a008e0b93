//! The grid: a letter for each item, and a cursor that a person moves over them. Never knows how wide it is drawn.

use alloc::boxed::Box;
use alloc::rc::Rc;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::reading::Snapshot as _;

use super::{Go, REST};
use crate::item::{Item, Page, letters};
use crate::snapshot::{Class, Snapshot};

/// What is known of all items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// A letter for each item, in order; `None` before they came.
    pub letters: Option<Rc<str>>,
    /// The item under the cursor; `None` before anybody moved it.
    pub cursor: Option<u64>,
    /// What is known of it, once the cursor has rested.
    pub item: Option<Box<Item>>,
    /// The snapshot that the letters are of, or will be.
    seq: u64,
    is_asked: bool,
    /// Not to be asked before.
    rest_until: Timestamp,
    /// When the item under the cursor is asked for.
    wanted_at: Option<Timestamp>,
}

impl Grid {
    /// The class of the item at a place.
    #[must_use]
    pub fn class(&self, index: u64) -> Option<Class> {
        let letters = self.letters.as_deref()?.as_bytes();
        Class::of_letter(*letters.get(usize::try_from(index).ok()?)?)
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        let len = self.letters.as_deref().map_or(0, str::len);
        len.try_into().unwrap_or_default()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn go(&mut self, go: Go, now: Timestamp) {
        let Some(last) = self.len().checked_sub(1) else { return };
        let at = self.cursor.unwrap_or_default();
        let next = match go {
            Go::On(count) => at.saturating_add(count),
            Go::Back(count) => at.saturating_sub(count),
            Go::First => 0,
            Go::Last => last,
            Go::To(index) => index,
        };
        self.cursor = Some(next.min(last));
        self.item = None;
        self.wanted_at = Some(now.plus(CURSOR_RESTS));
    }

    pub(super) fn answered(&mut self, status: u16, text: &str, now: Timestamp) {
        self.is_asked = false;
        let found = if status == 200 { letters(text) } else { None };
        let Some(found) = found else {
            self.seq = 0;
            self.rest_until = now.plus(REST);
            return;
        };
        let before = self.cursor.and_then(|index| self.class(index));
        self.letters = Some(Rc::from(found));
        // The item under the cursor has moved on.
        if let Some(index) = self.cursor
            && self.class(index) != before
        {
            self.wanted_at = Some(now);
        }
    }

    pub(super) fn item_answered(&mut self, index: u64, status: u16, text: &str) {
        let page = if status == 200 { Page::parse(text) } else { None };
        let item = page.and_then(|page| page.items.into_iter().next());
        if self.cursor == Some(index)
            && let Some(item) = item.filter(|item| item.index == index)
        {
            self.item = Some(Box::new(item));
        }
    }

    /// When the letters are to be asked for; `None` while they are, and when they are those of the snapshot.
    pub(super) fn due_at(&self, snapshot: &Snapshot) -> Option<Timestamp> {
        let is_due = !self.is_asked && self.seq < snapshot.seq;
        // The end is shown at once; a server that could not answer is left alone for a while all the same.
        let is_end = snapshot.is_terminal() && self.seq > 0;
        is_due.then_some(if is_end { Timestamp::default() } else { self.rest_until })
    }

    pub(super) fn ask(&mut self, seq: u64, now: Timestamp) {
        self.is_asked = true;
        self.seq = seq;
        // What is large comes less often.
        self.rest_until = now.plus(Span::from_secs(if self.len() > 1_000 { 3 } else { 1 }));
    }

    pub(super) const fn wanted_at(&self) -> Option<Timestamp> {
        self.wanted_at
    }

    /// The item that is to be asked for now.
    pub(super) fn take_wanted(&mut self, now: Timestamp) -> Option<u64> {
        if self.wanted_at.is_none_or(|at| at > now) {
            return None;
        }
        self.wanted_at = None;
        self.cursor
    }
}

/// So long a cursor stays before its item is asked for: not for each cell that it passes.
const CURSOR_RESTS: Span = Span::from_millis(250);
