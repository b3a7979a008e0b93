//! What did not succeed runs again, as a generation of its own, and its results merge over the old.

use serde_json::{Value, json};

use super::{accept, batch, count, distinct, ended, execution_of, id_of, items, submitted, text, when};
use crate::worker::stack::Stack;

#[test]
fn a_redrive_runs_what_failed_and_nothing_else() {
    let stack = Stack::alone();
    stack.sim().reset();
    stack.sim().set_faults(&json!({"rates": {"not_found": 0.5}, "only": ["submit"], "seed": 5}));
    let id = id_of(&accept(&stack, &batch("sim-instant", 40, &json!({}))));
    let first = ended(&stack, &id);
    stack.sim().calm();
    let before = items(&stack, &id);
    let (good, bad) = (count(&first, "successful"), 40 - count(&first, "successful"));
    assert!(good > 0 && bad > 0, "some of both: {first}");
    let redrive = |body: &Value| stack.client().post(&format!("/v1/batches/{id}/redrive"), body);
    let preview = redrive(&json!({"preview": true}));
    assert_eq!((preview.status(), preview.json()["count"].as_u64()), (200, Some(bad)), "{}", preview.text());
    let submits = submitted(&stack).len();
    assert_eq!(redrive(&json!({})).status(), 202);
    let second = ended(&stack, &id);
    assert_eq!((second["generation"].as_u64(), count(&second, "successful")), (Some(2), 40), "{second}");
    assert_eq!(second["outcome"], "completed");
    assert_eq!(u64::try_from(submitted(&stack).len() - submits).unwrap_or_default(), bad, "as many as were missing");
    for (name, item) in items(&stack, &id) {
        let old = before.get(&name).expect("an item stays");
        if old["status"] == "successful" {
            assert_eq!(old, &item, "what succeeded is as it was");
        } else {
            assert_eq!((&item["source"], &item["generation"]), (&json!("retried"), &json!(2)), "{item}");
            assert_ne!(text(&old["links"], "execution"), text(&item["links"], "execution"));
            let of_old = execution_of(&stack, old);
            assert_ne!(of_old.outcome(), Some("completed"), "the old one is still there: {of_old}");
        }
    }
    assert_eq!(redrive(&json!({})).status(), 200, "nothing is left to run");
}

#[test]
fn the_link_of_an_item_that_was_redriven_and_never_began_stays_when_it_is_redriven_again() {
    let stack = Stack::shared();
    let id = id_of(&accept(stack, &batch("sim-never", 4, &json!({"max_parallel": 1, "chunk_size": 1}))));
    let post = |what: &str, body: &Value| stack.client().post(&format!("/v1/batches/{id}/{what}"), body).status();
    let mut links = Vec::new();
    for generation in 1..=4 {
        when(stack, &id, |batch| batch["generation"] == generation && count(batch, "running") == 1);
        links.push(text(&items(stack, &id)["item-3"]["links"], "execution"));
        assert_eq!(post("cancel", &json!({})), 202);
        ended(stack, &id);
        if generation < 4 {
            assert_eq!(post("redrive", &json!({"statuses": ["canceled", "not_started"]})), 202);
        }
    }
    assert_eq!(distinct(links.clone()), 4, "each generation has an execution of its own: {links:?}");
    for link in links {
        let answer = stack.client().get(&link);
        assert_eq!(
            (answer.status(), &answer.json()["outcome"]),
            (200, &json!("canceled")),
            "{link}: {}",
            answer.text()
        );
    }
}
