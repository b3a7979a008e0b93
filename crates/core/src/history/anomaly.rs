//! What is wrong with a history: counted by kind, with examples. Never guesses what was meant.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A way in which CXone's history is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportAnomalyKind"))]
pub enum AnomalyKind {
    /// A row that is no object with an `interactionId` and a list of steps, or no JSON; left out.
    UnreadableRow,
    /// A row beyond 16 MiB; left out.
    OversizedRow,
    /// An interaction without a step; counted as no interaction.
    EmptyInteraction,
    /// A step that is no object; left out.
    UnreadableStep,
    /// A step without a `nodeId`, or with one that is neither text nor number, or beyond 1,024 bytes; left out.
    UnreadableNode,
    /// A step without a start; left out.
    MissingStart,
    /// A step without an end; left out, or ended by the next start where the options say so.
    MissingEnd,
    /// A step with a time that has no zone; left out.
    ZonelessTime,
    /// A step with a time that is none; left out.
    UnreadableTime,
    /// A step that ends before it starts; its times count as they are.
    EndBeforeStart,
    /// A step that starts before the one that stands before it; put in order.
    OutOfOrder,
    /// A step whose `nodeType` is missing or none that we know; no decision.
    UnknownNodeType,
    /// A name twice in one object; the last one counts.
    RepeatedKey,
    /// Variables that are no object; as if there were none.
    UnreadableVariables,
    /// An `errorState` that is neither true, false nor null; no error.
    UnreadableErrorState,
    /// A step that another row of the same interaction had before; left out.
    RepeatedStep,
    /// A step beyond the 100,000 first of an interaction, by start; left out.
    TooManySteps,
}

/// One thing that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportAnomalyExample"))]
pub struct Example {
    /// Whose; null where that could not be read.
    pub interaction: Option<String>,
    /// In which node; null where it is not about one.
    pub node: Option<String>,
    /// What was there, cut after 80 characters.
    pub found: String,
}

/// All that was wrong in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportAnomaly"))]
pub struct Anomaly {
    /// Which way.
    pub kind: AnomalyKind,
    /// How often.
    pub count: u64,
    /// The first three by interaction, node and what was found, so that they are the same whatever came first.
    pub examples: Vec<Example>,
}

/// A tally of them. Adding commutes.
#[derive(Debug, Clone, Default)]
pub(super) struct Anomalies(BTreeMap<AnomalyKind, Seen>);

#[derive(Debug, Clone, Default)]
struct Seen {
    count: u64,
    examples: Vec<Example>,
}

impl Anomalies {
    pub(super) fn add(&mut self, kind: AnomalyKind, interaction: Option<&str>, node: Option<&str>, found: &str) {
        let seen = self.0.entry(kind).or_default();
        if seen.is_beyond(interaction, node) {
            seen.count = seen.count.saturating_add(1);
            return;
        }
        let interaction = interaction.map(ToString::to_string);
        seen.add(1, core::iter::once(Example { interaction, node: node.map(clipped), found: clipped(found) }));
    }

    /// Takes in what a row had, once it is known whose it is.
    pub(super) fn merge(&mut self, other: &Self, interaction: Option<&str>) {
        for (kind, seen) in &other.0 {
            let named = seen.examples.iter().map(|example| {
                let name = example.interaction.clone().or_else(|| interaction.map(ToString::to_string));
                Example { interaction: name, ..example.clone() }
            });
            self.0.entry(*kind).or_default().add(seen.count, named);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// By kind.
    pub(super) fn list(&self) -> Vec<Anomaly> {
        let row = |(kind, seen): (&AnomalyKind, &Seen)| Anomaly {
            kind: *kind,
            count: seen.count,
            examples: seen.examples.clone(),
        };
        self.0.iter().map(row).collect()
    }
}

impl Seen {
    /// Whether there are examples enough, and all of them before one of this interaction and node.
    fn is_beyond(&self, interaction: Option<&str>, node: Option<&str>) -> bool {
        let last = self.examples.get(EXAMPLES.saturating_sub(1));
        last.is_some_and(|last| (last.interaction.as_deref(), last.node.as_deref()) < (interaction, node))
    }

    fn add(&mut self, count: u64, examples: impl Iterator<Item = Example>) {
        self.count = self.count.saturating_add(count);
        for example in examples {
            let at = self.examples.partition_point(|known| *known < example);
            if at < EXAMPLES && self.examples.get(at) != Some(&example) {
                self.examples.insert(at, example);
                self.examples.truncate(EXAMPLES);
            }
        }
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}

const EXAMPLES: usize = 3;
