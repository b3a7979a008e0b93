//! What people read of a batch, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use cxpulse_element::text::{is_german, named};

use crate::snapshot::Class;

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// What every element says.
    pub every: cxpulse_element::text::Words,
    /// What is said of a batch as of a chain.
    pub flow: cxpulse_element::flow::Words,
    /// In the order of [`Class::ALL`].
    pub classes: [&'static str; 6],
    /// Where answers are from, other than a first go: retried, cached, degraded; each after its count.
    pub sources: [&'static str; 3],
    /// How fast it goes.
    pub rate: &'static str,
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
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        if is_german(tag) { &de::WORDS } else { &en::WORDS }
    }

    /// How an item is counted.
    #[must_use]
    pub fn class(&self, class: Class) -> &'static str {
        named(&Class::ALL, &self.classes, class)
    }
}
