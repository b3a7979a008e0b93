//! Requests as they are sent, and answers as they are read.

use cxpulse_core::call::{self, Answer, CallKind, Known, Payload, RESULT_MAX, Reply, Word};
use cxpulse_core::id::UpstreamId;
use expect_test::{Expect, expect};

use crate::check::{NOON, START, Scene, profile};

/// The request of the first call of that kind.
fn written(kind: CallKind) -> String {
    let scene = Scene::after(START, "");
    let id = UpstreamId::parse("5f9a3b2c/1d4e?").expect("an id");
    let known = Known { upstream_id: Some(&id), callback_url: Some("https://edge.example/v1/callbacks/c") };
    let call = call::Call { kind, attempt: cxpulse_core::id::Attempt::FIRST, credential: call::Credential::Held };
    let request = call::request(&profile(), &scene.order, call, known).expect("the profile has it");
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    format!("{} {}\n{}{}", request.method, request.path, headers.collect::<String>(), request.body.unwrap_or_default())
}

#[test]
fn a_submit_carries_inputs_callback_and_correlation() {
    expect![[r#"
        POST /api/v2/dataactions/executions
        accept: application/json
        x-correlation-id: 22222222-2222-4222-a222-222222222222
        traceparent: 00-33333333333333333333333333333333-28efe333b266f103-01
        x-request-id: d8c1096d-f007-4cb9-92f8-ceba2dffbc98
        content-type: application/json
        {"context":{"callbackUrl":"https://edge.example/v1/callbacks/c"},"definition_id":"sim-fast","inputs":{"customerId": "CUST-99887"}}"#]].assert_eq(&written(CallKind::Submit));
}

#[test]
fn a_poll_percent_encodes_its_id() {
    expect![[r#"
        GET /api/v2/dataactions/executions/5f9a3b2c%2F1d4e%3F
        accept: application/json
        x-correlation-id: 22222222-2222-4222-a222-222222222222
        traceparent: 00-33333333333333333333333333333333-28efe333b266f103-01
        x-request-id: d8c1096d-f007-4cb9-92f8-ceba2dffbc98
    "#]]
    .assert_eq(&written(CallKind::Poll));
}

#[test]
fn a_look_up_and_a_cancel_are_spoken_as_the_profile_says() {
    expect!["GET /api/v2/dataactions/executions?correlation_id=22222222-2222-4222-a222-222222222222"]
        .assert_eq(written(CallKind::LookUp).lines().next().unwrap_or_default());
    expect!["POST /api/v2/dataactions/executions/5f9a3b2c%2F1d4e%3F/cancel"]
        .assert_eq(written(CallKind::Cancel).lines().next().unwrap_or_default());
}

#[test]
fn a_poll_without_an_id_cannot_be_made() {
    let scene = Scene::after(START, "");
    let call = call::Call {
        kind: CallKind::Poll,
        attempt: cxpulse_core::id::Attempt::FIRST,
        credential: call::Credential::Held,
    };
    assert_eq!(call::request(&profile(), &scene.order, call, Known { upstream_id: None, callback_url: None }), None);
}

/// What is made of an answer with status 200.
#[track_caller]
fn check(kind: CallKind, body: &str, expect: &Expect) {
    let answer = call::read_answer(&profile(), kind, Reply { status: 200, retry_after: None, body }, NOON);
    let text = match answer {
        Answer::Seen(seen) => format!(
            "seen {:?} id {} progress {:?} result {} error {}",
            seen.word,
            seen.upstream_id.is_some(),
            seen.progress.map(|p| (p.done, p.total)),
            seen.result.is_some(),
            seen.error.is_some()
        ),
        Answer::Absent => "absent".to_owned(),
        Answer::Acknowledged => "acknowledged".to_owned(),
        Answer::Failed(failure) => failure.to_string(),
    };
    expect.assert_eq(&text);
}

const ID: &str = r#""execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d""#;

#[test]
fn answers_of_the_schema_are_understood() {
    check(
        CallKind::Poll,
        &format!(r#"{{{ID}, "status": "RUNNING", "metadata": {{"records_processed": 3, "records_total": 9}}}}"#),
        &expect!["seen Known(Running) id true progress Some((3, 9)) result false error false"],
    );
    check(
        CallKind::Poll,
        &format!(r#"{{{ID}, "status": "completed", "result": {{}}, "error": null}}"#),
        &expect!["seen Known(Completed) id true progress None result true error false"],
    );
    check(
        CallKind::Poll,
        &format!(r#"{{{ID}, "status": "FAILED", "error": {{"code": 1}}}}"#),
        &expect!["seen Known(Failed) id true progress None result false error true"],
    );
    check(
        CallKind::Poll,
        &format!(r#"{{{ID}, "status": "WARMING_UP"}}"#),
        &expect![[r#"seen Unknown("WARMING_UP") id true progress None result false error false"#]],
    );
    check(
        CallKind::LookUp,
        &format!(r#"{{"executions": [{{{ID}, "status": "RUNNING"}}]}}"#),
        &expect!["seen Known(Running) id true progress None result false error false"],
    );
    check(CallKind::LookUp, r#"{"executions": []}"#, &expect!["absent"]);
    check(
        CallKind::LookUp,
        &format!(r#"{{"executions": [{{{ID}, "status": "RUNNING"}}, {{{ID}, "status": "RUNNING"}}]}}"#),
        &expect!["absent"],
    );
    check(CallKind::Cancel, "", &expect!["acknowledged"]);
}

#[test]
fn answers_that_are_not_the_schema_are_malformed_and_never_more() {
    check(CallKind::Poll, &format!("{{{ID}}}"), &expect!["malformed: no text at /status"]);
    check(
        CallKind::Poll,
        "<html><body>maintenance</body></html>",
        &expect!["malformed: the answer is not JSON: expected value at line 1 column 1"],
    );
    check(
        CallKind::Poll,
        r#"{"status": "RUN"#,
        &expect!["malformed: the answer is not JSON: EOF while parsing a string at line 1 column 15"],
    );
    check(CallKind::Poll, r#"[{"status": "RUNNING"}]"#, &expect!["malformed: no text at /execution_id"]);
    check(
        CallKind::Poll,
        "",
        &expect!["malformed: the answer is not JSON: EOF while parsing a value at line 1 column 0"],
    );
    check(CallKind::Poll, r#"{"status": 7}"#, &expect!["malformed: no text at /execution_id"]);
    check(
        CallKind::Poll,
        r#"{"execution_id": "not-a-uuid", "status": "RUNNING"}"#,
        &expect!["malformed: no text at /execution_id"],
    );
    check(CallKind::Submit, r#"{"status": "RUNNING"}"#, &expect!["malformed: no text at /execution_id"]);
    check(CallKind::LookUp, r#"{"executions": {}}"#, &expect!["malformed: no list at /executions"]);
    check(CallKind::LookUp, "{}", &expect!["malformed: no list at /executions"]);
}

#[test]
fn progress_that_makes_no_sense_is_left_out() {
    for counts in [
        r#""records_processed": -1, "records_total": 9"#,
        r#""records_processed": 1"#,
        r#""records_processed": "1", "records_total": 9"#,
        r#""records_processed": 1, "records_total": 0"#,
    ] {
        check(
            CallKind::Poll,
            &format!(r#"{{{ID}, "status": "RUNNING", "metadata": {{{counts}}}}}"#),
            &expect![[r#"seen Known(Running) id true progress None result false error false"#]],
        );
    }
}

#[test]
fn a_result_of_a_mebibyte_is_kept_whole_and_one_byte_more_is_cut() {
    let of = |bytes: usize| format!(r#"{{{ID}, "status": "COMPLETED", "result": "{}"}}"#, "x".repeat(bytes - 2));
    let result = |bytes: usize| match call::read_answer(
        &profile(),
        CallKind::Poll,
        Reply { status: 200, retry_after: None, body: &of(bytes) },
        NOON,
    ) {
        Answer::Seen(seen) => seen.result,
        Answer::Absent | Answer::Acknowledged | Answer::Failed(_) => None,
    };
    assert!(matches!(result(RESULT_MAX), Some(Payload::Whole(json)) if json.as_str().len() == RESULT_MAX));
    let Some(Payload::Truncated { size, sha256, head }) = result(RESULT_MAX + 1) else { unreachable!("kept whole") };
    assert_eq!((size, head.len(), sha256.len()), (RESULT_MAX as u64 + 1, call::HEAD_MAX, 64));
}

#[test]
fn a_stored_payload_is_read_back_with_its_text() {
    let scene = Scene::after(START, "cleared; seen COMPLETED");
    let text = serde_json::to_string(&scene.execution).expect("JSON");
    assert_eq!(serde_json::from_str(&text).ok(), Some(scene.execution));
}

#[test]
fn a_long_unknown_word_is_cut() {
    let body = format!(r#"{{{ID}, "status": "{}"}}"#, "W".repeat(100));
    let answer =
        call::read_answer(&profile(), CallKind::Poll, Reply { status: 200, retry_after: None, body: &body }, NOON);
    assert!(matches!(answer, Answer::Seen(seen) if seen.word == Word::Unknown("W".repeat(64))));
}
