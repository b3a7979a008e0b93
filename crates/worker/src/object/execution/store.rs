//! Rows of the `Execution` object. Never decides anything, never awaits: what one call writes is one commit.
//!
//! The row of the execution is written last: should a write before it have been the last one ever, its leftovers lie
//! past the counters of the row, and are overwritten.

use std::rc::Rc;

use cxpulse_core::audit::{Bound, Record};
use cxpulse_core::callback::Inbox;
use cxpulse_core::dispatch::Dispatch;
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::journal::Entry;
use cxpulse_core::limiter::Lease;
use cxpulse_core::outbox::{Letter, Outbox};
use serde::{Deserialize, Serialize};
use worker::SqlStorage;
use worker::durable::State;

use crate::clock;
use crate::object::rows::{self, number, texts};
use crate::problem::Problem;

mod letters;

/// What storage has of an execution.
pub(super) struct Kept {
    pub(super) order: Rc<Order>,
    /// Where its API is served: links begin with it.
    pub(super) base: String,
    /// Of the body that opened it.
    pub(super) fingerprint: String,
    /// What the order has `[redacted]` for, sealed; `None` where there is nothing of the kind, and once no call needs it.
    pub(super) sealed: Option<String>,
    pub(super) standing: Standing,
    /// What the tenant's directory was told. In a row of its own: it changes when nothing else does.
    pub(super) dispatch: Dispatch,
}

/// The part that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub(super) execution: Execution,
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
pub(super) struct Notice {
    pub(super) letter: Letter,
    pub(super) body: String,
}

/// Records of the audit log that are written together, and where the dispatch stands with them.
pub(super) struct Logged {
    pub(super) records: Vec<Record>,
    pub(super) dispatch: Dispatch,
}

/// The object's database.
pub(super) struct Store {
    sql: SqlStorage,
}

impl Store {
    pub(super) fn new(state: &State) -> Self {
        Self { sql: state.storage().sql() }
    }

    /// What there is; `None` in an object that nothing was ever opened in, where not even a table is.
    pub(super) fn load(&self) -> Result<Option<Kept>, Problem> {
        if rows::read(&self.sql, "SELECT 1 FROM sqlite_master WHERE name = 'execution'", vec![])?.is_empty() {
            return Ok(None);
        }
        let rows = rows::read(&self.sql, r#"SELECT "order", base, fingerprint, state FROM execution"#, vec![])?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let [order, base, fingerprint, state] = texts(row)?;
        // One that an earlier version opened has fewer tables.
        self.prepare()?;
        let dispatch = rows::read_text(&self.sql, "SELECT state FROM dispatch", vec![])?;
        let sealed = rows::read_text(&self.sql, "SELECT text FROM sealed", vec![])?;
        Ok(Some(Kept {
            order: Rc::new(serde_json::from_str(&order)?),
            base,
            fingerprint,
            sealed,
            standing: serde_json::from_str(&state)?,
            dispatch: dispatch.map(|state| serde_json::from_str(&state)).transpose()?.unwrap_or_default(),
        }))
    }

    fn prepare(&self) -> Result<(), Problem> {
        for table in TABLES {
            self.sql.exec(table, None)?;
        }
        Ok(())
    }

    /// A new execution with the first entry of its journal, and its first records.
    pub(super) fn create(&self, kept: &Kept, entry: &Entry, records: &[Record]) -> Result<(), Problem> {
        self.prepare()?;
        self.append(entry)?;
        self.log(records, &kept.dispatch)?;
        if let Some(sealed) = &kept.sealed {
            self.sql.exec("INSERT OR REPLACE INTO sealed (id, text) VALUES (1, ?)", vec![sealed.as_str().into()])?;
        }
        let values = vec![
            serde_json::to_string(&*kept.order)?.into(),
            kept.base.as_str().into(),
            kept.fingerprint.as_str().into(),
            serde_json::to_string(&kept.standing)?.into(),
        ];
        let row = r#"INSERT OR REPLACE INTO execution (id, "order", base, fingerprint, state) VALUES (1, ?, ?, ?, ?)"#;
        self.sql.exec(row, values)?;
        Ok(())
    }

    /// The next standing, with what led to it, what is to be told of it, and what it owes.
    pub(super) fn save(
        &self,
        next: &Standing,
        entry: Option<&Entry>,
        logged: Option<&Logged>,
        notices: &[Notice],
    ) -> Result<(), Problem> {
        if let Some(entry) = entry {
            self.append(entry)?;
        }
        if let Some(logged) = logged.filter(|logged| !logged.records.is_empty()) {
            self.log(&logged.records, &logged.dispatch)?;
        }
        for notice in notices {
            self.owe(notice)?;
        }
        self.sql.exec("UPDATE execution SET state = ?", vec![serde_json::to_string(next)?.into()])?;
        Ok(())
    }

    /// Deletes everything, the alarm too: the object is then as one that nothing was ever opened in.
    pub(super) fn wipe(&self, state: &State) -> Result<(), Problem> {
        clock::arm(state, None)?;
        // Not awaited: like an alarm, it is part of the same write as the rest.
        drop(state.storage().as_raw().delete_all()?);
        Ok(())
    }

    /// Forgets the originals of the order.
    pub(super) fn erase_sealed(&self) -> Result<(), Problem> {
        self.sql.exec("DELETE FROM sealed", None)?;
        Ok(())
    }

    /// Journal entries after a number, as JSON texts, each in one line: at most `limit`, and no more than fit a page.
    pub(super) fn entries(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let query = "SELECT entry FROM journal WHERE number > ? ORDER BY number LIMIT ?";
        let cursor = self.sql.exec(query, vec![number(after), number(limit)])?;
        let mut entries = Vec::new();
        let mut bytes = 0_usize;
        for row in cursor.raw() {
            let [entry] = texts(row?)?;
            bytes = bytes.saturating_add(entry.len());
            entries.push(entry);
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(entries)
    }

    /// Records, and where the dispatch stands with them.
    pub(super) fn log(&self, records: &[Record], dispatch: &Dispatch) -> Result<(), Problem> {
        for record in records {
            let values = vec![number(record.number), serde_json::to_string(record)?.into()];
            self.sql.exec("INSERT OR REPLACE INTO record (number, record) VALUES (?, ?)", values)?;
        }
        let values = vec![serde_json::to_string(dispatch)?.into()];
        self.sql.exec("INSERT OR REPLACE INTO dispatch (id, state) VALUES (1, ?)", values)?;
        Ok(())
    }

    /// Records after a number, as JSON texts, each in one line: at most `limit`.
    pub(super) fn records(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let query = "SELECT record FROM record WHERE number > ? ORDER BY number LIMIT ?";
        let rows = rows::read(&self.sql, query, vec![number(after), number(limit)])?;
        rows.into_iter().map(|row| texts(row).map(|[record]| record)).collect()
    }

    fn append(&self, entry: &Entry) -> Result<(), Problem> {
        // Line ends part JSON's tokens only, and would part the lines of the log.
        let text = serde_json::to_string(entry)?.replace(['\r', '\n'], " ");
        let values = vec![number(entry.number), text.into()];
        self.sql.exec("INSERT OR REPLACE INTO journal (number, entry) VALUES (?, ?)", values)?;
        Ok(())
    }
}

const TABLES: [&str; 7] = [
    r#"CREATE TABLE IF NOT EXISTS execution
       (id INTEGER PRIMARY KEY CHECK (id = 1), "order" TEXT, base TEXT, fingerprint TEXT, state TEXT)"#,
    "CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, entry TEXT)",
    "CREATE TABLE IF NOT EXISTS sealed (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT)",
    "CREATE TABLE IF NOT EXISTS notice (number INTEGER PRIMARY KEY, body TEXT)",
    "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, record TEXT)",
    "CREATE TABLE IF NOT EXISTS dispatch (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT)",
    "CREATE TABLE IF NOT EXISTS letter (number INTEGER PRIMARY KEY, letter TEXT)",
];

/// Bytes after which a page of the journal is full: entries may hold results of 1 MiB.
const PAGE_BYTES: usize = 4_194_304;
