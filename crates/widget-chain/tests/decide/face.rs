//! What a person reads and hears, in both languages.

use cxpulse_element::model::Problem;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_widget_chain::snapshot::{Reason, Snapshot, State};
use cxpulse_widget_chain::text::Words;

use super::scene::Scene;
use super::script::{DIAMOND, SEEN, Watch};

#[test]
fn a_running_chain_says_how_far_it_is_what_took_longest_and_what_it_waits_for() {
    let watch = Watch::of(DIAMOND, &format!("{SEEN} | told +1500ms; fetch retried; +2000ms; waits 12000"));
    let (face, snapshot) = (watch.face("en"), watch.model.feed.snapshot.as_deref().expect("a snapshot"));
    assert_eq!((face.headline(), face.title()), (("running", "Running"), "Chain"));
    assert_eq!((face.progress(snapshot), face.took(snapshot)), ("1 of 5 nodes".into(), "for 3\u{a0}s".into()));
    assert_eq!(face.critical(snapshot), "Critical path, 3.5\u{a0}s:");
    assert_eq!(face.waiting(), "Rate limited, next attempt in 12\u{a0}s (most running nodes)");
    let german = watch.face("de-AT");
    assert_eq!(german.progress(snapshot), "1 von 5 Knoten");
    assert_eq!(german.critical(snapshot), "Kritischer Pfad, 3,5\u{a0}s:");
}

#[test]
fn a_node_is_read_and_heard_with_all_there_is_to_know() {
    let watch =
        Watch::of(DIAMOND, &format!("{SEEN} | told +1500ms; fetch retried; +2000ms; score failed; +100ms; waits 900"));
    let (face, snapshot) = (watch.face("en"), watch.model.feed.snapshot.as_deref().expect("a snapshot"));
    let read: Vec<String> = snapshot.nodes.iter().map(|node| face.note(node)).collect();
    assert_eq!(
        read,
        ["Successful · 1.5\u{a0}s", "Running · for 2\u{a0}s", "Failed · 2.0\u{a0}s", "Not started", "Not started"]
    );
    let heard = |at: usize, critical: bool| face.aloud(at, &snapshot.nodes[at], critical);
    assert_eq!(heard(0, true), "fetch, Successful, 1.5\u{a0}s, 3 attempts, on the critical path");
    assert_eq!(heard(2, false), "score, Failed, 2.0\u{a0}s, UPSTREAM_FAILED, needs fetch");
    assert_eq!(heard(3, false), "update, Not started, needs enrich, score");
    assert_eq!(face.spoken_news(), "Failed: score");
}

#[test]
fn deeds_are_put_into_words() {
    let ended = format!("{SEEN} | may redrive | told fetch successful; enrich unknown; score failed | press redrive");
    let watch = Watch::of(DIAMOND, &ended);
    let preview = cxpulse_widget_chain::results::Preview::parse(&watch.scene.preview()).expect("a preview");
    assert_eq!(watch.face("en").preview(&preview), "4 nodes run again.");
    assert_eq!(
        (preview.nodes.join(" "), preview.after.join(" ")),
        ("enrich score update notify".into(), String::new())
    );
    assert_eq!(preview.may_have_run, 1);
    let running = Watch::of(DIAMOND, SEEN);
    let snapshot = running.model.feed.snapshot.as_deref().expect("a snapshot");
    let words = "Nodes that run and are canceled: 1. Nodes that do not start any more: 4.";
    assert_eq!(running.face("en").cancel(snapshot), words);
}

#[test]
fn every_state_problem_reason_and_stop_has_words_of_its_own_in_each_language() {
    let problems = [Problem::TokenRefused, Problem::Forbidden, Problem::NotFound, Problem::Refused, Problem::BadSource];
    let reasons = [
        Reason::Needs("fetch".into()),
        Reason::NeedsSkipped,
        Reason::When,
        Reason::Continue,
        Reason::Fallback,
        Reason::Late,
        Reason::Canceled,
        Reason::Deadline,
    ];
    for tag in ["en", "de"] {
        let words = Words::of(tag);
        let mut said: Vec<String> = problems.map(|problem| words.flow.problem(problem).to_owned()).to_vec();
        said.extend(State::ALL.map(|state| words.flow.state(state).to_owned()));
        said.extend(reasons.iter().map(|reason| words.reason(reason)));
        let count = said.len();
        said.sort();
        said.dedup();
        assert_eq!((said.len(), said.iter().any(String::is_empty)), (count, false), "{tag}");
    }
    assert!(Words::of("de").reason(&reasons[0]).contains("fetch"));
}

#[test]
fn an_end_says_how_long_it_took() {
    let scene = Scene::after("a; b a", "woken; +1200ms; a successful; +300ms; b successful");
    let snapshot = Snapshot::parse(&scene.snapshot()).expect("a snapshot");
    let watch = Watch::of("a; b a", &format!("{SEEN} | told +1200ms; a successful; +300ms; b successful | wait 9000"));
    assert_eq!(watch.face("en").took(&snapshot), "took 1.5\u{a0}s");
    assert_eq!(watch.face("en").headline(), ("completed", "Completed"));
}
