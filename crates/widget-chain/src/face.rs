//! What a person reads at one instant, as words: headline, numbers, nodes, what is said aloud. Never touches the page.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::model::{Announcement, Link};
use cxpulse_element::reading::Snapshot as _;
use cxpulse_element::text::{fill, length, length_exact};

use crate::model::Model;
use crate::results::Preview;
use crate::snapshot::{Class, Node, Snapshot};
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

    /// The label, or what any is called.
    #[must_use]
    pub fn title(&self) -> &str {
        self.label.unwrap_or(self.words.flow.untitled)
    }

    /// `3 of 5 nodes`.
    #[must_use]
    pub fn progress(&self, snapshot: &Snapshot) -> String {
        self.words.flow.progress(&self.words.every, snapshot.ended(), snapshot.total())
    }

    /// How long it took, or how long it has been going on.
    #[must_use]
    pub fn took(&self, snapshot: &Snapshot) -> String {
        let every = &self.words.every;
        match snapshot.ended_at {
            Some(ended_at) => fill(every.took, &self.exact(ended_at.since(snapshot.created_at))),
            None => fill(every.elapsed, &length(self.server_now().since(snapshot.created_at).as_millis() / 1_000)),
        }
    }

    /// `Critical path, 6.0 s:`; empty before anything took time.
    #[must_use]
    pub fn critical(&self, snapshot: &Snapshot) -> String {
        if snapshot.critical_path.is_empty() {
            return String::new();
        }
        fill(self.words.critical, &self.exact(Span::from_millis(snapshot.critical_ms)))
    }

    /// What is waited for, why nothing more starts, why the element cannot go on; empty for none of them.
    #[must_use]
    pub fn waiting(&self) -> String {
        let flow = &self.words.flow;
        match (self.model.feed.link, self.snapshot()) {
            (Link::Stopped(problem), _) => flow.problem(problem).into(),
            (_, Some(Snapshot { stopped: Some(stop), .. })) => flow.stop(*stop).into(),
            (_, Some(snapshot)) => match snapshot.waiting.filter(|_| !snapshot.is_terminal()) {
                Some(waiting) => {
                    let rest = waiting.until.since(self.server_now());
                    fill(flow.most, &self.words.every.waiting(waiting.reason, rest))
                }
                None => String::new(),
            },
            (_, None) => String::new(),
        }
    }

    /// `Successful · 1.2 s`: what is read of a node beside its name. How often CXone was asked is among its details: here it
    /// would read as if the node had run so often.
    #[must_use]
    pub fn note(&self, node: &Node) -> String {
        let mut parts = Vec::from([String::from(self.words.class(node.class))]);
        parts.extend(self.time(node));
        parts.join(" · ")
    }

    /// `enrich, Running, for 3 s, needs fetch, on the critical path`: all there is to know of a node, for who does not see it.
    #[must_use]
    pub fn aloud(&self, at: usize, node: &Node, is_critical: bool) -> String {
        let mut parts = Vec::from([node.name.clone(), String::from(self.words.class(node.class))]);
        parts.extend(self.time(node));
        if node.attempts > 1 {
            parts.push(self.counted(self.words.attempts, node.attempts));
        }
        parts.extend(node.error.as_ref().map(|(code, _)| code.clone()));
        parts.extend(self.needs(at));
        if is_critical {
            parts.push(self.words.is_critical.into());
        }
        parts.join(", ")
    }

    /// `needs fetch, parse`; `None` of a node that needs nothing, and while that is not known.
    #[must_use]
    pub fn needs(&self, at: usize) -> Option<String> {
        let needs = &self.model.drawn()?.spots.get(at)?.needs;
        let names: Vec<&str> = needs.iter().filter_map(|need| self.name(*need)).collect();
        (!names.is_empty()).then(|| fill(self.words.needs, &names.join(", ")))
    }

    /// A node's name by its place.
    #[must_use]
    pub fn name(&self, at: usize) -> Option<&str> {
        self.snapshot()?.nodes.get(at).map(|node| node.name.as_str())
    }

    /// How long a node took, or has been going on; `None` before it began.
    #[must_use]
    pub fn time(&self, node: &Node) -> Option<String> {
        match (node.class, node.latency_ms, node.started_at) {
            (Class::Running, _, Some(started_at)) => {
                let seconds = self.server_now().since(started_at).as_millis() / 1_000;
                Some(fill(self.words.every.elapsed, &length(seconds)))
            }
            (_, Some(took), _) => Some(self.exact(Span::from_millis(took))),
            (_, None, _) => None,
        }
    }

    /// What a redrive would run, in words.
    #[must_use]
    pub fn preview(&self, preview: &Preview) -> String {
        match preview.count {
            0 => self.words.flow.runs_none.into(),
            count => self.counted(self.words.flow.runs, count),
        }
    }

    /// What a cancel would do, in words.
    #[must_use]
    pub fn cancel(&self, snapshot: &Snapshot) -> String {
        let count = |class| snapshot.count(class);
        self.words.flow.cancel(&self.words.every, count(Class::Running), count(Class::NotStarted))
    }

    /// What is said aloud of the connection and the chain; empty where it has passed.
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

    /// What is said aloud of nodes that have failed.
    #[must_use]
    pub fn spoken_news(&self) -> String {
        fill(self.words.news, &self.named(&self.model.news))
    }

    /// The first of some names, and a sign where those are not all.
    #[must_use]
    pub fn named(&self, names: &[String]) -> String {
        let more = if names.len() > NAMED_MAX { ", …" } else { "" };
        let shown = names.get(..NAMED_MAX).unwrap_or(names);
        [&shown.join(", "), more].concat()
    }

    /// One of two words by a count, with the count in it.
    #[must_use]
    pub fn counted(&self, [one, several]: [&'static str; 2], count: u64) -> String {
        fill(if count == 1 { one } else { several }, &self.words.every.count(count))
    }

    fn exact(&self, span: Span) -> String {
        length_exact(span, self.words.every.decimal)
    }

    fn server_now(&self) -> Timestamp {
        self.model.feed.server_now(self.now)
    }
}

/// Names that are read one after the other.
const NAMED_MAX: usize = 20;
