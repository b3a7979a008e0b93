//! Requests as they are sent, and answers as they are read.

use cxpulse_core::call::{self, Answer, CallKind, Known, Payload, RESULT_MAX, Reply, Word};
use cxpulse_core::id::{CorrelationId, UpstreamId};
use cxpulse_core::profile::Profile;
use cxpulse_core::redaction::Redactor;
use cxpulse_core::trace::TraceContext;
use expect_test::{Expect, expect};

use crate::check::{NOON, START, Scene, order_by, profile};

/// The request of the first call of that kind, by the profile `dataactions`.
fn written(kind: CallKind) -> String {
    written_by(&profile(), START, kind)
}

fn built_in(name: &str) -> Profile {
    Profile::built_in(name).expect("it is well formed")
}

fn written_by(profile: &Profile, request: &str, kind: CallKind) -> String {
    let order = order_by(profile, request);
    let id = UpstreamId::parse("5f9a3b2c/1d4e?").expect("an id");
    let known = Known { upstream_id: Some(&id), callback_url: Some("https://edge.example/v1/callbacks/c") };
    let call = call::Call { kind, attempt: cxpulse_core::id::Attempt::FIRST, credential: call::Credential::Held };
    show(call::request(profile, &order, call, known).expect("the profile has it"))
}

fn show(request: call::Request) -> String {
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
        x-trace-id: 33333333333333333333333333333333
        x-span-id: 28efe333b266f103
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
        x-trace-id: 33333333333333333333333333333333
        x-span-id: 28efe333b266f103
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

/// What is made of an answer with status 200, by the profile `dataactions`.
#[track_caller]
fn check(kind: CallKind, body: &str, expect: &Expect) {
    check_by(&profile(), kind, body, expect);
}

#[track_caller]
fn check_by(profile: &Profile, kind: CallKind, body: &str, expect: &Expect) {
    let answer =
        call::read_answer(profile, kind, Reply { status: 200, retry_after: None, body }, &Redactor::default(), NOON);
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
        &Redactor::default(),
        NOON,
    ) {
        Answer::Seen(seen) => seen.result,
        Answer::Absent | Answer::Acknowledged | Answer::Failed(_) => None,
    };
    assert!(matches!(result(RESULT_MAX), Some(Payload::Whole(json)) if json.as_str().len() == RESULT_MAX));
    let Some(Payload::Truncated { size, sha256, head }) = result(RESULT_MAX + 1) else { unreachable!("kept whole") };
    assert_eq!((size, head.len(), sha256.len()), (RESULT_MAX as u64 + 1, call::HEAD_MAX, 64));
    let of_ten = |max: usize| result(10).map(|result| result.within(max));
    assert_eq!(of_ten(10), result(10));
    let Some(Payload::Truncated { size, head, .. }) = of_ten(9) else { unreachable!("kept whole") };
    assert_eq!((size, head.as_str()), (10, r#""xxxxxxxx""#));
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
    let answer = call::read_answer(
        &profile(),
        CallKind::Poll,
        Reply { status: 200, retry_after: None, body: &body },
        &Redactor::default(),
        NOON,
    );
    assert!(matches!(answer, Answer::Seen(seen) if seen.word == Word::Unknown("W".repeat(64))));
}

/// Path and body of each call that the built-in profiles make.
#[test]
fn every_dialect_is_spoken_in_its_own_words() {
    let request = r#"{"start": {"action_id": "sim:fast", "inputs": {"version": "3", "entityName": "mine"}, "context": {"channel": "API"}}}"#;
    let line = |name: &str, kind: CallKind| {
        let text = written_by(&built_in(name), request, kind);
        format!(
            "{}\n{}",
            text.lines().next().unwrap_or_default(),
            text.lines().last().filter(|last| last.starts_with('{')).unwrap_or("-")
        )
    };
    expect![[r#"
        POST /api/v2/dx/actions/sim%3Afast/execute
        {"asyncExecution":true,"context":{"channel":"API","callbackUrl":"https://edge.example/v1/callbacks/c"},"inputs":{"version": "3", "entityName": "mine"}}"#]]
    .assert_eq(&line("dx-actions", CallKind::Submit));
    expect![[r#"
        GET /api/v2/dx/actions/sim%3Afast/executions/5f9a3b2c%2F1d4e%3F
        -"#]]
    .assert_eq(&line("dx-actions", CallKind::Poll));
    expect![[r#"
        POST /api/v2/data-actions/sim%3Afast/execute
        {"version": "3", "entityName": "mine"}"#]]
    .assert_eq(&line("data-actions", CallKind::Submit));
    // The template's own field stands where the caller's clashes with it.
    expect![[r#"
        POST /data-extraction/v1/jobs
        {"version":"3","entityName":"sim:fast"}"#]]
    .assert_eq(&line("cxone-data-extraction", CallKind::Submit));
    expect![[r#"
        GET /data-extraction/v1/jobs/5f9a3b2c%2F1d4e%3F
        -"#]]
    .assert_eq(&line("cxone-data-extraction", CallKind::Poll));
}

#[test]
fn a_call_that_a_profile_does_not_have_is_not_made() {
    let order = order_by(&built_in("data-actions"), START);
    let id = UpstreamId::parse("x").expect("an id");
    let known = Known { upstream_id: Some(&id), callback_url: None };
    for kind in [CallKind::Poll, CallKind::LookUp, CallKind::Cancel] {
        let call = call::Call { kind, attempt: cxpulse_core::id::Attempt::FIRST, credential: call::Credential::Held };
        assert_eq!(call::request(&built_in("data-actions"), &order, call, known), None, "{kind:?}");
    }
}

#[test]
fn headers_of_the_profile_are_sent_beside_ours() {
    let (_, text) = cxpulse_core::profile::BUILT_IN[0];
    let text = text.replacen("\"version\": 1", "\"version\": 1, \"headers\": {\"X-Api-Version\": \"5\"}", 1);
    let profile = Profile::parse(&text).expect("it is well formed");
    assert!(written_by(&profile, START, CallKind::Poll).contains("\nx-api-version: 5\n"));
}

#[test]
fn the_answers_of_every_dialect_are_understood() {
    let (dx, data, extraction) = (built_in("dx-actions"), built_in("data-actions"), built_in("cxone-data-extraction"));
    check_by(
        &dx,
        CallKind::Submit,
        r#"{"executionId": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d", "status": "PENDING"}"#,
        &expect!["seen Known(Pending) id true progress None result false error false"],
    );
    check_by(
        &dx,
        CallKind::Poll,
        r#"{"executionId": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d", "actionId": "a", "status": "RUNNING", "progress": {"processed": 1, "total": 4}}"#,
        &expect!["seen Known(Running) id true progress Some((1, 4)) result false error false"],
    );
    for body in [r#"{"score": 1}"#, "[]", "7", r#""text""#] {
        check_by(
            &data,
            CallKind::Submit,
            body,
            &expect!["seen Known(Completed) id false progress None result true error false"],
        );
    }
    check_by(
        &data,
        CallKind::Submit,
        "null",
        &expect!["seen Known(Completed) id false progress None result false error false"],
    );
    check_by(
        &data,
        CallKind::Submit,
        "<html>",
        &expect!["malformed: the answer is not JSON: expected value at line 1 column 1"],
    );
    check_by(
        &extraction,
        CallKind::Submit,
        r#""0e6d8e2f""#,
        &expect!["seen Known(Running) id true progress None result false error false"],
    );
    check_by(&extraction, CallKind::Submit, r#"{"id": "0e6d8e2f"}"#, &expect!["malformed: no text at "]);
    check_by(
        &extraction,
        CallKind::Poll,
        r#"{"jobStatus": {"id": "0e6d8e2f", "status": "SUCCEEDED", "result": {"url": "https://a.example/b", "errorMessage": null}}}"#,
        &expect!["seen Known(Completed) id true progress None result true error false"],
    );
    check_by(
        &extraction,
        CallKind::Poll,
        r#"{"jobStatus": {"id": "0e6d8e2f", "status": "EXPIRED", "result": {"url": null, "errorMessage": "too old"}}}"#,
        &expect!["seen Known(Failed) id true progress None result true error true"],
    );
}

#[test]
fn a_callback_has_the_shape_of_a_poll_and_needs_one() {
    let seen = call::read_callback(&profile(), &format!(r#"{{{ID}, "status": "RUNNING"}}"#), &Redactor::default())
        .expect("it is one");
    assert_eq!(seen.word, Word::Known(cxpulse_core::status::Status::Running));
    let failure = call::read_callback(&built_in("data-actions"), r#"{"status": "COMPLETED"}"#, &Redactor::default())
        .expect_err("there is no poll");
    assert_eq!(failure.to_string(), "malformed: the profile has no callbacks");
}

/// The request for a page, without its headers.
fn page_of(name: &str, query: call::PageQuery<'_>) -> Option<String> {
    let call = call::HistoryCall {
        correlation_id: &CorrelationId::from_bytes([0x22; 16]),
        trace: &TraceContext::root([0x33; 16]),
        seed: 42,
        number: 1,
    };
    let request = call::history_request(&built_in(name), query, call)?;
    assert!(request.headers.iter().any(|(name, value)| name == "accept" && value == "application/json"));
    Some(format!("{} {} {}", request.method, request.path, request.body.unwrap_or_default()))
}

#[test]
fn a_page_of_history_is_asked_for_as_the_profile_says() {
    let filter = Some("interactionId IN ['a'] AND errorState = True");
    let query = call::PageQuery { filter, contact_id: Some("42/7"), limit: 100, offset: 200, cursor: "" };
    let post = r#"POST /api/v2/interactions/history/query {"filter":"interactionId IN ['a'] AND errorState = True","limit":100,"offset":200,"sort":"nodeTimestamp DESC"}"#;
    assert_eq!(page_of("interactions-history", query).as_deref(), Some(post));
    let get = "GET /incontactapi/services/v27.0/contacts/42%2F7/state-history ";
    assert_eq!(page_of("cxone-state-history", query).as_deref(), Some(get));
    assert_eq!(page_of("interactions-history", call::PageQuery { filter: None, ..query }), None);
    assert_eq!(page_of("cxone-state-history", call::PageQuery { contact_id: None, ..query }), None);
    assert_eq!(page_of("dataactions", query), None);
}

#[test]
fn a_page_of_history_is_read_or_a_failure() {
    let show = |name: &str, status: u16, body: &str| match call::read_page(
        &built_in(name),
        Reply { status, retry_after: None, body },
        NOON,
    ) {
        Ok(page) => format!(
            "{:?} of {:?}",
            page.rows.iter().map(cxpulse_core::json::Json::as_str).collect::<Vec<_>>(),
            page.total
        ),
        Err(failure) => failure.to_string(),
    };
    let [fits, exceeds] =
        [call::ROWS_MAX, call::ROWS_MAX + 1].map(|count| format!(r#"{{"data": [{}]}}"#, vec!["1"; count].join(",")));
    let history = |status, body| show("interactions-history", status, body);
    assert_eq!(history(200, r#"{"data": [{"a": 1.0}, {}], "total": 7}"#), r#"["{\"a\": 1.0}", "{}"] of Some(7)"#);
    assert_eq!(history(200, r#"{"data": [], "total": "many"}"#), "[] of None");
    assert_eq!(history(200, r#"{"rows": []}"#), "malformed: no list at /data");
    assert_eq!(history(200, "<html>"), "malformed: the answer is not JSON: expected value at line 1 column 1");
    assert_eq!(history(429, ""), "rate_limited: CXone answered 429");
    assert_eq!(history(400, r#"{"data": []}"#), "client_error: CXone answered 400");
    assert_eq!(show("cxone-state-history", 200, r#"{"contactStateHistory": [{}]}"#), r#"["{}"] of None"#);
    assert_eq!(show("dataactions", 200, "[]"), "malformed: the profile has no history");
    assert!(history(200, &fits).ends_with("of None"));
    assert_eq!(history(200, &exceeds), "malformed: more rows than were asked for");
}
