//! A gate that does not answer is asked again soon, and not by everybody at once.

use std::collections::BTreeSet;

use cxpulse_core::gate::{UNREACHED_MAX, UNREACHED_MIN, unreached_until};
use cxpulse_core::time::Span;

use crate::check::NOON;

#[test]
fn those_who_lost_the_gate_together_come_back_one_by_one() {
    let instants: BTreeSet<_> = (0..1_000).map(|seed| unreached_until(seed, NOON)).collect();
    let [first, last] = [instants.first(), instants.last()].map(|at| at.map(|at| at.since(NOON)));
    assert!(first >= Some(UNREACHED_MIN) && last <= Some(UNREACHED_MAX), "{first:?} {last:?}");
    // 1,000 draws of 2,000 milliseconds leave 787 that differ.
    assert!(instants.len() > 700, "{} instants", instants.len());
    let early = instants.iter().filter(|at| at.since(NOON) < Span::from_secs(2)).count();
    assert!((300..500).contains(&early), "{early} in the first half");
}

#[test]
fn one_seed_waits_anew_each_time() {
    let first = unreached_until(7, NOON);
    assert_eq!(unreached_until(7, NOON), first);
    assert_ne!(unreached_until(7, first).since(first), first.since(NOON));
}
