//! The lives that an execution can lead: each a table of what CXone says from which instant on. Never knows the
//! clock: time is what has passed since the submit.

use cxpulse_core::time::Span;
use serde::Serialize;

/// Records that every execution works on.
pub const RECORDS_TOTAL: u64 = 50_000;

/// The longest life that `sim-for-<N>s` gives, in seconds: a day.
pub const FOR_SECONDS_MAX: u64 = 86_400;

/// A script as a menu shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScriptSummary {
    /// The action id that leads this life: `sim-fast`.
    pub name: &'static str,
    /// One sentence for a person.
    pub about: &'static str,
    /// Seconds from the submit to the end; `None` when it never ends.
    pub seconds: Option<f64>,
}

/// One execution's life: what is said about it from which offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    /// (milliseconds since the submit, word), ascending, the first at 0.
    steps: Vec<(u64, &'static str)>,
    /// (milliseconds since the submit, thousandths done), ascending in both; empty when no progress is told.
    curve: Vec<(u64, u64)>,
    pub(crate) twist: Twist,
}

/// What a life does beside saying its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist {
    Plain,
    /// Polls in that time get bodies that are not the schema.
    Degraded {
        from: Span,
        to: Span,
    },
    /// The result has so many bytes.
    Heavy(usize),
    /// The result has so many bytes in the answer to a poll, and the usual few elsewhere.
    HeavyPoll(usize),
    /// Not found by anyone until so long after the submit.
    Late(Span),
}

/// What is said of a life at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) word: &'static str,
    /// Records done; `None` when this life tells no progress.
    pub(crate) done: Option<u64>,
}

impl Life {
    /// The life by action id (`sim-fast`) or by script (`fast`).
    pub(crate) fn find(name: &str) -> Option<Self> {
        let script = name.strip_prefix("sim-").unwrap_or(name);
        match ROWS.iter().find(|row| row.name.strip_prefix("sim-") == Some(script)) {
            Some(row) => Some(Self { steps: row.steps.to_vec(), curve: row.curve.to_vec(), twist: row.twist }),
            None => Self::lasting(script),
        }
    }

    /// What is said `elapsed` after the submit.
    pub(crate) fn sight(&self, elapsed: Span) -> Sight {
        let ms = elapsed.as_millis();
        let step = self.steps.iter().rev().find(|(at, _)| *at <= ms).or(self.steps.first());
        let word = step.map_or("PENDING", |(_, word)| word);
        let done = (!self.curve.is_empty()).then(|| RECORDS_TOTAL * permille(&self.curve, ms) / 1_000);
        Sight { word, done }
    }

    /// Offset at which it is first said to run.
    pub(crate) fn starts_after(&self) -> Option<Span> {
        self.first(|word| word.eq_ignore_ascii_case("RUNNING"))
    }

    /// Offset at which it first is said to have ended.
    pub(crate) fn ends_after(&self) -> Option<Span> {
        self.first(is_end)
    }

    /// Offsets at which CXone calls back: the end, and whatever it says after it.
    pub(crate) fn callbacks_after(&self) -> Vec<Span> {
        self.steps.iter().skip_while(|(_, word)| !is_end(word)).map(|(at, _)| Span::from_millis(*at)).collect()
    }

    /// `for-90s`: linear progress over so many seconds.
    fn lasting(script: &str) -> Option<Self> {
        let seconds: u64 = script.strip_prefix("for-")?.strip_suffix('s')?.parse().ok()?;
        if seconds == 0 || seconds > FOR_SECONDS_MAX {
            return None;
        }
        let (start, end) = ((seconds * 100).min(300), seconds * 1_000);
        Some(Self {
            steps: vec![(0, "PENDING"), (start, "RUNNING"), (end, "COMPLETED")],
            curve: vec![(start, 0), (end, 1_000)],
            twist: Twist::Plain,
        })
    }

    fn first(&self, is_it: impl Fn(&str) -> bool) -> Option<Span> {
        self.steps.iter().find(|(_, word)| is_it(word)).map(|(at, _)| Span::from_millis(*at))
    }
}

/// Every script, in the order of a menu.
#[must_use]
pub fn summaries() -> Vec<ScriptSummary> {
    let seconds = |row: &Row| Life::find(row.name)?.ends_after().map(Span::as_secs_f64);
    let named = ROWS.iter().map(|row| ScriptSummary { name: row.name, about: row.about, seconds: seconds(row) });
    let lasting = ScriptSummary {
        name: "sim-for-90s",
        about: "Linear progress over as many seconds as its name says, 1 to 86400.",
        seconds: Some(90.0),
    };
    named.chain([lasting]).collect()
}

/// Whether a word is one of CXone's ends, in any case and either spelling.
pub(crate) fn is_end(word: &str) -> bool {
    ["COMPLETED", "FAILED", "CANCELED", "CANCELLED"].iter().any(|end| end.eq_ignore_ascii_case(word))
}

/// Whether a word is the good end.
pub(crate) fn is_completed(word: &str) -> bool {
    word.eq_ignore_ascii_case("COMPLETED")
}

/// Whether a word is the bad end.
pub(crate) fn is_failed(word: &str) -> bool {
    word.eq_ignore_ascii_case("FAILED")
}

/// Thousandths done at `ms`, on straight lines between the curve's points and level outside them.
fn permille(curve: &[(u64, u64)], ms: u64) -> u64 {
    let before = curve.iter().rev().find(|(at, _)| *at <= ms);
    let after = curve.iter().find(|(at, _)| *at > ms);
    match (before, after) {
        (Some((from, low)), Some((to, high))) => {
            low + high.saturating_sub(*low) * ms.saturating_sub(*from) / to.saturating_sub(*from).max(1)
        }
        (Some((_, last)), None) => *last,
        (None, Some((_, first))) => *first,
        (None, None) => 0,
    }
}

struct Row {
    name: &'static str,
    about: &'static str,
    steps: &'static [(u64, &'static str)],
    curve: &'static [(u64, u64)],
    twist: Twist,
}

const fn row(
    name: &'static str,
    about: &'static str,
    steps: &'static [(u64, &'static str)],
    curve: &'static [(u64, u64)],
    twist: Twist,
) -> Row {
    Row { name, about, steps, curve, twist }
}

const SHORT: &[(u64, &str)] = &[(0, "PENDING"), (300, "RUNNING"), (3_000, "COMPLETED")];
const SHORT_CURVE: &[(u64, u64)] = &[(300, 0), (3_000, 1_000)];
const DEGRADED: Twist = Twist::Degraded { from: Span::from_millis(1_500), to: Span::from_millis(7_000) };

/// Two mebibytes: over the size up to which a result is kept whole.
const LARGE_BYTES: usize = 2 * 1024 * 1024;
/// Fifty megabytes: over anything that should be read into memory.
const HUGE_BYTES: usize = 50_000_000;

const ROWS: &[Row] = &[
    row("sim-fast", "Runs at once and completes in 3 seconds, with progress.", SHORT, SHORT_CURVE, Twist::Plain),
    row(
        "sim-slow",
        "Completes in a minute, with steady progress.",
        &[(0, "PENDING"), (300, "RUNNING"), (60_000, "COMPLETED")],
        &[(300, 0), (60_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-queued",
        "Waits in the queue, then runs and completes in 8 seconds.",
        &[(0, "PENDING"), (1_000, "QUEUED"), (4_000, "RUNNING"), (8_000, "COMPLETED")],
        &[(4_000, 0), (8_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-failing",
        "Fails after 3 seconds with an error object.",
        &[(0, "PENDING"), (300, "RUNNING"), (3_000, "FAILED")],
        &[(300, 0), (3_000, 600)],
        Twist::Plain,
    ),
    row(
        "sim-canceled",
        "Canceled by CXone after 3 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (3_000, "CANCELED")],
        &[(300, 0), (3_000, 400)],
        Twist::Plain,
    ),
    row(
        "sim-cancelled",
        "Canceled by CXone, which spells it with two l.",
        &[(0, "PENDING"), (300, "RUNNING"), (3_000, "CANCELLED")],
        &[(300, 0), (3_000, 400)],
        Twist::Plain,
    ),
    row(
        "sim-skipping",
        "Goes from pending to completed in 5 seconds and is never seen running.",
        &[(0, "PENDING"), (5_000, "COMPLETED")],
        &[(4_999, 0), (5_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-stepping-back",
        "Runs, goes back to the queue, runs again and completes in 7 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (2_000, "QUEUED"), (4_500, "RUNNING"), (7_000, "COMPLETED")],
        &[(300, 0), (2_000, 300), (4_500, 300), (7_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-degraded",
        "Answers polls with broken bodies for a while, recovers and completes in 10 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (10_000, "COMPLETED")],
        &[(300, 0), (10_000, 1_000)],
        DEGRADED,
    ),
    row(
        "sim-unknown-word",
        "Says WARMING_UP for a while and completes in 8 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (1_500, "WARMING_UP"), (5_000, "RUNNING"), (8_000, "COMPLETED")],
        &[(300, 0), (8_000, 1_000)],
        Twist::Plain,
    ),
    row("sim-never", "Runs for ever and gets nowhere.", &[(0, "PENDING"), (300, "RUNNING")], &[(0, 0)], Twist::Plain),
    row(
        "sim-stalling",
        "Stops at 60 % for 12 seconds and completes in 20.",
        &[(0, "PENDING"), (300, "RUNNING"), (20_000, "COMPLETED")],
        &[(300, 0), (4_000, 600), (16_000, 600), (20_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-uneven",
        "Crawls, races, crawls again and completes in 30 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (30_000, "COMPLETED")],
        &[(300, 0), (10_000, 100), (15_000, 700), (25_000, 800), (30_000, 1_000)],
        Twist::Plain,
    ),
    row(
        "sim-lowercase",
        "Says every word in lower case and completes in 3 seconds.",
        &[(0, "pending"), (300, "running"), (3_000, "completed")],
        SHORT_CURVE,
        Twist::Plain,
    ),
    row("sim-instant", "Has completed in the answer to the submit.", &[(0, "COMPLETED")], &[(0, 1_000)], Twist::Plain),
    row("sim-large", "Completes in 3 seconds with a result of 2 MiB.", SHORT, SHORT_CURVE, Twist::Heavy(LARGE_BYTES)),
    row(
        "sim-huge",
        "Completes in 3 seconds; the poll that says so has a body of 50 MB.",
        SHORT,
        SHORT_CURVE,
        Twist::HeavyPoll(HUGE_BYTES),
    ),
    row(
        "sim-late",
        "Is not found for 2 seconds after the submit, then completes in 5.",
        &[(0, "PENDING"), (2_500, "RUNNING"), (5_000, "COMPLETED")],
        &[(2_500, 0), (5_000, 1_000)],
        Twist::Late(Span::from_millis(2_000)),
    ),
    row(
        "sim-no-progress",
        "Tells no progress and completes in 8 seconds.",
        &[(0, "PENDING"), (300, "RUNNING"), (8_000, "COMPLETED")],
        &[],
        Twist::Plain,
    ),
    row(
        "sim-chatty-end",
        "Completes in 3 seconds, then says once more that it runs.",
        &[(0, "PENDING"), (300, "RUNNING"), (3_000, "COMPLETED"), (4_000, "RUNNING"), (5_000, "COMPLETED")],
        SHORT_CURVE,
        Twist::Plain,
    ),
];
