//! A marked secret in every input: CXone is sent it, and it stands in no answer, no notification, nothing printed and no
//! byte that is stored, in no spelling. All secrets of these tests have one mark in them, so one search finds any.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use super::client::Answer;
use super::events::Events;
use super::forge::Forge;
use super::receiver::Receiver;
use super::snapshot::Snapshot;
use super::stack::{Stack, fresh_correlation_id, merged, quick_start, wait_for};

#[test]
fn a_marked_secret_in_every_input_is_nowhere_but_at_cxone() {
    let sim = Stack::start();
    sim.sim().calm();
    let stack = Stack::start_logged(&sim, &[RULES]);
    let mut read = Read::default();
    refused(&stack, &mut read);
    let webhook = Receiver::start(&[]);
    let notify = json!({"callback": true, "notify": {"url": webhook.url}});
    let mut awaited = Vec::new();
    for action_id in ["sim-fast", "sim-unknown-word"] {
        let correlation_id = fresh_correlation_id();
        let more = merged(notify.clone(), &json!({"correlation_id": correlation_id}));
        let accepted = open(&stack, &planted(action_id, &more), &mut read);
        awaited.push(accepted.id().to_owned());
        follow(&stack, &accepted, &mut read);
        assert_eq!(sent(&sim, &correlation_id), planted_inputs(), "CXone was sent all of it");
        called_back(&stack, &accepted, &mut read);
        read.everything_of(&stack, accepted.id());
    }
    // One that fails by a callback, with the secrets in its error and its result.
    let accepted = open(&stack, &planted("sim-never", &notify), &mut read);
    awaited.push(accepted.id().to_owned());
    called_back(&stack, &accepted, &mut read);
    assert_eq!(follow(&stack, &accepted, &mut read).outcome(), Some("failed"));
    // Of each execution the end is told last.
    while !awaited.is_empty() {
        let delivery = webhook.take();
        let told = delivery.json();
        let text = |pointer: &str| told.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if text("/data/outcome").is_some() {
            awaited.retain(|id| text("/data/id").as_ref() != Some(id));
        }
        read.take("notification", delivery.body);
    }
    operated(&stack, &mut read);
    read.check();
    check_files(&stack);
}

#[test]
fn what_was_sealed_is_sent_after_a_crash_and_forgotten_after_the_end() {
    let sim = Stack::start();
    sim.sim().set_faults(&json!({"token_5xx": true}));
    let stack = Stack::start_logged(&sim, &[RULES]);
    let mut read = Read::default();
    let correlation_id = fresh_correlation_id();
    let more = json!({"correlation_id": correlation_id, "timeout_seconds": 1_200});
    let accepted = open(&stack, &planted("sim-fast", &more), &mut read);
    check_files(&stack);
    let stack = stack.crash().restart_logged(&[RULES]);
    check_files(&stack);
    assert!(sim.sim().of_correlation(&correlation_id).is_empty(), "nothing was sent before");
    sim.sim().calm();
    stack.reset_gate();
    follow(&stack, &accepted, &mut read);
    assert_eq!(sent(&sim, &correlation_id), planted_inputs(), "CXone was sent all of it");

    // An echo that comes once nobody knows any more what to look for.
    called_back(&stack, &accepted, &mut read);
    let stack = stack.crash().restart_logged(&[RULES]);
    called_back(&stack, &accepted, &mut read);
    read.everything_of(&stack, accepted.id());
    read.check();
    check_files(&stack);
}

#[test]
fn an_execution_whose_key_is_gone_says_so_and_sends_nothing() {
    let sim = Stack::start();
    sim.sim().set_faults(&json!({"token_5xx": true}));
    let stack = Stack::start_logged(&sim, &[RULES]);
    let mut read = Read::default();
    let correlation_id = fresh_correlation_id();
    let more = json!({"correlation_id": correlation_id, "timeout_seconds": 1_200});
    let accepted = open(&stack, &planted("sim-fast", &more), &mut read);
    let other = format!("CXPULSE_SIGNING_KEY={}", "another-key-".repeat(4));
    let stack = stack.crash().restart_logged(&[RULES, &other]);
    sim.sim().calm();
    stack.reset_gate();
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.outcome(), Some("rejected"), "{ended}");
    let message = ended.value().pointer("/error/message").cloned().unwrap_or_default();
    assert_eq!(message, json!("the key that its inputs were sealed with is gone"));
    assert!(sim.sim().of_correlation(&correlation_id).is_empty(), "nothing was sent");
    read.check();
}

#[test]
fn a_cached_result_serves_those_with_the_same_rules_and_says_as_little() {
    let sim = Stack::start();
    sim.sim().calm();
    let stack = Stack::start_logged(&sim, &[RULES]);
    let mut read = Read::default();
    let source = |more: &Value, read: &mut Read| {
        let cached = merged(json!({"cache": {"ttl_seconds": 3_000}}), more);
        let accepted = open(&stack, &planted("sim-fast", &cached), read);
        let ended = follow(&stack, &accepted, read);
        ended.value().get("source").cloned().unwrap_or_default()
    };
    assert_eq!(source(&json!({}), &mut read), json!("fresh"));
    assert_eq!(source(&json!({}), &mut read), json!("cached"), "the same inputs under the same rules");
    let stricter = json!({"redact": {"names": ["PIN", "record_id"]}});
    assert_eq!(source(&stricter, &mut read), json!("fresh"), "what others redact less of does not serve it");
    let other = json!({"start": {"inputs": {"pin": format!("{MARK}-another")}}});
    assert_eq!(source(&other, &mut read), json!("fresh"), "other inputs, though redacted they look the same");
    read.check();
    check_files(&stack);
}

#[test]
fn rules_of_a_deployment_that_are_none_are_named_and_not_shown() {
    let refusal = Stack::refusal_of(&[r#"CXPULSE_REDACT={"names":["ok"],"pointers":["/nowhere/zQ7m"]}"#]);
    assert!(refusal.contains("/pointers/0 of CXPULSE_REDACT: must be a pointer"), "{refusal}");
    assert!(!refusal.contains("zQ7m"), "{refusal}");
}

/// Everything that came out of the Worker, with what it is.
#[derive(Default)]
struct Read(Vec<(String, String)>);

impl Read {
    fn take(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.0.push((what.into(), text.into()));
    }

    fn answer(&mut self, what: &str, answer: &Answer) {
        let headers = ["location", "link", "etag", "www-authenticate", "x-request-id", "x-trace-id", "traceparent"];
        let headers: String = headers.iter().map(|name| format!("{} ", answer.header(name))).collect();
        self.take(what, format!("{headers}{}", answer.text()));
    }

    /// All that there is to read of an execution. What this version does not have is a problem, and read as well.
    fn everything_of(&mut self, stack: &Stack, id: &str) {
        for part in ["", "/journal", "/bundle", "/audit", "/journal?limit=1", "/notifications"] {
            self.answer(&format!("{id}{part}"), &stack.client().get(&format!("/v1/executions/{id}{part}")));
        }
    }

    fn check(&self) {
        assert!(!self.0.is_empty(), "something was read");
        for (what, text) in &self.0 {
            if let Some(found) = find(text.as_bytes()) {
                panic_with(what, &found);
            }
        }
    }
}

/// A start with a secret in every place that rules speak of, and echoes of them in places that none does.
fn planted(action_id: &str, more: &Value) -> Value {
    let start = json!({
        "start": {"inputs": planted_inputs(), "context": {"session": {"token": secret("token")}, "channel": secret("token")}},
        "redact": {"names": ["PIN"]}, "tags": ["planted"],
    });
    merged(merged(quick_start(action_id, &json!({"timeout_seconds": 600})), &start), more)
}

fn planted_inputs() -> Value {
    json!({
        "customerId": secret("customer"),
        "customer": {"credentials": [{"user": "u", "Password": secret("password")}]},
        "card": {"number": secret("card"), "expires": "12/30"},
        "pin": secret("pin"),
        "secret_note": {"deep": [[{"er": secret("deep")}], secret("list")]},
        "remark": format!("the password is {}, the card {}", secret("password"), secret("card")),
        "escaped": json!({"of": secret("password")}).to_string(),
    })
}

/// Each with what each encoding spells otherwise.
fn secret(place: &str) -> String {
    format!("{MARK}-{place}/+\"\u{e9} ~")
}

fn open(stack: &Stack, body: &Value, read: &mut Read) -> Snapshot {
    let client = stack.client().with("idempotency-key", &format!("{MARK}-{}", fresh_correlation_id()));
    let client = client
        .with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .with("cookie", &format!("session={MARK}"))
        .with("referer", &format!("https://example.com/{MARK}"));
    let answer = client.post("/v1/executions", body);
    assert_eq!(answer.status(), 202, "{}", answer.text());
    read.answer("start", &answer);
    Snapshot::of(answer.json())
}

/// Reads its stream up to the end, and then all that there is of it.
fn follow(stack: &Stack, accepted: &Snapshot, read: &mut Read) -> Snapshot {
    for event in Events::open(&stack.client(), accepted.id(), None) {
        read.take("stream", event.data);
    }
    let ended = stack.ended(accepted.id(), PATIENCE);
    read.everything_of(stack, accepted.id());
    ended
}

/// CXone calls back with the secrets in all that it may say, in time or late.
fn called_back(stack: &Stack, accepted: &Snapshot, read: &mut Read) {
    let path = Forge::of(stack).callback_path(accepted.id());
    let upstream =
        |snapshot: &Snapshot| snapshot.value().pointer("/upstream/execution_id")?.as_str().map(str::to_owned);
    let known = stack.when(accepted.id(), PATIENCE, |snapshot| upstream(snapshot).is_some());
    let id = upstream(&known).unwrap_or_default();
    let said = |status: &str| {
        json!({"execution_id": id, "status": status, "result": {"echo": planted_inputs()},
            "error": {"message": format!("wrong password {}", secret("password")), "pin": secret("pin")}})
    };
    for status in [&*secret("password"), "RUNNING", "FAILED", "COMPLETED"] {
        read.answer("callback", &stack.client_with(None).post(&path, &said(status)));
    }
    for body in [format!("{{\"status\": {}", secret("password")), json!([secret("pin")]).to_string(), secret("card")] {
        let client = stack.client_with(None).with("content-type", "application/json");
        read.answer("callback that is none", &client.send("POST", &path, body.as_bytes()));
    }
}

/// What is refused says nothing of what it was.
fn refused(stack: &Stack, read: &mut Read) {
    let marked = format!("{MARK}-refused");
    for client in [
        stack.client_with(Some(&marked)),
        stack.client_with(Some(&format!("cxv1.{marked}.{marked}"))),
        stack.client_with(None).with("x-api-key", &marked),
        stack.client_with(None).with("authorization", &marked),
    ] {
        read.answer("refused", &client.get("/v1/executions/exe_00000000000000000000000000000000"));
        read.answer("refused", &client.post("/v1/executions", &planted("sim-fast", &json!({}))));
        read.answer("refused", &client.post("/v1/tokens", &json!({"resources": [marked]})));
    }
    let client = stack.client();
    for path in [
        format!("/v1/executions/{marked}"),
        format!("/v1/executions/exe_00000000000000000000000000000000?wait={marked}"),
        format!("/v1/executions?cursor={marked}&tag={marked}&status={marked}"),
        format!("/v1/proxy/{marked}?q={marked}"),
        format!("/v1/tenants/{marked}/gate"),
        format!("/{marked}"),
    ] {
        read.answer(&path.replace(MARK, "…"), &client.get(&path));
    }
    read.answer("no capability", &client.send("POST", &format!("/v1/callbacks/{marked}"), b"{}"));
    for more in [
        json!({"tags": [secret("password")]}),
        json!({"correlation_id": format!("{MARK}-password"), "start": {"inputs": {"password": format!("{MARK}-password")}}}),
        json!({"start": {"inputs": marked}}),
        json!({"policy": marked, "timeout_seconds": marked, "notify": {"url": marked, "events": [marked]}, "tenant": marked}),
        json!({"start": {"action_id": [marked]}, "profile": marked, "backoff": {"jitter": marked}}),
        json!({"redact": {"names": [""], "pointers": [marked]}}),
    ] {
        let answer = client.post("/v1/executions", &planted("sim-fast", &more));
        assert_eq!(answer.status(), 422, "{}", answer.text());
        read.answer("a bad request", &answer);
    }
    let raw = client.clone().with("content-type", "application/json");
    for body in [format!("{{\"start\": {marked}}}"), format!("\"{marked}"), format!("[\"{marked}\"]")] {
        read.answer("no JSON", &raw.send("POST", "/v1/executions", body.as_bytes()));
    }
    read.answer(
        "a bad key",
        &client.clone().with("idempotency-key", &marked.repeat(40)).post("/v1/executions", &json!({})),
    );
}

/// What operators read.
fn operated(stack: &Stack, read: &mut Read) {
    let client = stack.client();
    for path in [
        "/v1/executions",
        "/metrics",
        "/v1/tenants/default/gate",
        "/v1/tenants/default/audit",
        "/v1/tenants/default/dead-letters",
        "/v1/tenants/default/webhook",
        "/healthz",
        "/openapi.json",
    ] {
        read.answer(path, &client.get(path));
    }
    read.answer("doctor", &client.send("POST", "/v1/tenants/default/doctor", b""));
}

/// What CXone has of the one execution of a correlation id: its inputs, as its result repeats them.
fn sent(sim: &Stack, correlation_id: &str) -> Value {
    let id = sim.sim().the_one(correlation_id).id;
    let done = wait_for(PATIENCE, || {
        let envelope: Value = serde_json::from_str(&sim.sim().envelope(&id)).ok()?;
        let result = envelope.get("result").filter(|result| !result.is_null())?;
        result.get("echo").cloned()
    });
    done.unwrap_or_default()
}

/// Every byte of every file that the Worker keeps or prints.
fn check_files(stack: &Stack) {
    let files = files_of(stack.data());
    assert!(files.iter().any(|file| file.extension().is_some_and(|ending| ending == "sqlite")), "{files:?}");
    assert!(files.contains(&stack.log()), "what it prints is looked at, too: {files:?}");
    for file in files {
        // One may go while it is looked at.
        let Ok(bytes) = fs::read(&file) else { continue };
        if let Some(found) = find(&bytes) {
            panic_with(&file.display().to_string(), &found);
        }
    }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.flat_map(|entry| if entry.path().is_dir() { files_of(&entry.path()) } else { vec![entry.path()] }).collect()
}

/// Where the mark stands, with what is around it.
fn find(bytes: &[u8]) -> Option<String> {
    let folded: Vec<u8> = bytes.to_ascii_lowercase();
    spellings().into_iter().find_map(|spelling| {
        let place = folded.windows(spelling.len()).position(|window| window == spelling.as_bytes())?;
        let around = bytes.get(place.saturating_sub(120)..bytes.len().min(place + 120))?;
        Some(format!("as {spelling:?} in …{}…", String::from_utf8_lossy(around)))
    })
}

/// The mark as it is, in hex, and in base64 from each place in a group of three; all in lower case. It is of letters and
/// digits only, so that JSON and percent-encoding spell it no other way.
fn spellings() -> Vec<String> {
    let hex: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
    let in_base64 = (0..3).map(|shift| {
        let encoded = STANDARD_NO_PAD.encode([&b"aaa"[..shift], MARK.as_bytes()].concat());
        // What lies in one group with other bytes is spelled otherwise each time.
        let whole = encoded.get((shift * 8).div_ceil(6)..encoded.len() - 2).unwrap_or_default();
        whole.to_ascii_lowercase()
    });
    in_base64.chain([MARK.to_ascii_lowercase(), hex]).collect()
}

#[track_caller]
fn panic_with(what: &str, found: &str) {
    assert!(found.is_empty(), "{what} has the mark {found}");
}

const MARK: &str = "zQ7markR4nd0mX";

const RULES: &str = concat!(
    r#"CXPULSE_REDACT={"names":["password","secret_note","customerid"],"#,
    r#""pointers":["/inputs/card/number","/context/session/token"]}"#
);

const PATIENCE: Duration = Duration::from_secs(240);
