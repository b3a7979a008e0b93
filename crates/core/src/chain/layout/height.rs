//! The heights of vertices: each as near to the middle of its neighbours as those above and below it let it. Never changes an order.

use alloc::vec::Vec;

use super::{Grid, NODE_GAP, NODE_HEIGHT, Side};

/// The middle of each vertex, by number; may be below 0.
pub(super) fn heights(grid: &Grid) -> Vec<i64> {
    let mut heights = alloc::vec![0_i64; grid.vertices.len()];
    for row in &grid.rows {
        let wishes = alloc::vec![0_i64; row.len()];
        settle(grid, row, &wishes, &mut heights);
    }
    for round in 0..ROUNDS {
        let side = if round % 2 == 0 { Side::Left } else { Side::Right };
        let depth = grid.rows.len();
        for step in 0..depth {
            let layer = if side == Side::Left { step } else { depth.saturating_sub(step).saturating_sub(1) };
            let Some(row) = grid.rows.get(layer) else { continue };
            let wishes: Vec<i64> = row.iter().map(|vertex| wish(grid, *vertex, side, round, &heights)).collect();
            settle(grid, row, &wishes, &mut heights);
        }
    }
    heights
}

/// The mean height of the neighbours on a side, in the last round of those on both; its own where it has none.
fn wish(grid: &Grid, vertex: usize, side: Side, round: u32, heights: &[i64]) -> i64 {
    let height = |vertex: &usize| heights.get(*vertex).copied().unwrap_or_default();
    let both = [Side::Left, Side::Right];
    let is_last = round.saturating_add(1) == ROUNDS;
    let sides = both.into_iter().filter(|one| is_last || *one == side);
    let neighbours: Vec<i64> = sides.flat_map(|one| grid.beside(vertex, one)).map(height).collect();
    let count = i64::try_from(neighbours.len()).unwrap_or(i64::MAX);
    neighbours.iter().sum::<i64>().checked_div(count).unwrap_or_else(|| height(&vertex))
}

/// Gives a layer the heights that are nearest to `wishes`, by the sum of squares, such that nothing overlaps: after what each
/// must be below the first is taken off, wishes that are out of order are pooled to their mean.
fn settle(grid: &Grid, row: &[usize], wishes: &[i64], heights: &mut [i64]) {
    let mut offsets = Vec::with_capacity(row.len());
    let mut offset = 0_i64;
    for (place, vertex) in row.iter().enumerate() {
        if let Some(above) = place.checked_sub(1).and_then(|above| row.get(above)) {
            offset = offset.saturating_add(distance(grid, *above, *vertex));
        }
        offsets.push(offset);
    }
    // Each pool: sum of its wishes, and how many.
    let mut pools: Vec<(i64, i64)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut pool = (wish.saturating_sub(*offset), 1_i64);
        while let Some(last) = pools.pop_if(|last| mean(*last) >= mean(pool)) {
            pool = (pool.0.saturating_add(last.0), pool.1.saturating_add(last.1));
        }
        pools.push(pool);
    }
    let settled = pools.into_iter().flat_map(|pool| (0..pool.1).map(move |_| mean(pool)));
    for ((vertex, offset), height) in row.iter().zip(&offsets).zip(settled) {
        if let Some(place) = heights.get_mut(*vertex) {
            *place = height.saturating_add(*offset);
        }
    }
}

fn mean((sum, count): (i64, i64)) -> i64 {
    sum.checked_div_euclid(count).unwrap_or_default()
}

/// From the middle of one to the middle of the next below.
fn distance(grid: &Grid, above: usize, below: usize) -> i64 {
    let half = |vertex: usize| if grid.is_station(vertex) { 0 } else { i64::from(NODE_HEIGHT / 2) };
    let gap = if grid.is_station(above) && grid.is_station(below) { NODE_GAP / 2 } else { NODE_GAP };
    half(above).saturating_add(half(below)).saturating_add(i64::from(gap))
}

/// How often the layers are gone through.
const ROUNDS: u32 = 9;
