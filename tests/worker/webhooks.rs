//! Webhooks as operators set them up: where they may go, who signs them, what becomes of what does not arrive. Every receiver
//! here is a real one.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxpulse_core::signature::{Key, Standard, verify};
use cxpulse_core::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::receiver::{Delivery, PATIENCE, Receiver};
use super::snapshot::Snapshot;
use super::stack::{Stack, quick_start, wait_for};

mod batch;
mod chain;
mod letters;

#[test]
fn no_spelling_of_a_private_place_is_taken_for_a_destination() {
    let stack = stack();
    for (url, rule) in [
        ("http://hooks.example.com/", "must be an https URL"),
        ("https://user:word@hooks.example.com/", "must have no user name or password"),
        ("https://hooks.example.com:25/", "must have no port that belongs to another protocol"),
        ("https://127.0.0.1/", "an address of this machine itself"),
        ("https://0x7f.1/", "an address of this machine itself"),
        ("https://2130706433/", "an address of this machine itself"),
        ("https://017700000001./", "an address of this machine itself"),
        ("https://%31%32%37.0.0.1/", "an address of this machine itself"),
        ("https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/", "an address of this machine itself"),
        ("https://0/", "an address of this machine itself"),
        ("https://192.168.257/", "an address of a private network"),
        ("https://0xa9fea9fe/", "a cloud's metadata service"),
        ("https://metadata.google.internal./", "a cloud's metadata service"),
        ("https://[::ffff:7f00:1]/", "an IPv4 address within an IPv6 one"),
        ("https://[64:ff9b::10.0.0.1]/", "an IPv4 address within an IPv6 one"),
        ("https://[fd00:ec2::254]/", "a cloud's metadata service"),
        ("https://[fe80::1%25eth0]/", "must be an https URL"),
        ("https://LOCALHOST./", "means something in a local network only"),
        ("https://db.internal/", "means something in a local network only"),
        ("https://other.example/", "that the operator lists for webhooks"),
        ("https://hooks.example.com.evil.org/", "that the operator lists for webhooks"),
    ] {
        let body = quick_start("sim-instant", &json!({"tenant": "acme", "notify": {"url": url}}));
        let refused = stack.client().post("/v1/executions", &body);
        assert_eq!(refused.problem(), "422 invalid-request /notify/url out_of_range", "{url}");
        assert!(refused.text().contains(rule), "{url}: {}", refused.text());
    }
    for url in ["https://hooks.example.com/", "https://HOOKS.example.com./x?y", "https://a.acme.example:8443/"] {
        let never = json!({"tenant": "acme", "notify": {"url": url, "events": ["anomaly"]}});
        let taken = stack.client().post("/v1/executions", &quick_start("sim-instant", &never));
        assert_eq!(taken.status(), 202, "{url}: {}", taken.text());
    }
}

#[test]
fn every_secret_that_is_set_signs_so_that_a_receiver_may_know_either() {
    let receiver = Receiver::start(&[]);
    start(stack(), "default", &receiver);
    let told = receiver.take();
    assert_eq!(told.signatures.len(), 2);
    for (secret, position) in [(NEW_SECRET, 0), (OLD_SECRET, 1)] {
        check(&told, secret).expect("who has one of the secrets believes");
        assert_eq!(told.signatures.get(position), Some(&signature(&told, secret)), "the newest is first");
    }
    let other = "whsec_bm9ib2R5IGhhcyB0aGlzIHNlY3JldCBidXQgdXM=";
    check(&told, other).expect_err("who has another does not");
    let changed = Delivery { body: told.body.replace("completed", "failed"), ..told };
    check(&changed, NEW_SECRET).expect_err("nor of another body");
}

#[test]
fn a_tenant_without_secrets_has_its_own_and_operators_can_read_them() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    start(stack, "globex", &receiver);
    let told = receiver.take();
    let shown = |tenant: &str| {
        let answer = stack.client().get(&format!("/v1/tenants/{tenant}/webhook"));
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json()
    };
    let globex = shown("globex");
    assert_eq!(globex.get("source"), Some(&json!("derived")));
    let secrets: Vec<&str> =
        globex.get("secrets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(secrets.len(), 2, "one of each signing key: {globex}");
    let expected: Vec<String> = secrets.iter().map(|secret| signature(&told, secret)).collect();
    assert_eq!(told.signatures, expected);
    assert_eq!(globex.get("retry_seconds"), Some(&json!([0.2, 0.3])));
    let default = shown("default");
    assert_eq!(
        (default.get("source"), default.get("keys"), default.get("secrets")),
        (Some(&json!("set")), Some(&json!(2)), None)
    );
    assert!(!default.to_string().contains("whsec_"), "what was set is not shown: {default}");
}

#[test]
fn a_redirect_is_not_followed() {
    let stack = stack();
    let elsewhere = Receiver::start(&[]);
    let moved = format!("308 Location: {}", elsewhere.url);
    let receiver = Receiver::start(&[&moved, &moved, &moved]);
    let id = start(stack, "default", &receiver);
    (0..3).for_each(|_| drop(receiver.take()));
    let path = format!("/v1/executions/{id}/notifications?state=dead");
    let dead = wait_for(PATIENCE, || list(stack, &path).pointer("/notifications/0").cloned()).expect("it is given up");
    assert_eq!(
        (dead.pointer("/last/status"), dead.pointer("/last/failure")),
        (Some(&json!(308)), Some(&json!("redirect")))
    );
    assert!(elsewhere.next(Duration::ZERO).is_none(), "nobody called there");
}

#[test]
fn a_receiver_that_asks_for_time_gets_it() {
    let receiver = Receiver::start(&["429 Retry-After: 3"]);
    start(stack(), "default", &receiver);
    let (first, second) = (receiver.take(), receiver.take());
    let waited = second.at.duration_since(first.at);
    assert!(waited >= Duration::from_millis(2_900), "not by its own ladder, which has 0.2 s: {waited:?}");
    assert_eq!(first.id, second.id);
}

#[test]
fn a_receiver_that_is_gone_is_on_record() {
    let stack = stack();
    let receiver = Receiver::start(&["410"]);
    let body = quick_start("sim-stepping-back", &json!({"notify": {"url": receiver.url}}));
    let id = stack.accept(&body).id().to_owned();
    receiver.take();
    stack.ended(&id, PATIENCE);
    let path = format!("/v1/executions/{id}/notifications");
    let page = wait_for(PATIENCE, || Some(list(stack, &path)).filter(|page| page.get("owed") == Some(&json!(0))));
    let page = page.expect("nothing is owed");
    assert_eq!((page.get("is_gone"), page.get("dead")), (Some(&json!(true)), Some(&json!(0))));
    let states: Vec<_> = page.get("notifications").and_then(Value::as_array).into_iter().flatten().collect();
    assert!(states.iter().all(|letter| letter.get("state") == Some(&json!("unwanted"))), "{page}");
    assert_eq!(page.pointer("/notifications/0/last/status"), Some(&json!(410)));
    assert!(receiver.next(Duration::from_secs(2)).is_none(), "and told no more");
}

#[test]
fn what_is_owed_outlives_a_crash_under_the_same_id() {
    let stack = Stack::start_beside(Stack::shared());
    let receiver = Receiver::start(&["503"]);
    start(&stack, "default", &receiver);
    let first = receiver.take();
    let stack = stack.crash_and_restart();
    let second = receiver.take();
    assert_eq!((&first.id, &first.body), (&second.id, &second.body));
    let path = format!("/v1/executions/{}/notifications?state=delivered", id_of(&second));
    let arrived = wait_for(PATIENCE, || list(&stack, &path).pointer("/notifications/0").cloned());
    assert!(arrived.is_some(), "and is on record");
}

#[test]
fn every_fault_of_the_settings_is_named_and_none_of_their_values() {
    let tenants = json!({"acme": {"profile": "dataactions", "base_url": "http://127.0.0.1:1", "client_id": "a",
        "client_secret": {"binding": "CXONE_CLIENT_SECRET"}, "webhook": {"secrets": [{"binding": "CXONE_NOT_THERE"}, {"binding": "CXONE_WEAK"}],
        "hosts": ["*.example.com", "https://x"], "retry_seconds": [0], "colour": 1}}});
    let refused = Stack::refusal_of(&[
        &format!("CXPULSE_TENANTS={tenants}"),
        "CXPULSE_WEBHOOK_HOSTS=example.com, ???",
        "CXPULSE_WEBHOOK_RETRY_SECONDS=5,never",
        "CXPULSE_WEBHOOK_SECRET=whsec_c2hvcnQtYW5kLXNlY3JldA==",
    ]);
    for fault in [
        "CXPULSE_WEBHOOK_HOSTS: must be *, a host name, *. before one, or an address as in a URL",
        "CXPULSE_WEBHOOK_RETRY_SECONDS must be 1 to 20 waits of 0.1 to 86400 seconds",
        "CXPULSE_WEBHOOK_SECRET: a secret must be whsec_ and the base64 of 24 to 64 bytes",
        "/acme/webhook/hosts/1 of CXPULSE_TENANTS: must be *, a host name",
        "/acme/webhook/retry_seconds of CXPULSE_TENANTS: must be 1 to 20 waits",
        "/acme/webhook/colour of CXPULSE_TENANTS: is not a field of this object",
    ] {
        assert!(refused.contains(fault), "{fault}: {refused}");
    }
    assert!(!refused.contains("c2hvcnQ"), "{refused}");
}

/// Starts what completes soon and tells the receiver of that only.
fn start(stack: &Stack, tenant: &str, receiver: &Receiver) -> String {
    let notify = json!({"url": receiver.url, "events": ["completed"]});
    stack.accept(&quick_start("sim-instant", &json!({"tenant": tenant, "notify": notify}))).id().to_owned()
}

fn id_of(delivery: &Delivery) -> String {
    Snapshot::of(delivery.json().get("data").cloned().unwrap_or_default()).id().to_owned()
}

fn list(stack: &Stack, path: &str) -> Value {
    let answer = stack.client().get(path);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()
}

/// As a receiver with one secret checks it, at the time that it was sent.
fn check(told: &Delivery, secret: &str) -> Result<(), cxpulse_core::signature::Refusal> {
    let key = Key::parse_standard(secret).expect("it is one");
    let signatures = told.signatures.join(" ");
    let message = Standard { id: &told.id, timestamp: &told.timestamp, signatures: &signatures };
    let sent_at = Timestamp::from_millis(told.timestamp.parse::<u64>().expect("seconds") * 1_000);
    verify(&[key], &message, told.body.as_bytes(), sent_at, Span::from_secs(300))
}

fn signature(told: &Delivery, secret: &str) -> String {
    let key = Key::parse_standard(secret).expect("it is one");
    let parts = [told.id.as_bytes(), b".", told.timestamp.as_bytes(), b".", told.body.as_bytes()];
    format!("v1,{}", STANDARD.encode(key.mac(&parts)))
}

/// Its own ladder, two secrets for `default`, none for `globex`, and `acme` with a list of hosts.
fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| {
        let shared = Stack::shared();
        let base_url = format!("http://127.0.0.1:{}", shared.sim().port());
        let entry = |webhook: Value| {
            json!({"profile": "dataactions", "base_url": base_url, "client_id": "sim-client",
                "client_secret": {"binding": "CXONE_CLIENT_SECRET"}, "webhook": webhook})
        };
        let acme = entry(json!({"hosts": ["hooks.example.com", "*.acme.example"], "secrets": [{"binding": "CXONE_ACME_WEBHOOK"}]}));
        let tenants = json!({"acme": acme, "globex": entry(json!({})), "initech": entry(json!({}))});
        let key = |name: &str, key: &str, scope: &str, tenant: &str| {
            json!({"name": name, "key": key, "scopes": [scope], "tenant": tenant})
        };
        let keys = json!([
            key("admin", ADMIN, "admin", "globex"),
            key("reader", READER, "read", "globex"),
            key("others-admin", OTHERS_ADMIN, "admin", "acme"),
        ]);
        let settings = [
            format!("CXPULSE_TENANTS={tenants}"),
            format!("CXPULSE_API_KEYS={keys}"),
            format!("CXPULSE_SIGNING_KEYS_OLD={}", json!(["an-old-signing-key-of-32-characters!"])),
            format!("CXPULSE_WEBHOOK_SECRET={NEW_SECRET} {OLD_SECRET}"),
            format!("CXONE_ACME_WEBHOOK={OLD_SECRET}"),
            "CXPULSE_WEBHOOK_RETRY_SECONDS=0.2,0.3".into(),
        ];
        Stack::start_with(shared, &settings.each_ref().map(String::as_str))
    })
}

const NEW_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwAB";
const OLD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ADMIN: &str = "globex-admin-0123456789";
const READER: &str = "globex-reader-0123456789";
const OTHERS_ADMIN: &str = "acme-admin-0123456789";
