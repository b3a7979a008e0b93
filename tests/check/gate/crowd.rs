//! Many callers at one gate: each asks, comes back when told, makes its call and reports. Never looks into the gate.
//!
//! As the Worker does it: one who is held asks again when its time has come, or where it hears of it when any call was reported on, one who was
//! sent away comes back a little late.

use std::collections::BTreeMap;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::execution::Reason;
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Decision, Fate, Report, Share, hears_reports};
use cxpulse_core::time::{Span, Timestamp};

use super::GateScene;

/// The callers, and what is to happen when.
#[derive(Debug)]
pub(crate) struct Crowd {
    scene: GateScene,
    callers: Vec<Caller>,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    queued: u64,
    /// How long each call takes.
    pub(crate) takes: Span,
    /// The calls let go, in their order.
    pub(crate) served: Vec<Served>,
}

/// A call that was let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Served {
    /// Whose.
    pub(crate) caller: usize,
    /// When it first asked.
    pub(crate) asked_at: Timestamp,
    /// When it went.
    pub(crate) at: Timestamp,
    /// How often it came to the gate.
    pub(crate) trips: u32,
}

#[derive(Debug)]
struct Caller {
    ask: Ask,
    asked_at: Timestamp,
    trips: u32,
    standing: Standing,
    /// When it asks next, in the queue.
    due: (Timestamp, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Away,
    Held(Reason),
    /// Will never come again.
    Dead,
    Served,
}

#[derive(Debug, Clone, Copy)]
enum Happening {
    Ask(usize),
    Back(Report),
}

impl Crowd {
    /// Nobody yet, at a gate under these rules.
    pub(crate) fn at(rules: &str) -> Self {
        Self {
            scene: GateScene::open(rules),
            callers: Vec::new(),
            queue: BTreeMap::new(),
            queued: 0,
            takes: Span::from_millis(40),
            served: Vec::new(),
        }
    }

    /// One more, who asks for the first time so long after the beginning.
    pub(crate) fn add(&mut self, key: u64, after: Span) {
        let at = super::NOON.plus(after);
        let index = self.callers.len();
        let caller = u64::try_from(index).expect("few callers");
        let ask = Ask { caller, key, kind: None, newer_than: None, patience: CALL_PATIENCE, share: Share::Whole };
        let due = self.push(at, Happening::Ask(index));
        self.callers.push(Caller { ask, asked_at: at, trips: 1, standing: Standing::Away, due });
    }

    /// The caller dies at its first hold or leave: it never comes back.
    pub(crate) fn kill(&mut self, caller: usize) {
        self.callers[caller].standing = Standing::Dead;
    }

    /// Plays until nothing is left to happen.
    pub(crate) fn play(&mut self) {
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.scene.now = self.scene.now.max(at);
            assert!(self.scene.now.since(super::NOON) < PATIENCE, "somebody never gets through");
            match happening {
                Happening::Ask(index) => self.ask(index),
                Happening::Back(report) => {
                    self.scene.gate.report(&self.scene.rules, &report, at);
                    self.wake_held();
                }
            }
        }
    }

    fn ask(&mut self, index: usize) {
        let now = self.scene.now;
        let caller = &mut self.callers[index];
        if caller.standing == Standing::Served {
            return;
        }
        let is_dead = caller.standing == Standing::Dead;
        let ask = caller.ask;
        match self.scene.decide(&ask) {
            Decision::Granted { lease, .. } => {
                let caller = &mut self.callers[index];
                caller.standing = Standing::Served;
                self.served.push(Served { caller: index, asked_at: caller.asked_at, at: now, trips: caller.trips });
                let report = Report {
                    lease,
                    keeps: false,
                    token_version: 1,
                    fate: Fate::Good,
                    took: self.takes,
                    allowance: Allowance::default(),
                };
                self.push(now.plus(self.takes), Happening::Back(report));
            }
            Decision::Fetch => unreachable!("the scene has a token"),
            Decision::Hold { until, reason } if !is_dead => {
                let due = self.push(until, Happening::Ask(index));
                self.callers[index].standing = Standing::Held(reason);
                self.callers[index].due = due;
            }
            Decision::Leave { until, .. } if !is_dead => {
                self.callers[index].standing = Standing::Away;
                self.callers[index].trips += 1;
                let late = Span::from_millis(u64::try_from(index).unwrap_or(0) % LATE_MS);
                self.push(until.plus(late), Happening::Ask(index));
            }
            Decision::Hold { .. } | Decision::Leave { .. } => {}
        }
    }

    fn wake_held(&mut self) {
        let now = self.scene.now;
        let held = (0..self.callers.len())
            .filter(|index| matches!(self.callers[*index].standing, Standing::Held(reason) if hears_reports(reason)));
        for index in held.collect::<Vec<_>>() {
            self.queue.remove(&self.callers[index].due);
            self.callers[index].due = self.push(now, Happening::Ask(index));
        }
    }

    fn push(&mut self, at: Timestamp, happening: Happening) -> (Timestamp, u64) {
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
        (at, self.queued)
    }
}

/// No crowd of a test takes longer.
const PATIENCE: Span = Span::from_secs(7_200);

/// An alarm is so many milliseconds late at most.
const LATE_MS: u64 = 20;
