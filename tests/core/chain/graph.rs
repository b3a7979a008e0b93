//! Circles, order, layers, the longest path: what they are on graphs that can be checked otherwise.

use std::collections::BTreeSet;

use cxpulse_core::chain::graph::{Ancestors, CIRCLES_MAX, circles, layers, longest_path, order};
use cxpulse_core::flow::Edges;
use proptest::prelude::*;

#[test]
fn a_circle_is_spelled_along_the_edges_from_its_lowest_node() {
    // 1 needs 0, 2 needs 1, 0 needs 2; 3 needs itself by way of 4; 5 lies behind them.
    assert_eq!(circles(&[vec![2], vec![0], vec![1], vec![4], vec![3], vec![0, 3]]), [vec![3, 4], vec![0, 1, 2]]);
    assert_eq!(circles(&[vec![], vec![0], vec![1]]), [[0_u32; 0]; 0]);
    assert_eq!(circles(&[vec![0]]), [[0]]);
    assert_eq!(circles(&[]), [[0_u32; 0]; 0]);
}

#[test]
fn circles_that_share_nodes_are_told_apart_and_the_shortest_come_first() {
    // Two ways round: 0 -> 1 -> 0, and 0 -> 1 -> 2 -> 0.
    assert_eq!(circles(&[vec![1, 2], vec![0], vec![1]]), [vec![0, 1], vec![0, 1, 2]]);
}

#[test]
fn no_more_circles_are_spelled_than_a_person_reads() {
    let pairs = |count: u32| (0..count * 2).map(|node| vec![node ^ 1]).collect::<Vec<_>>();
    assert_eq!(circles(&pairs(20)).len(), CIRCLES_MAX);
    assert_eq!(circles(&pairs(21)).len(), CIRCLES_MAX);
    assert_eq!(circles(&pairs(19)).len(), 19);
}

#[test]
fn a_thousand_nodes_that_all_need_each_other_are_answered() {
    let all: Vec<u32> = (0..100).collect();
    let needs: Vec<Vec<u32>> =
        (0..100).map(|node| all.iter().copied().filter(|need| *need != node).collect()).collect();
    let found = circles(&needs);
    assert!(found.len() == CIRCLES_MAX && found.iter().all(|circle| circle.len() == 2));
    let ring: Vec<Vec<u32>> = (0..1_000).map(|node| vec![(node + 999) % 1_000]).collect();
    let found = circles(&ring);
    assert_eq!((found.len(), found[0].len(), &found[0][..3]), (1, 1_000, &[0, 1, 2][..]));
}

#[test]
fn of_equal_paths_the_one_of_the_lowest_numbers_is_the_longest() {
    let edges = edges(&[vec![], vec![0], vec![0], vec![1, 2], vec![]]);
    let order = order(&edges).expect("it has no circle");
    assert_eq!(longest_path(&edges, &order, &[1, 1, 1, 1, 3]), (vec![0, 1, 3], 3));
    assert_eq!(longest_path(&edges, &order, &[1, 1, 2, 1, 3]), (vec![0, 2, 3], 4));
    assert_eq!(longest_path(&edges, &order, &[0, 0, 0, 0, 9]), (vec![4], 9));
    assert_eq!(longest_path(&Edges::none(), &[], &[]), (vec![], 0));
}

proptest! {
    #[test]
    fn every_circle_that_is_told_is_one_and_every_node_on_one_is_in_some(
        needs in (1_u32..24).prop_flat_map(|total| prop::collection::vec(prop::collection::btree_set(0..total, 0..3), usize::try_from(total).expect("a count"))),
    ) {
        let needs: Vec<Vec<u32>> = needs.into_iter().map(|needs| needs.into_iter().collect()).collect();
        let found = circles(&needs);
        for circle in &found {
            let once: BTreeSet<u32> = circle.iter().copied().collect();
            prop_assert_eq!(once.len(), circle.len(), "{:?} goes through a node twice", circle);
            prop_assert_eq!(once.first(), circle.first());
            for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
                prop_assert!(needs[at(*to)].contains(from), "{:?}: {} does not need {}", circle, to, from);
            }
        }
        let apart: BTreeSet<&Vec<u32>> = found.iter().collect();
        prop_assert_eq!(apart.len(), found.len());
        prop_assert!(found.iter().map(Vec::len).is_sorted());
        let told: BTreeSet<u32> = found.iter().flatten().copied().collect();
        let on_one = |node: &u32| reach(&needs, *node).contains(node);
        let circular: BTreeSet<u32> = (0..number(needs.len())).filter(on_one).collect();
        if found.len() < CIRCLES_MAX {
            prop_assert_eq!(told, circular);
        }
    }

    #[test]
    fn order_layers_and_ancestors_agree_with_what_is_needed(needs in acyclic()) {
        let edges = edges(&needs);
        let order = order(&edges).expect("every node needs lower ones only");
        let place = |node: u32| order.iter().position(|other| *other == node).expect("every node has a place");
        let layers = layers(&edges, &order);
        let ancestors = Ancestors::new(&edges, &order);
        for (node, needs_of) in (0..).zip(&needs) {
            prop_assert!(needs_of.iter().all(|need| place(*need) < place(node)));
            let layer = needs_of.iter().map(|need| layers[at(*need)] + 1).max().unwrap_or(0);
            prop_assert_eq!(layers[at(node)], layer);
            let before = reach(&needs, node);
            for other in 0..number(needs.len()) {
                prop_assert_eq!(ancestors.has(node, other), before.contains(&other));
            }
        }
    }

    #[test]
    fn no_path_is_longer_than_the_longest(needs in acyclic(), weights in prop::collection::vec(0_u64..50, 80)) {
        let edges = edges(&needs);
        let order = order(&edges).expect("every node needs lower ones only");
        let (path, sum) = longest_path(&edges, &order, &weights[..needs.len()]);
        prop_assert_eq!(path.iter().map(|node| weights[at(*node)]).sum::<u64>(), sum);
        prop_assert!(path.iter().zip(path.iter().skip(1)).all(|(before, node)| needs[at(*node)].contains(before)));
        let mut best = vec![0; needs.len()];
        for (node, needs_of) in needs.iter().enumerate() {
            best[node] = weights[node] + needs_of.iter().map(|need| best[at(*need)]).max().unwrap_or(0);
        }
        prop_assert_eq!(best.into_iter().max(), Some(sum));
    }
}

/// All that a node needs, by way of others or not.
fn reach(needs: &[Vec<u32>], node: u32) -> BTreeSet<u32> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![node]);
    while let Some(next) = open.pop() {
        open.extend(needs[at(next)].iter().filter(|need| seen.insert(**need)));
    }
    seen
}

fn acyclic() -> impl Strategy<Value = Vec<Vec<u32>>> {
    (1_u32..80).prop_flat_map(|total| {
        let node = |number: u32| {
            let needs = prop::collection::btree_set(0..number.max(1), 0..4);
            needs.prop_map(move |needs| if number == 0 { Vec::new() } else { needs.into_iter().collect() })
        };
        (0..total).map(node).collect::<Vec<_>>()
    })
}

fn edges(needs: &[Vec<u32>]) -> Edges {
    Edges::new(needs.to_vec()).expect("it has no circle")
}

fn at(node: u32) -> usize {
    usize::try_from(node).expect("an index")
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("a count")
}
