//! Rows of a flow itself: what was asked for, its items, how it stands and where each item does. Never decides anything, never
//! awaits: what one call writes is one commit, with what is written of its executions in the same turn.

use std::rc::Rc;

use cxpulse_core::audit::{Bound, Who};
use cxpulse_core::batch::{Batch, BatchOrder, Item, ItemId, Names, Standing};
use cxpulse_core::dispatch::Dispatch;
use cxpulse_core::id::RUN_MAX;
use cxpulse_core::outbox::Outbox;
use serde::{Deserialize, Serialize};
use worker::durable::State;
use worker::{SqlStorage, SqlStorageValue};

use super::ItemOpening;
use crate::object::execution::{Store as Book, TABLES as TABLES_OF_EXECUTIONS};
use crate::object::rows::{self, number, texts};
use crate::problem::Problem;

/// What storage has of a flow, and what is held of it in memory.
pub(super) struct Kept {
    pub(super) order: Rc<BatchOrder>,
    /// Where its API is served: links begin with it.
    pub(super) base: String,
    /// Of the body that opened it.
    pub(super) fingerprint: String,
    /// Who asked for it.
    pub(super) who: Who,
    pub(super) batch: Batch,
    pub(super) own: Own,
    /// What the tenant's directory was told of the flow itself. In a row of its own: it changes when nothing else does.
    pub(super) dispatch: Dispatch,
}

/// What is counted of the flow itself.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Own {
    /// Entries in its journal.
    pub(super) entries: u64,
    pub(super) outbox: Outbox,
    /// Notifications ever owed.
    pub(super) notices: u64,
    /// What was written down of those who change nothing.
    pub(super) bound: Bound,
}

/// The object's database.
pub(super) struct Store {
    sql: SqlStorage,
    /// Journal, records and notifications of the flow itself: among those of its executions, under a number that none has.
    pub(super) book: Book,
}

impl Store {
    pub(super) fn new(state: &State) -> Self {
        Self { sql: state.storage().sql(), book: Book::new(state, RUN_MAX.saturating_add(1)) }
    }

    /// What there is; `None` in an object that nothing was ever opened in, where not even a table is.
    pub(super) fn load(&self) -> Result<Option<Kept>, Problem> {
        if rows::read(&self.sql, "SELECT 1 FROM sqlite_master WHERE name = 'flow'", vec![])?.is_empty() {
            return Ok(None);
        }
        self.prepare()?;
        let query = r#"SELECT "order", base, fingerprint, who, standing, own FROM flow"#;
        let Some(row) = rows::read(&self.sql, query, vec![])?.into_iter().next() else { return Ok(None) };
        let [order, base, fingerprint, who, standing, own] = texts(row)?;
        let order: BatchOrder = serde_json::from_str(&order)?;
        let standing: Standing = serde_json::from_str(&standing)?;
        let mut items = self.items()?;
        let batch = Batch::restore(&order, standing, self.names()?, |index| {
            items.get_mut(usize::try_from(index).ok()?).and_then(Option::take)
        });
        let (who, own) = (serde_json::from_str(&who)?, serde_json::from_str(&own)?);
        let dispatch = self.book.dispatch()?;
        Ok(Some(Kept { order: Rc::new(order), base, fingerprint, who, batch, own, dispatch }))
    }

    /// Makes the tables where they are missing, those of its executions, too.
    pub(super) fn prepare(&self) -> Result<(), Problem> {
        for table in TABLES_OF_EXECUTIONS.into_iter().chain(TABLES) {
            self.sql.exec(table, None)?;
        }
        Ok(())
    }

    /// A new flow. Each line is an item as its opening has it.
    pub(super) fn create<'a>(
        &self,
        kept: &Kept,
        names: &[ItemId],
        mut lines: impl Iterator<Item = &'a str>,
    ) -> Result<(), Problem> {
        self.prepare()?;
        let mut first = 0_u64;
        for bunch in names.chunks(BUNCH) {
            let mut values: Vec<SqlStorageValue> = Vec::with_capacity(bunch.len().saturating_mul(3));
            for (index, name) in (first..).zip(bunch) {
                let line = lines.next().ok_or_else(|| Problem::Fault("an item of a batch is missing".into()))?;
                values.extend([number(index), name.as_str().into(), line.into()]);
            }
            first = first.saturating_add(u64::try_from(bunch.len()).unwrap_or(u64::MAX));
            let places = vec!["(?, ?, ?)"; bunch.len()].join(", ");
            self.sql.exec(&format!(r#"INSERT INTO item (id, name, "order") VALUES {places}"#), values)?;
        }
        let values = vec![
            serde_json::to_string(&*kept.order)?.into(),
            kept.base.as_str().into(),
            kept.fingerprint.as_str().into(),
            serde_json::to_string(&kept.who)?.into(),
            serde_json::to_string(kept.batch.standing())?.into(),
            serde_json::to_string(&kept.own)?.into(),
        ];
        let row =
            r#"INSERT INTO flow (id, "order", base, fingerprint, who, standing, own) VALUES (1, ?, ?, ?, ?, ?, ?)"#;
        self.sql.exec(row, values)?;
        Ok(())
    }

    /// How it stands, and where these items do.
    pub(super) fn save(&self, kept: &Kept, items: &[u32]) -> Result<(), Problem> {
        for index in items {
            let Some(item) = kept.batch.item(*index) else { continue };
            let values = vec![number((*index).into()), serde_json::to_string(item)?.into()];
            self.sql.exec("INSERT OR REPLACE INTO place (id, item) VALUES (?, ?)", values)?;
        }
        let values =
            vec![serde_json::to_string(kept.batch.standing())?.into(), serde_json::to_string(&kept.own)?.into()];
        self.sql.exec("UPDATE flow SET standing = ?, own = ?", values)?;
        Ok(())
    }

    /// What was asked for of an item.
    pub(super) fn item(&self, index: u32) -> Result<ItemOpening, Problem> {
        let query = r#"SELECT "order" FROM item WHERE id = ?"#;
        let text = rows::read_text(&self.sql, query, vec![number(index.into())])?;
        let text = text.ok_or_else(|| Problem::Fault("an item of a batch is missing".into()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The standing of an execution as it was saved: JSON with its machine in it; `None` of one that has not begun.
    pub(super) fn standing_of(&self, run: u32) -> Result<Option<String>, Problem> {
        let query = "SELECT state FROM execution WHERE id = ?";
        rows::read_text(&self.sql, query, vec![number(u64::from(run).saturating_add(1))])
    }

    /// Runs with news that the directory has not.
    pub(super) fn owing(&self) -> Result<Vec<u32>, Problem> {
        // The flow's own has the last number, and says for itself.
        let query = format!("SELECT id FROM dispatch WHERE {OWING} AND id <= ?");
        let rows = rows::read(&self.sql, &query, vec![number(u64::from(RUN_MAX).saturating_add(1))])?;
        let run = |row: Vec<SqlStorageValue>| {
            rows::numbers(&row).map(|[id]| u32::try_from(id.saturating_sub(1)).unwrap_or(u32::MAX))
        };
        rows.into_iter().map(run).collect()
    }

    fn names(&self) -> Result<Names, Problem> {
        let mut names = Vec::new();
        for row in self.sql.exec("SELECT name FROM item ORDER BY id", None)?.raw() {
            let [name] = texts(row?)?;
            names.push(ItemId::parse(name).map_err(|rule| Problem::Fault(rule.into()))?);
        }
        Ok(Names::new(&names))
    }

    /// By index; `None` of one that never changed.
    fn items(&self) -> Result<Vec<Option<Item>>, Problem> {
        let mut items = Vec::new();
        let rows = self.sql.exec("SELECT CAST(id AS TEXT), item FROM place ORDER BY id", None)?;
        for row in rows.raw() {
            let [id, item] = texts(row?)?;
            let index: usize = id.parse().map_err(|_| Problem::Fault("a row is not what was saved".into()))?;
            items.resize(index, None);
            items.push(Some(serde_json::from_str(&item)?));
        }
        Ok(items)
    }
}

const TABLES: [&str; 4] = [
    r#"CREATE TABLE IF NOT EXISTS flow
       (id INTEGER PRIMARY KEY CHECK (id = 1), "order" TEXT, base TEXT, fingerprint TEXT, who TEXT, standing TEXT,
        own TEXT)"#,
    // What was asked for never changes; where an item stands has a short row of its own.
    r#"CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT, "order" TEXT)"#,
    "CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, item TEXT)",
    "CREATE INDEX IF NOT EXISTS dispatch_owing ON dispatch (id)
     WHERE json_extract(state, '$.written') > json_extract(state, '$.arrived')",
];

/// What holds of an execution with news for the directory, in the very words of its index.
const OWING: &str = "json_extract(state, '$.written') > json_extract(state, '$.arrived')";

/// Items of one statement: the runtime binds a hundred values at most.
const BUNCH: usize = 33;
