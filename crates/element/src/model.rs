//! What the element knows and what follows from what happens to it. Never draws, talks or reads a clock: `update` takes
//! a message and the time and gives the next model and what is to be done.
//!
//! Connection and execution (or batch) are two things: only a terminal snapshot ends one, a closed stream is followed by
//! another. Reconnection waits by core's ladder.

use alloc::rc::Rc;
use alloc::vec::Vec;

use cxpulse_core::backoff::{Chance, Jitter, Ladder};
use cxpulse_core::id::Attempt;
use cxpulse_core::time::{Span, Timestamp};

use crate::reading::Snapshot;

mod connection;
mod message;

pub use message::{Announcement, Cmd, Happening, Msg, Request, Said};

/// What the page's author set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// URL of what is shown.
    pub src: Option<Rc<str>>,
    /// View token.
    pub token: Option<Rc<str>>,
    /// Whether a new token can be had.
    pub is_renewable: bool,
}

/// Everything that the element knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model<S> {
    /// As set.
    pub setup: Setup,
    /// Where it stands with the server.
    pub link: Link,
    /// How it asks.
    pub mode: Mode,
    /// The latest snapshot.
    pub snapshot: Option<Rc<S>>,
    /// How far the server's clock is ahead of ours, in milliseconds; small differences count as none.
    pub skew_ms: i64,
    /// Nobody can see the page.
    pub is_hidden: bool,
    /// What a poll of an unchanged snapshot is told by.
    etag: Option<Rc<str>>,
    /// The token in use.
    token: Option<Rc<str>>,
    /// A token was renewed, and nothing has been heard with it yet.
    is_token_untried: bool,
    /// Counts connections up: what an older one still says is not listened to.
    connection: u32,
    /// Connections in a row that came to nothing.
    failures: u32,
    /// Streams in a row that said nothing.
    mute_streams: u32,
    seed: u64,
}

/// Where the element stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// There is nothing to ask for.
    Idle,
    /// A token was asked for.
    Renewing {
        /// When.
        since: Timestamp,
    },
    /// The server was asked and has not answered.
    Opening {
        /// When.
        since: Timestamp,
    },
    /// The server answers.
    Open {
        /// When it was asked.
        since: Timestamp,
        /// When something was last heard.
        heard_at: Timestamp,
        /// Whether more than its head came: what buffers streams lets the head pass, too.
        is_audible: bool,
    },
    /// A connection was lost or refused; the next one follows.
    Waiting {
        /// When.
        until: Timestamp,
    },
    /// The next poll is not due yet; all is well.
    Resting {
        /// When it is.
        until: Timestamp,
    },
    /// The element cannot go on.
    Stopped(Problem),
    /// What is shown has ended, and nothing more is to come.
    Done,
}

/// How the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The page's one WebSocket, which all its elements share.
    Socket,
    /// One answer that goes on, where sockets do not get through: Server-Sent Events.
    Stream,
    /// One answer for each change: where streams do not get through.
    Poll,
}

/// Why the element cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// 401, and there is no other token.
    TokenRefused,
    /// 403.
    Forbidden,
    /// 404 or 410.
    NotFound,
    /// Another answer that trying again does not change.
    Refused,
    /// `src` is no URL that can be asked.
    BadSource,
}

impl<S: Snapshot> Model<S> {
    /// Knows nothing yet. `seed` decides the chance in its waits.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            setup: Setup::default(),
            link: Link::Idle,
            mode: Mode::Socket,
            snapshot: None,
            skew_ms: 0,
            is_hidden: false,
            etag: None,
            token: None,
            is_token_untried: false,
            connection: 0,
            failures: 0,
            mute_streams: 0,
            seed,
        }
    }

    /// What follows from a message.
    #[must_use]
    pub fn update(&self, msg: Msg, now: Timestamp) -> (Self, Vec<Cmd<S>>) {
        let mut next = self.clone();
        let mut cmds = Vec::new();
        match msg {
            Msg::Configured(setup) => next.configure(setup, now, &mut cmds),
            Msg::Feed(connection, _) if connection != self.connection => {}
            Msg::Feed(_, said) => next.hear(said, now, &mut cmds),
            Msg::Woken => next.wake(now, &mut cmds),
            Msg::Hidden(is_hidden) => {
                next.is_hidden = is_hidden;
                if !is_hidden {
                    next.hurry(now, &mut cmds);
                }
            }
            Msg::Online => next.hurry(now, &mut cmds),
        }
        match (self.is_cut_off(), next.is_cut_off(), next.link) {
            (false, true, _) => cmds.push(Cmd::Announce(Announcement::Lost)),
            (true, false, Link::Open { .. }) => cmds.push(Cmd::Announce(Announcement::Back)),
            _ => {}
        }
        (next, cmds)
    }

    /// What follows from a snapshot that came beside the connection, by what a person did. One that goes on again is
    /// followed again.
    #[must_use]
    pub fn answered(&self, snapshot: Rc<S>, now: Timestamp) -> (Self, Vec<Cmd<S>>) {
        let mut next = self.clone();
        let mut cmds = Vec::new();
        next.take_snapshot(snapshot, &mut cmds);
        let is_ended = next.snapshot.as_ref().is_some_and(|snapshot| snapshot.is_terminal());
        if self.link == Link::Done && !is_ended {
            next.connect(now, &mut cmds);
        }
        (next, cmds)
    }

    /// With a token that came on the way to what a person did.
    #[must_use]
    pub fn with_token(&self, token: Rc<str>) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// The token in use; `None` where there is none yet.
    #[must_use]
    pub fn token(&self) -> Option<Rc<str>> {
        self.token.clone()
    }

    /// When it wants to be woken: for the connection, or because what is shown has aged.
    #[must_use]
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let link = match self.link {
            Link::Idle | Link::Stopped(_) | Link::Done => None,
            Link::Renewing { since } => Some(since.plus(RENEWING_MAX)),
            Link::Opening { since } => Some(since.plus(self.opening_max())),
            // What carries the page's socket listens for its silence.
            Link::Open { .. } if self.mode == Mode::Socket => None,
            Link::Open { heard_at, is_audible, .. } => Some(heard_at.plus(silence_max(is_audible))),
            Link::Waiting { until } | Link::Resting { until } => Some(until),
        };
        let tick = self.is_ticking().then(|| now.plus(SECOND));
        [link, tick].into_iter().flatten().min()
    }

    /// The server's clock at our `now`.
    #[must_use]
    pub fn server_now(&self, now: Timestamp) -> Timestamp {
        let skew = Span::from_millis(self.skew_ms.unsigned_abs());
        if self.skew_ms < 0 { now.minus(skew) } else { now.plus(skew) }
    }

    /// Whether what is shown may be behind, because the server cannot be heard.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.link, Link::Waiting { .. } | Link::Stopped(_))
            || (self.failures > 0 && matches!(self.link, Link::Opening { .. } | Link::Renewing { .. }))
    }

    /// Lost for longer than a connection that is renewed at once: worth saying aloud.
    const fn is_cut_off(&self) -> bool {
        self.failures > 1 && matches!(self.link, Link::Waiting { .. } | Link::Opening { .. } | Link::Renewing { .. })
    }

    fn is_ticking(&self) -> bool {
        let is_live = self.snapshot.as_ref().is_some_and(|snapshot| !snapshot.is_terminal());
        !self.is_hidden && (is_live || matches!(self.link, Link::Waiting { .. }))
    }

    fn configure(&mut self, setup: Setup, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let before = core::mem::replace(&mut self.setup, setup);
        if before.token != self.setup.token {
            self.token.clone_from(&self.setup.token);
            self.is_token_untried = false;
        }
        if before.src != self.setup.src {
            let (connection, is_hidden) = (self.connection, self.is_hidden);
            let fresh = Self { setup: self.setup.clone(), connection, is_hidden, ..Self::new(self.seed) };
            *self = Self { token: self.setup.token.clone(), ..fresh };
            cmds.push(Cmd::Close);
            self.connect(now, cmds);
        } else if self.link == Link::Stopped(Problem::TokenRefused) && before != self.setup {
            self.failures = 0;
            self.connect(now, cmds);
        }
    }

    fn take_snapshot(&mut self, snapshot: Rc<S>, cmds: &mut Vec<Cmd<S>>) -> bool {
        let before = self.snapshot.take();
        let is_news =
            before.as_ref().is_none_or(|before| before.id() != snapshot.id() || before.seq() < snapshot.seq());
        if !is_news {
            self.snapshot = before;
            return false;
        }
        cmds.push(Cmd::Emit(Happening::Changed(Rc::clone(&snapshot))));
        let is_new_word = before.as_ref().is_none_or(|before| !before.is_worded_as(&snapshot));
        let (done, quarter) = before.as_ref().map_or((None, 0), |it| (it.done(), quarter_of(&**it)));
        if snapshot.done().is_some_and(|now_done| Some(now_done) != done) {
            cmds.push(Cmd::Emit(Happening::Progressed(Rc::clone(&snapshot))));
        }
        if is_new_word {
            cmds.push(Cmd::Announce(Announcement::Status));
        } else if (quarter + 1..4).contains(&quarter_of(&*snapshot)) {
            cmds.push(Cmd::Announce(Announcement::Quarter(quarter_of(&*snapshot))));
        }
        if snapshot.is_terminal() {
            cmds.push(Cmd::Emit(Happening::Ended(Rc::clone(&snapshot))));
        }
        self.snapshot = Some(snapshot);
        true
    }

    /// How long to wait after so many failures.
    fn backoff(&self) -> Span {
        let mut attempt = Attempt::FIRST;
        (1..self.failures.min(FAILURES_COUNTED)).for_each(|_| attempt = attempt.next());
        let seed = self.seed ^ u64::from(self.connection);
        LADDER.wait(attempt, Chance { seed, previous: Span::ZERO })
    }
}

fn quarter_of(snapshot: &impl Snapshot) -> u64 {
    snapshot.permille() / 250
}

/// 1 s, doubled up to 30 s, half of it by chance: a server that restarts is not met by all pages at once.
const LADDER: Ladder = Ladder {
    base: Span::from_secs(1),
    multiplier: 2.0,
    max: Span::from_secs(30),
    jitter: Jitter::Equal,
    jitter_factor: 0.0,
    min: Span::from_millis(500),
};
/// Beyond these the ladder is at its top.
const FAILURES_COUNTED: u32 = 8;
const SECOND: Span = Span::from_secs(1);
/// A token that takes longer is not coming.
const RENEWING_MAX: Span = Span::from_secs(20);

/// The server sends a comment every 15 s: three missing ones mean that nobody is there. The first one is given less,
/// for what buffers a stream never lets it through.
const fn silence_max(is_audible: bool) -> Span {
    Span::from_secs(if is_audible { 45 } else { 20 })
}
