//! A running chain, drawn.

use cxpulse_core::chain::picture::{Picture, PictureForm};
use cxpulse_core::wire::chain::ChainStatus;

use crate::check::ChainScene;

#[test]
fn a_picture_shows_the_nodes_where_they_stand() {
    let request = r#"{"nodes": {"fetch": {"action_id": "a"}, "left": {"action_id": "b", "depends_on": "fetch"},
        "right": {"action_id": "b", "depends_on": "fetch"}, "join": {"action_id": "c", "depends_on": ["left", "right"]}}}"#;
    let scene = ChainScene::open(request);
    let picture = Picture::of(&scene.order, &scene.chain);
    let layers: Vec<(&str, u32, ChainStatus)> =
        picture.nodes.iter().map(|node| (node.name.as_str(), node.layer, node.status)).collect();
    let waits = ChainStatus::NotStarted;
    assert_eq!(layers, [("fetch", 0, waits), ("left", 1, waits), ("right", 1, waits), ("join", 2, waits)]);
    let edges: Vec<(&str, &str)> = picture.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    assert_eq!(edges, [("fetch", "left"), ("fetch", "right"), ("left", "join"), ("right", "join")]);
    let json: serde_json::Value = serde_json::from_str(&picture.written(PictureForm::Json)).expect("JSON");
    assert_eq!(json["id"], scene.order.id.to_string());
    assert_eq!(json["nodes"][3]["status"], "not_started");
    assert_eq!(json["nodes"][3]["x"], picture.nodes[3].x);
    assert_eq!(json["edges"][0]["points"][0][0], picture.edges[0].points[0].0);
    assert_eq!(json["seq"], scene.chain.standing().seq());
}
