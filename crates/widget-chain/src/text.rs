//! What people read of a chain, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use alloc::string::String;

use cxpulse_element::text::{fill, is_german, named};

use crate::snapshot::{Class, Reason, Source};

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// What every element says.
    pub every: cxpulse_element::text::Words,
    /// What is said of a chain as of a batch.
    pub flow: cxpulse_element::flow::Words,
    /// In the order of [`Class::ALL`].
    pub classes: [&'static str; 7],
    /// In the order of [`Source`].
    pub sources: [&'static str; 4],
    /// In the order of [`Reason`]; `@` is the node that is needed.
    pub reasons: [&'static str; 8],
    /// Attempts of a node: one, several.
    pub attempts: [&'static str; 2],
    /// How long the nodes of the critical path took.
    pub critical: &'static str,
    /// Said of a node on it.
    pub is_critical: &'static str,
    /// What failed, by code.
    pub failures: &'static str,
    /// Said aloud of nodes that have failed.
    pub news: &'static str,
    /// The graph's name.
    pub graph: &'static str,
    /// How the graph is used.
    pub hint: &'static str,
    /// The graph could not be had.
    pub missing: &'static str,
    /// The graph as a list.
    pub list: &'static str,
    /// One size down.
    pub smaller: &'static str,
    /// One size up.
    pub larger: &'static str,
    /// What a node needs.
    pub needs: &'static str,
    /// What needs a node.
    pub feeds: &'static str,
    /// Nothing of either.
    pub nothing: &'static str,
    /// Before the action's id.
    pub action: &'static str,
    /// Before the time of day at which a node began.
    pub began: &'static str,
    /// Asks for what a node came to.
    pub show_output: &'static str,
    /// What a node came to.
    pub output: &'static str,
    /// It came to nothing.
    pub no_output: &'static str,
    /// It could not be had.
    pub output_refused: &'static str,
    /// Something in it is not shown.
    pub redacted: &'static str,
    /// Leads to a node's execution.
    pub open: &'static str,
    /// Nothing of a node is to be shown any more.
    pub close: &'static str,
    /// What a redrive begins with.
    pub begins: &'static str,
    /// What runs again because of that.
    pub after: &'static str,
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        if is_german(tag) { &de::WORDS } else { &en::WORDS }
    }

    /// How a node is counted.
    #[must_use]
    pub fn class(&self, class: Class) -> &'static str {
        named(&Class::ALL, &self.classes, class)
    }

    /// Where a node's output is from.
    #[must_use]
    pub fn source(&self, source: Source) -> &'static str {
        named(&[Source::Retried, Source::Cached, Source::Degraded, Source::Fallback], &self.sources, source)
    }

    /// Why a node stands so.
    #[must_use]
    pub fn reason(&self, reason: &Reason) -> String {
        let [needs, needs_skipped, when, go_on, fallback, late, canceled, deadline] = self.reasons;
        match reason {
            Reason::Needs(name) => fill(needs, name),
            Reason::NeedsSkipped => needs_skipped.into(),
            Reason::When => when.into(),
            Reason::Continue => go_on.into(),
            Reason::Fallback => fallback.into(),
            Reason::Late => late.into(),
            Reason::Canceled => canceled.into(),
            Reason::Deadline => deadline.into(),
        }
    }
}
