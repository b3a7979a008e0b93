//! Where the past comes from: the seed, at any size, or a recording, which nothing is changed of but when it was.

use std::io::Write as _;

use cxpulse_core::time::{Rfc3339, Span, Timestamp};
use cxpulse_sim::{Past, Recording, RecordingError, Reply, Settings};
use expect_test::expect;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::program::{Program, body};
use crate::tenant::{Tenant, json, text};

#[test]
fn eighteen_thousand_interactions_are_sixty_megabytes() {
    let mut tenant = walked(18_000, 0);
    let filter = format!("nodeTimestamp <= '{}'", tenant.now);
    let (mut bytes, mut rows) = (0, 0);
    for offset in (0..18_000).step_by(250) {
        // Fewer in a second than the tenant's limit.
        tenant.wait(20);
        let reply = page(&mut tenant, &filter, 250, offset);
        assert_eq!(reply.status, 200);
        bytes += reply.body.len();
        rows += ids(&json(&reply)).len();
    }
    assert_eq!(rows, 18_000);
    assert!((60_000_000..70_000_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn variables_make_steps_larger_and_nothing_else() {
    let (mut plain, mut wordy) = (walked(20, 0), walked(20, 50));
    let (plain, wordy) = (whole(&mut plain), whole(&mut wordy));
    assert_eq!(ids(&plain), ids(&wordy));
    let step = |page: &Value| page["data"][0]["steps"][1].clone();
    assert_eq!(step(&plain)["startTime"], step(&wordy)["startTime"]);
    let count = |page: &Value| step(page)["variablesBefore"].as_object().map(serde_json::Map::len);
    assert_eq!((count(&plain), count(&wordy)), (Some(5), Some(55)));
    assert_ne!(step(&wordy)["variablesBefore"], step(&wordy)["variablesAfter"]);
    let is_joined = |pair: &[Value]| pair[0]["variablesAfter"] == pair[1]["variablesBefore"];
    assert!(wordy["data"][0]["steps"].as_array().expect("steps").windows(2).all(is_joined));
}

#[test]
fn a_past_can_be_empty() {
    let page = whole(&mut walked(0, 0));
    assert_eq!((page["data"].clone(), page["total"].clone()), (json!([]), json!(0)));
}

#[test]
fn a_recording_is_moved_into_the_month_and_otherwise_as_it_was() {
    let mut tenant = recorded(&RECORDED.to_string());
    let page = whole(&mut tenant);
    // The newest ended when the tenant was first asked; the order is that of the latest steps.
    assert_eq!(ids(&page), ["late", "long", "early"]);
    let row = |id: &str| {
        let rows = page["data"].as_array().expect("rows").iter();
        rows.into_iter().find(|row| row["interactionId"] == id).cloned().expect("the row")
    };
    assert_eq!(instant(&row("late")["steps"][1]["endTime"]), tenant.now);
    for (was, id) in RECORDED["data"].as_array().expect("rows").iter().zip(["early", "late", "long"]) {
        let is = row(id);
        assert_eq!(spans(&is), spans(was), "{id}");
        assert_eq!(without_times(&is), without_times(was), "{id}");
    }
    // 400 days are more than a month, so the interactions came closer together; all can be asked for.
    let start = |id: &str| instant(&row(id)["steps"].as_array().expect("steps").last().expect("one")["startTime"]);
    let age = |id: &str| tenant.now.since(start(id));
    assert!(age("early") <= Span::from_secs(29 * 86_400) && age("early") > Span::from_secs(26 * 86_400));
}

#[test]
fn a_short_recording_keeps_the_distances_between_interactions() {
    let file = json!({"data": [one("a", "2020-01-01T00:00:00Z"), one("b", "2020-01-03T00:00:00Z")]});
    let page = whole(&mut recorded(&file.to_string()));
    assert_eq!(ids(&page), ["b", "a"]);
    let start = |row: usize| instant(&page["data"][row]["steps"][0]["startTime"]);
    assert_eq!(start(0).since(start(1)), Span::from_secs(2 * 86_400));
}

#[test]
fn what_cannot_be_moved_is_served_as_it_stands() {
    let odd = r#"{"interactionId":"a","big":12345678901234567890.10,"big":2,"steps":[{"nodeId":"n","startTime":"2020-01-01T00:00:00","endTime":null,"errorState":true}]}"#;
    let none = r#"{"steps":"none"}"#;
    let mut tenant = recorded(&format!(r#"{{"data":[{odd},{none}]}}"#));
    let reply = page(&mut tenant, "errorState = True", 10, 0);
    assert_eq!(String::from_utf8_lossy(&reply.body), format!(r#"{{"data":[{odd}],"total":1}}"#));
    assert_eq!(ids(&json(&page(&mut tenant, "interactionId IN ['a']", 10, 0))), ["a"]);
}

#[test]
fn a_recorded_past_grows_by_what_it_has() {
    let mut tenant = recorded(&json!({"data": [one("a", "2020-01-01T00:00:00Z")]}).to_string());
    tenant.faults(r#"{"history": {"grows": 1}}"#);
    let first = whole(&mut tenant);
    tenant.wait(60_000);
    let second = whole(&mut tenant);
    assert_eq!((ids(&first), ids(&second)), (vec!["a".to_owned()], vec!["arrived-1".to_owned(), "a".to_owned()]));
    assert_eq!(spans(&second["data"][0]), spans(&first["data"][0]));
    assert_eq!(without_times(&second["data"][0]["steps"]), without_times(&first["data"][0]["steps"]));
}

#[test]
fn what_is_no_recording() {
    let read = |bytes: &[u8]| Recording::read(bytes).map(drop).map_err(|error| error.to_string());
    assert_eq!(Recording::read(br#"{"data": []}"#), Err(RecordingError::Empty));
    assert_eq!(Recording::read(br#"{"data": [{}, 4]}"#), Err(RecordingError::RowUnread(1)));
    expect![[r#"Err("no history of the shape {\"data\": [...]}: missing field `data` at line 1 column 2")"#]]
        .assert_eq(&format!("{:?}", read(b"{}")));
    expect![[r#"Err("no history of the shape {\"data\": [...]}: EOF while parsing a value at line 1 column 0")"#]]
        .assert_eq(&format!("{:?}", read(b"")));
    let packed = gzip(RECORDED.to_string().as_bytes());
    assert!(Recording::read(&packed).is_ok());
    let broken = read(&packed[..packed.len() / 2]);
    assert!(broken.as_ref().is_err_and(|words| words.starts_with("not whole, or no gzip: ")), "{broken:?}");
}

#[test]
fn the_program_serves_a_recording() {
    let file = std::env::temp_dir().join(format!("cxpulse-sim-{}.history.json.gz", std::process::id()));
    std::fs::write(&file, gzip(RECORDED.to_string().as_bytes())).expect("a file");
    let program = Program::with(&["--history", file.to_str().expect("a path")]);
    let token = program.token();
    let answer =
        program.ask("POST", "/api/v2/interactions/history/query", &token, r#"{"filter": "errorState = False"}"#);
    std::fs::remove_file(&file).expect("its end");
    let page: Value = serde_json::from_str(body(&answer)).expect("JSON");
    assert_eq!(ids(&page), ["late", "long", "early"]);
    assert!(answer.contains("\r\ncontent-length: ") && answer.contains("\r\naccept-ranges: bytes\r\n"), "{answer}");
}

#[test]
fn the_program_takes_the_size_of_its_past() {
    let program = Program::with(&["--interactions", "3", "--variables", "2"]);
    let token = program.token();
    let answer =
        program.ask("POST", "/api/v2/interactions/history/query", &token, r#"{"filter": "errorState = False"}"#);
    let page: Value = serde_json::from_str(body(&answer)).expect("JSON");
    assert_eq!(ids(&page).len(), 3);
    assert!(page["data"][0]["steps"][0]["variablesBefore"]["note001"].is_string());
}

fn walked(interactions: usize, variables: usize) -> Tenant {
    Tenant::with(Settings { past: Past::Walked { interactions, variables }, ..Settings::default() })
}

fn recorded(file: &str) -> Tenant {
    let past = Past::Recorded(Recording::read(file.as_bytes()).expect("a recording"));
    Tenant::with(Settings { past, ..Settings::default() })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("it is written");
    encoder.finish().expect("it is written")
}

fn whole(tenant: &mut Tenant) -> Value {
    let filter = month(tenant);
    json(&page(tenant, &filter, 1_000, 0))
}

fn page(tenant: &mut Tenant, filter: &str, limit: u64, offset: u64) -> Reply {
    let body = json!({"filter": filter, "limit": limit, "offset": offset});
    tenant.ask("POST", "/api/v2/interactions/history/query", &body.to_string())
}

/// A filter for all that CXone remembers.
fn month(tenant: &Tenant) -> String {
    format!("nodeTimestamp >= '{}'", tenant.now.minus(Span::from_secs(30 * 86_400)))
}

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().expect("rows").iter().map(|row| text(row, "interactionId")).collect()
}

fn instant(value: &Value) -> Timestamp {
    let Rfc3339(at) = serde_json::from_value(value.clone()).expect("an instant");
    at
}

/// How far every instant of an interaction is from its first start.
fn spans(row: &Value) -> Vec<Span> {
    let steps = row["steps"].as_array().expect("steps");
    let instants = steps.iter().flat_map(|step| [instant(&step["startTime"]), instant(&step["endTime"])]);
    let instants: Vec<Timestamp> = instants.collect();
    instants.iter().map(|at| at.since(instants[0])).collect()
}

fn without_times(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "startTime" | "endTime"));
            kept.map(|(name, value)| (name.clone(), without_times(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_times).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn one(id: &str, start: &str) -> Value {
    json!({"interactionId": id, "steps": [step("n", start, "2020-01-03T00:00:05Z")]})
}

fn step(node: &str, start: &str, end: &str) -> Value {
    json!({"nodeId": node, "nodeType": "ACTION", "startTime": start, "endTime": end, "variablesBefore": {},
        "variablesAfter": {"a": 1}, "errorState": false})
}

/// Of years ago, over 400 days, one interaction longer than the month, one time with an offset.
static RECORDED: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
    json!({"data": [
        {"interactionId": "early", "agent": "x", "steps": [
            step("one", "2011-01-01T10:00:00.250Z", "2011-01-01T10:00:05.500Z"),
            step("two", "2011-01-01T12:00:06+02:00", "2011-01-01T10:00:06.125Z"),
        ]},
        {"interactionId": "late", "steps": [
            step("one", "2012-02-05T10:00:00Z", "2012-02-05T10:00:05Z"),
            step("two", "2012-02-05T10:00:05Z", "2012-02-05T10:00:09Z"),
        ]},
        {"interactionId": "long", "steps": [
            step("one", "2011-01-02T10:00:00Z", "2011-06-02T10:00:00Z"),
            step("two", "2011-06-02T10:00:00Z", "2011-06-02T10:00:00Z"),
        ]},
    ]})
});
