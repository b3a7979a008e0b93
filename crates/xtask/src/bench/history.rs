//! The path analyzer, natively and as the wasm that ships, beside PM4Py, the usual analyzer of steps in plain Python, and the Rust
//! crate of the field: on real logs and on a made one of 200,000 steps. All sides have to find the same graph.
//!
//! The real logs have licences of their own and lie beside the project; where they are absent, that is said.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::python;
use crate::bench::{Goal, Measurement};
use crate::tools::{self, Context, Failure, say};

mod programs;
mod served;

use self::programs::Programs;

/// A row for each thing measured, log by log.
pub(super) fn measure() -> Result<Vec<Measurement>, Failure> {
    let programs = Programs::build()?;
    let mut rows = Vec::new();
    for log in &LOGS {
        let Some(file) = (log.file)(&programs)? else { continue };
        say(format_args!("measuring {} on all sides", log.name));
        rows.extend(log.measure(&programs, &file)?);
    }
    say(format_args!("measuring the built Worker with 60 MB"));
    rows.extend(served::measure()?);
    Ok(rows)
}

/// A log, and what its rows are called.
struct Log {
    name: &'static str,
    /// `None` where it is absent.
    file: fn(&Programs) -> Result<Option<PathBuf>, Failure>,
    rounds: u32,
    whats: [&'static str; 5],
    /// Whether what it takes in memory is measured, too.
    is_large: bool,
}

macro_rules! whats {
    ($name:literal) => {
        [
            concat!($name, ": steps/ms loaded, ours / PM4Py"),
            concat!($name, ": from the file, ours / PM4Py"),
            concat!($name, ": step by step, ours / Python"),
            concat!($name, ": all, ours / rust4pm's graph"),
            concat!($name, ": ms from text, wasm / native"),
        ]
    };
}

const LOGS: [Log; 3] = [
    Log { name: "receipt", file: |_| Ok(real("receipt")), rounds: 10, whats: whats!("receipt"), is_large: false },
    Log { name: "sepsis", file: |_| Ok(real("sepsis")), rounds: 10, whats: whats!("sepsis"), is_large: false },
    Log { name: "made", file: |programs| programs.made().map(Some), rounds: 3, whats: whats!("made"), is_large: true },
];

impl Log {
    fn measure(&self, programs: &Programs, file: &Path) -> Result<Vec<Measurement>, Failure> {
        let ours = programs.ours(file, self.rounds * 3)?;
        let shipped = programs.shipped(file, self.rounds * 3)?;
        let python = programs.python(file, self.rounds)?;
        let field = programs.rust4pm(file, self.rounds)?;
        for (whose, other) in [("PM4Py", &python), ("the Rust crate", &field)] {
            agree(self.name, whose, &ours, other)?;
        }
        let (edges, same) = (ours.list("edges")?.len(), shipped.number("edges")?);
        if same != count(edges) {
            return Err(Failure::new(format!("{}: {edges} edges natively, {same} of the wasm that ships", self.name)));
        }
        let steps = ours.number("steps")?;
        if python.number("steps")? != steps || ours.number("lines")? != steps {
            return Err(Failure::new(format!("{}: not all steps were told on both sides", self.name)));
        }
        let rate = |figures: &Figures, name: &str| Ok::<_, Failure>(steps / figures.number(name)?);
        let [loaded, from_file, each, graph, wasm] = self.whats;
        let row = |what, ours, theirs, goal| Measurement { what, ours, theirs, goal };
        let mut rows = vec![
            row(loaded, rate(&ours, "loaded_ms")?, rate(&python, "loaded_ms")?, Goal::AtLeast(50.0)),
            row(from_file, rate(&ours, "file_ms")?, rate(&python, "file_ms")?, Goal::AtLeast(10.0)),
            row(each, rate(&ours, "steps_ms")?, rate(&python, "steps_ms")?, Goal::AtLeast(10.0)),
            row(graph, rate(&ours, "loaded_ms")?, rate(&field, "graph_ms")?, Goal::AtLeast(1.0)),
            row(wasm, shipped.number("parsed_ms")?, ours.number("parsed_ms")?, Goal::AtMost(2.5)),
        ];
        if self.is_large {
            let what = "made: MiB beyond the text / allowed";
            rows.push(row(what, ours.number("peak_mib")?, PEAK_MIB, Goal::AtMost(1.0)));
        }
        Ok(rows)
    }
}

/// What a program printed.
struct Figures(Value);

impl Figures {
    fn number(&self, name: &str) -> Result<f64, Failure> {
        let number = self.0.get(name).and_then(Value::as_f64);
        number.ok_or_else(|| Failure::new(format!("a program of the measurement does not tell {name}")))
    }

    fn list(&self, name: &str) -> Result<&[Value], Failure> {
        let list = self.0.get(name).and_then(Value::as_array).map(Vec::as_slice);
        list.ok_or_else(|| Failure::new(format!("a program of the measurement does not tell its {name}")))
    }
}

/// The same edges with the same counts, or it is not the same work.
fn agree(log: &str, whose: &str, ours: &Figures, theirs: &Figures) -> Result<(), Failure> {
    let (ours, theirs) = (ours.list("edges")?, theirs.list("edges")?);
    let odd =
        ours.iter().find(|edge| !theirs.contains(edge)).or_else(|| theirs.iter().find(|edge| !ours.contains(edge)));
    match odd {
        None if !ours.is_empty() && ours.len() == theirs.len() => Ok(()),
        None => Err(Failure::new(format!("{log}: {} edges, and of {whose} {}", ours.len(), theirs.len()))),
        Some(edge) => Err(Failure::new(format!("{log}: {whose} and we do not agree on {edge}"))),
    }
}

/// A log beside the project.
fn real(name: &str) -> Option<PathBuf> {
    let file = tools::root().join(format!("../shared/data/{name}.history.json.gz"));
    if file.is_file() {
        return Some(file);
    }
    say(format_args!("skipped: there is no {name} in ../shared/data"));
    None
}

/// What a program prints with these words.
fn figures(command: &mut Command) -> Result<Figures, Failure> {
    let output = command.output().context("cannot run a program of the measurement")?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map(Figures).context("a program of the measurement printed no JSON")
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// What the analyzer may take for 200,000 steps.
const PEAK_MIB: f64 = 32.0;
