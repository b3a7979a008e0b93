//! The JSON of what a redrive would do. Never runs anything.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::{count, first_ids};
use crate::batch::{Batch, BatchOrder, Plan};
use crate::flow::NodeStatus;
use crate::id::FlowId;

/// What a redrive would run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedrivePreview {
    /// The batch.
    pub id: FlowId,
    /// The generation that it would be.
    pub generation: u32,
    /// How many items would run.
    pub count: u32,
    /// How many of each status.
    pub by_status: RedriveCounts,
    /// The ids of the first twenty.
    pub items: Vec<String>,
    /// Those that may have run on CXone without our knowing how it ended: to run them again may do it twice.
    pub may_have_run: RedriveDoubts,
    /// Items that were named, and stay as they are: they are successful, under way or to start.
    pub left_out: u32,
}

/// How many items of each status would run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedriveCounts {
    /// Failed.
    pub failed: u32,
    /// Degraded.
    pub degraded: u32,
    /// Canceled.
    pub canceled: u32,
    /// Never started.
    pub not_started: u32,
}

/// Items that may have run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedriveDoubts {
    /// How many.
    pub count: u32,
    /// The ids of the first twenty.
    pub items: Vec<String>,
}

impl RedrivePreview {
    /// Of what was chosen.
    #[must_use]
    pub fn of(order: &BatchOrder, batch: &Batch, plan: &Plan) -> Self {
        let doubtful = batch.may_have_run(&plan.items);
        Self {
            id: order.id.clone(),
            generation: batch.standing().generation().saturating_add(1),
            count: count(&plan.items),
            by_status: RedriveCounts {
                failed: batch.count_of(&plan.items, NodeStatus::Failed),
                degraded: batch.count_of(&plan.items, NodeStatus::Degraded),
                canceled: batch.count_of(&plan.items, NodeStatus::Canceled),
                not_started: batch.count_of(&plan.items, NodeStatus::NotStarted),
            },
            items: first_ids(batch, &plan.items, PREVIEW_IDS_MAX),
            may_have_run: RedriveDoubts {
                count: count(&doubtful),
                items: first_ids(batch, &doubtful, PREVIEW_IDS_MAX),
            },
            left_out: plan.left_out,
        }
    }
}

/// Ids of a preview.
pub const PREVIEW_IDS_MAX: usize = 20;
