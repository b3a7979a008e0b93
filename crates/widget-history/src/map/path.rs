//! How a link is drawn: a curve that leaves and arrives upright, with a tip at its end, and where there is room for a label on it.

use alloc::string::String;
use alloc::vec::Vec;

use super::{BOX_HEIGHT, BOX_WIDTH, Layout, Spot, Way, pen, place};
use cxpulse_element::text::decimal;

/// A place for what is said of a link.
pub type Label = (u64, u64);

/// The `d` of a path, and places for a label on it, the best first.
pub(super) fn draw(layout: &Layout, spots: &[Spot], (from, to): (usize, usize), way: Way) -> (String, Vec<Label>) {
    if way == Way::Loop {
        return spots.get(from).map(curl).unwrap_or_default();
    }
    let mut points = points(layout, (from, to), way);
    if way == Way::Back {
        // Beside what leads down between the same two.
        points.iter_mut().for_each(|point| point.0 = point.0.saturating_add(ASIDE));
        points.reverse();
    }
    (curve(&points), labels(&points))
}

/// What a link goes through, from top to bottom.
fn points(layout: &Layout, (from, to): (usize, usize), way: Way) -> Vec<(u64, u64)> {
    let (upper, lower) = if way == Way::Back { (to, from) } else { (from, to) };
    let is_wanted = |at: u32, wanted: usize| usize::try_from(at).is_ok_and(|at| at == wanted);
    let route = layout.routes.iter().find(|route| is_wanted(route.from, upper) && is_wanted(route.to, lower));
    let turned = |(x, height): &(u32, u32)| (place::across(*height), place::down(*x));
    route.map(|route| route.points.iter().map(turned).collect()).unwrap_or_default()
}

fn curve(points: &[(u64, u64)]) -> String {
    let mut path = String::new();
    let mut last: Option<(u64, u64)> = None;
    for (x, y) in points.iter().copied() {
        match last {
            None => path.push_str(&["M", &pen(x, y)].concat()),
            Some((from_x, _)) if from_x == x => path.push_str(&["V", &decimal(y)].concat()),
            Some((from_x, from_y)) => {
                let middle = u64::midpoint(from_y, y);
                let curve = ["C", &pen(from_x, middle), " ", &pen(x, middle), " ", &pen(x, y)];
                path.push_str(&curve.concat());
            }
        }
        last = Some((x, y));
    }
    if let (Some((x, y)), Some((_, before))) = (last, points.len().checked_sub(2).and_then(|at| points.get(at))) {
        let is_down = *before <= y;
        let back = if is_down { y.saturating_sub(TIP) } else { y.saturating_add(TIP) };
        let [left, right] = [x.saturating_sub(TIP), x.saturating_add(TIP)];
        path.push_str(&["M", &pen(left, back), "L", &pen(x, y), "L", &pen(right, back)].concat());
    }
    path
}

/// A small curl at the upper right corner of a node.
fn curl(spot: &Spot) -> (String, Vec<Label>) {
    let right = spot.x.saturating_add(BOX_WIDTH);
    let (start, end) = (right.saturating_sub(26), spot.y.saturating_add(BOX_HEIGHT / 3));
    let out = right.saturating_add(16);
    let above = spot.y.saturating_sub(18);
    let tip = right.saturating_add(TIP);
    let mut path = ["M", &pen(start, spot.y), "C", &pen(start, above), " ", &pen(out, above), " "].concat();
    path.push_str(&[&pen(out, u64::midpoint(above, end)) as &str, "S", &pen(out, end), " ", &pen(right, end)].concat());
    let [upper, lower] = [end.saturating_sub(TIP), end.saturating_add(TIP)];
    path.push_str(&["M", &pen(tip, upper), "L", &pen(right, end), "L", &pen(tip, lower)].concat());
    let beside = (right.saturating_add(20), u64::midpoint(above, end));
    (path, Vec::from([(right.saturating_sub(4), above.saturating_sub(2)), beside]))
}

/// Halfway through each gap between layers, then nearer to its ends; where it passes a layer last.
fn labels(points: &[(u64, u64)]) -> Vec<Label> {
    let mut labels = Vec::new();
    for (sideways, on) in [(32, 32), (10, 19), (54, 45)] {
        for pair in points.windows(2) {
            if let [(x1, y1), (x2, y2)] = pair
                && y1.abs_diff(*y2) > BOX_HEIGHT
            {
                labels.push((between(*x1, *x2, sideways), between(*y1, *y2, on)));
            }
        }
    }
    let passes = points.windows(2).filter_map(|pair| match pair {
        [(x, y1), (_, y2)] if y1.abs_diff(*y2) <= BOX_HEIGHT => Some((*x, u64::midpoint(*y1, *y2))),
        _ => None,
    });
    labels.extend(passes);
    labels
}

/// So many 64ths of the way.
fn between(from: u64, to: u64, part: u64) -> u64 {
    from.saturating_mul(64 - part).saturating_add(to.saturating_mul(part)) / 64
}

/// How long and half how wide the tip of a link is.
const TIP: u64 = 5;

/// How far what leads up is from what leads down between the same two.
const ASIDE: u64 = 12;
