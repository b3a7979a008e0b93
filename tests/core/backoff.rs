//! Waits: bounded whatever chance does, monotone before it.

use cxpulse_core::backoff::{Backoff, Cause, Chance, Jitter, Ladder};
use cxpulse_core::failure::FailureKind;
use cxpulse_core::time::Span;
use expect_test::expect;
use proptest::prelude::*;

use crate::check::{attempt, check_waits};

#[test]
fn the_four_jitters_differ_as_they_should() {
    check_waits(Jitter::Proportional, 9, &expect!["1710 3585 5247 8075 12122 20770 31823 40062 43827"]);
    check_waits(Jitter::Full, 9, &expect!["1000 2882 2985 3706 3269 9814 11008 6042 18591"]);
    check_waits(Jitter::Equal, 9, &expect!["1017 3041 4052 5949 8188 15393 22281 25521 31796"]);
    check_waits(Jitter::Decorrelated, 9, &expect!["2000 5603 10633 15528 13121 19484 20521 9997 13564"]);
}

#[test]
fn a_failure_with_its_own_ladder_climbs_that_one() {
    let own = Ladder { base: Span::from_millis(10), min: Span::ZERO, max: Span::from_millis(20), ..Ladder::default() };
    let backoff = Backoff { by_failure: [(FailureKind::Transient, own)].into(), ..Backoff::default() };
    let chance = Chance { seed: 1, previous: Span::ZERO };
    let wait = |cause| backoff.wait(cause, attempt(9), chance).as_millis();
    assert!(wait(Cause::Failed(FailureKind::Transient)) <= 20);
    assert!(wait(Cause::Failed(FailureKind::RateLimited)) >= 1_000 && wait(Cause::NotDone) >= 1_000);
}

#[test]
fn attempts_are_spent_at_the_maximum() {
    let backoff = Backoff { attempts_max: 3, ..Backoff::default() };
    assert_eq!([2, 3, 4].map(|number| backoff.is_spent(attempt(number))), [false, true, true]);
}

fn ladders() -> impl Strategy<Value = Ladder> {
    let jitters = [Jitter::Proportional, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
    (1..=86_400_000_u64, 1.0..=10.0, 1..=86_400_000_u64, prop::sample::select(jitters.to_vec()), 0.0..=1.0, 0.0..=1.0)
        .prop_map(|(base, multiplier, max, jitter, jitter_factor, share)| Ladder {
            base: Span::from_millis(base.min(max)),
            multiplier,
            max: Span::from_millis(max),
            jitter,
            jitter_factor,
            min: Span::from_millis_f64(share * Span::from_millis(max).as_millis_f64()).min(Span::from_millis(max)),
        })
}

proptest! {
    #[test]
    fn a_wait_is_within_the_ladders_bounds(ladder in ladders(), number in 1..200_u32, seed: u64, previous in 0..u64::MAX / 4) {
        let wait = ladder.wait(attempt(number), Chance { seed, previous: Span::from_millis(previous) });
        prop_assert!((ladder.min..=ladder.max).contains(&wait), "{:?}", wait);
    }

    #[test]
    fn a_rung_is_never_lower_than_the_one_before(ladder in ladders(), number in 1..200_u32) {
        prop_assert!(ladder.rung(attempt(number)) <= ladder.rung(attempt(number + 1)));
    }

    #[test]
    fn the_same_chance_gives_the_same_wait(ladder in ladders(), seed: u64) {
        let chance = Chance { seed, previous: Span::ZERO };
        prop_assert_eq!(ladder.wait(attempt(5), chance), ladder.wait(attempt(5), chance));
    }
}
