//! Counts and gauges of a tenant as text for a scraper. Never counts.
//!
//! OpenMetrics 1.0 (`application/openmetrics-text; version=1.0.0`), or the older text format of Prometheus (`text/plain;
//! version=0.0.4`) for who asks for that.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::family::{FAMILIES, Family, Label, Shape};
use super::gauge::{GateReading, Gauge};
use super::tally::{INFINITE, SUM, Tally, key, part};
use crate::id::TenantId;
use crate::time::Timestamp;

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' own.
    Plain,
}

/// What is to be shown of a tenant.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Which tenant: a label of every sample.
    pub tenant: &'a TenantId,
    /// What was counted.
    pub tally: &'a Tally,
    /// Since when.
    pub since: Timestamp,
    /// Executions that have not ended, counted where they are listed: what was opened before counting began ends later.
    pub active: u64,
    /// Spans that wait for the collector.
    pub spans_waiting: u64,
    /// The gate; `None` where it could not be asked.
    pub gate: Option<&'a GateReading>,
}

impl Format {
    /// By a request's `Accept`: OpenMetrics, unless plain text is liked better.
    #[must_use]
    pub fn negotiate(accept: Option<&str>) -> Self {
        let liking = |kinds: &[&str]| {
            let ranges = accept.unwrap_or_default().split(',').map(read_range);
            ranges
                .filter(|(kind, _)| kinds.contains(kind))
                .map(|(_, thousandths)| thousandths)
                .max()
                .unwrap_or_default()
        };
        let open = liking(&["application/openmetrics-text", "application/*", "*/*"]);
        if liking(&["text/plain", "text/*"]) > open { Self::Plain } else { Self::OpenMetrics }
    }

    /// The `Content-Type` of the text.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// The whole text.
    #[must_use]
    pub fn write(self, reading: &Reading<'_>) -> String {
        let mut page = Page { format: self, reading, text: String::new() };
        FAMILIES.into_iter().for_each(|family| page.family(family));
        page.gauge(&Gauge::of("executions_active", "Executions that have not ended.", reading.active));
        let waiting = Gauge::of("spans_waiting", "Spans that wait for the collector.", reading.spans_waiting);
        page.gauge(&waiting);
        for gauge in reading.gate.map(GateReading::gauges).unwrap_or_default() {
            page.gauge(&gauge);
        }
        if self == Self::OpenMetrics {
            page.text.push_str("# EOF\n");
        }
        page.text
    }
}

/// The text in the making.
struct Page<'a> {
    format: Format,
    reading: &'a Reading<'a>,
    text: String,
}

impl Page<'_> {
    fn family(&mut self, family: &Family) {
        let kind = match family.shape {
            Shape::Counter => "counter",
            Shape::Histogram(_) => "histogram",
        };
        self.head(family.name, kind, family.help);
        for values in combinations(family.labels) {
            let labels: Vec<_> = family.labels.iter().map(|label| label.name).zip(values.iter().copied()).collect();
            let series = key(family, &values);
            match family.shape {
                Shape::Counter => self.counter(family.name, &labels, self.reading.tally.get(&series)),
                Shape::Histogram(_) => self.histogram(family, &labels, &series),
            }
        }
    }

    fn counter(&mut self, name: &str, labels: &[(&str, &str)], count: u64) {
        self.sample(name, "_total", labels, &count.to_string());
        self.created(name, labels);
    }

    fn histogram(&mut self, family: &Family, labels: &[(&str, &str)], series: &str) {
        let Shape::Histogram(bounds) = family.shape else { return };
        let mut count = 0_u64;
        for le in bounds.iter().map(|bound| bound.le).chain([INFINITE]) {
            count = count.saturating_add(self.reading.tally.get(&part(series, le)));
            let mut labels = labels.to_vec();
            labels.push(("le", le));
            self.sample(family.name, "_bucket", &labels, &count.to_string());
        }
        self.sample(family.name, "_count", labels, &count.to_string());
        self.sample(family.name, "_sum", labels, &seconds(self.reading.tally.get(&part(series, SUM))));
        self.created(family.name, labels);
    }

    fn gauge(&mut self, gauge: &Gauge) {
        match gauge {
            Gauge::Number { name, help, samples } => {
                self.head(name, "gauge", help);
                for (labels, value) in samples {
                    self.sample(name, "", labels, value);
                }
            }
            Gauge::Count { name, help, value } => {
                self.head(name, "counter", help);
                self.sample(name, "_total", &[], &value.to_string());
            }
            Gauge::State { name, help, states, state } => {
                self.head(name, "stateset", help);
                let label = format!("{PREFIX}{name}");
                for known in *states {
                    self.sample(name, "", &[(&label, known)], if known == state { "1" } else { "0" });
                }
            }
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let (name, kind) = match (self.format, kind) {
            (Format::Plain, "counter") => (format!("{PREFIX}{name}_total"), kind),
            (Format::Plain, "stateset") => (format!("{PREFIX}{name}"), "gauge"),
            (Format::Plain | Format::OpenMetrics, _) => (format!("{PREFIX}{name}"), kind),
        };
        self.text.push_str(&format!("# TYPE {name} {kind}\n"));
        if self.format == Format::OpenMetrics && name.ends_with("_seconds") {
            self.text.push_str(&format!("# UNIT {name} seconds\n"));
        }
        self.text.push_str(&format!("# HELP {name} {help}\n"));
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: &[(&str, &str)], value: &str) {
        self.text.push_str(&format!("{PREFIX}{name}{suffix}{{tenant=\"{}\"", self.reading.tenant));
        for (label, value) in labels {
            self.text.push_str(&format!(",{label}=\"{value}\""));
        }
        self.text.push_str(&format!("}} {value}\n"));
    }

    /// Since when a series counts: a scraper then knows a first value from a jump.
    fn created(&mut self, name: &str, labels: &[(&str, &str)]) {
        if self.format == Format::OpenMetrics {
            self.sample(name, "_created", labels, &seconds(self.reading.since.as_millis()));
        }
    }
}

/// Every combination of the labels' values, the last label's next to one another.
fn combinations(labels: &[Label]) -> Vec<Vec<&'static str>> {
    labels.iter().fold(alloc::vec![Vec::new()], |found, label| {
        let longer = |head: &Vec<&'static str>| {
            let head = head.clone();
            label.values.iter().map(move |value| head.iter().copied().chain([*value]).collect())
        };
        found.iter().flat_map(longer).collect()
    })
}

/// A media range and its weight in thousandths: RFC 9110, section 12.5.1.
fn read_range(range: &str) -> (&str, u32) {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, |text| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{:0<3.3}", fraction);
        digits.parse().unwrap_or_default()
    });
    (kind, weight)
}

/// Milliseconds as seconds: `1.250`.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// Of every name.
const PREFIX: &str = "cxpulse_";
