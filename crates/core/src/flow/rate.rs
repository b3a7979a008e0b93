//! How fast a batch goes, over its last moments. Never foretells anything.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// Items that ended, by the moments at which they did: the latest [`POINTS_MAX`] moments, [`POINT_GAP`] apart at least. So
/// it covers some seconds of a fast batch, and the last ends of a slow one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// From when on is counted.
    since: Timestamp,
    points: Vec<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Point {
    /// The first end of it.
    from: Timestamp,
    /// The last end of it.
    to: Timestamp,
    count: u32,
}

impl Rate {
    /// Nothing has ended since then.
    #[must_use]
    pub const fn new(since: Timestamp) -> Self {
        Self { since, points: Vec::new() }
    }

    /// One more has ended.
    pub fn ended(&mut self, at: Timestamp) {
        if let Some(last) = self.points.last_mut()
            && at.since(last.from) < POINT_GAP
        {
            last.to = last.to.max(at);
            last.count = last.count.saturating_add(1);
            return;
        }
        self.points.push(Point { from: at, to: at, count: 1 });
        if self.points.len() > POINTS_MAX {
            // What goes is where counting begins from now on.
            self.since = self.points.remove(0).to;
        }
    }

    /// Items a second up to `now`; `None` before any ended.
    #[must_use]
    pub fn per_second(&self, now: Timestamp) -> Option<f64> {
        let count = self.points.iter().fold(0_u32, |sum, point| sum.saturating_add(point.count));
        let seconds = now.since(self.since).as_secs_f64();
        (count > 0 && seconds > 0.0).then(|| f64::from(count) / seconds)
    }

    /// When `left` more will have ended, at this rate; `None` before any ended.
    #[must_use]
    pub fn ends_at(&self, left: u32, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(Span::from_secs_f64(f64::from(left) / self.per_second(now)?)))
    }
}

/// Moments that are kept.
pub const POINTS_MAX: usize = 12;

/// How long ends belong to one moment.
pub const POINT_GAP: Span = Span::from_secs(1);
