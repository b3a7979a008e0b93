//! What a bad end of a node means for those that need it. Never looks at anything but the end and what the node says of it.

use super::OnFailure;
use crate::flow::End;

/// By what the node says of its failures.
pub(super) const fn judge(on_failure: OnFailure, bad: End) -> End {
    match on_failure {
        OnFailure::Halt => bad,
        OnFailure::Continue => End::Excused,
        OnFailure::Fallback => End::Replaced,
    }
}
