//! `cargo xtask replay FILE`: runs a downloaded NDJSON journal through the core again, and prints each step.

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::process::ExitCode;

use cxpulse_core::journal::{Entry, Happened, Replay, ReplayError};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(file) = std::env::args().nth(1) else {
        return Err("which journal? cargo xtask replay FILE".into());
    };
    let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let mut out = stdout().lock();
    match replay(&text, &mut out)? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            writeln!(out, "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The outer error is of the output, the inner one of the journal.
fn replay(text: &str, out: &mut impl Write) -> Result<Result<(), ReplayError>, std::io::Error> {
    let mut replay: Option<Replay> = None;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines {
        let entry: Entry = match serde_json::from_str(line) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(ReplayError::Malformed { line: index + 1, what: error.to_string() })),
        };
        let followed = match &mut replay {
            None => Replay::begin(entry.clone()).map(|begun| replay = Some(begun)),
            Some(replay) => replay.follow(&entry).map(|_| ()),
        };
        if let Err(error) = followed {
            return Ok(Err(error));
        }
        if let Some(replay) = &replay {
            writeln!(out, "{}", describe(&entry, replay))?;
        }
    }
    match replay {
        None => Ok(Err(ReplayError::NotOpened)),
        Some(replay) => {
            let outcome = replay.execution().ending().map_or("it goes on", |(ending, _)| ending.outcome().name());
            writeln!(out, "the core decides every line as the journal says; {outcome}")?;
            Ok(Ok(()))
        }
    }
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
