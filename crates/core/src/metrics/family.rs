//! What is counted of a tenant, and under which labels: tables, so that no label has a value that is not in them. Never
//! counts.
//!
//! Names and units after OpenMetrics 1.0, section 5.3.

/// A metric family that is made of records.
pub(super) struct Family {
    /// Without the prefix and without `_total`; ends with its unit, where it has one.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) shape: Shape,
    pub(super) labels: &'static [Label],
}

/// A label and everything that it can be. What else comes counts as `other`, the last of those that may.
pub(super) struct Label {
    pub(super) name: &'static str,
    pub(super) values: &'static [&'static str],
}

/// How a family counts.
pub(super) enum Shape {
    /// One number, which only grows.
    Counter,
    /// How many took how long, in seconds.
    Histogram(&'static [Bound]),
}

/// The upper end of a bucket.
pub(super) struct Bound {
    pub(super) ms: u64,
    /// In seconds, as OpenMetrics wants floats in `le` to be written.
    pub(super) le: &'static str,
}

impl Label {
    /// The value as it is counted.
    pub(super) fn bounded(&self, value: &str) -> &'static str {
        self.values.iter().copied().find(|known| *known == value).unwrap_or(OTHER)
    }
}

pub(super) const OPENED: Family =
    Family { name: "executions_opened", help: "Executions that were accepted.", shape: Shape::Counter, labels: &[] };

pub(super) const ENDED: Family = Family {
    name: "executions_ended",
    help: "Executions that ended, by outcome.",
    shape: Shape::Counter,
    labels: &[Label {
        name: "outcome",
        values: &["completed", "failed", "canceled", "timed_out", "rejected", "invalid", "unknown"],
    }],
};

pub(super) const LASTED: Family = Family {
    name: "execution_duration_seconds",
    help: "From being accepted to the end.",
    shape: Shape::Histogram(LONG),
    labels: &[],
};

pub(super) const RESULTS: Family = Family {
    name: "results",
    help: "Results that executions ended with, by where they are from: cached and degraded ones are hits of the cache.",
    shape: Shape::Counter,
    labels: &[Label { name: "source", values: &["fresh", "cached", "degraded"] }],
};

pub(super) const CALLS: Family = Family {
    name: "upstream_calls",
    help: "Calls to CXone that came back or were given up, by what for and by class of HTTP status.",
    shape: Shape::Counter,
    labels: &[CALL, Label { name: "status", values: &["2xx", "3xx", "4xx", "5xx", "none", OTHER] }],
};

pub(super) const TOOK: Family = Family {
    name: "upstream_call_duration_seconds",
    help: "From the first byte sent of a call to the last one read.",
    shape: Shape::Histogram(SHORT),
    labels: &[CALL],
};

pub(super) const NOTICED: Family = Family {
    name: "notice_delay_seconds",
    help: "The most that lay between an end on CXone and our noticing it.",
    shape: Shape::Histogram(SHORT),
    labels: &[],
};

pub(super) const RETRIES: Family = Family {
    name: "retries",
    help: "Calls that failed and are made again, by class of failure.",
    shape: Shape::Counter,
    labels: &[Label {
        name: "failure",
        values: &[
            "auth_expired",
            "scope_denied",
            "not_found",
            "client_error",
            "rate_limited",
            "transient",
            "malformed",
        ],
    }],
};

pub(super) const HELD: Family = Family {
    name: "gate_waits",
    help: "Times that the tenant's gate sent a call away for later, by what stood in the way.",
    shape: Shape::Counter,
    labels: &[Label {
        name: "reason",
        values: &["rate_limited", "permit", "breaker_open", "credentials", "retry", OTHER],
    }],
};

pub(super) const DECISIONS: Family = Family {
    name: "decisions",
    help: "What executions chose, as the audit log names it.",
    shape: Shape::Counter,
    labels: &[Label {
        name: "decision",
        values: &[
            "poll_later",
            "poll_at_foretold_end",
            "postpone",
            "renew_token",
            "repeat",
            "look_up",
            "await_callback",
            "use_cached",
            "keep_fallback",
            "degrade",
            "refuse_transition",
            "cancel_upstream",
        ],
    }],
};

pub(super) const ANOMALIES: Family = Family {
    name: "anomalies",
    help: "What CXone did against its own lifecycle, by kind.",
    shape: Shape::Counter,
    labels: &[Label {
        name: "kind",
        values: &[
            "unknown_status",
            "skipped_state",
            "stepped_back",
            "spoke_after_end",
            "callback_disagrees",
            "foreign_answer",
            "cancel_unconfirmed",
            OTHER,
        ],
    }],
};

pub(super) const CALLBACKS: Family = Family {
    name: "callbacks",
    help: "Callbacks of CXone: accepted, repeated or late ones that changed nothing, and refused ones.",
    shape: Shape::Counter,
    labels: &[Label { name: "result", values: &["accepted", "repeated", "late", "refused", OTHER] }],
};

pub(super) const DELIVERIES: Family = Family {
    name: "deliveries",
    help: "What became of notifications to webhooks; dead ones are dead letters.",
    shape: Shape::Counter,
    labels: &[Label { name: "result", values: &["owed", "arrived", "failed", "gone", "dead", "dropped", "redriven"] }],
};

pub(super) const ACCESSES: Family = Family {
    name: "accesses",
    help: "Uses of executions, batches and chains, the first of each caller and verb in an hour.",
    shape: Shape::Counter,
    labels: &[
        Label {
            name: "verb",
            values: &[
                "read",
                "events",
                "socket",
                "feed",
                "journal",
                "audit",
                "bundle",
                "cancel",
                "notifications",
                "redrive",
                "redrive_notifications",
                OTHER,
            ],
        },
        Label { name: "allowed", values: &["true", "false"] },
    ],
};

pub(super) const DISPATCHED: Family = Family {
    name: "dispatch_delay_seconds",
    help: "From a record's being written to its being counted here: how far these numbers lag behind.",
    shape: Shape::Histogram(LONG),
    labels: &[],
};

pub(super) const SPANS: Family = Family {
    name: "spans",
    help: "Spans for the collector: exported, rejected by it, and dropped because too many waited.",
    shape: Shape::Counter,
    labels: &[Label { name: "result", values: &["exported", "rejected", "dropped"] }],
};

pub(super) const BATCHES_OPENED: Family =
    Family { name: "batches_opened", help: "Batches that were accepted.", shape: Shape::Counter, labels: &[] };

pub(super) const BATCHES_ENDED: Family = Family {
    name: "batches_ended",
    help: "Generations of batches that ended, by outcome: of one that is redriven, each counts.",
    shape: Shape::Counter,
    labels: &[Label { name: "outcome", values: &["completed", "partial", "failed", "canceled", "timed_out"] }],
};

pub(super) const BATCHES_LASTED: Family = Family {
    name: "batch_duration_seconds",
    help: "From a generation's being asked for to its end.",
    shape: Shape::Histogram(LONG),
    labels: &[],
};

pub(super) const REDRIVES: Family = Family {
    name: "batch_redrives",
    help: "Redrives of batches that ran something again.",
    shape: Shape::Counter,
    labels: &[],
};

pub(super) const ITEMS_PLANNED: Family = Family {
    name: "batch_items_planned",
    help: "Items of batches that were accepted, and items that a redrive runs again.",
    shape: Shape::Counter,
    labels: &[Label { name: "by", values: &["start", "redrive"] }],
};

pub(super) const ITEMS_ENDED: Family = Family {
    name: "batch_items_ended",
    help: "Items of batches whose execution ended, by what they count as. What never began is in none of these.",
    shape: Shape::Counter,
    labels: &[Label { name: "status", values: &["successful", "failed", "degraded", "canceled"] }],
};

pub(super) const CHAINS_OPENED: Family =
    Family { name: "chains_opened", help: "Chains that were accepted.", shape: Shape::Counter, labels: &[] };

pub(super) const CHAINS_ENDED: Family = Family {
    name: "chains_ended",
    help: "Generations of chains that ended, by outcome: of one that is redriven, each counts.",
    shape: Shape::Counter,
    labels: &[Label { name: "outcome", values: &["completed", "partial", "failed", "canceled", "timed_out"] }],
};

pub(super) const CHAINS_LASTED: Family = Family {
    name: "chain_duration_seconds",
    help: "From a generation's being asked for to its end.",
    shape: Shape::Histogram(LONG),
    labels: &[],
};

pub(super) const CHAIN_REDRIVES: Family = Family {
    name: "chain_redrives",
    help: "Redrives of chains that ran something again.",
    shape: Shape::Counter,
    labels: &[],
};

pub(super) const NODES_PLANNED: Family = Family {
    name: "chain_nodes_planned",
    help: "Nodes of chains that were accepted, and nodes that a redrive runs again.",
    shape: Shape::Counter,
    labels: &[Label { name: "by", values: &["start", "redrive"] }],
};

pub(super) const NODES_ENDED: Family = Family {
    name: "chain_nodes_ended",
    help: "Nodes of chains whose execution ended, by what that counts as by itself. What had none is in none of these.",
    shape: Shape::Counter,
    labels: &[Label { name: "status", values: &["successful", "failed", "degraded", "canceled"] }],
};

pub(super) const HISTORIES_OPENED: Family = Family {
    name: "histories_opened",
    help: "History queries that were accepted.",
    shape: Shape::Counter,
    labels: &[],
};

pub(super) const HISTORIES_ENDED: Family = Family {
    name: "histories_ended",
    help: "History queries that ended, by outcome.",
    shape: Shape::Counter,
    labels: &[Label { name: "outcome", values: &["completed", "partial", "failed", "canceled", "timed_out"] }],
};

pub(super) const HISTORY_RECORDS: Family = Family {
    name: "history_records",
    help: "Records that history queries brought, each counted once when its query ended.",
    shape: Shape::Counter,
    labels: &[],
};

pub(super) const HISTORIES_LASTED: Family = Family {
    name: "history_duration_seconds",
    help: "From a history query's being asked for to its end.",
    shape: Shape::Histogram(LONG),
    labels: &[],
};

/// Every family that is made of records, as they are written.
pub(super) const FAMILIES: [&Family; 32] = [
    &OPENED,
    &ENDED,
    &LASTED,
    &RESULTS,
    &CALLS,
    &TOOK,
    &NOTICED,
    &RETRIES,
    &HELD,
    &DECISIONS,
    &ANOMALIES,
    &CALLBACKS,
    &DELIVERIES,
    &ACCESSES,
    &DISPATCHED,
    &SPANS,
    &BATCHES_OPENED,
    &BATCHES_ENDED,
    &BATCHES_LASTED,
    &REDRIVES,
    &ITEMS_PLANNED,
    &ITEMS_ENDED,
    &CHAINS_OPENED,
    &CHAINS_ENDED,
    &CHAINS_LASTED,
    &CHAIN_REDRIVES,
    &NODES_PLANNED,
    &NODES_ENDED,
    &HISTORIES_OPENED,
    &HISTORIES_ENDED,
    &HISTORIES_LASTED,
    &HISTORY_RECORDS,
];

const CALL: Label = Label { name: "call", values: &["submit", "poll", "look_up", "cancel"] };

/// What a label is whose value is in no table.
pub(super) const OTHER: &str = "other";

/// For calls and what waits for them: 10 ms to a minute.
const SHORT: &[Bound] = &[
    Bound { ms: 10, le: "0.01" },
    Bound { ms: 25, le: "0.025" },
    Bound { ms: 50, le: "0.05" },
    Bound { ms: 100, le: "0.1" },
    Bound { ms: 250, le: "0.25" },
    Bound { ms: 500, le: "0.5" },
    Bound { ms: 1_000, le: "1.0" },
    Bound { ms: 2_500, le: "2.5" },
    Bound { ms: 5_000, le: "5.0" },
    Bound { ms: 10_000, le: "10.0" },
    Bound { ms: 30_000, le: "30.0" },
    Bound { ms: 60_000, le: "60.0" },
];

/// For whole executions: half a second to a day.
const LONG: &[Bound] = &[
    Bound { ms: 500, le: "0.5" },
    Bound { ms: 1_000, le: "1.0" },
    Bound { ms: 2_500, le: "2.5" },
    Bound { ms: 5_000, le: "5.0" },
    Bound { ms: 15_000, le: "15.0" },
    Bound { ms: 60_000, le: "60.0" },
    Bound { ms: 300_000, le: "300.0" },
    Bound { ms: 900_000, le: "900.0" },
    Bound { ms: 3_600_000, le: "3600.0" },
    Bound { ms: 21_600_000, le: "21600.0" },
    Bound { ms: 86_400_000, le: "86400.0" },
];
