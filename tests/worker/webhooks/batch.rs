//! What a batch tells its caller's webhook, what of it is given up, and what operators have sent again.

use serde_json::{Value, json};

use super::{ADMIN, OTHERS_ADMIN, READER, list, stack};
use crate::worker::receiver::{Delivery, PATIENCE, Receiver};
use crate::worker::stack::{Stack, wait_for};

#[test]
fn a_batch_tells_of_its_start_and_its_end() {
    let receiver = Receiver::start(&[]);
    let id = start(stack(), "default", &receiver, &json!(null));
    let told = receiver.until("batch.completed");
    let kinds: Vec<&str> = told.iter().map(Delivery::kind).collect();
    assert_eq!(kinds, ["batch.started", "batch.completed"]);
    assert!(told.iter().all(|delivery| delivery.json().pointer("/data/id") == Some(&json!(id))));
    assert_eq!(told.last().and_then(|last| last.json().pointer("/data/outcome").cloned()), Some(json!("completed")));
}

#[test]
fn what_a_batch_could_not_bring_is_dead_until_an_operator_sends_it_again() {
    let stack = stack();
    let receiver = Receiver::start(&["500", "500", "503"]);
    let id = start(stack, "default", &receiver, &json!(["completed"]));
    let tries = [receiver.take(), receiver.take(), receiver.take()];
    let path = format!("/v1/batches/{id}/notifications");
    let listed = wait_for(PATIENCE, || Some(list(stack, &path)).filter(|page| page.get("dead") == Some(&json!(1))));
    let listed = listed.expect("it is given up");
    let letter = listed.pointer("/notifications/0").expect("and listed");
    assert_eq!(
        (letter.get("id"), letter.get("state"), letter.get("tries"), letter.get("topic")),
        (Some(&json!(tries[0].id)), Some(&json!("dead")), Some(&json!(3)), Some(&json!("completed")))
    );
    assert_eq!(letter.get("id"), Some(&json!(format!("msg_{id}_1"))));
    assert_eq!(list(stack, &format!("{path}?state=delivered")).get("notifications"), Some(&json!([])));

    let redrive = |body: &[u8]| stack.client().send("POST", &format!("{path}/redrive"), body);
    assert_eq!(redrive(br#"{"numbers": [7]}"#).json(), json!({"redriven": [], "dead": 1}), "there is no such letter");
    let redriven = redrive(br#"{"numbers": [1]}"#);
    assert_eq!((redriven.status(), redriven.json()), (202, json!({"redriven": [1], "dead": 0})));
    let again = receiver.take();
    assert_eq!((&again.id, &again.body), (&tries[0].id, &tries[0].body));
    let arrived =
        wait_for(PATIENCE, || list(stack, &format!("{path}?state=delivered")).pointer("/notifications/0").cloned());
    assert!(arrived.is_some(), "it arrives");
    assert_eq!(redrive(b"").json(), json!({"redriven": [], "dead": 0}), "nothing is left");

    let audit = stack.client().get(&format!("/v1/batches/{id}/audit"));
    let records = audit.text().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of = |record: Value| {
        let [result, attempt, who] = ["delivery", "attempt", "who"].map(|name| record.get(name).cloned());
        [result, attempt, who]
            .map(|value| value.map_or_else(|| "-".into(), |value| value.to_string().replace('"', "")))
            .join(" ")
    };
    let told: Vec<String> =
        records.filter(|record| record.get("kind") == Some(&json!("notification"))).map(of).collect();
    assert_eq!(
        told,
        ["failed 1 system", "failed 2 system", "dead 3 system", "redriven - key:operator", "arrived 4 system"]
    );
    assert_eq!(stack.client().get(&format!("/v1/batches/{id}")).json()["generation"], 1, "its items do not run again");
}

#[test]
fn a_batch_stands_among_the_dead_letters_of_its_tenant() {
    let stack = stack();
    let receiver = Receiver::start(&["500"; 6]);
    let batch = start(stack, "globex", &receiver, &json!(["completed"]));
    (0..3).for_each(|_| drop(receiver.take()));
    let execution = super::start(stack, "globex", &receiver);
    (0..3).for_each(|_| drop(receiver.take()));
    let path = "/v1/tenants/globex/dead-letters";
    let ours = || {
        let page = list(stack, path);
        let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let shown =
            items.iter().filter_map(|item| Some((item.get("id")?.as_str()?.to_owned(), item.get("kind")?.clone())));
        let shown: Vec<_> = shown.filter(|(id, _)| *id == batch || *id == execution).collect();
        (shown.len() == 2).then_some(shown)
    };
    let shown = wait_for(PATIENCE, ours).expect("both are listed");
    assert_eq!(shown, [(execution.clone(), json!("execution")), (batch.clone(), json!("batch"))], "newest first");
    let mut seen = Vec::new();
    let mut next = Some(format!("{path}?limit=1"));
    while let Some(path) = next {
        let page = list(stack, &path);
        seen.extend(page.pointer("/items/0/id").and_then(Value::as_str).map(str::to_owned));
        next = page.get("next").and_then(Value::as_str).map(str::to_owned);
    }
    assert!(seen.contains(&batch) && seen.contains(&execution), "by page, too: {seen:?}");
    let tally = stack.client_with(Some(ADMIN)).send("POST", &format!("{path}/redrive"), b"").json();
    assert!(tally["batches"].as_u64() >= Some(1) && tally["executions"].as_u64() >= Some(1), "{tally}");
    assert_eq!(tally["unreached"], 0, "{tally}");
    let mut again = [receiver.take().kind, receiver.take().kind];
    again.sort_unstable();
    assert_eq!(again, ["batch.completed", "execution.completed"]);
}

#[test]
fn a_batchs_letters_are_for_who_administers_its_tenant_and_asked_for_in_form() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    let id = start(stack, "globex", &receiver, &json!(["failed"]));
    let shown = format!("/v1/batches/{id}/notifications");
    let redrive = format!("{shown}/redrive");
    let token = stack
        .client()
        .post("/v1/tokens", &json!({"tenant": "globex", "resources": [id], "verbs": ["read", "redrive"]}));
    let token = token.json().get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (credential, problem) in [
        (None, "401 unauthorized"),
        (Some(token.as_str()), "403 forbidden"),
        (Some(READER), "403 forbidden"),
        (Some(OTHERS_ADMIN), "404 not-found"),
    ] {
        let client = stack.client_with(credential);
        assert_eq!(client.get(&shown).problem(), problem, "{credential:?}");
        assert_eq!(client.send("POST", &redrive, b"").problem(), problem, "{credential:?}");
    }
    let own = stack.client_with(Some(ADMIN));
    assert_eq!((own.get(&shown).status(), own.send("POST", &redrive, b"").status()), (200, 202));
    assert_eq!(own.get(&format!("{shown}?state=lost")).problem(), "400 invalid-parameter ?state out_of_range");
    assert_eq!(own.get(&format!("{shown}?limit=0")).problem(), "400 invalid-parameter ?limit out_of_range");
    let asked = own.send("POST", &redrive, br#"{"numbers": [0], "all": true}"#);
    assert_eq!(asked.problem(), "422 invalid-request /numbers out_of_range, /all unknown_field");
    let nobody = format!("/v1/batches/bat_{}/notifications", "0".repeat(32));
    assert_eq!(own.get(&nobody).problem(), "404 not-found");
    assert_eq!(own.send("POST", &format!("{nobody}/redrive"), b"").problem(), "404 not-found");
    assert_eq!(own.send("POST", &shown, b"").problem(), "405 method-not-allowed");
}

/// Starts a batch of two that completes soon and tells the receiver of these topics, or of all.
fn start(stack: &Stack, tenant: &str, receiver: &Receiver, events: &Value) -> String {
    let body = json!({
        "action_id": "sim-instant", "payloads": [{"id": "a"}, {"id": "b"}], "callback": false, "tenant": tenant,
        "notify": {"url": receiver.url, "events": events},
    });
    let accepted = stack.client().post("/v1/batches", &body);
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    accepted.json()["id"].as_str().unwrap_or_default().to_owned()
}
