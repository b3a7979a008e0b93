//! How the element comes by snapshots: when it asks, what it makes of an answer, when it asks again.
//! Never ends what is shown.

use alloc::rc::Rc;
use alloc::vec::Vec;

use cxpulse_core::time::{Span, Timestamp};

use crate::reading::Snapshot;

use super::{Announcement, Cmd, Happening, Link, Mode, Model, Problem, Request, Said, silence_max};

impl<S: Snapshot> Model<S> {
    /// Asks, by way of a token where one is needed.
    pub(super) fn connect(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        if self.setup.src.is_none() {
            self.link = Link::Idle;
        } else if self.token.is_none() && self.setup.is_renewable {
            self.renew(now, cmds);
        } else {
            self.open(now, cmds);
        }
    }

    pub(super) fn hear(&mut self, said: Said, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        match said {
            Said::Token(Some(token)) => {
                self.token = Some(token);
                self.is_token_untried = true;
                self.open(now, cmds);
            }
            Said::Token(None) => self.retry(None, now, cmds),
            Said::Opened { mode, server_at } => self.opened(mode, server_at, now, cmds),
            Said::Heard => self.heard(now),
            Said::Told(text, etag) => self.told(&text, etag, now, cmds),
            Said::Unchanged => {
                self.heard(now);
                self.settle(None);
            }
            Said::Closed => self.closed(now, cmds),
            Said::Refused { status, retry_after } => self.refused(status, retry_after, now, cmds),
            Said::Failed => self.lose(None, now, cmds),
            Said::Unserved => {
                self.mode = Mode::Stream;
                self.ask(now, cmds);
            }
            Said::Unaskable => self.stop(Problem::BadSource, cmds),
        }
    }

    pub(super) fn wake(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        // Where it says nothing in all that time, something on the way swallows it. One that is refused, or breaks off, is
        // tried again.
        let is_socket = self.mode == Mode::Socket;
        match self.link {
            Link::Waiting { until } | Link::Resting { until } if now >= until => self.connect(now, cmds),
            Link::Renewing { since } if now >= since.plus(super::RENEWING_MAX) => self.retry(None, now, cmds),
            Link::Opening { since } if now >= since.plus(self.opening_max()) => {
                self.lose(None, now, cmds);
                if is_socket {
                    self.mode = Mode::Stream;
                }
            }
            Link::Open { heard_at, is_audible, .. }
                if self.mode != Mode::Socket && now >= heard_at.plus(silence_max(is_audible)) =>
            {
                self.lose(None, now, cmds);
            }
            Link::Waiting { .. }
            | Link::Resting { .. }
            | Link::Renewing { .. }
            | Link::Opening { .. }
            | Link::Open { .. }
            | Link::Idle
            | Link::Stopped(_)
            | Link::Done => {}
        }
    }

    /// Somebody looks, or the network is back: now is better than later.
    pub(super) fn hurry(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        if matches!(self.link, Link::Waiting { .. }) {
            self.mode = Mode::Socket;
            self.mute_streams = 0;
            self.connect(now, cmds);
        }
    }

    /// How long an answer may take to begin: a stream's first snapshot comes at once, a long poll's may not.
    pub(super) const fn opening_max(&self) -> Span {
        match self.mode {
            Mode::Socket | Mode::Stream => Span::from_secs(15),
            Mode::Poll => Span::from_secs(45),
        }
    }

    fn renew(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        self.connection = self.connection.wrapping_add(1);
        self.link = Link::Renewing { since: now };
        cmds.push(Cmd::Close);
        cmds.push(Cmd::Renew(self.connection));
    }

    fn open(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        self.connection = self.connection.wrapping_add(1);
        self.ask(now, cmds);
    }

    fn ask(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let Some(src) = self.setup.src.clone() else { return };
        self.link = Link::Opening { since: now };
        cmds.push(Cmd::Open(Request {
            connection: self.connection,
            mode: self.mode,
            src,
            token: self.token.clone(),
            last_seq: self.snapshot.as_ref().map(|snapshot| snapshot.seq()),
            etag: self.etag.clone(),
        }));
    }

    /// A snapshot came; one that cannot be read is as good as none.
    fn told(&mut self, text: &str, etag: Option<Rc<str>>, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let Some(snapshot) = S::parse(text) else { return self.lose(None, now, cmds) };
        self.heard(now);
        self.settle(etag);
        if self.take_snapshot(Rc::new(snapshot), cmds) {
            self.failures = 0;
        }
        self.finish_if_ended(cmds);
    }

    fn opened(&mut self, mode: Mode, server_at: Option<Timestamp>, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let since = self.asked_at(now);
        self.mode = mode;
        let is_first = mode != Mode::Poll || self.failures > 0 || self.snapshot.is_none();
        self.link = Link::Open { since, heard_at: now, is_audible: false };
        self.is_token_untried = false;
        if let Some(server_at) = server_at {
            self.skew_ms = skew_ms(server_at, now);
        }
        if is_first {
            cmds.push(Cmd::Emit(Happening::Connected(self.mode)));
        }
    }

    fn heard(&mut self, now: Timestamp) {
        if let Link::Open { since, .. } = self.link {
            self.link = Link::Open { since, heard_at: now, is_audible: true };
        }
    }

    /// A poll was answered.
    fn settle(&mut self, etag: Option<Rc<str>>) {
        if etag.is_some() {
            self.etag = etag;
        }
        if self.mode == Mode::Poll {
            self.failures = 0;
        }
    }

    fn finish_if_ended(&mut self, cmds: &mut Vec<Cmd<S>>) {
        if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.is_terminal()) {
            self.link = Link::Done;
            cmds.push(Cmd::Close);
        }
    }

    fn closed(&mut self, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        match (self.mode, self.link) {
            (_, Link::Done) => {}
            // A long poll that was answered: the next one, but not at a gallop where the server does not hold it back.
            (Mode::Poll, Link::Open { since, .. }) => {
                self.link = Link::Resting { until: since.plus(POLL_INTERVAL_MIN).max(now) };
            }
            (Mode::Socket | Mode::Stream | Mode::Poll, _) => self.lose(None, now, cmds),
        }
    }

    fn refused(&mut self, status: u16, retry_after: Option<Span>, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        match status {
            401 if self.setup.is_renewable && !self.is_token_untried => self.renew(now, cmds),
            401 => self.stop(Problem::TokenRefused, cmds),
            403 => self.stop(Problem::Forbidden, cmds),
            404 | 410 => self.stop(Problem::NotFound, cmds),
            // A stream may be refused by something in between that lets a plain answer pass.
            0 | 400..=499 if self.mode == Mode::Stream => self.lose(retry_after, now, cmds),
            408 | 425 | 429 => self.lose(retry_after, now, cmds),
            400..=499 => self.stop(Problem::Refused, cmds),
            _ => self.lose(retry_after, now, cmds),
        }
    }

    /// The connection is gone, or never was.
    fn lose(&mut self, at_least: Option<Span>, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let is_audible = matches!(self.link, Link::Open { is_audible: true, .. });
        if let Link::Open { since, is_audible: true, .. } = self.link
            && self.mode != Mode::Poll
            && now.since(since) >= STEADY
        {
            self.failures = 0;
        }
        self.mode = match self.mode {
            Mode::Stream if !is_audible && self.mute_streams + 1 >= MUTE_STREAMS_MAX => Mode::Poll,
            Mode::Stream if !is_audible => {
                self.mute_streams += 1;
                Mode::Socket
            }
            Mode::Socket | Mode::Stream | Mode::Poll => {
                self.mute_streams = 0;
                Mode::Socket
            }
        };
        self.retry(at_least, now, cmds);
    }

    fn retry(&mut self, at_least: Option<Span>, now: Timestamp, cmds: &mut Vec<Cmd<S>>) {
        let is_first = !self.is_lost();
        self.failures = self.failures.saturating_add(1);
        self.connection = self.connection.wrapping_add(1);
        let until = now.plus(self.backoff().max(at_least.unwrap_or_default()));
        self.link = Link::Waiting { until };
        cmds.push(Cmd::Close);
        if is_first {
            cmds.push(Cmd::Emit(Happening::Disconnected(until)));
        }
    }

    fn stop(&mut self, problem: Problem, cmds: &mut Vec<Cmd<S>>) {
        self.connection = self.connection.wrapping_add(1);
        self.link = Link::Stopped(problem);
        cmds.extend([Cmd::Close, Cmd::Emit(Happening::Failed(problem)), Cmd::Announce(Announcement::Stopped)]);
    }

    const fn asked_at(&self, now: Timestamp) -> Timestamp {
        match self.link {
            Link::Opening { since } | Link::Open { since, .. } => since,
            Link::Idle
            | Link::Renewing { .. }
            | Link::Waiting { .. }
            | Link::Resting { .. }
            | Link::Stopped(_)
            | Link::Done => now,
        }
    }
}

/// The `Date` header has whole seconds, and an answer takes time: below three seconds there is no telling.
fn skew_ms(server_at: Timestamp, now: Timestamp) -> i64 {
    let ahead = i64::try_from(server_at.since(now).as_millis()).unwrap_or(0);
    let behind = i64::try_from(now.since(server_at).as_millis()).unwrap_or(0);
    let skew = ahead - behind;
    if skew.abs() < SKEW_MS_MIN { 0 } else { skew }
}

const SKEW_MS_MIN: i64 = 3_000;
/// Streams that say nothing, until polls take over.
const MUTE_STREAMS_MAX: u32 = 2;
/// A stream that held so long was a good one.
const STEADY: Span = Span::from_secs(10);
const POLL_INTERVAL_MIN: Span = Span::from_secs(1);
