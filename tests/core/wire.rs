//! The JSON that callers read, as DESIGN fixes it.

use cxpulse_core::wire::Snapshot;
use expect_test::{Expect, expect};

use crate::check::{CACHED, START, Scene};

#[track_caller]
fn check(request: &str, script: &str, expect: &Expect) {
    let scene = Scene::after(request, script);
    let snapshot = Snapshot::of(&scene.order, &scene.execution, "https://edge.example");
    expect.assert_eq(&serde_json::to_string_pretty(&snapshot).expect("JSON"));
}

#[test]
fn a_running_execution_tells_what_it_waits_for_and_how_far_it_is() {
    check(
        START,
        "cleared; seen PENDING 0/50000; woken when due; cleared; seen RUNNING 1250/50000",
        &expect![[r#"
            {
              "id": "exe_11111111111111111111111111111111",
              "kind": "execution",
              "seq": 5,
              "status": "running",
              "outcome": null,
              "attempt": 3,
              "waiting": {
                "reason": "predicted",
                "until": "2026-11-21T10:00:05.200Z"
              },
              "progress": {
                "done": 1250,
                "total": 50000,
                "ratio": 0.025,
                "ends_at": "2026-11-21T10:01:20.000Z"
              },
              "upstream": {
                "execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d",
                "action_id": "sim-fast",
                "status": "RUNNING"
              },
              "correlation_id": "22222222-2222-4222-a222-222222222222",
              "trace_id": "33333333333333333333333333333333",
              "tags": [],
              "result": null,
              "source": null,
              "stored_at": null,
              "error": null,
              "anomalies": [],
              "latency": {
                "calls": 2,
                "mean_ms": 40.0,
                "p95_ms": 40.0
              },
              "created_at": "2026-11-21T10:00:00.000Z",
              "updated_at": "2026-11-21T10:00:02.000Z",
              "deadline_at": "2026-11-21T10:10:00.000Z",
              "ended_at": null,
              "links": {
                "self": "https://edge.example/v1/executions/exe_11111111111111111111111111111111",
                "events": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/events",
                "journal": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/journal",
                "cancel": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/cancel",
                "embed": "https://edge.example/embed/execution/exe_11111111111111111111111111111111"
              }
            }"#]],
    );
}

#[test]
fn a_new_execution_is_pending() {
    check(
        START,
        "",
        &expect![[r#"
            {
              "id": "exe_11111111111111111111111111111111",
              "kind": "execution",
              "seq": 1,
              "status": "pending",
              "outcome": null,
              "attempt": 1,
              "waiting": {
                "reason": "permit",
                "until": "2026-11-21T10:00:00.000Z"
              },
              "progress": null,
              "upstream": {
                "execution_id": null,
                "action_id": "sim-fast",
                "status": null
              },
              "correlation_id": "22222222-2222-4222-a222-222222222222",
              "trace_id": "33333333333333333333333333333333",
              "tags": [],
              "result": null,
              "source": null,
              "stored_at": null,
              "error": null,
              "anomalies": [],
              "latency": {
                "calls": 0,
                "mean_ms": 0.0,
                "p95_ms": 0.0
              },
              "created_at": "2026-11-21T10:00:00.000Z",
              "updated_at": "2026-11-21T10:00:00.000Z",
              "deadline_at": "2026-11-21T10:10:00.000Z",
              "ended_at": null,
              "links": {
                "self": "https://edge.example/v1/executions/exe_11111111111111111111111111111111",
                "events": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/events",
                "journal": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/journal",
                "cancel": "https://edge.example/v1/executions/exe_11111111111111111111111111111111/cancel",
                "embed": "https://edge.example/embed/execution/exe_11111111111111111111111111111111"
              }
            }"#]],
    );
}

/// Status, outcome, result and error only.
#[track_caller]
fn check_end(script: &str, expect: &Expect) {
    let scene = Scene::after(START, script);
    let shown = serde_json::to_value(Snapshot::of(&scene.order, &scene.execution, "")).expect("JSON");
    let line = ["status", "outcome", "waiting", "result", "error"].map(|field| format!("{field} {}", shown[field]));
    expect.assert_eq(&line.join("\n"));
}

#[test]
fn every_end_says_what_programs_and_people_need() {
    check_end(
        "cleared; seen COMPLETED",
        &expect![[r#"
        status "completed"
        outcome "completed"
        waiting null
        result {"customer_id":7}
        error null"#]],
    );
    check_end(
        "cleared; seen FAILED",
        &expect![[r#"
        status "failed"
        outcome "failed"
        waiting null
        result null
        error {"code":"UPSTREAM_FAILED","message":"CXone says that the action failed","upstream":{"customer_id":7}}"#]],
    );
    check_end(
        "cleared; seen RUNNING; cancel",
        &expect![[r#"
        status "canceled"
        outcome "canceled"
        waiting null
        result null
        error {"code":"CANCELED","message":"it was canceled"}"#]],
    );
    check_end(
        "cleared; seen RUNNING; woken past the deadline",
        &expect![[r#"
        status "running"
        outcome "timed_out"
        waiting null
        result null
        error {"code":"DEADLINE_PASSED","message":"it did not end before its deadline"}"#]],
    );
    check_end(
        "cleared; http 403",
        &expect![[r#"
        status "pending"
        outcome "rejected"
        waiting null
        result null
        error {"code":"SCOPE_DENIED","http_status":403,"message":"CXone answered 403"}"#]],
    );
    check_end(
        "cleared; http 500; woken past the deadline",
        &expect![[r#"
        status "pending"
        outcome "unknown"
        waiting null
        result null
        error {"code":"FATE_UNKNOWN","message":"the answer to its submit was lost, and nothing was heard of it since"}"#]],
    );
    check_end(
        "cleared; interrupted; woken when due; cleared; http 403",
        &expect![[r#"
        status "pending"
        outcome null
        waiting {"reason":"callback","until":"2026-11-21T10:10:00.000Z"}
        result null
        error null"#]],
    );
}

/// Where the result is from, for a caller who takes old ones.
#[track_caller]
fn check_source(script: &str, expect: &Expect) {
    let scene = Scene::after(CACHED, script);
    let shown = serde_json::to_value(Snapshot::of(&scene.order, &scene.execution, "")).expect("JSON");
    let line = ["outcome", "result", "source", "stored_at"].map(|field| format!("{field} {}", shown[field]));
    expect.assert_eq(&line.join("; "));
}

#[test]
fn a_result_says_whether_it_is_new_remembered_or_stands_in() {
    check_source(
        "cleared; seen COMPLETED",
        &expect![[r#"outcome "completed"; result {"customer_id":7}; source "fresh"; stored_at null"#]],
    );
    check_source(
        "recalled fresh",
        &expect![[
            r#"outcome "completed"; result {"customer_id":5}; source "cached"; stored_at "2026-11-21T09:59:00.000Z""#
        ]],
    );
    check_source("recalled old", &expect!["outcome null; result null; source null; stored_at null"]);
    check_source(
        "recalled old; cleared; seen COMPLETED",
        &expect![[r#"outcome "completed"; result {"customer_id":7}; source "fresh"; stored_at null"#]],
    );
    check_source(
        "recalled old; cleared; seen RUNNING; woken past the deadline",
        &expect![[
            r#"outcome "timed_out"; result {"customer_id":5}; source "degraded"; stored_at "2026-11-21T09:59:00.000Z""#
        ]],
    );
    check_source(
        "recalled old; cleared; failed transient; woken past the deadline",
        &expect![[
            r#"outcome "unknown"; result {"customer_id":5}; source "degraded"; stored_at "2026-11-21T09:59:00.000Z""#
        ]],
    );
    check_source(
        "recalled old; cleared; seen FAILED",
        &expect![[r#"outcome "failed"; result null; source null; stored_at null"#]],
    );
    check_source(
        "recalled old; cleared; http 403",
        &expect![[r#"outcome "rejected"; result null; source null; stored_at null"#]],
    );
    check_source("recalled old; cancel", &expect![[r#"outcome "canceled"; result null; source null; stored_at null"#]]);
    check_source(
        "recalled old; +100s; recalled old; woken past the deadline",
        &expect![[
            r#"outcome "timed_out"; result {"customer_id":5}; source "degraded"; stored_at "2026-11-21T10:00:40.000Z""#
        ]],
    );
}
