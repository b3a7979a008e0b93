//! What a person does about a batch: asked for, confirmed, sent, told what came of it. Nothing is sent without a yes.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_core::time::Timestamp;
use cxpulse_element::reading::Snapshot as _;

use super::{Cmd, Model};
use crate::errand::Errand;
use crate::item::{Preview, reason_of};
use crate::snapshot::Snapshot;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing more starts, and what runs is canceled.
    Cancel,
    /// What did not succeed runs again.
    Redrive,
}

/// How far a person is with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing is about to be done.
    None,
    /// The server is asked what would run.
    Previewing,
    /// It is asked whether that is meant; with what a redrive would run.
    Asked(Deed, Option<Preview>),
    /// The server is told.
    Sending(Deed),
    /// It was done.
    Done(Deed),
    /// The server did not: the HTTP status, or 0 for no answer, and its reason.
    Refused(Deed, u16, String),
}

impl Model {
    pub(super) fn begin(&mut self, deed: Deed, cmds: &mut Vec<Cmd>) {
        if matches!(self.act, Act::Previewing | Act::Sending(_)) {
            return;
        }
        match deed {
            Deed::Cancel if self.can_cancel() => {
                self.act = Act::Asked(deed, None);
                cmds.push(Cmd::Focus("confirm"));
            }
            Deed::Redrive if self.can_redrive() => {
                self.act = Act::Previewing;
                cmds.push(Cmd::Ask(Errand::Preview));
            }
            Deed::Cancel | Deed::Redrive => {}
        }
    }

    pub(super) fn confirm(&mut self, cmds: &mut Vec<Cmd>) {
        let Act::Asked(deed, _) = self.act else { return };
        self.act = Act::Sending(deed);
        cmds.push(Cmd::Ask(match deed {
            Deed::Cancel => Errand::Cancel,
            Deed::Redrive => Errand::Redrive,
        }));
    }

    pub(super) fn dismiss(&mut self, cmds: &mut Vec<Cmd>) {
        let deed = match self.act {
            Act::Asked(deed, _) | Act::Refused(deed, ..) => deed,
            Act::None | Act::Previewing | Act::Sending(_) | Act::Done(_) => return,
        };
        self.act = Act::None;
        cmds.push(Cmd::Focus(match deed {
            Deed::Cancel => "cancel",
            Deed::Redrive => "redrive",
        }));
    }

    pub(super) fn previewed(&mut self, status: u16, text: &str, cmds: &mut Vec<Cmd>) {
        if self.act != Act::Previewing {
            return;
        }
        let preview = if is_fine(status) { Preview::parse(text) } else { None };
        match preview {
            Some(preview) => {
                self.act = Act::Asked(Deed::Redrive, Some(preview));
                cmds.push(Cmd::Focus("confirm"));
            }
            None => self.refuse(Deed::Redrive, status, text, cmds),
        }
    }

    pub(super) fn done(&mut self, deed: Deed, status: u16, text: &str, now: Timestamp, cmds: &mut Vec<Cmd>) {
        if !is_fine(status) {
            return self.refuse(deed, status, text, cmds);
        }
        self.act = Act::Done(deed);
        cmds.push(Cmd::Announce);
        if let Some(snapshot) = Snapshot::parse(text) {
            let followed = self.feed.answered(Rc::new(snapshot), now);
            self.follow(followed, cmds);
        }
    }

    fn refuse(&mut self, deed: Deed, status: u16, text: &str, cmds: &mut Vec<Cmd>) {
        self.act = Act::Refused(deed, status, reason_of(text));
        cmds.push(Cmd::Announce);
    }
}

const fn is_fine(status: u16) -> bool {
    status >= 200 && status < 300
}
