//! What is to be known of a history: the JSON of `GET /v1/histories/{id}/report` and of `cargo xtask analyze FILE --json`.
//!
//! All times are in seconds, shares from 0 to 1. Lists are in an order of their own, so that the same history gives the same
//! text, byte for byte, in whatever pages it came.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::anomaly::Anomaly;
use crate::time::Rfc3339;

macro_rules! shapes {
    ($($(#[$about:meta])* struct $name:ident as $title:literal { $($(#[$field_about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = $title))]
        pub struct $name {
            $($(#[$field_about])* pub $field: $type,)*
        }
    )*};
}

shapes! {
    /// The whole report.
    struct Report as "HistoryReport" {
        /// Interactions with a step, that the filter let through.
        interactions: u64,
        /// Their steps that have both times.
        steps: u64,
        /// From the first start to the last end; null without a step.
        period: Option<Period>,
        /// How long an interaction took, from its first start to its last end; null without one.
        duration: Option<Spread>,
        /// Which node follows which.
        dfg: Graph,
        /// Which ways interactions went.
        variants: Variants,
        /// How long nodes took, and what was waited for before them; by name.
        dwell: Vec<NodeTimes>,
        /// Where the time went.
        bottlenecks: Bottlenecks,
        /// What was done again.
        rework: Rework,
        /// What failed.
        errors: Errors,
        /// Which node changed which variable.
        changes: Changes,
        /// Times that stand out from their own past.
        outliers: Outlying,
        /// What was wrong with the history itself.
        anomalies: Vec<Anomaly>,
        /// How it was computed.
        method: Method,
    }

    /// From when to when.
    struct Period as "ReportPeriod" {
        /// The first start.
        from: Rfc3339,
        /// The last end.
        to: Rfc3339,
    }

    /// A distribution of times, in seconds.
    struct Spread as "ReportSpread" {
        /// How many.
        count: u64,
        /// All together.
        sum: f64,
        /// The least; negative where steps overlap.
        min: f64,
        /// The mean.
        mean: f64,
        /// The median.
        p50: f64,
        /// What 95 % are not above.
        p95: f64,
        /// The most.
        max: f64,
        /// The standard deviation of a sample; null of one alone.
        stdev: Option<f64>,
        /// Whether the percentiles are those of the times themselves, or of a sketch: `method.percentile_error` says how far those may be off.
        is_exact: bool,
    }

    /// The directly-follows graph.
    struct Graph as "ReportGraph" {
        /// Pairs of nodes, the most frequent first. Times are from the end of `from` to the start of `to`.
        edges: Vec<Edge>,
        /// Nodes that interactions start with, the most frequent first.
        start: Vec<NodeCount>,
        /// Nodes that they end with, likewise.
        end: Vec<NodeCount>,
    }

    /// A node that directly follows another.
    struct Edge as "ReportEdge" {
        /// The earlier node.
        from: String,
        /// The later one.
        to: String,
        /// How often, and what was waited.
        #[serde(flatten)]
        times: Spread,
        /// In how many interactions.
        interactions: u64,
        /// How often the later step had an error.
        errors: u64,
        /// What this waiting adds to the interactions' durations: the sum over all edges and nodes is that of all durations.
        contributed: f64,
    }

    /// A node and how often.
    struct NodeCount as "ReportNodeCount" {
        /// The node.
        node: String,
        /// How often.
        count: u64,
    }

    /// Ways through the workflow.
    struct Variants as "ReportVariants" {
        /// How many different ones; of a history with more than 50,000, or with more than 2,000,000 steps in all of them, those
        /// that came first.
        count: u64,
        /// Interactions that went none of these ways: they came when there was no room for one more.
        #[serde(default)]
        others: u64,
        /// The most frequent ones; of equally frequent ones by their nodes.
        top: Vec<Variant>,
    }

    /// One way.
    struct Variant as "ReportVariant" {
        /// Its name: 16 hexadecimal digits that follow from its nodes alone.
        id: String,
        /// Its nodes, the first 1,000 of them.
        nodes: Vec<String>,
        /// How many nodes it has.
        length: u64,
        /// How many interactions went this way.
        count: u64,
        /// Which part of all.
        share: f64,
        /// Which part of all went this way or a more frequent one.
        coverage: f64,
        /// How many of them had an error.
        errors: u64,
        /// How long they took.
        duration: Spread,
    }

    /// The times of a node.
    struct NodeTimes as "ReportNodeTimes" {
        /// The node.
        node: String,
        /// Its types, as the steps have them; more than one is odd.
        types: Vec<String>,
        /// From start to end, of every visit.
        #[serde(flatten)]
        times: Spread,
        /// From the end of the step before to this start, of every visit but first steps; null without one.
        waiting: Option<Spread>,
        /// In how many interactions.
        interactions: u64,
        /// Visits beyond the threshold, of nodes that are judged.
        flagged: u64,
        /// What these visits add to the interactions' durations: overlapped time counts once, for who came first.
        contributed: f64,
    }

    /// Where the time goes.
    struct Bottlenecks as "ReportBottlenecks" {
        /// What a dwell time is held against.
        threshold: f64,
        /// Visits beyond it, of nodes that are judged.
        flagged: u64,
        /// Durations of all interactions together.
        total: f64,
        /// Nodes and edges by what they contribute, the most first.
        ranking: Vec<Bottleneck>,
    }

    /// A node or an edge that takes time.
    struct Bottleneck as "ReportBottleneck" {
        /// Which.
        #[serde(flatten)]
        place: Place,
        /// Visits or passages.
        count: u64,
        /// What it adds to all durations together: what would be saved without it.
        contributed: f64,
        /// The same as a part of all durations.
        share: f64,
        /// Visits beyond the threshold; 0 of an edge.
        flagged: u64,
    }

    /// What is done again.
    struct Rework as "ReportRework" {
        /// Interactions that visit a node more than once.
        interactions: u64,
        /// Which part of all.
        share: f64,
        /// Interactions in which a node follows itself.
        self_loops: u64,
        /// Interactions that go to a node and back at once: a, b, a.
        back_and_forth: u64,
        /// By node, those with most repeats first.
        nodes: Vec<NodeRework>,
    }

    /// What is done again at a node.
    struct NodeRework as "ReportNodeRework" {
        /// The node.
        node: String,
        /// How often it follows itself.
        self_loops: u64,
        /// Visits beyond the first of an interaction.
        repeats: u64,
        /// How often it is left and come back to at once.
        back_and_forth: u64,
        /// Interactions with any of it.
        interactions: u64,
        /// Which part of the interactions that visit it.
        share: f64,
    }

    /// What failed.
    struct Errors as "ReportErrors" {
        /// Steps with an error.
        steps: u64,
        /// Interactions with one.
        interactions: u64,
        /// Which part of all.
        share: f64,
        /// Of these interactions, those with a step after their first error.
        went_on: u64,
        /// Of these interactions, those in which the node of the first error succeeds later.
        recovered: u64,
        /// By node, those with most errors first.
        nodes: Vec<NodeErrors>,
    }

    /// What failed at a node.
    struct NodeErrors as "ReportNodeErrors" {
        /// The node.
        node: String,
        /// Its steps with an error.
        count: u64,
        /// Which part of its steps.
        share: f64,
        /// Interactions whose first error it is.
        first: u64,
        /// Errors after which it succeeds later in the same interaction.
        recovered: u64,
    }

    /// Who changes what.
    struct Changes as "ReportChanges" {
        /// False where there are too many pairs of node and variable to be told: names are probably data.
        is_computed: bool,
        /// The most frequent ones.
        top: Vec<VariableChanges>,
        /// How many pairs of node and variable there are.
        count: u64,
    }

    /// What a node does to a variable.
    struct VariableChanges as "ReportVariableChanges" {
        /// The node.
        node: String,
        /// The variable.
        variable: String,
        /// How often it gets another value.
        changed: u64,
        /// How often it comes.
        added: u64,
        /// How often it goes.
        removed: u64,
        /// How often it gets a value of another type.
        retyped: u64,
    }

    /// Times that stand out.
    struct Outlying as "ReportOutlying" {
        /// False where they were not looked for, or where there are too many times to be held.
        is_computed: bool,
        /// Deviations from the mean of what was before, beyond which a time stands out.
        threshold: f64,
        /// Times that have to be before it.
        past_min: u64,
        /// How many stand out.
        count: u64,
        /// Those that do so most.
        top: Vec<Outlier>,
    }

    /// A time that stands out.
    struct Outlier as "ReportOutlier" {
        /// Of which node (its dwell time) or edge (its waiting time).
        #[serde(flatten)]
        place: Place,
        /// In which interaction.
        interaction: String,
        /// When: the start of the step, or of the later one.
        at: Rfc3339,
        /// The time.
        value: f64,
        /// The mean of all that started earlier at this place.
        mean: f64,
        /// Their standard deviation.
        stdev: f64,
        /// How many deviations it is from the mean.
        z: f64,
    }

    /// How a report was computed.
    struct Method as "ReportMethod" {
        /// Percentiles lie between the two nearest ranks, in proportion: always `linear`.
        percentile: String,
        /// How far a percentile may be off where `is_exact` is false, as a part of it.
        percentile_error: f64,
        /// Whether only business hours count.
        is_business_time: bool,
        /// Whether a step without an end was ended by the next start.
        is_end_taken: bool,
        /// Whether nodes of all types are held against the threshold, or decisions only.
        is_every_node_judged: bool,
    }
}

/// A node or an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportPlace"))]
pub enum Place {
    /// A node.
    Node {
        /// Its id.
        node: String,
    },
    /// The way from one to another.
    Edge {
        /// The earlier node.
        from: String,
        /// The later one.
        to: String,
    },
}
