//! What the core makes of chains, read; and what is none of it, refused.

use cxpulse_element::reading::Snapshot as _;
use cxpulse_widget_chain::results::{Preview, output};
use cxpulse_widget_chain::snapshot::{Class, Reason, Snapshot, Source, State, Stop};

use super::scene::Scene;
use super::script::DIAMOND;

#[test]
fn every_class_source_and_reason_of_a_chain_is_read() {
    let chain = "a; b a; c a continue; d a fallback; e b; g when; h g; i c,d; j; k j; l";
    let story = "woken; +2000ms; a successful; +1000ms; b failed; +1000ms; c unknown; d canceled; +3000ms; i retried; j late; k cached; \
                 cancel; l canceled";
    let snapshot = Snapshot::parse(&Scene::after(chain, story).snapshot()).expect("a snapshot");
    let needs = |name: &str| Some(Reason::Needs(name.into()));
    let expected = [
        ("a", Class::Successful, None, None),
        ("b", Class::Failed, None, None),
        ("c", Class::Failed, None, Some(Reason::Continue)),
        ("d", Class::Degraded, Some(Source::Fallback), Some(Reason::Fallback)),
        ("e", Class::NotStarted, None, needs("b")),
        ("g", Class::Skipped, None, Some(Reason::When)),
        ("h", Class::Skipped, None, Some(Reason::NeedsSkipped)),
        ("i", Class::Successful, Some(Source::Retried), None),
        ("j", Class::Degraded, Some(Source::Degraded), Some(Reason::Late)),
        ("k", Class::Successful, Some(Source::Cached), None),
        ("l", Class::Canceled, None, None),
    ];
    let read = snapshot.nodes.iter().map(|node| (node.name.as_str(), node.class, node.source, node.reason.clone()));
    assert_eq!(read.collect::<Vec<_>>(), expected);
    assert_eq!((snapshot.state, snapshot.stopped), (State::Canceled, Some(Stop::Canceled)));
    assert_eq!((snapshot.total(), snapshot.count(Class::Skipped), snapshot.ended()), (11, 2, 10));
    assert_eq!(snapshot.redrivable(), 4);
    assert_eq!(snapshot.failures[0].1, 1);
}

#[test]
fn times_attempts_errors_and_executions_are_read() {
    let scene = Scene::after(DIAMOND, "woken; +1500ms; fetch retried; +500ms; score failed QUOTA");
    let snapshot = Snapshot::parse(&scene.snapshot()).expect("a snapshot");
    let [fetch, enrich, score, ..] = snapshot.nodes.as_slice() else { unreachable!("five nodes") };
    assert_eq!((fetch.attempts, fetch.latency_ms, enrich.latency_ms), (3, Some(1_500), None));
    assert!(enrich.started_at.is_some());
    assert_eq!(score.error, Some(("QUOTA".into(), "CXone says that the action failed".into())));
    let page = snapshot.page(fetch, Some("T")).expect("a page");
    assert!(
        page.starts_with("https://cxpulse.example/embed/execution/exe_44444") && page.ends_with("#token=T"),
        "{page}"
    );
    assert_eq!(snapshot.page(&snapshot.nodes[4], Some("T")), None, "it has not begun");
    let other = scene.snapshot().replace("https://cxpulse.example", "javascript:alert(1)//x");
    assert_eq!(
        Snapshot::parse(&other).expect("a snapshot").page(fetch, None),
        None,
        "no other scheme gets into a link"
    );
}

#[test]
fn what_is_no_snapshot_or_has_a_node_like_none_is_refused_or_left_out() {
    for text in ["", "null", "{}", r#"{"id":"chn_1","seq":1,"status":"running"}"#, "<html>"] {
        assert_eq!(Snapshot::parse(text), None, "{text}");
    }
    let text = Scene::open("a; b a").snapshot().replacen(r#""status":"not_started""#, r#""status":"unheard_of""#, 1);
    assert_eq!(Snapshot::parse(&text).map(|snapshot| snapshot.nodes.len()), Some(1));
}

#[test]
fn outputs_and_previews_are_read_as_the_core_writes_them() {
    let scene = Scene::after(DIAMOND, "woken; fetch failed");
    let text = scene.results("fetch", r#"{"id":9007199254740993,"b":[]}"#);
    assert_eq!(
        output(&text, "fetch").as_deref(),
        Some("{\n  \"id\": 9007199254740993,\n  \"b\": []\n}"),
        "no digit is lost"
    );
    assert_eq!(output(&text, "score").as_deref(), Some(""));
    assert_eq!((output("{}", "fetch"), output("", "fetch")), (None, None));
    let long = scene.results("fetch", &format!("[{}1]", "1,".repeat(20_000)));
    let shown = output(&long, "fetch").expect("an output");
    assert!(shown.len() < 17_000 && shown.ends_with('…'), "cut: {}", shown.len());
    let preview = Preview::parse(&scene.preview()).expect("a preview");
    assert_eq!((preview.count, preview.nodes.len(), preview.may_have_run), (5, 5, 0));
    assert_eq!(Preview::parse("{}"), None);
}
