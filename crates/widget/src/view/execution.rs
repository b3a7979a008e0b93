//! `<cxpulse-execution>` on the page: nodes, words, ARIA. Never decides what to show, and never speaks of a tick.
//!
//! ARIA 1.2: a `progressbar` without `aria-valuenow` is an indeterminate one; `status` is a polite live region.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

use crate::face::{Bar, Face};
use crate::snapshot::Snapshot;
use crate::text::Words;
use cxpulse_core::time::Timestamp;
use cxpulse_element::hands::{self, Host, Tree};
use cxpulse_element::json::Raw;
use cxpulse_element::text::{decimal, fill};

/// One element's nodes.
#[derive(Debug)]
pub(crate) struct View {
    tree: Tree,
    /// The sequence number and language of what is in the long parts.
    drawn: Cell<Option<(u64, &'static str)>>,
}

impl View {
    /// Builds the nodes in the host's shadow.
    pub(crate) fn new(host: &Host) -> Self {
        let tree = Tree::new(
            host,
            PLAN,
            concat!(include_str!("../../../element/src/base.css"), include_str!("execution.css")),
        );
        Self { tree, drawn: Cell::new(None) }
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
        tree.text(
            ENDED,
            &face.ended_at.map(|at| fill(words.every.ended, &hands::time(at, words.every.tag))).unwrap_or_default(),
        );
        show(tree, FOOT, face.ended_at.is_some() || !face.age.is_empty());
        show(tree, STEP, !face.attempt.is_empty() || !face.waiting.is_empty());
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
        let percent = permille.map(|permille| decimal(permille / 10));
        show(tree, TRACK, face.bar != Bar::None);
        tree.attribute(TRACK, "aria-label", Some(words.every.progress_label));
        tree.attribute(TRACK, "aria-valuenow", percent.as_deref());
        tree.attribute(TRACK, "aria-valuetext", percent.is_some().then_some(face.count.as_str()));
        tree.text(PERCENT, &percent.as_ref().map(|percent| [percent, "\u{a0}%"].concat()).unwrap_or_default());
        let share = |permille: u64| [&decimal(permille / 10), ".", &decimal(permille % 10), "%"].concat();
        tree.style(BAR, "inline-size", permille.map(share).as_deref().unwrap_or_default());
        tree.style(TRACK, "background-size", &share(face.ahead));
        show(tree, NUMBERS, percent.is_some() || !face.estimate.is_empty());
    }

    /// Result, error and anomalies: long, so only with a new snapshot.
    fn draw_ending(&self, snapshot: Option<&Rc<Snapshot>>, words: &'static Words) {
        let state = snapshot.map(|snapshot| (snapshot.seq, words.every.tag));
        if self.drawn.replace(state) == state && state.is_some() {
            return;
        }
        let tree = &self.tree;
        let error = snapshot.and_then(|snapshot| snapshot.error.as_ref());
        show(tree, ERROR, error.is_some());
        tree.text(ERROR_CODE, error.map_or("", |error| &error.code));
        tree.text(ERROR_MESSAGE, error.map_or("", |error| &error.message));
        let detail = error.and_then(|error| error.upstream.as_deref()).map(pretty);
        show(tree, DETAIL, detail.is_some());
        tree.text(DETAIL_HEAD, words.detail);
        tree.text(DETAIL_TEXT, &detail.unwrap_or_default());
        let result = snapshot.and_then(|snapshot| snapshot.result.as_deref()).map(pretty);
        show(tree, RESULT, result.is_some());
        let kept = snapshot.and_then(|snapshot| snapshot.stored_at);
        let kept = kept.map(|at| fill(words.kept, &hands::time(at, words.every.tag)));
        tree.text(RESULT_HEAD, kept.as_deref().unwrap_or(words.result));
        tree.text(RESULT_TEXT, &result.unwrap_or_default());
        let anomalies = snapshot.map(|snapshot| snapshot.anomalies.as_slice()).unwrap_or_default();
        let [one, several] = words.anomalies;
        show(tree, ANOMALIES, !anomalies.is_empty());
        tree.text(
            ANOMALIES_HEAD,
            &fill(
                if anomalies.len() == 1 { one } else { several },
                &words.every.count(anomalies.len().try_into().unwrap_or_default()),
            ),
        );
        let line = |(code, at): &(String, Timestamp)| {
            [
                hands::time(*at, words.every.tag).as_str(),
                "  ",
                code,
                "
",
            ]
            .concat()
        };
        let lines: String = anomalies.iter().map(line).collect();
        tree.list(ANOMALIES_LIST, "li", lines.trim_ascii_end());
    }
}

fn pretty(json: &str) -> String {
    Raw::first(json).map(|raw| raw.pretty(SHOWN_BYTES_MAX)).unwrap_or_default()
}

fn show(tree: &Tree, place: usize, is_shown: bool) {
    tree.attribute(place, "hidden", (!is_shown).then_some(""));
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

/// Of each node its tag, its part, the place of its parent, and what it always has; the constants below are their places.
const PLAN: &str = "\
div card  role=group\n\
div head 0\n\
svg icon 1 viewBox=0_0_20_20 aria-hidden=true\n\
path  2\n\
span status 1\n\
span title 1\n\
span connection 1\n\
div track 0 role=progressbar aria-valuemin=0 aria-valuemax=100\n\
div bar 7\n\
div numbers 0\n\
span percent 9\n\
span count 9\n\
span estimate 9\n\
div step 0\n\
span attempt 13\n\
span waiting 13\n\
div error 0\n\
p error-message 16\n\
code error-code 16\n\
details detail 16\n\
summary  19\n\
pre code 19 tabindex=0 dir=ltr\n\
details result 0 open=\n\
summary  22\n\
pre code 22 tabindex=0 dir=ltr\n\
details anomalies 0\n\
summary  25\n\
ul  25\n\
div foot 0\n\
span age 28\n\
span ended 28\n\
div  0 role=status";

const CARD: usize = 0;
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
