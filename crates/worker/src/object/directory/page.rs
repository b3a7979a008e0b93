//! What pages of the list and of the audit log have in common: a query that is put together, and a link to the next page.
//! Never reads a row.

use cxpulse_core::time::Timestamp;
use worker::SqlStorageValue;

use crate::incoming::Incoming;
use crate::object::rows::instant;

/// A condition and its values, put together.
#[derive(Default)]
pub(super) struct Conditions {
    parts: Vec<&'static str>,
    values: Vec<SqlStorageValue>,
}

impl Conditions {
    /// One more, with a value for each `?` in it.
    pub(super) fn and(&mut self, part: &'static str, values: impl IntoIterator<Item = SqlStorageValue>) {
        self.parts.push(part);
        self.values.extend(values);
    }

    /// One more, where there is a value for it.
    pub(super) fn and_if(&mut self, part: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.and(part, [value.into()]);
        }
    }

    /// The same of an instant.
    pub(super) fn and_if_at(&mut self, part: &'static str, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.and(part, [instant(at)]);
        }
    }

    /// ` WHERE …`, or nothing, and the values.
    pub(super) fn finish(self) -> (String, Vec<SqlStorageValue>) {
        let word = if self.parts.is_empty() { "" } else { " WHERE " };
        (format!("{word}{}", self.parts.join(" AND ")), self.values)
    }
}

/// The address of the next page: this one's, with another cursor.
pub(super) fn next_address(incoming: &Incoming, cursor: &str) -> String {
    let is_kept = |pair: &&str| !pair.is_empty() && pair.split('=').next() != Some("cursor");
    let mut pairs: Vec<&str> = incoming.query_text().split('&').filter(is_kept).collect();
    let cursor = format!("cursor={cursor}");
    pairs.push(&cursor);
    format!("{}{}?{}", incoming.site(), incoming.path(), pairs.join("&"))
}

/// The page's rows, and the place to go on from: `None` after the last page. `rows` has one more than `limit` where there
/// are more; `scanned_to` is where a search with filters stopped before it had found enough.
pub(super) fn cut(
    mut rows: Vec<[String; 2]>,
    limit: u32,
    scanned_to: impl FnOnce() -> Result<Option<String>, crate::problem::Problem>,
) -> Result<(Vec<String>, Option<String>), crate::problem::Problem> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(|[place, _]| place.clone())
    } else {
        scanned_to()?
    };
    Ok((rows.into_iter().map(|[_, shown]| shown).collect(), next))
}

/// Rows that one page looks at, however few of them it shows: a rare thing is found over several pages.
pub(super) const SCAN_MAX: u32 = 10_000;
