//! What there is to see of a chain: its stream, its socket, its graph in every form, its results by page, its journal.

use serde_json::{Value, json};

use super::{accept, chain, ended, id_of, node, run, text};
use crate::worker::journal::replay_by_command;
use crate::worker::socket::Socket;
use crate::worker::stack::{Stack, wait_for};

#[test]
fn a_stream_and_a_socket_show_it_to_its_end() {
    let stack = Stack::shared();
    let nodes = json!({"a": node("sim-for-2s", &[], &json!({})), "b": node("sim-instant", &["a"], &json!({}))});
    let id = id_of(&accept(stack, &chain(&nodes, &json!({}))));
    let mut socket = Socket::with_key(stack, &format!("/v1/chains/{id}/socket"));
    let stream = stack.client().with("accept", "text/event-stream").get(&format!("/v1/chains/{id}/events"));
    let told: Vec<Value> = stream
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).expect("an event is JSON"))
        .collect();
    assert_eq!(told.last().map(|last| &last["outcome"]), Some(&json!("completed")));
    let seqs: Vec<_> = told.iter().filter_map(|told| told["seq"].as_u64()).collect();
    assert!(seqs.is_sorted(), "in order: {seqs:?}");
    let (heard, code) = socket.rest();
    assert_eq!((heard.last().map(|last| &last["outcome"]), code), (Some(&json!("completed")), 4000));
    let last = stack.client().with("last-event-id", &seqs[seqs.len() - 1].to_string());
    assert_eq!(last.get(&format!("/v1/chains/{id}/events")).status(), 204, "there is nothing more");
    let etag = stack.client().get(&format!("/v1/chains/{id}"));
    let again = stack.client().with("if-none-match", etag.header("etag")).get(&format!("/v1/chains/{id}"));
    assert_eq!(again.status(), 304);
}

#[test]
fn a_graph_is_had_in_every_form_by_format_or_accept() {
    let stack = Stack::shared();
    let nodes = json!({
        "fetch": node("sim-instant", &[], &json!({})),
        "fails": node("sim-failing", &["fetch"], &json!({})),
        "after": node("sim-instant", &["fails"], &json!({})),
    });
    let accepted = accept(stack, &chain(&nodes, &json!({})));
    let id = id_of(&accepted);
    let over = ended(stack, &id);
    let path = format!("/v1/chains/{id}/graph");
    let graph = stack.client().get(&path).json();
    assert_eq!((&graph["id"], &graph["seq"]), (&over["id"], &over["seq"]));
    let layers: Vec<_> = graph["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| (text(node, "name"), text(node, "status"), node["layer"].as_u64()))
        .collect();
    let expected = [("after", "not_started", 2), ("fails", "failed", 1), ("fetch", "successful", 0)];
    let expected = expected.map(|(name, status, layer)| (name.to_owned(), status.to_owned(), Some(layer)));
    assert_eq!(layers, expected);
    let edges: Vec<_> =
        graph["edges"].as_array().into_iter().flatten().map(|edge| (text(edge, "from"), text(edge, "to"))).collect();
    assert_eq!(edges.len(), 2, "{graph}");
    for (format, media, sign) in [
        ("dot", "text/vnd.graphviz", "digraph"),
        ("mermaid", "text/vnd.mermaid", "flowchart"),
        ("svg", "image/svg+xml", "<svg"),
    ] {
        let by_format = stack.client().get(&format!("{path}?format={format}"));
        assert_eq!(by_format.status(), 200, "{}", by_format.text());
        assert!(by_format.header("content-type").starts_with(media), "{}", by_format.header("content-type"));
        assert!(by_format.text().contains(sign) && by_format.text().contains("fails"), "{}", by_format.text());
        let by_accept = stack.client().with("accept", media).get(&path);
        assert_eq!(by_accept.text(), by_format.text());
        let again =
            stack.client().with("if-none-match", by_format.header("etag")).get(&format!("{path}?format={format}"));
        assert_eq!(again.status(), 304);
    }
    let token = text(&accepted, "view_token");
    let drawn = stack.client_with(None).get(&format!("{path}?format=svg&token={token}"));
    assert_eq!(drawn.status(), 200, "a page shows it without headers");
    assert!(drawn.header("content-security-policy").contains("default-src 'none'"), "and it may do nothing");
}

#[test]
fn results_come_by_node_and_by_page() {
    let stack = Stack::shared();
    // What each is given comes back in its output.
    let wide = |index: usize| {
        let inputs = json!({"inputs": {"customerId": "{{ inputs.text }}"}});
        (format!("n{index:02}"), node("sim-instant", &[], &inputs))
    };
    let nodes: Value = (0..24).map(wide).collect::<serde_json::Map<_, _>>().into();
    let text = json!({"inputs": {"text": "x".repeat(200_000)}});
    let over = run(stack, &chain(&nodes, &text));
    assert_eq!(over["outcome"], "completed", "{over}");
    let path = format!("/v1/chains/{}/results", id_of(&over));
    let (mut names, mut pages, mut next) = (Vec::new(), 0, Some(path.clone()));
    while let Some(path) = next {
        let answer = stack.client().get(&path);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let page = answer.json();
        names.extend(page["results"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        pages += 1;
        next = page["next"].as_str().map(str::to_owned);
        assert_eq!(answer.header("link").is_empty(), next.is_none());
    }
    let all: Vec<String> = (0..24).map(|index| format!("n{index:02}")).collect();
    assert_eq!(names, all, "each once, and in order");
    assert_eq!(pages, 2, "of 4 MiB each");
    let some = stack.client().get(&format!("{path}?node=n20,n03")).json();
    let named: Vec<_> = some["results"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!((named, &some["next"]), (vec!["n03", "n20"], &Value::Null));
    assert_eq!(some["results"]["n03"]["customer_id"].as_str().map(str::len), Some(200_000));
}

#[test]
fn its_journal_replays() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({})),
        "b": node("sim-instant", &["a"], &json!({"inputs": {"x": "{{ a.nothing }}"}, "on_failure": "continue"})),
        "c": node("sim-instant", &["b"], &json!({})),
    });
    let id = id_of(&run(stack, &chain(&nodes, &json!({}))));
    let journal = wait_for(super::PATIENCE, || {
        let text = stack.client().get(&format!("/v1/chains/{id}/journal")).text().to_owned();
        (text.lines().count() >= 7).then_some(text)
    });
    let (is_good, said) = replay_by_command("chain", &journal.expect("it has all of its entries"));
    assert!(is_good, "{said}");
}
