//! How far an execution is, and when it will end if it goes on so. Never polls.

use serde::{Deserialize, Serialize};

use crate::time::{Span, Timestamp};

/// How far: `done` of `total` records. `done` may pass `total` where CXone's count does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Records processed.
    pub done: u64,
    /// Records in all; never zero.
    pub total: u64,
}

impl Progress {
    /// `None` where `total` is zero: nothing can be said of it.
    #[must_use]
    pub const fn new(done: u64, total: u64) -> Option<Self> {
        if total == 0 { None } else { Some(Self { done, total }) }
    }

    /// 0.0..=1.0.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "a ratio needs no more than a float's 53 bits")]
    pub fn ratio(self) -> f64 {
        (self.done as f64 / self.total as f64).min(1.0)
    }
}

/// What we have seen of an execution's progress: enough to place its end.
///
/// Speed is measured between an anchor and the latest sighting. While nothing was done at the anchor, it is a guess:
/// work may have begun any time after it. The second sighting of work puts the first in its place, and from then on the
/// anchor moves up to the last sighting but one when the speed changes, so that a change of pace is followed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Forecast {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<Point>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latest: Option<Point>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Point {
    at: Timestamp,
    done: u64,
}

impl Forecast {
    /// Work began at `at` with nothing done: CXone accepted it then. Only the first call counts.
    #[must_use]
    pub fn begun(&self, at: Timestamp) -> Self {
        Self { anchor: self.anchor.or(Some(Point { at, done: 0 })), ..self.clone() }
    }

    /// Takes in a sighting. A count that goes back starts over from it.
    #[must_use]
    pub fn seen(&self, progress: Progress, at: Timestamp) -> Self {
        let point = Point { at, done: progress.done };
        let anchor = match (self.anchor, self.latest) {
            (None, _) => point,
            (Some(anchor), Some(latest)) if point.done < latest.done || point.done < anchor.done => point,
            (Some(anchor), Some(latest)) if anchor.done == 0 && point.done > latest.done => latest,
            (Some(anchor), Some(latest)) if has_changed_pace(anchor, latest, point) => latest,
            (Some(anchor), _) => anchor,
        };
        Self { anchor: Some(anchor), latest: Some(point), total: Some(progress.total) }
    }

    /// Whether the speed was measured between two sightings of work. Else the end may well be sooner than foretold.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.anchor.is_some_and(|anchor| anchor.done > 0)
    }

    /// The latest progress.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        Progress::new(self.latest?.done, self.total?)
    }

    /// The instant at which the last record will be done at the speed seen. `None` without two points that
    /// differ: then nothing is known, and the ladder decides.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let (anchor, latest, total) = (self.anchor?, self.latest?, self.total?);
        let took = latest.at.since(anchor.at);
        let done = latest.done.checked_sub(anchor.done).filter(|done| *done > 0)?;
        let left = total.checked_sub(latest.done)?;
        let ms = u128::from(took.as_millis()).checked_mul(u128::from(left))?.checked_div(u128::from(done))?;
        let remaining = Span::from_millis(u64::try_from(ms).unwrap_or(u64::MAX));
        Some(latest.at.plus(remaining))
    }
}

/// Whether the latest stretch is more than a third slower or faster than the way up to it.
fn has_changed_pace(anchor: Point, latest: Point, point: Point) -> bool {
    let stretch = |from: Point, to: Point| {
        (u128::from(to.done.saturating_sub(from.done)), u128::from(to.at.since(from.at).as_millis()))
    };
    let (before, before_ms) = stretch(anchor, latest);
    let (now, now_ms) = stretch(latest, point);
    // Cross-multiplied: now/now_ms against before/before_ms.
    let (now_speed, before_speed) = (now.saturating_mul(before_ms), before.saturating_mul(now_ms));
    let is_slower = now_speed.saturating_mul(4) < before_speed.saturating_mul(3);
    let is_faster = now_speed.saturating_mul(3) > before_speed.saturating_mul(4);
    before > 0 && now > 0 && (is_slower || is_faster)
}
