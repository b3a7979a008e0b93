//! What kinds of records there are, by name.

use super::Kind;

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Opened,
        Self::Submit,
        Self::StatusCheck,
        Self::Cancel,
        Self::Retry,
        Self::Decision,
        Self::Anomaly,
        Self::Notification,
        Self::Callback,
        Self::Access,
        Self::Ended,
    ];

    /// As in JSON: `status_check`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Submit => "submit",
            Self::StatusCheck => "status_check",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Decision => "decision",
            Self::Anomaly => "anomaly",
            Self::Notification => "notification",
            Self::Callback => "callback",
            Self::Access => "access",
            Self::Ended => "ended",
        }
    }

    /// Whether it tells of a call to CXone that came back.
    #[must_use]
    pub const fn is_call(self) -> bool {
        matches!(self, Self::Submit | Self::StatusCheck | Self::Cancel)
    }
}
