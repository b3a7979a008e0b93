//! What people read of a history, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use cxpulse_element::text::{is_german, named};

use crate::model::{Measure, Section};

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// What every element says.
    pub every: cxpulse_element::text::Words,
    /// What is said of a history as of a batch.
    pub flow: cxpulse_element::flow::Words,
    /// Rows where nobody knows how many there will be: one, several.
    pub rows: [&'static str; 2],
    /// Steps, pages, rows dropped, and which time it is read, each of one and of several: what stands beside the rows.
    pub facts: [[&'static str; 2]; 4],
    /// Before what CXone did that its paging forbids.
    pub anomalies: &'static str,
    /// Before what was wrong with the rows.
    pub oddities: &'static str,
    /// How often, after what.
    pub times: &'static str,
    /// In the order of [`Section::ALL`].
    pub sections: [&'static str; 8],
    /// What a section shows, likewise.
    pub leads: [&'static str; 8],
    /// What a section says where there is nothing to show, likewise.
    pub none: [&'static str; 8],
    /// What it says where it was not computed.
    pub left_out: &'static str,
    /// Names of a table's columns, likewise.
    pub heads: [&'static [&'static str]; 8],
    /// Shows a section's table; `@` is the section.
    pub table: &'static str,
    /// Beyond what is listed: `@ more`.
    pub more: &'static str,
    /// In the order of [`Measure::ALL`].
    pub measures: [&'static str; 3],
    /// What nodes and edges tell.
    pub measure: &'static str,
    /// The slider's name.
    pub edges: &'static str,
    /// How many edges are drawn of how many, and which part of what passes.
    pub drawn: [&'static str; 3],
    /// How many nodes are drawn of how many.
    pub nodes: [&'static str; 2],
    /// The map at full size.
    pub full: &'static str,
    /// How the map is used.
    pub hint: &'static str,
    /// Where all begin, where all end.
    pub rims: [&'static str; 2],
    /// Visits of a node: one, several.
    pub visits: [&'static str; 2],
    /// A mean time.
    pub mean: &'static str,
    /// Said of what follows a node.
    pub then: &'static str,
    /// Said before what is before a node.
    pub before: &'static str,
    /// Said before what is after it.
    pub after: &'static str,
    /// Nothing of either.
    pub nothing: &'static str,
    /// How often it begins or ends interactions.
    pub begins: [&'static str; 2],
    /// In how many interactions.
    pub within: [&'static str; 2],
    /// Visits beyond the threshold.
    pub flagged: &'static str,
    /// Least, median, 95th percentile, most.
    pub spread: [&'static str; 4],
    /// How long it took, and what was waited before.
    pub took: [&'static str; 2],
    /// Percentiles are not exact.
    pub about: &'static str,
    /// Narrows the report to a node.
    pub only: &'static str,
    /// Nothing of a node is to be shown any more.
    pub close: &'static str,
    /// Interactions, steps, variants, median duration, 95 % of durations, share with errors.
    pub figures: [&'static str; 6],
    /// Only business hours count.
    pub business: &'static str,
    /// From when to when.
    pub period: [&'static str; 2],
    /// What is said beside bars: of all time, over the threshold; self-loops, back and forth, of those that visit it; of its steps,
    /// first in, recovered; the mean before, deviations; another value, new, gone, another type; nothing but what is put in; a variant's share,
    /// that of all up to it, its median, those with errors.
    pub notes: [&'static str; 19],
    /// Interactions that do something again; those with a self-loop; those that go back and forth.
    pub reworked: [&'static str; 3],
    /// Interactions with an error; that went on; that recovered.
    pub erring: [&'static str; 3],
    /// Names the filters.
    pub filters: &'static str,
    /// In the order of `Field::ALL`.
    pub fields: [&'static str; 5],
    /// Takes a filter away.
    pub remove: &'static str,
    /// Takes all away.
    pub widen: &'static str,
    /// Said aloud once the pictures are of what a person chose.
    pub narrowed: &'static str,
    /// The report could not be had.
    pub missing: &'static str,
    /// Asks for it again.
    pub retry: &'static str,
    /// The report is on its way.
    pub drawing: &'static str,
    /// There is nothing in the report.
    pub empty: [&'static str; 2],
    /// Records that came of those expected, by whom, and the accuracy.
    pub records: [&'static str; 2],
    /// Nobody said how many there are.
    pub unexpected: &'static str,
    /// By the server's total, by ids.
    pub sources: [&'static str; 2],
    /// How much of it came.
    pub accuracy: &'static str,
    /// Verified, to be reviewed.
    pub verdicts: [&'static str; 2],
    /// Names the export buttons.
    pub exports: &'static str,
    /// In the order of `Export::ALL`.
    pub files: [&'static str; 6],
    /// A file is on its way, is there, could not be had.
    pub saving: [&'static str; 3],
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        if is_german(tag) { &de::WORDS } else { &en::WORDS }
    }

    /// A section's title.
    #[must_use]
    pub fn section(&self, section: Section) -> &'static str {
        named(&Section::ALL, &self.sections, section)
    }

    /// What a section shows.
    #[must_use]
    pub fn lead(&self, section: Section) -> &'static str {
        named(&Section::ALL, &self.leads, section)
    }

    /// What a section says where there is nothing to show.
    #[must_use]
    pub fn none(&self, section: Section) -> &'static str {
        named(&Section::ALL, &self.none, section)
    }

    /// Names of a table's columns.
    #[must_use]
    pub fn head(&self, section: Section) -> &'static [&'static str] {
        let found = Section::ALL.iter().zip(self.heads).find(|(known, _)| **known == section);
        found.map_or(&[], |(_, heads)| heads)
    }

    /// What nodes and edges tell.
    #[must_use]
    pub fn measure(&self, measure: Measure) -> &'static str {
        named(&Measure::ALL, &self.measures, measure)
    }
}
