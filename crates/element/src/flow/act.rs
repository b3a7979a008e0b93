//! What a person does about a batch or a chain: asked for, confirmed, sent, told what came of it. Nothing is sent without a yes.
//!
//! Refusals are RFC 9457.

use alloc::string::String;

use crate::json::Raw;
use crate::reading::word;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing more starts, and what runs is canceled.
    Cancel,
    /// What did not succeed runs again.
    Redrive,
}

/// What the page lets a person do; whether the token does, the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deeds {
    /// Cancel it.
    pub cancel: bool,
    /// Run again what did not succeed.
    pub redrive: bool,
}

/// How far a person is with it; `P` is what a redrive would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act<P> {
    /// Nothing is about to be done.
    None,
    /// The server is asked what would run.
    Previewing,
    /// It is asked whether that is meant; with what a redrive would run.
    Asked(Deed, Option<P>),
    /// The server is told.
    Sending(Deed),
    /// It was done.
    Done(Deed),
    /// The server did not: the HTTP status, or 0 for no answer, and its reason.
    Refused(Deed, u16, String),
}

/// What follows for the element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// The focus goes to the part of that name.
    Focus(&'static str),
    /// The server is asked what a redrive would run.
    Preview,
    /// The server is told to do it.
    Send(Deed),
    /// What became of it is said aloud.
    Announce,
}

impl Deeds {
    /// Those that an attribute names, with blanks between.
    #[must_use]
    pub fn of(names: &str) -> Self {
        let offers = |name: &str| names.split_ascii_whitespace().any(|one| one == name);
        Self { cancel: offers("cancel"), redrive: offers("redrive") }
    }
}

impl<P> Act<P> {
    /// A person wants something done, which is possible or not.
    pub fn begin(&mut self, deed: Deed, is_possible: bool) -> Next {
        match (&self, deed) {
            (Self::Previewing | Self::Sending(_), _) => Next::Nothing,
            _ if !is_possible => Next::Nothing,
            (_, Deed::Cancel) => {
                *self = Self::Asked(deed, None);
                Next::Focus("confirm")
            }
            (_, Deed::Redrive) => {
                *self = Self::Previewing;
                Next::Preview
            }
        }
    }

    /// Yes.
    pub fn confirm(&mut self) -> Next {
        let Self::Asked(deed, _) = *self else { return Next::Nothing };
        *self = Self::Sending(deed);
        Next::Send(deed)
    }

    /// No; or: it was read.
    pub fn dismiss(&mut self) -> Next {
        let deed = match self {
            Self::Asked(deed, _) | Self::Refused(deed, ..) => *deed,
            Self::None | Self::Previewing | Self::Sending(_) | Self::Done(_) => return Next::Nothing,
        };
        *self = Self::None;
        Next::Focus(match deed {
            Deed::Cancel => "cancel",
            Deed::Redrive => "redrive",
        })
    }

    /// The server said what a redrive would run, or did not.
    pub fn previewed(&mut self, status: u16, text: &str, parse: impl Fn(&str) -> Option<P>) -> Next {
        if !matches!(self, Self::Previewing) {
            return Next::Nothing;
        }
        match Some(text).filter(|_| is_fine(status)).and_then(parse) {
            Some(preview) => {
                *self = Self::Asked(Deed::Redrive, Some(preview));
                Next::Focus("confirm")
            }
            None => self.refuse(Deed::Redrive, status, text),
        }
    }

    /// The server did it, or did not.
    pub fn done(&mut self, deed: Deed, status: u16, text: &str) -> Next {
        if !is_fine(status) {
            return self.refuse(deed, status, text);
        }
        *self = Self::Done(deed);
        Next::Announce
    }

    /// What is shown has changed: what was about to be done may have no object any more, and what was done is seen by now.
    pub fn settle(&mut self, is_over: bool) {
        if is_over && matches!(self, Self::Asked(Deed::Cancel, _) | Self::Done(_)) {
            *self = Self::None;
        }
    }

    fn refuse(&mut self, deed: Deed, status: u16, text: &str) -> Next {
        *self = Self::Refused(deed, status, reason_of(text));
        Next::Announce
    }
}

/// What a problem says to people; empty where it says nothing.
#[must_use]
pub fn reason_of(problem: &str) -> String {
    let root = Raw::first(problem);
    root.and_then(|root| word(root, "detail").or_else(|| word(root, "title"))).unwrap_or_default()
}

const fn is_fine(status: u16) -> bool {
    status >= 200 && status < 300
}
