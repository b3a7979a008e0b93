//! `<cxpulse-execution>` on the page: nodes, words, ARIA. Never decides what to show, and never speaks of a tick.
//!
//! ARIA 1.2: a `progressbar` without `aria-valuenow` is an indeterminate one; `status` is a polite live region.

use core::cell::Cell;
use std::rc::Rc;

use cxpulse_core::time::Timestamp;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::tree::{Plan, Tree};
use crate::clock;
use crate::face::{Bar, Face};
use crate::json::Raw;
use crate::snapshot::Snapshot;
use crate::text::{Words, fill};

/// One element's nodes.
#[derive(Debug)]
pub(crate) struct View {
    tree: Tree,
    /// The sequence number and language of what is in the long parts.
    drawn: Cell<Option<(u64, &'static str)>>,
}

impl View {
    /// Builds the nodes in the host's shadow.
    pub(crate) fn new(host: &HtmlElement) -> Result<Self, JsValue> {
        let tree = Tree::new(host, PLANS, include_str!("execution.css"))?;
        tree.attribute(CARD, "role", Some("group"));
        tree.attribute(ICON, "viewBox", Some("0 0 20 20"));
        tree.attribute(ICON, "aria-hidden", Some("true"));
        tree.attribute(TRACK, "role", Some("progressbar"));
        tree.attribute(TRACK, "aria-valuemin", Some("0"));
        tree.attribute(TRACK, "aria-valuemax", Some("100"));
        tree.attribute(SPOKEN, "role", Some("status"));
        tree.attribute(RESULT, "open", Some(""));
        for scrolling in [RESULT_TEXT, DETAIL_TEXT] {
            tree.attribute(scrolling, "tabindex", Some("0"));
            tree.attribute(scrolling, "dir", Some("ltr"));
        }
        Ok(Self { tree, drawn: Cell::new(None) })
    }

    /// Brings the page up to date.
    pub(crate) fn draw(&self, face: &Face, snapshot: Option<&Rc<Snapshot>>, words: &'static Words) {
        let tree = &self.tree;
        tree.attribute(CARD, "aria-label", Some(&face.title));
        tree.attribute(CARD, "data-state", Some(face.state));
        tree.attribute(CARD, "data-link", Some(face.link));
        tree.attribute(SHAPE, "d", Some(shape(face.state)));
        tree.text(STATUS, face.headline);
        tree.text(TITLE, &face.title);
        tree.text(LINK, &face.link_text);
        tree.text(COUNT, &face.count);
        tree.text(ESTIMATE, &face.estimate);
        tree.text(ATTEMPT, &face.attempt);
        tree.text(WAITING, &face.waiting);
        tree.text(AGE, &face.age);
        tree.text(ENDED, &face.ended_at.map(|at| fill(words.ended, &time_of_day(at, words))).unwrap_or_default());
        tree.show(FOOT, face.ended_at.is_some() || !face.age.is_empty());
        tree.show(STEP, !face.attempt.is_empty() || !face.waiting.is_empty());
        self.draw_bar(face, words);
        self.draw_ending(snapshot, words);
    }

    /// Says something to who listens.
    pub(crate) fn announce(&self, text: &str) {
        self.tree.text(SPOKEN, text);
    }

    fn draw_bar(&self, face: &Face, words: &Words) {
        let tree = &self.tree;
        let permille = match face.bar {
            Bar::At(permille) => Some(permille),
            Bar::None | Bar::Indeterminate => None,
        };
        let percent = permille.map(|permille| (permille / 10).to_string());
        tree.show(TRACK, face.bar != Bar::None);
        tree.attribute(TRACK, "aria-label", Some(words.progress_label));
        tree.attribute(TRACK, "aria-valuenow", percent.as_deref());
        tree.attribute(TRACK, "aria-valuetext", percent.is_some().then_some(face.count.as_str()));
        tree.text(PERCENT, &percent.as_ref().map(|percent| [percent, "\u{a0}%"].concat()).unwrap_or_default());
        let width =
            permille.map(|permille| [&(permille / 10).to_string(), ".", &(permille % 10).to_string(), "%"].concat());
        tree.style(BAR, "inline-size", width.as_deref().unwrap_or_default());
        tree.show(NUMBERS, percent.is_some() || !face.estimate.is_empty());
    }

    /// Result, error and anomalies: long, so only with a new snapshot.
    fn draw_ending(&self, snapshot: Option<&Rc<Snapshot>>, words: &'static Words) {
        let state = snapshot.map(|snapshot| (snapshot.seq, words.tag));
        if self.drawn.replace(state) == state && state.is_some() {
            return;
        }
        let tree = &self.tree;
        let error = snapshot.and_then(|snapshot| snapshot.error.as_ref());
        tree.show(ERROR, error.is_some());
        tree.text(ERROR_CODE, error.map_or("", |error| &error.code));
        tree.text(ERROR_MESSAGE, error.map_or("", |error| &error.message));
        let detail = error.and_then(|error| error.upstream.as_deref()).map(pretty);
        tree.show(DETAIL, detail.is_some());
        tree.text(DETAIL_HEAD, words.detail);
        tree.text(DETAIL_TEXT, &detail.unwrap_or_default());
        let result = snapshot.and_then(|snapshot| snapshot.result.as_deref()).map(pretty);
        tree.show(RESULT, result.is_some());
        tree.text(RESULT_HEAD, words.result);
        tree.text(RESULT_TEXT, &result.unwrap_or_default());
        let anomalies = snapshot.map(|snapshot| snapshot.anomalies.as_slice()).unwrap_or_default();
        let [one, several] = words.anomalies;
        tree.show(ANOMALIES, !anomalies.is_empty());
        tree.text(
            ANOMALIES_HEAD,
            &fill(if anomalies.len() == 1 { one } else { several }, &anomalies.len().to_string()),
        );
        let line = |(code, at): &(String, Timestamp)| [&time_of_day(*at, words), "  ", code].concat();
        tree.list(ANOMALIES_LIST, "li", anomalies.iter().map(line));
    }
}

fn pretty(json: &str) -> String {
    Raw::first(json).map(|raw| raw.pretty(SHOWN_BYTES_MAX)).unwrap_or_default()
}

fn time_of_day(at: Timestamp, words: &Words) -> String {
    clock::to_js(at).to_locale_time_string(words.tag).into()
}

/// A shape for each state, so that none is told by its colour alone: strokes in a square of 20.
fn shape(state: &str) -> &'static str {
    match state {
        "queued" => "M4 6h12M4 10h12M4 14h7",
        "running" => "M10 2.5a7.5 7.5 0 1 1-7.5 7.5",
        "completed" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M6.5 10.5l2.5 2.5l4.5-5.5",
        "failed" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M7 7l6 6M13 7l-6 6",
        "canceled" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M4.8 4.8l10.4 10.4",
        "timed_out" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M10 5.5v4.5l3 2.5",
        "rejected" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M6 10h8",
        "invalid" => "M10 2.5l8 14.5h-16zM10 8v4M10 14.2v.3",
        "unknown" => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M7.8 8a2.2 2.2 0 1 1 2.2 2.4v1.1M10 13.9v.2",
        "stopped" => "M3 3l14 14M5 9.5a7 7 0 0 1 2.5-1.7M11.5 7.3a7 7 0 0 1 3.5 2.2M8 12.6a3 3 0 0 1 4 0M10 15.6v.2",
        _ => "M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0",
    }
}

/// The first screens of a long result; all of it is in the snapshot.
const SHOWN_BYTES_MAX: usize = 64 * 1024;

const PLANS: &[Plan] = &[
    ("div", "card", usize::MAX),
    ("div", "head", CARD),
    ("svg", "icon", HEAD),
    ("path", "", ICON),
    ("span", "status", HEAD),
    ("span", "title", HEAD),
    ("span", "connection", HEAD),
    ("div", "track", CARD),
    ("div", "bar", TRACK),
    ("div", "numbers", CARD),
    ("span", "percent", NUMBERS),
    ("span", "count", NUMBERS),
    ("span", "estimate", NUMBERS),
    ("div", "step", CARD),
    ("span", "attempt", STEP),
    ("span", "waiting", STEP),
    ("div", "error", CARD),
    ("p", "error-message", ERROR),
    ("code", "error-code", ERROR),
    ("details", "detail", ERROR),
    ("summary", "", DETAIL),
    ("pre", "code", DETAIL),
    ("details", "result", CARD),
    ("summary", "", RESULT),
    ("pre", "code", RESULT),
    ("details", "anomalies", CARD),
    ("summary", "", ANOMALIES),
    ("ul", "", ANOMALIES),
    ("div", "foot", CARD),
    ("span", "age", FOOT),
    ("span", "ended", FOOT),
    ("div", "", CARD),
];

const CARD: usize = 0;
const HEAD: usize = 1;
const ICON: usize = 2;
const SHAPE: usize = 3;
const STATUS: usize = 4;
const TITLE: usize = 5;
const LINK: usize = 6;
const TRACK: usize = 7;
const BAR: usize = 8;
const NUMBERS: usize = 9;
const PERCENT: usize = 10;
const COUNT: usize = 11;
const ESTIMATE: usize = 12;
const STEP: usize = 13;
const ATTEMPT: usize = 14;
const WAITING: usize = 15;
const ERROR: usize = 16;
const ERROR_MESSAGE: usize = 17;
const ERROR_CODE: usize = 18;
const DETAIL: usize = 19;
const DETAIL_HEAD: usize = 20;
const DETAIL_TEXT: usize = 21;
const RESULT: usize = 22;
const RESULT_HEAD: usize = 23;
const RESULT_TEXT: usize = 24;
const ANOMALIES: usize = 25;
const ANOMALIES_HEAD: usize = 26;
const ANOMALIES_LIST: usize = 27;
const FOOT: usize = 28;
const AGE: usize = 29;
const ENDED: usize = 30;
const SPOKEN: usize = 31;
