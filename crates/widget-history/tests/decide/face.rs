//! What people read, in both languages.

use super::script::{SEEN, THREE, Watch};

#[test]
fn every_state_has_a_headline_in_both_languages() {
    let rows = [
        ("src https://x", "Loading", "Lädt"),
        ("src https://x | opened | told", "Accepted", "Angenommen"),
        ("src https://x | opened | told woken; page 20 of 100", "Loading", "Lädt"),
        ("src https://x | opened | told woken; page 20 of 20", "Complete", "Vollständig"),
        ("src https://x | opened | told woken; page 20 of 100; cancel", "Canceled", "Abgebrochen"),
    ];
    for (script, english, german) in rows {
        let watch = Watch::of(THREE, script);
        assert_eq!((watch.face("en").headline().1, watch.face("de-AT").headline().1), (english, german), "{script}");
    }
}

#[test]
fn what_has_come_and_what_it_came_to_is_said() {
    let mut watch = Watch::of(THREE, "src https://x | opened | told woken; +2000ms; page 100 of 1434");
    let snapshot = watch.model.feed.snapshot.clone().expect("a snapshot");
    assert_eq!(watch.face("en").progress(&snapshot), "100 of 1,434 rows");
    assert_eq!(watch.face("de").progress(&snapshot), "100 von 1.434 Zeilen");
    assert_eq!(watch.face("en").facts(&snapshot), ["600 steps", "1 page"]);
    watch.take("told cancel");
    let completion = watch.model.feed.snapshot.as_ref().and_then(|it| it.completion.clone()).expect("how it came out");
    assert_eq!(watch.face("en").completion(&completion), "100 of 1,434 records, by CXone’s total, accuracy 7\u{a0}%");
    let by_nobody = cxpulse_widget_history::snapshot::Completion { expected: None, ..completion };
    assert_eq!(watch.face("en").completion(&by_nobody), "100 records, nobody said how many there are");
}

#[test]
fn a_wait_says_what_for_and_how_long() {
    let watch = Watch::of(THREE, "src https://x | opened | told woken; waits 7000");
    assert_eq!(watch.face("en").waiting(), "Rate limited, next attempt in 7\u{a0}s");
    let stopped = Watch::of(THREE, "src https://x | opened | told woken");
    assert_eq!(stopped.face("en").waiting(), "");
}

#[test]
fn filters_are_named_after_what_they_let_through() {
    let mut watch = Watch::of(THREE, SEEN);
    let id = cxpulse_core::history::variant_id(["a", "b", "c", "d"].into_iter());
    for step in [format!("press variant {id}"), "answer".into(), "press node b".into(), "answer".into()] {
        watch.take(&step);
    }
    let plan = watch.plan();
    for words in ["Variant: a → … → d (4)", "Through: b", "aria-label=Remove filter: Through: b", "data-do=widen"]
    {
        assert!(plan.contains(words), "{words} in {plan}");
    }
    assert_eq!(watch.face("en").spoken_report(), "Shown: 12 interactions");
}

#[test]
fn a_node_says_all_there_is_to_know_of_it() {
    let watch = Watch::of(THREE, SEEN);
    let shown = watch.model.shown().expect("a report");
    let at = shown.report.place("b").expect("a node");
    let aloud = watch.face("en").aloud(&shown.report, &shown.map, at, &shown.report.nodes[at]);
    assert_eq!(aloud, "b, 27 visits, mean 2.0\u{a0}s, then c 17, b 5, d 5");
    let last = shown.report.place("d").expect("a node");
    let aloud = watch.face("de").aloud(&shown.report, &shown.map, last, &shown.report.nodes[last]);
    assert_eq!(aloud, "d, 20 Besuche, im Mittel 4,0\u{a0}s, danach Ende 20");
}
