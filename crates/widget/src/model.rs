//! The shared model, of executions. Nothing of its own.

pub use cxpulse_element::model::*;

use crate::snapshot::Snapshot;

/// What the element knows.
pub type Model = cxpulse_element::model::Model<Snapshot>;
/// Something to do.
pub type Cmd = cxpulse_element::model::Cmd<Snapshot>;
/// What the page is told.
pub type Happening = cxpulse_element::model::Happening<Snapshot>;
