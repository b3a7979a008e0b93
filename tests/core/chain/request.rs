//! Requests for a chain: every violation of every node, of the graph and of the templates, at once and with its pointer.

use std::fmt::Write as _;

use cxpulse_core::chain::{DEPTH_MAX, EDGES_MAX, NODES_MAX, NodeName, RESERVED};
use cxpulse_core::validate::{
    BODY_MAX, CONTEXT_MAX, ChainRequest, Invalid, TEMPLATE_MAX, check_chain_against_profile, parse_chain,
};
use cxpulse_core::wire::chain::ChainPlan;
use cxpulse_template::Jinja;
use expect_test::{Expect, expect};

use crate::check::{profile, violations};

#[test]
fn the_least_that_can_be_said_has_the_defaults() {
    let request = parse(r#"{"nodes": {"a": {"action_id": "sim-fast"}}}"#).expect("it is enough");
    expect![[r#"ChainRequest { nodes: [ChainNode { name: NodeName("a"), action_id: ActionId("sim-fast"), needs: [], on_failure: Halt }], orders: [NodeOrder { inputs: Json(RawValue({})), when: None, reads: [], context: None, fallback: None, timeout: Span(3600000), policy: None, backoff: None, cache_ttl: None, is_sealed: false }], reads: [[]], inputs: Json(RawValue({})), context: Json(RawValue({})), max_parallel: 10, timeout: Span(604800000), tenant: TenantId("default"), is_tenant_named: false, profile: None, policy: Lenient, tags: [], backoff: Backoff { ladder: Ladder { base: Span(2000), multiplier: 1.6, max: Span(45000), jitter: Proportional, jitter_factor: 0.15, min: Span(1000) }, by_failure: {}, attempts_max: 60, predict: true }, cache_ttl: None, notify: None, callback: true, correlation_id: None, redact: Rules { names: [], pointers: [] } }"#]].assert_eq(&format!("{request:?}"));
}

#[test]
fn all_that_can_be_said_is_read() {
    let request = parse(
        r#"{"nodes": {
            "fetch": {"definition_id": "sim-fast", "inputs": {"id": "{{ inputs.account }}"}, "timeout_seconds": 30},
            "score": {"action_id": "sim-slow", "depends_on": "fetch", "when": "fetch.is_new",
                "inputs": {"of": [{"name": "{{ fetch.name }}"}, "{{ fetch.id }}-{{ chain.id }}"], "plain": "text"},
                "context": {"x": 1}, "on_failure": {"fallback": null}, "policy": "strict",
                "backoff": {"max_attempts": 3}, "cache": {"ttl_seconds": 60}},
            "tell": {"action_id": "sim-fast", "depends_on": ["score", "fetch"], "on_failure": "continue"}},
        "inputs": {"account": "12345"}, "max_parallel": 3, "timeout_seconds": 90, "tenant": "default", "profile": "dataactions",
        "context": {"y": 2}, "policy": "lenient", "backoff": {"max_attempts": 9}, "cache": {}, "callback": false,
        "notify": {"url": "https://example.com/hook", "events": ["completed", "node_failed"]},
        "correlation_id": "order-4711", "redact": {"names": ["ssn"]}, "tags": ["nightly"]}"#,
    )
    .expect("it is well formed");
    let nodes: Vec<String> =
        request.nodes.iter().zip(&request.orders).map(|(node, order)| format!("{node:?}\n  {order:?}")).collect();
    expect![[r#"
        ChainNode { name: NodeName("fetch"), action_id: ActionId("sim-fast"), needs: [], on_failure: Halt }
          NodeOrder { inputs: Json(RawValue({"id": "{{ inputs.account }}"})), when: None, reads: [], context: None, fallback: None, timeout: Span(30000), policy: None, backoff: None, cache_ttl: None, is_sealed: false }
        ChainNode { name: NodeName("score"), action_id: ActionId("sim-slow"), needs: [0], on_failure: Fallback }
          NodeOrder { inputs: Json(RawValue({"of": [{"name": "{{ fetch.name }}"}, "{{ fetch.id }}-{{ chain.id }}"], "plain": "text"})), when: Some("fetch.is_new"), reads: [0], context: Some(Json(RawValue({"x": 1}))), fallback: Some(Json(RawValue(null))), timeout: Span(3600000), policy: Some(Strict), backoff: Some(Backoff { ladder: Ladder { base: Span(2000), multiplier: 1.6, max: Span(45000), jitter: Proportional, jitter_factor: 0.15, min: Span(1000) }, by_failure: {}, attempts_max: 3, predict: true }), cache_ttl: Some(Span(60000)), is_sealed: false }
        ChainNode { name: NodeName("tell"), action_id: ActionId("sim-fast"), needs: [0, 1], on_failure: Continue }
          NodeOrder { inputs: Json(RawValue({})), when: None, reads: [], context: None, fallback: None, timeout: Span(3600000), policy: None, backoff: None, cache_ttl: None, is_sealed: false }"#]].assert_eq(&nodes.join("\n"));
    let plan = ChainPlan::of(&request).expect("it has no circle");
    expect![[r#"
        {
          "nodes": 3,
          "edges": 3,
          "order": [
            "fetch",
            "score",
            "tell"
          ],
          "layers": [
            [
              "fetch"
            ],
            [
              "score"
            ],
            [
              "tell"
            ]
          ],
          "critical_path": [
            "fetch",
            "score",
            "tell"
          ],
          "critical_path_timeout_ms": 7230000,
          "parallelism": 1,
          "by_node": [
            {
              "name": "fetch",
              "action_id": "sim-fast",
              "depends_on": [],
              "layer": 0,
              "on_failure": "halt",
              "reads": [
                {
                  "pointer": "/inputs/id",
                  "reads": [
                    "inputs.account"
                  ]
                }
              ]
            },
            {
              "name": "score",
              "action_id": "sim-slow",
              "depends_on": [
                "fetch"
              ],
              "layer": 1,
              "on_failure": "fallback",
              "reads": [
                {
                  "pointer": "/when",
                  "reads": [
                    "fetch.is_new"
                  ]
                },
                {
                  "pointer": "/inputs/of/0/name",
                  "reads": [
                    "fetch.name"
                  ]
                },
                {
                  "pointer": "/inputs/of/1",
                  "reads": [
                    "chain.id",
                    "fetch.id"
                  ]
                }
              ]
            },
            {
              "name": "tell",
              "action_id": "sim-fast",
              "depends_on": [
                "fetch",
                "score"
              ],
              "layer": 2,
              "on_failure": "continue",
              "reads": []
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&plan).expect("JSON"));
}

#[test]
fn a_chain_without_nodes_is_none() {
    check("", &expect![[r#""" NotJson EOF while parsing a value at line 1 column 0"#]]);
    check("[]", &expect![[r#""" WrongType must be an object"#]]);
    check("{}", &expect![[r#""/nodes" Missing is required"#]]);
    check(r#"{"nodes": []}"#, &expect![[r#""/nodes" WrongType must be an object of nodes by name"#]]);
    check(r#"{"nodes": {}}"#, &expect![[r#""/nodes" OutOfRange must have 1 to 1000 nodes"#]]);
}

#[test]
fn every_fault_of_the_chain_is_named() {
    check(
        r#"{"max_parallel": 201, "timeout_seconds": 4, "tenant": "A", "policy": "loose", "inputs": [], "context": 7, "tags": [""],
        "backoff": {"multiplier": 11}, "cache": {"ttl_seconds": 0}, "callback": "no", "correlation_id": "",
        "notify": {"events": ["started", "status_changed"]}, "payloads": [], "nodes": {"a": {"action_id": "x"}}}"#,
        &expect![[r#"
            "/inputs" WrongType must be an object
            "/context" WrongType must be an object
            "/max_parallel" OutOfRange must be a whole number, 1 to 200
            "/timeout_seconds" OutOfRange must be 5 to 2592000
            "/tenant" OutOfRange must be 1 to 64 lower-case letters, digits or inner hyphens
            "/policy" OutOfRange must be one of lenient, strict
            "/tags/0" OutOfRange must be 1 to 64 characters without control characters
            "/backoff/multiplier" OutOfRange must be 1 to 10
            "/cache/ttl_seconds" OutOfRange must be 1 to 86400
            "/notify/url" Missing is required
            "/notify/events/1" OutOfRange must be one of started, completed, failed, timed_out, canceled, node_started, node_completed, node_failed
            "/callback" WrongType must be true or false
            "/correlation_id" OutOfRange must be 1 to 128 visible ASCII characters
            "/payloads" UnknownField is not a field of this object"#]],
    );
}

#[test]
fn every_fault_of_a_node_is_named() {
    check(
        r#"{"nodes": {"a": {"action_id": "../x", "definition_id": "y", "depends_on": 7, "inputs": [], "context": "c", "when": 1,
        "on_failure": "ignore", "timeout_seconds": 1, "policy": "x", "backoff": 3, "cache": {"ttl": 1}, "id": "a"},
        "b": {"on_failure": {"fallback": 1, "then": 2}, "depends_on": ["a", 1, "a"]}, "c": [], "d": {"action_id": "x", "action_id": "y"}}}"#,
        &expect![[r#"
            "/nodes/a/definition_id" Contradiction cannot stand beside action_id, which is the same
            "/nodes/a/action_id" OutOfRange must be 1 to 128 letters, digits or any of . _ ~ : -
            "/nodes/a/depends_on" WrongType must be the name of a node, or a list of names
            "/nodes/a/inputs" WrongType must be an object
            "/nodes/a/context" WrongType must be an object
            "/nodes/a/when" WrongType must be a string
            "/nodes/a/on_failure" OutOfRange must be "halt", "continue", or an object with fallback alone
            "/nodes/a/timeout_seconds" OutOfRange must be 5 to 2592000
            "/nodes/a/policy" OutOfRange must be one of lenient, strict
            "/nodes/a/backoff" WrongType must be an object
            "/nodes/a/cache/ttl" UnknownField is not a field of this object
            "/nodes/a/id" UnknownField is not a field of this object
            "/nodes/b/action_id" Missing is required
            "/nodes/b/depends_on/1" WrongType must be the name of a node
            "/nodes/b/on_failure" OutOfRange must be "halt", "continue", or an object with fallback alone
            "/nodes/c" WrongType must be an object
            "/nodes/d/action_id" RepeatedField appears more than once
            "/nodes/b/depends_on/2" RepeatedField is named before"#]],
    );
}

#[test]
fn a_name_is_one_that_templates_can_say() {
    for name in ["a", "_", "fetch_2", "A9", &"n".repeat(64), "inputs_", "iff"] {
        assert!(NodeName::parse(name).is_ok(), "{name}");
    }
    for name in ["", "2a", "a-b", "a.b", "a b", "é", &"n".repeat(65)] {
        assert!(NodeName::parse(name).is_err(), "{name}");
    }
    assert!(RESERVED.iter().all(|word| NodeName::parse(*word).is_err()));
    check(
        r#"{"nodes": {"a/b": {"action_id": "x"}, "inputs": {"action_id": "x"}, "a": {"action_id": "x"}, "a": {"action_id": "y"}}}"#,
        &expect![[r#"
            "/nodes/a~1b" OutOfRange must be 1 to 64 letters, digits or _, and not begin with a digit
            "/nodes/inputs" OutOfRange is a word that templates have another meaning for
            "/nodes/a" RepeatedField is the name of two nodes, number 3 and number 4"#]],
    );
}

#[test]
fn what_is_needed_is_there_once_and_another_node() {
    check(
        &chain("a: ; b: a a; c: c; d: nobody; e: a b nobody"),
        &expect![[r#"
        "/nodes/b/depends_on/1" RepeatedField is named before
        "/nodes/c/depends_on/0" Cycle is the node itself
        "/nodes/d/depends_on/0" UnknownNode is no node of this chain
        "/nodes/e/depends_on/2" UnknownNode is no node of this chain"#]],
    );
}

#[test]
fn every_circle_is_spelled_out() {
    check(
        &chain("a: c; b: a; c: b; d: e; e: d; f: a; g: "),
        &expect![[r#"
        "/nodes/d/depends_on" Cycle goes in a circle: d -> e -> d
        "/nodes/a/depends_on" Cycle goes in a circle: a -> b -> c -> a"#]],
    );
}

#[test]
fn all_faults_are_told_at_once() {
    check(
        r#"{"tenant": "A", "nodes": {
            "a": {"action_id": "x", "depends_on": "b", "inputs": {"x": "{{ c.id }}", "y": "{{ nobody.id }}", "z": "{{ a.id }}"}},
            "b": {"depends_on": ["a", "x"], "inputs": {"deep": [{"er": "{{ oops"}]}, "when": "c."},
            "c": {"action_id": "x", "inputs": {"x": "{{ a.id | uper }}"}}}}"#,
        &expect![[r#"
            "/tenant" OutOfRange must be 1 to 64 lower-case letters, digits or inner hyphens
            "/nodes/b/action_id" Missing is required
            "/nodes/b/depends_on/1" UnknownNode is no node of this chain
            "/nodes/a/depends_on" Cycle goes in a circle: a -> b -> a
            "/nodes/a/inputs/x" NotUpstream reads c, which need not have ended by then: add "c" to the node's depends_on
            "/nodes/a/inputs/y" UnknownNode reads nobody, which is no node of this chain, nor inputs, nor chain
            "/nodes/a/inputs/z" NotUpstream reads a, which is the node itself
            "/nodes/b/when" Template is no template: line 1, column 3: a field's name is missing after `.`
            "/nodes/b/inputs/deep/0/er" Template is no template: line 1, column 8: the expression has no end (write `}}` after it)
            "/nodes/c/inputs/x" Template is no template: line 1, column 11: there is no filter `uper` (did you mean `upper`?)"#]],
    );
}

#[test]
fn a_template_reads_what_has_ended_before() {
    let reading = |depends_on: &str| {
        format!(
            r#"{{"nodes": {{"a": {{"action_id": "x"}}, "b": {{"action_id": "x", "depends_on": "a"}},
            "c": {{"action_id": "x", "depends_on": [{depends_on}], "inputs": {{"of": "{{{{ a.id }}}} {{{{ b.id }}}}"}}, "when": "a.ok"}}}}}}"#
        )
    };
    assert!(parse(&reading(r#""b""#)).is_ok(), "a is before b");
    check(
        &reading(r#""a""#),
        &expect![[
            r#""/nodes/c/inputs/of" NotUpstream reads b, which need not have ended by then: add "b" to the node's depends_on"#
        ]],
    );
    check(
        &reading(""),
        &expect![[r#"
        "/nodes/c/when" NotUpstream reads a, which need not have ended by then: add "a" to the node's depends_on
        "/nodes/c/inputs/of" NotUpstream reads a, which need not have ended by then: add "a" to the node's depends_on
        "/nodes/c/inputs/of" NotUpstream reads b, which need not have ended by then: add "b" to the node's depends_on"#]],
    );
}

#[test]
fn signs_of_templates_may_be_written_as_escapes() {
    check(
        r#"{"nodes": {"a": {"action_id": "x", "inputs": {"of": "\u007b\u007b b.id \u007d\u007d", "plain": "{ {b.id} }"}}}}"#,
        &expect![[
            r#""/nodes/a/inputs/of" UnknownNode reads b, which is no node of this chain, nor inputs, nor chain"#
        ]],
    );
}

#[test]
fn each_limit_is_admitted_and_one_past_it_is_not() {
    let chain_of = |count: usize| chain(&(0..count).map(|node| format!("n{node}: ")).collect::<Vec<_>>().join(";"));
    assert!(parse(&chain_of(NODES_MAX)).is_ok());
    check(&chain_of(NODES_MAX + 1), &expect![[r#""/nodes" OutOfRange must have 1 to 1000 nodes"#]]);
    let deep = |count: u32| {
        chain(
            &(0..count)
                .map(|node| if node == 0 { "n0: ".into() } else { format!("n{node}: n{}", node - 1) })
                .collect::<Vec<_>>()
                .join(";"),
        )
    };
    assert!(parse(&deep(DEPTH_MAX)).is_ok());
    check(
        &deep(DEPTH_MAX + 1),
        &expect![[r#""/nodes/n250" OutOfRange has 251 nodes one after the other up to it, and must have at most 250"#]],
    );
    // Two layers of a hundred, each of the second needs each of the first.
    let wide = |more: &str| {
        let first: Vec<String> = (0..100).map(|node| format!("a{node}: ")).collect();
        let needs: Vec<String> = (0..100).map(|node| format!("a{node}")).collect();
        let second: Vec<String> = (0..100).map(|node| format!("b{node}: {}", needs.join(" "))).collect();
        chain(&format!("{};{};{more}", first.join(";"), second.join(";")))
    };
    assert_eq!(EDGES_MAX, 10_000);
    assert!(parse(&wide("c: ")).is_ok());
    check(&wide("c: a0"), &expect![[r#""/nodes" OutOfRange must have at most 10000 dependencies together"#]]);
}

#[test]
fn texts_have_limits() {
    let with = |inputs: &str| format!(r#"{{"nodes": {{"a": {{"action_id": "x", "inputs": {{"of": "{inputs}"}}}}}}}}"#);
    let template = |len: usize| with(&format!("{{{{ inputs.x }}}}{}", "x".repeat(len - "{{ inputs.x }}".len())));
    assert!(parse(&template(TEMPLATE_MAX)).is_ok());
    check(
        &template(TEMPLATE_MAX + 1),
        &expect![[r#""/nodes/a/inputs/of" OutOfRange must be at most 16384 bytes, for it is a template"#]],
    );
    assert!(parse(&with(&"x".repeat(TEMPLATE_MAX + 1))).is_ok(), "it is no template");
    check(&with(&"x".repeat(BODY_MAX)), &expect![[r#""/nodes/a" OutOfRange must be at most 262144 bytes"#]]);
    let head = |field: &str, len: usize| {
        format!(r#"{{"{field}": {{"x": "{}"}}, "nodes": {{"a": {{"action_id": "x"}}}}}}"#, "x".repeat(len))
    };
    assert!(parse(&head("inputs", BODY_MAX - 9)).is_ok() && parse(&head("context", CONTEXT_MAX - 9)).is_ok());
    check(&head("inputs", BODY_MAX - 8), &expect![[r#""/inputs" OutOfRange must be at most 262144 bytes"#]]);
    check(&head("context", CONTEXT_MAX - 8), &expect![[r#""/context" OutOfRange must be at most 8192 bytes"#]]);
}

#[test]
fn a_key_leaves_room_for_the_names_of_nodes() {
    let keyed = |len: usize| {
        format!(r#"{{"correlation_id": "{}", "nodes": {{"fetch": {{"action_id": "x"}}}}}}"#, "k".repeat(len))
    };
    assert!(parse(&keyed(118)).is_ok());
    check(
        &keyed(119),
        &expect![[
            r#""/correlation_id" OutOfRange must be at most 118 characters, for the longest name of a node stands behind it"#
        ]],
    );
}

#[test]
fn a_profile_without_submit_runs_no_chain() {
    assert_eq!(check_chain_against_profile(&profile()), Ok(()));
    let without = cxpulse_core::profile::Profile { submit: None, ..profile() };
    let invalid = check_chain_against_profile(&without).expect_err("it cannot submit");
    expect![[r#""/nodes" Contradiction cannot be had from this profile, which has no submit"#]]
        .assert_eq(&violations(&invalid));
}

/// `a: ; b: a` as a request, each node with what it needs.
fn chain(words: &str) -> String {
    let mut text = String::from(r#"{"nodes": {"#);
    for (at, node) in words.split(';').enumerate() {
        let (name, needs) = node.split_once(':').expect("a name, and what it needs");
        let needs: Vec<String> = needs.split_whitespace().map(|need| format!("{need:?}")).collect();
        let comma = if at == 0 { "" } else { ", " };
        write!(text, r#"{comma}"{}": {{"action_id": "x", "depends_on": [{}]}}"#, name.trim(), needs.join(", "))
            .expect("a text");
    }
    text + "}}"
}

fn parse(body: &str) -> Result<ChainRequest, Invalid> {
    parse_chain(body, &Jinja)
}

#[track_caller]
fn check(body: &str, expect: &Expect) {
    let told = match parse(body) {
        Ok(_) => "it is well formed".to_owned(),
        Err(invalid) => violations(&invalid),
    };
    expect.assert_eq(&told);
}
