//! Server-Sent Events out of pieces of text. Never reads bytes (the decoder before it does) and never reconnects.
//!
//! Rules: WHATWG HTML section 9.2.6 "Interpreting an event stream". The type of an event is not looked at: the stream
//! has one kind, and its data says what it is.

use alloc::string::String;
/// What has been read of the event under way.
#[derive(Debug, Default)]
pub struct Parser {
    line: String,
    data: String,
    has_data: bool,
    /// The last piece ended in CR: an LF at the head of the next one belongs to it.
    is_after_cr: bool,
}

/// An event is longer than [`EVENT_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl Parser {
    /// Takes the next piece, and calls `told` with the data of each event that it completes.
    ///
    /// # Errors
    /// [`TooLong`]: the stream is not to be read any further.
    pub fn push(&mut self, piece: &str, mut told: impl FnMut(&str)) -> Result<(), TooLong> {
        let mut rest = piece;
        if core::mem::take(&mut self.is_after_cr) {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
        while let Some((head, tail)) = split_line(rest) {
            self.line.push_str(head);
            rest = tail;
            if is_cr_before(piece, tail) {
                match tail.strip_prefix('\n') {
                    Some(after) => rest = after,
                    None => self.is_after_cr = tail.is_empty(),
                }
            }
            self.take_line(&mut told);
        }
        self.line.push_str(rest);
        if self.line.len() + self.data.len() > EVENT_BYTES_MAX { Err(TooLong) } else { Ok(()) }
    }

    fn take_line(&mut self, told: &mut impl FnMut(&str)) {
        let line = core::mem::take(&mut self.line);
        if line.is_empty() {
            if core::mem::take(&mut self.has_data) {
                told(&self.data);
            }
            self.data.clear();
            return;
        }
        if let Some(value) = data_of(&line) {
            if self.has_data {
                self.data.push('\n');
            }
            self.has_data = true;
            self.data.push_str(value);
        }
    }
}

/// The value of a data field, without the one blank before it; `None` for any other field, and for a comment.
fn data_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("data")?;
    let value = rest.strip_prefix(':').or(rest.is_empty().then_some(""))?;
    Some(value.strip_prefix(' ').unwrap_or(value))
}

/// What stands before the first CR or LF, and what after it.
fn split_line(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether the character before `tail`, which `piece` ends with, is CR.
fn is_cr_before(piece: &str, tail: &str) -> bool {
    piece.len().checked_sub(tail.len() + 1).and_then(|at| piece.as_bytes().get(at)) == Some(&b'\r')
}

/// A snapshot holds a result of 1 MiB at most; escaped, it is several times that at worst.
pub const EVENT_BYTES_MAX: usize = 8 * 1024 * 1024;
