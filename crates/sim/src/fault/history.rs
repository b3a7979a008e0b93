//! What goes wrong with the pages of a history, beside what goes wrong with any request. Never touches a page: it
//! says what is to be done to one.

use serde::{Deserialize, Serialize};

/// What goes wrong with pages of a history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryFaults {
    /// Share of answers whose connection closes in the middle of the body, its whole length announced, 0..=1.
    pub cut: f64,
    /// Bytes of the body that a cut lets through; an answer that has no more is whole. `null` for a number that is
    /// drawn anew for each cut.
    pub cut_at: Option<usize>,
    /// Share of requests for a range that are answered 200 and whole, 0..=1 with the next two together.
    pub range_ignored: f64,
    /// Share of requests for a range that are answered with another one, which the answer says.
    pub range_misplaced: f64,
    /// Share of requests for a range that are answered with another entity tag than the whole has.
    pub range_retagged: f64,
    /// Interactions that come at the head of the past after each answer, 0..=1000.
    pub grows: usize,
    /// Interactions, the oldest, that leave the past after each answer, 0..=1000.
    pub shrinks: usize,
    /// Interactions, the oldest, that go on after each answer, 0..=1000: each has one step more, and is the newest, so that
    /// there are as many as before.
    pub resumes: usize,
    /// Whatever page is asked for, the first is answered, and there is always more.
    pub repeats: bool,
    /// Share of rows that have lost their id, 0..=1 with the next together; the same rows each time.
    pub rows_without_id: f64,
    /// Share of rows that are no object; the same rows each time.
    pub rows_foreign: f64,
    /// Share of answers that arrive whole and end in the middle of their JSON, 0..=1.
    pub torn: f64,
    /// What is said of the number of rows in all; `null` for the truth.
    pub total: Option<TotalFault>,
}

/// What is said of the number of rows in place of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalFault {
    /// Nothing.
    Missing,
    /// Twice as many and one.
    TooMany,
    /// Half as many.
    TooFew,
    /// Words.
    Text,
}

/// What is decided for one page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HistoryPlan {
    pub(crate) faults: HistoryFaults,
    pub(crate) range: Option<RangeFault>,
    pub(crate) is_torn: bool,
    /// Decides which rows are broken.
    pub(crate) seed: u64,
    /// Where in a body it is cut, to be taken modulo its length.
    cut: Option<usize>,
}

/// What is done to an answer that was to be a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RangeFault {
    Ignored,
    Misplaced,
    Retagged,
}

/// What is done to one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFault {
    WithoutId,
    Foreign,
}

impl HistoryFaults {
    /// Everything that is wrong with them, in words.
    pub(super) fn violations(&self) -> Vec<String> {
        let rates = [
            ("cut", self.cut),
            ("range_ignored", self.range_ignored),
            ("range_misplaced", self.range_misplaced),
            ("range_retagged", self.range_retagged),
            ("rows_without_id", self.rows_without_id),
            ("rows_foreign", self.rows_foreign),
            ("torn", self.torn),
        ];
        let ranges = self.range_ignored + self.range_misplaced + self.range_retagged;
        let checks = [
            (ranges > 1.0 + 1e-9, "history.range_* are to be 1 at most together"),
            (self.rows_without_id + self.rows_foreign > 1.0 + 1e-9, "history.rows_* are to be 1 at most together"),
            (self.grows > MOVED_MAX, "history.grows is to be 1000 at most"),
            (self.shrinks > MOVED_MAX, "history.shrinks is to be 1000 at most"),
            (self.resumes > MOVED_MAX, "history.resumes is to be 1000 at most"),
        ];
        let wrong_rates = rates.into_iter().filter(|(_, rate)| !(0.0..=1.0).contains(rate));
        let wrong_rates = wrong_rates.map(|(name, _)| format!("history.{name} is to be from 0 to 1"));
        let others = checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, words)| words.to_owned());
        wrong_rates.chain(others).collect()
    }

    /// Decides about a page. The same numbers are drawn whatever is decided, so that one rate changed leaves the
    /// other pages' luck alone.
    pub(super) fn plan(&self, seed: u64, chance: &mut fastrand::Rng) -> HistoryPlan {
        let (cut, place, range, torn) = (chance.f64(), chance.usize(..), chance.f64(), chance.f64());
        HistoryPlan {
            range: self.range(range),
            is_torn: torn < self.torn,
            seed,
            cut: (cut < self.cut).then(|| self.cut_at.unwrap_or(place)),
            faults: self.clone(),
        }
    }

    fn range(&self, draw: f64) -> Option<RangeFault> {
        let shares = [
            (self.range_ignored, RangeFault::Ignored),
            (self.range_misplaced, RangeFault::Misplaced),
            (self.range_retagged, RangeFault::Retagged),
        ];
        share_out(shares, draw)
    }
}

impl HistoryPlan {
    /// Bytes of a body of that length that get through; `None` where all of them do.
    pub(crate) fn cut_of(&self, length: usize) -> Option<usize> {
        match (self.cut?, self.faults.cut_at) {
            (_, Some(at)) => (at < length).then_some(at),
            (place, None) => place.checked_rem(length),
        }
    }

    /// What is wrong with the row of that number: always the same, as a row that is broken stays so.
    pub(crate) fn row(&self, number: u64) -> Option<RowFault> {
        let mut chance = fastrand::Rng::with_seed(self.seed ^ number.wrapping_mul(ROW_SPREAD));
        let shares =
            [(self.faults.rows_without_id, RowFault::WithoutId), (self.faults.rows_foreign, RowFault::Foreign)];
        share_out(shares, chance.f64())
    }
}

impl RangeFault {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ignored => "history_range_ignored",
            Self::Misplaced => "history_range_misplaced",
            Self::Retagged => "history_range_retagged",
        }
    }
}

impl RowFault {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WithoutId => "history_row_without_id",
            Self::Foreign => "history_row_foreign",
        }
    }
}

/// Whose share of 0..1 a draw falls into.
fn share_out<T, const N: usize>(shares: [(f64, T); N], draw: f64) -> Option<T> {
    let mut reached = 0.0;
    shares.into_iter().find_map(|(share, what)| {
        reached += share;
        (draw < reached).then_some(what)
    })
}

/// Interactions that come, leave, or go on after one answer.
const MOVED_MAX: usize = 1_000;
/// Odd, so that every row has a seed of its own.
const ROW_SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
