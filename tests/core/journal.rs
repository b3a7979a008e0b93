//! The journal: replays to the same state, and shows where it was tampered with.

use cxpulse_core::audit::{Bound, IGNORED_MAX};
use cxpulse_core::execution::Execution;
use cxpulse_core::journal::{Entry, Replay, ReplayError};
use expect_test::expect;

use crate::check::{CACHED, START, Scene};

/// The journal of a life, and the state it led to.
fn lived() -> (Vec<Entry>, Execution) {
    let happenings = [
        "cleared",
        "seen PENDING 0/10",
        "woken",
        "woken when due",
        "cleared",
        "http 429 7",
        "callback RUNNING",
        "callback RUNNING",
        "woken when due",
        "cleared",
        "seen COMPLETED 10/10",
        "callback FAILED",
    ];
    live(START, &happenings)
}

fn live(request: &str, happenings: &[&str]) -> (Vec<Entry>, Execution) {
    let mut scene = Scene::after(request, "");
    let mut entries = vec![Entry::opened(&scene.order, &Execution::open(&scene.order))];
    for happening in happenings {
        let before = scene.execution.clone();
        let event = scene.event(happening).expect("an event");
        let step = scene.step(event.clone());
        let number = entries.len() as u64 + 1;
        entries.extend(Entry::of(number, scene.now.into(), event, &before, &step));
    }
    (entries, scene.execution)
}

fn replay(entries: &[Entry]) -> Result<Execution, ReplayError> {
    let mut replay = Replay::begin(entries[0].clone())?;
    for entry in &entries[1..] {
        replay.follow(entry)?;
    }
    Ok(replay.execution().clone())
}

#[test]
fn a_journal_replays_to_the_state_that_it_led_to() {
    let (entries, execution) = lived();
    assert_eq!(replay(&entries), Ok(execution));
}

#[test]
fn what_changes_nothing_is_written_up_to_its_bound_and_the_journal_replays_without_the_rest() {
    let mut scene = Scene::after(START, "");
    let mut entries = vec![Entry::opened(&scene.order, &Execution::open(&scene.order))];
    for happening in ["cleared", "seen RUNNING", "callback COMPLETED"] {
        let before = scene.execution.clone();
        let event = scene.event(happening).expect("an event");
        let step = scene.step(event.clone());
        entries.extend(Entry::of(entries.len() as u64 + 1, scene.now.into(), event, &before, &step));
    }
    let (mut bound, lived) = (Bound::default(), entries.len() as u64);
    for _ in 0..IGNORED_MAX * 3 {
        let before = scene.execution.clone();
        let event = scene.event("callback COMPLETED").expect("an event");
        let step = scene.step(event.clone());
        let entry = Entry::of(entries.len() as u64 + 1, scene.now.into(), event, &before, &step);
        entries.extend(entry.filter(|entry| bound.takes_entry(entry)));
    }
    assert_eq!(entries.len() as u64, lived + IGNORED_MAX);
    assert_eq!(replay(&entries), Ok(scene.execution));
    let changing = entries.first().expect("the opening");
    assert!(bound.takes_entry(changing), "what changes something is always written");
}

#[test]
fn a_journal_survives_its_json() {
    let (entries, execution) = lived();
    let lines = entries.iter().map(|entry| serde_json::to_string(entry).expect("JSON"));
    let read: Vec<Entry> = lines.map(|line| serde_json::from_str(&line).expect("our own line")).collect();
    assert_eq!(replay(&read), Ok(execution));
}

#[test]
fn what_the_cache_had_replays_and_survives_its_json() {
    for happenings in [&["recalled fresh"][..], &["recalled old", "cleared", "seen RUNNING", "woken past the deadline"]]
    {
        let (entries, execution) = live(CACHED, happenings);
        let lines = entries.iter().map(|entry| serde_json::to_string(entry).expect("JSON"));
        let read: Vec<Entry> = lines.map(|line| serde_json::from_str(&line).expect("our own line")).collect();
        assert_eq!(replay(&read), Ok(execution.clone()));
        let saved = serde_json::to_string(&execution).expect("JSON");
        assert_eq!(serde_json::from_str::<Execution>(&saved).expect("our own state"), execution);
    }
}

#[test]
fn wakes_that_change_nothing_are_not_told() {
    let text = serde_json::to_string(&lived().0).expect("JSON");
    assert!(!text.contains("woken"), "{text}");
}

#[test]
fn a_line_that_was_tampered_with_is_found() {
    let (entries, _) = lived();
    for index in 0..entries.len() {
        let mut forged = entries.clone();
        forged[index].seq += 1;
        assert_eq!(replay(&forged), Err(ReplayError::Differs { number: index as u64 + 1 }));
    }
}

#[test]
fn a_line_that_is_missing_or_twice_is_found() {
    let (entries, _) = lived();
    let mut gap = entries.clone();
    gap.remove(2);
    assert_eq!(replay(&gap), Err(ReplayError::Gap { expected: 3, got: 4 }));
    let mut twice = entries.clone();
    twice.insert(2, entries[1].clone());
    assert_eq!(replay(&twice), Err(ReplayError::Gap { expected: 3, got: 2 }));
    assert_eq!(replay(&entries[1..]), Err(ReplayError::NotOpened));
}

#[test]
fn errors_say_where() {
    expect!["entry 4 follows where entry 3 should"].assert_eq(&ReplayError::Gap { expected: 3, got: 4 }.to_string());
    expect!["the core decides entry 9 otherwise than the journal says"]
        .assert_eq(&ReplayError::Differs { number: 9 }.to_string());
}

#[test]
fn the_replay_command_prints_each_step_and_finds_a_forged_line() {
    let (entries, _) = lived();
    let (is_good, text) = run_replay("whole", &entries);
    assert!(is_good && text.ends_with("the core decides every line as the journal says; completed\n"), "{text}");
    assert_eq!(text.matches("\n      now  ").count(), entries.len());
    let mut forged = entries;
    forged[3].seq += 1;
    let (is_good, text) = run_replay("forged", &forged);
    assert!(!is_good && text.ends_with("the core decides entry 4 otherwise than the journal says\n"), "{text}");
}

fn run_replay(name: &str, entries: &[Entry]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let file = folder.path().join(name);
    let lines = entries.iter().map(|entry| serde_json::to_string(entry).expect("JSON") + "\n");
    std::fs::write(&file, lines.collect::<String>()).expect("the journal is written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cxpulse-replay"));
    let output = command.arg(&file).output().expect("the command runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}
