//! What a person reads at one instant, as words: headline, numbers, what is said aloud. Never touches the page.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::model::{Announcement, Link};
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::text::{fill, length, length_exact};

use crate::item::{Item, Preview};
use crate::model::Model;
use crate::snapshot::{Class, Snapshot, State};
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

impl Face<'_> {
    /// The latest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.model.feed.snapshot.as_deref()
    }

    /// What shape and colour follow, and the words for it.
    #[must_use]
    pub fn headline(&self) -> (&'static str, &'static str) {
        let state = self.snapshot().map(|snapshot| snapshot.state);
        self.words.flow.headline(&self.words.every, state, self.model.feed.link)
    }

    /// The label, or the action.
    #[must_use]
    pub fn title(&self) -> &str {
        let action = || self.snapshot().and_then(|snapshot| snapshot.action_id.as_deref());
        self.label.or_else(action).unwrap_or(self.words.flow.untitled)
    }

    /// `9,120 of 10,000 items`.
    #[must_use]
    pub fn progress(&self, snapshot: &Snapshot) -> String {
        self.words.flow.progress(&self.words.every, snapshot.summary.ended(), snapshot.summary.total)
    }

    /// `12.4 items/s`; empty where nobody knows.
    #[must_use]
    pub fn rate(&self, snapshot: &Snapshot) -> String {
        let rate = snapshot.rate.as_deref().filter(|_| !snapshot.is_terminal());
        let point = |digit: char| if digit == '.' { self.words.every.decimal } else { digit };
        rate.map(|rate| fill(self.words.rate, &rate.chars().map(point).collect::<String>())).unwrap_or_default()
    }

    /// `about 2 min left`, or how long it took.
    #[must_use]
    pub fn estimate(&self, snapshot: &Snapshot) -> String {
        let every = &self.words.every;
        let now = self.model.feed.server_now(self.now);
        if let Some(ended_at) = snapshot.ended_at {
            return fill(every.took, &length_exact(ended_at.since(snapshot.created_at), every.decimal));
        }
        match snapshot.ends_at {
            Some(ends_at) if ends_at > now => fill(every.left, &length(ends_at.since(now).as_secs_ceil())),
            Some(_) => every.nearly.into(),
            None if snapshot.state == State::Running => {
                fill(every.elapsed, &length(now.since(snapshot.created_at).as_millis() / 1_000))
            }
            None => String::new(),
        }
    }

    /// `Generation 2`; empty in the first one.
    #[must_use]
    pub fn generation(&self, snapshot: &Snapshot) -> String {
        self.words.flow.generation(&self.words.every, snapshot.generation)
    }

    /// What is waited for, why nothing more starts, why the element cannot go on; empty for none of them.
    #[must_use]
    pub fn waiting(&self) -> String {
        let now = self.model.feed.server_now(self.now);
        match (self.model.feed.link, self.snapshot()) {
            (Link::Stopped(problem), _) => self.words.flow.problem(problem).into(),
            (_, Some(Snapshot { stopped: Some(stop), .. })) => self.words.flow.stop(*stop).into(),
            (_, Some(snapshot)) => match snapshot.waiting.filter(|_| !snapshot.is_terminal()) {
                Some(waiting) => {
                    fill(self.words.flow.most, &self.words.every.waiting(waiting.reason, waiting.until.since(now)))
                }
                None => String::new(),
            },
            (_, None) => String::new(),
        }
    }

    /// `120 retried, 40 from the cache`; empty where all answers are of a first go.
    #[must_use]
    pub fn sources(&self, snapshot: &Snapshot) -> String {
        let counted = self.words.sources.iter().zip(snapshot.sources).filter(|(_, count)| *count > 0);
        let parts: Vec<String> = counted.map(|(words, count)| fill(words, &self.words.every.count(count))).collect();
        parts.join(", ")
    }

    /// `Item 18 of 10,000: Failed`; empty before the cursor is anywhere.
    #[must_use]
    pub fn cell(&self) -> String {
        let grid = &self.model.grid;
        let Some(index) = grid.cursor else { return String::new() };
        let every = &self.words.every;
        let [item, total] = self.words.cell;
        let class = grid.class(index).map_or("", |class| self.words.class(class));
        let number = every.count(index.saturating_add(1));
        let id = grid.item.as_ref().map(|item| [", ", item.id.as_str()].concat()).unwrap_or_default();
        [&fill(item, &number), &fill(total, &every.count(grid.len())), ": ", class, &id].concat()
    }

    /// `3 attempts. CXone says that the action failed (UPSTREAM_FAILED)`: what is known of an item beside its outcome.
    #[must_use]
    pub fn detail(&self, item: &Item) -> String {
        let error = item.error.as_ref();
        let error = error.map(|(code, message)| [". ", message, " (", code, ")"].concat()).unwrap_or_default();
        if item.attempts == 0 {
            return error;
        }
        [self.counted(self.words.attempts, item.attempts), error].concat()
    }

    /// What a redrive would run, in words.
    #[must_use]
    pub fn preview(&self, preview: &Preview) -> String {
        if preview.count == 0 {
            return self.words.flow.runs_none.into();
        }
        let every = &self.words.every;
        let counted = preview.counts.iter().filter(|(_, count)| *count > 0);
        let part = |(class, count): &(Class, u64)| [self.words.class(*class), " ", &every.count(*count)].concat();
        let parts: Vec<String> = counted.map(part).collect();
        let runs = self.counted(self.words.flow.runs, preview.count);
        [runs, ": ".into(), parts.join(", "), ".".into()].concat()
    }

    /// What a cancel would do, in words.
    #[must_use]
    pub fn cancel(&self, snapshot: &Snapshot) -> String {
        let count = |class| snapshot.summary.of(class);
        self.words.flow.cancel(&self.words.every, count(Class::Running), count(Class::NotStarted))
    }

    /// What is said aloud of the connection and the batch; empty where it has passed.
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

    /// One of two words by a count, with the count in it.
    #[must_use]
    pub fn counted(&self, [one, several]: [&'static str; 2], count: u64) -> String {
        fill(if count == 1 { one } else { several }, &self.words.every.count(count))
    }
}
