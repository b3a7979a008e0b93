//! What an invocation may ask of others: never more than it may, and always something.

use cxpulse_core::ration::{CALL_COST, RATION_DEFAULT, RATION_MIN, Ration};
use proptest::prelude::*;

#[test]
fn a_ration_is_good_for_so_many_calls_and_an_event_brings_as_many_again() {
    let mut ration = Ration::new(RATION_DEFAULT);
    let calls = |ration: &mut Ration| (0..10_000).take_while(|_| ration.take_call()).count();
    assert_eq!(calls(&mut ration), usize::try_from(RATION_DEFAULT / CALL_COST).unwrap_or_default());
    assert_eq!(calls(&mut ration), 0, "and no more");
    ration.renew();
    assert_eq!(calls(&mut ration), 200);
}

#[test]
fn a_batch_of_ten_thousand_takes_so_many_events() {
    let mut ration = Ration::new(RATION_DEFAULT);
    let mut events = 1;
    // Each item is submitted, and asked for once.
    for _ in 0..20_000 {
        while !ration.take_call() {
            ration.renew();
            events += 1;
        }
        assert!(ration.taken() <= RATION_DEFAULT);
    }
    assert_eq!(events, 100);
}

#[test]
fn the_least_ration_lets_calls_through() {
    let mut ration = Ration::new(0);
    for _ in 0..RATION_MIN / CALL_COST {
        assert!(ration.take_call());
    }
    assert!(!ration.take_call());
}

proptest! {
    #[test]
    fn no_call_is_let_through_that_is_not_left(max in 0_u32..2_000, steps in prop::collection::vec(0_u8..8, 0..500)) {
        let mut ration = Ration::new(max);
        for step in steps {
            match step {
                0 => ration.renew(),
                1 => ration.take_one(),
                _ => {
                    let before = ration.taken();
                    let is_let_through = ration.take_call();
                    prop_assert_eq!(is_let_through, before + CALL_COST <= max.max(RATION_MIN));
                    prop_assert_eq!(ration.taken(), if is_let_through { before + CALL_COST } else { before });
                }
            }
        }
    }
}
