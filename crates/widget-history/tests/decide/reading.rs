//! What the core makes of histories, read; and what is none of it, refused.

use cxpulse_element::reading::Snapshot as _;
use cxpulse_widget_history::model::Section;
use cxpulse_widget_history::report::{NODES_MAX, Report};
use cxpulse_widget_history::snapshot::{Snapshot, State};

use super::scene::Scene;
use super::script::THREE;

#[test]
fn progress_waits_and_the_end_of_a_history_are_read() {
    let mut scene = Scene::open(THREE);
    scene.play("woken; page 100 of 300; +1000ms; waits 7000");
    let running = snapshot(&scene);
    assert_eq!((running.state, running.progress, running.rows), (State::Running, Some((100, 300)), 100));
    assert_eq!((running.steps, running.permille(), running.is_terminal()), (600, 333, false));
    assert!(running.completion.is_none() && running.ended_at.is_none());
    scene.play("+500ms; cancel");
    let canceled = snapshot(&scene);
    assert_eq!((canceled.state, canceled.is_terminal()), (State::Canceled, true));
    let completion = canceled.completion.expect("how it came out");
    assert_eq!((completion.expected, completion.got, completion.is_by_ids), (Some(300), 100, false));
    assert_eq!((completion.accuracy, completion.is_verified), (Some(333_300), false));
}

#[test]
fn a_whole_history_is_verified() {
    let mut scene = Scene::open(THREE);
    scene.play("woken; +1500ms; page 20 of 20");
    let completed = snapshot(&scene);
    let completion = completed.completion.clone().expect("how it came out");
    assert_eq!((completed.state, completed.permille()), (State::Completed, 1_000));
    assert_eq!((completion.accuracy, completion.is_verified, completion.latency_ms), (Some(1_000_000), true, 1_500));
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let mut scene = Scene::open("a");
    scene.play("woken");
    let text = scene.snapshot();
    assert!(Snapshot::parse(&text).is_some());
    for (field, spoilt) in
        [("\"id\"", "\"no\""), ("\"seq\"", "\"no\""), ("\"status\"", "\"no\""), ("\"created_at\"", "\"no\"")]
    {
        assert!(text.contains(field), "{field} in {text}");
        assert_eq!(Snapshot::parse(&text.replace(field, spoilt)), None, "{field}");
    }
    let rejected = text.replace("\"outcome\":null", "\"outcome\":\"rejected\"");
    assert_eq!(Snapshot::parse(&rejected).map(|snapshot| snapshot.state), Some(State::Failed));
}

#[test]
fn nodes_edges_and_ends_of_a_report_are_read_with_their_times() {
    let report = Report::parse(&Scene::open(THREE).report("/report")).expect("a report");
    assert_eq!((report.interactions, report.steps, report.variant_count), (20, 87, 3));
    let visits: Vec<(&str, u64)> = report.nodes.iter().map(|node| (node.name.as_str(), node.times.count)).collect();
    assert_eq!(visits, [("b", 27), ("a", 20), ("c", 20), ("d", 20)]);
    let place = |name: &str| report.place(name).expect("a node");
    let edge = report.edges.iter().find(|edge| (edge.from, edge.to) == (place("b"), place("b"))).expect("a loop");
    assert_eq!((edge.times.count, edge.times.mean), (5, 1_000));
    assert_eq!(report.nodes[place("c")].times.p50, 180_000);
    assert_eq!((report.starts.as_slice(), report.ends.as_slice()), (&[(place("a"), 20)][..], &[(place("d"), 20)][..]));
    assert_eq!(report.nodes[place("c")].flagged, 20, "it decides, and takes minutes");
    for (section, count) in Section::ALL.into_iter().zip([7, 3, 11, 4, 1, 1, 0, 4]) {
        assert_eq!(report.count(section), count, "{section:?}");
    }
    assert_eq!((report.rework, report.errors), ([250_000, 5, 5], [150_000, 3, 0]));
}

#[test]
fn of_very_many_nodes_the_most_visited_are_read() {
    let mut interactions = String::from("a b x3");
    for at in 0..200 {
        interactions.push_str(&format!("; a z{at} b"));
    }
    let report = Report::parse(&Scene::open(&interactions).report("/report")).expect("a report");
    assert_eq!((report.nodes.len(), report.node_count), (NODES_MAX, 202));
    assert_eq!((report.nodes[0].name.as_str(), report.nodes[1].name.as_str()), ("a", "b"));
    assert!(report.edges.iter().all(|edge| edge.from < NODES_MAX && edge.to < NODES_MAX));
}

#[test]
fn what_is_no_report_is_refused() {
    for text in ["", "{}", "[]", "null", "{\"interactions\":\"many\"}", "{\"interactions\":3}", "<html>"] {
        assert_eq!(Report::parse(text), None, "{text}");
    }
    let bare = Report::parse(
        "{\"interactions\":0,\"dwell\":[{\"node\":\"a\"},7,null],\"dfg\":{\"edges\":[{\"from\":\"a\",\"to\":\"b\"}]}}",
    );
    assert!(bare.is_some_and(|report| report.edges.is_empty()), "an edge without its node is none");
}

fn snapshot(scene: &Scene) -> Snapshot {
    Snapshot::parse(&scene.snapshot()).expect("a snapshot")
}
