//! What else a directory makes of the records that it takes: counts, and spans that leave for a collector. Both are written
//! with the records, so each counts once. Decides nothing: the core's `metrics`, `span` and `export` do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cxpulse_core::audit::Record;
use cxpulse_core::export::{BATCH_MAX, Exporter, Fate, QUEUE_MAX, Receipt};
use cxpulse_core::failure::parse_retry_after;
use cxpulse_core::id::TenantId;
use cxpulse_core::metrics::{SpanFate, Tally};
use cxpulse_core::span::{export_body, span_of};
use cxpulse_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use worker::SqlStorage;
use worker::durable::State;

use crate::clock;
use crate::config::{Collector, Settings};
use crate::http::{Connections, Outgoing};
use crate::object::rows::{self, instant, number, numbers, texts};
use crate::problem::Problem;

/// A tenant's counts and spans in their rows.
pub(super) struct Telemetry {
    sql: SqlStorage,
    /// Once read.
    exporter: RefCell<Option<Exporter>>,
    /// How many spans wait, once counted; `None` while rows change.
    waiting: Cell<Option<u64>>,
    connections: Connections,
}

/// The answer of `/metrics`: what was counted, since when, how many executions have not ended, and how many spans wait.
#[derive(Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) since: Timestamp,
    pub(crate) tally: Tally,
    pub(crate) active: u64,
    pub(crate) spans_waiting: u64,
}

/// Spans that leave together, and the number of the last of them.
struct Batch {
    last: u64,
    spans: Vec<String>,
}

impl Telemetry {
    pub(super) fn new(state: &State) -> Self {
        let sql = state.storage().sql();
        Self { sql, exporter: RefCell::new(None), waiting: Cell::new(None), connections: Connections::default() }
    }

    /// Makes the tables where they are missing. What is counted is counted from then on.
    pub(super) fn prepare(&self) -> Result<(), Problem> {
        for table in TABLES {
            self.sql.exec(table, None)?;
        }
        let row = "INSERT OR IGNORE INTO telemetry (id, since, exporter) VALUES (1, ?, '{}')";
        self.sql.exec(row, vec![instant(clock::now())])?;
        Ok(())
    }

    /// Takes in records that are new, in the write that saves them. What can fail but for the storage fails before it.
    pub(super) fn take<'a>(
        &self,
        collector: Option<&Collector>,
        records: impl Iterator<Item = &'a Record>,
    ) -> Result<(), Problem> {
        let now = clock::now();
        self.exporter()?;
        let (mut tally, mut spans) = (Tally::default(), Vec::new());
        for record in records {
            tally.count(record, now);
            spans.extend(collector.and_then(|_| span_of(record)));
        }
        if !spans.is_empty() {
            tally.spans(SpanFate::Dropped, self.queue(&spans)?);
            self.with_exporter(|exporter| exporter.queued(now))?;
        }
        self.add(&tally)
    }

    /// When spans are to leave.
    pub(super) fn next_wake_at(&self) -> Result<Option<Timestamp>, Problem> {
        self.exporter().map(|exporter| exporter.next_wake_at())
    }

    /// Sends what is due, one batch after the other, until nothing is.
    pub(super) async fn export(&self, settings: &Rc<Settings>, tenant: &TenantId) -> Result<(), Problem> {
        if self.next_wake_at()?.is_none() {
            return Ok(());
        }
        let Some(collector) = &settings.collector else { return self.forget_all() };
        while self.with_exporter(|exporter| exporter.take_due(clock::now()))? {
            let batch = self.batch()?;
            let receipt = match batch.spans.as_slice() {
                [] => Receipt { status: Some(200), ..Receipt::NONE },
                spans => self.send(collector, spans).await,
            };
            self.settle(&batch, receipt, seed_of(tenant))?;
        }
        Ok(())
    }

    /// Everything that was counted, beside how many executions have not ended.
    pub(super) fn counted(&self, active: u64) -> Result<Counted, Problem> {
        let mut tally = Tally::default();
        for row in rows::read(&self.sql, "SELECT series, CAST(count AS TEXT) FROM counter", vec![])? {
            let [series, count] = texts(row)?;
            tally.add(&series, count.parse().unwrap_or_default());
        }
        let since = self.number("SELECT since FROM telemetry")?;
        Ok(Counted { since: Timestamp::from_millis(since), tally, active, spans_waiting: self.waiting()? })
    }

    async fn send(&self, collector: &Collector, spans: &[String]) -> Receipt {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(collector.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())));
        let outgoing = Outgoing {
            method: "POST",
            url: &collector.url,
            headers: &headers,
            body: Some(&export_body(&collector.service, &collector.resource, spans)),
            timeout: cxpulse_core::export::EXPORT_PATIENCE,
            answer_max: ANSWER_MAX,
            refusal_max: 0,
        };
        let Ok(answer) = self.connections.exchange(&outgoing).await else { return Receipt::NONE };
        let retry_after = answer.retry_after.and_then(|value| parse_retry_after(&value, clock::now()));
        Receipt::read(answer.status, retry_after, &answer.body.unwrap_or_default())
    }

    fn settle(&self, batch: &Batch, receipt: Receipt, seed: u64) -> Result<(), Problem> {
        // Those that had to make room while they were under way count as dropped already.
        let sent = self.number(&format!("{WAITING} WHERE number <= {}", batch.last))?;
        let waiting = self.waiting()?;
        let is_more = waiting > sent;
        let fate = self.with_exporter(|exporter| exporter.exported(receipt, is_more, seed, clock::now()))?;
        let mut tally = Tally::default();
        match fate {
            Fate::Kept => return Ok(()),
            Fate::Refused => tally.spans(SpanFate::Rejected, sent),
            Fate::Taken { rejected } => {
                tally.spans(SpanFate::Rejected, rejected.min(sent));
                tally.spans(SpanFate::Exported, sent.saturating_sub(rejected));
            }
        }
        self.waiting.set(None);
        self.sql.exec("DELETE FROM span WHERE number <= ?", vec![number(batch.last)])?;
        self.waiting.set(Some(waiting.saturating_sub(sent)));
        self.add(&tally)
    }

    /// The oldest that wait.
    fn batch(&self) -> Result<Batch, Problem> {
        let query = "SELECT CAST(number AS TEXT), body FROM span ORDER BY number LIMIT ?";
        let mut batch = Batch { last: 0, spans: Vec::new() };
        for row in rows::read(&self.sql, query, vec![number(u64::from(BATCH_MAX))])? {
            let [number, body] = texts(row)?;
            batch.last = number.parse().unwrap_or_default();
            batch.spans.push(body);
        }
        Ok(batch)
    }

    /// Gives how many went, to make room.
    fn queue(&self, spans: &[String]) -> Result<u64, Problem> {
        let waiting = self.waiting()?.saturating_add(u64::try_from(spans.len()).unwrap_or(u64::MAX));
        self.waiting.set(None);
        rows::insert(&self.sql, "INSERT INTO span (body)", 1, spans.iter().map(|span| span.as_str().into()))?;
        let excess = waiting.saturating_sub(QUEUE_MAX);
        if excess > 0 {
            let oldest = "DELETE FROM span WHERE number IN (SELECT number FROM span ORDER BY number LIMIT ?)";
            self.sql.exec(oldest, vec![number(excess)])?;
        }
        self.waiting.set(Some(waiting.saturating_sub(excess)));
        Ok(excess)
    }

    /// Nobody wants them any more.
    fn forget_all(&self) -> Result<(), Problem> {
        self.sql.exec("DELETE FROM span", None)?;
        self.waiting.set(Some(0));
        self.with_exporter(|exporter| *exporter = Exporter::default())
    }

    fn add(&self, tally: &Tally) -> Result<(), Problem> {
        let series: Vec<_> = tally.series().collect();
        // In one statement, whatever their number. (`true` tells the parser that `ON` does not belong to a join.)
        let rows = "INSERT INTO counter (series, count) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
                    ON CONFLICT (series) DO UPDATE SET count = count + excluded.count";
        self.sql.exec(rows, vec![serde_json::to_string(&series)?.into()])?;
        Ok(())
    }

    /// Read once; what was under way before this process is not any more.
    fn exporter(&self) -> Result<Exporter, Problem> {
        if let Some(exporter) = *self.exporter.borrow() {
            return Ok(exporter);
        }
        let text = rows::read_text(&self.sql, "SELECT exporter FROM telemetry", vec![])?.unwrap_or_default();
        let mut exporter: Exporter = serde_json::from_str(&text)?;
        exporter.interrupted();
        self.exporter.replace(Some(exporter));
        Ok(exporter)
    }

    fn with_exporter<T>(&self, change: impl FnOnce(&mut Exporter) -> T) -> Result<T, Problem> {
        let before = self.exporter()?;
        let mut exporter = before;
        let done = change(&mut exporter);
        if exporter != before {
            let text = serde_json::to_string(&exporter)?;
            self.sql.exec("UPDATE telemetry SET exporter = ?", vec![text.into()])?;
            self.exporter.replace(Some(exporter));
        }
        Ok(done)
    }

    /// Counted once, and then kept: counting looks at every row.
    fn waiting(&self) -> Result<u64, Problem> {
        let waiting = self.waiting.get().map_or_else(|| self.number(WAITING), Ok)?;
        self.waiting.set(Some(waiting));
        Ok(waiting)
    }

    fn number(&self, query: &str) -> Result<u64, Problem> {
        let row = rows::read(&self.sql, query, vec![])?.into_iter().next().unwrap_or_default();
        let [found] = numbers(&row)?;
        Ok(found)
    }
}

/// Spreads the tries of tenants that lost the collector at the same time.
fn seed_of(tenant: &TenantId) -> u64 {
    tenant.as_str().bytes().fold(0, |seed, byte| seed.rotate_left(7) ^ u64::from(byte))
}

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS telemetry (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER, exporter TEXT)",
    "CREATE TABLE IF NOT EXISTS counter (series TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS span (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT)",
];

const WAITING: &str = "SELECT count(*) FROM span";

/// Bytes of a collector's answer.
const ANSWER_MAX: usize = 65_536;
