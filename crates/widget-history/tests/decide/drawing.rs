//! The process map: nothing on top of anything, circles drawn, what is frequent first, keys that lead along edges.

use cxpulse_widget_history::map::{BOX_HEIGHT, BOX_WIDTH, Map, Spot, Step, Way, ranks, readable};
use cxpulse_widget_history::report::Report;

use super::scene::Scene;
use super::script::THREE;

#[test]
fn a_map_goes_from_start_to_end_and_says_which_way_each_edge_leads() {
    let (report, map) = drawn(THREE, 100);
    let ways: Vec<String> = map
        .links
        .iter()
        .map(|link| format!("{} {:?} {}", name(&report, link.from), link.way, name(&report, link.to)))
        .collect();
    assert_eq!(
        ways,
        ["start Rim a", "d Rim end", "a On b", "b On c", "c On d", "b Loop b", "b On d", "c Back b", "a On c",]
    );
    let layer = |node: &str| map.spots[report.place(node).expect("a node")].layer;
    assert_eq!(["a", "b", "c", "d"].map(layer), [1, 2, 3, 4]);
    assert_eq!(map.links.iter().map(|link| link.count).sum::<u64>(), map.passages.1);
}

#[test]
fn nothing_lies_on_top_of_anything_and_everything_within_the_map() {
    for seed in 1..60_u64 {
        let (report, map) = drawn(&tangle(seed), seed * 7 % 101);
        assert_eq!(map.spots.len(), report.nodes.len() + 2);
        for (at, one) in map.spots.iter().enumerate() {
            assert!(one.x + BOX_WIDTH <= map.width && one.y + BOX_HEIGHT <= map.height, "seed {seed}: {one:?}");
            assert!(!map.spots[at + 1..].iter().any(|other| do_overlap(one, other)), "seed {seed}: {one:?}");
        }
        for link in &map.links {
            assert!(link.path.starts_with('M') && link.path.len() > 20, "seed {seed}: {link:?}");
            assert!(
                !link.labels.is_empty() && link.labels.iter().all(|(x, y)| *x <= map.width + 24 && *y <= map.height)
            );
        }
    }
}

#[test]
fn few_edges_are_the_most_frequent_ones_and_leave_no_node_alone() {
    let (report, map) = drawn(THREE, 0);
    let left = map.links.iter().filter(|link| link.from < map.nodes() && link.from != link.to).count();
    assert!(map.links.len() < map.link_count && left >= 4, "{:?}", map.links);
    for node in 0..report.nodes.len() {
        assert!(map.links.iter().any(|link| link.to == node && link.from != node), "something leads to {node}");
        assert!(map.links.iter().any(|link| link.from == node && link.to != node), "something leads from {node}");
    }
    let whole = drawn(THREE, 100).1;
    assert_eq!((whole.links.len(), whole.passages.0), (whole.link_count, whole.passages.1));
    assert_eq!(readable(&report), 100, "so few can all be read");
}

#[test]
fn of_circles_the_less_frequent_edge_leads_up() {
    assert_eq!(ranks(5, &[(0, 1, 9), (1, 2, 9), (2, 0, 1), (3, 0, 5), (2, 4, 5)]), [1, 2, 3, 0, 4]);
    assert_eq!(ranks(5, &[(0, 1, 1), (1, 2, 9), (2, 0, 9)]), [3, 1, 2, 0, 4]);
    assert_eq!(ranks(4, &[(0, 1, 5), (1, 0, 5), (2, 1, 3)]), [2, 1, 0, 3], "of equals what more begin with");
    assert_eq!(ranks(2, &[]), [0, 1]);
}

#[test]
fn keys_lead_along_the_most_frequent_edges_and_beside() {
    let (report, map) = drawn("a b d x9; a c d x3", 100);
    let at = |name: &str| report.place(name).expect("a node");
    assert_eq!(map.walk(at("a"), Step::Down), at("b"));
    assert_eq!(map.walk(at("d"), Step::Up), at("b"));
    let beside = [Step::Left, Step::Right].map(|step| map.walk(at("b"), step));
    assert!(beside.contains(&at("c")) && beside.contains(&at("b")), "{beside:?}");
    assert_eq!((map.walk(at("b"), Step::First), map.walk(at("b"), Step::Last)), (at("a"), at("d")));
    assert_eq!(
        (map.walk(at("d"), Step::Down), map.walk(at("a"), Step::Up), map.walk(99, Step::Down)),
        (at("d"), at("a"), 99)
    );
}

#[test]
fn a_report_of_nothing_has_an_empty_map() {
    let report = Report::parse("{\"interactions\":0,\"dwell\":[]}").expect("a report");
    assert_eq!(Map::new(&report, 50), Map::default());
    assert_eq!(Map::default().walk(0, Step::First), 0);
    let (_, one) = drawn("a", 0);
    assert_eq!((one.nodes(), one.links.len(), one.links[0].way), (1, 2, Way::Rim));
}

fn drawn(interactions: &str, percent: u64) -> (Report, Map) {
    let report = Report::parse(&Scene::open(interactions).report("/report")).expect("a report");
    let map = Map::new(&report, percent);
    (report, map)
}

fn name(report: &Report, at: usize) -> String {
    let rim = if at == report.nodes.len() { "start" } else { "end" };
    report.nodes.get(at).map_or_else(|| rim.into(), |node| node.name.clone())
}

fn do_overlap(one: &Spot, other: &Spot) -> bool {
    one.x < other.x + BOX_WIDTH
        && other.x < one.x + BOX_WIDTH
        && one.y < other.y + BOX_HEIGHT
        && other.y < one.y + BOX_HEIGHT
}

/// Interactions that go anywhere, and back.
fn tangle(seed: u64) -> String {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let names = next(25) + 2;
    let way = |_| (0..next(12) + 1).map(|_| format!("n{}", next(names))).collect::<Vec<_>>().join(" ");
    (0..20).map(way).collect::<Vec<_>>().join("; ")
}
