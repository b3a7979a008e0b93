//! What the element knows of a batch and what follows from what happens to it. Never draws, talks or reads a clock.
//!
//! How it comes by snapshots is the shared model's matter. Beside it there are three things with questions of their own: the
//! grid, the table, and what a person does.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::{Span, Timestamp};
use cxpulse_element::flow::{self, Next};
use cxpulse_element::model as feed;
use cxpulse_element::reading::Snapshot as _;

use crate::errand::Errand;
use crate::item::Preview;
use crate::snapshot::Snapshot;

mod grid;
mod table;

pub use cxpulse_element::flow::{Deed, Deeds};
pub use grid::Grid;
pub use table::Table;

/// How far a person is with something that can be done.
pub type Act = flow::Act<Preview>;

/// Everything that the element knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Connection and snapshot.
    pub feed: feed::Model<Snapshot>,
    /// What the page lets a person do.
    pub deeds: Deeds,
    /// One cell for each item.
    pub grid: Grid,
    /// Items by page.
    pub table: Table,
    /// What a person is about to do.
    pub act: Act,
    /// The code of the failures that are unfolded.
    pub unfolded: Option<Rc<str>>,
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

/// What a person used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// A button that is about a deed.
    Deed(Deed),
    /// Yes, do it.
    Confirm,
    /// No, leave it; or: it was read.
    Dismiss,
    /// The failures of that code are unfolded, or folded again.
    Group(Rc<str>),
    /// The table is opened, or closed.
    Table,
    /// The table is opened with these items.
    Filter(String),
    /// The page after this one, or before it.
    Turn(Turn),
    /// The cursor of the grid goes elsewhere.
    Cursor(Go),
}

impl Press {
    /// What a name and a value from the page stand for; `None` for what is nothing.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Option<Self> {
        Some(match name {
            "cancel" => Self::Deed(Deed::Cancel),
            "redrive" => Self::Deed(Deed::Redrive),
            "confirm" => Self::Confirm,
            "dismiss" => Self::Dismiss,
            "group" => Self::Group(Rc::from(value)),
            "table" => Self::Table,
            "filter" => Self::Filter(value.into()),
            "next" => Self::Turn(Turn::Next),
            "previous" => Self::Turn(Turn::Previous),
            "cell" => Self::Cursor(Go::To(value.parse().ok()?)),
            "key" => Self::Cursor(Go::of_key(value)?),
            _ => return None,
        })
    }
}

impl Go {
    /// Where a key leads in a grid that is so many cells wide, as in `ArrowDown 40`; `None` for any other key.
    fn of_key(value: &str) -> Option<Self> {
        let (key, columns) = value.split_once(' ')?;
        let columns = columns.parse().ok()?;
        Some(match key {
            "ArrowRight" => Self::On(1),
            "ArrowLeft" => Self::Back(1),
            "ArrowDown" => Self::On(columns),
            "ArrowUp" => Self::Back(columns),
            "PageDown" => Self::On(columns.saturating_mul(ROWS_OF_A_PAGE)),
            "PageUp" => Self::Back(columns.saturating_mul(ROWS_OF_A_PAGE)),
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }
}

/// Where in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Further.
    Next,
    /// Back.
    Previous,
}

/// Where the cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// So many cells on.
    On(u64),
    /// So many cells back.
    Back(u64),
    /// To the first.
    First,
    /// To the last.
    Last,
    /// To that one.
    To(u64),
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
}

impl Model {
    /// Knows nothing yet. `seed` decides the chance in its waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            feed: feed::Model::new(seed),
            deeds: Deeds::default(),
            grid: Grid::default(),
            table: Table::default(),
            act: Act::None,
            unfolded: None,
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
            Msg::Pressed(press) => next.press(press, now, &mut cmds),
            Msg::Answered(errand, status, text) => next.answered(errand, status, &text, now, &mut cmds),
            Msg::Renewed(token) => next.feed = next.feed.with_token(token),
        }
        next.refresh(now, &mut cmds);
        (next, cmds)
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let questions = if self.can_ask() { self.question_at() } else { None };
        [self.feed.wake_at(now), questions].into_iter().flatten().min()
    }

    /// The snapshot, while it goes on.
    #[must_use]
    pub fn live(&self) -> Option<&Snapshot> {
        self.feed.snapshot.as_deref().filter(|snapshot| !snapshot.is_terminal())
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
        self.deeds.redrive && ended.is_some_and(|snapshot| snapshot.summary.redrivable() > 0)
    }

    /// Takes over what the shared model has made of something; another batch begins with nothing.
    fn follow(&mut self, (feed, wanted): (feed::Model<Snapshot>, Vec<feed::Cmd<Snapshot>>), cmds: &mut Vec<Cmd>) {
        if feed.setup.src != self.feed.setup.src {
            *self = Self { deeds: self.deeds, ..Self::new(0) };
            cmds.push(Cmd::Hush);
        }
        self.feed = feed;
        self.act.settle(self.live().is_none());
        cmds.extend(wanted.into_iter().map(Cmd::Feed));
    }

    fn press(&mut self, press: Press, now: Timestamp, cmds: &mut Vec<Cmd>) {
        match press {
            Press::Deed(deed) => {
                let is_possible = match deed {
                    Deed::Cancel => self.can_cancel(),
                    Deed::Redrive => self.can_redrive(),
                };
                cmds.extend(follow_act(self.act.begin(deed, is_possible)));
            }
            Press::Confirm => cmds.extend(follow_act(self.act.confirm())),
            Press::Dismiss => cmds.extend(follow_act(self.act.dismiss())),
            Press::Group(code) => self.unfolded = if self.unfolded.as_ref() == Some(&code) { None } else { Some(code) },
            Press::Table => self.table.toggle(),
            Press::Filter(words) => {
                self.table.filter(&words);
                cmds.push(Cmd::Focus("select"));
            }
            Press::Turn(turn) => self.table.turn(turn),
            Press::Cursor(go) => self.grid.go(go, now),
        }
    }

    fn answered(&mut self, errand: Errand, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        match errand {
            Errand::Grid => self.grid.answered(status, text, now),
            Errand::Item(index) => self.grid.item_answered(index, status, text),
            Errand::Page(query) => self.table.answered(query, status, text, now),
            Errand::Preview => cmds.extend(follow_act(self.act.previewed(status, text, Preview::parse))),
            Errand::Redrive => self.done(Deed::Redrive, status, text, now, cmds),
            Errand::Cancel => self.done(Deed::Cancel, status, text, now, cmds),
        }
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

    /// Asks what is due.
    fn refresh(&mut self, now: Timestamp, cmds: &mut Vec<Cmd>) {
        if !self.can_ask() {
            return;
        }
        let Some(snapshot) = self.feed.snapshot.clone() else { return };
        if self.grid.due_at(&snapshot).is_some_and(|at| at <= now) {
            self.grid.ask(snapshot.seq, now);
            cmds.push(Cmd::Ask(Errand::Grid));
        }
        if let Some(index) = self.grid.take_wanted(now) {
            cmds.push(Cmd::Ask(Errand::Item(index)));
        }
        if self.table.due_at(&snapshot).is_some_and(|at| at <= now) {
            cmds.push(Cmd::Ask(Errand::Page(self.table.ask(snapshot.seq, now))));
        }
    }

    fn question_at(&self) -> Option<Timestamp> {
        let snapshot = self.feed.snapshot.as_deref()?;
        let dues = [self.grid.due_at(snapshot), self.grid.wanted_at(), self.table.due_at(snapshot)];
        dues.into_iter().flatten().min()
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

/// Rows of the grid that a page key passes.
const ROWS_OF_A_PAGE: u64 = 10;

/// How long a question rests that could not be answered.
const REST: Span = Span::from_secs(5);
