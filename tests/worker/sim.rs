//! The simulated CXone, from outside: as a caller of its API, and as the one who steers it.

use std::time::{SystemTime, UNIX_EPOCH};

use cxpulse_core::time::Timestamp;
use serde_json::{Value, json};

use super::client::Client;

/// One simulation.
pub(crate) struct Sim {
    client: Client,
}

/// One execution as CXone has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upstream {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) polls: u64,
}

impl Sim {
    pub(crate) fn new(base: &str) -> Self {
        Self { client: Client::new(base) }
    }

    pub(crate) fn port(&self) -> String {
        self.client.port()
    }

    /// Every script's action id.
    pub(crate) fn scripts(&self) -> Vec<String> {
        let answer = self.client.get("/_sim/scripts").json();
        let scripts = answer.get("scripts").and_then(Value::as_array).cloned().unwrap_or_default();
        scripts.iter().filter_map(|script| script.get("name")?.as_str().map(str::to_owned)).collect()
    }

    /// No faults, and more calls in a second than any test makes.
    pub(crate) fn calm(&self) {
        self.set_faults(&json!({}));
    }

    /// Sets all faults; what is not named is off.
    pub(crate) fn set_faults(&self, faults: &Value) {
        let mut faults = faults.clone();
        if let Some(fields) = faults.as_object_mut() {
            fields.entry("limit_per_second").or_insert(json!(1_000_000));
        }
        let answer = self.client.post("/_sim/faults", &faults);
        assert_eq!(answer.status(), 200, "the faults are set: {}", answer.text());
    }

    /// Takes back every token.
    pub(crate) fn revoke_tokens(&self) {
        assert_eq!(self.client.send("POST", "/_sim/tokens/revoke", b"").status(), 200, "tokens are revoked");
    }

    /// Forgets executions, counts and faults.
    pub(crate) fn reset(&self) {
        assert_eq!(self.client.send("POST", "/_sim/reset", b"").status(), 204, "the simulation is reset");
    }

    /// A count of the simulation's by its name: `in_flight_max`, `rate_limited`, ….
    pub(crate) fn count(&self, name: &str) -> u64 {
        let stats = self.client.get("/_sim/stats").json();
        let count = stats.get(name).and_then(Value::as_u64);
        assert!(count.is_some(), "the simulation counts {name}: {stats}");
        count.unwrap_or_default()
    }

    /// The correlation ids of what was submitted, in that order.
    pub(crate) fn submitted(&self) -> Vec<String> {
        let answer = self.client.get("/_sim/executions?limit=10000").json();
        let rows = answer.get("executions").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.iter().rev().filter_map(|row| row.get("correlation_id")?.as_str().map(str::to_owned)).collect()
    }

    /// Requests so far of a kind: `token`, `submit`, `poll`, `lookup`, `cancel`.
    pub(crate) fn total(&self, kind: &str) -> u64 {
        let stats = self.client.get("/_sim/stats").json();
        stats.pointer(&format!("/totals/{kind}")).and_then(Value::as_u64).unwrap_or_default()
    }

    /// How often a callback was made so far, tries included.
    pub(crate) fn callbacks_made(&self) -> u64 {
        let stats = self.client.get("/_sim/stats").json();
        stats.pointer("/callbacks/made").and_then(Value::as_u64).unwrap_or_default()
    }

    /// The executions that were accepted under a correlation id.
    pub(crate) fn of_correlation(&self, correlation_id: &str) -> Vec<Upstream> {
        let answer = self.client.get(&format!("/_sim/executions?correlation_id={correlation_id}")).json();
        let rows = answer.get("executions").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.iter().map(Upstream::of).collect()
    }

    /// The `traceparent` with which the one execution of a correlation id was submitted.
    pub(crate) fn trace_of(&self, correlation_id: &str) -> String {
        let answer = self.client.get(&format!("/_sim/executions?correlation_id={correlation_id}")).json();
        answer.pointer("/executions/0/traceparent").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What the one execution of a correlation id was given; `None` where there is none.
    pub(crate) fn inputs_of(&self, correlation_id: &str) -> Option<Value> {
        let answer = self.client.get(&format!("/_sim/executions?correlation_id={correlation_id}")).json();
        answer.pointer("/executions/0/inputs").cloned()
    }

    /// The one execution of a correlation id.
    pub(crate) fn the_one(&self, correlation_id: &str) -> Upstream {
        let mut all = self.of_correlation(correlation_id);
        assert_eq!(all.len(), 1, "{correlation_id} was submitted once: {all:?}");
        all.remove(0)
    }

    /// Submits an action as somebody else's system would; gives CXone's id of the execution.
    pub(crate) fn submit(&self, action_id: &str) -> String {
        let body = json!({"definition_id": action_id, "inputs": {"customerId": "CUST-99887"}, "context": {}});
        let answer = self.authorized().post("/api/v2/dataactions/executions", &body);
        assert_eq!(answer.status(), 202, "CXone accepts {action_id}: {}", answer.text());
        answer.json().get("execution_id").and_then(Value::as_str).expect("the envelope has the id").to_owned()
    }

    /// The body of an execution's envelope, byte for byte.
    pub(crate) fn envelope(&self, execution_id: &str) -> String {
        let answer = self.authorized().get(&format!("/api/v2/dataactions/executions/{execution_id}"));
        assert_eq!(answer.status(), 200, "CXone has {execution_id}: {}", answer.text());
        answer.text().to_owned()
    }

    /// All rows of the past that meet a filter, in one answer after the other, while nothing is wrong with them.
    pub(crate) fn history(&self, filter: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let page = self.history_page(filter, rows.len(), 1_000);
            let is_last = page.len() < 1_000;
            rows.extend(page);
            if is_last {
                return rows;
            }
        }
    }

    /// The first rows of the past, in one answer.
    pub(crate) fn history_once(&self, limit: usize) -> Vec<Value> {
        self.history_page("", 0, limit)
    }

    fn history_page(&self, filter: &str, offset: usize, limit: usize) -> Vec<Value> {
        let since = Timestamp::from_millis(now().saturating_sub(29 * 86_400_000));
        let since = format!("nodeTimestamp >= '{since}'");
        let filter = if filter.is_empty() { since } else { format!("{since} AND {filter}") };
        let body = json!({"filter": filter, "limit": limit, "offset": offset, "sort": "nodeTimestamp DESC"});
        let answer = self.authorized().post("/api/v2/interactions/history/query", &body);
        assert_eq!(answer.status(), 200, "CXone gives a page: {}", answer.text());
        answer.json().get("data").and_then(Value::as_array).cloned().expect("a page has rows")
    }

    fn authorized(&self) -> Client {
        let form = "grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret";
        let client = self.client.clone().with("content-type", "application/x-www-form-urlencoded");
        let answer = client.send("POST", "/oauth/token", form.as_bytes()).json();
        let token = answer.get("access_token").and_then(Value::as_str).expect("the client gets a token");
        self.client.clone().with_bearer(token).with("accept", "application/json")
    }
}

/// Epoch milliseconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("and before the year 500 million")
}

impl Upstream {
    fn of(row: &Value) -> Self {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let polls = row.get("polls").and_then(Value::as_u64).unwrap_or_default();
        Self { id: text("id"), status: text("status"), polls }
    }
}
