//! CXone's public API: `cxone-data-extraction` and `cxone-state-history`.

use cxpulse_core::time::Timestamp;
use expect_test::{Expect, expect};
use serde_json::Value;

use crate::tenant::{Tenant, body, json, line, refused, text};

const JOBS: &str = "/data-extraction/v1/jobs";
const CONTACTS: &str = "/incontactapi/services/v27.0/contacts";

#[test]
fn a_job_is_a_bare_id_and_ends_with_a_file() {
    let mut tenant = Tenant::of_user();
    let started = tenant.ask("POST", JOBS, &job("sim-fast"));
    assert_eq!(started.status, 202);
    let id: String = serde_json::from_slice(&started.body).expect("a bare string");
    let running = tenant.ask("GET", &format!("{JOBS}/{id}"), "");
    assert_eq!(
        body(&running),
        format!(r#"{{"jobStatus":{{"id":"{id}","status":"RUNNING","result":{{"url":null,"errorMessage":null}}}}}}"#)
    );
    tenant.wait(30_000);
    let ended = json(&tenant.ask("GET", &format!("{JOBS}/{id}"), ""));
    assert_eq!(ended.pointer("/jobStatus/status"), Some(&Value::from("SUCCEEDED")));
    let url = ended.pointer("/jobStatus/result/url").and_then(Value::as_str).expect("a URL").to_owned();
    let path = url.strip_prefix("http://sim.test:8086").expect("the host that was asked");
    let file = tenant.world.handle(&cxpulse_sim::Request::new("GET", path), tenant.now);
    assert_eq!((file.status, body(&file).lines().count()), (200, 101));
    let unsigned = cxpulse_sim::Request::new("GET", path.split_once('?').expect("a signature").0);
    expect!["403 access_denied"].assert_eq(&line(&tenant.world.handle(&unsigned, tenant.now)));
}

#[test]
fn jobs_have_words_of_their_own() {
    let words: Vec<String> =
        ["sim-failing", "sim-canceled", "sim-cancelled", "sim-lowercase", "sim-queued", "sim-never"]
            .iter()
            .map(|entity| format!("{entity}: {}", words_of(entity)))
            .collect();
    expect![[r#"
        sim-failing: RUNNING, FAILED
        sim-canceled: RUNNING, CANCELLED
        sim-cancelled: RUNNING, CANCELLED
        sim-lowercase: running, succeeded
        sim-queued: RUNNING, SUCCEEDED
        sim-never: RUNNING, EXPIRED"#]]
    .assert_eq(&words.join("\n"));
}

#[test]
fn a_failed_job_says_why() {
    let mut tenant = Tenant::of_user();
    let id: String = serde_json::from_slice(&tenant.ask("POST", JOBS, &job("sim-failing")).body).expect("an id");
    tenant.wait(3_000);
    let failed = json(&tenant.ask("GET", &format!("{JOBS}/{id}"), ""));
    let result = failed.pointer("/jobStatus/result").expect("a result").to_string();
    expect![[r#"{"errorMessage":"the target system refused record 30001","url":null}"#]].assert_eq(&result);
}

#[test]
fn each_endpoint_takes_one_call_in_thirty_seconds_and_says_how_long_still() {
    let mut tenant = Tenant::of_user();
    let id: String = serde_json::from_slice(&tenant.ask("POST", JOBS, &job("sim-slow")).body).expect("an id");
    let mut poll = |wait| {
        tenant.wait(wait);
        line(&tenant.ask("GET", &format!("{JOBS}/{id}"), ""))
    };
    expect!["200"].assert_eq(&poll(0));
    expect!["429 rate_limited retry-after=30"].assert_eq(&poll(1));
    expect!["429 rate_limited retry-after=1"].assert_eq(&poll(29_000));
    expect!["429 rate_limited retry-after=1"].assert_eq(&poll(998));
    expect!["200"].assert_eq(&poll(1));
    expect!["202"].assert_eq(&line(&tenant.ask("POST", JOBS, &job("sim-slow"))));
    expect!["429 rate_limited retry-after=30"].assert_eq(&line(&tenant.ask("POST", JOBS, &job("sim-slow"))));
}

#[test]
fn job_bodies() {
    check_job(
        r#"{"entityName": "sim-fast"}"#,
        expect!["400 invalid_request missing field `version` at line 1 column 26"],
    );
    check_job(&job("contacts"), expect!["400 invalid_request entityName is not known"]);
    check_job(
        &job("sim-fast").replace("2026-11-01", "soon"),
        expect!["400 invalid_request startDate is to be a date like 2026-11-21 or 2026-11-21T10:00:00Z"],
    );
    check_job(
        &job("sim-fast").replace("2026-11-01", "2026-12-01"),
        expect!["400 invalid_request startDate is to be before endDate"],
    );
    check_job(&job("sim-fast").replace("\"1\"", "\"\""), expect!["400 invalid_request version is to be text"]);
    check_job(
        &job("sim-fast").replace('}', r#", "context": {}}"#),
        expect![
            "400 invalid_request unknown field `context`, expected one of `entityName`, `version`, `startDate`, `endDate` at line 1 column 114"
        ],
    );
}

#[test]
fn the_public_api_is_a_users() {
    let mut tenant = Tenant::new();
    let mut ask = |method, target: &str, body: &str| refused(&tenant.ask(method, target, body));
    let expected = expect!["403 insufficient_scope a token from an access key is required"];
    expected.assert_eq(&ask("POST", JOBS, &job("sim-fast")));
    expected.assert_eq(&ask("GET", &format!("{JOBS}/x"), ""));
    expected.assert_eq(&ask("GET", &format!("{CONTACTS}/7/state-history"), ""));
    let mut user = Tenant::of_user();
    expect!["403 insufficient_scope"].assert_eq(&line(&user.poll("x")));
}

#[test]
fn public_routes_and_methods() {
    let mut tenant = Tenant::of_user();
    let mut ask = |method, target: &str| line(&tenant.ask(method, target, ""));
    expect!["405 method_not_allowed allow=POST"].assert_eq(&ask("GET", JOBS));
    expect!["405 method_not_allowed allow=GET"].assert_eq(&ask("DELETE", &format!("{JOBS}/x")));
    expect!["400 invalid_request"].assert_eq(&ask("GET", &format!("{JOBS}/x")));
    expect!["404 not_found"].assert_eq(&ask("GET", &format!("{JOBS}/x/y")));
    expect!["405 method_not_allowed allow=GET"].assert_eq(&ask("POST", &format!("{CONTACTS}/7/state-history")));
    expect!["404 not_found"].assert_eq(&ask("GET", "/incontactapi/services/v26.0/contacts/7/state-history"));
    for wrong in ["seven", "7a", "-7", "+7", "99999999999999999999"] {
        expect!["400 invalid_request"].assert_eq(&ask("GET", &format!("{CONTACTS}/{wrong}/state-history")));
    }
    for unknown in ["0", "000", "1000000000000", "18446744073709551615"] {
        expect!["404 not_found"].assert_eq(&ask("GET", &format!("{CONTACTS}/{unknown}/state-history")));
    }
    for known in ["1", "999999999999"] {
        expect!["200"].assert_eq(&ask("GET", &format!("{CONTACTS}/{known}/state-history")));
    }
}

#[test]
fn states_follow_one_another_and_from_the_contacts_number() {
    let mut tenant = Tenant::of_user();
    let mut ask = |contact: &str| body(&tenant.ask("GET", &format!("{CONTACTS}/{contact}/state-history"), ""));
    let history = ask("7");
    assert_eq!(history, ask("7"));
    assert_ne!(history, ask("8"));
    let history: Value = serde_json::from_str(&history).expect("JSON");
    let rows = history.get("contactStateHistory").and_then(Value::as_array).expect("rows");
    let mut fields: Vec<&str> = rows[0].as_object().expect("a row").keys().map(String::as_str).collect();
    fields.sort_unstable();
    expect!["contactStateId contactStateName duration startDate stateIndex"].assert_eq(&fields.join(" "));
    for (index, pair) in rows.windows(2).enumerate() {
        assert_eq!(pair[0]["stateIndex"].as_u64(), u64::try_from(index).ok());
        let start = |row: &Value| Timestamp::parse_rfc3339(&text(row, "startDate")).expect("an instant");
        let seconds = start(&pair[1]).since(start(&pair[0])).as_secs_f64();
        assert_eq!(pair[0]["duration"].as_f64(), Some(seconds));
    }
    assert_eq!(rows.last().map(|row| text(row, "contactStateName")).as_deref(), Some("Released"));
}

fn job(entity: &str) -> String {
    format!(
        r#"{{"entityName": "{entity}", "version": "1", "startDate": "2026-11-01", "endDate": "2026-11-20T10:00:00Z"}}"#
    )
}

fn check_job(body: &str, expected: Expect) {
    let mut tenant = Tenant::of_user();
    expected.assert_eq(&refused(&tenant.ask("POST", JOBS, body)));
    assert_eq!(tenant.created(), 0);
}

/// What a poll each 30 seconds sees, where it changes, over a bit more than a day.
fn words_of(entity: &str) -> String {
    let mut tenant = Tenant::of_user();
    let id: String = serde_json::from_slice(&tenant.ask("POST", JOBS, &job(entity)).body).expect("an id");
    let mut words: Vec<String> = Vec::new();
    for wait in [0, 30_000, 86_400_000] {
        tenant.wait(wait);
        tenant.token = tenant.fetch_key_token();
        let polled = json(&tenant.ask("GET", &format!("{JOBS}/{id}"), ""));
        words.push(polled.pointer("/jobStatus/status").and_then(Value::as_str).expect("a word").to_owned());
    }
    words.dedup();
    words.join(", ")
}
