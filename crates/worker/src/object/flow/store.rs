//! Texts of a flow itself: what was asked for, its nodes, how it stands and where each node does. Never decides anything, never
//! awaits: what one call writes is one commit, with what is written of its executions in the same turn.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use cxpulse_core::audit::{Bound, Who};
use cxpulse_core::dispatch::Dispatch;
use cxpulse_core::flow::Standing;
use cxpulse_core::json::Json;
use cxpulse_core::outbox::Outbox;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::NodeOpening;
use super::work::Work;
use crate::object::execution::Store as Book;
use crate::object::rows::{self, number, texts};
use crate::object::sheet::{FLOW_RUN, Key, Part, Row, Sheet};
use crate::problem::Problem;

/// What storage has of a flow, and what is held of it in memory.
pub(super) struct Kept {
    pub(super) work: Work,
    /// Where its API is served: links begin with it.
    pub(super) base: String,
    /// Of the body that opened it.
    pub(super) fingerprint: String,
    /// Who asked for it.
    pub(super) who: Who,
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

/// What was asked for, and never changes.
#[derive(Serialize, Deserialize)]
struct Asked<O> {
    order: O,
    base: String,
    fingerprint: String,
    who: Who,
}

/// What changes.
#[derive(Serialize, Deserialize)]
struct Stands<S, O> {
    standing: S,
    own: O,
}

/// What the object keeps of the flow itself.
pub(super) struct Store {
    sheet: Rc<Sheet>,
    /// Journal, records and notifications.
    pub(super) book: Book,
    /// Items that are asked for next, by index, as their openings have them.
    ahead: RefCell<VecDeque<(u32, String)>>,
}

impl Store {
    pub(super) fn new(sheet: &Rc<Sheet>) -> Self {
        Self { sheet: Rc::clone(sheet), book: Book::new(sheet, FLOW_RUN), ahead: RefCell::default() }
    }

    /// What there is; `None` in an object that nothing was ever opened in.
    pub(super) fn load(&self) -> Result<Option<Kept>, Problem> {
        if !self.sheet.is_there()? {
            return Ok(None);
        }
        let Some(asked) = self.sheet.get(only(Part::Order))? else { return Ok(None) };
        let Some(stands) = self.sheet.get(only(Part::Standing))? else { return Ok(None) };
        let Asked { order, base, fingerprint, who } = serde_json::from_str::<Asked<Json>>(&asked)?;
        let Stands { standing, own } = serde_json::from_str::<Stands<Standing, Own>>(&stands)?;
        let given = self.sheet.get(only(Part::Given))?.map(|given| serde_json::from_str(&given)).transpose()?;
        let mut items = self.rows()?;
        let row = |index| items.get_mut(usize::try_from(index).ok()?).and_then(Option::take);
        let work = Work::restore(&order, &self.names()?, given, standing, row)?;
        let dispatch = self.book.dispatch()?;
        Ok(Some(Kept { work, base, fingerprint, who, own, dispatch }))
    }

    /// Makes room where there is none, for its executions, too.
    fn prepare(&self) -> Result<(), Problem> {
        self.sheet.prepare()?;
        // What was asked for of each item never changes.
        let table = r#"CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT, "order" TEXT)"#;
        rows::exec(&self.sheet.sql, table, None)?;
        Ok(())
    }

    /// A new flow. Each line is a node as its opening has it.
    pub(super) fn create<'a>(
        &self,
        kept: &Kept,
        order: &Json,
        names: &[String],
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<(), Problem> {
        self.prepare()?;
        self.ahead.take();
        let mut count = 0_usize;
        let items = (0..).zip(names).zip(lines.inspect(|_| count = count.saturating_add(1)));
        let items = items.flat_map(|((index, name), line)| [number(index), name.as_str().into(), line.into()]);
        rows::insert(&self.sheet.sql, r#"INSERT INTO item (id, name, "order")"#, 3, items)?;
        if count != names.len() {
            return Err(missing());
        }
        let asked =
            Asked { order, base: kept.base.clone(), fingerprint: kept.fingerprint.clone(), who: kept.who.clone() };
        if let Work::Chain(work) = &kept.work {
            self.sheet.put([(only(Part::Given), serde_json::to_string(&work.given)?)])?;
        }
        self.sheet.put([(only(Part::Order), serde_json::to_string(&asked)?), standing(kept)?])
    }

    /// How it stands, and where these items do.
    pub(super) fn save(&self, kept: &Kept, items: &[u32]) -> Result<(), Problem> {
        let mut rows = Vec::with_capacity(items.len().saturating_add(1));
        for index in items {
            let Some(row) = kept.work.face().row(*index)? else { continue };
            // One more than the index: nothing is numbered 0.
            let key = Key::at(Part::Place, FLOW_RUN, u64::from(*index).saturating_add(1));
            rows.push((key, row));
        }
        rows.push(standing(kept)?);
        self.sheet.put(rows)
    }

    /// What was asked for of a node.
    pub(super) fn item<O: DeserializeOwned>(&self, index: u32) -> Result<NodeOpening<O>, Problem> {
        let is_next = self.ahead.borrow().front().is_some_and(|(next, _)| *next == index);
        if !is_next {
            self.ahead.replace(self.read_ahead(index)?);
        }
        let item = self.ahead.borrow_mut().pop_front();
        let (_, text) = item.ok_or_else(missing)?;
        Ok(serde_json::from_str(&text)?)
    }

    /// That node and some after it, for they are mostly asked for in their order.
    fn read_ahead(&self, index: u32) -> Result<VecDeque<(u32, String)>, Problem> {
        let query = r#"SELECT "order" FROM item WHERE id >= ? ORDER BY id LIMIT ?"#;
        let cursor = rows::exec(&self.sheet.sql, query, vec![number(index.into()), number(AHEAD_MAX)])?;
        let (mut ahead, mut bytes) = (VecDeque::new(), 0_usize);
        for (index, row) in (index..).zip(cursor.raw()) {
            let [text] = texts(row?)?;
            bytes = bytes.saturating_add(text.len());
            ahead.push_back((index, text));
            if bytes > AHEAD_BYTES {
                break;
            }
        }
        Ok(ahead)
    }

    /// The standing of an execution as it was saved: JSON with its machine in it; `None` of one that has not begun.
    pub(super) fn standing_of(&self, run: u32) -> Result<Option<String>, Problem> {
        self.sheet.get(Key::of(Part::Standing, run))
    }

    /// Runs with news that the directory has not.
    pub(super) fn owing(&self) -> Result<Vec<u32>, Problem> {
        Ok(self.sheet.owing()?.into_iter().filter_map(|run| u32::try_from(run).ok()).collect())
    }

    fn names(&self) -> Result<Vec<String>, Problem> {
        let mut names = Vec::new();
        for row in rows::exec(&self.sheet.sql, "SELECT name FROM item ORDER BY id", None)?.raw() {
            let [name] = texts(row?)?;
            names.push(name);
        }
        Ok(names)
    }

    /// By index; `None` of one that never changed.
    fn rows(&self) -> Result<Vec<Option<String>>, Problem> {
        let (mut items, mut after) = (Vec::new(), only(Part::Place));
        loop {
            let rows = self.sheet.after(after, Key::last(Part::Place, FLOW_RUN), PLACES_MAX)?;
            let Some((last, _)) = rows.last() else { return Ok(items) };
            after = *last;
            for (key, item) in rows {
                items.resize(usize::try_from(key.number().saturating_sub(1)).unwrap_or(usize::MAX), None);
                items.push(Some(item));
            }
        }
    }
}

fn standing(kept: &Kept) -> Result<Row, Problem> {
    let stands = Stands { standing: kept.work.face().standing(), own: &kept.own };
    Ok((only(Part::Standing), serde_json::to_string(&stands)?))
}

fn missing() -> Problem {
    Problem::Fault("a node of a flow is missing".into())
}

const fn only(part: Part) -> Key {
    Key::of(part, FLOW_RUN)
}

/// Items that are read at a time, and bytes after which no more are.
const AHEAD_MAX: u64 = 16;
const AHEAD_BYTES: usize = 65_536;

/// Places that are read at a time.
const PLACES_MAX: u64 = 1_000;
