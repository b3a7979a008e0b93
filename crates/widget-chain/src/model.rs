//! What the element knows of a chain and what follows from what happens to it. Never draws, talks or reads a clock.
//!
//! How it comes by snapshots is the shared model's matter. Beside it there are the graph, which is asked for once, the node that a
//! person looks at with what it came to, and what a person does.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::flow::{self, Next};
pub use cxpulse_element::flow::{Deed, Deeds};
use cxpulse_element::model as feed;
use cxpulse_element::reading::Snapshot as _;

use crate::errand::Errand;
use crate::graph::Graph;
use crate::results::Preview;
use crate::snapshot::{Class, Node, Snapshot};

mod look;
mod press;

pub use look::{Look, Output, Size};
pub use press::{Press, Step};

/// How far a person is with something that can be done.
pub type Act = flow::Act<Preview>;

/// Everything that the element knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Connection and snapshot.
    pub feed: feed::Model<Snapshot>,
    /// What the page lets a person do.
    pub deeds: Deeds,
    /// Where everything is drawn.
    pub graph: Drawing,
    /// What a person looks at, and how.
    pub look: Look,
    /// What a person is about to do.
    pub act: Act,
    /// Nodes that failed with the latest snapshot, to be said aloud.
    pub news: Vec<String>,
}

/// How far the graph is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawing {
    /// It is to be asked for, from then on.
    Due(Timestamp),
    /// The server was asked.
    Asked,
    /// It is known.
    Known(Rc<Graph>),
}

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// The connection has news, or the page has.
    Feed(feed::Msg),
    /// What the page lets a person do is so now.
    Allowed(Deeds),
    /// A person used what stands on the page.
    Pressed(Press),
    /// The server answered, with 0 for no answer at all.
    Answered(Errand, u16, String),
    /// A token came on the way to an answer.
    Renewed(Rc<str>),
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cmd {
    /// What the shared model wants.
    Feed(feed::Cmd<Snapshot>),
    /// Ask the server.
    Ask(Errand),
    /// Give up every question under way.
    Hush,
    /// The focus goes to the part of that name, once it is drawn.
    Focus(&'static str),
    /// Tell who listens to a screen reader what became of a deed.
    Announce,
    /// Tell who listens to a screen reader which nodes failed.
    AnnounceNews,
}

impl Model {
    /// Knows nothing yet. `seed` decides the chance in its waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            feed: feed::Model::new(seed),
            deeds: Deeds::default(),
            graph: Drawing::Due(Timestamp::default()),
            look: Look::default(),
            act: Act::None,
            news: Vec::new(),
        }
    }

    /// What follows from a message.
    #[must_use]
    pub fn update(&self, msg: Msg, now: Timestamp) -> (Self, Vec<Cmd>) {
        let mut next = self.clone();
        let mut cmds = Vec::new();
        match msg {
            Msg::Feed(msg) => next.follow(self.feed.update(msg, now), &mut cmds),
            Msg::Allowed(deeds) => next.deeds = deeds,
            Msg::Pressed(press) => next.press(press, &mut cmds),
            Msg::Answered(errand, status, text) => next.answered(errand, status, &text, now, &mut cmds),
            Msg::Renewed(token) => next.feed = next.feed.with_token(token),
        }
        if next.can_ask() && next.question_at().is_some_and(|at| at <= now) {
            next.graph = Drawing::Asked;
            cmds.push(Cmd::Ask(Errand::Graph));
        }
        (next, cmds)
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let question = if self.can_ask() { self.question_at() } else { None };
        [self.feed.wake_at(now), question].into_iter().flatten().min()
    }

    /// The snapshot, while it goes on.
    #[must_use]
    pub fn live(&self) -> Option<&Snapshot> {
        self.feed.snapshot.as_deref().filter(|snapshot| !snapshot.is_terminal())
    }

    /// The node that the keyboard is at.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.feed.snapshot.as_ref()?.nodes.get(self.look.cursor)
    }

    /// Where everything is drawn; `None` before that is known.
    #[must_use]
    pub fn drawn(&self) -> Option<&Graph> {
        match &self.graph {
            Drawing::Known(graph) => Some(graph),
            Drawing::Due(_) | Drawing::Asked => None,
        }
    }

    /// Whether a person may cancel it now.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        self.deeds.cancel && self.live().is_some_and(|snapshot| snapshot.stopped.is_none())
    }

    /// Whether a person may have something run again now.
    #[must_use]
    pub fn can_redrive(&self) -> bool {
        let ended = self.feed.snapshot.as_deref().filter(|snapshot| snapshot.is_terminal());
        self.deeds.redrive && ended.is_some_and(|snapshot| snapshot.redrivable() > 0)
    }

    /// Takes over what the shared model has made of something; another chain begins with nothing.
    fn follow(&mut self, (feed, wanted): (feed::Model<Snapshot>, Vec<feed::Cmd<Snapshot>>), cmds: &mut Vec<Cmd>) {
        if feed.setup.src != self.feed.setup.src {
            *self = Self { deeds: self.deeds, ..Self::new(0) };
            cmds.push(Cmd::Hush);
        }
        let before = core::mem::replace(&mut self.feed, feed).snapshot;
        self.act.settle(self.live().is_none());
        cmds.extend(wanted.into_iter().map(Cmd::Feed));
        if let (Some(before), Some(snapshot)) = (before, self.feed.snapshot.clone())
            && before.seq < snapshot.seq
        {
            self.look.settle(&before, &snapshot);
            // The end of all is said already.
            let is_news = !snapshot.is_terminal() && tell_failures(&before, &snapshot, &mut self.news);
            cmds.extend(is_news.then_some(Cmd::AnnounceNews));
        }
    }

    fn answered(&mut self, errand: Errand, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        match errand {
            Errand::Graph => self.drew(status, text, now),
            Errand::Output(node) if self.node().is_some_and(|shown| shown.name == node) => {
                self.look.answered(&node, status, text);
            }
            // Of a node that is not looked at any more.
            Errand::Output(_) => {}
            Errand::Preview => cmds.extend(follow_act(self.act.previewed(status, text, Preview::parse))),
            Errand::Redrive => self.done(Deed::Redrive, status, text, now, cmds),
            Errand::Cancel => self.done(Deed::Cancel, status, text, now, cmds),
        }
    }

    fn drew(&mut self, status: u16, text: &str, now: Timestamp) {
        let nodes = self.feed.snapshot.as_deref().map_or(&[][..], |snapshot| &snapshot.nodes);
        let graph = Some(text).filter(|_| status == 200).and_then(|text| Graph::parse(text, nodes));
        self.graph = graph.map_or(Drawing::Due(now.plus(REST)), |graph| Drawing::Known(Rc::new(graph)));
    }

    fn done(&mut self, deed: Deed, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        cmds.extend(follow_act(self.act.done(deed, status, text)));
        if self.act == Act::Done(deed)
            && let Some(snapshot) = Snapshot::parse(text)
        {
            let followed = self.feed.answered(Rc::new(snapshot), now);
            self.follow(followed, cmds);
        }
    }

    fn question_at(&self) -> Option<Timestamp> {
        match self.graph {
            Drawing::Due(at) if self.feed.snapshot.is_some() => Some(at),
            Drawing::Due(_) | Drawing::Asked | Drawing::Known(_) => None,
        }
    }

    /// Somebody looks, and the server is not out of reach.
    const fn can_ask(&self) -> bool {
        !self.feed.is_hidden && !self.feed.is_lost()
    }
}

fn follow_act(next: Next) -> Option<Cmd> {
    Some(match next {
        Next::Nothing => return None,
        Next::Focus(part) => Cmd::Focus(part),
        Next::Preview => Cmd::Ask(Errand::Preview),
        Next::Send(Deed::Cancel) => Cmd::Ask(Errand::Cancel),
        Next::Send(Deed::Redrive) => Cmd::Ask(Errand::Redrive),
        Next::Announce => Cmd::Announce,
    })
}

/// Keeps the names of what has failed since; whether there are any.
fn tell_failures(before: &Snapshot, after: &Snapshot, news: &mut Vec<String>) -> bool {
    let both = before.nodes.iter().zip(&after.nodes);
    let failed = both.filter(|(before, after)| before.class != Class::Failed && after.class == Class::Failed);
    let names: Vec<String> = failed.map(|(_, node)| node.name.clone()).collect();
    let is_news = !names.is_empty();
    if is_news {
        *news = names;
    }
    is_news
}

/// How long a question rests that could not be answered.
const REST: Span = Span::from_secs(5);
