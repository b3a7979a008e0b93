//! The order within layers: each goes where its neighbours are, from the left and from the right in turn. The order with the
//! fewest crossings that was met is kept. Deterministic: of equals the earlier stays first.

use alloc::vec::Vec;

use super::{Grid, Side};

/// Puts the vertices of each layer in order.
pub(super) fn arrange(grid: &mut Grid) {
    let mut best = (crossings(grid), grid.rows.clone());
    for round in 0..ROUNDS {
        let side = if round % 2 == 0 { Side::Left } else { Side::Right };
        let depth = grid.rows.len();
        for step in 0..depth {
            let layer = if side == Side::Left { step } else { depth.saturating_sub(step).saturating_sub(1) };
            sort_layer(grid, layer, side);
        }
        let found = crossings(grid);
        if found < best.0 {
            best = (found, grid.rows.clone());
        }
        if best.0 == 0 {
            break;
        }
    }
    grid.rows = best.1;
    for layer in 0..grid.rows.len() {
        number(grid, layer);
    }
}

fn sort_layer(grid: &mut Grid, layer: usize, side: Side) {
    let Some(row) = grid.rows.get(layer) else { return };
    let places = row.iter().enumerate();
    let mut weighed: Vec<(u64, usize)> = places.map(|(at, vertex)| (barycentre(grid, *vertex, side), at)).collect();
    weighed.sort_unstable();
    let row = weighed.into_iter().filter_map(|(_, at)| row.get(at).copied()).collect();
    if let Some(place) = grid.rows.get_mut(layer) {
        *place = row;
    }
    number(grid, layer);
}

/// The mean rank of the neighbours, in thousandths; its own rank where it has none.
fn barycentre(grid: &Grid, vertex: usize, side: Side) -> u64 {
    let neighbours = grid.beside(vertex, side);
    let rank = |vertex: usize| u64::try_from(grid.rank(vertex)).unwrap_or_default().saturating_mul(1_000);
    let sum = neighbours.iter().fold(0_u64, |sum, neighbour| sum.saturating_add(rank(*neighbour)));
    let count = u64::try_from(neighbours.len()).unwrap_or_default();
    sum.checked_div(count).unwrap_or_else(|| rank(vertex))
}

fn number(grid: &mut Grid, layer: usize) {
    let Grid { rows, vertices, .. } = grid;
    for (rank, vertex) in rows.get(layer).into_iter().flatten().enumerate() {
        if let Some(vertex) = vertices.get_mut(*vertex) {
            vertex.rank = rank;
        }
    }
}

/// Pairs of edges between neighbouring layers that cross: inversions, counted in a tree of sums.
fn crossings(grid: &Grid) -> u64 {
    let mut total = 0_u64;
    for (row, next) in grid.rows.iter().zip(grid.rows.iter().skip(1)) {
        let mut sums = Sums(alloc::vec![0; next.len().saturating_add(1)]);
        let mut seen = 0_u64;
        for vertex in row {
            let ranks = grid.beside(*vertex, Side::Right).iter().map(|end| grid.rank(*end));
            let mut ends: Vec<(u64, usize)> = ranks.map(|rank| (0, rank)).collect();
            ends.sort_unstable();
            for (_, end) in &ends {
                total = total.saturating_add(seen.saturating_sub(sums.up_to(*end)));
            }
            for (_, end) in ends {
                sums.add(end);
                seen = seen.saturating_add(1);
            }
        }
    }
    total
}

/// How many were added up to each place: a Fenwick tree.
struct Sums(Vec<u64>);

impl Sums {
    fn add(&mut self, place: usize) {
        let mut at = place.saturating_add(1);
        while let Some(sum) = self.0.get_mut(at) {
            *sum = sum.saturating_add(1);
            at = at.saturating_add(lowest_bit(at));
        }
    }

    fn up_to(&self, place: usize) -> u64 {
        let mut at = place.saturating_add(1);
        let mut total = 0_u64;
        while at > 0 {
            total = total.saturating_add(self.0.get(at).copied().unwrap_or_default());
            at = at.saturating_sub(lowest_bit(at));
        }
        total
    }
}

const fn lowest_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}

/// How often the layers are gone through.
const ROUNDS: u32 = 12;
