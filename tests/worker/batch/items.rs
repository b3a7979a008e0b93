//! Items of a batch: each an execution that answers like any other, and pages that stay where they are.

use serde_json::{Value, json};

use super::{PATIENCE, accept, batch, count, distinct, ended, execution_of, id_of, items, look, submitted, when};
use crate::spec::check::check_message;
use crate::worker::events::Events;
use crate::worker::stack::Stack;

#[test]
fn two_hundred_items_end_whatever_cxone_does_and_each_is_submitted_once() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({
        "rates": {"rate_limited": 0.05, "server_error": 0.03, "unavailable": 0.03, "lost_answer": 0.03, "cut": 0.02},
        "only": ["submit", "poll"], "retry_after": "1", "seed": 11,
    }));
    let id = id_of(&accept(&stack, &batch("sim-fast", 200, &json!({"item_timeout_seconds": 90}))));
    let over = ended(&stack, &id);
    stack.sim().calm();
    let items = items(&stack, &id);
    assert_eq!((items.len(), count(&over, "total")), (200, 200));
    for part in ["successful", "failed", "degraded", "canceled", "not_started", "running"] {
        let counted = items.values().filter(|item| item["status"] == *part).count();
        assert_eq!(count(&over, part), u64::try_from(counted).unwrap_or_default(), "{part}: {}", over["summary"]);
    }
    let submits = submitted(&stack);
    assert!(submits.values().all(|count| *count == 1), "nothing is submitted twice: {submits:?}");
    assert!(count(&over, "successful") >= 150, "{over}");
    let sources: u64 = ["fresh", "retried"].iter().filter_map(|part| over["sources"][part].as_u64()).sum();
    assert_eq!(sources, count(&over, "successful"), "{over}");
}

#[test]
fn an_item_answers_as_an_execution_before_while_and_after_it_runs() {
    let stack = Stack::shared();
    let more = json!({"max_parallel": 1, "chunk_size": 1});
    let id = id_of(&accept(stack, &batch("sim-for-2s", 3, &more)));
    let first = format!("exe_{}-0", id.trim_start_matches("bat_"));
    let last = format!("exe_{}-2", id.trim_start_matches("bat_"));
    let unbegun = stack.look(&last);
    assert_eq!((unbegun.id(), unbegun.status(), unbegun.outcome()), (last.as_str(), "pending", None));
    let refused = stack.client().send("POST", &format!("/v1/executions/{last}/cancel"), b"");
    assert_eq!(refused.problem(), "409 not-begun");
    let told = Events::open(&stack.client(), &last, None).snapshots();
    assert_eq!(
        told.last().map(|told| told.ending()).as_deref(),
        Some("completed/completed"),
        "its stream sees it begin and end"
    );
    assert_eq!(stack.ended(&first, PATIENCE).ending(), "completed/completed");
    crate::worker::journal::replay(&stack.journal(&first));
    let over = ended(stack, &id);
    assert_eq!(over["outcome"], "completed", "{over}");
    let shown = items(stack, &id);
    for (index, item) in shown.values().enumerate() {
        let execution = execution_of(stack, item);
        assert_eq!(execution.outcome(), Some("completed"), "{index}: {execution}");
        assert_eq!(&item["result"], execution.at("/result"), "{index}");
        assert_eq!(item["source"], "fresh");
    }
    let page = stack.client().get(&format!("/v1/executions/{first}/bundle"));
    assert_eq!(page.status(), 200);
}

#[test]
fn pages_stay_where_they_are_while_it_runs() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-for-1s", 60, &json!({"max_parallel": 5, "chunk_size": 5}))));
    let (mut seen, mut query): (Vec<u64>, String) = (Vec::new(), "limit=7".into());
    loop {
        let page = stack.client().get(&format!("/v1/batches/{id}?{query}")).json();
        let indices = page["items"].as_array().into_iter().flatten().filter_map(|item| item["index"].as_u64());
        seen.extend(indices);
        assert_eq!(page["pagination"]["total"], 60);
        match page["pagination"]["next"].as_str() {
            Some(next) => query = next.split_once('?').expect("it is an address").1.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (0..60).collect::<Vec<u64>>(), "every item once, in order, whatever ended meanwhile");
    let over = ended(stack, &id);
    assert_eq!(over["outcome"], "completed", "{over}");
    let page = stack.client().get(&format!("/v1/batches/{id}?status=successful&offset=58&limit=50")).json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    let grid = stack.client().get(&format!("/v1/batches/{id}?fields=grid")).json();
    assert_eq!(grid["grid"], "s".repeat(60));
}

#[test]
fn the_items_of_one_kind_of_failure_are_had_by_its_code() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-failing", 12, &json!({}))));
    let over = ended(stack, &id);
    let group = &over["failures"][0];
    assert_eq!((group["code"].as_str(), group["count"].as_u64()), (Some("UPSTREAM_FAILED"), Some(12)), "{over}");
    let get = |query: &str| stack.client().get(&format!("/v1/batches/{id}?{query}"));
    let page = get("code=UPSTREAM_FAILED&limit=5").json();
    assert_eq!(page["pagination"]["total"], 12, "{page}");
    let next = page["pagination"]["next"].as_str().expect("there are more");
    let further = stack.client().get(next).json();
    assert_eq!(further["pagination"]["offset"], 5, "{further}");
    assert_eq!(further["pagination"]["total"], 12, "the filter goes along: {next}");
    for query in ["code=UPSTREAM_FAILED&status=degraded", "code=UPSTREAM", "code=DEADLINE_PASSED"] {
        assert_eq!(get(query).json()["pagination"]["total"], 0, "{query}");
    }
    assert_eq!(get("code=UPSTREAM_FAILED&fields=results").text().lines().count(), 12);
    let lines = stack.client().with("accept", "application/x-ndjson");
    assert_eq!(lines.get(&format!("/v1/batches/{id}?code=UPSTREAM_FAILED&status=failed")).text().lines().count(), 12);
    assert_eq!(get("code=DEADLINE_PASSED&fields=results").text(), "");
    let refused = get("code=upstream");
    assert_eq!(refused.problem(), "400 invalid-parameter ?code out_of_range");
}

#[test]
fn a_stream_tells_the_summary_and_the_end() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-for-1s", 12, &json!({"max_parallel": 4, "chunk_size": 4}))));
    let answer = stack.client().get(&format!("/v1/batches/{id}/events"));
    let told: Vec<Value> = answer
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("an event's data is JSON"))
        .collect();
    told.iter().for_each(super::assert_adds_up);
    told.iter().for_each(|batch| check_message("batch", batch, None));
    let seqs: Vec<_> = told.iter().filter_map(|batch| batch["seq"].as_u64()).collect();
    assert!(seqs.is_sorted() && distinct(seqs.iter().map(u64::to_string)) == seqs.len(), "{seqs:?}");
    assert_eq!(told.last().map(|batch| &batch["outcome"]), Some(&json!("completed")));
    let over = when(stack, &id, |batch| batch["status"] == "completed");
    assert_eq!(over, look(stack, &id));
    let etag = over["seq"].to_string();
    let same = stack.client().with("if-none-match", &format!("\"{etag}\"")).get(&format!("/v1/batches/{id}"));
    assert_eq!(same.status(), 304);
}
