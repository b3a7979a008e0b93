//! What comes from the server: snapshots, items, previews, whole or broken.

use cxpulse_element::flow::reason_of;
use cxpulse_element::reading::Snapshot as _;
use cxpulse_widget_batch::item::{Page, Preview, letters};
use cxpulse_widget_batch::snapshot::{Class, Snapshot, State};

use super::script::{PREVIEW, page, snapshot};

#[test]
fn a_snapshot_is_read_for_what_is_shown() {
    let read = Snapshot::parse(&snapshot(3, "running")).expect("a snapshot");
    assert_eq!((read.state, read.generation, read.summary.total), (State::Running, 2, 10));
    assert_eq!(Class::ALL.map(|class| read.summary.of(class)), [3, 1, 2, 0, 2, 2]);
    assert_eq!((read.summary.ended(), read.permille(), read.summary.redrivable()), (6, 600, 5));
    assert_eq!((read.rate.as_deref(), read.sources), (Some("12.4"), [1, 0, 1]));
    assert_eq!(read.failures.first().map(|group| (group.count, group.items.len())), Some((2, 2)));
    assert!(!read.is_terminal() && read.waiting.is_some());
    for outcome in ["completed", "partial", "failed", "canceled", "timed_out"] {
        let ended = Snapshot::parse(&snapshot(9, outcome)).expect("a snapshot");
        assert_eq!((ended.state.name(), ended.is_terminal()), (outcome, true));
    }
}

#[test]
fn a_snapshot_without_what_matters_is_none() {
    let whole = snapshot(3, "running");
    for (field, broken) in [
        ("\"id\"", "\"no\""),
        ("\"seq\":3", "\"seq\":-3"),
        ("\"running\",", "\"strolling\","),
        ("\"total\":10", "\"all\":10"),
        ("\"created_at\":\"2", "\"created_at\":\"x"),
    ] {
        assert_eq!(Snapshot::parse(&whole.replacen(field, broken, 1)), None, "{field}");
    }
    assert_eq!(Snapshot::parse(&whole[..whole.len() / 2]), None);
}

#[test]
fn rates_are_cut_to_a_tenth() {
    for (written, shown) in
        [("12.46", "12.4"), ("3", "3"), ("3.0", "3"), ("0.05", "0"), ("1e-7", "0"), ("1234.5", "1234.5")]
    {
        let text = snapshot(3, "running").replace("12.46", written);
        assert_eq!(Snapshot::parse(&text).and_then(|it| it.rate).as_deref(), Some(shown), "{written}");
    }
}

#[test]
fn a_page_has_its_items_and_leaves_out_what_is_none() {
    let read = Page::parse(&page(25, 25, 60)).expect("a page");
    assert_eq!((read.items.len(), read.offset, read.total), (25, 25, 60));
    let first = read.items.first().expect("an item");
    assert_eq!((first.id.as_str(), first.index, first.class, first.attempts), ("item-25", 25, Class::Failed, 3));
    assert_eq!(first.page(Some("T")).as_deref(), Some("https://x/embed/execution/exe_1-25#token=T"));
    let broken = page(0, 2, 2).replacen("\"failed\"", "\"resting\"", 1);
    assert_eq!(Page::parse(&broken).map(|read| read.items.len()), Some(1));
    for text in ["", "{}", r#"{"items":[]}"#, r#"{"items":[],"pagination":{"total":"x"}}"#] {
        assert_eq!(Page::parse(text), None, "{text}");
    }
}

#[test]
fn a_link_leads_to_the_web_or_nowhere() {
    for execution in ["javascript:alert(1)//v1/executions/exe_1", "https://x/v2/executions/exe_1", ""] {
        let text = page(0, 1, 1).replace("https://x/v1/executions/exe_1-0", execution);
        let read = Page::parse(&text).expect("a page");
        assert_eq!(read.items.first().and_then(|item| item.page(Some("T"))), None, "{execution}");
    }
}

#[test]
fn previews_letters_and_reasons_are_read() {
    let preview = Preview::parse(PREVIEW).expect("a preview");
    assert_eq!((preview.count, preview.may_have_run, preview.items.len()), (3, 1, 3));
    assert_eq!(preview.counts.map(|(_, count)| count), [2, 1, 0, 0]);
    assert_eq!(Preview::parse(&snapshot(3, "running")), None);
    assert_eq!((letters(r#"{"grid":"sfd"}"#).as_deref(), letters("{}")), (Some("sfd"), None));
    assert_eq!(reason_of(r#"{"title":"No","detail":"not yours"}"#), "not yours");
    assert_eq!((reason_of(r#"{"title":"No"}"#), reason_of("<html>")), ("No".into(), String::new()));
}
