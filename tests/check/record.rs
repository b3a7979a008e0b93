//! Audit records for the tables: what they are about, the rest as always.

use cxpulse_core::audit::Record;
use serde_json::{Value, json};

/// A record of the kind with these fields, written at ten past noon; any of the usual ones may be among them.
pub(crate) fn record(kind: &str, fields: Value) -> Record {
    let mut all = json!({
        "number": 1, "at": "2026-11-21T10:00:10.000Z", "kind": kind, "who": "system", "tenant": "default",
        "execution": "exe_11111111111111111111111111111111", "trace_id": "33333333333333333333333333333333",
        "sampled": true,
    });
    if let (Some(all), Value::Object(fields)) = (all.as_object_mut(), fields) {
        all.extend(fields);
    }
    serde_json::from_value(all).expect("the table's record is well formed")
}
