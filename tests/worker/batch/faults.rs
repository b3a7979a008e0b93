//! A CXone that misbehaves while a batch runs. What was submitted is counted by the simulation, not by us.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{PATIENCE, accept, batch, count, distinct, ended, execution_of, id_of, items, submitted, text, when};
use crate::worker::forge::Forge;
use crate::worker::stack::{Stack, fresh_correlation_id, wait_for};

#[test]
fn whatever_one_fault_strikes_no_item_is_lost_and_none_is_submitted_twice() {
    let stack = Stack::alone();
    for (fault, only) in [
        ("rate_limited", "submit"),
        ("unavailable", "submit"),
        ("lost_answer", "submit"),
        ("cut", "submit"),
        ("html", "submit"),
        ("slow", "submit"),
        ("server_error", "poll"),
        ("dropped", "poll"),
        ("cut", "poll"),
        ("not_found", "poll"),
    ] {
        stack.sim().reset();
        stack.reset_gate();
        stack.sim().set_faults(&json!({
            "rates": {fault: 1}, "only": [only], "retry_after": "1", "slow_ms": 700, "until_ms_from_now": 1500,
        }));
        let more = json!({"item_timeout_seconds": 120, "max_parallel": 12, "chunk_size": 12});
        let over = ended(&stack, &id_of(&accept(&stack, &batch("sim-for-1s", 24, &more))));
        let submits = submitted(&stack);
        assert!(submits.values().all(|count| *count == 1), "{fault} of {only}: {submits:?}");
        assert_eq!(submits.len(), 24, "{fault} of {only}: {over}");
        assert_eq!(
            (&over["outcome"], count(&over, "successful")),
            (&json!("completed"), 24),
            "{fault} of {only}: {over}"
        );
    }
}

#[test]
fn items_that_never_arrived_are_degraded_and_may_have_run_for_all_that_we_know() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({"rates": {"dropped": 1}, "only": ["submit"]}));
    let over = ended(&stack, &id_of(&accept(&stack, &batch("sim-fast", 4, &json!({"item_timeout_seconds": 5})))));
    assert_eq!((count(&over, "degraded"), submitted(&stack).len()), (4, 0), "{over}");
    assert_eq!((&over["failures"][0]["code"], &over["failures"][0]["count"]), (&json!("FATE_UNKNOWN"), &json!(4)));
    let preview = stack.client().post(&format!("/v1/batches/{}/redrive", id_of(&over)), &json!({"preview": true}));
    assert_eq!(preview.json()["may_have_run"]["count"], 4, "{}", preview.text());
}

#[test]
fn a_wait_that_cxone_asks_for_is_shown_and_kept() {
    let stack = Stack::alone();
    stack.sim().reset();
    let faults =
        json!({"rates": {"rate_limited": 1}, "only": ["submit"], "retry_after": "3", "until_ms_from_now": 2000});
    stack.sim().set_faults(&faults);
    let id = id_of(&accept(&stack, &batch("sim-instant", 10, &json!({}))));
    let waiting = when(&stack, &id, |batch| batch["waiting"]["reason"] == "rate_limited");
    assert!(waiting["waiting"]["until"].is_string(), "{waiting}");
    let over = ended(&stack, &id);
    assert_eq!(count(&over, "successful"), 10, "{over}");
    assert!(submitted(&stack).values().all(|count| *count == 1));
}

#[test]
fn a_cancel_while_items_start_leaves_nothing_running() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({"latency_ms": [300, 300]}));
    let id = id_of(&accept(&stack, &batch("sim-never", 60, &json!({"max_parallel": 40, "chunk_size": 40}))));
    // No call has been answered yet.
    when(&stack, &id, |batch| count(batch, "running") > 0);
    assert_eq!(stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"").status(), 202);
    let over = ended(&stack, &id);
    assert_eq!((&over["outcome"], count(&over, "canceled") + count(&over, "not_started")), (&json!("canceled"), 60));
    assert!(submitted(&stack).values().all(|count| *count == 1));
    stack.sim().calm();
    // Whatever had been submitted is stopped there, too.
    let live = || {
        let shown = items(&stack, &id);
        let correlations = shown.values().map(|item| execution_of(&stack, item).text("/correlation_id").to_owned());
        let upstream: Vec<_> = correlations.flat_map(|key| stack.sim().of_correlation(&key)).collect();
        upstream.iter().all(|one| one.status == "CANCELED").then_some(())
    };
    assert!(wait_for(PATIENCE, live).is_some(), "nothing runs on CXone");
}

#[test]
fn more_calls_are_under_way_than_one_invocation_may_wait_for() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({"latency_ms": [400, 400]}));
    let more = json!({"max_parallel": 40, "chunk_size": 40});
    let over = ended(&stack, &id_of(&accept(&stack, &batch("sim-instant", 60, &more))));
    assert_eq!(count(&over, "successful"), 60, "{over}");
    let most = stack.sim().count("in_flight_max");
    assert!(most > 6, "{most} at once: the others leave through invocations of their own");
}

#[test]
fn a_redrive_of_what_runs_waits_for_nobody_and_takes_what_has_ended_badly() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({"rates": {"not_found": 1}, "only": ["submit"], "until_ms_from_now": 1200}));
    let id = id_of(&accept(&stack, &batch("sim-for-6s", 12, &json!({"max_parallel": 3, "chunk_size": 3}))));
    let running = when(&stack, &id, |batch| count(batch, "failed") > 0 && count(batch, "running") > 0);
    assert_eq!(running["status"], "running");
    stack.sim().calm();
    let redriven = stack.client().post(&format!("/v1/batches/{id}/redrive"), &json!({"statuses": ["failed"]}));
    assert!([200, 202].contains(&redriven.status()), "{}", redriven.text());
    let over = ended(&stack, &id);
    let again = stack.client().post(&format!("/v1/batches/{id}/redrive"), &json!({}));
    let over = if again.status() == 202 { ended(&stack, &id) } else { over };
    assert_eq!((&over["outcome"], count(&over, "successful")), (&json!("completed"), 12), "{over}");
    let submits = submitted(&stack);
    assert!(submits.values().all(|count| *count == 1) && submits.len() == 12, "{submits:?}");
}

#[test]
fn a_callback_for_an_item_is_taken_as_any_other() {
    let stack = Stack::shared();
    let sleepy = json!({
        "callback": true, "max_parallel": 1, "chunk_size": 1,
        "backoff": {"base_seconds": 120, "min_seconds": 120, "max_seconds": 120},
    });
    let id = id_of(&accept(stack, &batch("sim-fast", 2, &sleepy)));
    let over = ended(stack, &id);
    assert_eq!(count(&over, "successful"), 2, "no poll was waited for: {over}");
    for item in items(stack, &id).values() {
        let execution = execution_of(stack, item);
        assert_eq!(execution.at("/latency/calls"), &json!(1), "the submit was the only call: {execution}");
    }
    let item = format!("exe_{}-0", id.trim_start_matches("bat_"));
    let own = Forge::of(stack).callback_path(&item);
    let forged = own.replace(&item, &item.replace("-0", "-1"));
    let client = stack.client_with(None);
    assert_eq!(client.post(&forged, &json!({})).problem(), "404 not-found", "one item's address is not another's");
}

#[test]
fn a_body_that_breaks_off_starts_nothing() {
    let stack = Stack::shared();
    let tag = fresh_correlation_id();
    let whole = batch("sim-instant", 3, &json!({"tags": [tag]})).to_string();
    let cut = whole.get(..whole.len() - 20).unwrap_or_default();
    let client = stack.client().with("content-type", "application/json");
    assert_eq!(client.send("POST", "/v1/batches", cut.as_bytes()).problem(), "400 malformed-body  not_json");
    broken_off(stack, &whole);
    let lines = stack.client().with("content-type", "application/x-ndjson");
    let head = format!("{{\"action_id\":\"sim-instant\",\"callback\":false,\"tags\":[\"{tag}\"]}}");
    let broken = lines.send("POST", "/v1/batches", format!("{head}\n{{\"id\":\"a\"}}\n{{\"id\":\n").as_bytes());
    assert_eq!(broken.problem(), "400 malformed-body /payloads/1 not_json");
    let lenient = head.replacen('{', "{\"accept_valid\":true,", 1);
    let taken = lines.send("POST", "/v1/batches", format!("{lenient}\n{{\"id\":\"a\"}}\n{{\"id\":\n").as_bytes());
    assert_eq!((taken.status(), &taken.json()["refused"]["count"]), (202, &json!(1)), "{}", taken.text());
    ended(stack, &id_of(&taken.json()));
    let listed = wait_for(PATIENCE, || {
        let page = stack.client().get(&format!("/v1/batches?tag={tag}")).json();
        page["items"].as_array().filter(|items| !items.is_empty()).cloned()
    });
    let ids: Vec<String> = listed.unwrap_or_default().iter().map(|item| text(item, "id")).collect();
    assert_eq!(ids, [id_of(&taken.json())], "nothing else was started");
}

#[test]
fn a_key_with_another_body_is_refused_and_the_first_goes_on() {
    let stack = Stack::shared();
    let client = stack.client().with("idempotency-key", &fresh_correlation_id());
    let first = client.post("/v1/batches", &batch("sim-for-1s", 3, &json!({})));
    assert_eq!(first.status(), 202, "{}", first.text());
    for other in [batch("sim-for-1s", 4, &json!({})), batch("sim-for-1s", 3, &json!({"max_parallel": 1}))] {
        assert_eq!(client.post("/v1/batches", &other).problem(), "422 idempotency-key-reused");
    }
    let again = client.post("/v1/batches", &batch("sim-for-1s", 3, &json!({})));
    assert_eq!((again.status(), id_of(&again.json())), (202, id_of(&first.json())));
    assert_eq!(count(&ended(stack, &id_of(&first.json())), "successful"), 3);
}

#[test]
fn a_small_ration_of_requests_only_makes_more_invocations() {
    let settings = ["CXPULSE_SUBREQUESTS_MAX=20"];
    let stack = Stack::start_with(Stack::shared(), &settings);
    let mark = fresh_correlation_id();
    let payload = |index: usize| json!({"id": format!("item-{index}"), "correlation_id": format!("{mark}-{index}")});
    let payloads: Vec<Value> = (0..60).map(payload).collect();
    let more = json!({"payloads": payloads, "max_parallel": 60, "chunk_size": 60});
    let over = ended(&stack, &id_of(&accept(&stack, &batch("sim-for-2s", 0, &more))));
    assert_eq!((&over["outcome"], count(&over, "successful")), (&json!("completed"), 60), "{over}");
    let ours = |(id, _): &(String, usize)| id.starts_with(&format!("{mark}-"));
    let submits: BTreeMap<String, usize> = submitted(&stack).into_iter().filter(ours).collect();
    assert_eq!((submits.len(), distinct(submits.keys().cloned())), (60, 60));
    assert!(submits.values().all(|count| *count == 1), "{submits:?}");
    let refusal = Stack::refusal_of(&["CXPULSE_SUBREQUESTS_MAX=19"]);
    assert!(refusal.contains("CXPULSE_SUBREQUESTS_MAX is not a whole number, 20 to 10000000"), "{refusal}");
}

/// Sends a head that promises the whole body, and goes away in the middle of it.
fn broken_off(stack: &Stack, whole: &str) {
    use std::io::{Read, Write};
    let address = stack.base().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("the Worker listens");
    let (half, length) = (whole.get(..whole.len() / 2).unwrap_or_default(), whole.len());
    let request = format!(
        "POST /v1/batches HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{half}",
        stack.api_key()
    );
    stream.write_all(request.as_bytes()).expect("it can be sent");
    stream.shutdown(std::net::Shutdown::Write).expect("it can break off");
    let mut answer = String::new();
    drop(stream.read_to_string(&mut answer));
    assert!(!answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 5"), "{answer}");
}
