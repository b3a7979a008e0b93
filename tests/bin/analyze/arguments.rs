//! The command line of `cargo xtask analyze`, read into what the core takes.

use std::error::Error;

use cxpulse_core::history::{Day, Filter, Judged, MissingEnd, OpenHours, Options};
use cxpulse_core::time::{Span, Timestamp};

/// What is asked for.
pub(crate) struct Arguments {
    pub(crate) file: String,
    pub(crate) is_json: bool,
    pub(crate) export: Option<Export>,
    pub(crate) compare: Option<String>,
    pub(crate) options: Options,
    pub(crate) filter: Filter,
}

/// A format of another tool.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    Xes,
    Csv,
    Dot,
    Mermaid,
    Steps,
}

impl Arguments {
    pub(crate) fn parse(mut words: pico_args::Arguments) -> Result<Self, Box<dyn Error>> {
        let is_json = words.contains("--json");
        let export = words.opt_value_from_fn("--export", export)?;
        let compare = words.opt_value_from_str("--compare")?;
        let (options, filter) = (options(&mut words)?, filter(&mut words)?);
        let mut rest = words.finish().into_iter().map(|word| word.to_string_lossy().into_owned());
        let file = rest.next().filter(|file| file == "-" || !file.starts_with('-'));
        let file = file.ok_or_else(|| format!("which history?\n\n{USAGE}"))?;
        if let Some(word) = rest.next() {
            return Err(format!("{word} is not understood here\n\n{USAGE}").into());
        }
        Ok(Self { file, is_json, export, compare, options, filter })
    }
}

fn options(words: &mut pico_args::Arguments) -> Result<Options, Box<dyn Error>> {
    let mut options = Options::default();
    if let Some(threshold) = words.opt_value_from_fn("--threshold", seconds)? {
        options.threshold = threshold;
    }
    if words.contains("--all-nodes") {
        options.judged = Judged::All;
    }
    if words.contains("--take-next-start") {
        options.missing_end = MissingEnd::TakeNextStart;
    }
    if let Some(top) = words.opt_value_from_str("--top")? {
        options.top = top;
    }
    let holidays: Vec<i64> = words.values_from_fn("--holiday", day)?;
    if let Some(hours) = words.opt_value_from_str::<_, String>("--hours")? {
        options.hours = Some(open_hours(&hours, &holidays)?);
    } else if !holidays.is_empty() {
        return Err("--holiday is of use with --hours only".into());
    }
    Ok(options)
}

fn filter(words: &mut pico_args::Arguments) -> Result<Filter, Box<dyn Error>> {
    Ok(Filter {
        from: words.opt_value_from_fn("--from", instant)?,
        until: words.opt_value_from_fn("--until", instant)?,
        variant: words.opt_value_from_str("--variant")?,
        node: words.opt_value_from_str("--node")?,
        error: words.opt_value_from_str("--error")?,
    })
}

fn export(word: &str) -> Result<Export, String> {
    match word {
        "xes" => Ok(Export::Xes),
        "csv" => Ok(Export::Csv),
        "dot" => Ok(Export::Dot),
        "mermaid" => Ok(Export::Mermaid),
        "steps" => Ok(Export::Steps),
        other => Err(format!("{other} is none of xes, csv, dot, mermaid, steps")),
    }
}

fn seconds(word: &str) -> Result<Span, String> {
    let seconds: Option<f64> = word.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0);
    seconds.map(Span::from_secs_f64).ok_or_else(|| format!("{word} is no number of seconds"))
}

fn instant(word: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(word).map_err(|error| format!("{word} is {error}"))
}

/// Days since 1970-01-01 of `2026-12-24`.
fn day(word: &str) -> Result<i64, String> {
    let midnight = instant(&format!("{word}T00:00:00Z")).map_err(|_| format!("{word} is no date like 2026-12-24"))?;
    Ok(i64::try_from(midnight.as_millis() / 86_400_000).unwrap_or_default())
}

/// `mon-fri 09:00-17:30 +01:00`.
fn open_hours(words: &str, holidays: &[i64]) -> Result<OpenHours, String> {
    let fault = || format!("{words} is not like \"mon-fri 09:00-17:30 +01:00\"");
    let mut parts = words.split_whitespace();
    let (days, clock, zone) = (parts.next().ok_or_else(fault)?, parts.next().ok_or_else(fault)?, parts.next());
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let number = |name: &str| WEEK.iter().position(|day| *day == name.to_lowercase()).ok_or_else(fault);
    let (first, last) = (number(first)?, number(last)?);
    let (opens, closes) = clock.split_once('-').ok_or_else(fault)?;
    let open = Day { opens: minutes(opens).ok_or_else(fault)?, closes: minutes(closes).ok_or_else(fault)? };
    let week = std::array::from_fn(|day| {
        let is_open = if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last };
        if is_open { open } else { Day { opens: 0, closes: 0 } }
    });
    let offset = zone.map_or(Some(0), offset).ok_or_else(fault)?;
    OpenHours::new(offset, week, holidays.iter().copied()).ok_or_else(|| format!("{words} is never open"))
}

fn minutes(clock: &str) -> Option<u16> {
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let minutes = i16::try_from(minutes(zone.get(1..)?)?).ok()?;
    match zone.get(..1) {
        Some("+") => Some(minutes),
        Some("-") => Some(-minutes),
        _ => None,
    }
}

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const USAGE: &str = "\
cargo xtask analyze FILE         a page, a list of rows, or lines of either; plain or gzip; - is the standard input
  --json                         the report as JSON, as GET /v1/histories/{id}/report has it
  --export FORMAT                xes, csv, dot, mermaid, or steps (a line of JSON each)
  --compare EARLIER              what is different from another file
  --threshold SECONDS            beyond which a dwell time is a bottleneck's (15)
  --all-nodes                    holds all nodes against it, not decisions only
  --take-next-start              a step without an end ends when the next one starts
  --top N                        how many variants, bottlenecks, … are listed (20)
  --hours \"mon-fri 09:00-17:30 +01:00\" [--holiday 2026-12-24]…
                                 only business hours count
  --from TIME, --until TIME, --variant ID, --node NAME, --error true|false
                                 only interactions of which this holds";
