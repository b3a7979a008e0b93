//! Letters: what is known of each notification of an execution, what is dead, and what operators have sent again.

use serde_json::{Value, json};

use super::{ADMIN, OTHERS_ADMIN, READER, id_of, list, stack, start};
use crate::worker::receiver::{PATIENCE, Receiver};
use crate::worker::stack::{quick_start, wait_for};

#[test]
fn what_the_whole_ladder_did_not_bring_is_dead_until_an_operator_sends_it_again() {
    let stack = stack();
    let receiver = Receiver::start(&["500", "302 Location: https://example.com/", "503"]);
    let id = start(stack, "default", &receiver);
    let tries = [receiver.take(), receiver.take(), receiver.take()];
    let path = format!("/v1/executions/{id}/notifications");
    let listed = wait_for(PATIENCE, || Some(list(stack, &path)).filter(|page| page.get("dead") == Some(&json!(1))));
    let listed = listed.expect("it is given up");
    let letter = listed.pointer("/notifications/0").expect("and listed");
    assert_eq!(letter.get("id"), Some(&json!(tries[0].id)));
    assert_eq!((letter.get("state"), letter.get("tries")), (Some(&json!("dead")), Some(&json!(3))));
    assert_eq!(letter.pointer("/topic"), Some(&json!("completed")));
    assert_eq!(
        (letter.pointer("/last/status"), letter.pointer("/last/failure")),
        (Some(&json!(503)), Some(&json!("status")))
    );
    assert_eq!(list(stack, &format!("{path}?state=delivered")).get("notifications"), Some(&json!([])));

    let redrive = |body: &[u8]| stack.client().send("POST", &format!("{path}/redrive"), body);
    assert_eq!(redrive(br#"{"numbers": [7]}"#).json(), json!({"redriven": [], "dead": 1}), "there is no such letter");
    let redriven = redrive(b"");
    assert_eq!((redriven.status(), redriven.json()), (202, json!({"redriven": [1], "dead": 0})));
    let again = receiver.take();
    let ids: Vec<&String> = tries.iter().map(|one| &one.id).chain([&again.id]).collect();
    assert!(ids.iter().all(|id| *id == &again.id), "the same id, however often: {ids:?}");
    assert_eq!(again.body, tries[0].body, "and the same body");
    let page = format!("{path}?state=delivered");
    let arrived = wait_for(PATIENCE, || list(stack, &page).pointer("/notifications/0").cloned()).expect("it arrives");
    assert_eq!((arrived.get("tries"), arrived.pointer("/last/status")), (Some(&json!(4)), Some(&json!(204))));
    assert_eq!(redrive(b"").json(), json!({"redriven": [], "dead": 0}), "nothing is left");

    let of = |record: &Value| {
        let [result, attempt, status, who] = ["delivery", "attempt", "http_status", "who"].map(|name| record.get(name));
        let text = |value: Option<&Value>| value.map_or_else(|| "-".into(), |value| value.to_string().replace('"', ""));
        [result, attempt, status, who].map(text).join(" ")
    };
    let audit = stack.client().get(&format!("/v1/executions/{id}/audit"));
    let records = audit.text().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told: Vec<String> =
        records.filter(|record| record.get("kind") == Some(&json!("notification"))).map(|record| of(&record)).collect();
    let expected = [
        "failed 1 500 system",
        "failed 2 302 system",
        "dead 3 503 system",
        "redriven - - key:operator",
        "arrived 4 204 system",
    ];
    assert_eq!(told, expected, "and all of it is in the audit log");
}

#[test]
fn the_dead_letters_of_a_tenant_are_listed_and_sent_again_page_by_page() {
    let stack = stack();
    let admin = stack.client_with(Some(OTHERS_ADMIN));
    let receiver = Receiver::start(&["500"; 9]);
    let ids: Vec<String> = (0..3).map(|_| start(stack, "initech", &receiver)).collect();
    let path = "/v1/tenants/initech/dead-letters";
    let dead = |path: &str| {
        let page = list(stack, path);
        let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.get("id")?.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let listed = wait_for(PATIENCE, || Some(dead(path)).filter(|found| found.len() == 3)).expect("all three are dead");
    assert!(ids.iter().all(|id| listed.contains(id)), "{listed:?}");
    assert_eq!(list(stack, path).pointer("/items/0/dead_letters"), Some(&json!(1)));
    assert_eq!(admin.get(path).problem(), "404 not-found", "another tenant's administrator sees nothing");
    assert_eq!(admin.send("POST", &format!("{path}/redrive"), b"").problem(), "404 not-found");
    assert_eq!(stack.client_with(Some(READER)).get(path).problem(), "403 forbidden");

    let mut next = Some(format!("{path}/redrive?limit=2"));
    let mut counts = Vec::new();
    while let Some(path) = next {
        let answer = stack.client().send("POST", &path, b"");
        assert_eq!(answer.status(), 202, "{}", answer.text());
        let tally = answer.json();
        assert_eq!(tally.get("unreached"), Some(&json!(0)), "{tally}");
        counts.push(tally.get("redriven").and_then(Value::as_u64).unwrap_or_default());
        next = tally.get("next").and_then(Value::as_str).map(str::to_owned);
    }
    assert_eq!(counts, [2, 1]);
    let mut arrived: Vec<String> = (0..12).map(|_| id_of(&receiver.take())).skip(9).collect();
    arrived.sort_unstable();
    let mut expected = ids;
    expected.sort_unstable();
    assert_eq!(arrived, expected, "each once");
    assert!(wait_for(PATIENCE, || dead(path).is_empty().then_some(())).is_some(), "and none is dead any more");
    assert_eq!(stack.client().get(&format!("{path}?state=x")).problem(), "400 invalid-parameter ?state unknown_field");
}

#[test]
fn letters_are_for_who_administers_the_tenant_and_for_nobody_else() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    let id = start(stack, "globex", &receiver);
    let shown = format!("/v1/executions/{id}/notifications");
    let redrive = format!("{shown}/redrive");
    let token = stack.client().post("/v1/tokens", &json!({"tenant": "globex", "resources": [id], "verbs": ["read"]}));
    let token = token.json().get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (credential, problem) in [
        (None, "401 unauthorized"),
        (Some("nobodys-key-0123456789"), "401 unauthorized"),
        (Some(token.as_str()), "403 forbidden"),
        (Some(READER), "403 forbidden"),
        (Some(OTHERS_ADMIN), "404 not-found"),
    ] {
        let client = stack.client_with(credential);
        assert_eq!(client.get(&shown).problem(), problem, "{credential:?}");
        assert_eq!(client.send("POST", &redrive, b"").problem(), problem, "{credential:?}");
        assert_eq!(client.get("/v1/tenants/globex/webhook").problem(), problem, "{credential:?}");
    }
    let own = stack.client_with(Some(ADMIN));
    assert_eq!(own.get(&shown).status(), 200);
    assert_eq!(own.send("POST", &redrive, b"").status(), 202);
    assert_eq!(own.get("/v1/tenants/globex/webhook").status(), 200);
}

#[test]
fn letters_are_asked_for_in_form() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    let id = start(stack, "default", &receiver);
    let path = format!("/v1/executions/{id}/notifications");
    let ask = |query: &str| stack.client().get(&format!("{path}{query}")).problem();
    assert_eq!(ask("?state=lost"), "400 invalid-parameter ?state out_of_range");
    assert_eq!(ask("?limit=0"), "400 invalid-parameter ?limit out_of_range");
    assert_eq!(ask("?after=x"), "400 invalid-parameter ?after out_of_range");
    let redrive = |body: &str| stack.client().send("POST", &format!("{path}/redrive"), body.as_bytes()).problem();
    assert_eq!(redrive("[]"), "422 invalid-request  wrong_type");
    assert_eq!(redrive("{"), "400 malformed-body  not_json");
    assert_eq!(
        redrive(r#"{"numbers": [0], "all": true}"#),
        "422 invalid-request /numbers out_of_range, /all unknown_field"
    );
    assert_eq!(redrive(r#"{"numbers": []}"#), "422 invalid-request /numbers out_of_range");
    assert_eq!(redrive(r#"{"numbers": [1, "2"]}"#), "422 invalid-request /numbers out_of_range");
    let nobody = "/v1/executions/exe_0123456789abcdef0123456789abcdef/notifications";
    assert_eq!(stack.client().get(nobody).problem(), "404 not-found");
    assert_eq!(stack.client().send("POST", &format!("{nobody}/redrive"), b"").problem(), "404 not-found");
    assert_eq!(stack.client().send("POST", &path, b"").problem(), "405 method-not-allowed");
}

#[test]
fn letters_come_by_page() {
    let stack = stack();
    let receiver = Receiver::start(&[]);
    let body = quick_start("sim-stepping-back", &json!({"notify": {"url": receiver.url}}));
    let id = stack.accept(&body).id().to_owned();
    receiver.until("execution.completed");
    let mut numbers = Vec::new();
    let mut next = Some(format!("/v1/executions/{id}/notifications?limit=2"));
    while let Some(path) = next {
        let page = stack.client().get(&path);
        assert_eq!(page.status(), 200, "{}", page.text());
        let json = page.json();
        let letters = json.get("notifications").and_then(Value::as_array).cloned().unwrap_or_default();
        numbers.extend(letters.iter().filter_map(|letter| letter.get("number")?.as_u64()));
        next = page.header("link").strip_prefix('<').and_then(|link| link.split_once('>')).map(|(url, _)| url.into());
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}
