//! Dispatch: what is told at once, what waits, and that no crash and no lost answer loses a record.

use cxpulse_core::dispatch::{BUNCH_AGE, BUNCH_MAX, DISPATCH_PATIENCE, Dispatch, Intake, Taken, Urgency};
use cxpulse_core::execution::Execution;
use cxpulse_core::time::{Span, Timestamp};
use expect_test::expect;
use proptest::prelude::*;

use crate::check::{NOON, START, Scene, order};

const SEED: u64 = 42;

#[test]
fn an_opening_a_change_of_status_and_an_end_are_told_at_once_and_nothing_else_is() {
    let order = order(START);
    let opened = Execution::open(&order).next;
    assert_eq!(Urgency::of(None, &opened), Urgency::Now);
    let mut scene = Scene::after(START, "");
    let mut told = String::new();
    for happening in ["cleared", "seen PENDING", "woken when due", "cleared", "http 503", "callback RUNNING", "cancel"]
    {
        let before = scene.execution.clone();
        scene.play(happening);
        told.push_str(&format!("{happening}: {:?}\n", Urgency::of(Some(&before), &scene.execution)));
    }
    expect![[r#"
        cleared: Later
        seen PENDING: Later
        woken when due: Later
        cleared: Later
        http 503: Later
        callback RUNNING: Now
        cancel: Now
    "#]]
    .assert_eq(&told);
}

#[test]
fn what_is_not_urgent_waits_for_others_or_for_its_time() {
    let mut dispatch = Dispatch::default();
    dispatch.wrote(1, Urgency::Later, NOON);
    assert_eq!((dispatch.take_due(NOON), dispatch.next_wake_at()), (None, Some(NOON.plus(BUNCH_AGE))));
    let mut other = dispatch.clone();
    assert_eq!(other.take_due(NOON.plus(BUNCH_AGE)), Some(0));
    dispatch.wrote(BUNCH_MAX - 1, Urgency::Later, NOON);
    assert_eq!(dispatch.take_due(NOON), None);
    dispatch.wrote(BUNCH_MAX, Urgency::Later, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(0), "{BUNCH_MAX} are a bunch");
}

#[test]
fn one_message_is_under_way_at_a_time_and_what_comes_meanwhile_goes_after_it() {
    let mut dispatch = Dispatch::default();
    dispatch.wrote(2, Urgency::Now, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(0));
    dispatch.wrote(5, Urgency::Now, NOON);
    assert_eq!((dispatch.take_due(NOON), dispatch.next_wake_at()), (None, Some(NOON.plus(DISPATCH_PATIENCE))));
    dispatch.arrived(2, false, NOON);
    assert_eq!((dispatch.owed(), dispatch.take_due(NOON)), (3, Some(2)));
    dispatch.arrived(5, false, NOON);
    assert_eq!((dispatch.owed(), dispatch.next_wake_at()), (0, None));
}

#[test]
fn what_a_full_message_had_no_room_for_follows_at_once() {
    let mut dispatch = Dispatch::default();
    dispatch.wrote(700, Urgency::Later, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(0));
    dispatch.arrived(500, true, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(500));
}

#[test]
fn a_directory_that_does_not_answer_is_tried_later_each_time_however_much_there_is_to_tell() {
    let mut dispatch = Dispatch::default();
    let mut now = NOON;
    let mut waits = Vec::new();
    for number in 1..=8 {
        dispatch.wrote(number, Urgency::Now, now);
        now = dispatch.next_wake_at().expect("something is owed");
        assert_eq!(dispatch.take_due(now), Some(0));
        dispatch.failed(SEED, now);
        let due_at = dispatch.next_wake_at().expect("it is tried again");
        waits.push(due_at.since(now).as_secs_f64());
        dispatch.wrote(number + 100, Urgency::Now, now);
        assert_eq!(dispatch.next_wake_at(), Some(due_at), "news does not hurry it");
    }
    let rungs = [1.0, 5.0, 20.0, 60.0, 180.0, 600.0, 600.0, 600.0];
    for (wait, rung) in waits.iter().zip(rungs) {
        assert!((rung..rung * 1.5).contains(wait), "{waits:?}");
    }
}

#[test]
fn a_message_whose_answer_never_comes_is_sent_again_once_patience_is_over() {
    let mut dispatch = Dispatch::default();
    dispatch.wrote(3, Urgency::Now, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(0));
    let at = NOON.plus(DISPATCH_PATIENCE);
    assert_eq!((dispatch.next_wake_at(), dispatch.take_due(at)), (Some(at), Some(0)));
    // What is written meanwhile, and may wait, does not hold it back.
    dispatch.wrote(4, Urgency::Later, at.plus(Span::from_secs(19)));
    assert_eq!(dispatch.take_due(at.plus(DISPATCH_PATIENCE)), Some(0));
}

#[test]
fn an_answer_that_never_comes_is_given_up_and_a_crash_sends_again() {
    let mut dispatch = Dispatch::default();
    dispatch.wrote(3, Urgency::Now, NOON);
    assert_eq!(dispatch.take_due(NOON), Some(0));
    let saved = serde_json::to_string(&dispatch).expect("JSON");
    let mut restarted: Dispatch = serde_json::from_str(&saved).expect("our own state");
    restarted.interrupted(NOON);
    assert_eq!(restarted.take_due(NOON), Some(0));
}

#[test]
fn what_begins_anew_under_the_same_id_is_another_execution() {
    let (first, second) = (NOON, NOON.plus(Span::from_secs(60)));
    let taken = |created_at| Some(Taken { created_at, last: 9 });
    assert_eq!(Intake::of(None, first), Intake::All { replaces: false });
    assert_eq!(Intake::of(taken(first), first), Intake::After(9));
    assert_eq!(Intake::of(taken(first), second), Intake::All { replaces: true });
    assert_eq!(Intake::of(taken(second), first), Intake::Nothing, "its predecessor comes too late");
}

proptest! {
    /// A directory that takes, loses, or takes and does not say so; an object that crashes at any point.
    #[test]
    fn every_record_arrives_in_order_once_the_directory_can_be_reached(
        turns in prop::collection::vec((0_u8..7, 0_u64..4, 0_u64..40_000), 1..200),
    ) {
        let mut stage = Stage::new();
        for (what, count, pause) in turns {
            stage.now = stage.now.plus(Span::from_millis(pause));
            match what {
                0 => stage.write(count, Urgency::Now),
                1 => stage.write(count, Urgency::Later),
                2 => stage.send(true, true),
                3 => stage.send(true, false),
                4 => stage.send(false, false),
                5 => stage.lose(),
                _ => stage.crash(),
            }
            let is_due = stage.dispatch.next_wake_at().is_some_and(|at| at <= stage.now);
            prop_assert_eq!(stage.dispatch.clone().take_due(stage.now).is_some(), is_due, "{:?}", stage.dispatch);
            prop_assert_eq!(stage.dispatch.next_wake_at().is_some(), stage.dispatch.owed() > 0);
        }
        // From here on all is well: only its own wakes drive it.
        let mut wakes = 0;
        while let Some(at) = stage.dispatch.next_wake_at() {
            stage.now = stage.now.max(at);
            stage.send(true, true);
            wakes += 1;
            prop_assert!(wakes < 10, "it comes to rest: {:?}", stage.dispatch);
        }
        prop_assert_eq!(&stage.directory, &(1..=stage.written).collect::<Vec<_>>());
        prop_assert_eq!(stage.dispatch.owed(), 0);
    }
}

/// An object with its rows, and a directory that takes each number once.
struct Stage {
    dispatch: Dispatch,
    saved: String,
    written: u64,
    directory: Vec<u64>,
    now: Timestamp,
}

impl Stage {
    fn new() -> Self {
        let dispatch = Dispatch::default();
        let saved = serde_json::to_string(&dispatch).expect("JSON");
        Self { dispatch, saved, written: 0, directory: Vec::new(), now: NOON }
    }

    fn save(&mut self) {
        self.saved = serde_json::to_string(&self.dispatch).expect("JSON");
    }

    fn write(&mut self, count: u64, urgency: Urgency) {
        self.written += count;
        self.dispatch.wrote(self.written, urgency, self.now);
        self.save();
    }

    fn send(&mut self, arrives: bool, is_answered: bool) {
        let Some(after) = self.dispatch.take_due(self.now) else { return };
        if arrives {
            let taken = self.directory.last().copied().unwrap_or_default();
            self.directory.extend((after + 1..=self.written).filter(|number| *number > taken));
        }
        if is_answered {
            let taken = self.directory.last().copied().unwrap_or_default();
            self.dispatch.arrived(taken, false, self.now);
        } else {
            self.dispatch.failed(SEED, self.now);
        }
        self.save();
    }

    /// A message leaves, and nobody ever says what became of it.
    fn lose(&mut self) {
        self.dispatch.take_due(self.now);
    }

    fn crash(&mut self) {
        self.dispatch = serde_json::from_str(&self.saved).expect("our own state");
        self.dispatch.interrupted(self.now);
    }
}
