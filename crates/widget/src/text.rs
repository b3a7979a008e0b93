//! What people read, in their language. Never looks anything up at run time: a language is a table, checked by the
//! compiler to be complete.

use alloc::string::String;
use cxpulse_core::execution::Reason;
use cxpulse_core::status::{Outcome, Status};
use cxpulse_core::time::Span;

use crate::model::Problem;

mod de;
mod en;

/// A language. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// BCP 47, for dates.
    pub tag: &'static str,
    /// Between thousands.
    pub thousands: &'static str,
    /// Before tenths.
    pub decimal: char,
    /// In the order of [`Status::ALL`].
    pub statuses: [&'static str; 6],
    /// In the order of [`Outcome::ALL`].
    pub outcomes: [&'static str; 7],
    /// In the order of [`Reason`]; `@` is "in 12 s".
    pub reasons: [&'static str; 9],
    /// Waits for something that this version has no words for.
    pub reason_unknown: &'static str,
    /// A length of time from now.
    pub within: &'static str,
    /// No time from now.
    pub now: &'static str,
    /// A call is under way.
    pub asking: &'static str,
    /// In the order of [`Problem`].
    pub problems: [&'static str; 5],
    /// Where there is no label and no action.
    pub untitled: &'static str,
    /// Nothing is known yet.
    pub loading: &'static str,
    /// The element cannot go on, and has nothing to show.
    pub unavailable: &'static str,
    /// There is no `src`.
    pub nothing: &'static str,
    /// Which attempt.
    pub attempt: &'static str,
    /// After the count done, and after the total.
    pub progress: [&'static str; 2],
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
    /// Heads a result.
    pub result: &'static str,
    /// Heads one out of the cache: from when it is.
    pub kept: &'static str,
    /// Heads CXone's own error.
    pub detail: &'static str,
    /// Heads anomalies: one, several.
    pub anomalies: [&'static str; 2],
}

impl Words {
    /// The table for a language tag; English for one that there is no table for.
    #[must_use]
    pub fn of(tag: &str) -> &'static Self {
        let (primary, rest) = tag.split_at_checked(2).unwrap_or_default();
        let is_whole = !rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if is_whole && primary.eq_ignore_ascii_case("de") { &de::WORDS } else { &en::WORDS }
    }

    /// A status.
    #[must_use]
    pub fn status(&self, status: Status) -> &'static str {
        named(&Status::ALL, &self.statuses, status)
    }

    /// An outcome.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> &'static str {
        named(&Outcome::ALL, &self.outcomes, outcome)
    }

    /// Why the element cannot go on.
    #[must_use]
    pub fn problem(&self, problem: Problem) -> &'static str {
        let [token_refused, forbidden, not_found, refused, bad_source] = self.problems;
        match problem {
            Problem::TokenRefused => token_refused,
            Problem::Forbidden => forbidden,
            Problem::NotFound => not_found,
            Problem::Refused => refused,
            Problem::BadSource => bad_source,
        }
    }

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

fn named<T: PartialEq, const N: usize>(all: &[T; N], words: &[&'static str; N], one: T) -> &'static str {
    all.iter().zip(words).find_map(|(known, word)| (*known == one).then_some(*word)).unwrap_or_default()
}
