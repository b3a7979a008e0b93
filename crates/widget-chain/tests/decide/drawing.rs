//! Where things are drawn, and where keys lead: of what the core laid out.

use cxpulse_element::reading::Snapshot as _;
use cxpulse_widget_chain::graph::{Graph, Way};
use cxpulse_widget_chain::snapshot::Snapshot;

use super::scene::Scene;
use super::script::DIAMOND;

#[test]
fn nodes_are_where_the_core_has_them_and_joined_by_what_they_need() {
    let (graph, names) = drawn(DIAMOND);
    let needs =
        |at: usize| graph.spots[at].needs.iter().map(|need| names[*need].as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!([0, 1, 2, 3, 4].map(needs), ["", "fetch", "fetch", "enrich score", "update"]);
    assert_eq!([0, 1, 2, 3, 4].map(|at: usize| graph.spots[at].layer), [0, 1, 1, 2, 3]);
    let is_within = |at: usize| graph.spots[at].x < graph.width && graph.spots[at].y < graph.height;
    assert!((0..5).all(is_within));
    assert_eq!(graph.path().matches("L").count(), 2 * 5, "a tip of two strokes for each edge");
    assert_eq!(graph.along(&[0, 1, 3]).matches("L").count(), 2 * 2);
    assert_eq!(graph.around(3).matches("L").count(), 2 * 3);
}

#[test]
fn arrow_keys_lead_along_edges_and_layers_and_never_off_the_graph() {
    let (graph, names) = drawn(DIAMOND);
    let walk = |from: &str, way: Way| {
        let from = names.iter().position(|name| name == from).expect("a node");
        names[graph.walk(from, way)].clone()
    };
    for (from, way, to) in [
        ("fetch", Way::Right, "enrich"),
        ("enrich", Way::Right, "update"),
        ("score", Way::Left, "fetch"),
        ("enrich", Way::Down, "score"),
        ("score", Way::Up, "enrich"),
        ("score", Way::Down, "score"),
        ("fetch", Way::Left, "fetch"),
        ("fetch", Way::Up, "fetch"),
        ("notify", Way::Right, "notify"),
        ("score", Way::First, "fetch"),
        ("fetch", Way::Last, "notify"),
    ] {
        assert_eq!(walk(from, way), to, "{way:?} from {from}");
    }
}

#[test]
fn every_node_of_a_wide_and_deep_chain_can_be_walked_to() {
    let words: Vec<String> = (0..60)
        .map(|node| match node {
            0..6 => format!("n{node}"),
            _ => format!("n{node} n{},n{}", node - 6, node - 5),
        })
        .collect();
    let (graph, _) = drawn(&words.join("; "));
    let (mut seen, mut open) = (vec![false; 60], vec![0]);
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            open.extend([Way::Right, Way::Left, Way::Up, Way::Down].map(|way| graph.walk(node, way)));
        }
    }
    assert!(seen.iter().all(|is_seen| *is_seen), "{seen:?}");
}

#[test]
fn what_is_no_graph_of_these_nodes_is_none() {
    let (scene, other) = (Scene::open(DIAMOND), Scene::open("a; b a"));
    let nodes = Snapshot::parse(&scene.snapshot()).expect("a snapshot").nodes;
    let swapped = scene.graph().replace(r#""name":"score""#, r#""name":"elsewhere""#);
    for text in
        ["", "{}", "<html>", &other.graph(), &swapped, &scene.graph().replace(r#""from":"fetch""#, r#""from":"x""#)]
    {
        assert_eq!(Graph::parse(text, &nodes), None, "{text}");
    }
}

fn drawn(chain: &str) -> (Graph, Vec<String>) {
    let scene = Scene::open(chain);
    let nodes = Snapshot::parse(&scene.snapshot()).expect("a snapshot").nodes;
    let graph = Graph::parse(&scene.graph(), &nodes).expect("a graph");
    (graph, nodes.into_iter().map(|node| node.name).collect())
}
