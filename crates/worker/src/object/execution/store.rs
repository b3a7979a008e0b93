//! Texts of one execution in its object, which may hold others. Never decides anything, never awaits: what one call writes is
//! one commit.

use std::cell::RefCell;
use std::rc::Rc;

use cxpulse_core::audit::{Bound, Record};
use cxpulse_core::callback::Inbox;
use cxpulse_core::dispatch::Dispatch;
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::journal::Entry;
use cxpulse_core::limiter::Lease;
use cxpulse_core::outbox::{Letter, Outbox};
use serde::{Deserialize, Serialize};

use crate::object::sheet::{Key, Part, Row, Sheet};
use crate::problem::Problem;

mod letters;

/// What storage has of an execution.
pub(in crate::object) struct Kept {
    pub(in crate::object) order: Rc<Order>,
    /// Where its API is served: links begin with it.
    pub(super) base: String,
    /// Of the body that opened it.
    pub(super) fingerprint: String,
    /// What the order has `[redacted]` for, sealed; `None` where there is nothing of the kind, and once no call needs it.
    pub(super) sealed: Option<String>,
    pub(in crate::object) standing: Standing,
    /// What the tenant's directory was told. In a row of its own: it changes when nothing else does.
    pub(super) dispatch: Dispatch,
}

/// The part that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::object) struct Standing {
    pub(in crate::object) execution: Execution,
    pub(super) outbox: Outbox,
    /// Entries in the journal.
    pub(super) entries: u64,
    /// Notifications ever owed.
    pub(super) notices: u64,
    /// What was written down of those who change nothing.
    #[serde(default)]
    pub(super) bound: Bound,
    /// The token that the latest call went out with.
    pub(super) token_version: u64,
    /// What a call under way was let go with, for whoever finds that it was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lease: Option<Lease>,
    /// Which callbacks were here.
    #[serde(default, skip_serializing_if = "Inbox::is_empty")]
    pub(super) inbox: Inbox,
}

/// A notification that is owed.
pub(in crate::object) struct Notice {
    pub(in crate::object) letter: Letter,
    pub(in crate::object) body: String,
}

/// Records of the audit log that are written together, and where the dispatch stands with them.
pub(super) struct Logged {
    pub(super) records: Vec<Record>,
    pub(super) dispatch: Dispatch,
}

/// What was asked for, and never changes.
#[derive(Serialize, Deserialize)]
struct Asked<O> {
    order: O,
    base: String,
    fingerprint: String,
}

/// Its part of what the object keeps.
pub(in crate::object) struct Store {
    sheet: Rc<Sheet>,
    /// Its number among the executions of the object.
    run: u32,
    /// Records that were written last, by number without a gap: the directory is to hear of them, and storage need not be asked.
    recent: RefCell<Vec<(u64, String)>>,
}

impl Store {
    pub(in crate::object) fn new(sheet: &Rc<Sheet>, run: u32) -> Self {
        Self { sheet: Rc::clone(sheet), run, recent: RefCell::default() }
    }

    /// What there is; `None` in an object that nothing was ever opened in.
    pub(super) fn load(&self) -> Result<Option<Kept>, Problem> {
        if !self.sheet.is_there()? {
            return Ok(None);
        }
        let Some(asked) = self.sheet.get(self.only(Part::Order))? else { return Ok(None) };
        let Some(standing) = self.sheet.get(self.only(Part::Standing))? else { return Ok(None) };
        let Asked { order, base, fingerprint } = serde_json::from_str(&asked)?;
        Ok(Some(Kept {
            order: Rc::new(order),
            base,
            fingerprint,
            sealed: self.sheet.get(self.only(Part::Sealed))?,
            standing: serde_json::from_str(&standing)?,
            dispatch: self.dispatch()?,
        }))
    }

    /// What the directory was told; nothing where there is none.
    pub(in crate::object) fn dispatch(&self) -> Result<Dispatch, Problem> {
        let state = self.sheet.get(self.only(Part::Dispatch))?;
        Ok(state.map(|state| serde_json::from_str(&state)).transpose()?.unwrap_or_default())
    }

    /// Makes room where there is none.
    pub(super) fn prepare(&self) -> Result<(), Problem> {
        self.sheet.prepare()
    }

    /// A new execution with the first entry of its journal, and its first records. There is room for it.
    pub(super) fn create(&self, kept: &Kept, entry: &Entry, records: &[Record]) -> Result<(), Problem> {
        let asked = Asked { order: &*kept.order, base: kept.base.clone(), fingerprint: kept.fingerprint.clone() };
        let mut rows = vec![
            (self.only(Part::Order), serde_json::to_string(&asked)?),
            (self.only(Part::Standing), serde_json::to_string(&kept.standing)?),
            self.entry(entry.number, entry)?,
        ];
        rows.extend(kept.sealed.clone().map(|sealed| (self.only(Part::Sealed), sealed)));
        rows.extend(self.logged(records, &kept.dispatch)?);
        self.sheet.put(rows)
    }

    /// The next standing, with what led to it, what is to be told of it, and what it owes.
    pub(super) fn save(
        &self,
        next: &Standing,
        entry: Option<&Entry>,
        logged: Option<&Logged>,
        notices: &[Notice],
    ) -> Result<(), Problem> {
        let mut rows = vec![(self.only(Part::Standing), serde_json::to_string(next)?)];
        if let Some(entry) = entry {
            rows.push(self.entry(entry.number, entry)?);
        }
        if let Some(logged) = logged.filter(|logged| !logged.records.is_empty()) {
            rows.extend(self.logged(&logged.records, &logged.dispatch)?);
        }
        self.sheet.put(rows)?;
        notices.iter().try_for_each(|notice| self.owe(notice))
    }

    /// Forgets the originals of the order.
    pub(super) fn erase_sealed(&self) -> Result<(), Problem> {
        self.sheet.remove(self.only(Part::Sealed))
    }

    /// Journal entries after a number, as JSON texts, each in one line: at most `limit`, and no more than fit a page.
    pub(in crate::object) fn entries(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        self.texts(Part::Entry, after, limit)
    }

    /// Records, and where the dispatch stands with them.
    pub(in crate::object) fn log(&self, records: &[Record], dispatch: &Dispatch) -> Result<(), Problem> {
        self.sheet.put(self.logged(records, dispatch)?)
    }

    /// Records after a number, as JSON texts, each in one line: at most `limit`.
    pub(in crate::object) fn records(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let recent = self.recent.borrow();
        if recent.first().is_some_and(|(first, _)| *first <= after.saturating_add(1)) {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let texts = recent.iter().filter(|(number, _)| *number > after).take(limit);
            return Ok(texts.map(|(_, text)| text.clone()).collect());
        }
        self.texts(Part::Record, after, limit)
    }

    /// The directory has them up to that number: nobody asks for those again.
    pub(in crate::object) fn told(&self, taken: u64) {
        self.recent.borrow_mut().retain(|(number, _)| *number > taken);
    }

    /// What is held in memory may be ahead of what is stored.
    pub(in crate::object) fn forget(&self) {
        self.recent.take();
    }

    /// One more entry of a journal, of that number.
    pub(in crate::object) fn append(&self, of: u64, entry: &impl Serialize) -> Result<(), Problem> {
        self.sheet.put([self.entry(of, entry)?])
    }

    fn entry(&self, of: u64, entry: &impl Serialize) -> Result<Row, Problem> {
        // Line ends part JSON's tokens only, and would part the lines of the log.
        let mut text = serde_json::to_string(entry)?;
        if text.contains('\n') || text.contains('\r') {
            text = text.replace(['\r', '\n'], " ");
        }
        Ok((Key::at(Part::Entry, self.run, of), text))
    }

    fn logged(&self, records: &[Record], dispatch: &Dispatch) -> Result<Vec<Row>, Problem> {
        let mut rows = Vec::with_capacity(records.len().saturating_add(1));
        for record in records {
            let text = serde_json::to_string(record)?;
            self.remember(record.number, &text);
            rows.push((Key::at(Part::Record, self.run, record.number), text));
        }
        rows.push((self.only(Part::Dispatch), serde_json::to_string(dispatch)?));
        Ok(rows)
    }

    fn remember(&self, number: u64, text: &str) {
        let mut recent = self.recent.borrow_mut();
        if recent.len() >= RECENT_MAX || recent.last().is_some_and(|(last, _)| last.saturating_add(1) != number) {
            recent.clear();
        }
        recent.push((number, text.into()));
    }

    fn texts(&self, part: Part, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let rows = self.sheet.after(Key::at(part, self.run, after), Key::last(part, self.run), limit)?;
        Ok(rows.into_iter().map(|(_, text)| text).collect())
    }

    /// Where the one text of a part is.
    const fn only(&self, part: Part) -> Key {
        Key::of(part, self.run)
    }
}

/// Records that are held in memory at most.
const RECENT_MAX: usize = 16;
