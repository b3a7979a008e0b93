//! Rows of the `Tenant` object. Never decides anything, never awaits: what one call writes is one commit.
//!
//! Leases and results have rows of their own, for there may be many, and each changes alone.

use cxpulse_core::cache::CacheKey;
use cxpulse_core::gate::Gate;
use cxpulse_core::json::Json;
use cxpulse_core::limiter::Lease;
use cxpulse_core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::durable::State;
use worker::{SqlStorage, console_error};

use super::places::Places;
use crate::object::rows::{self, instant, number};
use crate::problem::Problem;

/// The object's database.
pub(super) struct Store {
    sql: SqlStorage,
}

/// A result's dates.
pub(super) struct Dates {
    pub(super) key: CacheKey,
    pub(super) stored_at: Timestamp,
    pub(super) fresh_until: Timestamp,
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

    /// The gate without its leases; `None` where none was saved, or none that can be read.
    pub(super) fn gate(&self) -> Result<Option<Gate>, Problem> {
        self.state(GATE)
    }

    pub(super) fn save_gate(&self, gate: &Gate) -> Result<(), Problem> {
        self.save_state(GATE, gate)
    }

    pub(super) fn places(&self) -> Result<Option<Places>, Problem> {
        self.state(PLACES)
    }

    pub(super) fn save_places(&self, places: &Places) -> Result<(), Problem> {
        self.save_state(PLACES, places)
    }

    /// Whose account what is kept was learned with; `None` where nobody noted it.
    pub(super) fn account(&self) -> Result<Option<String>, Problem> {
        self.state(ACCOUNT)
    }

    /// The tenant stands for another account: what was had of the one before is of no use.
    pub(super) fn change_account(&self, account: &String) -> Result<(), Problem> {
        self.sql.exec("DELETE FROM result", None)?;
        self.sql.exec("DELETE FROM standing WHERE name = ?", vec![PLACES.into()])?;
        self.save_state(ACCOUNT, account)
    }

    pub(super) fn leases(&self) -> Result<Vec<Lease>, Problem> {
        let rows = rows::read(&self.sql, "SELECT until, number FROM lease", vec![])?;
        let lease = |row: &Vec<_>| {
            let [until, number] = rows::numbers(row)?;
            Ok(Lease { until: Timestamp::from_millis(until), number })
        };
        rows.iter().map(lease).collect()
    }

    pub(super) fn add_lease(&self, lease: Lease) -> Result<(), Problem> {
        let values = vec![instant(lease.until), number(lease.number)];
        self.sql.exec("INSERT OR REPLACE INTO lease (until, number) VALUES (?, ?)", values)?;
        Ok(())
    }

    pub(super) fn drop_lease(&self, lease: Lease) -> Result<(), Problem> {
        let values = vec![instant(lease.until), number(lease.number)];
        self.sql.exec("DELETE FROM lease WHERE until = ? AND number = ?", values)?;
        Ok(())
    }

    /// Drops those that end before `first`, the first that is out; all where none is.
    pub(super) fn drop_leases_before(&self, first: Option<Lease>) -> Result<(), Problem> {
        let until = first.map_or(Timestamp::MAX, |first| first.until);
        self.sql.exec("DELETE FROM lease WHERE until < ?", vec![instant(until)])?;
        Ok(())
    }

    /// What is in the cache, that used longest ago first, and the number of the latest use.
    pub(super) fn results(&self) -> Result<(Vec<Dates>, u64), Problem> {
        let query = "SELECT key FROM result ORDER BY used";
        let keys = rows::read(&self.sql, query, vec![])?;
        let query = "SELECT stored_at, fresh_until, used FROM result ORDER BY used";
        let rows = rows::read(&self.sql, query, vec![])?;
        let mut latest = 0;
        let mut results = Vec::with_capacity(rows.len());
        for (key, row) in keys.into_iter().zip(&rows) {
            let ([key], [stored_at, fresh_until, used]) = (rows::texts(key)?, rows::numbers(row)?);
            latest = used;
            results.extend(CacheKey::parse(&key).map(|key| Dates {
                key,
                stored_at: Timestamp::from_millis(stored_at),
                fresh_until: Timestamp::from_millis(fresh_until),
            }));
        }
        Ok((results, latest))
    }

    pub(super) fn result(&self, key: CacheKey) -> Result<Option<Json>, Problem> {
        let query = "SELECT body FROM result WHERE key = ?";
        let text = rows::read_text(&self.sql, query, vec![key.to_string().into()])?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub(super) fn save_result(&self, dates: &Dates, used: u64, result: &Json) -> Result<(), Problem> {
        let values = vec![
            dates.key.to_string().into(),
            instant(dates.stored_at),
            instant(dates.fresh_until),
            number(used),
            result.as_str().into(),
        ];
        let row = "INSERT OR REPLACE INTO result (key, stored_at, fresh_until, used, body) VALUES (?, ?, ?, ?, ?)";
        self.sql.exec(row, values)?;
        Ok(())
    }

    pub(super) fn note_use(&self, key: CacheKey, used: u64) -> Result<(), Problem> {
        self.sql.exec("UPDATE result SET used = ? WHERE key = ?", vec![number(used), key.to_string().into()])?;
        Ok(())
    }

    pub(super) fn drop_result(&self, key: CacheKey) -> Result<(), Problem> {
        self.sql.exec("DELETE FROM result WHERE key = ?", vec![key.to_string().into()])?;
        Ok(())
    }

    /// A state that cannot be read is worth less than a tenant that can go on: it is logged, and learned anew.
    fn state<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let query = "SELECT state FROM standing WHERE name = ?";
        let text = rows::read_text(&self.sql, query, vec![name.into()])?;
        Ok(text.and_then(|text| {
            let read = serde_json::from_str(&text);
            // Why is not said: a fault's words may quote what was read, and a token is in there.
            read.inspect_err(|_| console_error!("the tenant's {name} cannot be read")).ok()
        }))
    }

    fn save_state(&self, name: &str, state: &impl Serialize) -> Result<(), Problem> {
        let values = vec![name.into(), serde_json::to_string(state)?.into()];
        self.sql.exec("INSERT OR REPLACE INTO standing (name, state) VALUES (?, ?)", values)?;
        Ok(())
    }
}

const GATE: &str = "gate";

const PLACES: &str = "places";

const ACCOUNT: &str = "account";

const TABLES: [&str; 4] = [
    // Of versions before the gate, which kept nothing but a token.
    "DROP TABLE IF EXISTS credentials",
    "CREATE TABLE IF NOT EXISTS standing (name TEXT PRIMARY KEY, state TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS lease (until INTEGER, number INTEGER, PRIMARY KEY (until, number)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS result
     (key TEXT PRIMARY KEY, stored_at INTEGER, fresh_until INTEGER, used INTEGER, body TEXT)",
];
