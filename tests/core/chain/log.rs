//! What is written down of a chain: its journal, which can be run again, its records, and its place in lists.

use cxpulse_core::audit::{Kind, Record, Who};
use cxpulse_core::chain::{ChainEntry, ChainReplay, ChainReplayError, Effect, Event, Turn};
use cxpulse_core::listing::{AuditCursor, ChainListing, FlowCursor};
use cxpulse_core::metrics::Tally;
use cxpulse_core::span::span_of;
use expect_test::expect;

use crate::check::{ChainScene, NOON, bound, chain_request};

/// A story by hand, with the journal that a shell writes of it.
fn journal(nodes: &str, story: &str) -> (ChainScene, Vec<ChainEntry>) {
    let mut scene = ChainScene::by_hand(&chain_request(nodes, r#""notify": {"url": "https://example.com/hook"},"#), "");
    let mut entries = vec![ChainEntry::opened(&scene.order)];
    for happening in story.split(';').map(str::trim) {
        if happening == "restart" {
            scene.restart();
            continue;
        }
        let mut due: Vec<Event> = scene.event(happening).into_iter().collect();
        while let Some(event) = due.pop() {
            let turn = scene.step(event.clone());
            let number = u64::try_from(entries.len()).expect("a count") + 1;
            entries.extend(ChainEntry::of(number, scene.now.into(), event, &turn, &scene.chain));
            let asked = turn.effects.into_iter().filter_map(|effect| match effect {
                Effect::Bind { node } => Some(Event::NodeBound { node, bound: bound("go") }),
                Effect::Start { .. } | Effect::Cancel { .. } | Effect::Notify { .. } => None,
            });
            due.extend(asked);
        }
    }
    (scene, entries)
}

const STORY: &str = "woken; a successful; waits; +5s; b failed; b failed; c successful; restart; woken; redrive; restart; \
                     b successful; waits; cancel; woken; d canceled; redrive; +700s; woken; d degraded";

#[test]
fn a_journal_run_again_leads_to_the_same_chain() {
    let (scene, entries) = journal(super::DIAMOND, STORY);
    let mut replay = ChainReplay::begin(&entries[0]).expect("it opens a chain");
    for entry in &entries[1..] {
        let text = serde_json::to_string(entry).expect("an entry is JSON");
        let read = serde_json::from_str(&text).expect("our own entry");
        assert_eq!(replay.follow(&read), Ok(()), "{text}");
    }
    let told = |chain: &cxpulse_core::chain::Chain| {
        let nodes: Vec<String> = (0..chain.total()).map(|node| format!("{:?}", chain.item(node))).collect();
        format!("{:?} {:?} {nodes:?}", chain.summary(), chain.standing().ended())
    };
    assert_eq!(told(replay.chain()), told(&scene.chain));
    assert_eq!(replay.order(), &scene.order);
}

#[test]
fn a_journal_that_says_otherwise_is_found_out() {
    let (_, entries) = journal(super::DIAMOND, STORY);
    let play = |entries: &[ChainEntry]| {
        let mut replay = ChainReplay::begin(&entries[0])?;
        entries[1..].iter().try_for_each(|entry| replay.follow(entry))
    };
    assert_eq!(play(&entries), Ok(()));
    for at in 0..entries.len() {
        let mut without = entries.clone();
        without.remove(at);
        let is_last = at + 1 == entries.len();
        assert_eq!(play(&without).is_ok(), is_last, "entry {at} is not missed");
        let mut other = entries.clone();
        other[at].effects.push(Effect::Bind { node: 3 });
        assert!(matches!(play(&other), Err(ChainReplayError::Differs { .. })), "entry {at}");
        let mut other = entries.clone();
        other[at].seq = entries[at.saturating_sub(1)].seq - u64::from(at == 0);
        assert!(play(&other).is_err(), "entry {at}");
    }
    assert_eq!(play(&entries[1..]), Err(ChainReplayError::Order));
    let mut twice = entries.clone();
    twice[1] = ChainEntry { number: 2, ..entries[0].clone() };
    assert_eq!(play(&twice), Err(ChainReplayError::Order));
}

#[test]
fn records_tell_of_a_chain_and_its_generations() {
    let mut scene = ChainScene::after(&chain_request("a; b a; x", ""), "woken; +2s; a failed");
    let opened = Record::chain_opened(&scene.order, Who::Key("crm".into()));
    expect![[r#"{"number":1,"at":"2026-11-21T10:00:00.000Z","kind":"opened","flow":"chn_44444444444444444444444444444444","generation":1,"items":3,"tenant":"default","who":"key:crm","trace_id":"55555555555555555555555555555555","sampled":true,"span_id":"3d23dce41c588f8d"}"#]].assert_eq(&serde_json::to_string(&opened).expect("JSON"));
    assert_eq!(Record::chain_ended(&scene.order, &scene.chain, &Turn::default(), 2), None);
    let turn = end(&mut scene, "x successful");
    let partial = Record::chain_ended(&scene.order, &scene.chain, &turn, 2).expect("it has ended");
    assert_eq!((partial.kind, partial.code.as_deref(), partial.took_ms), (Kind::Ended, Some("PARTIAL"), Some(2_000)));
    let span = span_of(&partial).expect("it is sampled");
    assert!(
        span.contains("\"chain\"") && span.contains("cxpulse.chain.id") && !span.contains("cxpulse.batch.id"),
        "{span}"
    );
    let redriven = Record::chain_redriven(&scene.order, 3, NOON, Who::Key("crm".into()), 2, 2);
    scene.play("redrive");
    scene.play("cancel");
    let turn = end(&mut scene, "a canceled");
    let again = Record::chain_ended(&scene.order, &scene.chain, &turn, 4).expect("it has ended again");
    assert_eq!((again.code.as_deref(), span_of(&again)), (Some("CANCELED"), None));
    let refused = Record::chain_access(&scene.order, 5, NOON, Who::System, "graph", Some("no_scope"));
    assert_eq!((refused.allowed, refused.verb.as_deref()), (Some(false), Some("graph")));
    let mut tally = Tally::default();
    [opened, partial, redriven, again].iter().for_each(|record| tally.count(record, NOON));
    let counted = [
        "chains_opened",
        "chains_ended|partial",
        "chains_ended|canceled",
        "chain_redrives",
        "chain_nodes_planned|start",
        "chain_nodes_planned|redrive",
        "chain_duration_seconds|2.5",
        "batches_opened",
        "batch_redrives",
        "executions_opened",
    ];
    assert_eq!(counted.map(|series| tally.get(series)), [1, 1, 1, 1, 3, 2, 1, 0, 0, 0]);
}

#[test]
fn what_halted_a_chain_is_the_code_of_its_end() {
    let mut scene = ChainScene::after(&chain_request("a; b a", ""), "woken");
    let turn = end(&mut scene, "a failed");
    let ended = Record::chain_ended(&scene.order, &scene.chain, &turn, 2).expect("it has ended");
    assert_eq!(ended.code.as_deref(), Some("HALTED"));
    let mut scene = ChainScene::after(&chain_request("a continue", ""), "woken");
    let turn = end(&mut scene, "a failed");
    let ended = Record::chain_ended(&scene.order, &scene.chain, &turn, 2).expect("it has ended");
    assert_eq!(ended.code, None);
}

#[test]
fn a_list_shows_a_chain_without_its_nodes() {
    let scene = ChainScene::after(&chain_request("a; b a; x", r#""tags": ["nightly"],"#), "woken; +2s; a failed");
    let listing = ChainListing::of(&scene.order, &scene.chain, 3, "https://cxpulse.example");
    expect![[r#"
        {
          "id": "chn_44444444444444444444444444444444",
          "kind": "chain",
          "tenant": "default",
          "seq": 5,
          "status": "running",
          "outcome": null,
          "generation": 1,
          "summary": {
            "total": 3,
            "successful": 0,
            "failed": 1,
            "degraded": 0,
            "canceled": 0,
            "skipped": 0,
            "not_started": 1,
            "running": 1
          },
          "trace_id": "55555555555555555555555555555555",
          "tags": [
            "nightly"
          ],
          "dead_letters": 3,
          "created_at": "2026-11-21T10:00:00.000Z",
          "updated_at": "2026-11-21T10:00:02.000Z",
          "ended_at": null,
          "links": {
            "self": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444",
            "events": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/events",
            "socket": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/socket",
            "results": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/results",
            "graph": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/graph",
            "journal": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/journal",
            "cancel": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/cancel",
            "redrive": "https://cxpulse.example/v1/chains/chn_44444444444444444444444444444444/redrive",
            "embed": "https://cxpulse.example/embed/chain/chn_44444444444444444444444444444444"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&listing).expect("JSON"));
    let text = serde_json::to_string(&listing).expect("JSON");
    assert_eq!(serde_json::from_str::<ChainListing>(&text).expect("our own listing"), listing);
}

#[test]
fn cursors_lead_past_chains_too() {
    for text in [
        "1795255200000.chn_44444444444444444444444444444444.12",
        "1795255200000.bat_44444444444444444444444444444444.12",
    ] {
        assert_eq!(AuditCursor::parse(text).expect("it is ours").to_string(), text);
    }
    let text = "1795255200000.chn_44444444444444444444444444444444";
    assert_eq!(FlowCursor::parse(text).expect("it is ours").to_string(), text);
}

fn end(scene: &mut ChainScene, happening: &str) -> Turn {
    let event = scene.event(happening).expect("it is an end");
    scene.turn(event)
}
