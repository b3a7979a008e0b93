//! What goes wrong with single requests: it is tried again, and nothing is lost, or counted twice.

use serde_json::{Value, json};

use super::{accept, ended, expected, id_of, query, report, run, stack_of};

#[test]
fn whatever_goes_wrong_with_requests_the_report_is_the_same() {
    let stack = stack_of(400);
    let calm = expected(&stack, "");
    for (name, faults) in [
        ("429 and 5xx", json!({"rates": {"rate_limited": 0.2, "server_error": 0.2, "unavailable": 0.1}})),
        ("cut connections", json!({"rates": {"cut": 0.2, "dropped": 0.1}, "history": {"cut": 0.3}})),
        ("torn JSON and HTML", json!({"rates": {"html": 0.05}, "history": {"torn": 0.05}})),
        ("slow answers", json!({"latency_ms": [1, 60], "rates": {"slow": 0.1}, "slow_ms": 400})),
    ] {
        stack.sim().set_faults(&crate::worker::stack::merged(json!({"seed": 7, "retry_after": "0"}), &faults));
        let over = run(&stack, &query(&json!({"page_size": 20})));
        stack.sim().calm();
        assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(400)), "{name}: {over}");
        assert_eq!((&over["duplicates"], &over["pass"]), (&json!(0), &json!(1)), "{name}: {over}");
        assert_eq!(report(&stack, &id_of(&over), ""), calm, "{name}");
    }
}

#[test]
fn a_token_that_is_taken_back_is_renewed_and_no_page_is_lost() {
    let stack = stack_of(400);
    stack.sim().set_faults(&json!({"latency_ms": [60, 90]}));
    let id = id_of(&accept(&stack, &query(&json!({"page_size": 10}))));
    for rows in [50, 200] {
        super::when(&stack, &id, |history| history["rows"].as_u64() > Some(rows));
        stack.sim().revoke_tokens();
    }
    let over = ended(&stack, &id);
    assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(400)), "{over}");
    assert!(over["failures"].as_u64() >= Some(2), "it was refused, and asked again: {over}");
}

#[test]
fn no_more_requests_are_under_way_than_cxone_takes() {
    let stack = stack_of(400);
    stack.sim().set_faults(&json!({"latency_ms": [40, 60]}));
    let over = run(&stack, &query(&json!({"page_size": 10})));
    assert_eq!((&over["outcome"], &over["rows"]), (&json!("completed"), &json!(400)), "{over}");
    let most = stack.sim().count("in_flight_max");
    assert!((2..=5).contains(&most), "some at once, five at most: {most}");
    assert_eq!(stack.sim().count("rate_limited"), 0);
}

#[test]
fn broken_rows_are_counted_and_the_others_reported() {
    let stack = stack_of(400);
    stack.sim().set_faults(&json!({"seed": 3, "history": {"rows_without_id": 0.1, "rows_foreign": 0.1}}));
    let over = run(&stack, &query(&json!({})));
    assert_eq!(over["outcome"], "completed", "{over}");
    let told = report(&stack, &id_of(&over), "");
    let anomalies = told["anomalies"].as_array().expect("anomalies are listed");
    let unreadable = anomalies.iter().find(|anomaly| anomaly["kind"] == "unreadable_row").expect("some are unreadable");
    let (broken, sound) = (unreadable["count"].as_u64(), told["interactions"].as_u64());
    assert!(broken > Some(20) && sound > Some(250), "{unreadable} beside {sound:?}");
}

#[test]
fn a_cxone_that_refuses_ends_it_and_one_that_fails_for_good_ends_it_with_what_came() {
    let stack = stack_of(400);
    stack.sim().set_faults(&json!({"only": ["history"], "rates": {"not_found": 1.0}}));
    let refused = run(&stack, &query(&json!({})));
    let code = |history: &Value| history.pointer("/error/code").and_then(Value::as_str).map(str::to_owned);
    assert_eq!((&refused["outcome"], code(&refused).as_deref()), (&json!("failed"), Some("REJECTED")), "{refused}");
    assert_eq!(refused.pointer("/completion/compliance_status"), Some(&json!("REVIEW_REQUIRED")), "{refused}");
    stack.sim().calm();
    let few = json!({"page_size": 10, "backoff": {"base_seconds": 0.05, "max_seconds": 0.05, "min_seconds": 0.01, "max_attempts": 3}});
    let id = id_of(&accept(&stack, &query(&few)));
    super::when(&stack, &id, |history| history["rows"].as_u64() > Some(20));
    stack.sim().set_faults(&json!({"only": ["history"], "rates": {"server_error": 1.0}}));
    let over = ended(&stack, &id);
    stack.sim().calm();
    if over["outcome"] != "completed" {
        assert_eq!((&over["outcome"], code(&over).as_deref()), (&json!("partial"), Some("UPSTREAM_FAILED")), "{over}");
        assert_eq!(report(&stack, &id, "")["interactions"], over["interactions"], "what came is there");
    }
}

#[test]
fn it_can_be_stopped_and_ends_when_its_time_is_up() {
    let stack = stack_of(400);
    stack.sim().set_faults(&json!({"latency_ms": [300, 400]}));
    let id = id_of(&accept(&stack, &query(&json!({"page_size": 5}))));
    super::when(&stack, &id, |history| history["rows"].as_u64() > Some(0));
    let answer = stack.client().send("POST", &format!("/v1/histories/{id}/cancel"), b"");
    assert_eq!((answer.status(), &answer.json()["outcome"]), (202, &json!("canceled")), "{}", answer.text());
    let again = stack.client().send("POST", &format!("/v1/histories/{id}/cancel"), b"");
    assert_eq!(again.status(), 200);
    let rows = super::look(&stack, &id)["rows"].clone();
    assert_eq!(report(&stack, &id, "")["interactions"], rows, "what came by then is there");
    let late = run(&stack, &query(&json!({"page_size": 1, "timeout_seconds": 5})));
    assert_eq!(
        (&late["outcome"], late.pointer("/error/code")),
        (&json!("timed_out"), Some(&json!("DEADLINE_PASSED"))),
        "{late}"
    );
}
