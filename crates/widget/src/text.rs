//! What people read, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use cxpulse_core::status::{Outcome, Status};
use cxpulse_element::model::Problem;
use cxpulse_element::text::{is_german, named};

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// What every element says.
    pub every: cxpulse_element::text::Words,
    /// In the order of [`Status::ALL`].
    pub statuses: [&'static str; 6],
    /// In the order of [`Outcome::ALL`].
    pub outcomes: [&'static str; 7],
    /// A call is under way.
    pub asking: &'static str,
    /// In the order of [`Problem`].
    pub problems: [&'static str; 5],
    /// Where there is no label and no action.
    pub untitled: &'static str,
    /// Which attempt.
    pub attempt: &'static str,
    /// After the count done, and after the total.
    pub progress: [&'static str; 2],
    /// Heads a result.
    pub result: &'static str,
    /// Heads one out of the cache: from when it is.
    pub kept: &'static str,
    /// Heads CXone's own error.
    pub detail: &'static str,
    /// Heads anomalies: one, several.
    pub anomalies: [&'static str; 2],
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        if is_german(tag) { &de::WORDS } else { &en::WORDS }
    }

    /// A status.
    #[must_use]
    pub fn status(&self, status: Status) -> &'static str {
        named(&Status::ALL, &self.statuses, status)
    }

    /// An outcome.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> &'static str {
        named(&Outcome::ALL, &self.outcomes, outcome)
    }

    /// Why the element cannot go on.
    #[must_use]
    pub const fn problem(&self, problem: Problem) -> &'static str {
        cxpulse_element::text::problem(&self.problems, problem)
    }
}
