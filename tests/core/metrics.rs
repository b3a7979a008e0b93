//! Latencies: exact counts, quantiles within their bound.

mod exposition;
mod tally;

use cxpulse_core::metrics::Latency;
use cxpulse_core::time::Span;
use proptest::prelude::*;

fn of(spans: &[u64]) -> Latency {
    let mut latency = Latency::default();
    spans.iter().for_each(|ms| latency.record(Span::from_millis(*ms)));
    latency
}

#[test]
fn nothing_has_a_mean_of_zero() {
    assert_eq!((of(&[]).mean_ms(), of(&[]).quantile_ms(0.95), of(&[]).count()), (0.0, 0.0, 0));
}

#[test]
fn the_longest_of_spans_is_not_lost() {
    assert!(of(&[u64::MAX]).quantile_ms(1.0) >= 1e19);
}

proptest! {
    #[test]
    fn a_quantile_is_at_most_a_sixteenth_too_high(mut spans in prop::collection::vec(0..1_u64 << 50, 1..60), quantile in 0.0..=1.0) {
        let estimate = of(&spans).quantile_ms(quantile);
        spans.sort_unstable();
        let rank = ((spans.len() as f64 * quantile).max(1.0).ceil() as usize).min(spans.len());
        let exact = spans[rank - 1] as f64;
        prop_assert!(estimate >= exact && estimate <= exact * 17.0 / 16.0, "{} for {}", estimate, exact);
    }

    #[test]
    fn count_and_mean_are_exact(spans in prop::collection::vec(0..1_000_000_u64, 1..60)) {
        let latency = of(&spans);
        let mean = spans.iter().sum::<u64>() as f64 / spans.len() as f64;
        prop_assert_eq!(latency.count(), spans.len() as u64);
        prop_assert!((latency.mean_ms() - mean).abs() < 1e-6);
    }
}
