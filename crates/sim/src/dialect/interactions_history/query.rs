//! What a query asks for, out of its body. Never decides what it finds.

use cxpulse_core::time::Timestamp;
use serde::Deserialize;

use super::RETENTION;
use super::cursor::Cursors;
use super::filter::Filter;
use super::row::Key;
use crate::dialect::intake::{self, invalid};
use crate::exchange::{Reply, Request};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryBody {
    filter: String,
    #[serde(default = "limit_default")]
    limit: i64,
    offset: Option<i64>,
    cursor: Option<String>,
    #[serde(default)]
    sort: Sort,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Sort {
    #[default]
    #[serde(rename = "nodeTimestamp DESC")]
    NewestFirst,
    #[serde(rename = "nodeTimestamp ASC")]
    OldestFirst,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// After so many rows, as they stand now.
    Offset(usize),
    /// After that row, whatever came or left before it; at the first for none.
    Cursor(Option<Key>),
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Query {
    /// The filter as it was sent.
    pub(super) text: String,
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) position: Position,
    pub(super) sort: Sort,
    /// Those of this query.
    pub(super) cursors: Cursors,
}

impl Query {
    /// Reads a request's body, in a tenant of that seed.
    pub(super) fn read(request: &Request, seed: u64, now: Timestamp) -> Result<Self, Reply> {
        let body: QueryBody = intake::body(request)?;
        let filter = Filter::parse(&body.filter).map_err(|words| invalid(&words))?;
        if filter.oldest().is_some_and(|oldest| oldest < now.minus(RETENTION)) {
            return Err(invalid("the filter goes beyond the retention of 30 days"));
        }
        let limit = usize::try_from(body.limit).ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        let limit = limit.ok_or_else(|| invalid("limit is to be from 1 to 1000"))?;
        let cursors = Cursors::of(seed, &body.filter, body.sort);
        let position = position(body.offset, body.cursor.as_deref(), &cursors)?;
        Ok(Self { text: body.filter, filter, limit, position, sort: body.sort, cursors })
    }

    /// Rows before those asked for; none that is known with a cursor.
    pub(super) fn offset(&self) -> usize {
        match self.position {
            Position::Offset(offset) => offset,
            Position::Cursor(_) => 0,
        }
    }

    /// The same from its beginning.
    pub(super) fn begun_again(self) -> Self {
        let position = match self.position {
            Position::Offset(_) => Position::Offset(0),
            Position::Cursor(_) => Position::Cursor(None),
        };
        Self { position, ..self }
    }
}

fn position(offset: Option<i64>, cursor: Option<&str>, cursors: &Cursors) -> Result<Position, Reply> {
    match (offset, cursor) {
        (Some(_), Some(_)) => Err(invalid("offset and cursor do not go together")),
        (None, None) => Ok(Position::Offset(0)),
        (Some(offset), None) => {
            usize::try_from(offset).map(Position::Offset).map_err(|_| invalid("offset is to be 0 or more"))
        }
        (None, Some("")) => Ok(Position::Cursor(None)),
        (None, Some(text)) => {
            let key = cursors.read(text).ok_or_else(|| invalid("the cursor is none of this query's"))?;
            Ok(Position::Cursor(Some(key)))
        }
    }
}

const fn limit_default() -> i64 {
    100
}

const LIMIT_MAX: usize = 1_000;
