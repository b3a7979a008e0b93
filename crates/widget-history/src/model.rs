//! What the element knows of a history and what follows from what happens to it. Never draws, talks or reads a clock.
//!
//! How it comes by snapshots is the shared model's matter. Beside it there is the report: asked for when rows have come, again while
//! more come, and once more when the history has ended or a person narrows it; an answer to an earlier question is no news.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::flow::{self, Next, reason_of};
pub use cxpulse_element::flow::{Deed, Deeds};
use cxpulse_element::model as feed;
use cxpulse_element::reading::Snapshot as _;

use crate::errand::{Errand, Export};
use crate::filter::Filter;
use crate::map::{Map, readable};
use crate::report::Report;
use crate::snapshot::Snapshot;

mod look;
mod press;

pub use look::{Look, Measure, Section, Size};
pub use press::Press;

/// How far a person is with something that can be done.
pub type Act = flow::Act<()>;

/// Everything that the element knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Connection and snapshot.
    pub feed: feed::Model<Snapshot>,
    /// What the page lets a person do.
    pub deeds: Deeds,
    /// What a person narrowed the report to.
    pub filter: Filter,
    /// The report.
    pub report: Reporting,
    /// What a person looks at, and how.
    pub look: Look,
    /// What a person is about to do.
    pub act: Act,
    /// How far the file is that a person wants to keep.
    pub saving: Saving,
}

/// How far the report is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reporting {
    /// The latest one, and what it is of.
    pub known: Option<Shown>,
    /// Why there is no newer one: the HTTP status, or 0 for no answer, and the server's reason.
    pub refusal: Option<(u16, String)>,
    /// What the question is about that is under way.
    asked: Option<Mark>,
    /// Counts questions up, and whatever makes an answer to one no news.
    turn: u32,
    /// Not before then.
    due_at: Timestamp,
    /// Questions in a row that came to nothing.
    failures: u32,
}

/// A report, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the server said.
    pub report: Rc<Report>,
    /// Where it is drawn.
    pub map: Rc<Map>,
    /// What it is narrowed to.
    pub filter: Filter,
    mark: Mark,
}

/// What a report is of: so many steps, and whether those are all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    steps: u64,
    is_over: bool,
}

/// How far a file is that a person wants to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// Nobody wants one.
    None,
    /// The server was asked.
    Asked(Export),
    /// The page has it.
    Done(Export),
    /// The server did not give it: the HTTP status, or 0 for no answer, and its reason.
    Refused(Export, u16, String),
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
    /// Tell who listens to a screen reader that the pictures are of something else now.
    AnnounceReport,
    /// Tell who listens to a screen reader what became of a file.
    AnnounceFile,
}

impl Model {
    /// Knows nothing yet. `seed` decides the chance in its waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            feed: feed::Model::new(seed),
            deeds: Deeds::default(),
            filter: Filter::default(),
            report: Reporting::default(),
            look: Look::default(),
            act: Act::None,
            saving: Saving::None,
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
            cmds.push(Cmd::Ask(next.ask()));
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

    /// What is drawn; `None` before anything is known.
    #[must_use]
    pub fn shown(&self) -> Option<&Shown> {
        self.report.known.as_ref()
    }

    /// Whether what is drawn is of something else than what a person asked for, and the answer is on its way.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.shown().is_some_and(|shown| shown.filter != self.filter)
    }

    /// Whether a person may cancel it now.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        self.deeds.cancel && self.live().is_some()
    }

    /// How many of a hundred edges are drawn.
    #[must_use]
    pub fn percent(&self) -> u64 {
        self.look.percent.or_else(|| Some(readable(&self.shown()?.report))).unwrap_or(100)
    }

    /// Takes over what the shared model has made of something; another history begins with nothing.
    fn follow(&mut self, (feed, wanted): (feed::Model<Snapshot>, Vec<feed::Cmd<Snapshot>>), cmds: &mut Vec<Cmd>) {
        if feed.setup.src != self.feed.setup.src {
            *self = Self { deeds: self.deeds, ..Self::new(0) };
            cmds.push(Cmd::Hush);
        }
        self.feed = feed;
        self.act.settle(self.live().is_none());
        cmds.extend(wanted.into_iter().map(Cmd::Feed));
        if self.mark().is_some_and(|mark| mark.is_over) && self.report.known.as_ref().is_some_and(|it| !it.mark.is_over)
        {
            // That of all rows is waited for no longer than the answer takes.
            self.report.hurry();
        }
    }

    /// Narrows the report; what was asked before is no news any more.
    fn narrow(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            self.report.hurry();
        }
    }

    /// Draws what is known anew.
    fn redraw(&mut self) {
        let percent = self.percent();
        if let Some(shown) = &self.report.known {
            let map = Rc::new(Map::new(&shown.report, percent));
            self.report.known = Some(Shown { map, ..shown.clone() });
        }
    }

    fn ask(&mut self) -> Errand {
        self.report.asked = self.mark();
        self.report.turn = self.report.turn.wrapping_add(1);
        Errand::Report(self.report.turn, self.filter.clone())
    }

    fn answered(&mut self, errand: Errand, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        match errand {
            Errand::Report(turn, filter) if turn == self.report.turn => self.reported(filter, status, text, now, cmds),
            Errand::Report(..) => {}
            Errand::Save(export, _) => {
                let is_fine = (200..300).contains(&status);
                let refused = || Saving::Refused(export, status, reason_of(text));
                self.saving = if is_fine { Saving::Done(export) } else { refused() };
                cmds.push(Cmd::AnnounceFile);
            }
            Errand::Cancel => {
                cmds.extend(follow_act(self.act.done(Deed::Cancel, status, text)));
                if self.act == Act::Done(Deed::Cancel)
                    && let Some(snapshot) = Snapshot::parse(text)
                {
                    let followed = self.feed.answered(Rc::new(snapshot), now);
                    self.follow(followed, cmds);
                }
            }
        }
    }

    fn reported(&mut self, filter: Filter, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        let mark = self.report.asked.take();
        let report = Some(text).filter(|_| status == 200).and_then(Report::parse);
        let (Some(report), Some(mark)) = (report, mark) else {
            self.report.refuse(status, text, now);
            return;
        };
        let is_narrowed = self.shown().is_some_and(|shown| shown.filter != filter);
        let node =
            self.shown().and_then(|shown| shown.report.nodes.get(self.look.cursor)).map(|node| node.name.clone());
        let cursor = node.and_then(|node| report.place(&node));
        self.look.is_open &= cursor.is_some();
        self.report.failures = 0;
        self.report.refusal = None;
        self.report.due_at = now.plus(INTERVAL);
        self.report.known = Some(Shown { report: Rc::new(report), map: Rc::default(), filter, mark });
        self.redraw();
        let first = self.shown().and_then(|shown| shown.map.order().first().copied());
        self.look.cursor = cursor.or(first).unwrap_or_default();
        cmds.extend(is_narrowed.then_some(Cmd::AnnounceReport));
    }

    /// When the report is to be asked for: where what is known is not of what is there, and nothing is under way.
    fn question_at(&self) -> Option<Timestamp> {
        let mark = self.mark()?;
        let is_known = self.shown().is_some_and(|shown| shown.mark == mark && shown.filter == self.filter);
        (!is_known && self.report.asked.is_none()).then_some(self.report.due_at)
    }

    /// What a report would be of now; `None` before there is anything to report.
    fn mark(&self) -> Option<Mark> {
        let snapshot = self.feed.snapshot.as_deref()?;
        let is_over = snapshot.is_terminal();
        (snapshot.steps > 0 || snapshot.completion.is_some()).then_some(Mark { steps: snapshot.steps, is_over })
    }

    /// Somebody looks, and the server is not out of reach.
    const fn can_ask(&self) -> bool {
        !self.feed.is_hidden && !self.feed.is_lost()
    }
}

impl Reporting {
    /// What is under way is no news any more, and the next question waits for nothing.
    fn hurry(&mut self) {
        self.asked = None;
        self.turn = self.turn.wrapping_add(1);
        self.due_at = Timestamp::default();
        self.failures = 0;
    }

    /// The next question rests, longer each time.
    fn refuse(&mut self, status: u16, text: &str, now: Timestamp) {
        let rest = Span::from_millis(INTERVAL.as_millis() << self.failures.min(DOUBLINGS_MAX));
        self.failures = self.failures.saturating_add(1);
        self.due_at = now.plus(rest);
        self.refusal = Some((status, reason_of(text)));
    }
}

fn follow_act(next: Next) -> Option<Cmd> {
    Some(match next {
        Next::Focus(part) => Cmd::Focus(part),
        Next::Send(Deed::Cancel) => Cmd::Ask(Errand::Cancel),
        Next::Announce => Cmd::Announce,
        // A history is read once: there is nothing to run again.
        Next::Nothing | Next::Preview | Next::Send(Deed::Redrive) => return None,
    })
}

/// While rows come, a report is asked for no more often than that.
const INTERVAL: Span = Span::from_secs(5);

/// Of the rest between questions that come to nothing: up to 80 s.
const DOUBLINGS_MAX: u32 = 4;
