//! English.

use super::Words;

pub(super) static WORDS: Words = Words {
    every: cxpulse_element::text::ENGLISH,
    statuses: ["Pending", "Queued", "Running", "Completed", "Failed", "Canceled"],
    outcomes: ["Completed", "Failed", "Canceled", "Timed out", "Rejected", "Invalid answer", "Fate unknown"],
    asking: "Asking CXone",
    problems: [
        "This page’s access has expired or is not valid.",
        "This page is not allowed to see this execution.",
        "There is no such execution, or it is no longer kept.",
        "The server refuses to show this execution.",
        "The address of this execution is not valid.",
    ],
    untitled: "Execution",
    attempt: "Attempt @",
    progress: ["@ of ", "@ records"],
    result: "Result",
    kept: "Earlier result, from @",
    detail: "What CXone says",
    anomalies: ["1 anomaly", "@ anomalies"],
};
