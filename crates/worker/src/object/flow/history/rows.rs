//! The stored rows of a history, one after the other, a few pieces in memory at a time. Never changes them.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::object::sheet::{FLOW_RUN, Key, Part, Sheet};
use crate::problem::Problem;

/// Reads them from the first on.
pub(super) struct Rows {
    sheet: Rc<Sheet>,
    /// The last piece that was read.
    after: Key,
    pieces: VecDeque<String>,
    /// What was read of lines: the one at hand and those after it.
    text: String,
    /// Where the next line begins in it.
    at: usize,
    /// How many pieces there were.
    count: u64,
}

/// One of them.
pub(super) struct Row<'r> {
    pub(super) page: u32,
    pub(super) number: u32,
    pub(super) text: &'r str,
}

impl Rows {
    pub(super) fn new(sheet: &Rc<Sheet>) -> Self {
        Self {
            sheet: Rc::clone(sheet),
            after: Key::of(Part::Piece, FLOW_RUN),
            pieces: VecDeque::new(),
            text: String::new(),
            at: 0,
            count: 0,
        }
    }

    /// The next one; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Problem> {
        let end = loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if let Some(len) = rest.find('\n') {
                break self.at.saturating_add(len);
            }
            if !self.read_on()? {
                return Ok(None);
            }
        };
        let line = self.text.get(self.at..end).unwrap_or_default();
        self.at = end.saturating_add(1);
        row_of(line).map(Some).ok_or_else(|| Problem::Fault("a row of a history is not what was saved".into()))
    }

    /// How many pieces were read.
    pub(super) const fn pieces(&self) -> u64 {
        self.count
    }

    /// `false` where there is no more.
    fn read_on(&mut self) -> Result<bool, Problem> {
        if self.pieces.is_empty() {
            let read = self.sheet.after(self.after, Key::last(Part::Piece, FLOW_RUN), AT_ONCE)?;
            for (key, piece) in read {
                self.after = key;
                self.count = key.number();
                self.pieces.push_back(piece);
            }
        }
        let Some(piece) = self.pieces.pop_front() else { return Ok(false) };
        self.text.drain(..self.at);
        self.at = 0;
        self.text.push_str(&piece);
        Ok(true)
    }
}

/// `0.17 {…}`.
fn row_of(line: &str) -> Option<Row<'_>> {
    let (place, text) = line.split_once(' ')?;
    let (page, number) = place.split_once('.')?;
    Some(Row { page: page.parse().ok()?, number: number.parse().ok()?, text })
}

/// Pieces that are read at a time.
const AT_ONCE: u64 = 2;
