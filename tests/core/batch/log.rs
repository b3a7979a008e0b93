//! What is written down of a batch: its journal, which can be run again, and its records.

use cxpulse_core::audit::{Kind, Record, Who};
use cxpulse_core::batch::{Batch, BatchEntry, BatchHappened, Event, Names, Turn};
use cxpulse_core::execution::Reason;
use cxpulse_core::listing::{AuditCursor, Subject};
use cxpulse_core::metrics::Tally;
use cxpulse_core::span::span_of;
use cxpulse_core::time::Span;
use cxpulse_core::wire::Waiting;
use expect_test::expect;

use super::FIVE;
use crate::check::{BatchScene, NOON};

#[test]
fn a_journal_run_again_leads_to_the_same_batch() {
    let mut scene = BatchScene::open(FIVE);
    let mut lines = vec![line(&BatchEntry::opened(&scene.order))];
    let story = "woken; a failed; +5s; b fallback; b fallback; c cached; cancel; woken; d canceled; e canceled; redrive; \
                 a successful; b retried; +700s; woken; d degraded";
    for happening in story.split(';').map(str::trim) {
        let Some(event) = scene.event(happening) else { continue };
        let turn = scene.step(event.clone());
        let number = u64::try_from(lines.len()).expect("a count") + 1;
        lines.extend(BatchEntry::of(number, scene.now.into(), event, &turn, &scene.batch).as_ref().map(line));
    }
    let names = Names::new(scene.items.iter().map(|item| &item.id));
    let mut entries = lines.iter().map(|line| serde_json::from_str::<BatchEntry>(line).expect("our own entry"));
    let Some(BatchHappened::Opened(order)) = entries.next().map(|entry| entry.happened) else {
        unreachable!("the first entry is the opening")
    };
    let mut again = Batch::open(&order, names);
    for entry in entries {
        let BatchHappened::Event(event) = entry.happened else { unreachable!("it is opened once") };
        let turn = again.step(&order, event, entry.at.0);
        assert_eq!((turn.effects, again.standing().seq()), (entry.effects, entry.seq));
    }
    assert_eq!((again.standing(), again.grid()), (scene.batch.standing(), scene.batch.grid()));
    assert!((0..5).all(|index| again.item(index) == scene.batch.item(index)));
    assert_eq!(lines.len(), 13, "what changed nothing is not written down: {lines:#?}");
}

#[test]
fn what_is_waited_for_is_told_and_not_written_down() {
    let mut scene = BatchScene::after(FIVE, "woken; a failed");
    let before = scene.batch.clone();
    let turn = scene.step(Event::WaitChanged);
    assert_eq!(scene.batch.standing().seq(), before.standing().seq() + 1, "who looks on sees that it is news");
    assert_eq!(turn, Turn { is_changed: true, ..Turn::default() });
    assert_eq!(BatchEntry::of(9, NOON.into(), Event::WaitChanged, &turn, &scene.batch), None);
    // It neither starts nor stops anything, whatever is due.
    scene.now = scene.batch.standing().deadline_at();
    assert_eq!(scene.step(Event::WaitChanged), Turn { is_changed: true, ..Turn::default() });
    assert_eq!((scene.batch.summary(), scene.batch.standing().stop()), (before.summary(), None));
    scene.play("cancel");
    for end in ["b canceled", "c canceled"] {
        scene.play(end);
    }
    let over = scene.batch.standing().seq();
    assert!(scene.batch.standing().ended().is_some(), "{}", scene.place());
    assert!(!scene.step(Event::WaitChanged).is_changed);
    assert_eq!(scene.batch.standing().seq(), over, "what is over stays so");
}

#[test]
fn another_reason_is_news_and_an_instant_once_the_one_before_has_passed() {
    let at = |seconds| NOON.plus(Span::from_secs(seconds));
    let waiting = |reason, seconds| Some(Waiting { reason, until: at(seconds).into() });
    let is_news =
        |waited: Option<Waiting>, shown: Option<Waiting>| Waiting::is_news(waited.as_ref(), shown.as_ref(), NOON);
    let limited = waiting(Reason::RateLimited, 30);
    assert!(is_news(limited, waiting(Reason::Permit, 30)), "another reason");
    assert!(is_news(limited, None) && is_news(None, limited), "it waits, or no more");
    assert!(is_news(limited, waiting(Reason::RateLimited, 0)), "what was said has passed");
    assert!(!is_news(limited, waiting(Reason::RateLimited, 1)), "what was said still holds");
    assert!(!is_news(limited, limited) && !is_news(None, None));
    let past = waiting(Reason::RateLimited, 0);
    assert!(!is_news(past, past), "nothing newer is known");
}

#[test]
fn records_tell_of_a_batch_and_its_generations() {
    let mut scene = BatchScene::after(FIVE, "woken; +2s; a failed; b failed; c failed; d failed");
    let opened = Record::batch_opened(&scene.order, Who::Key("crm".into()));
    expect![[r#"{"number":1,"at":"2026-11-21T10:00:00.000Z","kind":"opened","flow":"bat_44444444444444444444444444444444","generation":1,"items":5,"tenant":"default","who":"key:crm","trace_id":"55555555555555555555555555555555","sampled":true,"span_id":"3d23dce41c588f8d","action_id":"sim-fast"}"#]]
        .assert_eq(&serde_json::to_string(&opened).expect("JSON"));
    assert_eq!(Record::batch_ended(&scene.order, &scene.batch, &Turn::default(), 2), None);
    let turn = end(&mut scene, "e failed");
    let ended = Record::batch_ended(&scene.order, &scene.batch, &turn, 2).expect("it has ended");
    assert_eq!(
        (ended.kind, ended.code.as_deref(), ended.took_ms),
        (Kind::Ended, Some("NOTHING_ANSWERED"), Some(2_000))
    );
    assert!(span_of(&ended).is_some_and(|span| span.contains("\"batch\"") && span.contains("cxpulse.batch.id")));
    let redriven = Record::batch_redriven(&scene.order, 3, NOON, Who::Key("crm".into()), 2, 5);
    scene.play("redrive");
    scene.play("cancel");
    scene.play("a canceled");
    let turn = end(&mut scene, "b canceled");
    let again = Record::batch_ended(&scene.order, &scene.batch, &turn, 4).expect("it has ended again");
    assert_eq!((again.code.as_deref(), span_of(&again)), (Some("CANCELED"), None));
    let mut tally = Tally::default();
    [opened, ended, redriven, again].iter().for_each(|record| tally.count(record, NOON));
    assert_eq!(tally.get("executions_opened") + tally.get("executions_ended|failed"), 0, "a batch is no execution");
    let counted = [
        "batches_opened",
        "batches_ended|failed",
        "batches_ended|canceled",
        "batch_redrives",
        "batch_items_planned|start",
        "batch_items_planned|redrive",
        "batch_duration_seconds|2.5",
        "accesses|redrive|true",
    ];
    assert_eq!(counted.map(|series| tally.get(series)), [1, 1, 1, 1, 5, 5, 1, 1]);
}

#[test]
fn a_cursor_of_the_audit_log_leads_past_batches_too() {
    let text = "1795255200000.bat_44444444444444444444444444444444.12";
    let cursor = AuditCursor::parse(text).expect("it is ours");
    assert!(matches!(cursor.subject, Some(Subject::Flow(_))));
    assert_eq!(cursor.to_string(), text);
}

fn end(scene: &mut BatchScene, happening: &str) -> Turn {
    let event: Event = scene.event(happening).expect("it is an end");
    scene.step(event)
}

fn line(entry: &BatchEntry) -> String {
    serde_json::to_string(entry).expect("an entry is JSON")
}
