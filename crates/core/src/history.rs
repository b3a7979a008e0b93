//! What interactions went through on CXone, and where their time went. Never asks CXone for anything, never orders steps by
//! anything but their start.
//!
//! A [`Log`] gathers pages of history in any order; an [`Analysis`] takes its interactions one by one and makes the [`Report`]. The
//! semantics are those of process mining as PM4Py has them: steps by a stable sort on their start, an edge's time from the end of
//! one step to the start of the next (negative where they overlap), a dwell time from start to end.

use alloc::string::String;

use sha2::{Digest, Sha256};

mod analysis;
mod anomaly;
mod compare;
mod cursor;
mod export;
mod fields;
mod gather;
mod hours;
mod log;
mod mix;
mod moment;
mod names;
mod number;
mod options;
mod read;
pub mod report;
mod split;
mod states;
mod steps;
mod text;
mod times;

pub use analysis::{Analysis, AnalysisError, EDGES_MAX, NODES_MAX, VARIANT_STEPS_MAX, VARIANTS_MAX};
pub use anomaly::{Anomaly, AnomalyKind, Example};
pub use compare::{Comparison, Delta, EdgeDelta, NodeDelta, VariantDelta, compare};
pub use cursor::Fault;
pub use export::{ExportError, Exporter, Table, write_csv, write_dot, write_mermaid, write_xes};
pub use fields::ChangeKind;
pub use hours::{Day, OpenHours};
pub use log::{INTERACTIONS_MAX, Log};
pub use options::{Filter, Judged, MissingEnd, Options, Outliers, is_decision, is_known};
pub use report::Report;
pub use split::{Cut, Piece, Splitter};
pub use states::interaction_of_states;
pub use steps::{StepLines, StepNotes, StepsError, write_steps};
pub use times::{EXACT_MAX, RELATIVE_ERROR};

/// The id of a variant: 16 hexadecimal digits that follow from its nodes, in order, and from nothing else.
#[must_use]
pub fn variant_id<'a>(nodes: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for node in nodes {
        hash.update(number::many(node.len()).to_le_bytes());
        hash.update(node);
    }
    let mut id = String::new();
    for byte in hash.finalize().iter().take(8) {
        for digit in [byte >> 4, byte & 15] {
            id.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    id
}

/// Bytes of a row that are looked at.
pub const ROW_MAX: usize = 16 << 20;

/// Steps of one interaction that are analysed, the earliest ones.
pub const STEPS_MAX: usize = 100_000;

/// Bytes of a node's, a type's or an interaction's name.
pub const NAME_MAX: usize = 1_024;
