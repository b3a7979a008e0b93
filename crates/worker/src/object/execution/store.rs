//! Rows of one execution in its object, which may hold others. Never decides anything, never awaits: what one call writes is
//! one commit.
//!
//! The row of the execution is written last: should a write before it have been the last one ever, its leftovers lie
//! past the counters of the row, and are overwritten.
//!
//! Executions that share an object share its tables. A row's key begins with the number of its execution, so that the rows
//! of one lie together; those of number 0 have the keys that they had before executions shared anything.

use std::rc::Rc;

use cxpulse_core::audit::{Bound, Record};
use cxpulse_core::callback::Inbox;
use cxpulse_core::dispatch::Dispatch;
use cxpulse_core::execution::{Execution, Order};
use cxpulse_core::journal::Entry;
use cxpulse_core::limiter::Lease;
use cxpulse_core::outbox::{Letter, Outbox};
use serde::{Deserialize, Serialize};
use worker::durable::State;
use worker::{SqlStorage, SqlStorageValue};

use crate::object::rows::{self, number, texts};
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

/// Its part of the object's database.
pub(in crate::object) struct Store {
    sql: SqlStorage,
    /// Its number among the executions of the object.
    run: u32,
}

impl Store {
    pub(in crate::object) fn new(state: &State, run: u32) -> Self {
        Self { sql: state.storage().sql(), run }
    }

    /// What there is; `None` in an object that nothing was ever opened in, where not even a table is.
    pub(super) fn load(&self) -> Result<Option<Kept>, Problem> {
        if rows::read(&self.sql, "SELECT 1 FROM sqlite_master WHERE name = 'execution'", vec![])?.is_empty() {
            return Ok(None);
        }
        let query = r#"SELECT "order", base, fingerprint, state FROM execution WHERE id = ?"#;
        let Some(row) = rows::read(&self.sql, query, vec![self.id()])?.into_iter().next() else { return Ok(None) };
        let [order, base, fingerprint, state] = texts(row)?;
        // One that an earlier version opened has fewer tables.
        self.prepare()?;
        let sealed = rows::read_text(&self.sql, "SELECT text FROM sealed WHERE id = ?", vec![self.id()])?;
        Ok(Some(Kept {
            order: Rc::new(serde_json::from_str(&order)?),
            base,
            fingerprint,
            sealed,
            standing: serde_json::from_str(&state)?,
            dispatch: self.dispatch()?,
        }))
    }

    /// What the directory was told; nothing where there is no row.
    pub(in crate::object) fn dispatch(&self) -> Result<Dispatch, Problem> {
        let state = rows::read_text(&self.sql, "SELECT state FROM dispatch WHERE id = ?", vec![self.id()])?;
        Ok(state.map(|state| serde_json::from_str(&state)).transpose()?.unwrap_or_default())
    }

    /// Makes the tables where they are missing.
    pub(super) fn prepare(&self) -> Result<(), Problem> {
        for table in TABLES {
            self.sql.exec(table, None)?;
        }
        Ok(())
    }

    /// A new execution with the first entry of its journal, and its first records. The tables are there.
    pub(super) fn create(&self, kept: &Kept, entry: &Entry, records: &[Record]) -> Result<(), Problem> {
        self.append(entry.number, entry)?;
        self.log(records, &kept.dispatch)?;
        if let Some(sealed) = &kept.sealed {
            let values = vec![self.id(), sealed.as_str().into()];
            self.sql.exec("INSERT OR REPLACE INTO sealed (id, text) VALUES (?, ?)", values)?;
        }
        let values = vec![
            self.id(),
            serde_json::to_string(&*kept.order)?.into(),
            kept.base.as_str().into(),
            kept.fingerprint.as_str().into(),
            serde_json::to_string(&kept.standing)?.into(),
        ];
        let row = r#"INSERT OR REPLACE INTO execution (id, "order", base, fingerprint, state) VALUES (?, ?, ?, ?, ?)"#;
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
            self.append(entry.number, entry)?;
        }
        if let Some(logged) = logged.filter(|logged| !logged.records.is_empty()) {
            self.log(&logged.records, &logged.dispatch)?;
        }
        for notice in notices {
            self.owe(notice)?;
        }
        let values = vec![serde_json::to_string(next)?.into(), self.id()];
        self.sql.exec("UPDATE execution SET state = ? WHERE id = ?", values)?;
        Ok(())
    }

    /// Forgets the originals of the order.
    pub(super) fn erase_sealed(&self) -> Result<(), Problem> {
        self.sql.exec("DELETE FROM sealed WHERE id = ?", vec![self.id()])?;
        Ok(())
    }

    /// Journal entries after a number, as JSON texts, each in one line: at most `limit`, and no more than fit a page.
    pub(in crate::object) fn entries(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let query = "SELECT entry FROM journal WHERE number > ? AND number <= ? ORDER BY number LIMIT ?";
        let cursor = self.sql.exec(query, vec![self.key(after), self.last_key(), number(limit)])?;
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
    pub(in crate::object) fn log(&self, records: &[Record], dispatch: &Dispatch) -> Result<(), Problem> {
        for record in records {
            let values = vec![self.key(record.number), serde_json::to_string(record)?.into()];
            self.sql.exec("INSERT OR REPLACE INTO record (number, record) VALUES (?, ?)", values)?;
        }
        let values = vec![self.id(), serde_json::to_string(dispatch)?.into()];
        self.sql.exec("INSERT OR REPLACE INTO dispatch (id, state) VALUES (?, ?)", values)?;
        Ok(())
    }

    /// Records after a number, as JSON texts, each in one line: at most `limit`.
    pub(in crate::object) fn records(&self, after: u64, limit: u64) -> Result<Vec<String>, Problem> {
        let query = "SELECT record FROM record WHERE number > ? AND number <= ? ORDER BY number LIMIT ?";
        let rows = rows::read(&self.sql, query, vec![self.key(after), self.last_key(), number(limit)])?;
        rows.into_iter().map(|row| texts(row).map(|[record]| record)).collect()
    }

    /// One more entry of a journal, of that number.
    pub(in crate::object) fn append(&self, of: u64, entry: &impl Serialize) -> Result<(), Problem> {
        // Line ends part JSON's tokens only, and would part the lines of the log.
        let text = serde_json::to_string(entry)?.replace(['\r', '\n'], " ");
        let values = vec![self.key(of), text.into()];
        self.sql.exec("INSERT OR REPLACE INTO journal (number, entry) VALUES (?, ?)", values)?;
        Ok(())
    }

    /// The key of the one row that it has in a table.
    fn id(&self) -> SqlStorageValue {
        number(u64::from(self.run).saturating_add(1))
    }

    /// The key of a row of which it has many.
    fn key(&self, of: u64) -> SqlStorageValue {
        number((u64::from(self.run) << NUMBER_BITS) | of.min(NUMBER_MAX))
    }

    /// The last key that any such row can have.
    fn last_key(&self) -> SqlStorageValue {
        self.key(NUMBER_MAX)
    }
}

/// What every execution's rows are in.
pub(in crate::object) const TABLES: [&str; 7] = [
    r#"CREATE TABLE IF NOT EXISTS execution
       (id INTEGER PRIMARY KEY, "order" TEXT, base TEXT, fingerprint TEXT, state TEXT)"#,
    "CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, entry TEXT)",
    "CREATE TABLE IF NOT EXISTS sealed (id INTEGER PRIMARY KEY, text TEXT)",
    "CREATE TABLE IF NOT EXISTS notice (number INTEGER PRIMARY KEY, body TEXT)",
    "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, record TEXT)",
    "CREATE TABLE IF NOT EXISTS dispatch (id INTEGER PRIMARY KEY, state TEXT)",
    "CREATE TABLE IF NOT EXISTS letter (number INTEGER PRIMARY KEY, letter TEXT)",
];

/// Bits of a key that number a row within its execution; an execution's own number stands above them. With 10,000,000 of
/// those, keys stay below 2^53.
const NUMBER_BITS: u32 = 28;

/// Entries, records and notifications of an execution: its bounds leave it far below.
const NUMBER_MAX: u64 = (1 << NUMBER_BITS) - 1;

/// Bytes after which a page of the journal is full: entries may hold results of 1 MiB.
const PAGE_BYTES: usize = 4_194_304;
