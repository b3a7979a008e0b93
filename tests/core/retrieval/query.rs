//! The filter that CXone is sent: every value quoted, and none that could end its quotes.

use cxpulse_core::retrieval::{HistoryQuery, InteractionId};
use cxpulse_core::time::Timestamp;
use proptest::prelude::*;

#[test]
fn conditions_are_joined_in_cxones_words() {
    let id = |text: &str| InteractionId::parse(text).expect("it is an id");
    let at = |text| Timestamp::parse_rfc3339(text).ok();
    let query = HistoryQuery {
        interaction_ids: vec![id("a1b2-c3"), id("x.y:z@w")],
        start: at("2026-11-20T10:00:00+01:00"),
        end: at("2026-11-21T00:00:00.5Z"),
        error_state: Some(true),
    };
    let filter = "interactionId IN ['a1b2-c3', 'x.y:z@w'] AND nodeTimestamp >= '2026-11-20T09:00:00.000Z' \
                  AND nodeTimestamp <= '2026-11-21T00:00:00.500Z' AND errorState = True";
    assert_eq!(query.filter(), filter);
    assert_eq!(HistoryQuery { error_state: Some(false), ..HistoryQuery::default() }.filter(), "errorState = False");
    assert_eq!(HistoryQuery::default().filter(), "");
}

#[test]
fn an_id_that_could_end_its_quotes_is_none() {
    for text in ["", "'", "a'b", "a\\", "a b", "a]", "[a", "a,b", "a\n", "é", "a\"b", "a;b", &"x".repeat(129)] {
        assert!(InteractionId::parse(text).is_err(), "{text:?}");
    }
    assert!(InteractionId::parse("x".repeat(128)).is_ok());
}

proptest! {
    #[test]
    fn whatever_is_an_id_stands_in_the_filter_as_one_text(ids in proptest::collection::vec("\\PC{1,20}", 1..6)) {
        let ids: Vec<InteractionId> = ids.into_iter().filter_map(|id| InteractionId::parse(id).ok()).collect();
        let filter = HistoryQuery { interaction_ids: ids.clone(), ..HistoryQuery::default() }.filter();
        let inside: Vec<&str> = filter.split('\'').skip(1).step_by(2).collect();
        prop_assert_eq!(inside, ids.iter().map(InteractionId::as_str).collect::<Vec<_>>());
    }
}
