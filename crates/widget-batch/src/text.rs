//! What people read of a batch, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use cxpulse_element::model::Problem;
use cxpulse_element::text::{is_german, named};

use crate::snapshot::{Class, State, Stop};

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// What every element says.
    pub every: cxpulse_element::text::Words,
    /// In the order of [`State::ALL`].
    pub states: [&'static str; 7],
    /// In the order of [`Class::ALL`].
    pub classes: [&'static str; 6],
    /// In the order of [`Problem`].
    pub problems: [&'static str; 5],
    /// In the order of [`Stop`].
    pub stops: [&'static str; 3],
    /// Where answers are from, other than a first go: retried, cached, degraded; each after its count.
    pub sources: [&'static str; 3],
    /// Where there is no label and no action.
    pub untitled: &'static str,
    /// After the count done, and after the total.
    pub progress: [&'static str; 2],
    /// How fast it goes.
    pub rate: &'static str,
    /// Which generation.
    pub generation: &'static str,
    /// What most running items wait for.
    pub most: &'static str,
    /// The counts' name.
    pub counts: &'static str,
    /// Heads what failed: one kind, several.
    pub failures: [&'static str; 2],
    /// The first ids of one kind of failure.
    pub first: &'static str,
    /// Opens the table with what failed.
    pub show_faulty: &'static str,
    /// The grid's name.
    pub grid: &'static str,
    /// An item of the grid: its number, and after that how many there are.
    pub cell: [&'static str; 2],
    /// How the grid is used.
    pub grid_hint: &'static str,
    /// An item, by its id.
    pub item: &'static str,
    /// Attempts of an item: one, several.
    pub attempts: [&'static str; 2],
    /// Leads to an item's execution.
    pub open: &'static str,
    /// Opens the table.
    pub table: &'static str,
    /// Before the choice of items.
    pub show: &'static str,
    /// All items; those that failed or are degraded.
    pub filters: [&'static str; 2],
    /// The table's columns.
    pub columns: [&'static str; 5],
    /// Which rows: from, to, of how many.
    pub rows: [&'static str; 3],
    /// There are none such.
    pub none: &'static str,
    /// The table could not be had.
    pub missing: &'static str,
    /// Turns the page.
    pub previous: &'static str,
    /// Turns the page.
    pub next: &'static str,
    /// In the order of [`crate::model::Deed`].
    pub deeds: [Deed; 2],
    /// What would be canceled: what runs, what would not start.
    pub cancels: [&'static str; 2],
    /// The server is asked what a redrive would run.
    pub previewing: &'static str,
    /// What would run: one item, several.
    pub runs: [&'static str; 2],
    /// Nothing would.
    pub runs_none: &'static str,
    /// What may have run already: one item, several.
    pub doubts: [&'static str; 2],
    /// What was refused was read.
    pub dismiss: &'static str,
    /// The server does not let this page do so.
    pub forbidden: &'static str,
    /// The server did not answer.
    pub unreached: &'static str,
}

/// What is said about something that a person may do.
#[derive(Debug)]
pub struct Deed {
    /// The button that begins it.
    pub begin: &'static str,
    /// The question.
    pub ask: &'static str,
    /// Yes.
    pub confirm: &'static str,
    /// No.
    pub leave: &'static str,
    /// It is being sent.
    pub sending: &'static str,
    /// It was done.
    pub done: &'static str,
    /// It was not.
    pub refused: &'static str,
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        if is_german(tag) { &de::WORDS } else { &en::WORDS }
    }

    /// A state.
    #[must_use]
    pub fn state(&self, state: State) -> &'static str {
        named(&State::ALL, &self.states, state)
    }

    /// How an item is counted.
    #[must_use]
    pub fn class(&self, class: Class) -> &'static str {
        named(&Class::ALL, &self.classes, class)
    }

    /// Why nothing more is started.
    #[must_use]
    pub fn stop(&self, stop: Stop) -> &'static str {
        named(&[Stop::Tolerance, Stop::Deadline, Stop::Canceled], &self.stops, stop)
    }

    /// Why the element cannot go on.
    #[must_use]
    pub const fn problem(&self, problem: Problem) -> &'static str {
        cxpulse_element::text::problem(&self.problems, problem)
    }

    /// What is said about a deed.
    #[must_use]
    pub const fn deed(&self, deed: crate::model::Deed) -> &Deed {
        let [cancel, redrive] = &self.deeds;
        match deed {
            crate::model::Deed::Cancel => cancel,
            crate::model::Deed::Redrive => redrive,
        }
    }
}
