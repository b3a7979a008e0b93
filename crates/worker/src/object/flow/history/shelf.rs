//! The rows of a history, as they came: each once, in pieces of a bounded length, and the log that is made of them. Never
//! looks into a row.
//!
//! A row is a line: its place (page and number within it), a blank, its JSON. Lines are cut into pieces wherever one is full, so
//! a row may be of any length.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use cxpulse_core::history::Log;
use cxpulse_core::retrieval::Held;

use super::rows::Rows;
use crate::object::sheet::{FLOW_RUN, Key, Part, Sheet};
use crate::problem::Problem;

/// The rows.
pub(super) struct Shelf {
    sheet: Rc<Sheet>,
    loaded: RefCell<Option<Loaded>>,
    /// How often it was forgotten: who took rows in before is told.
    era: Cell<u64>,
}

/// What is held of them in memory.
struct Loaded {
    log: Log,
    /// Of each row, by what it hashes to, on which page it came first.
    pages: HashMap<u64, u32>,
    /// Lines that are not stored yet.
    open: String,
    /// The number of the next piece.
    next: u64,
    /// Bytes of all rows.
    bytes: u64,
}

/// What a row is to those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intake {
    /// It is new.
    New,
    /// This page had it: it was asked for again.
    Own,
    /// Another page had it.
    Foreign,
}

impl Shelf {
    pub(super) fn new(sheet: &Rc<Sheet>) -> Self {
        Self { sheet: Rc::clone(sheet), loaded: RefCell::default(), era: Cell::new(0) }
    }

    /// What is in memory is dropped, and read again when it is needed.
    pub(super) fn forget(&self) {
        self.loaded.replace(None);
        self.era.set(self.era.get().saturating_add(1));
    }

    pub(super) fn era(&self) -> u64 {
        self.era.get()
    }

    /// All rows so far, read and ready to be analysed.
    pub(super) fn log(&self) -> Result<Ref<'_, Log>, Problem> {
        drop(self.loaded()?);
        Ref::filter_map(self.loaded.borrow(), |loaded| loaded.as_ref().map(|loaded| &loaded.log))
            .map_err(|_| Problem::Fault("the rows of a history are gone".into()))
    }

    /// Takes in a row of a page, the one of that number. What is full is stored.
    pub(super) fn take(&self, page: u32, number: u32, row: &str) -> Result<Intake, Problem> {
        // Line ends part JSON's tokens only, and would part the lines.
        let row = if row.contains(LINE_ENDS) { Cow::Owned(row.replace(LINE_ENDS, " ")) } else { Cow::Borrowed(row) };
        let mut loaded = self.loaded()?;
        let mut hasher = DefaultHasher::new();
        hash(page, number, &row, &mut hasher);
        let known = *loaded.pages.entry(hasher.finish()).or_insert(u32::MAX);
        if known != u32::MAX {
            return Ok(if known == page { Intake::Own } else { Intake::Foreign });
        }
        loaded.pages.insert(hasher.finish(), page);
        loaded.keep(page, number, &row);
        let is_full = loaded.open.len() >= PIECE_BYTES;
        drop(loaded);
        if is_full {
            self.store(PIECE_BYTES)?;
        }
        Ok(Intake::New)
    }

    /// Takes note of a row that could not be had as a text.
    pub(super) fn take_unreadable(&self, page: u32, number: u32, beginning: &str) -> Result<Intake, Problem> {
        self.take(page, number, &format!("{UNREADABLE}{beginning}"))
    }

    /// Stores what is not stored yet.
    pub(super) fn settle(&self) -> Result<(), Problem> {
        self.store(1)
    }

    /// What is there.
    pub(super) fn held(&self) -> Result<Held, Problem> {
        let loaded = self.loaded()?;
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Held {
            rows: count(loaded.pages.len()),
            steps: count(loaded.log.steps()),
            bytes: loaded.bytes,
            interactions: count(loaded.log.interactions()),
        })
    }

    /// All rows as they are stored, one after the other.
    pub(super) fn rows(&self) -> Result<Rows, Problem> {
        self.settle()?;
        Ok(Rows::new(&self.sheet))
    }

    /// Stores pieces as long as there are `least` bytes for one.
    fn store(&self, least: usize) -> Result<(), Problem> {
        let mut loaded = self.loaded()?;
        while !loaded.open.is_empty() && loaded.open.len() >= least {
            let end = (0..=PIECE_BYTES.min(loaded.open.len())).rev().find(|end| loaded.open.is_char_boundary(*end));
            let rest = loaded.open.split_off(end.unwrap_or_default());
            let piece = std::mem::replace(&mut loaded.open, rest);
            self.sheet.put([(Key::at(Part::Piece, FLOW_RUN, loaded.next), piece)])?;
            loaded.next = loaded.next.saturating_add(1);
        }
        Ok(())
    }

    fn loaded(&self) -> Result<RefMut<'_, Loaded>, Problem> {
        if self.loaded.borrow().is_none() {
            let loaded = self.load()?;
            self.loaded.replace(Some(loaded));
        }
        RefMut::filter_map(self.loaded.borrow_mut(), Option::as_mut)
            .map_err(|_| Problem::Fault("the rows of a history are gone".into()))
    }

    fn load(&self) -> Result<Loaded, Problem> {
        let mut loaded = Loaded { log: Log::new(), pages: HashMap::new(), open: String::new(), next: 1, bytes: 0 };
        let mut rows = Rows::new(&self.sheet);
        while let Some(row) = rows.next()? {
            let mut hasher = DefaultHasher::new();
            hash(row.page, row.number, row.text, &mut hasher);
            loaded.pages.insert(hasher.finish(), row.page);
            loaded.count(row.page, row.number, row.text);
        }
        loaded.next = rows.pieces().saturating_add(1);
        Ok(loaded)
    }
}

/// What tells rows apart. What is no object is a row of its own wherever it stands: it says nothing that could be the same.
fn hash(page: u32, number: u32, row: &str, hasher: &mut DefaultHasher) {
    if !row.starts_with('{') {
        (page, number).hash(hasher);
    }
    row.hash(hasher);
}

impl Loaded {
    fn keep(&mut self, page: u32, number: u32, row: &str) {
        self.open.push_str(&format!("{page}.{number} "));
        self.open.push_str(row);
        self.open.push('\n');
        self.count(page, number, row);
    }

    fn count(&mut self, page: u32, number: u32, row: &str) {
        self.bytes = self.bytes.saturating_add(u64::try_from(row.len()).unwrap_or(u64::MAX));
        match row.strip_prefix(UNREADABLE) {
            Some(beginning) => self.log.oversized(beginning),
            None => self.log.row(row, (u64::from(page) << 32) | u64::from(number)),
        }
    }
}

/// Stands before the beginning of a row that could not be had as a text; no JSON begins so.
pub(super) const UNREADABLE: char = '!';

const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// Bytes of a piece: a storage's row holds at most 2 MB, and each is written whole.
const PIECE_BYTES: usize = 524_288;
