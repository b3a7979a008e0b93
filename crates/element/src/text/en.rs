//! English.

use super::Words;

/// English.
pub const WORDS: Words = Words {
    tag: "en",
    thousands: ",",
    decimal: '.',
    reasons: [
        "Next look @",
        "End foretold, next look @",
        "CXone could not answer, next attempt @",
        "Rate limited, next attempt @",
        "Waiting for a free place, next attempt @",
        "CXone is failing, next attempt @",
        "No token from CXone, next attempt @",
        "The answer was lost, looking for it @",
        "Waiting for CXone to call back, giving up @",
    ],
    reason_unknown: "Waiting, next attempt @",
    within: "in @",
    now: "now",
    loading: "Loading",
    unavailable: "Unavailable",
    nothing: "Nothing to show",
    progress_label: "Progress",
    left: "about @ left",
    nearly: "should end any moment",
    took: "took @",
    elapsed: "for @",
    updated: "updated @ ago",
    updated_now: "updated just now",
    ended: "Ended @",
    live: "Live",
    polling: "Live, by polling",
    connecting: "Connecting",
    reconnecting: "Reconnecting",
    reconnecting_in: "Offline, reconnecting @",
    stopped: "Not connected",
    connection_lost: "Connection lost",
    connection_back: "Connected again",
    percent_done: "@ percent done",
};
