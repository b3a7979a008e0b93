//! What there is to see, as data: every word and state that the view puts on the page. Never touches the page.

use alloc::string::String;
use cxpulse_core::status::Status;
use cxpulse_core::time::Timestamp;
use cxpulse_element::model::{Announcement, Link};
use cxpulse_element::reading::{Snapshot as _, Waiting};
use cxpulse_element::text::{decimal, fill, length, length_exact};

use crate::model::Model;
use crate::snapshot::{Progress, Snapshot};
use crate::text::Words;

/// The element at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// What shape and colour follow: a status's or an outcome's name, or `idle`.
    pub state: &'static str,
    /// The status, or the outcome once there is one.
    pub headline: &'static str,
    /// The label, or the action.
    pub title: String,
    /// The bar.
    pub bar: Bar,
    /// How far it should be by now, 0..=990: what is foretold between two looks. 0 where nothing is.
    pub ahead: u64,
    /// `21,000 of 50,000 records`.
    pub count: String,
    /// `about 2 min left`, or how long it took.
    pub estimate: String,
    /// `Attempt 3`.
    pub attempt: String,
    /// What is waited for; why the element cannot go on.
    pub waiting: String,
    /// What shape and colour of the connection follow: `live`, `busy`, `lost`, `stopped`, `done`.
    pub link: &'static str,
    /// The connection in words; empty once nothing is to come.
    pub link_text: String,
    /// `updated 4 s ago`; empty where it does not matter any more.
    pub age: String,
    /// When it ended, for the time of day.
    pub ended_at: Option<Timestamp>,
}

/// The progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// None: there is nothing under way.
    None,
    /// Under way, nobody knows how far.
    Indeterminate,
    /// 0..=1000.
    At(u64),
}

impl Face {
    /// What there is to see at `now`.
    #[must_use]
    pub fn of(model: &Model, label: Option<&str>, words: &Words, now: Timestamp) -> Self {
        let server_now = model.server_now(now);
        let (link, link_text) = words.every.link(model, now);
        let snapshot = model.snapshot.as_deref();
        let live = snapshot.filter(|snapshot| !snapshot.is_terminal());
        let (state, headline) = headline(model, words);
        let title = label.or(snapshot.and_then(|it| it.action_id.as_deref())).unwrap_or(words.untitled);
        Self {
            state,
            headline,
            title: title.into(),
            bar: bar(model),
            ahead: live.map(|it| ahead(it, server_now)).unwrap_or_default(),
            count: snapshot.and_then(|it| it.progress).map(|progress| count(progress, words)).unwrap_or_default(),
            estimate: snapshot.map(|it| estimate(it, words, server_now)).unwrap_or_default(),
            attempt: snapshot.map(|it| fill(words.attempt, &words.every.count(it.attempt))).unwrap_or_default(),
            waiting: waiting(model, live, words, server_now),
            link,
            link_text,
            age: live.map(|it| words.every.age(server_now.since(it.updated_at))).unwrap_or_default(),
            ended_at: snapshot.and_then(|it| it.ended_at),
        }
    }
}

/// What is said aloud; empty where it has passed.
#[must_use]
pub fn spoken(announcement: Announcement, model: &Model, words: &Words) -> String {
    match (announcement, &model.snapshot, model.link) {
        (Announcement::Status, Some(_), _) => headline(model, words).1.into(),
        (Announcement::Quarter(quarter), ..) => fill(words.every.percent_done, &decimal(quarter * 25)),
        (Announcement::Lost, ..) => words.every.connection_lost.into(),
        (Announcement::Back, ..) => words.every.connection_back.into(),
        (Announcement::Stopped, _, Link::Stopped(problem)) => words.problem(problem).into(),
        (Announcement::Status | Announcement::Stopped, ..) => String::new(),
    }
}

fn headline(model: &Model, words: &Words) -> (&'static str, &'static str) {
    match (&model.snapshot, model.link) {
        (Some(snapshot), _) => match snapshot.outcome {
            Some(outcome) => (outcome.name(), words.outcome(outcome)),
            None => (snapshot.status.name(), words.status(snapshot.status)),
        },
        (None, Link::Stopped(_)) => ("stopped", words.every.unavailable),
        (None, Link::Idle) => ("idle", words.every.nothing),
        (None, _) => ("idle", words.every.loading),
    }
}

fn bar(model: &Model) -> Bar {
    match model.snapshot.as_deref() {
        Some(Snapshot { progress: Some(progress), .. }) => Bar::At(progress.permille()),
        Some(snapshot) if snapshot.is_terminal() => Bar::None,
        None if !is_under_way(model.link) => Bar::None,
        Some(_) | None => Bar::Indeterminate,
    }
}

/// A straight line from the acceptance to the foretold end.
fn ahead(snapshot: &Snapshot, now: Timestamp) -> u64 {
    let Some(ends_at) = snapshot.progress.and_then(|progress| progress.ends_at) else { return 0 };
    let whole = ends_at.since(snapshot.created_at).as_millis();
    let passed = now.since(snapshot.created_at).as_millis();
    passed.saturating_mul(1_000).checked_div(whole).unwrap_or_default().min(990)
}

fn waiting(model: &Model, live: Option<&Snapshot>, words: &Words, now: Timestamp) -> String {
    match (model.link, live) {
        (Link::Stopped(problem), _) => words.problem(problem).into(),
        (_, None) => String::new(),
        (_, Some(Snapshot { waiting: Some(Waiting { reason, until }), .. })) => {
            words.every.waiting(*reason, until.since(now))
        }
        (_, Some(_)) => words.asking.into(),
    }
}

const fn is_under_way(link: Link) -> bool {
    !matches!(link, Link::Idle | Link::Stopped(_) | Link::Done)
}

fn count(progress: Progress, words: &Words) -> String {
    let [done, total] = words.progress;
    [fill(done, &words.every.count(progress.done)), fill(total, &words.every.count(progress.total))].concat()
}

fn estimate(snapshot: &Snapshot, words: &Words, now: Timestamp) -> String {
    if let Some(ended_at) = snapshot.ended_at {
        return fill(words.every.took, &length_exact(ended_at.since(snapshot.created_at), words.every.decimal));
    }
    match snapshot.progress.and_then(|progress| progress.ends_at) {
        Some(ends_at) if ends_at > now => fill(words.every.left, &length(ends_at.since(now).as_secs_ceil())),
        Some(_) => words.every.nearly.into(),
        None if snapshot.status == Status::Running => {
            fill(words.every.elapsed, &length(now.since(snapshot.created_at).as_millis() / 1_000))
        }
        None => String::new(),
    }
}
