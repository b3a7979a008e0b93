//! A snapshot as a caller sees it: JSON, read by name. Never knows the types that wrote it.

use std::fmt;

use serde_json::Value;

/// One snapshot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot(Value);

impl Snapshot {
    /// Takes what the Worker answered.
    pub(crate) fn of(value: Value) -> Self {
        assert!(value.get("seq").is_some_and(Value::is_u64), "a snapshot has a seq: {value}");
        Self(value)
    }

    /// The value at an RFC 6901 pointer; null where there is none.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The text at a pointer; empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        self.text("/id")
    }

    pub(crate) fn seq(&self) -> u64 {
        self.at("/seq").as_u64().unwrap_or_default()
    }

    pub(crate) fn status(&self) -> &str {
        self.text("/status")
    }

    pub(crate) fn outcome(&self) -> Option<&str> {
        self.at("/outcome").as_str()
    }

    /// The codes of the anomalies, in order.
    pub(crate) fn anomalies(&self) -> Vec<&str> {
        let anomalies = self.at("/anomalies").as_array().map(Vec::as_slice).unwrap_or_default();
        anomalies.iter().filter_map(|anomaly| anomaly.get("code").and_then(Value::as_str)).collect()
    }

    /// The end in a line: `completed/completed`, or `running/timed_out DEADLINE_PASSED`, with the anomalies in
    /// brackets.
    pub(crate) fn ending(&self) -> String {
        let mut line = format!("{}/{}", self.status(), self.outcome().unwrap_or("none"));
        if !self.text("/error/code").is_empty() {
            line.push_str(&format!(" {}", self.text("/error/code")));
        }
        if !self.anomalies().is_empty() {
            line.push_str(&format!(" [{}]", self.anomalies().join(", ")));
        }
        line
    }

    /// The whole of it.
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
