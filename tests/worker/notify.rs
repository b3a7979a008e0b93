//! Notifications to a caller's webhook: signed, in order, at least once, and no more where they are not wanted.

use std::time::Duration;

use serde_json::json;

use super::forge::Forge;
use super::receiver::{Delivery, PATIENCE, Receiver};
use super::stack::{Stack, quick_start};

#[test]
fn notifications_arrive_signed_and_in_order() {
    let stack = Stack::shared();
    let webhook = Receiver::start(&[]);
    let accepted = stack.accept(&quick_start("sim-stepping-back", &json!({"notify": {"url": webhook.url}})));
    let told = webhook.until("execution.completed");
    let kinds: Vec<&str> = told.iter().map(Delivery::kind).collect();
    let expected = [
        "execution.status_changed",
        "execution.status_changed",
        "execution.anomaly",
        "execution.status_changed",
        "execution.completed",
    ];
    assert_eq!(kinds, expected);
    for delivery in &told {
        delivery.check(&Forge::of(stack));
        assert_eq!(delivery.json().pointer("/data/id"), Some(&json!(accepted.id())));
    }
    let last = told.last().and_then(|delivery| delivery.json().pointer("/data/outcome").cloned());
    assert_eq!(last, Some(json!("completed")));
}

#[test]
fn only_what_was_asked_for_is_told() {
    let stack = Stack::shared();
    let webhook = Receiver::start(&[]);
    let notify = json!({"notify": {"url": webhook.url, "events": ["failed"]}});
    stack.accept(&quick_start("sim-failing", &notify));
    let told = webhook.until("execution.failed");
    assert_eq!(told.len(), 1);
}

#[test]
fn a_notification_that_fails_comes_again_under_the_same_id_and_the_others_wait_for_it() {
    let stack = Stack::shared();
    let webhook = Receiver::start(&["503"]);
    let notify = json!({"notify": {"url": webhook.url, "events": ["status_changed", "completed"]}});
    stack.accept(&quick_start("sim-for-1s", &notify));
    let told = webhook.until("execution.completed");
    let ids: Vec<&str> = told.iter().map(|delivery| delivery.id.as_str()).collect();
    assert_eq!(ids.first(), ids.get(1), "the first is told again before anything else");
    let mut distinct = ids.clone();
    distinct.dedup();
    assert_eq!(distinct.len() + 1, ids.len(), "{ids:?}");
}

#[test]
fn a_receiver_that_is_gone_is_told_no_more() {
    let stack = Stack::shared();
    let webhook = Receiver::start(&["410"]);
    let accepted = stack.accept(&quick_start("sim-for-1s", &json!({"notify": {"url": webhook.url}})));
    assert!(webhook.next(PATIENCE).is_some(), "it is told once");
    stack.ended(accepted.id(), PATIENCE);
    assert!(webhook.next(Duration::from_secs(2)).is_none(), "and not again");
}
