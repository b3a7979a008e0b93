//! The one table of an object that holds executions, or a flow with its executions: texts under keys. What one step changes is
//! written in one statement, for a statement costs more than its rows. Never knows what a text means, never awaits: what one
//! turn writes is one commit.
//!
//! A key says what part of what a text is: the number of the execution among those of the object, then the part, then a number
//! within both. So what is written of one execution lies together, and what is written of a new one lies at the end: a step
//! touches a few pages of the database, not one for each of its texts. The flow itself stands before its executions.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use cxpulse_core::id::RUN_MAX;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::durable::State;
use worker::{SqlStorage, SqlStorageValue};

use crate::object::rows::{self, number, numbers, texts};
use crate::problem::Problem;

#[wasm_bindgen]
extern "C" {
    /// An object's storage, for what the SDK has no words for.
    type Storage;

    #[wasm_bindgen(method, catch, js_name = "transactionSync")]
    fn transaction(this: &Storage, work: &mut dyn FnMut() -> Result<(), JsValue>) -> Result<JsValue, JsValue>;
}

/// What a text is. Numbers are part of what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::object) enum Part {
    /// What was asked for.
    Order = 1,
    /// How it stands.
    Standing = 2,
    /// What the directory was told.
    Dispatch = 3,
    /// What the order has `[redacted]` for.
    Sealed = 4,
    /// An entry of the journal.
    Entry = 5,
    /// A record of the audit log.
    Record = 6,
    /// The body of a notification.
    Notice = 7,
    /// What became of a notification.
    Letter = 8,
    /// Where a node of a flow stands.
    Place = 9,
    /// What a chain was given.
    Given = 10,
    /// A piece of the rows of a history.
    Piece = 11,
    /// Leases that pages of a history are asked for under.
    Leases = 12,
}

/// Where a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::object) struct Key(u64);

/// A text under its key.
pub(in crate::object) type Row = (Key, String);

/// The table.
pub(in crate::object) struct Sheet {
    pub(in crate::object) sql: SqlStorage,
    storage: Storage,
    /// Whether it is there, once that was looked for.
    is_there: Cell<bool>,
    /// What is to be written when the turn ends: of what is put twice, the latter.
    pending: RefCell<BTreeMap<Key, String>>,
    /// How many turns are under way, one within the other.
    turns: Cell<u32>,
    /// The number of the outermost turn in this process that is under way, or was last.
    number: Cell<u64>,
    /// Whether something failed in it: then it fails as a whole.
    has_failed: Cell<bool>,
    /// The number of the latest that failed; 0 where none did.
    failed: Cell<u64>,
}

impl Key {
    /// The only one of its part, or the first.
    pub(in crate::object) const fn of(part: Part, run: u32) -> Self {
        Self::at(part, run, 0)
    }

    /// The one of that number, which is at most [`NUMBER_MAX`].
    pub(in crate::object) const fn at(part: Part, run: u32, number: u64) -> Self {
        #[expect(clippy::as_conversions, reason = "the number of a variant, and a widening")]
        let (part, whose) = (part as u64, if run == FLOW_RUN { 0 } else { run as u64 + 1 });
        let number = if number < NUMBER_MAX { number } else { NUMBER_MAX };
        Self((whose << (PART_BITS + NUMBER_BITS)) | (part << NUMBER_BITS) | number)
    }

    /// The last that a part of an execution can have.
    pub(in crate::object) const fn last(part: Part, run: u32) -> Self {
        Self::at(part, run, NUMBER_MAX)
    }

    /// Which execution's it is; `None` where it is the flow's own.
    pub(in crate::object) const fn run(self) -> Option<u64> {
        (self.0 >> (PART_BITS + NUMBER_BITS)).checked_sub(1)
    }

    /// Its number within its part.
    pub(in crate::object) const fn number(self) -> u64 {
        self.0 & NUMBER_MAX
    }

    fn value(self) -> SqlStorageValue {
        number(self.0)
    }
}

impl Sheet {
    pub(in crate::object) fn new(state: &State) -> Self {
        let storage = state.storage();
        Self {
            sql: storage.sql(),
            storage: JsValue::clone(storage.as_raw()).unchecked_into(),
            is_there: Cell::new(false),
            pending: RefCell::default(),
            turns: Cell::new(0),
            number: Cell::new(0),
            has_failed: Cell::new(false),
            failed: Cell::new(0),
        }
    }

    /// Whether the object has it: one that nothing was ever opened in has nothing.
    pub(in crate::object) fn is_there(&self) -> Result<bool, Problem> {
        if !self.is_there.get() {
            let query = "SELECT 1 FROM sqlite_master WHERE name = 'sheet'";
            self.is_there.set(!rows::read(&self.sql, query, vec![])?.is_empty());
        }
        Ok(self.is_there.get())
    }

    /// Makes it where it is missing.
    pub(in crate::object) fn prepare(&self) -> Result<(), Problem> {
        if !self.is_there()? {
            rows::exec(&self.sql, "CREATE TABLE sheet (key INTEGER PRIMARY KEY, text TEXT)", None)?;
            rows::exec(&self.sql, &format!("CREATE INDEX sheet_owing ON sheet (key) WHERE {}", owing()), None)?;
            self.is_there.set(true);
        }
        Ok(())
    }

    /// Everything was deleted, the table, too.
    pub(in crate::object) fn gone(&self) {
        self.is_there.set(false);
    }

    /// Does what belongs together, of one execution or of a flow with several, and writes what it puts when the outermost of such
    /// turns ends. Nothing may await in it. Where it fails, nothing is written, and what is in memory is ahead of what is stored.
    pub(in crate::object) fn turn<T>(&self, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        let outer = self.turns.get();
        if outer == 0 {
            self.number.set(self.number.get().saturating_add(1));
        }
        self.turns.set(outer.saturating_add(1));
        let done = work();
        self.turns.set(outer);
        if outer > 0 {
            return done.inspect_err(|_| self.has_failed.set(true));
        }
        let is_whole = !self.has_failed.take();
        let done = done.and_then(|done| if is_whole { Ok(done) } else { Err(half_done()) });
        let written = done.and_then(|done| self.flush().map(|()| done));
        if written.is_err() {
            self.pending.borrow_mut().clear();
            self.failed.set(self.number.get());
        }
        written
    }

    /// The number of the outermost turn that is under way, or was last.
    pub(in crate::object) fn turn_number(&self) -> u64 {
        self.number.get()
    }

    /// Whether that turn failed, or is about to: what was opened in it is not stored.
    pub(in crate::object) fn failed_in(&self, turn: u64) -> bool {
        self.failed.get() == turn || (self.has_failed.get() && self.number.get() == turn)
    }

    /// Does what takes several statements: all of them hold, or none.
    pub(in crate::object) fn whole<T>(&self, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        let (mut work, mut done) = (Some(work), None);
        let held = self.storage.transaction(&mut || {
            done = work.take().map(|work| work());
            // What is thrown takes back what was written.
            if done.as_ref().is_some_and(Result::is_ok) { Ok(()) } else { Err(JsValue::NULL) }
        });
        // The table may have been made in it.
        self.is_there.set(self.is_there.get() && held.is_ok());
        match (done, held) {
            (Some(Ok(done)), Ok(_)) => Ok(done),
            (Some(Err(problem)), _) => Err(problem),
            (Some(Ok(_)) | None, held) => Err(Problem::Unavailable(format!("storage: {held:?}"))),
        }
    }

    /// Writes texts, each in the place of what was there: now, or with the rest of the turn.
    pub(in crate::object) fn put(&self, rows: impl IntoIterator<Item = Row>) -> Result<(), Problem> {
        self.pending.borrow_mut().extend(rows);
        if self.turns.get() > 0 { Ok(()) } else { self.flush() }
    }

    /// Writes what is to be written, before somebody outside hears of it, or reads it.
    pub(in crate::object) fn flush(&self) -> Result<(), Problem> {
        let rows = self.pending.take();
        let is_long = rows.len() > rows::VALUES_MAX / 2;
        let values = rows.into_iter().flat_map(|(key, text)| [key.value(), text.into()]);
        let write = || rows::insert(&self.sql, "INSERT OR REPLACE INTO sheet (key, text)", 2, values);
        let written = if is_long { self.whole(write) } else { write() };
        // Whoever has it written in the middle of a turn may go on without it.
        written.inspect_err(|_| self.has_failed.set(self.turns.get() > 0))
    }

    /// The text under a key; `None` where there is none.
    pub(in crate::object) fn get(&self, key: Key) -> Result<Option<String>, Problem> {
        self.flush()?;
        rows::read_text(&self.sql, "SELECT text FROM sheet WHERE key = ?", vec![key.value()])
    }

    /// Texts after a key, up to and with another, in order, at most `limit`, and no more than fit a page.
    pub(in crate::object) fn after(&self, after: Key, last: Key, limit: u64) -> Result<Vec<Row>, Problem> {
        self.flush()?;
        let query = "SELECT CAST(key AS TEXT), text FROM sheet WHERE key > ? AND key <= ? ORDER BY key LIMIT ?";
        let cursor = rows::exec(&self.sql, query, vec![after.value(), last.value(), number(limit)])?;
        let (mut found, mut bytes) = (Vec::new(), 0_usize);
        for row in cursor.raw() {
            let [key, text] = texts(row?)?;
            let key = key.parse().map_err(|_| Problem::Fault("a row is not what was saved".into()))?;
            bytes = bytes.saturating_add(text.len());
            found.push((Key(key), text));
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(found)
    }

    /// Deletes a text.
    pub(in crate::object) fn remove(&self, key: Key) -> Result<(), Problem> {
        self.flush()?;
        rows::exec(&self.sql, "DELETE FROM sheet WHERE key = ?", vec![key.value()])?;
        Ok(())
    }

    /// Deletes the letters after `after` up to and with `last` whose notifications have no bodies any more.
    pub(in crate::object) fn remove_bodiless(&self, after: Key, last: Key) -> Result<(), Problem> {
        self.flush()?;
        let gone = "DELETE FROM sheet WHERE key > ? AND key <= ? AND
                    NOT EXISTS (SELECT 1 FROM sheet AS notice WHERE notice.key = sheet.key - ?)";
        let apart = Key::of(Part::Letter, 0).0.saturating_sub(Key::of(Part::Notice, 0).0);
        rows::exec(&self.sql, gone, vec![after.value(), last.value(), number(apart)])?;
        Ok(())
    }

    /// Executions of a flow with news that the directory has not. The flow's own is not among them: it says for itself.
    pub(in crate::object) fn owing(&self) -> Result<Vec<u64>, Problem> {
        self.flush()?;
        let rows = rows::read(&self.sql, &format!("SELECT key FROM sheet WHERE {}", owing()), vec![])?;
        let keys: Vec<[u64; 1]> = rows.iter().map(|row| numbers(row)).collect::<Result<_, _>>()?;
        Ok(keys.into_iter().filter_map(|[key]| Key(key).run()).collect())
    }
}

fn half_done() -> Problem {
    Problem::Unavailable("a part of what belongs together could not be written".into())
}

/// What holds of the dispatch of an execution with news: in the very words of its index.
fn owing() -> String {
    #[expect(clippy::as_conversions, reason = "the number of a variant")]
    let (first, part) = (Key::of(Part::Order, 0).0, Part::Dispatch as u64);
    let is_news = "json_extract(text, '$.written') > json_extract(text, '$.arrived')";
    format!("key >= {first} AND ((key >> {NUMBER_BITS}) & {PART_MASK}) = {part} AND {is_news}")
}

/// The number that a flow itself has among its executions.
pub(in crate::object) const FLOW_RUN: u32 = RUN_MAX + 1;

/// Bits of a key that number a text within a part of an execution.
const NUMBER_BITS: u32 = 24;

/// Entries, records and notifications of an execution, items of a flow: their bounds leave them far below.
const NUMBER_MAX: u64 = (1 << NUMBER_BITS) - 1;

/// Bits of a key that say which part it is. With 24 more for the execution keys stay below 2^53, so that the runtime holds them
/// exactly.
const PART_BITS: u32 = 4;

const PART_MASK: u64 = (1 << PART_BITS) - 1;

/// Bytes after which a page is full: entries may hold results of 1 MiB.
const PAGE_BYTES: usize = 4_194_304;
