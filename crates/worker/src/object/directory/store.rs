//! Rows of the `Directory` object. Never decides anything, never awaits: what one call writes is one commit.
//!
//! Every list is read by an index that has its order, so a page costs what it shows, however long the list is.

use std::collections::BTreeMap;

use cxpulse_core::audit::Record;
use cxpulse_core::dispatch::Taken;
use cxpulse_core::id::TenantId;
use cxpulse_core::listing::Listing;
use cxpulse_core::time::Timestamp;
use serde::Serialize;
use worker::durable::State;
use worker::{SqlStorage, SqlStorageValue};

use super::message::{Listed, Told};
use crate::object::rows::{self, instant, number};
use crate::problem::Problem;

/// The object's database.
pub(super) struct Store {
    sql: SqlStorage,
}

impl Store {
    pub(super) fn new(state: &State) -> Self {
        Self { sql: state.storage().sql() }
    }

    /// Makes the tables where they are missing.
    pub(super) fn prepare(&self) -> Result<(), Problem> {
        for table in TABLES {
            self.sql.exec(table, None)?;
        }
        Ok(())
    }

    /// What was taken of each, by its id; nothing of one that is not known.
    pub(super) fn taken(&self, told: &[Told]) -> Result<BTreeMap<String, Taken>, Problem> {
        let ids: Vec<_> = told.iter().map(|told| told.listing.id()).collect();
        let ids = serde_json::to_string(&ids)?;
        // Ids of executions, batches and chains begin otherwise.
        let of = |table| {
            format!(
                "SELECT id, CAST(created AS TEXT), CAST(taken AS TEXT) FROM {table}
                 WHERE id IN (SELECT value FROM json_each(?1))"
            )
        };
        let query = LISTED.map(of).join(" UNION ALL ");
        let taken = |row: Vec<SqlStorageValue>| {
            let [id, created, last] = rows::texts(row)?;
            let number = |text: &str| text.parse().map_err(|_| Problem::Fault("a row is not what was saved".into()));
            Ok((id, Taken { created_at: Timestamp::from_millis(number(&created)?), last: number(&last)? }))
        };
        rows::read(&self.sql, &query, vec![ids.into()])?.into_iter().map(taken).collect()
    }

    /// Drops one whose place another is about to take.
    pub(super) fn drop_listing(&self, listed: &Listed) -> Result<(), Problem> {
        let id = listed.id();
        if let Some(table) = table_of(listed) {
            self.sql.exec(&format!("DELETE FROM {table} WHERE id = ?"), vec![id.into()])?;
            return Ok(());
        }
        let tags = "DELETE FROM tag WHERE (tag, created, id) IN
                    (SELECT value, created, listing.id FROM listing, json_each(listing, '$.tags') WHERE listing.id = ?)";
        self.sql.exec(tags, vec![id.into()])?;
        self.sql.exec("DELETE FROM listing WHERE id = ?", vec![id.into()])?;
        Ok(())
    }

    /// How each stands. An execution's labels never change, and have rows of their own from the first time on.
    pub(super) fn save<'a>(&self, told: impl Iterator<Item = &'a Told>) -> Result<(), Problem> {
        let (mut listings, mut tags) = (Vec::new(), Vec::new());
        for Told { listing, over_at, last, .. } in told {
            match listing {
                Listed::Batch(flow) => self.save_flow(listing, flow, *over_at, *last)?,
                Listed::Chain(flow) => self.save_flow(listing, flow, *over_at, *last)?,
                Listed::History(flow) => self.save_flow(listing, flow, *over_at, *last)?,
                Listed::Execution(listing) => {
                    listings.extend(listing_row(listing, *over_at, *last)?);
                    let (id, created) = (listing.id.as_str(), listing.created_at.0);
                    tags.extend(listing.tags.iter().flat_map(|tag| [tag.as_str().into(), instant(created), id.into()]));
                }
            }
        }
        rows::insert(&self.sql, "INSERT OR IGNORE INTO tag (tag, created, id)", 3, tags)?;
        let head = "INSERT OR REPLACE INTO listing (id, created, over, status, outcome, correlation, taken, listing)";
        rows::insert(&self.sql, head, 8, listings)
    }

    fn save_flow(
        &self,
        listed: &Listed,
        shown: &impl Serialize,
        over_at: Timestamp,
        taken: u64,
    ) -> Result<(), Problem> {
        let Some(table) = table_of(listed) else { return Ok(()) };
        let values = vec![
            listed.id().into(),
            instant(listed.created_at()),
            instant(over_at),
            number(taken),
            serde_json::to_string(shown)?.into(),
        ];
        let row = format!("INSERT OR REPLACE INTO {table} (id, created, over, taken, listing) VALUES (?, ?, ?, ?, ?)");
        self.sql.exec(&row, values)?;
        Ok(())
    }

    /// More records, each with its JSON.
    pub(super) fn add_records<'a>(&self, records: impl Iterator<Item = (&'a Record, &'a str)>) -> Result<(), Problem> {
        let values = records.flat_map(|(record, text)| {
            [
                instant(record.at.0),
                subject_of(record).into(),
                number(record.number),
                record.kind.name().into(),
                record.who.to_string().into(),
                text.into(),
            ]
        });
        rows::insert(&self.sql, "INSERT OR REPLACE INTO record (at, execution, number, kind, who, record)", 6, values)
    }

    /// The number of the next record that is about no execution.
    pub(super) fn next_number(&self) -> Result<u64, Problem> {
        let next = "INSERT INTO numbering (id, last) VALUES (1, 1)
                    ON CONFLICT (id) DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.number(next, vec![])?.unwrap_or(1))
    }

    /// Whose directory this is, as it was told last.
    pub(super) fn tenant(&self) -> Result<Option<TenantId>, Problem> {
        let text = rows::read_text(&self.sql, "SELECT tenant FROM owner", vec![])?;
        Ok(text.and_then(|text| TenantId::parse(text).ok()))
    }

    pub(super) fn note_tenant(&self, tenant: &TenantId) -> Result<(), Problem> {
        self.sql.exec("INSERT OR IGNORE INTO owner (id, tenant) VALUES (1, ?)", vec![tenant.as_str().into()])?;
        Ok(())
    }

    /// From when on the retention counts of that execution whose retention ends first.
    pub(super) fn oldest_listing(&self) -> Result<Option<Timestamp>, Problem> {
        let oldest = "SELECT min(over) FROM (SELECT min(over) AS over FROM listing
                      UNION ALL SELECT min(over) FROM batch UNION ALL SELECT min(over) FROM chain
                      UNION ALL SELECT min(over) FROM history)";
        Ok(self.number(oldest, vec![])?.map(Timestamp::from_millis))
    }

    /// How many executions have not ended.
    pub(super) fn active(&self) -> Result<u64, Problem> {
        Ok(self.number("SELECT count(*) FROM listing WHERE outcome IS NULL", vec![])?.unwrap_or_default())
    }

    /// When the oldest record is of.
    pub(super) fn oldest_record(&self) -> Result<Option<Timestamp>, Problem> {
        let at = self.number("SELECT at FROM record ORDER BY at LIMIT 1", vec![])?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Drops executions that were over at `until` or before, the oldest first, about [`PRUNE_MAX`] of them.
    pub(super) fn prune_listings(&self, until: Timestamp) -> Result<(), Problem> {
        for table in ["batch", "chain", "history"] {
            self.sql.exec(&format!("DELETE FROM {table} WHERE over <= ?"), vec![instant(until)])?;
        }
        let step = "SELECT max(over) FROM (SELECT over FROM listing WHERE over <= ? ORDER BY over LIMIT ?)";
        let Some(until) = self.number(step, vec![instant(until), number(PRUNE_MAX)])? else { return Ok(()) };
        let tags = "DELETE FROM tag WHERE (tag, created, id) IN
                    (SELECT value, created, listing.id FROM listing, json_each(listing, '$.tags') WHERE over <= ?)";
        self.sql.exec(tags, vec![number(until)])?;
        self.sql.exec("DELETE FROM listing WHERE over <= ?", vec![number(until)])?;
        Ok(())
    }

    /// Drops records of `until` or before, the oldest first, about [`PRUNE_MAX`] of them.
    pub(super) fn prune_records(&self, until: Timestamp) -> Result<(), Problem> {
        let step = "SELECT max(at) FROM (SELECT at FROM record WHERE at <= ? ORDER BY at LIMIT ?)";
        let Some(until) = self.number(step, vec![instant(until), number(PRUNE_MAX)])? else { return Ok(()) };
        self.sql.exec("DELETE FROM record WHERE at <= ?", vec![number(until)])?;
        Ok(())
    }

    /// Pairs of texts: of each row its place, which a cursor is made of, and what is shown of it.
    pub(super) fn pairs(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<[String; 2]>, Problem> {
        rows::read(&self.sql, query, values)?.into_iter().map(rows::texts).collect()
    }

    /// The one number of the first row; `None` where there is no row, or nothing in it.
    fn number(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<u64>, Problem> {
        let row = rows::read(&self.sql, query, values)?.into_iter().next();
        match row.as_deref() {
            None | Some([SqlStorageValue::Null]) => Ok(None),
            Some(row) => rows::numbers(row).map(|[number]| Some(number)),
        }
    }
}

const TABLES: [&str; 25] = [
    "CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY CHECK (id = 1), tenant TEXT)",
    "CREATE TABLE IF NOT EXISTS listing
     (id TEXT PRIMARY KEY, created INTEGER, over INTEGER, status TEXT, outcome TEXT, correlation TEXT, taken INTEGER,
      listing TEXT)",
    "CREATE INDEX IF NOT EXISTS listing_created ON listing (created, id)",
    "CREATE INDEX IF NOT EXISTS listing_status ON listing (status, created, id)",
    "CREATE INDEX IF NOT EXISTS listing_outcome ON listing (outcome, created, id) WHERE outcome IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS listing_active ON listing (id) WHERE outcome IS NULL",
    "CREATE INDEX IF NOT EXISTS listing_over ON listing (over)",
    "CREATE INDEX IF NOT EXISTS listing_dead ON listing (created, id) WHERE json_extract(listing, '$.dead_letters') > 0",
    "CREATE INDEX IF NOT EXISTS listing_correlation ON listing (correlation, created, id)",
    "CREATE TABLE IF NOT EXISTS tag (tag TEXT, created INTEGER, id TEXT, PRIMARY KEY (tag, created, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS record
     (at INTEGER, execution TEXT, number INTEGER, kind TEXT, who TEXT, record TEXT,
      PRIMARY KEY (at, execution, number)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS numbering (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER)",
    "CREATE TABLE IF NOT EXISTS batch (id TEXT PRIMARY KEY, created INTEGER, over INTEGER, taken INTEGER, listing TEXT)",
    "CREATE INDEX IF NOT EXISTS batch_created ON batch (created, id)",
    "CREATE INDEX IF NOT EXISTS batch_dead ON batch (created, id) WHERE json_extract(listing, '$.dead_letters') > 0",
    "CREATE INDEX IF NOT EXISTS batch_over ON batch (over)",
    "CREATE TABLE IF NOT EXISTS chain (id TEXT PRIMARY KEY, created INTEGER, over INTEGER, taken INTEGER, listing TEXT)",
    "CREATE INDEX IF NOT EXISTS chain_created ON chain (created, id)",
    "CREATE INDEX IF NOT EXISTS chain_dead ON chain (created, id) WHERE json_extract(listing, '$.dead_letters') > 0",
    "CREATE INDEX IF NOT EXISTS chain_over ON chain (over)",
    "CREATE TABLE IF NOT EXISTS history (id TEXT PRIMARY KEY, created INTEGER, over INTEGER, taken INTEGER, listing TEXT)",
    "CREATE INDEX IF NOT EXISTS history_created ON history (created, id)",
    "CREATE INDEX IF NOT EXISTS history_dead ON history (created, id) WHERE json_extract(listing, '$.dead_letters') > 0",
    "CREATE INDEX IF NOT EXISTS history_over ON history (over)",
    "CREATE INDEX IF NOT EXISTS record_execution ON record (execution, at, number)",
];

/// How an execution stands, as its row has it.
fn listing_row(listing: &Listing, over_at: Timestamp, taken: u64) -> Result<[SqlStorageValue; 8], Problem> {
    Ok([
        listing.id.as_str().into(),
        instant(listing.created_at.0),
        instant(over_at),
        listing.status.name().into(),
        listing.outcome.map_or(SqlStorageValue::Null, |outcome| outcome.name().into()),
        listing.correlation_id.as_str().into(),
        number(taken),
        serde_json::to_string(listing)?.into(),
    ])
}

/// Where a flow is listed; `None` of an execution.
const fn table_of(listed: &Listed) -> Option<&'static str> {
    match listed {
        Listed::Execution(_) => None,
        Listed::Batch(_) => Some("batch"),
        Listed::Chain(_) => Some("chain"),
        Listed::History(_) => Some("history"),
    }
}

/// What a record is about: an execution, a batch, a chain, or none of them.
fn subject_of(record: &Record) -> &str {
    let flow = record.flow.as_ref().map(|id| id.as_str());
    record.execution.as_ref().map(|id| id.as_str()).or(flow).unwrap_or_default()
}

/// What holds of an execution, a batch or a chain with dead letters, in the very words of its index.
pub(super) const DEAD: &str = "json_extract(listing, '$.dead_letters') > 0";

/// The tables of what is listed.
pub(super) const LISTED: [&str; 4] = ["listing", "batch", "chain", "history"];

/// Rows of one kind that go at a time.
const PRUNE_MAX: u64 = 1_000;
