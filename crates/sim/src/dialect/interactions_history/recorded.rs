//! A recorded past moved into the month that CXone remembers. Never changes what an interaction has: all its instants
//! move by the same span.
//!
//! A recording that is no longer than [`WINDOW`] moves as a whole. Of a longer one the interactions move closer together, in
//! the order in which they ended; one that itself is longer than the month begins before it, as a long one does that
//! CXone still remembers for its latest step.

use cxpulse_core::time::{Span, Timestamp};

use super::row::{Row, Visit};
use crate::fields::{Fields, quoted};
use crate::recording::{Recorded, RecordedVisit, Recording};

/// When things were, and when they are to have been.
#[derive(Debug, Clone, Copy)]
struct Scale {
    last: Timestamp,
    length: Span,
    end: Timestamp,
}

/// The rows of a recording, as if the last had ended at `end`.
pub(super) fn rows(recording: &Recording, end: Timestamp) -> Vec<Row> {
    let lasts = || recording.rows.iter().filter_map(Recorded::last);
    let last = lasts().max().unwrap_or_default();
    let length = last.since(lasts().min().unwrap_or_default());
    let scale = Scale { last, length, end };
    recording.rows.iter().map(|recorded| row(recorded, scale.place(recorded))).collect()
}

/// The same interaction once more, under another id, with its latest step starting at `at`.
pub(super) fn again(recorded: &Recorded, id: &str, at: Timestamp) -> Row {
    let row = row(recorded, Move { from: recorded.last_start().unwrap_or_default(), to: at });
    let mut text = String::with_capacity(row.text.len());
    if let Some(fields) = Fields::of(&row.text) {
        fields.write(&mut text, |to, name, value| match name {
            "interactionId" => to.push_str(&quoted(id)),
            _ => to.push_str(value),
        });
    }
    Row { id: id.into(), text: text.into_boxed_str(), ..row }
}

/// A way in time, the same for every instant of an interaction.
#[derive(Debug, Clone, Copy)]
struct Move {
    from: Timestamp,
    to: Timestamp,
}

impl Move {
    fn of(self, at: Timestamp) -> Timestamp {
        if self.to >= self.from { at.plus(self.to.since(self.from)) } else { at.minus(self.from.since(self.to)) }
    }
}

impl Scale {
    /// Where its last instant goes, unless its latest step would then be forgotten.
    fn place(self, recorded: &Recorded) -> Move {
        let Some(last) = recorded.last() else { return Move { from: self.last, to: self.end } };
        let by_end = Move { from: last, to: self.end.minus(self.shrink(self.last.since(last))) };
        let oldest = self.end.minus(AGE_MAX);
        match recorded.last_start() {
            Some(start) if by_end.of(start) < oldest => Move { from: start, to: oldest },
            Some(_) | None => by_end,
        }
    }

    /// A distance from the end, such that the longest becomes [`WINDOW`].
    fn shrink(self, age: Span) -> Span {
        if self.length <= WINDOW {
            return age;
        }
        let scaled = u128::from(age.as_millis()) * u128::from(WINDOW.as_millis());
        let millis = scaled.checked_div(u128::from(self.length.as_millis())).unwrap_or_default();
        Span::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

fn row(recorded: &Recorded, moved: Move) -> Row {
    let visit =
        |visit: &RecordedVisit| Visit { start: visit.start.map(|start| moved.of(start)), has_error: visit.has_error };
    let node_timestamp = recorded.last_start().map_or(moved.to, |start| moved.of(start));
    let visits = recorded.visits.iter().map(visit).collect();
    Row::new(node_timestamp, visits, recorded.text(|at| moved.of(at)), recorded.id.clone())
}

/// What a past spans, so that a server may run for a day before CXone forgets the first of it.
const WINDOW: Span = Span::from_secs(28 * 86_400);
/// How old a latest step may be at the start.
const AGE_MAX: Span = Span::from_secs(29 * 86_400);
