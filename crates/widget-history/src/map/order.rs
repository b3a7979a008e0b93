//! Which node is above which: such that few passages lead up. Greedy, after Eades, Lin and Smyth, "A fast and effective heuristic for
//! the feedback arc set problem" (1993), with passages as weights.

use alloc::vec::Vec;

/// The rank of each of `total` vertices, of which the last but one is where all begin, and the last where all end. An edge is from,
/// to, weight; of equals the lowest number comes first.
#[must_use]
pub fn ranks(total: usize, edges: &[(usize, usize, u64)]) -> Vec<usize> {
    let (start, end) = (total.saturating_sub(2), total.saturating_sub(1));
    let mut open: Vec<usize> = (0..start).collect();
    let (mut front, mut back) = (Vec::from([start]), Vec::from([end]));
    while !open.is_empty() {
        let weights = weigh(&open, total, edges);
        let is = |holds: fn(&Weights) -> bool| open.iter().position(|vertex| weights.get(*vertex).is_some_and(holds));
        // What nothing follows that is open goes below all that is; what nothing is before, above it.
        if let Some(at) = is(|weights| weights.out == 0 && weights.into > 0) {
            back.push(open.remove(at));
            continue;
        }
        let surplus = |at: &usize| {
            let weights = open.get(*at).and_then(|vertex| weights.get(*vertex));
            let sum = |one: u64, other: u64| i64::try_from(one.saturating_add(other)).unwrap_or(i64::MAX);
            weights.map_or(0, |it| sum(it.out, it.begun).saturating_sub(sum(it.into, it.ended)))
        };
        let best = || (0..open.len()).rev().max_by_key(surplus).unwrap_or_default();
        let at = is(|weights| weights.into == 0).unwrap_or_else(best);
        front.push(open.remove(at));
    }
    let mut ranks = alloc::vec![0; total];
    back.reverse();
    front.append(&mut back);
    for (rank, vertex) in front.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(vertex) {
            *place = rank;
        }
    }
    ranks
}

/// What goes into a vertex from those that are open and out of it to them, and how often all begins and ends there.
#[derive(Debug, Clone, Copy, Default)]
struct Weights {
    into: u64,
    out: u64,
    begun: u64,
    ended: u64,
}

fn weigh(open: &[usize], total: usize, edges: &[(usize, usize, u64)]) -> Vec<Weights> {
    let (start, end) = (total.saturating_sub(2), total.saturating_sub(1));
    let mut is_open = alloc::vec![false; total];
    open.iter().filter_map(|vertex| is_open.get_mut(*vertex).map(|is| *is = true)).for_each(drop);
    let holds = |vertex: usize| is_open.get(vertex).copied().unwrap_or_default();
    let mut weights = alloc::vec![Weights::default(); total];
    for (from, to, weight) in edges.iter().filter(|(from, to, _)| from != to) {
        let (is_from, is_to) = (holds(*from) || *from == start, holds(*to) || *to == end);
        if !(is_from && is_to) {
            continue;
        }
        if let Some(weights) = weights.get_mut(*from) {
            let sum = if *to == end { &mut weights.ended } else { &mut weights.out };
            *sum = sum.saturating_add(*weight);
        }
        if let Some(weights) = weights.get_mut(*to) {
            let sum = if *from == start { &mut weights.begun } else { &mut weights.into };
            *sum = sum.saturating_add(*weight);
        }
    }
    weights
}
