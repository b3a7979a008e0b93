//! What there is to see, as data: every word and state that the view puts on the page. Never touches the page.

use cxpulse_core::status::{Outcome, Status};
use cxpulse_core::time::{Span, Timestamp};

use crate::model::{Announcement, Link, Mode, Model};
use crate::snapshot::{Progress, Snapshot, Waiting};
use crate::text::{Words, fill, length, length_exact};

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
    /// `21,000 of 50,000 records`.
    pub count: String,
    /// `about 2 min left`, or how long it took.
    pub estimate: String,
    /// `Attempt 3`.
    pub attempt: String,
    /// What is waited for; why the element cannot go on.
    pub waiting: String,
    /// What shape and colour of the connection follow: `live`, `busy`, `lost`, `done`.
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
        let (link, link_text) = link_of(model, words, now);
        let mut face = Self {
            state: "idle",
            headline: if matches!(model.link, Link::Idle) { words.nothing } else { words.loading },
            title: label.unwrap_or(words.untitled).into(),
            bar: if is_under_way(model.link) { Bar::Indeterminate } else { Bar::None },
            count: String::new(),
            estimate: String::new(),
            attempt: String::new(),
            waiting: String::new(),
            link,
            link_text,
            age: String::new(),
            ended_at: None,
        };
        if let Some(snapshot) = &model.snapshot {
            face.show(snapshot, label, words, server_now);
        }
        if let Link::Stopped(problem) = model.link {
            face.waiting = words.problem(problem).into();
            if model.snapshot.is_none() {
                (face.state, face.headline) = ("stopped", words.stopped);
            }
        }
        face
    }

    fn show(&mut self, snapshot: &Snapshot, label: Option<&str>, words: &Words, now: Timestamp) {
        self.state = snapshot.outcome.map_or(snapshot.status.name(), Outcome::name);
        self.headline = headline(snapshot, words);
        self.title = label.or(snapshot.action_id.as_deref()).unwrap_or(words.untitled).into();
        self.bar = match (snapshot.progress, snapshot.is_terminal()) {
            (Some(progress), _) => Bar::At(progress.permille()),
            (None, false) => Bar::Indeterminate,
            (None, true) => Bar::None,
        };
        self.attempt = fill(words.attempt, &words.count(snapshot.attempt));
        self.count = snapshot.progress.map(|progress| count(progress, words)).unwrap_or_default();
        self.ended_at = snapshot.ended_at;
        if let Some(ended_at) = snapshot.ended_at {
            let took = length_exact(ended_at.since(snapshot.created_at), words.decimal);
            self.estimate = fill(words.took, &took);
            return;
        }
        self.estimate = estimate(snapshot, words, now);
        self.waiting = match snapshot.waiting {
            Some(Waiting { reason, until }) => words.waiting(reason, until.since(now)),
            None => words.asking.into(),
        };
        self.age = age(now.since(snapshot.updated_at), words);
    }
}

/// What is said aloud; empty where it has passed.
#[must_use]
pub fn spoken(announcement: Announcement, model: &Model, words: &Words) -> String {
    match (announcement, &model.snapshot, model.link) {
        (Announcement::Status, Some(snapshot), _) => headline(snapshot, words).into(),
        (Announcement::Quarter(quarter), ..) => fill(words.percent_done, &(quarter * 25).to_string()),
        (Announcement::Lost, ..) => words.connection_lost.into(),
        (Announcement::Back, ..) => words.connection_back.into(),
        (Announcement::Stopped, _, Link::Stopped(problem)) => words.problem(problem).into(),
        (Announcement::Status | Announcement::Stopped, ..) => String::new(),
    }
}

fn headline(snapshot: &Snapshot, words: &Words) -> &'static str {
    snapshot.outcome.map_or(words.status(snapshot.status), |outcome| words.outcome(outcome))
}

const fn is_under_way(link: Link) -> bool {
    !matches!(link, Link::Idle | Link::Stopped(_) | Link::Done)
}

fn link_of(model: &Model, words: &Words, now: Timestamp) -> (&'static str, String) {
    match model.link {
        Link::Idle | Link::Done => ("done", String::new()),
        Link::Renewing { .. } | Link::Opening { .. } if model.mode == Mode::Poll && !model.is_lost() => {
            ("live", words.polling.into())
        }
        Link::Renewing { .. } | Link::Opening { .. } if model.is_lost() => ("lost", words.reconnecting.into()),
        Link::Renewing { .. } | Link::Opening { .. } => ("busy", words.connecting.into()),
        Link::Open { .. } if model.mode == Mode::Stream => ("live", words.live.into()),
        Link::Open { .. } | Link::Resting { .. } => ("live", words.polling.into()),
        Link::Waiting { until } => ("lost", words.within(words.reconnecting_in, until.since(now))),
        Link::Stopped(_) => ("lost", words.stopped.into()),
    }
}

fn count(progress: Progress, words: &Words) -> String {
    let [done, total] = words.progress;
    [fill(done, &words.count(progress.done)), fill(total, &words.count(progress.total))].concat()
}

fn estimate(snapshot: &Snapshot, words: &Words, now: Timestamp) -> String {
    match snapshot.progress.and_then(|progress| progress.ends_at) {
        Some(ends_at) if ends_at > now => fill(words.left, &length(ends_at.since(now).as_secs_ceil())),
        Some(_) => words.nearly.into(),
        None if snapshot.status == Status::Running => {
            fill(words.elapsed, &length(now.since(snapshot.created_at).as_millis() / 1_000))
        }
        None => String::new(),
    }
}

fn age(age: Span, words: &Words) -> String {
    match age.as_millis() / 1_000 {
        0..2 => words.updated_now.into(),
        seconds => fill(words.updated, &length(seconds)),
    }
}
