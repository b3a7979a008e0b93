//! A page that comes in pieces, taken apart into its rows while it comes. Never holds more than one row and the page without its
//! rows, whatever its length.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::cursor::plain_until;

/// Takes bytes, gives rows. One for each page, or for each stream of lines.
#[derive(Debug, Clone, Default)]
pub struct Splitter {
    /// The row at hand; before the rows begin, all that was seen of the value at hand.
    row: Vec<u8>,
    /// The page without its rows.
    envelope: Vec<u8>,
    depth: usize,
    /// At which depth rows stand; `None` outside of them.
    rows_at: Option<usize>,
    is_page: bool,
    /// Whether the value at hand has what a row has, so that its `data` is a field like any other.
    is_row: bool,
    is_string: bool,
    is_escaped: bool,
    /// Whether the row at hand is too long.
    is_oversized: bool,
    /// The last string at the top of an object, to know the rows and what a row has by.
    name: Vec<u8>,
    /// The field that has the rows; `data` where empty.
    rows_name: Vec<u8>,
}

/// What a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'p> {
    /// A row, as its text; whether it is sound is for the reader to say.
    Row(&'p str),
    /// The beginning of a row that is longer than [`super::ROW_MAX`] or no UTF-8.
    Unreadable(&'p str),
}

/// A page that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the page ends before its end")
    }
}

impl core::error::Error for Cut {}

impl Splitter {
    /// At the beginning of a page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At the beginning of a page whose rows are in that field of its top.
    #[must_use]
    pub fn of_field(name: &str) -> Self {
        Self { rows_name: name.into(), ..Self::default() }
    }

    fn rows_name(&self) -> &[u8] {
        if self.rows_name.is_empty() { DATA } else { &self.rows_name }
    }

    /// Takes the next bytes, and gives the rows that end in them.
    pub fn feed(&mut self, chunk: &[u8], mut take: impl FnMut(Piece<'_>)) {
        let mut rest = chunk;
        while let Some((byte, _)) = rest.split_first() {
            let is_outside = !self.is_string;
            let len = if is_outside { self.outside(*byte) } else { self.string(rest) };
            let (head, tail) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = tail;
            if is_outside && self.is_end_of_plain(*byte) {
                self.give(&mut take);
            }
            self.keep(head);
            if is_outside && matches!(byte, b'}' | b']') {
                self.close(&mut take);
            }
        }
    }

    /// Whether a number, a text or a word that stands in the place of a row ends before this byte.
    fn is_end_of_plain(&self, byte: u8) -> bool {
        let is_end = match byte {
            b',' => self.rows_at == Some(self.depth),
            b']' => self.rows_at == self.depth.checked_add(1),
            b'\n' => self.depth == 0 && !self.is_page,
            _ => false,
        };
        is_end && !self.row.trim_ascii().is_empty()
    }

    /// What the page has beside its rows, such as a total, with an empty list in their place; empty where rows came
    /// without one.
    ///
    /// # Errors
    /// [`Cut`] if something is still open.
    pub fn finish(self) -> Result<String, Cut> {
        if self.depth > 0 || self.is_string {
            return Err(Cut);
        }
        let envelope = if self.is_page { self.envelope } else { Vec::new() };
        String::from_utf8(envelope).map_err(|_| Cut)
    }

    /// Bytes that belong to the string, its end with them.
    fn string(&mut self, rest: &[u8]) -> usize {
        if core::mem::take(&mut self.is_escaped) {
            return 1;
        }
        let plain = plain_until(rest, 0);
        match rest.get(plain) {
            Some(b'"') => self.is_string = false,
            Some(b'\\') => self.is_escaped = true,
            Some(_) | None => {}
        }
        let text = rest.get(..plain).unwrap_or_default();
        let len = ID.len().max(self.rows_name.len());
        if self.depth == 1 && self.rows_at.is_none() && self.name.len() <= len {
            self.name.extend(text.iter().take(len.saturating_add(1)));
        }
        plain.saturating_add(1).min(rest.len())
    }

    /// One byte between strings.
    fn outside(&mut self, byte: u8) -> usize {
        match byte {
            b'"' => {
                self.is_string = true;
                self.name.clear();
            }
            b':' if self.depth == 1 && self.rows_at.is_none() => self.is_row |= self.name == ID || self.name == STEPS,
            b'{' => self.depth = self.depth.saturating_add(1),
            b'[' => {
                let is_row = self.is_row && self.rows_name.is_empty();
                let is_data = self.depth == 1 && self.name == self.rows_name() && !self.is_page && !is_row;
                let is_list = self.depth == 0;
                self.depth = self.depth.saturating_add(1);
                if self.rows_at.is_none() && (is_data || is_list) {
                    self.begin_rows();
                }
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        1
    }

    /// All that was seen of the value is the envelope's.
    fn begin_rows(&mut self) {
        self.rows_at = Some(self.depth);
        self.is_page = true;
        self.envelope.append(&mut self.row);
        self.envelope.truncate(ENVELOPE_MAX);
    }

    fn keep(&mut self, bytes: &[u8]) {
        // The bracket that the rows begin with is the envelope's, and so is all that is outside of them.
        let is_between = self.rows_at.is_some_and(|at| at == self.depth && self.row.is_empty());
        if is_between && !self.is_string && bytes.iter().all(|byte| b", \t\r\n[".contains(byte)) {
            if bytes == b"[" {
                self.envelope.extend(bytes);
            }
            return;
        }
        let has_left = self.rows_at.is_some_and(|at| self.depth < at);
        let is_envelope = has_left || (self.is_page && self.rows_at.is_none());
        if is_envelope {
            if self.envelope.len() < ENVELOPE_MAX {
                self.envelope.extend(bytes);
            }
        } else if self.row.len() <= super::ROW_MAX {
            self.row.extend(bytes);
        } else {
            self.is_oversized = true;
        }
    }

    /// Something ended: the rows, a row, or a value at the top.
    fn close(&mut self, take: &mut impl FnMut(Piece<'_>)) {
        match self.rows_at {
            Some(at) if self.depth < at => self.rows_at = None,
            Some(at) if self.depth == at => self.give(take),
            Some(_) => {}
            None if self.depth == 0 && !self.is_page => self.give(take),
            None => {}
        }
    }

    fn give(&mut self, take: &mut impl FnMut(Piece<'_>)) {
        let is_oversized = core::mem::take(&mut self.is_oversized);
        match core::str::from_utf8(&self.row) {
            Ok(row) if !is_oversized => take(Piece::Row(row.trim())),
            Ok(_) | Err(_) => {
                let beginning = String::from_utf8_lossy(self.row.get(..80).unwrap_or(&self.row)).into_owned();
                take(Piece::Unreadable(&beginning));
            }
        }
        self.row.clear();
        self.is_row = false;
    }
}

const DATA: &[u8] = b"data";
const ID: &[u8] = b"interactionId";
const STEPS: &[u8] = b"steps";

/// Bytes of a page beside its rows that are kept.
const ENVELOPE_MAX: usize = 65_536;
