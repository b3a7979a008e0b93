//! How often a caller may come: the bucket, what its headers say, and how much is remembered.

use cxpulse_core::id::TokenId;
use cxpulse_core::quota::{Ledger, PAYERS_MAX, Payer, Spent, Standing};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

#[test]
fn a_minutes_worth_may_come_at_once_and_then_one_by_one() {
    let mut ledger = Ledger::default();
    let mut take = |now| ledger.take(&Payer::Key(0), 6, Timestamp::from_millis(now)).map(|standing| standing.left);
    for left in (0..6).rev() {
        assert_eq!(take(1_000), Ok(left));
    }
    assert_eq!(take(1_000).map_err(|spent| spent.retry_after), Err(Span::from_secs(10)));
    assert_eq!(take(10_999).map_err(|spent| spent.retry_after), Err(Span::from_millis(1)), "a refusal costs nothing");
    assert_eq!(take(11_000), Ok(0));
    assert_eq!(take(71_000), Ok(5), "after a minute all is there again");
}

#[test]
fn the_headers_are_those_of_the_draft() {
    let mut ledger = Ledger::default();
    let mut take = || ledger.take(&Payer::Key(7), 2, Timestamp::from_millis(0));
    let told = |standing: &Standing| (standing.policy(), standing.field(), standing.is_low());
    let text = |policy: &str, field: &str, is_low| (policy.to_owned(), field.to_owned(), is_low);
    assert_eq!(take().map(|standing| told(&standing)), Ok(text("\"minute\";q=2;w=60", "\"minute\";r=1;t=30", false)));
    assert_eq!(take().map(|standing| told(&standing)), Ok(text("\"minute\";q=2;w=60", "\"minute\";r=0;t=60", true)));
    let spent = take().map_err(|Spent { standing, .. }| told(&standing));
    assert_eq!(spent.err(), Some(text("\"minute\";q=2;w=60", "\"minute\";r=0;t=60", true)));
}

#[test]
fn each_pays_for_themselves() {
    let mut ledger = Ledger::default();
    let now = Timestamp::from_millis(5);
    for payer in [Payer::Key(0), Payer::Key(1), token(0), token(1)] {
        assert!(ledger.take(&payer, 1, now).is_ok());
        assert!(ledger.take(&payer, 1, now).is_err());
    }
}

#[test]
fn a_clock_that_was_set_back_holds_nobody_up() {
    let mut ledger = Ledger::default();
    assert!(ledger.take(&Payer::Key(0), 1, Timestamp::from_millis(3_600_000)).is_ok());
    assert!(ledger.take(&Payer::Key(0), 1, Timestamp::from_millis(0)).is_ok());
}

#[test]
fn no_more_are_remembered_than_the_limit_and_the_busiest_are() {
    let mut ledger = Ledger::default();
    let now = Timestamp::from_millis(0);
    assert!(ledger.take(&Payer::Key(9), 1, now).is_ok());
    for number in 0..=PAYERS_MAX {
        assert!(ledger.take(&token(number), 1_000, now).is_ok());
    }
    assert_eq!(ledger.len(), PAYERS_MAX);
    assert!(ledger.take(&Payer::Key(9), 1, now).is_err(), "who has used up most is not forgotten for a newcomer");
    let later = Timestamp::from_millis(60_000);
    assert!(ledger.take(&token(PAYERS_MAX + 1), 1_000, later).is_ok());
    assert_eq!(ledger.len(), 1, "whoever has all again need not be remembered");
}

proptest! {
    #[test]
    fn no_minute_sees_more_than_a_bucket_and_what_fills_in_it(
        per_minute in 1_u32..100,
        steps in prop::collection::vec(0_u64..5_000, 1..400),
    ) {
        let mut ledger = Ledger::default();
        let mut now = 0;
        let mut passed: Vec<u64> = Vec::new();
        for step in steps {
            now += step;
            match ledger.take(&Payer::Key(0), per_minute, Timestamp::from_millis(now)) {
                Ok(standing) => {
                    prop_assert!(standing.left < per_minute);
                    passed.push(now);
                }
                Err(spent) => prop_assert!(spent.retry_after > Span::ZERO && spent.retry_after <= Span::from_secs(60)),
            }
        }
        for from in &passed {
            let count = passed.iter().filter(|at| (*from..from + 60_000).contains(at)).count();
            prop_assert!(count <= usize::try_from(2 * per_minute).unwrap_or(usize::MAX));
        }
    }

    #[test]
    fn whoever_waits_as_told_is_let_through(per_minute in 1_u32..5_000, from in 0_u64..1_000_000) {
        let mut ledger = Ledger::default();
        let mut now = Timestamp::from_millis(from);
        for _ in 0..per_minute + 3 {
            if let Err(spent) = ledger.take(&Payer::Key(0), per_minute, now) {
                now = now.plus(spent.retry_after);
                prop_assert!(ledger.take(&Payer::Key(0), per_minute, now).is_ok());
            }
        }
    }
}

fn token(number: usize) -> Payer {
    Payer::Token(TokenId::parse(format!("{number:022}")).expect("it has the form"))
}
