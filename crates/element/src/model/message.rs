//! What the model is told and what it wants done. Data only.

use alloc::rc::Rc;
use alloc::string::String;

use cxpulse_core::time::{Span, Timestamp};

use super::{Mode, Problem, Setup};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// The attributes are so now.
    Configured(Setup),
    /// The connection of that number has something to say.
    Feed(u32, Said),
    /// The time of [`Model::wake_at`] has come.
    Woken,
    /// The page is hidden, or no longer.
    Hidden(bool),
    /// The machine has a network again.
    Online,
}

/// What a connection says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A new token; `None` where there was none to be had.
    Token(Option<Rc<str>>),
    /// The server answers.
    Opened {
        /// How.
        mode: Mode,
        /// Its clock, where it told.
        server_at: Option<Timestamp>,
    },
    /// A sign of life.
    Heard,
    /// A snapshot as text, and its entity tag where it has one.
    Told(String, Option<Rc<str>>),
    /// 304: as it was.
    Unchanged,
    /// The answer is over.
    Closed,
    /// The server says no.
    Refused {
        /// The HTTP status, or 0 for an answer of a wrong kind.
        status: u16,
        /// How long it asked to wait.
        retry_after: Option<Span>,
    },
    /// No answer, or one that broke off.
    Failed,
    /// No socket gets through, or what is asked for has none.
    Unserved,
    /// The URL is none.
    Unaskable,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cmd<S> {
    /// Give up the connection, where there is one.
    Close,
    /// Get a token for the connection of that number.
    Renew(u32),
    /// Ask the server.
    Open(Request),
    /// Tell the page.
    Emit(Happening<S>),
    /// Tell who listens to a screen reader.
    Announce(Announcement),
}

/// How the server is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The connection's number.
    pub connection: u32,
    /// How.
    pub mode: Mode,
    /// What.
    pub src: Rc<str>,
    /// With which token.
    pub token: Option<Rc<str>>,
    /// The sequence number of the snapshot at hand.
    pub last_seq: Option<u64>,
    /// Its entity tag.
    pub etag: Option<Rc<str>>,
}

/// What the page is told, as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening<S> {
    /// `cxpulse-changed`: a new snapshot.
    Changed(Rc<S>),
    /// `cxpulse-progressed`: it has come further.
    Progressed(Rc<S>),
    /// `cxpulse-ended`.
    Ended(Rc<S>),
    /// `cxpulse-failed`: the element cannot go on.
    Failed(Problem),
    /// `cxpulse-connected`.
    Connected(Mode),
    /// `cxpulse-disconnected`, and when it will try again.
    Disconnected(Timestamp),
}

/// What is said aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// The status or the outcome.
    Status,
    /// Quarters of the progress, 1..=3.
    Quarter(u64),
    /// The connection was lost.
    Lost,
    /// The connection is back.
    Back,
    /// The element cannot go on.
    Stopped,
}
