//! What nodes come to: for those after them, for callers, and as orders of executions.

use cxpulse_core::call::{Answer as CallAnswer, Payload, RESULT_MAX};
use cxpulse_core::chain::{Answer, Event, Held, Turnout, output_of};
use cxpulse_core::execution::{Event as ExecutionEvent, Execution, Order};
use cxpulse_core::id::Run;
use cxpulse_core::json::Json;
use cxpulse_core::redaction::{Originals, Rules, conceal_chain, conceal_order, derived, reads_redacted};
use cxpulse_core::validate::{parse_chain, parse_chain_graph_query, parse_chain_list_query, parse_chain_results_query};
use cxpulse_core::wire::chain::{ChainResults, NodeMeta};
use cxpulse_template::{Jinja, Scope, bind};
use expect_test::{Expect, expect};

use crate::check::{ChainScene, NOON, Scene, chain_request, violations};

#[test]
fn an_envelope_is_unwrapped_once_and_anything_else_is_its_own_output() {
    let told = |result: &str| output_of(Json::parse(result).expect("JSON").as_raw()).get().to_owned();
    assert_eq!(told(r#"{"output": {"id": 1}, "took": 3}"#), r#"{"id": 1}"#);
    assert_eq!(told(r#"{"output": {"output": {"id": 1}}}"#), r#"{"output": {"id": 1}}"#);
    for itself in
        [r#"{"id": 1}"#, r#"{"output": [1]}"#, r#"{"output": null}"#, "[1]", "7", r#""text""#, r#"[{"output": {}}]"#]
    {
        assert_eq!(told(itself), itself);
    }
}

#[test]
fn templates_read_what_a_node_came_to() {
    let read = |result: &str, template: &str| {
        let scene = ended_with(result);
        let execution = execution_of(&scene, result);
        let meta = NodeMeta::of(&scene.order, &scene.chain, 0, Some(&execution)).expect("it is there");
        let meta = Json::from_value(&meta).expect("JSON");
        let held = scene.chain.held(0, Some(&execution), None);
        let inputs = Json::parse(&format!(r#"{{"x": "{template}"}}"#)).expect("JSON");
        let scope = Scope::new().with_node("a", (&held).into(), meta.as_raw());
        match bind(&inputs, &scope) {
            Ok(bound) => bound.as_str().to_owned(),
            Err(fault) => format!("{}: {fault}", fault.kind.code()),
        }
    };
    let envelope = r#"{"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3}"#;
    let rows = [
        (envelope, "{{ a.id }}"),
        (envelope, "{{ a.output.id }}"),
        (envelope, "{{ a.output.output }} {{ a.output.meta }}"),
        (envelope, "{{ a.meta.status }} {{ a.meta.source }} {{ a.meta.attempts }} {{ a.meta.error }}"),
        (envelope, "{{ a.took }}"),
        (r#"{"id": 7}"#, "{{ a.id }} {{ a.output.id }}"),
        ("[1, 2]", "{{ a.output }}"),
    ];
    check(
        &rows.map(|(result, template)| format!("{template} of {result} => {}", read(result, template))).join("\n"),
        &expect![[r#"
            {{ a.id }} of {"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3} => {"x":12345678901234567890}
            {{ a.output.id }} of {"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3} => {"x":12345678901234567890}
            {{ a.output.output }} {{ a.output.meta }} of {"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3} => {"x":"2 1"}
            {{ a.meta.status }} {{ a.meta.source }} {{ a.meta.attempts }} {{ a.meta.error }} of {"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3} => {"x":"successful fresh 1 null"}
            {{ a.took }} of {"output": {"id": 12345678901234567890, "meta": 1, "output": 2}, "took": 3} => TEMPLATE_UNDEFINED: /x: `a.took` is undefined; `default` gives it a value where it may be missing
            {{ a.id }} {{ a.output.id }} of {"id": 7} => {"x":"7 7"}
            {{ a.output }} of [1, 2] => {"x":[1, 2]}"#]],
    );
}

#[test]
fn a_result_that_was_not_kept_whole_is_a_fault_of_who_reads_it_alone() {
    let large = format!(r#"{{"id": "{}"}}"#, "x".repeat(RESULT_MAX));
    let scene = ended_with(&large);
    let execution = execution_of(&scene, &large);
    assert_eq!(scene.chain.held(0, Some(&execution), None), Held::TooLarge);
    let mut results = ChainResults::of(&scene.order, &scene.chain);
    results.add(&scene.chain, 0, Some(&execution), None);
    let text = serde_json::to_string(&results).expect("JSON");
    assert!(text.contains(r#""truncated":true"#) && text.len() < RESULT_MAX, "{text}");
}

#[test]
fn a_node_without_an_output_has_nothing_and_one_with_a_fallback_has_that() {
    let scene = ChainScene::after(
        &chain_request("a; b continue; c fallback; d; e", ""),
        "d will skip; woken; a failed; b failed; c failed; e canceled",
    );
    let fallback = scene.nodes[2].fallback.clone();
    for node in [0, 1, 3, 4] {
        assert_eq!(scene.chain.held(node, None, fallback.as_ref()), Held::Nothing);
    }
    assert_eq!(scene.chain.held(2, None, fallback.as_ref()), fallback.clone().map_or(Held::Nothing, Held::Whole));
    let mut results = ChainResults::of(&scene.order, &scene.chain);
    let lens: Vec<usize> = (0..5).map(|node| results.add(&scene.chain, node, None, fallback.as_ref())).collect();
    check(
        &format!("{lens:?} {}", serde_json::to_string(&results).expect("JSON")),
        &expect![[
            r#"[0, 0, 14, 0, 0] {"id":"chn_44444444444444444444444444444444","results":{"c":{"id": "none"}},"latency":{"a":0.0,"b":0.0,"c":0.0,"e":0.0},"failures":{"UPSTREAM_FAILED":3},"next":null}"#
        ]],
    );
}

#[test]
fn an_execution_of_a_node_is_ordered_by_the_chain_and_the_node() {
    let scene = ChainScene::after(
        r#"{"correlation_id": "order-4711", "context": {"y": 1}, "timeout_seconds": 60, "tags": ["nightly"],
            "nodes": {"a": {"action_id": "sim-fast"}, "b": {"action_id": "sim-slow", "depends_on": "a",
            "context": {"x": 1}, "timeout_seconds": 10, "policy": "strict", "cache": {"ttl_seconds": 9}}}}"#,
        "",
    );
    let told = |node: u32, run: u32, generation: u32| {
        let order = order_of(&scene, node, run, generation);
        let (deadline, ttl) = (order.deadline_at.since(order.created_at).as_millis(), order.cache_ttl);
        let trace = (
            order.trace.trace_id() == scene.order.trace.trace_id(),
            order.trace.parent_id() == Some(scene.order.trace.span_id()),
        );
        format!(
            "{} {} {:?} {:?} {deadline} {ttl:?} {:?} {trace:?}",
            order.id, order.correlation_id, order.node, order.policy, order.door
        )
    };
    check(
        &[told(0, 0, 1), told(1, 1, 1), told(1, 5, 2)].join("\n"),
        &expect![[r#"
        exe_44444444444444444444444444444444-0 order-4711.a Some(NodeName("a")) Lenient 60000 None Start { action_id: ActionId("sim-fast"), inputs: Json(RawValue({"of": 1})), context: Json(RawValue({"y": 1})) } (true, true)
        exe_44444444444444444444444444444444-1 order-4711.b Some(NodeName("b")) Strict 10000 Some(Span(9000)) Start { action_id: ActionId("sim-slow"), inputs: Json(RawValue({"of": 1})), context: Json(RawValue({"x": 1})) } (true, true)
        exe_44444444444444444444444444444444-5 order-4711.b~2 Some(NodeName("b")) Strict 10000 Some(Span(9000)) Start { action_id: ActionId("sim-slow"), inputs: Json(RawValue({"of": 1})), context: Json(RawValue({"x": 1})) } (true, true)"#]],
    );
    assert_eq!(order_of(&scene, 1, 5, 2), order_of(&scene, 1, 5, 2));
    let turnout = Turnout { run: Run::new(9).expect("a run"), generation: 1, started_at: NOON, deadline_at: NOON };
    assert_eq!(scene.order.execution_order(9, &scene.nodes[0], Json::parse("{}").expect("JSON"), &turnout), None);
}

#[test]
fn what_must_not_be_kept_of_a_chain_is_taken_out_of_all_of_it() {
    let body = r#"{"redact": {"names": ["ssn"]}, "inputs": {"ssn": "123-45-6789", "plain": 1}, "context": {"who": "123-45-6789"},
        "nodes": {"a": {"action_id": "x", "inputs": {"id": "{{ inputs.ssn }}", "also": "123-45-6789"}}, "b": {"action_id": "x"},
        "c": {"action_id": "x", "context": {"ssn": "987-65-4321"}}}}"#;
    let mut request = parse_chain(body, &Jinja).expect("it is well formed");
    let before = request.clone();
    let concealed = conceal_chain(&mut request, &Rules::default()).expect("nothing else holds them");
    let texts: Vec<String> = request
        .orders
        .iter()
        .map(|node| format!("{} {:?} {}", node.inputs.as_str(), node.context, node.is_sealed))
        .collect();
    check(
        &format!("{} {}\n{}", request.inputs.as_str(), request.context.as_str(), texts.join("\n")),
        &expect![[r#"
        {"ssn": "[redacted]", "plain": 1} {"who": "[redacted]"}
        {"id": "{{ inputs.ssn }}", "also": "[redacted]"} None true
        {} None true
        {} Some(Json(RawValue({"ssn": "[redacted]"}))) true"#]],
    );
    let own = concealed.chain.originals.expect("it was touched");
    assert_eq!((&own.inputs, &own.context), (&before.inputs, &before.context));
    let of_a = concealed.nodes[0].originals.as_ref().expect("it was touched");
    assert_eq!(of_a.inputs, before.orders[0].inputs);
    // What a template puts under another name is taken out there, too.
    let scene = ChainScene::open(r#"{"redact": {"names": ["ssn"]}, "nodes": {"a": {"action_id": "x"}}}"#);
    let mut order = order_of(&scene, 0, 0, 1);
    let inputs = bind(&of_a.inputs, &Scope::new().with_inputs(own.inputs.as_raw())).expect("it can be made");
    assert!(!reads_redacted(&inputs));
    order = order.unsealed(Originals::new(inputs.clone(), own.context.clone()));
    let taken = conceal_order(&mut order, &[&own, of_a], Vec::new());
    check(
        &format!("{:?}", order.door),
        &expect![[
            r#"Start { action_id: ActionId("x"), inputs: Json(RawValue({"id":"[redacted]","also":"[redacted]"})), context: Json(RawValue({"who": "[redacted]"})) }"#
        ]],
    );
    assert_eq!(taken.originals.map(|originals| originals.inputs), Some(inputs));
    let inputs =
        bind(&request.orders[0].inputs, &Scope::new().with_inputs(request.inputs.as_raw())).expect("it can be made");
    assert!(reads_redacted(&inputs), "without its originals it is not sent");
}

#[test]
fn what_templates_made_of_a_redacted_value_is_found_by_making_it_twice() {
    let found = |plain: &str, masked: Option<&str>| {
        let json = |text: &str| Json::parse(text).expect("JSON");
        derived(&json(plain), masked.map(json).as_ref())
    };
    let plain = r#"{"a": "is SECRET-4711!", "b": 12, "same": "as before", "list": [7, "1234567-x", 7654321]}"#;
    let masked = r#"{"a": "is [REDACTED]!", "b": 12, "same": "as before", "list": [7, "[redacted]-x"]}"#;
    assert_eq!(found(plain, Some(masked)), ["SECRET-4711", "is SECRET-4711!", "1234567", "1234567-x", "7654321"]);
    assert_eq!(
        found(r#"{"a": "short"}"#, Some(r#"{"a": "other"}"#)),
        ["short"],
        "too short a part stands by chance in others"
    );
    assert_eq!(found(r#"{"a": "äöü-12345"}"#, Some(r#"{"a": "ä[redacted]"}"#)), ["öü-12345", "äöü-12345"]);
    assert_eq!(found(r#"{"a": "x", "b": [true]}"#, None), ["x", "true"], "all of it, where it cannot be made");
}

#[test]
fn what_cannot_be_redacted_must_not_hold_what_is_to_be() {
    let body = r#"{"redact": {"names": ["ssn"]}, "inputs": {"ssn": "secret_value_7"}, "tags": ["secret_value_7"],
        "correlation_id": "secret_value_7", "notify": {"url": "https://example.com/secret_value_7"},
        "nodes": {"secret_value_7": {"action_id": "secret_value_7", "when": "inputs.x == 'secret_value_7'",
        "on_failure": {"fallback": {"of": "secret_value_7"}}}}}"#;
    let mut request = parse_chain(body, &Jinja).expect("it is well formed");
    let invalid = conceal_chain(&mut request, &Rules::default()).expect_err("names hold what is secret");
    check(
        &violations(&invalid),
        &expect![[r#"
        "/correlation_id" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/nodes" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/nodes/action_id" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/nodes/on_failure" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/nodes/when" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/notify/url" Contradiction holds a value that is to be redacted, and cannot be redacted itself
        "/tags/0" Contradiction holds a value that is to be redacted, and cannot be redacted itself"#]],
    );
    let mut plain = parse_chain(r#"{"nodes": {"a": {"action_id": "x"}}}"#, &Jinja).expect("it is well formed");
    assert_eq!(conceal_chain(&mut plain, &Rules::default()).expect("no rules"), Default::default());
}

#[test]
fn queries_name_every_parameter_that_is_wrong() {
    let told =
        |read: Result<String, cxpulse_core::validate::Invalid>| read.unwrap_or_else(|invalid| violations(&invalid));
    let list = |query: &str| told(parse_chain_list_query(query).map(|read| format!("{read:?}")));
    let results = |query: &str| told(parse_chain_results_query(query).map(|read| format!("{read:?}")));
    let graph = |query: &str| told(parse_chain_graph_query(query).map(|read| format!("{read:?}")));
    check(
        &[
            list("status=running&tag=nightly&limit=5&cursor=1795255200000.chn_44444444444444444444444444444444"),
            list("status=runs&action_id=x&limit=0"),
            results(""),
            results("node=a,b&cursor=7&token=t"),
            results("node=a,,b&cursor=07&limit=3"),
            graph("format=svg"),
            graph("token=t"),
            graph("format=png&wait=3"),
        ]
        .join("\n"),
        &expect![[r#"
            ChainListQuery { tenant: None, status: Some(Running), outcome: None, tag: Some(Tag("nightly")), from: None, to: None, limit: 5, cursor: Some(FlowCursor { created_at: Timestamp(1795255200000), id: FlowId("chn_44444444444444444444444444444444") }) }
            "?status" OutOfRange must be one of pending, running, completed, failed, canceled
            "?limit" OutOfRange must be a whole number from 1 to 100
            "?action_id" UnknownField is not a parameter of this
            ChainResultsQuery { nodes: None, after: None }
            ChainResultsQuery { nodes: Some([NodeName("a"), NodeName("b")]), after: Some(7) }
            "?node" OutOfRange must be the name of a node, or several with commas between
            "?cursor" OutOfRange must be one that a page before gave, in its link to the next
            "?limit" UnknownField is not a parameter of this
            Some(Svg)
            None
            "?format" OutOfRange must be one of json, dot, mermaid, svg
            "?wait" UnknownField is not a parameter of this"#]],
    );
}

/// A chain whose node `a` has ended with this result.
fn ended_with(result: &str) -> ChainScene {
    let mut scene = ChainScene::after(&chain_request("a; b a", ""), "woken");
    let execution = execution_of(&scene, result);
    let answer = Answer::of(scene.chain.item(0).expect("it is there"), &execution).expect("it has ended");
    scene.turn(Event::NodeEnded { node: 0, answer });
    scene
}

/// An execution that CXone answers with this result at once.
fn execution_of(scene: &ChainScene, result: &str) -> Execution {
    let mut played = Scene::open(order_of(scene, 0, 0, 1));
    played.play("cleared");
    let mut event = played.event("seen COMPLETED").expect("it is an answer");
    if let ExecutionEvent::Answered { answer: CallAnswer::Seen(sighting), .. } = &mut event {
        sighting.result = Some(Payload::of(Json::parse(result).expect("JSON").as_raw()));
    }
    played.step(event);
    assert!(played.execution.ending().is_some());
    played.execution
}

fn order_of(scene: &ChainScene, node: u32, run: u32, generation: u32) -> Order {
    let turnout = Turnout {
        run: Run::new(run).expect("a run"),
        generation,
        started_at: NOON,
        deadline_at: scene.chain.standing().deadline_at(),
    };
    let (order, inputs) = (&scene.nodes[usize::try_from(node).expect("an index")], Json::parse(r#"{"of": 1}"#));
    scene.order.execution_order(node, order, inputs.expect("JSON"), &turnout).expect("a node that there is")
}

#[track_caller]
fn check(told: &str, expect: &Expect) {
    expect.assert_eq(told);
}
