//! The built Worker against its description: methods of each path, the files themselves, and the examples, which are
//! recorded here. `CXPULSE_RECORD=1` writes them anew into `crates/spec/src/example/recorded.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use cxpulse_spec::example::{Exchange, Exchanges, recorded};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::forge::Forge;
use super::stack::{Stack, fresh_correlation_id, quick_start, quick_watch, wait_for};

mod history;

#[test]
fn each_path_has_the_methods_that_are_described_and_no_other() {
    let stack = Stack::shared();
    let mut methods: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for operation in cxpulse_spec::operation::all() {
        methods.entry(operation.path).or_default().insert(operation.method.to_ascii_uppercase());
    }
    for (path, described) in methods.iter().filter(|(path, _)| !path.starts_with("/v1/proxy/")) {
        // Below each, ids of the others are not there.
        let kinds = [("/v1/batches/", "bat"), ("/v1/chains/", "chn"), ("/v1/histories/", "his")];
        let kind = kinds.iter().find(|(collection, _)| path.starts_with(collection)).map_or("exe", |(_, kind)| kind);
        let filled = path
            .replace("{capability}", "whatever")
            .replace("{tenant}", "default")
            .replace("{kind}", "execution")
            .replace("{id}", &format!("{kind}_{}", "0".repeat(32)));
        let answer = stack.client().send("PATCH", &filled, b"");
        assert_eq!(answer.problem(), "405 method-not-allowed", "{path}");
        let allowed: BTreeSet<String> = answer
            .header("allow")
            .split(',')
            .map(|method| method.trim().to_owned())
            .filter(|method| method != "HEAD")
            .collect();
        assert_eq!(allowed, *described, "{path}");
    }
}

#[test]
fn the_descriptions_are_served_to_pages_of_any_origin_with_an_etag() {
    let stack = Stack::shared();
    let documents = [
        ("/openapi.json", cxpulse_spec::openapi()),
        ("/asyncapi.json", cxpulse_spec::asyncapi()),
        ("/schema/chain.json", cxpulse_spec::schema::chain()),
    ];
    for (path, document) in documents {
        let client = stack.client_with(None).with("origin", "https://tools.example");
        let answer = client.get(path);
        assert_eq!((answer.status(), answer.header("content-type")), (200, "application/json"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.json(), document, "{path} is what the build makes of the types");
        let etag = answer.header("etag");
        assert!(etag.len() > 2, "{path} has an ETag");
        let again = client.clone().with("if-none-match", etag).get(path);
        assert_eq!((again.status(), again.body().len(), again.header("etag")), (304, 0, etag), "{path}");
    }
}

#[test]
fn examples_are_what_the_worker_answers() {
    let mut story = Story { exchanges: Exchanges::new(), stack: Stack::shared() };
    story.executions();
    story.batches();
    story.chains();
    story.histories();
    story.refusals();
    story.operators();
    if std::env::var_os("CXPULSE_RECORD").is_some() {
        let text = serde_json::to_string_pretty(&story.exchanges).expect("exchanges are JSON");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/spec/src/example/recorded.json");
        std::fs::write(path, text + "\n").expect("the recording can be written");
        return;
    }
    let known = recorded().expect("the recording can be read");
    for (operation, exchanges) in &story.exchanges {
        for (name, exchange) in exchanges {
            let told = known.get(operation).and_then(|known| known.get(name));
            assert!(told.is_some(), "{operation}, {name}: record it with CXPULSE_RECORD=1");
            let Some(told) = told else { continue };
            assert_eq!((told.status, &told.media_type), (exchange.status, &exchange.media_type), "{operation}, {name}");
            let (old, new) = (skeleton(&told.body), skeleton(&exchange.body));
            assert!(is_alike(&old, &new), "{operation}, {name} is answered otherwise now\n{old}\n{new}");
        }
    }
    let count = |all: &Exchanges| all.values().map(BTreeMap::len).sum::<usize>();
    assert_eq!(count(&known), count(&story.exchanges), "nothing is recorded that is no longer exchanged");
}

/// Exchanges as they are made, one after the other.
struct Story {
    exchanges: Exchanges,
    stack: &'static Stack,
}

impl Story {
    fn executions(&mut self) {
        let client = self.stack.client().with("idempotency-key", &fresh_correlation_id());
        let request = json!({
            "start": {"action_id": "sim-fast", "inputs": {"customerId": "CUST-99887"}, "context": {"channel": "API"}},
            "timeout_seconds": 600, "tags": ["crm"], "callback": false,
        });
        let started = self.post(&client, "startExecution", "a data action", "/v1/executions", request.clone());
        let other = json!({"start": {"action_id": "sim-slow"}});
        self.post(&client, "startExecution", "refused: another body under the same key", "/v1/executions", other);
        let id = text(&started, "/id");
        let this = format!("/v1/executions/{id}");
        self.stack.ended(&id, PATIENCE);
        self.get("getExecution", "completed", &this);
        self.get("listNotifications", "none", &format!("{this}/notifications"));
        let redrive = json!({"numbers": [1, 2]});
        self.post(
            &self.stack.client(),
            "redriveNotifications",
            "by number",
            &format!("{this}/notifications/redrive"),
            redrive,
        );
        self.logs(&id);
        self.get("downloadBundle", "of one that has ended", &format!("{this}/bundle"));
        self.get("readJournal", "as lines", &format!("{this}/journal?limit=3"));
        let as_json = self.stack.client().with("accept", "application/json");
        self.take("readJournal", "as a list", None, &as_json.get(&format!("{this}/journal?limit=2")));
        self.get("streamExecution", "of one that has ended", &format!("{this}/events"));
        let upstream = self.stack.sim().submit("sim-never");
        let watch = quick_watch(&upstream, &json!({"timeout_seconds": 600}));
        let watched = self.post(
            &self.stack.client(),
            "startExecution",
            "one that somebody else has started",
            "/v1/executions",
            watch,
        );
        let id = text(&watched, "/id");
        let this = format!("/v1/executions/{id}");
        self.stack.when(&id, PATIENCE, |snapshot| snapshot.status() == "running");
        self.get("getExecution", "running", &this);
        let callback: Value = serde_json::from_str(&self.stack.sim().envelope(&upstream)).expect("an envelope is JSON");
        let path = Forge::of(self.stack).callback_path(&id);
        self.post(&self.stack.client_with(None), "takeCallback", "how far it is", &path, callback);
        let cancel = |stack: &Stack| stack.client().send("POST", &format!("{this}/cancel"), b"");
        let (first, second) = (cancel(self.stack), cancel(self.stack));
        self.take("cancelExecution", "of one that ran", None, &first);
        self.take("cancelExecution", "of one that had ended", None, &second);
        let token = json!({"resources": [id], "verbs": ["read", "cancel"], "ttl_seconds": 3600});
        self.post(&self.stack.client(), "mintToken", "to read and cancel", "/v1/tokens", token);
        let failed = self.stack.accept(&quick_start("sim-failing", &json!({"timeout_seconds": 600})));
        self.stack.ended(failed.id(), PATIENCE);
        self.get("getExecution", "failed", &format!("/v1/executions/{}", failed.id()));
    }

    /// What the tenant's directory knows of one that has ended: it may be told a little later.
    fn logs(&mut self, id: &str) {
        let client = self.stack.client();
        let has = |path: &str| wait_for(PATIENCE, || client.get(path).text().contains("ended").then_some(()));
        let (log, tenant) = (format!("/v1/executions/{id}/audit?limit=3"), "/v1/tenants/default/audit");
        assert!(has(&format!("{tenant}?execution={id}&kind=ended")).is_some(), "the directory is told of the end");
        self.get("readAudit", "as lines", &log);
        self.get("readTenantAudit", "the end of one", &format!("{tenant}?execution={id}&kind=ended"));
        self.get("readTenantAudit", "refused: every parameter at once", &format!("{tenant}?kind=lunch&from=yesterday"));
        self.get("listExecutions", "by status", "/v1/executions?status=completed&limit=1");
    }

    fn batches(&mut self) {
        let client = self.stack.client();
        let payload = |id: &str| json!({"id": id, "inputs": {"customerId": id}});
        let request = json!({
            "action_id": "sim-fast", "payloads": [payload("CUST-1"), payload("CUST-2")], "max_parallel": 2,
            "tolerate": {"failed_percent": 20}, "timeout_seconds": 600, "tags": ["crm"], "callback": false,
        });
        let started = self.post(&client, "startBatch", "an action over two payloads", "/v1/batches", request);
        let this = format!("/v1/batches/{}", text(&started, "/id"));
        let has_ended = || (!client.get(&this).json()["outcome"].is_null()).then_some(());
        assert!(wait_for(PATIENCE, has_ended).is_some(), "the batch ends");
        self.get("getBatch", "completed", &this);
        self.get("getBatch", "with its items", &format!("{this}?limit=2"));
        self.get("getBatch", "as a grid", &format!("{this}?fields=grid"));
        self.get("streamBatch", "of one that has ended", &format!("{this}/events"));
        self.get("readBatchJournal", "as lines", &format!("{this}/journal?limit=3"));
        self.get("readBatchAudit", "as lines", &format!("{this}/audit?limit=3"));
        self.get("listBatchNotifications", "none", &format!("{this}/notifications"));
        let redrive = format!("{this}/notifications/redrive");
        self.post(&client, "redriveBatchNotifications", "by number", &redrive, json!({"numbers": [1]}));
        let listed =
            || client.get("/v1/batches?status=completed").text().contains(&text(&started, "/id")).then_some(());
        assert!(wait_for(PATIENCE, listed).is_some(), "the directory is told of the end");
        self.get("listBatches", "by status", "/v1/batches?status=completed&limit=1");
        let faulty = json!({"action_id": "sim-fast", "payloads": [payload("a"), payload("a"), {"inputs": 7}]});
        self.post(&client, "startBatch", "refused: every bad item at once", "/v1/batches", faulty);
        self.canceled_batch();
    }

    fn canceled_batch(&mut self) {
        let client = self.stack.client();
        let payloads = json!([{"id": "CUST-1"}, {"id": "CUST-2"}]);
        let request =
            json!({"action_id": "sim-never", "payloads": payloads, "timeout_seconds": 600, "max_parallel": 1});
        let accepted = client.post("/v1/batches", &request);
        let this = format!("/v1/batches/{}", text(&accepted.json(), "/id"));
        let runs = || client.get(&this).json()["summary"]["running"].as_u64().filter(|running| *running == 1);
        assert!(wait_for(PATIENCE, runs).is_some(), "its first item runs");
        let canceled = client.send("POST", &format!("{this}/cancel"), b"");
        self.take("cancelBatch", "of one that ran", None, &canceled);
        let has_ended = || (!client.get(&this).json()["outcome"].is_null()).then_some(());
        assert!(wait_for(PATIENCE, has_ended).is_some(), "the batch ends");
        let redrive = format!("{this}/redrive");
        self.post(&client, "redriveBatch", "a preview", &redrive, json!({"preview": true}));
        self.post(&client, "redriveBatch", "one item again", &redrive, json!({"items": ["CUST-2"]}));
        client.send("POST", &format!("{this}/cancel"), b"");
    }

    fn chains(&mut self) {
        let client = self.stack.client();
        let request = json!({
            "nodes": {
                "fetch_customer": {"action_id": "sim-instant", "inputs": {"account_id": "{{ inputs.account }}"}},
                "enrich": {"action_id": "sim-fast", "depends_on": "fetch_customer",
                    "inputs": {"customer_id": "{{ fetch_customer.customer_id }}"}},
                "score": {"action_id": "sim-instant", "depends_on": ["fetch_customer"], "when": "inputs.account is defined",
                    "on_failure": {"fallback": {"score": 0}}},
                "update_crm": {"action_id": "sim-instant", "depends_on": ["enrich", "score"],
                    "inputs": {"record_id": "{{ enrich.record_id }}", "note": "by {{ enrich.meta.source }}"}},
            },
            "inputs": {"account": "12345"}, "timeout_seconds": 600, "tags": ["crm"], "callback": false,
        });
        let only = "/v1/chains?validate_only=true";
        self.post(&client, "startChain", "only checked: the plan", only, request.clone());
        let started = self.post(&client, "startChain", "four actions, two of them together", "/v1/chains", request);
        let this = format!("/v1/chains/{}", text(&started, "/id"));
        let has_ended = || (!client.get(&this).json()["outcome"].is_null()).then_some(());
        assert!(wait_for(PATIENCE, has_ended).is_some(), "the chain ends");
        self.get("getChain", "completed", &this);
        self.get("readChainResults", "all of them", &format!("{this}/results"));
        self.get("readChainGraph", "as JSON", &format!("{this}/graph"));
        self.get("readChainGraph", "for Mermaid", &format!("{this}/graph?format=mermaid"));
        self.get("streamChain", "of one that has ended", &format!("{this}/events"));
        self.get("readChainJournal", "as lines", &format!("{this}/journal?limit=3"));
        self.get("readChainAudit", "as lines", &format!("{this}/audit?limit=3"));
        self.get("listChainNotifications", "none", &format!("{this}/notifications"));
        let redrive = format!("{this}/notifications/redrive");
        self.post(&client, "redriveChainNotifications", "by number", &redrive, json!({"numbers": [1]}));
        let listed = || client.get("/v1/chains?status=completed").text().contains(&text(&started, "/id")).then_some(());
        assert!(wait_for(PATIENCE, listed).is_some(), "the directory is told of the end");
        self.get("listChains", "by status", "/v1/chains?status=completed&limit=1");
        let faulty = json!({"nodes": {
            "a": {"action_id": "sim-fast", "depends_on": ["b"], "inputs": {"x": "{{ c.id | uper }}"}},
            "b": {"action_id": "sim-fast", "depends_on": ["a", "nobody"]},
        }});
        self.post(&client, "startChain", "refused: every fault at once", "/v1/chains", faulty);
        self.canceled_chain();
    }

    fn canceled_chain(&mut self) {
        let client = self.stack.client();
        let nodes = json!({
            "a": {"action_id": "sim-instant"}, "b": {"action_id": "sim-never", "depends_on": "a"},
            "c": {"action_id": "sim-instant", "depends_on": "b"},
        });
        let accepted = client.post("/v1/chains", &json!({"nodes": nodes, "timeout_seconds": 600}));
        let this = format!("/v1/chains/{}", text(&accepted.json(), "/id"));
        let shown = || client.get(&this).json()["summary"].clone();
        let runs = || Some(shown()).filter(|summary| summary["running"] == 1 && summary["successful"] == 1);
        assert!(wait_for(PATIENCE, runs).is_some(), "its second node runs");
        let canceled = client.send("POST", &format!("{this}/cancel"), b"");
        self.take("cancelChain", "of one that ran", None, &canceled);
        let has_ended = || (!client.get(&this).json()["outcome"].is_null()).then_some(());
        assert!(wait_for(PATIENCE, has_ended).is_some(), "the chain ends");
        let redrive = format!("{this}/redrive");
        self.post(&client, "redriveChain", "a preview", &redrive, json!({"preview": true}));
        self.post(&client, "redriveChain", "one node again", &redrive, json!({"nodes": ["b"]}));
        client.send("POST", &format!("{this}/cancel"), b"");
    }

    fn refusals(&mut self) {
        let client = self.stack.client();
        let faulty = json!({"start": {"action_id": "../x"}, "timeout_seconds": 1, "colour": "red"});
        self.post(&client, "startExecution", "refused: every fault at once", "/v1/executions", faulty);
        let nobody = format!("/v1/executions/exe_{}", "0".repeat(32));
        self.get("getExecution", "refused: not there", &nobody);
        self.get("getExecution", "refused: a parameter", &format!("{nobody}?wait=x"));
        self.take("getExecution", "refused: no key", None, &self.stack.client_with(None).get(&nobody));
        self.post(
            &client,
            "mintToken",
            "refused: nothing named",
            "/v1/tokens",
            json!({"resources": [], "verbs": ["write"]}),
        );
        self.get("proxyGet", "refused: no rule", "/v1/proxy/api/v2/users/4711");
    }

    fn operators(&mut self) {
        self.get("getGate", "open", "/v1/tenants/default/gate");
        let doctor = self.stack.client().send("POST", "/v1/tenants/default/doctor", b"");
        self.take("runDoctor", "healthy", None, &doctor);
        let dead = "/v1/tenants/default/dead-letters";
        self.get("listDeadLetters", "none", dead);
        let redriven = self.stack.client().send("POST", &format!("{dead}/redrive"), b"");
        self.take("redriveDeadLetters", "none", None, &redriven);
        self.get("getWebhook", "of the default tenant", "/v1/tenants/default/webhook");
        self.get("getHealth", "up", "/healthz");
        self.get("getSession", "of a development server", "/dev/session");
    }

    fn get(&mut self, operation: &str, name: &str, path: &str) {
        let answer = self.stack.client().get(path);
        self.take(operation, name, None, &answer);
    }

    fn post(&mut self, client: &Client, operation: &str, name: &str, path: &str, request: Value) -> Value {
        let answer = client.post(path, &request);
        self.take(operation, name, Some(request), &answer);
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// Keeps an exchange, with this machine's addresses and this stack's secrets left out.
    fn take(&mut self, operation: &str, name: &str, request: Option<Value>, answer: &Answer) {
        let media_type = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
        let body = if media_type.ends_with("json") && media_type != "application/x-ndjson" && !answer.body().is_empty()
        {
            answer.json()
        } else {
            Value::from(answer.text())
        };
        let exchange = Exchange {
            request: request.map(|request| self.public(&request)),
            status: answer.status(),
            media_type,
            body: self.public(&body),
        };
        let of_operation = self.exchanges.entry(operation.to_owned()).or_default();
        assert!(of_operation.insert(name.to_owned(), exchange).is_none(), "{operation}, {name} is exchanged once");
    }

    fn public(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let sim = format!("http://127.0.0.1:{}", self.stack.sim().port());
                let text = text
                    .replace(self.stack.base(), "https://cxpulse.example")
                    .replace(&sim, "https://api-us-1.nicecxone.com")
                    .replace(self.stack.api_key(), "cxk_1b0f7e4d2c9a8e6f");
                if text.starts_with("whsec_") {
                    return "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw".into();
                }
                let is_token = text.starts_with("cxv1.") && text.len() > 40;
                if is_token { "cxv1.eyJ0ZW5hbnQiOiJkZWZhdWx0In0.3q2-7w".into() } else { text.into() }
            }
            Value::Array(items) => items.iter().map(|item| self.public(item)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), self.public(value))).collect())
            }
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain.clone(),
        }
    }
}

/// The names and kinds of a value: what a program relies on.
fn skeleton(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), skeleton(value))).collect())
        }
        Value::Array(items) => Value::Array(items.first().map(skeleton).into_iter().collect()),
        Value::String(_) => "text".into(),
        Value::Number(_) => 0.into(),
        Value::Bool(_) => false.into(),
        Value::Null => Value::Null,
    }
}

/// Alike, but for what may be null or empty in the one and not in the other. What CXone sent is CXone's.
fn is_alike(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Array(old), Value::Array(new)) => old.iter().zip(new).all(|(old, new)| is_alike(old, new)),
        (Value::Object(old), Value::Object(new)) => {
            old.keys().eq(new.keys())
                && old.iter().all(|(name, old)| new.get(name).is_some_and(|new| is_alike(old, new)))
        }
        (old, new) => old == new,
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

const PATIENCE: Duration = Duration::from_secs(120);
