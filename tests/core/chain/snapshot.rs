//! What is shown of a chain while it goes on and after it ended.

use expect_test::{Expect, expect};

use crate::check::{ChainScene, chain_request};

#[test]
fn a_new_chain_shows_all_of_its_nodes() {
    let scene = ChainScene::open(&chain_request("a; b a", r#""tags": ["nightly"], "max_parallel": 3,"#));
    expect![[r#"
        {
          "id": "chn_44444444444444444444444444444444",
          "kind": "chain",
          "seq": 1,
          "status": "pending",
          "outcome": null,
          "generation": 1,
          "summary": {
            "total": 2,
            "successful": 0,
            "failed": 0,
            "degraded": 0,
            "canceled": 0,
            "skipped": 0,
            "not_started": 2,
            "running": 0
          },
          "nodes": [
            {
              "name": "a",
              "action_id": "sim-fast",
              "status": "not_started",
              "outcome": null,
              "source": null,
              "reason": null,
              "attempts": 0,
              "generation": 1,
              "started_at": null,
              "ended_at": null,
              "latency_ms": null,
              "error": null,
              "execution": null
            },
            {
              "name": "b",
              "action_id": "sim-fast",
              "status": "not_started",
              "outcome": null,
              "source": null,
              "reason": null,
              "attempts": 0,
              "generation": 1,
              "started_at": null,
              "ended_at": null,
              "latency_ms": null,
              "error": null,
              "execution": null
            }
          ],
          "failures": {},
          "latency": {
            "total_ms": 0,
            "critical_path_ms": 0,
            "critical_path": []
          },
          "rate": null,
          "waiting": null,
          "stopped": null,
          "max_parallel": 3,
          "tags": [
            "nightly"
          ],
          "trace_id": "55555555555555555555555555555555",
          "created_at": "2026-11-21T10:00:00.000Z",
          "updated_at": "2026-11-21T10:00:00.000Z",
          "deadline_at": "2026-11-21T10:10:00.000Z",
          "ended_at": null,
          "links": {
            "self": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444",
            "events": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/events",
            "socket": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/socket",
            "results": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/results",
            "graph": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/graph",
            "journal": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/journal",
            "cancel": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/cancel",
            "redrive": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/redrive",
            "embed": "https://cxpulse.example/embed/chain/chn_44444444444444444444444444444444"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&scene.snapshot()).expect("JSON"));
}

#[test]
fn nodes_say_how_they_stand_and_why() {
    check(
        "a; b a; c a continue; d a fallback; e b; f e; g; h g; i c,d; j; k j; l",
        "g will skip; woken; +2s; a successful; +1s; b failed; +1s; c degraded; d canceled; +3s; i retried; j fallback; k fallback; \
         cancel; l canceled",
        &expect![[r#"
            a successful completed fresh null 2 2000 null true
            b failed failed null null 2 1000 "UPSTREAM_FAILED" true
            c failed unknown null continue 2 2000 "FATE_UNKNOWN" true
            d degraded canceled fallback fallback 2 2000 "CANCELED" true
            e not_started null null needs b 0 null null false
            f not_started null null needs e 0 null null false
            g skipped null null when 0 null null false
            h skipped null null needs skipped 0 null null false
            i successful completed retried null 2 3000 null true
            j degraded timed_out degraded timeout_fallback 2 7000 "FATE_UNKNOWN" true
            k degraded timed_out degraded timeout_fallback 2 0 "FATE_UNKNOWN" true
            l canceled canceled null null 2 7000 "CANCELED" true
            Some(Canceled) Some(Canceled) {"CANCELED": 1, "FATE_UNKNOWN": 1, "UPSTREAM_FAILED": 1}"#]],
    );
    check(
        "a; b a",
        "woken; +1s; deadline; a degraded",
        &expect![[r#"
        a failed unknown null null 2 600000 "FATE_UNKNOWN" true
        b not_started null null needs a 0 null null false
        Some(TimedOut) Some(Deadline) {"FATE_UNKNOWN": 1}"#]],
    );
    check(
        "a; b a; c",
        "woken; +1s; cancel; a successful; c canceled",
        &expect![[r#"
        a successful completed fresh null 2 1000 null true
        b not_started null null canceled 0 null null false
        c canceled canceled null null 2 1000 "CANCELED" true
        Some(Canceled) Some(Canceled) {}"#]],
    );
    check(
        "a; b a",
        "a will fault; woken",
        &expect![[r#"
        a failed null null null 0 null "TEMPLATE_UNDEFINED" false
        b not_started null null needs a 0 null null false
        Some(Failed) None {"TEMPLATE_UNDEFINED": 1}"#]],
    );
}

#[test]
fn the_critical_path_is_what_took_longest_one_after_the_other() {
    let nodes = "a; b a; c a; d b,c; x";
    let latency = |story: &str| {
        let snapshot = ChainScene::after(&chain_request(nodes, ""), story).snapshot();
        serde_json::to_string(&snapshot.latency).expect("JSON")
    };
    let stories = [
        "",
        "woken",
        "woken; +1s; a successful; +2s; b successful",
        "woken; +1s; a successful; +1s; b successful; +3s; c successful; +1s; d successful; x successful",
        "woken; +1s; a successful; +1s; b successful; +1s; c successful; +1s; d successful; +9s; x successful",
        "woken; +1s; a failed; +4s; x successful; +9s; redrive; +1s; a successful",
    ];
    expect![[r#"
                                                                                                             {"total_ms":0,"critical_path_ms":0,"critical_path":[]}
        woken                                                                                                {"total_ms":0,"critical_path_ms":0,"critical_path":["a"]}
        woken; +1s; a successful; +2s; b successful                                                          {"total_ms":3000,"critical_path_ms":3000,"critical_path":["a","b"]}
        woken; +1s; a successful; +1s; b successful; +3s; c successful; +1s; d successful; x successful      {"total_ms":6000,"critical_path_ms":6000,"critical_path":["a","c","d"]}
        woken; +1s; a successful; +1s; b successful; +1s; c successful; +1s; d successful; +9s; x successful {"total_ms":13000,"critical_path_ms":13000,"critical_path":["x"]}
        woken; +1s; a failed; +4s; x successful; +9s; redrive; +1s; a successful                             {"total_ms":1000,"critical_path_ms":1000,"critical_path":["a"]}"#]].assert_eq(&stories.map(|story| format!("{story:<100} {}", latency(story))).join("\n"));
}

/// A line a node.
#[track_caller]
fn check(nodes: &str, story: &str, expect: &Expect) {
    let snapshot = ChainScene::after(&chain_request(nodes, ""), story).snapshot();
    let line = |node: &cxpulse_core::wire::chain::ChainNodeView| {
        let text = serde_json::to_value(node).expect("JSON");
        let of = |name: &str| text[name].to_string().replace('"', "");
        let fields = ["name", "status", "outcome", "source", "reason", "attempts", "latency_ms"].map(of).join(" ");
        format!("{fields} {} {}", text["error"]["code"], text["execution"].is_string())
    };
    let lines: Vec<String> = snapshot.nodes.iter().map(line).collect();
    let rest = format!("{:?} {:?} {:?}", snapshot.outcome, snapshot.stopped, snapshot.failures);
    expect.assert_eq(&format!("{}\n{rest}", lines.join("\n")));
}
