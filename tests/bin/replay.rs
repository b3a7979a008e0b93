//! `cargo xtask replay FILE`: runs a downloaded journal, of an execution, a chain or a history query, or a bundle through the core again, prints each step, and says where
//! the file and the core part ways.

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::process::ExitCode;

use cxpulse_core::bundle::{Bundle, BundleError};
use cxpulse_core::chain::{ChainEntry, ChainHappened, ChainReplay};
use cxpulse_core::journal::{Entry, Happened, Replay, ReplayError};
use cxpulse_core::json;
use cxpulse_core::retrieval::{HistoryEntry, HistoryHappened, HistoryReplay};
use serde_json::Value;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(file) = std::env::args().nth(1) else {
        return Err("which journal or bundle? cargo xtask replay FILE".into());
    };
    let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let mut out = stdout().lock();
    let lines: Vec<_> = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    let first = lines.first().map_or("", |(_, line)| *line);
    let replayed = if Bundle::is_one(first) {
        replay_bundle(&lines, &mut out)?
    } else if serde_json::from_str::<ChainEntry>(first).is_ok() {
        replay_chain(&lines, &mut out)?
    } else if serde_json::from_str::<HistoryEntry>(first).is_ok() {
        replay_history(&lines, &mut out)?
    } else {
        replay_journal(&lines, &mut out)?
    };
    match replayed {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(what) => {
            writeln!(out, "{what}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The outer error is of the output, the inner one of the bundle.
fn replay_bundle(lines: &[(usize, &str)], out: &mut impl Write) -> Result<Result<(), String>, std::io::Error> {
    let mut bundle: Option<Bundle> = None;
    for (number, line) in lines {
        let taken = match &mut bundle {
            None => Bundle::begin(line).map(|begun| {
                bundle = Some(begun);
                None
            }),
            Some(bundle) => bundle.take(line),
        };
        let entry = match taken {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("line {number}: {error}{}", difference(&error, line)))),
        };
        if let (Some(entry), Some(replay)) = (entry, bundle.as_ref().and_then(Bundle::replay)) {
            writeln!(out, "{}", describe(&entry, replay))?;
        }
    }
    let finished = bundle.as_ref().map_or(Err(BundleError::Cut), Bundle::finish);
    if let Err(error) = finished {
        return Ok(Err(error.to_string()));
    }
    let outcome = bundle.as_ref().and_then(Bundle::replay).map_or("nothing", outcome_of);
    writeln!(out, "the core decides every line as the bundle says, and its snapshot is the same; {outcome}")?;
    Ok(Ok(()))
}

/// Where the line and what the core has in its place part ways: the first pointer at which they differ, with both values.
fn difference(error: &BundleError, line: &str) -> String {
    let decided = match error {
        BundleError::Replay { decided: Some(decided), .. } => serde_json::to_value(decided).ok(),
        BundleError::Snapshot { decided } => serde_json::from_str(decided.as_str()).ok(),
        BundleError::Replay { decided: None, .. }
        | BundleError::Malformed { .. }
        | BundleError::Version(_)
        | BundleError::Order
        | BundleError::Cut => None,
    };
    let said: Option<Value> = serde_json::from_str(line).ok();
    let said = said.as_ref().and_then(|line| line.as_object()?.values().next());
    let Some((said, decided)) = said.zip(decided.as_ref()) else { return String::new() };
    match first_difference(said, decided, String::new()) {
        Some((pointer, said, decided)) => {
            format!("\n  at {pointer}\n    it says    {}\n    it is      {}", compact(&said), compact(&decided))
        }
        None => "\n  the same values, spelled otherwise".into(),
    }
}

/// Absent is shown as null.
fn first_difference(said: &Value, decided: &Value, pointer: String) -> Option<(String, Value, Value)> {
    let names: Vec<String> = match (said, decided) {
        (Value::Object(said), Value::Object(decided)) => said.keys().chain(decided.keys()).cloned().collect(),
        (Value::Array(said), Value::Array(decided)) => {
            (0..said.len().max(decided.len())).map(|i| i.to_string()).collect()
        }
        _ => return (said != decided).then(|| (pointer, said.clone(), decided.clone())),
    };
    names.into_iter().find_map(|name| {
        let step = format!("/{}", json::escape(&name));
        let of = |value: &Value| value.pointer(&step).cloned().unwrap_or_default();
        first_difference(&of(said), &of(decided), format!("{pointer}{step}"))
    })
}

/// The outer error is of the output, the inner one of the journal.
fn replay_journal(lines: &[(usize, &str)], out: &mut impl Write) -> Result<Result<(), String>, std::io::Error> {
    let mut replay: Option<Replay> = None;
    for (number, line) in lines {
        let entry: Entry = match serde_json::from_str(line) {
            Ok(entry) => entry,
            Err(error) => {
                return Ok(Err(ReplayError::Malformed { line: *number, what: error.to_string() }.to_string()));
            }
        };
        let followed = match &mut replay {
            None => Replay::begin(entry.clone()).map(|begun| replay = Some(begun)),
            Some(replay) => replay.follow(&entry).map(|_| ()),
        };
        if let Err(error) = followed {
            return Ok(Err(error.to_string()));
        }
        if let Some(replay) = &replay {
            writeln!(out, "{}", describe(&entry, replay))?;
        }
    }
    let Some(replay) = replay else { return Ok(Err(ReplayError::NotOpened.to_string())) };
    writeln!(out, "the core decides every line as the journal says; {}", outcome_of(&replay))?;
    Ok(Ok(()))
}

/// The outer error is of the output, the inner one of the journal.
fn replay_chain(lines: &[(usize, &str)], out: &mut impl Write) -> Result<Result<(), String>, std::io::Error> {
    let mut replay: Option<ChainReplay> = None;
    for (number, line) in lines {
        let entry: ChainEntry = match serde_json::from_str(line) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("line {number}: {error}"))),
        };
        let followed = match &mut replay {
            None => ChainReplay::begin(&entry).map(|begun| replay = Some(begun)),
            Some(replay) => replay.follow(&entry),
        };
        if let Err(error) = followed {
            return Ok(Err(format!("line {number}: {error}")));
        }
        if let Some(replay) = &replay {
            writeln!(out, "{}", describe_chain(&entry, replay))?;
        }
    }
    let ended = replay.as_ref().and_then(|replay| replay.chain().standing().ended());
    let outcome = ended.map_or("it goes on", |(outcome, _)| outcome.name());
    writeln!(out, "the core decides every line as the journal says; {outcome}")?;
    Ok(Ok(()))
}

/// One line for a person: when, what happened, what it led to.
fn describe_chain(entry: &ChainEntry, replay: &ChainReplay) -> String {
    let happened = match &entry.happened {
        ChainHappened::Opened(order) => format!("opened {}", order.id),
        ChainHappened::Event(event) => compact(event),
    };
    let now = compact(&replay.chain().summary());
    let effects: String = entry.effects.iter().map(|effect| format!("\n      do   {}", compact(effect))).collect();
    format!("{:>4} {} seq {}  {happened}\n      now  {now}{effects}", entry.number, entry.at.0, entry.seq)
}

/// The outer error is of the output, the inner one of the journal.
fn replay_history(lines: &[(usize, &str)], out: &mut impl Write) -> Result<Result<(), String>, std::io::Error> {
    let mut replay: Option<HistoryReplay> = None;
    for (number, line) in lines {
        let entry: HistoryEntry = match serde_json::from_str(line) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("line {number}: {error}"))),
        };
        let followed = match &mut replay {
            None => HistoryReplay::begin(&entry).map(|begun| replay = Some(begun)),
            Some(replay) => replay.follow(&entry),
        };
        if let Err(error) = followed {
            return Ok(Err(format!("line {number}: {error}")));
        }
        if let Some(replay) = &replay {
            writeln!(out, "{}", describe_history(&entry, replay))?;
        }
    }
    let ended = replay.as_ref().and_then(|replay| replay.retrieval().standing().ended());
    let outcome = ended.map_or("it goes on", |(outcome, _)| outcome.name());
    writeln!(out, "the core decides every line as the journal says; {outcome}")?;
    Ok(Ok(()))
}

/// One line for a person: when, what happened, what it led to.
fn describe_history(entry: &HistoryEntry, replay: &HistoryReplay) -> String {
    let happened = match &entry.happened {
        HistoryHappened::Opened(order) => format!("opened {}", order.id),
        HistoryHappened::Event(event) => compact(event),
    };
    let progress = replay.retrieval().progress();
    let effects: String = entry.effects.iter().map(|effect| format!("\n      do   {}", compact(effect))).collect();
    let (number, at, seq) = (entry.number, entry.at.0, entry.seq);
    let now = format!("{} rows of {:?}, pass {}", progress.rows, progress.total, progress.pass);
    format!("{number:>4} {at} seq {seq}  {happened}\n      now  {now}{effects}")
}

fn outcome_of(replay: &Replay) -> &'static str {
    replay.execution().ending().map_or("it goes on", |(ending, _)| ending.outcome().name())
}

/// One line for a person: when, what happened, what it led to.
fn describe(entry: &Entry, replay: &Replay) -> String {
    let happened = match &entry.happened {
        Happened::Opened { opened } => format!("opened {}", opened.id),
        Happened::Event(event) => compact(event),
    };
    let result = match entry.ignored {
        Some(why) => format!("ignored: {}", compact(&why)),
        None => compact(replay.execution().state()),
    };
    let effects: String = entry.effects.iter().map(|effect| format!("\n      do   {}", compact(effect))).collect();
    let anomalies: String = entry.anomalies.iter().map(|found| format!("\n      odd  {}", found.kind.code())).collect();
    format!("{:>4} {} seq {}  {happened}\n      now  {result}{effects}{anomalies}", entry.number, entry.at.0, entry.seq)
}

/// JSON on one line, cut where a payload would fill the screen.
fn compact(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    cxpulse_core::failure::cut(&text, 300).to_owned()
}
