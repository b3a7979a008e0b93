//! When spans leave, and what becomes of them: OTLP's rules for answers.

use cxpulse_core::export::{Exporter, Fate, Receipt, parse_pairs};
use cxpulse_core::time::Span;
use proptest::prelude::*;

use crate::check::NOON;

#[test]
fn an_answer_decides_over_a_batch_as_the_protocol_says() {
    let partial = r#"{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}}"#;
    for (status, body, fate) in [
        (Some(200), "{}", Fate::Taken { rejected: 0 }),
        (Some(200), partial, Fate::Taken { rejected: 3 }),
        (Some(200), r#"{"partialSuccess": {"rejectedSpans": 4}}"#, Fate::Taken { rejected: 4 }),
        (Some(200), r#"{"partialSuccess": {}}"#, Fate::Taken { rejected: 0 }),
        (Some(200), r#"{"partialSuccess": {"rejectedSpans": "-1"}}"#, Fate::Taken { rejected: 0 }),
        (Some(202), "not JSON", Fate::Taken { rejected: 0 }),
        (Some(429), "", Fate::Kept),
        (Some(502), "", Fate::Kept),
        (Some(503), "", Fate::Kept),
        (Some(504), "", Fate::Kept),
        (None, "", Fate::Kept),
        (Some(301), "", Fate::Refused),
        (Some(400), partial, Fate::Refused),
        (Some(401), "", Fate::Refused),
        (Some(404), "", Fate::Refused),
        (Some(413), "", Fate::Refused),
        (Some(500), "", Fate::Refused),
        (Some(501), "", Fate::Refused),
    ] {
        let receipt = status.map_or(Receipt::NONE, |status| Receipt::read(status, None, body));
        let mut exporter = under_way();
        assert_eq!(exporter.exported(receipt, false, 7, NOON), fate, "{status:?} {body}");
        assert_eq!(exporter.next_wake_at().is_some(), fate == Fate::Kept, "{status:?}: it waits for what is kept");
    }
}

#[test]
fn spans_gather_for_a_while_and_leave_together() {
    let mut exporter = Exporter::default();
    assert_eq!(exporter.next_wake_at(), None);
    exporter.queued(NOON);
    let due_at = exporter.next_wake_at().expect("something waits");
    assert!(due_at > NOON && due_at <= NOON.plus(Span::from_secs(5)));
    exporter.queued(due_at.minus(Span::from_millis(1)));
    assert_eq!(exporter.next_wake_at(), Some(due_at), "who comes later changes nothing");
    assert!(!exporter.take_due(due_at.minus(Span::from_millis(1))));
    assert!(exporter.take_due(due_at));
    assert!(!exporter.take_due(due_at), "one batch at a time");
    exporter.queued(due_at);
    let taken = Receipt::read(200, None, "{}");
    assert_eq!(exporter.exported(taken, true, 7, due_at), Fate::Taken { rejected: 0 });
    assert!(exporter.take_due(due_at), "the next batch leaves at once");
    exporter.exported(taken, false, 7, due_at);
    assert_eq!(exporter, Exporter::default());
}

#[test]
fn a_batch_whose_process_was_lost_leaves_again() {
    let mut exporter = under_way();
    let stored = serde_json::to_string(&exporter).expect("it can be written");
    exporter = serde_json::from_str(&stored).expect("it can be read");
    assert!(!exporter.take_due(NOON), "it may still come back");
    let later = exporter.next_wake_at().expect("it is not waited for without an end");
    let mut overdue = exporter;
    assert!(overdue.take_due(later));
    exporter.interrupted();
    assert!(exporter.take_due(NOON));
}

#[test]
fn retry_after_is_obeyed_within_reason() {
    let busy = |seconds| Receipt::read(503, Some(Span::from_secs(seconds)), "");
    for (asked, waited) in [(1, 1), (60, 60), (86_400, 300)] {
        let mut exporter = under_way();
        exporter.exported(busy(asked), true, 7, NOON);
        assert_eq!(exporter.next_wake_at(), Some(NOON.plus(Span::from_secs(waited))), "{asked}");
    }
}

#[test]
fn a_list_of_pairs_is_read_as_opentelemetry_writes_it() {
    for (text, pairs) in [
        ("", Some(vec![])),
        ("api-key=secret", Some(vec![("api-key", "secret")])),
        (" api-key = a=b== , x-team=edge%20one%2C%C3%A9,", Some(vec![("api-key", "a=b=="), ("x-team", "edge one,é")])),
        ("a=", Some(vec![("a", "")])),
        ("a", None),
        ("=b", None),
        ("a=%", None),
        ("a=%2", None),
        ("a=%zz", None),
        ("a=%+1", None),
        ("a=%ff", None),
        ("a=%é", None),
        ("a=1,b", None),
    ] {
        let own = |pairs: Vec<(&str, &str)>| pairs.into_iter().map(|(a, b)| (a.into(), b.into())).collect::<Vec<_>>();
        assert_eq!(parse_pairs(text), pairs.map(own), "{text}");
    }
}

proptest! {
    #[test]
    fn waits_double_up_to_their_limit(seed in any::<u64>(), failures in 1..40_u32) {
        let mut exporter = under_way();
        let mut now = NOON;
        for number in 0..failures {
            exporter.exported(Receipt::NONE, true, seed, now);
            let at = exporter.next_wake_at().expect("it is tried again");
            let full = Span::from_secs(1 << number.min(9)).min(Span::from_secs(300));
            let wait = at.since(now);
            prop_assert!(wait <= full && wait.as_millis() >= full.as_millis() / 2, "{number}: {wait:?}");
            now = at;
            prop_assert!(exporter.take_due(now));
        }
        exporter.exported(Receipt::read(200, None, ""), true, seed, now);
        prop_assert!(exporter.take_due(now), "what follows a success does not wait");
    }
}

/// A batch that left at noon.
fn under_way() -> Exporter {
    let mut exporter = Exporter::default();
    exporter.queued(NOON.minus(Span::from_secs(60)));
    assert!(exporter.take_due(NOON));
    exporter
}
