//! Redriving chains: what is chosen, what runs after it, what stays.

use cxpulse_core::chain::{ChainRedrivePlan, GENERATIONS_MAX};
use cxpulse_core::validate::{ChainRedrive, parse_chain_redrive};
use cxpulse_core::wire::chain::ChainRedrivePreview;
use expect_test::{Expect, expect};

use crate::check::{ChainScene, chain_request, check_chain, violations};

#[test]
fn a_redrive_runs_what_failed_and_what_waited_for_it_and_keeps_the_rest() {
    check_chain(
        &chain_request("a; b a; c a; d b,c", ""),
        "woken; a successful; b failed; c successful; redrive; woken; b successful; d successful; redrive",
        &expect![[r#"
            woken => start a#0 | running: 3 not_started, 1 running
            a successful => start b#1, start c#2 | running: 1 successful, 1 not_started, 2 running
            b failed => nothing | running: 1 successful, 1 failed, 1 not_started, 1 running
            c successful => nothing | failed failed: 2 successful, 1 failed, 1 not_started
            redrive => start b#4 | running: 2 successful, 1 not_started, 1 running
            woken => ignored too_early
            b successful => start d#5 | running: 3 successful, 1 running
            d successful => nothing | completed completed: 4 successful
            redrive => ignored idle
        "#]],
    );
}

#[test]
fn what_ran_on_without_a_node_runs_again_after_it() {
    check_chain(
        &chain_request("a continue; b a; c b", ""),
        "woken; a failed; b successful; c successful; redrive; a successful; b successful; c successful",
        &expect![[r#"
            woken => start a#0 | running: 2 not_started, 1 running
            a failed => start b#1 | running: 1 failed, 1 not_started, 1 running
            b successful => start c#2 | running: 1 successful, 1 failed, 1 running
            c successful => nothing | completed completed: 2 successful, 1 failed
            redrive => start a#3 | running: 2 not_started, 1 running
            a successful => start b#4 | running: 1 successful, 1 not_started, 1 running
            b successful => start c#5 | running: 2 successful, 1 running
            c successful => nothing | completed completed: 3 successful
        "#]],
    );
}

#[test]
fn what_is_redriven_and_fails_again_leaves_nothing_of_what_was_made_of_it() {
    check_chain(
        &chain_request("a; b a; c b; x; y x", ""),
        "woken; x successful; a successful; b failed; y failed; redrive a; redrive b; b successful; c failed; redrive y,c; \
         y successful; c successful",
        &expect![[r#"
            woken => start a#0, start x#3 | running: 3 not_started, 2 running
            x successful => start y#4 | running: 1 successful, 2 not_started, 2 running
            a successful => start b#1 | running: 2 successful, 1 not_started, 2 running
            b failed => nothing | running: 2 successful, 1 failed, 1 not_started, 1 running
            y failed => nothing | failed failed: 2 successful, 2 failed, 1 not_started
            redrive a => ignored idle
            redrive b => start b#5 | running: 2 successful, 1 failed, 1 not_started, 1 running
            b successful => start c#6 | running: 3 successful, 1 failed, 1 running
            c failed => nothing | failed failed: 3 successful, 2 failed
            redrive y,c => start c#7, start y#8 | running: 3 successful, 2 running
            y successful => nothing | running: 4 successful, 1 running
            c successful => nothing | completed completed: 5 successful
        "#]],
    );
}

#[test]
fn a_redrive_of_a_canceled_chain_runs_what_was_left_of_it() {
    check_chain(
        &chain_request("a; b a; c a; d b,c", ""),
        "woken; a successful; cancel; b canceled; c successful; redrive; b successful; d successful",
        &expect![[r#"
            woken => start a#0 | running: 3 not_started, 1 running
            a successful => start b#1, start c#2 | running: 1 successful, 1 not_started, 2 running
            cancel => cancel b#1, cancel c#2 | running: 1 successful, 1 not_started, 2 running
            b canceled => nothing | running: 1 successful, 1 canceled, 1 not_started, 1 running
            c successful => nothing | canceled canceled: 2 successful, 1 canceled, 1 not_started
            redrive => start b#4 | running: 2 successful, 1 not_started, 1 running
            b successful => start d#5 | running: 3 successful, 1 running
            d successful => nothing | completed completed: 4 successful
        "#]],
    );
}

#[test]
fn a_redrive_while_others_run_leaves_them_alone() {
    check_chain(
        &chain_request("a; b a; x; y x", ""),
        "woken; a failed; redrive a; x successful; a successful; b successful; y successful",
        &expect![[r#"
            woken => start a#0, start x#2 | running: 2 not_started, 2 running
            a failed => nothing | running: 1 failed, 2 not_started, 1 running
            redrive a => start a#4 | running: 2 not_started, 2 running
            x successful => start y#3 | running: 1 successful, 1 not_started, 2 running
            a successful => start b#5 | running: 2 successful, 2 running
            b successful => nothing | running: 3 successful, 1 running
            y successful => nothing | completed completed: 4 successful
        "#]],
    );
}

#[test]
fn a_node_is_not_redriven_while_something_that_depends_on_it_runs() {
    check_chain(
        &chain_request("a continue; b a; c", ""),
        "woken; a failed; redrive a; b successful; redrive a; c successful; a successful; b successful",
        &expect![[r#"
            woken => start a#0, start c#2 | running: 1 not_started, 2 running
            a failed => start b#1 | running: 1 failed, 2 running
            redrive a => ignored idle
            b successful => nothing | running: 1 successful, 1 failed, 1 running
            redrive a => start a#3 | running: 1 not_started, 2 running
            c successful => nothing | running: 1 successful, 1 not_started, 1 running
            a successful => start b#4 | running: 2 successful, 1 running
            b successful => nothing | completed completed: 3 successful
        "#]],
    );
}

#[test]
fn each_generation_has_its_own_deadline_and_a_run_of_its_own() {
    check_chain(
        &chain_request("a; b a", ""),
        "woken; a failed; +700s; redrive; first a successful; a successful; b successful",
        &expect![[r#"
            woken => start a#0 | running: 1 not_started, 1 running
            a failed => nothing | failed failed: 1 failed, 1 not_started
            +700s => time passes
            redrive => start a#2 | running: 1 not_started, 1 running
            first a successful => ignored stale
            a successful => start b#3 | running: 1 successful, 1 running
            b successful => nothing | completed completed: 2 successful
        "#]],
    );
}

#[test]
fn a_redrive_chooses_what_it_is_told_to() {
    let scene = ChainScene::after(
        &chain_request("a; b a; c a; d b,c; e continue; f e; g fallback; h; i h", ""),
        "h will skip; woken; a successful; b failed; c successful; e failed; f successful; g failed",
    );
    let plan = |nodes: Option<&str>| {
        let nodes = nodes.map(|names| names.split(',').map(String::from).collect());
        let plan = scene.chain.plan(&ChainRedrive { nodes, is_preview: true }).expect("they are there");
        told(&scene, &plan)
    };
    check(
        &[None, Some("b"), Some("d"), Some("a"), Some("a,b"), Some("e"), Some("g"), Some("h"), Some("i,c")]
            .map(|nodes| format!("{:<6} {}", nodes.unwrap_or("-"), plan(nodes)))
            .join("\n"),
        &expect![[r#"
            -      runs [b,d,e], after [f], left out []
            b      runs [b], after [d], left out []
            d      runs [], after [], left out [d]
            a      runs [], after [], left out [a]
            a,b    runs [b], after [d], left out [a]
            e      runs [e], after [f], left out []
            g      runs [g], after [], left out []
            h      runs [h], after [i], left out []
            i,c    runs [i], after [], left out [c]"#]],
    );
}

#[test]
fn the_preview_says_what_may_have_run() {
    let scene = ChainScene::after(&chain_request("a; b a; c", ""), "woken; a degraded; c failed");
    let plan = scene.chain.plan(&ChainRedrive { nodes: None, is_preview: true }).expect("they are there");
    let preview = ChainRedrivePreview::of(&scene.order, &scene.chain, &plan);
    check(
        &serde_json::to_string_pretty(&preview).expect("JSON"),
        &expect![[r#"
        {
          "id": "chn_44444444444444444444444444444444",
          "generation": 2,
          "count": 3,
          "nodes": [
            "a",
            "b",
            "c"
          ],
          "after": [],
          "may_have_run": [
            "a"
          ],
          "left_out": []
        }"#]],
    );
}

#[test]
fn a_node_that_there_is_not_is_named() {
    let scene = ChainScene::after(&chain_request("a", ""), "woken; a failed");
    let nodes = Some(["x", "a", "y"].map(String::from).to_vec());
    let invalid = scene.chain.plan(&ChainRedrive { nodes, is_preview: false }).expect_err("x and y are none");
    check(
        &violations(&invalid),
        &expect![[r#"
            "/nodes/0" UnknownNode is no node of this chain
            "/nodes/2" UnknownNode is no node of this chain"#]],
    );
}

#[test]
fn the_last_generation_is_the_last() {
    let mut scene = ChainScene::after(&chain_request("a", ""), "woken; a failed");
    for _ in 1..GENERATIONS_MAX {
        scene.play("redrive");
        assert!(scene.play("a failed").ends_with("failed failed: 1 failed"));
    }
    assert_eq!(scene.chain.standing().generation(), GENERATIONS_MAX);
    let invalid = scene.chain.plan(&ChainRedrive { nodes: None, is_preview: false }).expect_err("it has had them all");
    check(&violations(&invalid), &expect![[r#""" Contradiction cannot be redriven: it has had its 100 generations"#]]);
    let turn = scene.step(cxpulse_core::chain::Event::RedriveRequested { nodes: vec![0] });
    assert!(!turn.is_changed);
}

#[test]
fn the_request_names_nodes_or_nothing() {
    let read = |text: &str| match parse_chain_redrive(text) {
        Ok(request) => format!("{:?} {}", request.nodes, request.is_preview),
        Err(invalid) => violations(&invalid),
    };
    check(
        &[
            "",
            "{}",
            r#"{"nodes": ["a"], "preview": true}"#,
            r#"{"nodes": []}"#,
            r#"{"nodes": [1], "statuses": ["failed"]}"#,
            "[",
        ]
        .map(|text| format!("{text} => {}", read(text)))
        .join("\n"),
        &expect![[r#"
             => None false
            {} => None false
            {"nodes": ["a"], "preview": true} => Some(["a"]) true
            {"nodes": []} => "/nodes" OutOfRange must name at least one; leave it out for all
            {"nodes": [1], "statuses": ["failed"]} => "/nodes/0" WrongType must be a string
            "/statuses" UnknownField is not a field of this object
            [ => "" NotJson EOF while parsing a list at line 1 column 1"#]],
    );
}

fn told(scene: &ChainScene, plan: &ChainRedrivePlan) -> String {
    let names =
        |nodes: &[u32]| nodes.iter().filter_map(|node| scene.chain.names().id(*node)).collect::<Vec<_>>().join(",");
    format!("runs [{}], after [{}], left out [{}]", names(&plan.nodes), names(&plan.after), names(&plan.left_out))
}

#[track_caller]
fn check(told: &str, expect: &Expect) {
    expect.assert_eq(told);
}
