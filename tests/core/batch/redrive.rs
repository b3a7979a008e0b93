//! Redrives: what runs again, under which numbers, and whose answer holds.

use cxpulse_core::batch::Item;
use cxpulse_core::flow::NodeStatus;
use cxpulse_core::validate::{BatchRedrive, parse_batch_redrive};
use cxpulse_core::wire::batch::RedrivePreview;
use expect_test::{Expect, expect};

use super::{FIVE, ONE_MAY_FAIL};
use crate::check::{BatchScene, check_batch, violations};

#[test]
fn a_redrive_runs_what_did_not_succeed_under_new_numbers() {
    check_batch(
        FIVE,
        "woken; a failed; b successful; c degraded; d successful; e successful; redrive; woken; first a successful; \
         a successful; c failed; redrive failed; woken; c successful; redrive; woken",
        &expect![[r#"
            woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
            a failed => start c#2 | running: 1 failed, 2 not_started, 2 running
            b successful => start d#3 | running: 1 successful, 1 failed, 1 not_started, 2 running
            c degraded => start e#4 | running: 1 successful, 1 failed, 1 degraded, 2 running
            d successful => nothing | running: 2 successful, 1 failed, 1 degraded, 1 running
            e successful => notify completed | completed partial: 3 successful, 1 failed, 1 degraded
            redrive => notify started, start a#5, start c#6 | running: 3 successful, 2 running
            woken => ignored too_early
            first a successful => ignored stale
            a successful => nothing | running: 4 successful, 1 running
            c failed => notify completed | completed partial: 4 successful, 1 failed
            redrive failed => notify started, start c#7 | running: 4 successful, 1 running
            woken => ignored too_early
            c successful => notify completed | completed completed: 5 successful
            redrive => ignored idle
            woken => ignored ended
        "#]],
    );
}

#[test]
fn what_is_redriven_and_never_begins_keeps_its_old_answer() {
    check_batch(
        ONE_MAY_FAIL,
        "woken; a fallback; b fallback; c failed; d fallback; e successful; redrive; woken; cancel; a canceled; b successful",
        &expect![[r#"
            woken => start a#0, start b#1 | running: 3 not_started, 2 running
            a fallback => start c#2 | running: 1 degraded, 2 not_started, 2 running
            b fallback => start d#3 | running: 2 degraded, 1 not_started, 2 running
            c failed => start e#4 | running: 1 failed, 2 degraded, 2 running
            d fallback => nothing | running: 1 failed, 3 degraded, 1 running
            e successful => nothing | completed partial: 1 successful, 1 failed, 3 degraded
            redrive => start a#5, start b#6 | running: 1 successful, 2 not_started, 2 running
            woken => ignored too_early
            cancel => cancel a#5, cancel b#6 | running: 1 successful, 1 failed, 1 degraded, 2 running
            a canceled => nothing | running: 1 successful, 1 failed, 1 degraded, 1 canceled, 1 running
            b successful => nothing | canceled canceled: 2 successful, 1 failed, 1 degraded, 1 canceled
        "#]],
    );
}

#[test]
fn a_redrive_in_the_middle_takes_what_has_ended_and_leaves_the_rest_alone() {
    check_batch(
        FIVE,
        "woken; a failed; redrive; redrive a; b successful; c successful; d successful; e successful; woken; a successful",
        &expect![[r#"
            woken => notify started, start a#0, start b#1 | running: 3 not_started, 2 running
            a failed => start c#2 | running: 1 failed, 2 not_started, 2 running
            redrive => nothing | running: 3 not_started, 2 running
            redrive a => ignored idle
            b successful => start a#5 | running: 1 successful, 2 not_started, 2 running
            c successful => start d#3 | running: 2 successful, 1 not_started, 2 running
            d successful => start e#4 | running: 3 successful, 2 running
            e successful => nothing | running: 4 successful, 1 running
            woken => ignored too_early
            a successful => notify completed | completed completed: 5 successful
        "#]],
    );
}

#[test]
fn a_redrive_has_its_own_time() {
    let mut scene = BatchScene::after(FIVE, "woken; deadline; a failed; b failed; +3600s; redrive");
    assert_eq!(scene.batch.standing().deadline_at(), scene.now.plus(scene.order.timeout));
    expect!["woken => ignored too_early"].assert_eq(&scene.play("woken"));
}

#[test]
fn a_preview_says_what_would_run_and_what_may_have_run_already() {
    let script = "woken; a degraded; b successful; c failed; d fallback; +1s; cancel; e canceled";
    check_preview(
        script,
        r#"{"items": ["e", "a", "b", "a"], "preview": true}"#,
        &expect![[
            r#"{"id":"bat_44444444444444444444444444444444","generation":2,"count":2,"by_status":{"failed":0,"degraded":1,"canceled":1,"not_started":0},"items":["a","e"],"may_have_run":{"count":1,"items":["a"]},"left_out":1}"#
        ]],
    );
    check_preview(
        script,
        "",
        &expect![[
            r#"{"id":"bat_44444444444444444444444444444444","generation":2,"count":4,"by_status":{"failed":1,"degraded":2,"canceled":1,"not_started":0},"items":["a","c","d","e"],"may_have_run":{"count":1,"items":["a"]},"left_out":0}"#
        ]],
    );
    check_preview(
        script,
        r#"{"statuses": ["failed"]}"#,
        &expect![[
            r#"{"id":"bat_44444444444444444444444444444444","generation":2,"count":1,"by_status":{"failed":1,"degraded":0,"canceled":0,"not_started":0},"items":["c"],"may_have_run":{"count":0,"items":[]},"left_out":0}"#
        ]],
    );
}

#[test]
fn an_item_that_there_is_not_cannot_be_redriven() {
    let scene = BatchScene::after(FIVE, "woken; cancel");
    let request = parse_batch_redrive(r#"{"items": ["a", "x", "b", "y"]}"#).expect("it is well formed");
    let invalid = scene.batch.plan(&request).expect_err("there are no x and y");
    expect![[r#"
        "/items/1" OutOfRange is no item of this batch
        "/items/3" OutOfRange is no item of this batch"#]]
    .assert_eq(&violations(&invalid));
}

#[test]
fn a_run_that_never_began_is_known_by_its_item_however_often_that_is_redriven() {
    let mut scene = BatchScene::after(FIVE, "cancel");
    for _ in 2..=4 {
        // Two of the five begin each time.
        ["redrive", "cancel", "a canceled", "b canceled"].iter().for_each(|event| drop(scene.play(event)));
    }
    let planned = (0..21).map(|run| scene.batch.planned(run));
    let planned = planned.map(|of| of.map_or("-".into(), |(item, generation)| format!("{item}~{generation}")));
    expect!["0~1 1~1 2~1 3~1 4~1 - - 2~2 3~2 4~2 - - 2~3 3~3 4~3 0~4 1~4 2~4 3~4 4~4 -"]
        .assert_eq(&planned.collect::<Vec<_>>().join(" "));
    let item = scene.batch.item(4).expect("there are five");
    let stored = serde_json::to_string(item).expect("an item is JSON");
    assert_eq!(serde_json::from_str::<Item>(&stored).ok().as_ref(), Some(item), "it is stored with them: {stored}");
}

#[test]
fn a_batch_is_redriven_as_often_as_it_may_and_not_more() {
    let mut scene = BatchScene::after(FIVE, "cancel");
    for generation in 2..=cxpulse_core::batch::GENERATIONS_MAX {
        scene.play("redrive");
        assert_eq!(scene.batch.standing().generation(), generation);
        scene.play("cancel");
        ["a canceled", "b canceled"].iter().for_each(|end| drop(scene.play(end)));
    }
    let all = BatchRedrive { items: None, statuses: NodeStatus::REDRIVEN.to_vec(), is_preview: false };
    let invalid = scene.batch.plan(&all).expect_err("a hundred are enough");
    expect![[r#""" Contradiction cannot be redriven: it has had its 100 generations"#]]
        .assert_eq(&violations(&invalid));
}

#[test]
fn a_request_is_read_with_every_fault() {
    let read = |body: &str| match parse_batch_redrive(body) {
        Ok(request) => format!("{request:?}"),
        Err(invalid) => violations(&invalid),
    };
    expect!["BatchRedrive { items: None, statuses: [Failed, Degraded, Canceled, NotStarted], is_preview: false }"]
        .assert_eq(&read(" "));
    expect![[r#"BatchRedrive { items: Some(["a"]), statuses: [Failed, Degraded], is_preview: true }"#]]
        .assert_eq(&read(r#"{"items": ["a"], "statuses": ["failed", "degraded"], "preview": true}"#));
    expect![[r#"
        "/statuses/1" OutOfRange must be one of failed, degraded, canceled, not_started
        "/statuses/2" WrongType must be a string
        "/preview" WrongType must be true or false
        "/items" OutOfRange must name at least one; leave it out for all
        "/all" UnknownField is not a field of this object"#]]
    .assert_eq(&read(r#"{"items": [], "statuses": ["failed", "successful", 7], "preview": "yes", "all": true}"#));
    expect![[r#""" WrongType must be an object"#]].assert_eq(&read("[]"));
}

fn check_preview(script: &str, request: &str, expect: &Expect) {
    let scene = BatchScene::after(FIVE, script);
    let request = parse_batch_redrive(request).expect("it is well formed");
    let plan = scene.batch.plan(&request).expect("there are these items");
    let preview = RedrivePreview::of(&scene.order, &scene.batch, &plan);
    expect.assert_eq(&serde_json::to_string(&preview).expect("JSON"));
}
