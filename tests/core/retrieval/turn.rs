//! Event by event: what follows each.

use cxpulse_core::call::Credential;
use cxpulse_core::execution::{Ignored, Reason};
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::profile::Profile;
use cxpulse_core::retrieval::{Event, FlowOutcome, OddityKind, PageAnswer, PageRead, Retrieval};
use cxpulse_core::time::Span;

use super::{NOW, WEEK, answer, asked, failed, order, order_by, read};

#[test]
fn the_first_page_comes_alone_and_the_others_five_at_a_time() {
    let order = order(WEEK);
    let mut retrieval = Retrieval::open(&order);
    assert_eq!(retrieval.next_wake_at(&order), Some(NOW));
    let first = asked(&retrieval.step(&order, Event::Woken, NOW));
    assert_eq!(first.iter().map(|call| call.page).collect::<Vec<_>>(), [0]);
    let more = asked(&answer(&mut retrieval, &order, first[0], read(10, 0, Some(73), 10), 5));
    assert_eq!(more.iter().map(|call| call.page).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let next = asked(&answer(&mut retrieval, &order, more[2], read(10, 0, Some(73), 20), 6));
    assert_eq!(next.iter().map(|call| call.page).collect::<Vec<_>>(), [6]);
    assert_eq!(retrieval.progress().window(&order, 7).map(|window| window.offset), Some(70));
}

#[test]
fn it_ends_when_all_that_there_is_has_come() {
    for (pages, total) in [(vec![10, 10, 3], Some(23)), (vec![10, 10, 3], None), (vec![0], Some(0)), (vec![0], None)] {
        let order = order(WEEK);
        let mut retrieval = Retrieval::open(&order);
        let mut open = asked(&retrieval.step(&order, Event::Woken, NOW));
        let mut held = 0;
        while let Some(call) = open.pop() {
            let rows = pages.get(usize::try_from(call.page).expect("few")).copied().unwrap_or(0);
            held += u64::from(rows);
            open.extend(asked(&answer(&mut retrieval, &order, call, read(rows, 0, total, held), 5)));
        }
        let completion = retrieval.completion(&order).expect("it is over");
        assert_eq!(retrieval.standing().ended().map(|(outcome, _)| outcome), Some(FlowOutcome::Completed));
        assert_eq!((completion.records_got, completion.records_expected), (held, total), "{pages:?}");
    }
}

#[test]
fn a_limit_is_kept_to_and_no_page_beyond_it_is_asked_for() {
    let order = order(&format!("{WEEK}, \"limit\": 25"));
    let mut retrieval = Retrieval::open(&order);
    let first = asked(&retrieval.step(&order, Event::Woken, NOW));
    let more = asked(&answer(&mut retrieval, &order, first[0], read(10, 0, Some(1_000), 10), 5));
    assert_eq!(more.len(), 2);
    assert_eq!(retrieval.progress().window(&order, 2).map(|window| window.limit), Some(5));
    answer(&mut retrieval, &order, more[0], read(10, 0, Some(1_000), 20), 6);
    answer(&mut retrieval, &order, more[1], read(5, 0, Some(1_000), 25), 7);
    assert_eq!(retrieval.completion(&order).map(|completion| completion.records_expected), Some(Some(25)));
}

#[test]
fn failures_wait_as_the_ladder_and_cxone_say_and_other_pages_go_on() {
    let order = order(WEEK);
    let mut retrieval = Retrieval::open(&order);
    let first = asked(&retrieval.step(&order, Event::Woken, NOW));
    let told = PageAnswer::Failed(Failure {
        retry_after: Some(Span::from_secs(9)),
        ..Failure::new(FailureKind::RateLimited, "429")
    });
    assert!(asked(&answer(&mut retrieval, &order, first[0], told, 5)).is_empty());
    assert_eq!(retrieval.next_wake_at(&order), Some(NOW.plus(Span::from_millis(9_005))));
    assert_eq!(retrieval.waits().first().map(|wait| wait.reason), Some(Reason::RateLimited));
    let again = asked(&retrieval.step(&order, Event::Woken, NOW.plus(Span::from_millis(9_005))));
    assert_eq!((again[0].page, again[0].attempt.get()), (0, 2));
    let stale = answer(&mut retrieval, &order, first[0], read(10, 0, Some(10), 10), 9_006);
    assert_eq!((stale.is_changed, stale.ignored), (false, Some(Ignored::Stale)));
}

#[test]
fn a_refused_token_is_renewed_once_and_other_refusals_end_it() {
    let order = order(WEEK);
    let open = || {
        let mut retrieval = Retrieval::open(&order);
        let first = asked(&retrieval.step(&order, Event::Woken, NOW))[0];
        (retrieval, first)
    };
    let (mut retrieval, first) = open();
    let again = asked(&answer(&mut retrieval, &order, first, failed(FailureKind::AuthExpired), 5));
    assert_eq!((again[0].credential, again[0].attempt), (Credential::Fresh, first.attempt));
    answer(&mut retrieval, &order, again[0], failed(FailureKind::AuthExpired), 6);
    assert_eq!(retrieval.standing().ended().map(|(outcome, _)| outcome), Some(FlowOutcome::Failed));
    for kind in [FailureKind::ScopeDenied, FailureKind::NotFound, FailureKind::ClientError] {
        let (mut retrieval, first) = open();
        answer(&mut retrieval, &order, first, failed(kind), 5);
        assert_eq!(
            retrieval.progress().shortfall.as_ref().map(|short| short.code.as_str()),
            Some("REJECTED"),
            "{kind:?}"
        );
    }
}

#[test]
fn what_fails_for_good_leaves_what_came() {
    let order = order(&format!("{WEEK}, \"backoff\": {{\"max_attempts\": 2}}"));
    let mut retrieval = Retrieval::open(&order);
    let first = asked(&retrieval.step(&order, Event::Woken, NOW));
    let more = asked(&answer(&mut retrieval, &order, first[0], read(10, 0, Some(20), 10), 5));
    answer(&mut retrieval, &order, more[0], failed(FailureKind::Transient), 6);
    let at = NOW.plus(Span::from_secs(60));
    let again = asked(&retrieval.step(&order, Event::Woken, at));
    retrieval.step(&order, Event::Answered { call: again[0], answer: failed(FailureKind::Transient) }, at);
    assert_eq!(retrieval.standing().ended(), Some((FlowOutcome::Partial, at)));
    assert_eq!(retrieval.progress().shortfall.as_ref().map(|short| short.code.as_str()), Some("UPSTREAM_FAILED"));
}

#[test]
fn a_history_that_changes_is_read_again_and_not_for_ever() {
    let order = order(WEEK);
    let mut retrieval = Retrieval::open(&order);
    let mut open = asked(&retrieval.step(&order, Event::Woken, NOW));
    let (mut total, mut held) = (20_u64, 0);
    while let Some(call) = open.pop() {
        // One more with each answer, for ever.
        total += 1;
        held += 1;
        let offset = u64::from(call.page) * 10;
        let rows = u32::try_from(total.saturating_sub(offset).min(10)).expect("few");
        open.extend(asked(&answer(&mut retrieval, &order, call, read(rows, rows / 2, Some(total), held), 5)));
        assert!(total < 200, "it comes to an end");
    }
    assert_eq!(retrieval.progress().pass, 3);
    let kinds: Vec<OddityKind> = retrieval.progress().oddities.iter().map(|oddity| oddity.kind).collect();
    assert!(kinds.contains(&OddityKind::HistoryChanged) && kinds.contains(&OddityKind::StillChanging), "{kinds:?}");
}

#[test]
fn a_page_that_repeats_for_ever_is_given_up() {
    for total in [None, Some(1_000_000)] {
        let order = order(WEEK);
        let mut retrieval = Retrieval::open(&order);
        let mut open = asked(&retrieval.step(&order, Event::Woken, NOW));
        let mut answers = 0;
        while let Some(call) = open.pop() {
            let foreign = if answers == 0 { 0 } else { 10 };
            answers += 1;
            open.extend(asked(&answer(&mut retrieval, &order, call, read(10, foreign, total, 10), 5)));
            assert!(answers < 20, "it comes to an end");
        }
        assert!(retrieval.progress().oddities.iter().any(|oddity| oddity.kind == OddityKind::PagesRepeat));
        assert_eq!(retrieval.progress().pass, 1, "another pass would go the same way");
    }
}

#[test]
fn a_cxone_that_gives_fewer_rows_than_asked_for_is_asked_for_what_it_gives() {
    let order = order(WEEK);
    let mut retrieval = Retrieval::open(&order);
    let first = asked(&retrieval.step(&order, Event::Woken, NOW));
    answer(&mut retrieval, &order, first[0], read(4, 0, Some(9), 4), 5);
    let window = retrieval.progress().window(&order, 2).expect("there is a third page");
    assert_eq!((window.offset, window.limit), (8, 4));
}

#[test]
fn cursors_lead_from_page_to_page_and_contacts_stand_side_by_side() {
    let text = include_str!("../../../crates/core/src/profile/interactions-history.json");
    let by_cursor = text
        .replace("\"offset\": \"{offset}\"", "\"cursor\": \"{cursor}\"")
        .replace("\"total\": \"/total\"", "\"next\": \"/next\"");
    let order = order_by(&Profile::parse(&by_cursor).expect("it is a profile"), WEEK);
    let mut retrieval = Retrieval::open(&order);
    let mut call = asked(&retrieval.step(&order, Event::Woken, NOW))[0];
    for (next, page) in [(Some("b"), 1), (Some("c"), 2)] {
        let PageAnswer::Read(plain) = read(10, 0, None, 10 * u64::from(page)) else { return };
        let told = PageAnswer::Read(PageRead { next: next.map(Into::into), ..plain });
        let more = asked(&answer(&mut retrieval, &order, call, told, 5));
        assert_eq!((more.len(), more[0].page, retrieval.progress().cursor()), (1, page, next));
        call = more[0];
    }
    answer(&mut retrieval, &order, call, read(2, 0, None, 22), 6);
    assert_eq!(retrieval.standing().ended().map(|(outcome, _)| outcome), Some(FlowOutcome::Completed));

    let states = Profile::built_in("cxone-state-history").expect("it is built in");
    let order = order_by(&states, r#""interaction_ids": ["1", "2", "3"]"#);
    let mut retrieval = Retrieval::open(&order);
    let calls = asked(&retrieval.step(&order, Event::Woken, NOW));
    assert_eq!(calls.len(), 3);
    answer(&mut retrieval, &order, calls[0], read(1, 0, None, 1), 5);
    answer(&mut retrieval, &order, calls[1], failed(FailureKind::NotFound), 6);
    answer(&mut retrieval, &order, calls[2], read(1, 0, None, 2), 7);
    let completion = retrieval.completion(&order).expect("it is over");
    assert_eq!((completion.records_expected, completion.records_got), (Some(3), 2));
}

#[test]
fn what_is_full_or_late_or_unwanted_ends_with_what_came() {
    let order = order(&format!("{WEEK}, \"timeout_seconds\": 60"));
    let open = || {
        let mut retrieval = Retrieval::open(&order);
        let first = asked(&retrieval.step(&order, Event::Woken, NOW))[0];
        (retrieval, first)
    };
    let (mut retrieval, first) = open();
    let PageAnswer::Read(plain) = read(10, 0, Some(99), 10) else { return };
    answer(&mut retrieval, &order, first, PageAnswer::Read(PageRead { full: Some("too much".into()), ..plain }), 5);
    assert_eq!(retrieval.progress().shortfall.as_ref().map(|short| short.code.as_str()), Some("TOO_LARGE"));
    let (mut retrieval, _) = open();
    retrieval.step(&order, Event::Woken, NOW.plus(Span::from_secs(60)));
    assert_eq!(retrieval.standing().ended().map(|(outcome, _)| outcome), Some(FlowOutcome::TimedOut));
    assert_eq!(retrieval.next_wake_at(&order), None);
    let (mut retrieval, first) = open();
    retrieval.step(&order, Event::CancelRequested, NOW);
    let late = answer(&mut retrieval, &order, first, read(10, 0, Some(10), 10), 6);
    assert_eq!((late.is_changed, late.ignored), (false, Some(Ignored::Ended)));
}
