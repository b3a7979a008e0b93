//! What every element says, in people's languages, and how numbers and lengths of time are written. Never looks anything up
//! at run time: a language is a table, checked by the compiler to be complete.

use alloc::string::String;

use cxpulse_core::execution::Reason;
use cxpulse_core::time::{Span, Timestamp};

use crate::model::{Link, Mode, Model, Problem};
use crate::reading::Snapshot;

mod de;
mod en;

pub use de::WORDS as GERMAN;
pub use en::WORDS as ENGLISH;

/// What every element says in a language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// BCP 47, for dates.
    pub tag: &'static str,
    /// Between thousands.
    pub thousands: &'static str,
    /// Before tenths.
    pub decimal: char,
    /// In the order of [`Reason`]; `@` is "in 12 s".
    pub reasons: [&'static str; 9],
    /// Waits for something that this version has no words for.
    pub reason_unknown: &'static str,
    /// A length of time from now.
    pub within: &'static str,
    /// No time from now.
    pub now: &'static str,
    /// Nothing is known yet.
    pub loading: &'static str,
    /// The element cannot go on, and has nothing to show.
    pub unavailable: &'static str,
    /// There is no `src`.
    pub nothing: &'static str,
    /// The progress bar's name.
    pub progress_label: &'static str,
    /// Until the foretold end.
    pub left: &'static str,
    /// It should be over by now.
    pub nearly: &'static str,
    /// How long it took.
    pub took: &'static str,
    /// How long it has been going on.
    pub elapsed: &'static str,
    /// Age of what is shown.
    pub updated: &'static str,
    /// Younger than two seconds.
    pub updated_now: &'static str,
    /// When it ended, before the time of day.
    pub ended: &'static str,
    /// The stream is open.
    pub live: &'static str,
    /// Polls go well.
    pub polling: &'static str,
    /// The first connection is being made.
    pub connecting: &'static str,
    /// The connection was lost and the next one is being made.
    pub reconnecting: &'static str,
    /// The same, and it is not yet time; `@` is "in 12 s".
    pub reconnecting_in: &'static str,
    /// The element cannot go on.
    pub stopped: &'static str,
    /// Said aloud.
    pub connection_lost: &'static str,
    /// Said aloud.
    pub connection_back: &'static str,
    /// Said aloud, in quarters.
    pub percent_done: &'static str,
}

impl Words {
    /// What is waited for, and how long yet.
    #[must_use]
    pub fn waiting(&self, reason: Option<Reason>, rest: Span) -> String {
        let [backoff, predicted, retry, rate_limited, permit, breaker_open, credentials, look_up, callback] =
            self.reasons;
        let words = match reason {
            None => self.reason_unknown,
            Some(Reason::Backoff) => backoff,
            Some(Reason::Predicted) => predicted,
            Some(Reason::Retry) => retry,
            Some(Reason::RateLimited) => rate_limited,
            Some(Reason::Permit) => permit,
            Some(Reason::BreakerOpen) => breaker_open,
            Some(Reason::Credentials) => credentials,
            Some(Reason::LookUp) => look_up,
            Some(Reason::Callback) => callback,
        };
        self.within(words, rest)
    }

    /// `words` with "in 12 s" for `@`, or with "now" where no time is left.
    #[must_use]
    pub fn within(&self, words: &str, rest: Span) -> String {
        let seconds = rest.as_secs_ceil();
        if seconds == 0 { fill(words, self.now) } else { fill(words, &fill(self.within, &length(seconds))) }
    }

    /// A count with its thousands apart: `50,000`.
    #[must_use]
    pub fn count(&self, count: u64) -> String {
        let digits = decimal(count);
        let mut text = String::with_capacity(digits.len() * 2);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(self.thousands);
            }
            text.push(digit);
        }
        text
    }

    /// What shape and colour of the connection follow (`live`, `busy`, `lost`, `stopped`, `done`), and the connection in words;
    /// empty once nothing is to come.
    #[must_use]
    pub fn link<S: Snapshot>(&self, model: &Model<S>, now: Timestamp) -> (&'static str, String) {
        match model.link {
            Link::Idle | Link::Done => ("done", String::new()),
            Link::Renewing { .. } | Link::Opening { .. } if model.mode == Mode::Poll && !model.is_lost() => {
                ("live", self.polling.into())
            }
            Link::Renewing { .. } | Link::Opening { .. } if model.is_lost() => ("lost", self.reconnecting.into()),
            Link::Renewing { .. } | Link::Opening { .. } => ("busy", self.connecting.into()),
            Link::Open { .. } if model.mode != Mode::Poll => ("live", self.live.into()),
            Link::Open { .. } | Link::Resting { .. } => ("live", self.polling.into()),
            Link::Waiting { until } => ("lost", self.within(self.reconnecting_in, until.since(now))),
            Link::Stopped(_) => ("stopped", self.stopped.into()),
        }
    }

    /// How old what is shown is.
    #[must_use]
    pub fn age(&self, age: Span) -> String {
        match age.as_millis() / 1_000 {
            0..2 => self.updated_now.into(),
            seconds => fill(self.updated, &length(seconds)),
        }
    }
}

/// Whether a language tag is of German, in any of its regions.
#[must_use]
pub fn is_german(tag: &str) -> bool {
    let (primary, rest) = tag.split_at_checked(2).unwrap_or_default();
    let is_whole = !rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    is_whole && primary.eq_ignore_ascii_case("de")
}

/// The words for one of the problems.
#[must_use]
pub const fn problem(words: &[&'static str; 5], problem: Problem) -> &'static str {
    let [token_refused, forbidden, not_found, refused, bad_source] = *words;
    match problem {
        Problem::TokenRefused => token_refused,
        Problem::Forbidden => forbidden,
        Problem::NotFound => not_found,
        Problem::Refused => refused,
        Problem::BadSource => bad_source,
    }
}

/// Puts `what` where `@` stands.
#[must_use]
pub fn fill(words: &str, what: &str) -> String {
    let place = words.bytes().position(|byte| byte == b'@');
    match place.and_then(|at| Some((words.get(..at)?, words.get(at + 1..)?))) {
        Some((before, after)) => [before, what, after].concat(),
        None => words.into(),
    }
}

/// A length of time in the two units that matter: `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. The symbols are
/// international; the blanks do not break.
#[must_use]
pub fn length(seconds: u64) -> String {
    let (large, small) = match seconds {
        0..60 => ((seconds, "s"), (0, "")),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds / 60 % 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds / 3_600 % 24, "h")),
    };
    let mut text = [&decimal(large.0), "\u{a0}", large.1].concat();
    if small.0 > 0 {
        text.push_str(&["\u{a0}", &decimal(small.0), "\u{a0}", small.1].concat());
    }
    text
}

/// A length of time that is over: as [`length`], with tenths below ten seconds.
#[must_use]
pub fn length_exact(span: Span, point: char) -> String {
    let millis = span.as_millis();
    if millis >= 10_000 {
        return length(millis / 1_000);
    }
    let mut text = decimal(millis / 1_000);
    text.push(point);
    text.push_str(&decimal(millis / 100 % 10));
    text.push_str("\u{a0}s");
    text
}

/// A whole number in digits, without the formatting machinery, which is large for so small a need.
#[must_use]
pub fn decimal(number: u64) -> String {
    let mut text = if number >= 10 { decimal(number / 10) } else { String::new() };
    text.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    text
}

/// The word at the place that `one` has among `all`.
#[must_use]
pub fn named<T: PartialEq, const N: usize>(all: &[T; N], words: &[&'static str; N], one: T) -> &'static str {
    all.iter().zip(words).find_map(|(known, word)| (*known == one).then_some(*word)).unwrap_or_default()
}
