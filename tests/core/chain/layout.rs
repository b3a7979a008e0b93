//! Where nodes are drawn: nothing on top of anything, everything to the right, the same each time, few crossings.

use cxpulse_core::chain::layout::{Layout, NODE_HEIGHT, NODE_WIDTH, STATIONS_MAX, layout};
use cxpulse_core::flow::Edges;
use proptest::prelude::*;

/// Lays out what needs what, and holds the result to everything that must be so of any.
#[track_caller]
pub(crate) fn laid_out(needs: &[Vec<u32>]) -> Layout {
    let edges = Edges::new(needs.to_vec()).expect("no circle");
    let found = layout(&edges);
    assert_eq!(found, layout(&edges), "the same each time");
    assert_eq!(found.places.len(), needs.len());
    let mut sorted: Vec<_> = found.places.iter().map(|place| (place.layer, place.x, place.y)).collect();
    sorted.sort_unstable();
    for pair in sorted.windows(2) {
        let [(layer, x, y), (next_layer, next_x, next_y)] = pair else { continue };
        assert!(layer < next_layer || y + NODE_HEIGHT < *next_y, "two nodes of layer {layer} overlap");
        assert!(layer == next_layer || x + NODE_WIDTH < *next_x, "layer {layer} overlaps the next");
    }
    assert!(sorted.iter().all(|(_, x, y)| x + NODE_WIDTH <= found.width && y + NODE_HEIGHT <= found.height));
    let count: usize = (0..needs.len()).map(|node| edges.needs(u32::try_from(node).expect("few")).len()).sum();
    assert_eq!(found.routes.len(), count, "a way for each edge");
    for route in &found.routes {
        let (from, to) = (found.places[at(route.from)], found.places[at(route.to)]);
        assert!(from.layer < to.layer, "every edge leads to the right");
        assert_eq!(route.points.first(), Some(&(from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2)));
        assert_eq!(route.points.last(), Some(&(to.x, to.y + NODE_HEIGHT / 2)));
        assert!(route.points.windows(2).all(|pair| pair[0].0 < pair[1].0), "always to the right");
        assert!(route.points.iter().all(|(_, y)| *y <= found.height));
    }
    found
}

fn at(node: u32) -> usize {
    usize::try_from(node).expect("few")
}

/// Pairs of ways that cross, where they are drawn straight from point to point.
fn crossings(layout: &Layout) -> usize {
    let lines: Vec<_> = layout.routes.iter().flat_map(|route| route.points.windows(2)).collect();
    let side = |a: (u32, u32), b: (u32, u32), c: (u32, u32)| {
        let [(ax, ay), (bx, by), (cx, cy)] = [a, b, c].map(|(x, y)| (i64::from(x), i64::from(y)));
        ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)).signum()
    };
    let cross = |a: &[(u32, u32)], b: &[(u32, u32)]| {
        side(a[0], a[1], b[0]) * side(a[0], a[1], b[1]) < 0 && side(b[0], b[1], a[0]) * side(b[0], b[1], a[1]) < 0
    };
    lines.iter().enumerate().map(|(index, a)| lines[..index].iter().filter(|b| cross(a, b)).count()).sum()
}

#[test]
fn small_graphs_are_drawn_without_a_crossing() {
    let graphs: [(&str, Vec<Vec<u32>>); 8] = [
        ("nothing", vec![]),
        ("one", vec![vec![]]),
        ("two", vec![vec![], vec![0]]),
        ("diamond", vec![vec![], vec![0], vec![0], vec![1, 2]]),
        ("diamond with a shortcut", vec![vec![], vec![0], vec![0], vec![1, 2], vec![3, 0]]),
        ("two apart", vec![vec![], vec![0], vec![], vec![2], vec![2]]),
        ("written backwards", vec![vec![3], vec![3], vec![0, 1], vec![]]),
        ("crossed as written", vec![vec![], vec![], vec![1], vec![0]]),
    ];
    for (name, needs) in graphs {
        assert_eq!(crossings(&laid_out(&needs)), 0, "{name}");
    }
}

#[test]
fn trees_are_drawn_without_a_crossing() {
    for children in [1, 2, 3, 7] {
        let down: Vec<Vec<u32>> =
            (0..60).map(|node: u32| node.checked_sub(1).map(|node| node / children).into_iter().collect()).collect();
        assert_eq!(crossings(&laid_out(&down)), 0, "{children} children each");
        // Turned around: many come together in one.
        let total = u32::try_from(down.len()).expect("few");
        let mut up = vec![Vec::new(); down.len()];
        for (node, needs) in (0_u32..).zip(&down) {
            needs.iter().for_each(|need| up[at(total - 1 - need)].push(total - 1 - node));
        }
        assert_eq!(crossings(&laid_out(&up)), 0, "{children} parents each");
    }
}

#[test]
fn one_of_many_is_drawn_in_the_middle_of_them() {
    let found = laid_out(&[vec![], vec![0], vec![0], vec![0], vec![1, 2, 3]]);
    let middle = |node: usize| found.places[node].y;
    assert_eq!(middle(0), middle(2));
    assert_eq!(middle(4), middle(2));
}

#[test]
fn an_edge_that_skips_layers_goes_around_what_is_there() {
    let found = laid_out(&[vec![], vec![0], vec![1], vec![2, 0]]);
    let route = found.routes.iter().find(|route| (route.from, route.to) == (0, 3)).expect("the edge");
    assert_eq!(route.points.len(), 6);
    for (_, y) in &route.points[1..5] {
        assert!([1, 2].iter().all(|node| {
            let top = found.places[*node].y;
            *y < top || *y > top + NODE_HEIGHT
        }));
    }
}

#[test]
fn the_largest_chains_are_placed() {
    let all = |total: u32, needs: &dyn Fn(u32) -> Vec<u32>| (0..total).map(needs).collect::<Vec<_>>();
    let wide = laid_out(&all(1_000, &|_| Vec::new()));
    assert!(wide.places.iter().all(|place| place.layer == 0));
    let deep = laid_out(&all(250, &|node| node.checked_sub(1).into_iter().collect()));
    assert_eq!(deep.places.last().map(|place| place.layer), Some(249));
    assert!(deep.places.iter().all(|place| place.y == deep.places[0].y), "a line is drawn as a line");
    laid_out(&all(1_000, &|node| (1..=5).filter_map(|step| node.checked_sub(step * 7)).collect()));
    // More stations than there may be: every node needs the first.
    let many = laid_out(&all(250, &|node| {
        (0..node.min(40)).map(|step| if step == 0 { node - 1 } else { step - 1 }).collect()
    }));
    let stations: usize = many.routes.iter().map(|route| (route.points.len() - 2) / 2).sum();
    assert!(stations <= STATIONS_MAX && many.routes.iter().any(|route| route.points.len() == 2));
    laid_out(&all(1_000, &|node| (0..10).filter(|_| node >= 500).map(|step| (node * 31 + step * 97) % 500).collect()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_is_placed(total in 1_usize..200, picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..400)) {
        let mut needs = vec![Vec::new(); total];
        for (one, other) in picks {
            let (one, other) = (one.index(total), other.index(total));
            if one != other {
                needs[one.max(other)].push(u32::try_from(one.min(other)).expect("few"));
            }
        }
        laid_out(&needs);
    }
}
