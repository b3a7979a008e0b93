//! What holds of an outbox under any sequence of notifications, receivers, crashes, redrives and time.
//!
//! The shell of these tests keeps what a real one keeps: the outbox and the states, written together, as of the last
//! write when it crashes; and it knows what the receiver has seen, which no crash takes back.

use std::collections::BTreeMap;

use cxpulse_core::outbox::{Admission, Change, DEAD_MAX, Delivery, LetterState, OWED_MAX, Outbox, Pacing};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

use crate::check::NOON;

/// Something that an execution, a receiver, the world or an operator does.
#[derive(Debug, Clone)]
enum Happening {
    Owe,
    /// What is due is sent, and answered so.
    Try(Delivery),
    /// What is due is sent and reaches the receiver or not, and the process dies before its answer is written.
    TryAndCrash(bool),
    Crash,
    /// Time passes, in milliseconds.
    Pass(u64),
    /// Until the outbox has something to do.
    Sleep,
    /// All, or one by its place among the dead.
    Redrive(Option<usize>),
}

struct Shell {
    outbox: Outbox,
    states: BTreeMap<u64, LetterState>,
    /// Every number that reached the receiver, in order.
    seen: Vec<u64>,
    now: Timestamp,
    count: u64,
    ladder: Vec<Span>,
}

proptest! {
    #[test]
    fn none_is_lost_or_out_of_order_whatever_happens(
        rungs in 0_usize..4,
        happenings in prop::collection::vec(happening(), 1..300),
    ) {
        let mut shell = Shell::new(rungs);
        for happening in &happenings {
            shell.play(happening)?;
            shell.check()?;
        }
        shell.finish()?;
    }
}

impl Shell {
    fn new(rungs: usize) -> Self {
        let ladder = [5, 300, 7_200].into_iter().take(rungs).map(Span::from_secs).collect();
        Self { outbox: Outbox::default(), states: BTreeMap::new(), seen: Vec::new(), now: NOON, count: 0, ladder }
    }

    fn play(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Owe => self.owe(),
            Happening::Try(delivery) => self.send(*delivery)?,
            Happening::TryAndCrash(reaches) => {
                if let Some(number) = self.take()? {
                    self.seen.extend(reaches.then_some(number));
                }
                self.crash();
            }
            Happening::Crash => self.crash(),
            Happening::Pass(millis) => self.now = self.now.plus(Span::from_millis(*millis)),
            Happening::Sleep => self.now = self.outbox.next_wake_at().map_or(self.now, |at| at.max(self.now)),
            Happening::Redrive(which) => self.redrive(*which)?,
        }
        Ok(())
    }

    fn owe(&mut self) {
        let number = self.count + 1;
        if let Admission::Taken { dropped } = self.outbox.owe(number, self.now) {
            self.count = number;
            self.states.insert(number, LetterState::Owed);
            self.states.extend(dropped.map(|dropped| (dropped, LetterState::Dropped)));
        }
    }

    /// What is due: the lowest number of all that are owed, unless another is under way.
    fn take(&mut self) -> Result<Option<u64>, TestCaseError> {
        let waited = self.outbox.next_wake_at();
        let taken = self.outbox.take_due(self.now);
        prop_assert_eq!(taken.is_some(), waited.is_some_and(|at| at <= self.now), "what is due is sent, and no other");
        let least = self.of(LetterState::Owed).next();
        prop_assert!(taken.is_none_or(|taken| Some(taken) == least), "{taken:?} before {least:?}");
        Ok(taken)
    }

    fn send(&mut self, delivery: Delivery) -> Result<(), TestCaseError> {
        let Some(number) = self.take()? else { return Ok(()) };
        if delivery == Delivery::Arrived {
            self.seen.push(number);
        }
        let pacing = Pacing { ladder: &self.ladder, seed: 11 };
        let changes = self.outbox.delivered(number, delivery, pacing, self.now);
        prop_assert!(changes.iter().any(|change| change.number == number || change.state == LetterState::Dropped));
        for Change { number, state } in changes {
            let before = self.states.insert(number, state);
            let is_allowed = match state {
                LetterState::Dropped => before == Some(LetterState::Dead),
                LetterState::Owed | LetterState::Delivered | LetterState::Dead | LetterState::Unwanted => {
                    before == Some(LetterState::Owed)
                }
            };
            prop_assert!(is_allowed || before == Some(LetterState::Dead), "{number}: {before:?} to {state:?}");
        }
        Ok(())
    }

    /// What is in storage is as of the last write, which is all that this outbox has been through.
    fn crash(&mut self) {
        let stored = serde_json::to_string(&self.outbox).expect("an outbox is JSON");
        self.outbox = serde_json::from_str(&stored).expect("and is read again");
        self.outbox.interrupted();
    }

    fn redrive(&mut self, which: Option<usize>) -> Result<(), TestCaseError> {
        let dead: Vec<u64> = self.outbox.dead().to_vec();
        let room = OWED_MAX - self.outbox.owed();
        let one = which.and_then(|which| dead.get(which)).copied();
        let numbers = which.map(|_| one.into_iter().collect::<Vec<_>>());
        let back = self.outbox.redrive(numbers.as_deref(), self.now);
        let meant = numbers.unwrap_or(dead);
        prop_assert_eq!(&back, &meant.into_iter().take(room).collect::<Vec<_>>());
        self.states.extend(back.into_iter().map(|number| (number, LetterState::Owed)));
        Ok(())
    }

    fn of(&self, state: LetterState) -> impl Iterator<Item = u64> {
        self.states.iter().filter(move |(_, other)| **other == state).map(|(number, _)| *number)
    }

    /// The outbox and the rows say the same, nothing is above its bound, and whatever is owed has a time.
    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.outbox.owed(), self.of(LetterState::Owed).count());
        prop_assert_eq!(self.outbox.dead(), self.of(LetterState::Dead).collect::<Vec<_>>());
        prop_assert!(self.outbox.owed() <= OWED_MAX && self.outbox.dead().len() <= DEAD_MAX);
        prop_assert_eq!(self.outbox.next_wake_at().is_some(), self.outbox.owed() > 0);
        let has_delivered_unseen = self.of(LetterState::Delivered).any(|number| !self.seen.contains(&number));
        prop_assert!(!has_delivered_unseen, "what counts as delivered was seen");
        Ok(())
    }

    /// The receiver comes back and an operator redrives: everything arrives, but what was dropped or unwanted.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        self.crash();
        self.redrive(None)?;
        let before = self.seen.len();
        while let Some(at) = self.outbox.next_wake_at() {
            self.now = self.now.max(at);
            self.send(Delivery::Arrived)?;
            self.check()?;
        }
        let (_, last) = self.seen.split_at(before);
        prop_assert!(last.is_sorted(), "in order: {last:?}");
        let is_over = |state: &LetterState| !matches!(state, LetterState::Owed | LetterState::Dead);
        prop_assert!(self.states.values().all(is_over), "{:?}", self.states);
        Ok(())
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => Just(Happening::Owe),
        6 => delivery().prop_map(Happening::Try),
        2 => any::<bool>().prop_map(Happening::TryAndCrash),
        1 => Just(Happening::Crash),
        2 => (0_u64..40_000).prop_map(Happening::Pass),
        6 => Just(Happening::Sleep),
        1 => prop::option::of(0_usize..4).prop_map(Happening::Redrive),
    ]
}

fn delivery() -> impl Strategy<Value = Delivery> {
    prop_oneof![
        4 => Just(Delivery::Arrived),
        6 => Just(Delivery::Failed(None)),
        1 => (0_u64..100_000).prop_map(|seconds| Delivery::Failed(Some(Span::from_secs(seconds)))),
        1 => Just(Delivery::Gone),
    ]
}
