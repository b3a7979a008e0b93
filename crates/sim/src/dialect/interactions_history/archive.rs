//! The interactions of the past month, newest first, and where each query finds its own. Never reads a clock: the month
//! ends when the tenant was first asked anything.
//!
//! What a filter finds is kept while the past stays as it is, so that a page costs what is on it.

use std::collections::VecDeque;

use cxpulse_core::time::{Span, Timestamp};

use super::filter::Filter;
use super::page::Page;
use super::query::{Position, Query, Sort};
use super::row::Row;
use super::walk::Interaction;
use super::{RETENTION, recorded};
use crate::settings::{Past, Settings};

/// All interactions, and what was found of them lately.
#[derive(Debug)]
pub(crate) struct Archive {
    rows: Vec<Row>,
    found: VecDeque<Found>,
    /// Of what comes later.
    chance: fastrand::Rng,
    numbered: u64,
    has_changed: bool,
}

/// The places of the rows that a filter admits, whatever their age.
#[derive(Debug)]
struct Found {
    filter: String,
    places: Vec<usize>,
}

impl Archive {
    /// The past of a tenant that is first asked at `end`.
    pub(crate) fn new(settings: &Settings, end: Timestamp) -> Self {
        let mut chance = fastrand::Rng::with_seed(settings.seed ^ ARCHIVE_SEED);
        let mut rows: Vec<Row> = match &settings.past {
            Past::Walked { interactions, variables } => {
                (0..*interactions).map(|_| Interaction::walk(&mut chance, *variables, end).into_row()).collect()
            }
            Past::Recorded(recording) => recorded::rows(recording, end),
        };
        rows.sort_by(|one, other| {
            let by_time = other.node_timestamp.cmp(&one.node_timestamp);
            by_time.then_with(|| one.id.cmp(&other.id))
        });
        let mut numbered = 0;
        for row in &mut rows {
            row.number = numbered;
            numbered = numbered.saturating_add(1);
        }
        Self { rows, found: VecDeque::new(), chance, numbered, has_changed: false }
    }

    /// Whether anything came or left since the start.
    pub(crate) fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// So many interactions come whose latest steps start now; gives how many came, as there is a bound.
    pub(crate) fn grow(&mut self, past: &Past, count: usize, now: Timestamp) -> usize {
        let count = count.min(ROWS_MAX.saturating_sub(self.rows.len()));
        for _ in 0..count {
            let at = self.head_at(now);
            let row = self.arrival(past, at);
            self.rows.insert(0, row);
        }
        self.changed(count)
    }

    /// So many of the oldest go on now, and are the newest then; gives how many there were to go on.
    pub(crate) fn resume(&mut self, count: usize, now: Timestamp) -> usize {
        let count = count.min(self.rows.len());
        for _ in 0..count {
            let at = self.head_at(now);
            let oldest = self.rows.pop().map(|row| row.resumed(at));
            self.rows.splice(..0, oldest);
        }
        self.changed(count)
    }

    /// So many of the oldest leave; gives how many there were to leave.
    pub(crate) fn shrink(&mut self, count: usize) -> usize {
        let count = count.min(self.rows.len());
        self.rows.truncate(self.rows.len().saturating_sub(count));
        self.changed(count)
    }

    /// The rows that a query asks for.
    pub(super) fn page(&mut self, query: &Query, now: Timestamp) -> Page<'_> {
        let place = self.find(&query.text, &query.filter);
        let places = self.found.get(place).map(|found| found.places.as_slice()).unwrap_or_default();
        let row = |place: &usize| self.rows.get(*place);
        let oldest = now.minus(RETENTION);
        let total = places.partition_point(|place| row(place).is_some_and(|row| row.node_timestamp >= oldest));
        let places = places.get(..total).unwrap_or_default();
        // How many have a key before, or up to, that of a cursor.
        let before =
            |is_before: &dyn Fn(&Row) -> bool| places.partition_point(|place| row(place).is_some_and(is_before));
        let first = match (&query.position, query.sort) {
            (Position::Offset(offset), _) => *offset,
            (Position::Cursor(None), _) => 0,
            (Position::Cursor(Some(key)), Sort::NewestFirst) => before(&|row| row.key() <= *key),
            (Position::Cursor(Some(key)), Sort::OldestFirst) => total.saturating_sub(before(&|row| row.key() < *key)),
        };
        let rows: Vec<&Row> = match query.sort {
            Sort::NewestFirst => places.iter().skip(first).take(query.limit).filter_map(row).collect(),
            Sort::OldestFirst => places.iter().rev().skip(first).take(query.limit).filter_map(row).collect(),
        };
        let has_more = first.saturating_add(rows.len()) < total;
        Page { rows, total, has_more }
    }

    /// Where the places that a filter finds are kept. Once it was asked for, a filter's are at the front.
    fn find(&mut self, text: &str, filter: &Filter) -> usize {
        if let Some(place) = self.found.iter().position(|found| found.filter == text) {
            return place;
        }
        let rows = self.rows.iter().enumerate();
        let places = rows.filter(|(_, row)| filter.admits(row)).map(|(place, _)| place).collect();
        self.found.push_front(Found { filter: text.to_owned(), places });
        self.found.truncate(FOUND_MAX);
        0
    }

    /// After every other, also where the clock stands still.
    fn head_at(&self, now: Timestamp) -> Timestamp {
        let newest = self.rows.first().map(|row| row.node_timestamp.plus(Span::from_millis(1)));
        newest.map_or(now, |newest| newest.max(now))
    }

    fn arrival(&mut self, past: &Past, at: Timestamp) -> Row {
        let number = self.numbered;
        self.numbered = self.numbered.saturating_add(1);
        let row = match past {
            Past::Walked { variables, .. } => {
                Interaction::walk(&mut self.chance, *variables, Timestamp::default()).ending_at(at).into_row()
            }
            Past::Recorded(recording) => {
                let recorded = recording.rows.get(self.chance.usize(..recording.rows.len().max(1)));
                let id = format!("arrived-{number}");
                recorded.map_or_else(
                    || Row::new(at, Vec::new(), "{}".to_owned(), id.clone()),
                    |recorded| recorded::again(recorded, &id, at),
                )
            }
        };
        Row { number, ..row }
    }

    fn changed(&mut self, count: usize) -> usize {
        if count > 0 {
            self.found.clear();
            self.has_changed = true;
        }
        count
    }
}

const ARCHIVE_SEED: u64 = 0x6172_6368_6976_6500;
/// Filters whose places are kept.
const FOUND_MAX: usize = 8;
/// Interactions that a past can grow to.
const ROWS_MAX: usize = 2_000_000;
