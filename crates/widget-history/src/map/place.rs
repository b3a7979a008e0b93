//! The core's layout, turned: its layers, from left to right, go down, and its heights are distances from the left. Never moves
//! anything over anything else.

use alloc::vec::Vec;

use super::{BOX_HEIGHT, BOX_WIDTH, LAYER_GAP, Layout, NODE_GAP, NODE_HEIGHT, NODE_WIDTH, RIM, ROW_GAP, Spot};

/// Where each node is.
pub(super) fn spots(layout: &Layout) -> Vec<Spot> {
    let spot = |place: &cxpulse_core::chain::layout::Place| Spot {
        layer: place.layer.into(),
        x: across(place.y.saturating_add(NODE_HEIGHT / 2)).saturating_sub(BOX_WIDTH / 2),
        y: down(place.x),
    };
    layout.places.iter().map(spot).collect()
}

/// How wide and how high everything is.
pub(super) fn size(layout: &Layout) -> (u64, u64) {
    let (mut right, mut bottom) = (0, 0);
    for spot in spots(layout) {
        right = right.max(spot.x.saturating_add(BOX_WIDTH));
        bottom = bottom.max(spot.y.saturating_add(BOX_HEIGHT));
    }
    for route in &layout.routes {
        for (_, height) in &route.points {
            right = right.max(across(*height));
        }
    }
    (right.saturating_add(RIM), bottom.saturating_add(RIM))
}

/// Numbers from top to bottom and from left to right. By insertion: of sixty that is no time, and the library's sort is large.
pub(super) fn order(spots: &[Spot]) -> Vec<usize> {
    let place = |at: usize| spots.get(at).map(|spot| (spot.layer, spot.x));
    let mut sorted: Vec<usize> = Vec::new();
    for one in 0..spots.len() {
        let at = sorted.iter().rposition(|other| place(*other) <= place(one)).map_or(0, |at| at.saturating_add(1));
        sorted.insert(at, one);
    }
    sorted
}

/// A height of the core's as a distance from the left: such that boxes which do not touch there do not touch here.
pub(super) fn across(height: u32) -> u64 {
    let (apart, pitch) = (BOX_WIDTH.saturating_add(BOX_GAP), u64::from(NODE_HEIGHT.saturating_add(NODE_GAP)));
    u64::from(height).saturating_mul(apart) / pitch
}

/// A distance from the left of the core's as a height: the upper edge of a row, or its lower one.
pub(super) fn down(x: u32) -> u64 {
    let inside = x.saturating_sub(cxpulse_core::chain::layout::MARGIN);
    let pitch = NODE_WIDTH.saturating_add(LAYER_GAP);
    let (row, rest) = (inside / pitch, inside % pitch);
    let top = u64::from(row).saturating_mul(BOX_HEIGHT.saturating_add(ROW_GAP)).saturating_add(RIM);
    if rest == 0 { top } else { top.saturating_add(BOX_HEIGHT) }
}

/// Free room between nodes of a layer.
const BOX_GAP: u64 = 30;
