//! Snapshots, pages, grids and lists of a batch: what people and programs see.

use cxpulse_core::batch::{Answer, Event};
use cxpulse_core::execution::Reason;
use cxpulse_core::listing::BatchListing;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{BatchView, parse_batch_query};
use cxpulse_core::wire::batch::{BatchSnapshot, ItemView, Pagination};
use cxpulse_core::wire::{Snapshot, Waiting};
use expect_test::{Expect, expect};

use super::FIVE;
use crate::check::{BatchScene, NOON, START, Scene};

const BASE: &str = "https://cxpulse.example";

#[test]
fn a_snapshot_shows_how_a_batch_stands() {
    let scene = BatchScene::after(FIVE, "woken; +2s; a successful; +2s; b failed NOT_FOUND; +1s; c failed NOT_FOUND");
    let waits = [(Reason::Backoff, 5), (Reason::Permit, 3), (Reason::Backoff, 2)];
    let waits = waits.map(|(reason, seconds)| Waiting { reason, until: NOON.plus(Span::from_secs(seconds)).into() });
    let snapshot = BatchSnapshot::of(&scene.order, &scene.batch, waits, BASE);
    expect![[r#"
        {
          "id": "bat_44444444444444444444444444444444",
          "kind": "batch",
          "seq": 5,
          "status": "running",
          "outcome": null,
          "generation": 1,
          "action_id": "sim-fast",
          "summary": {
            "total": 5,
            "successful": 1,
            "failed": 2,
            "degraded": 0,
            "canceled": 0,
            "not_started": 0,
            "running": 2
          },
          "sources": {
            "fresh": 1,
            "retried": 0,
            "cached": 0,
            "degraded": 0
          },
          "rate": {
            "per_second": 0.6
          },
          "ends_at": "2026-11-21T10:00:08.333Z",
          "waiting": {
            "reason": "backoff",
            "until": "2026-11-21T10:00:02.000Z"
          },
          "stopped": null,
          "failures": [
            {
              "code": "NOT_FOUND",
              "message": "NOT_FOUND it says",
              "count": 2,
              "items": [
                "b",
                "c"
              ]
            }
          ],
          "chunk_size": 2,
          "max_parallel": 2,
          "tolerate": null,
          "tags": [
            "nightly"
          ],
          "trace_id": "55555555555555555555555555555555",
          "created_at": "2026-11-21T10:00:00.000Z",
          "updated_at": "2026-11-21T10:00:05.000Z",
          "deadline_at": "2026-11-21T10:10:00.000Z",
          "ended_at": null,
          "links": {
            "self": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444",
            "events": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/events",
            "socket": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/socket",
            "items": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?limit=50",
            "results": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?fields=results",
            "journal": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/journal",
            "cancel": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/cancel",
            "redrive": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/redrive",
            "embed": "https://cxpulse.example/embed/batch/bat_44444444444444444444444444444444"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&snapshot).expect("JSON"));
}

#[test]
fn an_ended_one_has_no_rate_and_waits_for_nothing() {
    let scene = BatchScene::after(FIVE, "woken; +1s; a successful; b cached; c fallback; d degraded; +1s; e retried");
    let waits = [Waiting { reason: Reason::Permit, until: NOON.into() }];
    let snapshot = BatchSnapshot::of(&scene.order, &scene.batch, waits, BASE);
    assert!(snapshot.rate.is_none() && snapshot.ends_at.is_none() && snapshot.waiting.is_none());
    expect![[r#"{"fresh":1,"retried":1,"cached":1,"degraded":1}"#]]
        .assert_eq(&serde_json::to_string(&snapshot.sources).expect("JSON"));
    expect!["ssdds"].assert_eq(&scene.batch.grid());
}

#[test]
fn failures_are_grouped_by_code_whoever_came_first() {
    let one = BatchScene::after(FIVE, "woken; a failed X; b failed Y; c failed Y; d canceled; e degraded");
    let other =
        BatchScene::after(FIVE, "woken; b failed Y; c failed Y; e degraded; a failed X; d canceled; e degraded");
    let groups = |scene: &BatchScene| serde_json::to_string(&scene.snapshot().failures).expect("JSON");
    expect![[r#"[{"code":"Y","message":"Y it says","count":2,"items":["b","c"]},{"code":"FATE_UNKNOWN","message":"FATE_UNKNOWN it says","count":1,"items":["e"]},{"code":"X","message":"X it says","count":1,"items":["a"]}]"#]].assert_eq(&groups(&one));
    assert_eq!(groups(&one), groups(&other));
    let again = BatchScene::after(FIVE, "woken; a failed X; b failed Y; c failed Y; d canceled; e degraded; redrive b");
    expect![[r#"[{"code":"FATE_UNKNOWN","message":"FATE_UNKNOWN it says","count":1,"items":["e"]},{"code":"X","message":"X it says","count":1,"items":["a"]},{"code":"Y","message":"Y it says","count":1,"items":["c"]}]"#]].assert_eq(&groups(&again));
}

#[test]
fn the_most_frequent_failures_come_first_and_twenty_are_enough() {
    let payloads: Vec<String> = (0..60).map(|n| format!(r#"{{"id": "item-{n}"}}"#)).collect();
    let request =
        format!(r#"{{"action_id": "a", "max_parallel": 60, "chunk_size": 60, "payloads": [{}]}}"#, payloads.join(","));
    let mut scene = BatchScene::after(&request, "woken");
    for number in 0..60 {
        let code = if number >= 50 { "LAST".to_owned() } else { format!("CODE_{}", number % 25) };
        scene.play(&format!("item-{number} failed {code}"));
    }
    let failures = scene.snapshot().failures;
    assert_eq!((failures.len(), failures[0].code.as_str(), failures[0].count), (20, "LAST", 10));
    assert_eq!(failures[0].items, ["item-50", "item-51", "item-52", "item-53", "item-54"]);
    assert_eq!(failures[1].items, ["item-0", "item-25"]);
}

#[test]
fn pages_follow_each_other_and_filters_hold() {
    let scene = BatchScene::after(FIVE, "woken; a failed; b successful; c failed");
    check_page(
        &scene,
        "limit=2",
        &expect![[
            r#"[0, 1] {"offset":0,"limit":2,"total":5,"next":"https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?cursor=1&limit=2"}"#
        ]],
    );
    check_page(&scene, "limit=2&offset=4", &expect![[r#"[4] {"offset":4,"limit":2,"total":5,"next":null}"#]]);
    check_page(
        &scene,
        "cursor=1&limit=2",
        &expect![[
            r#"[2, 3] {"offset":2,"limit":2,"total":5,"next":"https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?cursor=3&limit=2"}"#
        ]],
    );
    check_page(
        &scene,
        "status=failed,running&limit=1",
        &expect![[
            r#"[0] {"offset":0,"limit":1,"total":4,"next":"https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?cursor=0&limit=1&status=failed,running"}"#
        ]],
    );
    check_page(&scene, "status=failed&cursor=0", &expect![[r#"[2] {"offset":1,"limit":50,"total":2,"next":null}"#]]);
    check_page(&scene, "code=UPSTREAM_FAILED", &expect![[r#"[0, 2] {"offset":0,"limit":50,"total":2,"next":null}"#]]);
    check_page(
        &scene,
        "code=UPSTREAM_FAILED&limit=1",
        &expect![[
            r#"[0] {"offset":0,"limit":1,"total":2,"next":"https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?cursor=0&limit=1&code=UPSTREAM_FAILED"}"#
        ]],
    );
    check_page(
        &scene,
        "code=UPSTREAM_FAILED&status=degraded",
        &expect![[r#"[] {"offset":0,"limit":50,"total":0,"next":null}"#]],
    );
    check_page(&scene, "code=UPSTREAM", &expect![[r#"[] {"offset":0,"limit":50,"total":0,"next":null}"#]]);
    check_page(&scene, "offset=10000", &expect![[r#"[] {"offset":5,"limit":50,"total":5,"next":null}"#]]);
}

#[test]
fn the_items_of_a_group_of_failures_are_those_that_it_counts() {
    let scene = BatchScene::after(FIVE, "woken; a failed X:Y->Z; b failed; c failed X:Y->Z; d degraded; e canceled");
    for group in scene.snapshot().failures {
        let query = format!("limit=1000&code={}", group.code);
        let Ok(BatchView::Items(query)) = parse_batch_query(&query) else { unreachable!("it asks for items") };
        let (indices, _) = Pagination::of(&scene.order, &scene.batch, &query, BASE);
        let ids: Vec<_> = indices.iter().filter_map(|index| scene.batch.names().id(*index)).collect();
        assert_eq!(ids, group.items, "{}", group.code);
    }
    check_page(
        &scene,
        "code=X:Y-%3EZ&limit=1",
        &expect![[
            r#"[0] {"offset":0,"limit":1,"total":2,"next":"https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?cursor=0&limit=1&code=X:Y-%3EZ"}"#
        ]],
    );
    let again = BatchScene::after(FIVE, "woken; a failed X; b failed X; c failed; d degraded; e canceled; redrive a");
    check_page(&again, "code=X", &expect![[r#"[1] {"offset":0,"limit":50,"total":1,"next":null}"#]]);
}

#[test]
fn an_item_shows_its_answer_or_the_execution_under_way() {
    let ended = Scene::after(START, "cleared; +1s; seen COMPLETED");
    let mut scene = BatchScene::after(FIVE, "woken; +1s");
    let item = scene.batch.item(0).expect("a").clone();
    let answer = Answer::of(&item, &ended.execution).expect("it has ended");
    scene.step(Event::ItemEnded { item: 0, answer });
    let shown = |scene: &BatchScene, index, execution| {
        let view = ItemView::of(&scene.order, &scene.batch, index, execution, BASE).expect("an item that there is");
        serde_json::to_string(&view).expect("JSON")
    };
    expect![[r#"{"id":"a","index":0,"status":"successful","outcome":"completed","source":"fresh","reason":null,"attempts":1,"generation":1,"result":{"customer_id": 7},"error":null,"started_at":"2026-11-21T10:00:00.000Z","ended_at":"2026-11-21T10:00:01.000Z","links":{"execution":"https://cxpulse.example/v1/executions/exe_44444444444444444444444444444444-0"}}"#]].assert_eq(&shown(&scene, 0, Some(&ended.execution)));
    let running = Scene::after(START, "cleared; seen RUNNING; woken when due; cleared");
    expect![[r#"{"id":"b","index":1,"status":"running","outcome":null,"source":null,"reason":null,"attempts":2,"generation":1,"result":null,"error":null,"started_at":"2026-11-21T10:00:00.000Z","ended_at":null,"links":{"execution":"https://cxpulse.example/v1/executions/exe_44444444444444444444444444444444-1"}}"#]].assert_eq(&shown(&scene, 1, Some(&running.execution)));
    expect![[r#"{"id":"e","index":4,"status":"not_started","outcome":null,"source":null,"reason":null,"attempts":0,"generation":1,"result":null,"error":null,"started_at":null,"ended_at":null,"links":{"execution":"https://cxpulse.example/v1/executions/exe_44444444444444444444444444444444-4"}}"#]].assert_eq(&shown(&scene, 4, None));
    scene.play("b failed");
    scene.play("redrive b");
    expect![[r#"{"id":"b","index":1,"status":"not_started","outcome":null,"source":null,"reason":null,"attempts":0,"generation":2,"result":null,"error":null,"started_at":null,"ended_at":null,"links":{"execution":"https://cxpulse.example/v1/executions/exe_44444444444444444444444444444444-5"}}"#]].assert_eq(&shown(&scene, 1, None));
    assert!(ItemView::of(&scene.order, &scene.batch, 5, None, BASE).is_none());
}

#[test]
fn what_has_not_begun_answers_as_an_execution_that_is_pending_or_never_will_be() {
    let order = crate::check::order(START);
    let pending = Snapshot::unbegun(&order, None, BASE);
    assert_eq!((pending.seq, pending.outcome, pending.waiting), (0, None, None));
    let stopped = Snapshot::unbegun(&order, Some(NOON), BASE);
    let error = stopped.error.as_ref().map(|error| error.code.as_str());
    assert_eq!((stopped.seq, error, stopped.ended_at.is_some()), (1, Some("NOT_STARTED"), true));
}

#[test]
fn a_listing_shows_how_a_batch_stands() {
    let scene = BatchScene::after(FIVE, "woken; a failed; cancel; b canceled");
    let listing = BatchListing::of(&scene.order, &scene.batch, 1, BASE);
    let text = serde_json::to_string_pretty(&listing).expect("JSON");
    expect![[r#"
        {
          "id": "bat_44444444444444444444444444444444",
          "kind": "batch",
          "tenant": "default",
          "seq": 5,
          "status": "running",
          "outcome": null,
          "generation": 1,
          "action_id": "sim-fast",
          "summary": {
            "total": 5,
            "successful": 0,
            "failed": 1,
            "degraded": 0,
            "canceled": 1,
            "not_started": 2,
            "running": 1
          },
          "trace_id": "55555555555555555555555555555555",
          "tags": [
            "nightly"
          ],
          "dead_letters": 1,
          "created_at": "2026-11-21T10:00:00.000Z",
          "updated_at": "2026-11-21T10:00:00.000Z",
          "ended_at": null,
          "links": {
            "self": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444",
            "events": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/events",
            "socket": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/socket",
            "items": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?limit=50",
            "results": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444?fields=results",
            "journal": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/journal",
            "cancel": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/cancel",
            "redrive": "https://cxpulse.example/v1/batches/bat_44444444444444444444444444444444/redrive",
            "embed": "https://cxpulse.example/embed/batch/bat_44444444444444444444444444444444"
          }
        }"#]]
    .assert_eq(&text);
    assert_eq!(serde_json::from_str::<BatchListing>(&text).expect("our own listing"), listing);
}

#[test]
fn the_rate_is_that_of_the_last_moments() {
    let payloads: Vec<String> = (0..1_000).map(|n| format!(r#"{{"id": "{n}"}}"#)).collect();
    let request =
        format!(r#"{{"action_id": "a", "max_parallel": 1, "chunk_size": 1, "payloads": [{}]}}"#, payloads.join(","));
    let mut scene = BatchScene::after(&request, "woken");
    // Slow at first, one in ten seconds, then ten a second.
    for number in 0..30 {
        scene.now = scene.now.plus(Span::from_secs(10));
        scene.play(&format!("{number} successful"));
    }
    assert!(rate(&scene) > 0.09 && rate(&scene) < 0.11, "{}", rate(&scene));
    for number in 30..330 {
        scene.now = scene.now.plus(Span::from_millis(100));
        scene.play(&format!("{number} successful"));
    }
    assert!(rate(&scene) > 9.0 && rate(&scene) < 11.0, "{}", rate(&scene));
    let left = scene.snapshot().ends_at.expect("it can be told").0.since(scene.now);
    assert!(left > Span::from_secs(60) && left < Span::from_secs(75), "{left:?}");
}

fn rate(scene: &BatchScene) -> f64 {
    scene.snapshot().rate.expect("something has ended").per_second
}

fn check_page(scene: &BatchScene, query: &str, expect: &Expect) {
    let Ok(BatchView::Items(query)) = parse_batch_query(query) else { unreachable!("it asks for items") };
    let (indices, pagination) = Pagination::of(&scene.order, &scene.batch, &query, BASE);
    let page = serde_json::to_string(&pagination).expect("JSON");
    expect.assert_eq(&format!("{indices:?} {page}"));
}
