//! A page of which a part came, and how the rest of it is asked for. Never asks.
//!
//! RFC 9110: a range (section 14), `If-Range` with a strong validator (13.1.5), `Content-Range` (14.4).

use cxpulse_core::history::Splitter;

use crate::http::Streamed;

/// A page in parts.
pub(super) struct Half {
    /// Takes its rows out of it, across the parts.
    pub(super) splitter: Splitter,
    /// What names the version of the page that the parts are of; `None` where CXone gives no parts.
    validator: Option<String>,
    /// Bytes that came.
    pub(super) taken: u64,
    /// Its rows so far.
    pub(super) rows: u32,
    /// Of these, how many another page had.
    pub(super) foreign: u32,
    /// Of a contact's states: the rows themselves, which make one interaction together.
    pub(super) states: Vec<String>,
}

/// What an answer is to a page of which a part came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// All of it, from its beginning.
    Whole,
    /// What comes next.
    Rest {
        /// Bytes of it with this part, and in all, where that is told.
        ends_at: u64,
        total: Option<u64>,
    },
    /// Another part, or one of another page.
    Other,
}

impl Half {
    /// At the beginning of an answer whose rows are in that field.
    pub(super) fn new(field: &str, answer: &Streamed<'_>) -> Self {
        let gives_parts = answer.header("accept-ranges").is_some_and(|units| units.trim() == "bytes");
        let validator = answer.header("etag").filter(|tag| gives_parts && is_strong(tag) && !answer.head.is_packed);
        Self { splitter: Splitter::of_field(field), validator, taken: 0, rows: 0, foreign: 0, states: Vec::new() }
    }

    /// The headers that ask for the rest; `None` where all of it has to be asked for again.
    pub(super) fn rest(&self) -> Option<[(&'static str, String); 2]> {
        let validator = self.validator.clone().filter(|_| self.taken > 0)?;
        Some([("range", format!("bytes={}-", self.taken)), ("if-range", validator)])
    }

    /// What a 206 is to this.
    pub(super) fn fits(&self, answer: &Streamed<'_>) -> Fit {
        let is_same = answer.header("etag").is_none_or(|tag| Some(&tag) == self.validator.as_ref());
        let range = answer.header("content-range").and_then(|text| parse_range(&text));
        match range {
            Some((first, last, total)) if is_same && first == self.taken && last >= first => {
                Fit::Rest { ends_at: last.saturating_add(1), total }
            }
            Some(_) | None => Fit::Other,
        }
    }
}

/// `"abc"`, and not `W/"abc"`.
fn is_strong(tag: &str) -> bool {
    tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"')
}

/// `bytes 0-99/1000`: the first and the last byte, and how many there are, `*` where that is not known.
fn parse_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((first.parse().ok()?, last.parse().ok()?, total))
}
