//! Side-by-side measurements: a table on stdout and `target/bench.json`, ratios rather than times.
//! A measurement is one file in `bench/` and one line in [`BENCHES`].

use std::fs;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::tools::{self, Context, Failure, say};
use crate::{build, setup};

mod auth;
mod batch;
mod chain;
mod crowd;
mod gate;
mod history;
mod inspector;
mod load;
mod notice;
mod outage;
mod prediction;
mod python;
mod simulation;
mod size;
mod snapshot;
mod sockets;
mod stack;
mod streams;
mod upstream;

/// One thing measured on both sides in one run.
pub(crate) struct Measurement {
    /// What is compared, and in which unit.
    pub(crate) what: &'static str,
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// What `ours / theirs` is meant to be.
    pub(crate) goal: Goal,
}

/// Bounds for a ratio.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    Exactly(f64),
    /// Told beside the others; nothing is promised.
    None,
}

type Bench = fn() -> Result<Vec<Measurement>, Failure>;

/// Name, what it compares, and how.
const BENCHES: [(&str, &str, Bench); 13] = [
    ("auth", "GET of a snapshot: with a key or a view token / by a build that asks for neither", auth::measure),
    ("snapshot", "GET of a snapshot: the built Worker / the same by hand in JavaScript", snapshot::measure),
    ("streams", "calls to CXone of one execution: watched by 500 streams / by none", streams::measure),
    ("sockets", "5,000 sockets on one execution: measured / allowed", sockets::measure),
    ("notice", "from a callback to the element's event in a page: measured / allowed", notice::measure),
    ("prediction", "simulated lives of 1 s to 2 h, means: prediction / the bare ladder", prediction::measure),
    ("gate", "the gate's decision and state, natively: ours / allowed", gate::measure),
    ("crowd", "1,000 executions at once, 50 calls/s and 10 in flight: seen by CXone / allowed", crowd::measure),
    ("outage", "CXone fails for 60 s under 200 executions: seen / allowed", outage::measure),
    (
        "batch",
        "1,000 items, 10 at a time, 50 ms each: the built Worker / ideal, or an orchestrator in Python",
        batch::measure,
    ),
    ("chain", "chains, 1,000 nodes natively and some on the built Worker: measured / allowed", chain::measure),
    (
        "history",
        "path analysis of real logs and a made one: ours / PM4Py, plain Python, the Rust crate of the field",
        history::measure,
    ),
    ("size", "gzipped bytes: built / budget", size::measure),
];

/// `cargo xtask bench [NAME]`.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    let name = arguments.next();
    arguments.finish()?;
    let is_meant = |bench: &&(&str, &str, Bench)| name.as_deref().is_none_or(|name| name == bench.0);
    let meant: Vec<_> = BENCHES.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let names = BENCHES.map(|bench| bench.0).join(", ");
        return Err(Failure::new(format!("there is no such measurement; there are {names}")));
    }
    setup::for_building()?;
    build::build()?;
    let mut results = Vec::new();
    for (name, title, measure) in meant {
        say(format_args!("measuring {name}: {title}"));
        results.push((*name, measure()?));
    }
    print(&results);
    keep(&results)?;
    Ok(ExitCode::SUCCESS)
}

impl Measurement {
    fn ratio(&self) -> f64 {
        self.ours / self.theirs
    }

    fn goal(&self) -> String {
        match self.goal {
            Goal::AtLeast(bound) => format!(">= {bound}"),
            Goal::AtMost(bound) => format!("<= {bound}"),
            Goal::Exactly(bound) => format!("= {bound}"),
            Goal::None => String::new(),
        }
    }

    /// `None` where nothing is promised.
    fn is_met(&self) -> Option<bool> {
        match self.goal {
            Goal::AtLeast(bound) => Some(self.ratio() >= bound),
            Goal::AtMost(bound) => Some(self.ratio() <= bound),
            Goal::Exactly(bound) => Some((self.ratio() - bound).abs() < f64::EPSILON),
            Goal::None => None,
        }
    }
}

fn print(results: &[(&str, Vec<Measurement>)]) {
    println!("{:<10} {:<42} {:>12} {:>12} {:>8}  goal", "name", "what", "ours", "theirs", "ratio");
    for (name, measurements) in results {
        for one in measurements {
            let verdict = one.is_met().map_or("", |is_met| if is_met { "  met" } else { "  MISSED" });
            let (what, goal) = (one.what, one.goal());
            println!(
                "{name:<10} {what:<42} {:>12.1} {:>12.1} {:>8.3}  {goal}{verdict}",
                one.ours,
                one.theirs,
                one.ratio()
            );
        }
    }
}

/// Replaces what was measured now, and leaves what earlier runs measured.
fn keep(results: &[(&str, Vec<Measurement>)]) -> Result<(), Failure> {
    let file = tools::target().join("bench.json");
    let earlier = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut all: Map<String, Value> = earlier.unwrap_or_default();
    for (name, measurements) in results {
        let rows = measurements.iter().map(|one| {
            json!({
                "what": one.what, "ours": one.ours, "theirs": one.theirs,
                "ratio": one.ratio(), "goal": one.goal(), "met": one.is_met(),
            })
        });
        all.insert((*name).to_owned(), rows.collect());
    }
    let text = format!("{:#}\n", Value::Object(all));
    fs::write(&file, text).context(format_args!("cannot write {}", file.display()))?;
    say(format_args!("written to {}", file.display()));
    Ok(())
}
