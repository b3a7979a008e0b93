//! What is expected, what came, and whether that may be relied on.

use cxpulse_core::retrieval::{AuditEntry, Compliance, Expectation, Share};
use cxpulse_core::retrieval::{Event, Retrieval};

use super::{NOW, answer, asked, order, read};

#[test]
fn more_than_nineteen_of_twenty_are_verified() {
    for (got, total, status) in [
        (100, 100, Compliance::Verified),
        (96, 100, Compliance::Verified),
        (95, 100, Compliance::ReviewRequired),
        (0, 0, Compliance::Verified),
    ] {
        let order = order(r#""interaction_ids": ["a"], "page_size": 1000"#);
        let mut retrieval = Retrieval::open(&order);
        let mut open = asked(&retrieval.step(&order, Event::Woken, NOW));
        while let Some(call) = open.pop() {
            let rows = if call.page == 0 { u32::try_from(got).expect("few") } else { 0 };
            open.extend(asked(&answer(&mut retrieval, &order, call, read(rows, 0, Some(total), got), 700)));
        }
        let completion = retrieval.completion(&order).expect("it is over");
        assert_eq!((completion.compliance_status, completion.expected_by), (status, Some(Expectation::Total)), "{got}");
        assert_eq!(completion.latency_ms, 700);
        let entry = AuditEntry::of(&order, &completion, NOW);
        assert_eq!(
            (entry.interaction_id.as_deref(), entry.query_filter.as_str()),
            (Some("a"), "interactionId IN ['a']")
        );
        assert_eq!((entry.records_processed, entry.accuracy_rate), (got, Some(Share::of(got, total))));
    }
}

#[test]
fn a_share_is_stored_and_read_again_as_it_was() {
    for part in 0..=3_000 {
        let share = Share::of(part, 2_999);
        let text = serde_json::to_string(&share).expect("it is a number");
        assert_eq!(serde_json::from_str::<Share>(&text).ok(), Some(share), "{text}");
    }
    assert_eq!(serde_json::to_string(&Share::of(2, 3)).ok().as_deref(), Some("0.6666"));
}
