//! What a person reads at one instant, as words: headline, numbers, times, what is said aloud. Never touches the page.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::json::Raw;
use cxpulse_element::model::{Announcement, Link};
use cxpulse_element::reading::{Snapshot as _, word};
use cxpulse_element::text::{decimal, fill, length, length_exact, named};

use crate::errand::Export;
use crate::filter::Field;
use crate::map::Map;
use crate::model::{Measure, Model, Saving, Section};
use crate::number;
use crate::report::{Cell, Kind, Node, Report, Spread, count, words};
use crate::snapshot::{Completion, Snapshot};
use crate::text::Words;

/// A model to be read in a language at an instant.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// What is shown.
    pub model: &'a Model,
    /// What the page's author calls it.
    pub label: Option<&'a str>,
    /// The language.
    pub words: &'static Words,
    /// By the page's clock.
    pub now: Timestamp,
}

impl<'a> Face<'a> {
    /// The latest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Option<&'a Snapshot> {
        self.model.feed.snapshot.as_deref()
    }

    /// What shape and colour follow, and the words for it.
    #[must_use]
    pub fn headline(&self) -> (&'static str, &'static str) {
        let state = self.snapshot().map(|snapshot| snapshot.state);
        self.words.flow.headline(&self.words.every, state, self.model.feed.link)
    }

    /// The label, or what any is called.
    #[must_use]
    pub fn title(&self) -> &'a str {
        self.label.unwrap_or(self.words.flow.untitled)
    }

    /// `1,200 of 8,577 rows`, or without the total where nobody knows it.
    #[must_use]
    pub fn progress(&self, snapshot: &Snapshot) -> String {
        match snapshot.progress {
            Some((done, total)) => self.words.flow.progress(&self.words.every, done, total),
            None => self.counted(self.words.rows, snapshot.rows),
        }
    }

    /// Steps, pages, dropped rows and passes, as far as there is something to say.
    #[must_use]
    pub fn facts(&self, snapshot: &Snapshot) -> Vec<String> {
        let counts = [snapshot.steps, snapshot.pages, snapshot.duplicates, snapshot.pass];
        let mut facts = Vec::new();
        for ((count, words), least) in counts.into_iter().zip(self.words.facts).zip([1, 1, 1, 2]) {
            // That it is read for the first time goes without saying.
            if count >= least {
                facts.push(self.counted(words, count));
            }
        }
        facts
    }

    /// How long it took, or how long it has been going on and will yet.
    #[must_use]
    pub fn took(&self, snapshot: &Snapshot) -> String {
        let (every, now) = (&self.words.every, self.server_now());
        match (snapshot.ended_at, snapshot.ends_at) {
            (Some(ended_at), _) => fill(every.took, &length_exact(ended_at.since(snapshot.created_at), every.decimal)),
            (None, Some(ends_at)) if ends_at <= now => every.nearly.into(),
            (None, Some(ends_at)) => fill(every.left, &length(ends_at.since(now).as_secs_ceil())),
            (None, None) => fill(every.elapsed, &length(now.since(snapshot.created_at).as_millis() / 1_000)),
        }
    }

    /// What is waited for, or why the element cannot go on; empty for neither.
    #[must_use]
    pub fn waiting(&self) -> String {
        match (self.model.feed.link, self.snapshot()) {
            (Link::Stopped(problem), _) => self.words.flow.problem(problem).into(),
            (_, Some(snapshot)) => match snapshot.waiting.filter(|_| !snapshot.is_terminal()) {
                Some(waiting) => self.words.every.waiting(waiting.reason, waiting.until.since(self.server_now())),
                None => String::new(),
            },
            (_, None) => String::new(),
        }
    }

    /// `8,577 of 8,577 records, by CXone’s total, accuracy 100 %`.
    #[must_use]
    pub fn completion(&self, completion: &Completion) -> String {
        let [done, of] = self.words.records;
        let Some(expected) = completion.expected else {
            return fill(self.words.unexpected, &self.count(completion.got));
        };
        let [by_total, by_ids] = self.words.sources;
        let records = [fill(done, &self.count(completion.got)), fill(of, &self.count(expected))].concat();
        let mut parts = Vec::from([records, String::from(if completion.is_by_ids { by_ids } else { by_total })]);
        parts.extend(completion.accuracy.map(|part| fill(self.words.accuracy, &self.percent(part))));
        parts.join(", ")
    }

    /// What becomes of a file; empty where nobody wants one.
    #[must_use]
    pub fn saving(&self) -> String {
        let [asked, done, refused] = self.words.saving;
        let file = |words: &str, export: Export| fill(words, named(&Export::ALL, &self.words.files, export));
        match &self.model.saving {
            Saving::None => String::new(),
            Saving::Asked(export) => file(asked, *export),
            Saving::Done(export) => file(done, *export),
            Saving::Refused(export, status, reason) => {
                [&file(refused, *export), " ", &self.refusal(*status, reason) as &str].concat()
            }
        }
    }

    /// Why the server did not answer, in words.
    #[must_use]
    pub fn refusal(&self, status: u16, reason: &str) -> String {
        match status {
            0 => self.words.flow.unreached.into(),
            401 | 403 => self.words.flow.forbidden.into(),
            _ if reason.is_empty() => ["HTTP ", &decimal(status.into())].concat(),
            _ => reason.into(),
        }
    }

    /// What a node or an edge tells: how often, or how long.
    #[must_use]
    pub fn told(&self, count: u64, times: Option<&Spread>) -> String {
        match (self.model.look.measure, times) {
            (Measure::Count, _) => self.count(count),
            (Measure::Mean, Some(times)) => self.time(times.mean),
            (Measure::Total, Some(times)) => self.time(times.sum),
            (Measure::Mean | Measure::Total, None) => String::new(),
        }
    }

    /// How much that is, for what is drawn thicker the more it is.
    #[must_use]
    pub fn weight(&self, count: u64, times: Option<&Spread>) -> u64 {
        let positive = |time: i64| u64::try_from(time).unwrap_or_default();
        match (self.model.look.measure, times) {
            (Measure::Count, _) => count,
            (Measure::Mean, Some(times)) => positive(times.mean),
            (Measure::Total, Some(times)) => positive(times.sum),
            (Measure::Mean | Measure::Total, None) => 0,
        }
    }

    /// `Queue, 1,234 visits, mean 3.2 s, then Agent 800, End 12`: all there is to know of a node, for who does not see it.
    #[must_use]
    pub fn aloud(&self, report: &Report, map: &Map, at: usize, node: &Node) -> String {
        let visits = self.counted(self.words.visits, node.times.count);
        let mean = fill(self.words.mean, &self.time(node.times.mean));
        let mut then: Vec<String> = Vec::new();
        for link in map.links.iter().filter(|link| link.from == at) {
            if then.len() < NAMED_MAX {
                let told = self.told(link.count, link.times.as_ref());
                then.push([&self.name(report, link.to) as &str, " ", &told].concat());
            }
        }
        let mut parts = Vec::from([node.name.clone(), visits, mean]);
        if !then.is_empty() {
            parts.push(fill(self.words.then, &then.join(", ")));
        }
        parts.join(", ")
    }

    /// A node's name by its place, or what beginning and end are called.
    #[must_use]
    pub fn name(&self, report: &Report, at: usize) -> String {
        let rim = self.words.rims.get(at.saturating_sub(report.nodes.len())).copied().unwrap_or_default();
        report.nodes.get(at).map_or_else(|| rim.into(), |node| node.name.clone())
    }

    /// `least 0 s · median 3 s · 95 % within 12 s · most 5 min`.
    #[must_use]
    pub fn spread(&self, spread: &Spread) -> String {
        let [min, p50, p95, max] = self.words.spread;
        let parts = [(min, spread.min), (p50, spread.p50), (p95, spread.p95), (max, spread.max)];
        parts.map(|(words, time)| fill(words, &self.time(time))).join(" · ")
    }

    /// What a filter lets through, in words.
    #[must_use]
    pub fn chip(&self, field: Field, value: &str) -> String {
        let name = named(&Field::ALL, &self.words.fields, field);
        let what = match field {
            Field::Error => return name.into(),
            Field::From | Field::Until => moment(value, self.words.every.tag),
            Field::Node => value.into(),
            Field::Variant => self.variant(value),
        };
        [name, ": ", &what].concat()
    }

    /// First and last node of a variant, and how many it has; its id where it is not listed.
    fn variant(&self, id: &str) -> String {
        let lines = self.model.shown().map(|shown| shown.report.lines(Section::Variants, usize::MAX));
        let lines = lines.unwrap_or_default();
        let found = lines.iter().find(|raw| word(**raw, "id").as_deref() == Some(id)).copied();
        let nodes = words(found.and_then(|raw| raw.member("nodes")));
        match (nodes.first(), nodes.last()) {
            (Some(first), Some(last)) => {
                let length = self.count(found.map_or(0, |raw| count(raw, "length")));
                [first as &str, " → … → ", last, " (", &length, ")"].concat()
            }
            _ => id.into(),
        }
    }

    /// What a cell of a list says; empty for nothing.
    #[must_use]
    pub fn cell(&self, raw: Raw<'_>, (name, kind): Cell) -> String {
        let value = match name.split_once('.') {
            Some((outer, inner)) => raw.member(outer).and_then(|outer| outer.member(inner)),
            None => raw.member(name),
        };
        match (kind, value) {
            (Kind::Place, None) => {
                let end = |name: &str| word(raw, name).unwrap_or_default();
                [&end("from") as &str, " → ", &end("to")].concat()
            }
            (_, None) => String::new(),
            (Kind::Name | Kind::Place, Some(value)) => value.string().unwrap_or_default(),
            (Kind::Names, Some(value)) => words(Some(value)).join(" → "),
            (Kind::Count, Some(value)) => self.count(value.whole().unwrap_or_default()),
            (Kind::Time, Some(value)) => self.time(number::millis(value)),
            (Kind::Part, Some(value)) => self.percent(number::millionths(value)),
            (Kind::Tenths, Some(value)) => self.tenths(number::scaled(value.text(), 1).unwrap_or_default()),
            (Kind::Instant, Some(value)) => moment(&value.string().unwrap_or_default(), self.words.every.tag),
        }
    }

    fn tenths(&self, tenths: i64) -> String {
        let mut words = String::from(if tenths < 0 { "−" } else { "" });
        words.push_str(&self.count(tenths.unsigned_abs() / 10));
        words.push(self.words.every.decimal);
        words.push_str(&decimal(tenths.unsigned_abs() % 10));
        words
    }

    /// What is said aloud of the connection and the history; empty where it has passed.
    #[must_use]
    pub fn spoken(&self, announcement: Announcement) -> String {
        let state = self.snapshot().map(|snapshot| snapshot.state);
        self.words.flow.spoken(&self.words.every, announcement, state, self.model.feed.link)
    }

    /// What is said aloud of what became of a deed.
    #[must_use]
    pub fn spoken_act(&self) -> String {
        self.words.flow.spoken_act(&self.model.act)
    }

    /// What is said aloud once the pictures are of what a person chose.
    #[must_use]
    pub fn spoken_report(&self) -> String {
        let count = self.model.shown().map_or(0, |shown| shown.report.interactions);
        fill(self.words.narrowed, &self.count(count))
    }

    /// A count with its thousands apart.
    #[must_use]
    pub fn count(&self, count: u64) -> String {
        self.words.every.count(count)
    }

    /// One of two words by a count, with the count in it.
    #[must_use]
    pub fn counted(&self, [one, several]: [&'static str; 2], count: u64) -> String {
        fill(if count == 1 { one } else { several }, &self.count(count))
    }

    /// A time of so many milliseconds.
    #[must_use]
    pub fn time(&self, millis: i64) -> String {
        number::time(millis, self.words.every.decimal)
    }

    /// A part of a million.
    #[must_use]
    pub fn percent(&self, millionths: u64) -> String {
        number::percent(millionths, self.words.every.decimal)
    }

    /// An instant with its date, as the page has it.
    #[must_use]
    pub fn instant(&self, at: Timestamp) -> String {
        moment(&iso(at), self.words.every.tag)
    }

    /// How old what is shown is.
    #[must_use]
    pub fn age(&self, snapshot: &Snapshot) -> String {
        self.words.every.age(self.server_now().since(snapshot.updated_at))
    }

    fn server_now(&self) -> Timestamp {
        self.model.feed.server_now(self.now)
    }
}

/// A time between no less than nothing and a year, as a position on a logarithmic scale: 256 for each doubling of milliseconds.
#[must_use]
pub fn doublings(millis: i64) -> u64 {
    let millis = u64::try_from(millis).unwrap_or_default().max(1);
    let whole = millis.ilog2();
    // What is beyond the highest bit, in 256ths of it.
    let rest = if whole < 8 { millis << (8 - whole) } else { millis >> (whole - 8) };
    u64::from(whole).saturating_mul(256).saturating_add(rest & 255)
}

#[cfg(target_arch = "wasm32")]
fn moment(text: &str, tag: &str) -> String {
    crate::hands::moment(text, tag)
}

#[cfg(target_arch = "wasm32")]
fn iso(at: Timestamp) -> String {
    cxpulse_element::hands::time(at, "")
}

/// As it came: there is no page to ask.
#[cfg(not(target_arch = "wasm32"))]
fn moment(text: &str, _: &str) -> String {
    text.into()
}

/// Epoch milliseconds: there is no page to ask.
#[cfg(not(target_arch = "wasm32"))]
fn iso(at: Timestamp) -> String {
    decimal(at.since(Timestamp::default()).as_millis())
}

/// What follows a node, as far as it is read aloud.
const NAMED_MAX: usize = 6;
