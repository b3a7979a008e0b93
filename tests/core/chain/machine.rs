//! The table of the machine: every event in every state of a node. Each state is one of node `b`, which needs `a`; `c` needs `b`.

use cxpulse_core::chain::{Bound, Event};
use expect_test::{Expect, expect};

use crate::check::{ChainScene, chain_request, check_chain};

/// Every event, as it may come to `b`: what binding it comes to, how its execution may end, and what is about the whole chain.
const EVENTS: [&str; 15] = [
    "woken",
    "deadline",
    "b go",
    "b skip",
    "b fault",
    "b successful",
    "b failed",
    "b degraded",
    "b fallback",
    "b canceled",
    "first b failed",
    "waits",
    "cancel",
    "redrive",
    "redrive b",
];

/// Each state with the way there, by hand, and what follows each event.
const STATES: [(&str, &str, &str); 12] = [
    ("waits for what it needs", "a; b a; c b", "woken; a go"),
    ("waits for room", "a; b; c b", "woken; a go"),
    ("is being bound", "a; b a; c b", "woken; a go; a successful"),
    ("runs", "a; b a; c b", "woken; a go; a successful; b go"),
    ("runs, and may fail", "a; b a continue; c b", "woken; a go; a successful; b go"),
    ("runs, and has a fallback", "a; b a fallback; c b", "woken; a go; a successful; b go"),
    ("runs, and is being canceled", "a; b a continue; c b", "woken; a go; a successful; b go; cancel"),
    ("is successful", "a; b a; c b", "woken; a go; a successful; b go; b successful; c go"),
    ("has failed", "a; b a; c b; x", "woken; a go; x go; a successful; b go; b failed"),
    ("is skipped", "a; b a; c b; x", "woken; a go; x go; a successful; b skip"),
    ("is not to start", "a; b a; c b; x", "woken; a go; x go; a failed"),
    ("is over", "a; b a; c b", "woken; a go; a successful; b go; b failed"),
];

#[test]
fn every_event_is_answered_in_every_state() {
    let mut told = String::new();
    for (state, nodes, way) in STATES {
        let more = if state == "waits for room" { r#""max_parallel": 1,"# } else { "" };
        let scene = ChainScene::by_hand(&chain_request(nodes, more), way);
        told.push_str(&format!("b {state} ({nodes}) {}\n", scene.place()));
        let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
        for event in EVENTS {
            let line = scene.clone().play(event);
            let result = line.split_once(" => ").map_or("", |(_, result)| result).to_owned();
            match rows.iter_mut().find(|(known, _)| *known == result) {
                Some((_, same)) => same.push(event),
                None => rows.push((result, vec![event])),
            }
        }
        for (result, events) in rows {
            told.push_str(&format!("    {}\n        => {result}\n", events.join(", ")));
        }
    }
    check(
        &told,
        &expect![[r#"
            b waits for what it needs (a; b a; c b) running: 2 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 2 not_started, 1 running
                b go, b skip, b fault, b successful, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                cancel
                    => cancel a#0 | running: 2 not_started, 1 running
                redrive, redrive b
                    => ignored idle
            b waits for room (a; b; c b) running: 2 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 2 not_started, 1 running
                b go, b skip, b fault, b successful, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                cancel
                    => cancel a#0 | running: 2 not_started, 1 running
                redrive, redrive b
                    => ignored idle
            b is being bound (a; b a; c b) running: 1 successful, 2 not_started
                woken
                    => bind b | running: 1 successful, 2 not_started
                deadline
                    => nothing | failed timed_out: 1 successful, 2 not_started
                b go
                    => start b#1 | running: 1 successful, 1 not_started, 1 running
                b skip
                    => nothing | completed completed: 1 successful, 2 skipped
                b fault
                    => nothing | failed failed: 1 successful, 1 failed, 1 not_started
                b successful, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                waits
                    => nothing | running: 1 successful, 2 not_started
                cancel
                    => nothing | canceled canceled: 1 successful, 2 not_started
                redrive, redrive b
                    => ignored idle
            b runs (a; b a; c b) running: 1 successful, 1 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 successful, 1 not_started, 1 running
                b go, b skip, b fault
                    => ignored stale
                b successful
                    => bind c | running: 2 successful, 1 not_started
                b failed, b degraded, first b failed
                    => nothing | failed failed: 1 successful, 1 failed, 1 not_started
                b fallback
                    => bind c | running: 1 successful, 1 degraded, 1 not_started
                b canceled
                    => nothing | failed failed: 1 successful, 1 canceled, 1 not_started
                cancel
                    => cancel b#1 | running: 1 successful, 1 not_started, 1 running
                redrive, redrive b
                    => ignored idle
            b runs, and may fail (a; b a continue; c b) running: 1 successful, 1 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 successful, 1 not_started, 1 running
                b go, b skip, b fault
                    => ignored stale
                b successful
                    => bind c | running: 2 successful, 1 not_started
                b failed, b degraded, b canceled, first b failed
                    => bind c | running: 1 successful, 1 failed, 1 not_started
                b fallback
                    => bind c | running: 1 successful, 1 degraded, 1 not_started
                cancel
                    => cancel b#1 | running: 1 successful, 1 not_started, 1 running
                redrive, redrive b
                    => ignored idle
            b runs, and has a fallback (a; b a fallback; c b) running: 1 successful, 1 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 successful, 1 not_started, 1 running
                b go, b skip, b fault
                    => ignored stale
                b successful
                    => bind c | running: 2 successful, 1 not_started
                b failed, b degraded, b fallback, b canceled, first b failed
                    => bind c | running: 1 successful, 1 degraded, 1 not_started
                cancel
                    => cancel b#1 | running: 1 successful, 1 not_started, 1 running
                redrive, redrive b
                    => ignored idle
            b runs, and is being canceled (a; b a continue; c b) running: 1 successful, 1 not_started, 1 running
                woken, deadline
                    => ignored too_early
                b go, b skip, b fault
                    => ignored stale
                b successful
                    => nothing | canceled canceled: 2 successful, 1 not_started
                b failed, b degraded, first b failed
                    => nothing | canceled canceled: 1 successful, 1 failed, 1 not_started
                b fallback
                    => nothing | canceled canceled: 1 successful, 1 degraded, 1 not_started
                b canceled
                    => nothing | canceled canceled: 1 successful, 1 canceled, 1 not_started
                waits, redrive
                    => nothing | running: 1 successful, 1 not_started, 1 running
                cancel
                    => ignored repeated
                redrive b
                    => ignored idle
            b is successful (a; b a; c b) running: 2 successful, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 2 successful, 1 running
                b go, b skip, b fault, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                b successful
                    => ignored repeated
                cancel
                    => cancel c#2 | running: 2 successful, 1 running
                redrive, redrive b
                    => ignored idle
            b has failed (a; b a; c b; x) running: 1 successful, 1 failed, 1 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 successful, 1 failed, 1 not_started, 1 running
                b go, b skip, b fault, b successful, b degraded, b fallback, b canceled
                    => ignored stale
                b failed, first b failed
                    => ignored repeated
                cancel
                    => cancel x#3 | running: 1 successful, 1 failed, 1 not_started, 1 running
                redrive, redrive b
                    => bind b | running: 1 successful, 2 not_started, 1 running
            b is skipped (a; b a; c b; x) running: 1 successful, 2 skipped, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 successful, 2 skipped, 1 running
                b go, b skip, b fault, b successful, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                cancel
                    => cancel x#3 | running: 1 successful, 2 skipped, 1 running
                redrive
                    => ignored idle
                redrive b
                    => bind b | running: 1 successful, 2 not_started, 1 running
            b is not to start (a; b a; c b; x) running: 1 failed, 2 not_started, 1 running
                woken
                    => ignored too_early
                deadline, waits
                    => nothing | running: 1 failed, 2 not_started, 1 running
                b go, b skip, b fault, b successful, b failed, b degraded, b fallback, b canceled, first b failed
                    => ignored stale
                cancel
                    => cancel x#3 | running: 1 failed, 2 not_started, 1 running
                redrive
                    => bind a | running: 3 not_started, 1 running
                redrive b
                    => ignored idle
            b is over (a; b a; c b) failed failed: 1 successful, 1 failed, 1 not_started
                woken, deadline, b go, b skip, b fault, waits, cancel
                    => ignored ended
                b successful, b degraded, b fallback, b canceled
                    => ignored stale
                b failed, first b failed
                    => ignored repeated
                redrive, redrive b
                    => bind b | running: 1 successful, 2 not_started
        "#]],
    );
}

/// Each kind of event stands in the table: a new one does not compile until it does.
#[test]
fn no_event_is_missing_from_the_table() {
    let kind = |event: &Event| match event {
        Event::Woken => "woken",
        Event::NodeBound { bound: Bound::Go, .. } => "go",
        Event::NodeBound { bound: Bound::Skip, .. } => "skip",
        Event::NodeBound { bound: Bound::Fault { .. }, .. } => "fault",
        Event::NodeEnded { .. } => "ended",
        Event::WaitChanged => "waits",
        Event::CancelRequested => "cancel",
        Event::RedriveRequested { .. } => "redrive",
    };
    let mut scene = ChainScene::by_hand(&chain_request("a; b a; c b", ""), "woken; a go; a successful");
    let mut seen: Vec<&str> = EVENTS.iter().filter_map(|words| scene.event(words)).map(|event| kind(&event)).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["cancel", "ended", "fault", "go", "redrive", "skip", "waits", "woken"]);
}

#[test]
fn what_was_asked_of_a_shell_that_died_is_asked_again() {
    let mut scene = ChainScene::by_hand(&chain_request("a; b", ""), "");
    let mut told: Vec<String> =
        ["woken", "restart", "woken", "a go", "restart", "woken", "b go", "b go", "restart", "woken"]
            .iter()
            .map(|words| scene.play(words))
            .collect();
    told.push(format!("due: {:?}", scene.chain.next_wake_at() == Some(scene.chain.standing().deadline_at())));
    check(
        &told.join("\n"),
        &expect![[r#"
        woken => bind a, bind b | running: 2 not_started
        restart => running: 2 not_started
        woken => bind a, bind b | running: 2 not_started
        a go => start a#0 | running: 1 not_started, 1 running
        restart => running: 1 not_started, 1 running
        woken => bind b | running: 1 not_started, 1 running
        b go => start b#1 | running: 2 running
        b go => ignored stale
        restart => running: 2 running
        woken => ignored too_early
        due: true"#]],
    );
}

#[test]
fn an_event_about_a_node_that_there_is_not_changes_nothing() {
    let mut scene = ChainScene::open(&chain_request("a", ""));
    scene.play("woken");
    let before = scene.chain.clone();
    let answer = crate::check::answer(cxpulse_core::id::Run::new(7).expect("a run"), 1, "successful", scene.now);
    for event in [
        Event::NodeBound { node: 7, bound: Bound::Go },
        Event::NodeEnded { node: 7, answer },
        Event::RedriveRequested { nodes: vec![7] },
    ] {
        let turn = scene.step(event);
        assert!(!turn.is_changed && turn.effects.is_empty() && turn.ignored.is_some(), "{turn:?}");
        assert_eq!(scene.chain, before);
    }
}

#[test]
fn a_restart_changes_nothing_whenever_it_comes() {
    let story = "woken; restart; a successful; restart; b failed; c successful; restart; redrive; restart; woken; \
                 b successful; restart; cancel; restart; d canceled; restart; redrive; restart; d successful; restart";
    let request = chain_request(super::DIAMOND, "");
    let play = |story: &str| {
        let mut scene = ChainScene::open(&request);
        story.split(';').map(|line| scene.play(line.trim())).collect::<Vec<_>>()
    };
    let with: Vec<String> = play(story).into_iter().filter(|line| !line.starts_with("restart")).collect();
    let without = story.replace("restart; ", "").replace("; restart", "");
    assert_eq!(with, play(&without));
    check_chain(
        &request,
        &without,
        &expect![[r#"
        woken => start a#0 | running: 3 not_started, 1 running
        a successful => start b#1, start c#2 | running: 1 successful, 1 not_started, 2 running
        b failed => nothing | running: 1 successful, 1 failed, 1 not_started, 1 running
        c successful => nothing | failed failed: 2 successful, 1 failed, 1 not_started
        redrive => start b#4 | running: 2 successful, 1 not_started, 1 running
        woken => ignored too_early
        b successful => start d#5 | running: 3 successful, 1 running
        cancel => cancel d#5 | running: 3 successful, 1 running
        d canceled => nothing | canceled canceled: 3 successful, 1 canceled
        redrive => start d#6 | running: 3 successful, 1 running
        d successful => nothing | completed completed: 4 successful
    "#]],
    );
}

#[track_caller]
fn check(told: &str, expect: &Expect) {
    expect.assert_eq(told);
}
