//! No place and no event is left out of the table: a new variant does not compile until it is named here.

use std::collections::BTreeSet;

use cxpulse_core::call::{Answer, CallKind};
use cxpulse_core::execution::{Cleanup, Event, State};

use super::{PLACES, happenings};
use crate::check::Scene;

#[test]
fn every_state_has_a_row() {
    let places = PLACES.map(|(_, request, script)| Scene::after(request, script));
    let reached: BTreeSet<_> = places.iter().filter_map(|scene| state_name(scene.execution.state())).collect();
    assert_eq!(reached, STATES.into());
}

#[test]
fn every_event_has_a_column() {
    let (_, request, script) = PLACES[0];
    let mut scene = Scene::after(request, script);
    let named: BTreeSet<_> =
        happenings().iter().filter_map(|words| scene.event(words)).map(|e| event_name(&e)).collect();
    assert_eq!(named, EVENTS.into());
}

#[test]
fn places_are_what_their_names_say() {
    for (name, request, script) in PLACES {
        let state = state_name(Scene::after(request, script).execution.state()).expect("a state that there is");
        assert!(name.starts_with(state), "{name} is {state}");
    }
}

/// `None` for a combination that the machine never makes: cancels are made after the end only.
fn state_name(state: &State) -> Option<&'static str> {
    match state {
        State::Waiting { next, .. } => match next.kind {
            CallKind::Submit => Some("waiting submit"),
            CallKind::Poll => Some("waiting poll"),
            CallKind::LookUp => Some("waiting look up"),
            CallKind::Cancel => None,
        },
        State::Calling { call, .. } => match call.kind {
            CallKind::Submit => Some("calling submit"),
            CallKind::Poll => Some("calling poll"),
            CallKind::LookUp => Some("calling look up"),
            CallKind::Cancel => None,
        },
        State::Adrift { .. } => Some("adrift"),
        State::Ended { cleanup, .. } => match cleanup {
            Cleanup::Done => Some("ended"),
            Cleanup::AwaitingSubmit { .. } => Some("ended, awaiting submit"),
            Cleanup::Calling { .. } => Some("ended, calling cancel"),
            Cleanup::Waiting { .. } => Some("ended, waiting cancel"),
        },
    }
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Woken => "woken",
        Event::Answered { answer, .. } => match answer {
            Answer::Seen(_) => "seen",
            Answer::Absent => "absent",
            Answer::Acknowledged => "acknowledged",
            Answer::Failed(_) => "failed",
        },
        Event::Cleared { .. } => "cleared",
        Event::Postponed { .. } => "postponed",
        Event::Recalled { .. } => "recalled",
        Event::Interrupted => "interrupted",
        Event::CalledBack { .. } => "called back",
        Event::CancelRequested => "cancel requested",
    }
}

const STATES: [&str; 11] = [
    "waiting submit",
    "waiting poll",
    "waiting look up",
    "calling submit",
    "calling poll",
    "calling look up",
    "adrift",
    "ended",
    "ended, awaiting submit",
    "ended, calling cancel",
    "ended, waiting cancel",
];

const EVENTS: [&str; 11] = [
    "woken",
    "seen",
    "absent",
    "acknowledged",
    "failed",
    "cleared",
    "postponed",
    "recalled",
    "interrupted",
    "called back",
    "cancel requested",
];
