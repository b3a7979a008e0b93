//! The times of steps: RFC 3339 with any offset, in epoch milliseconds. Never guesses a zone.

use alloc::format;

use crate::time::Timestamp;

/// What a step says of its start or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nothing, null, or an empty text.
    Missing,
    /// Epoch milliseconds.
    At(i64),
    /// A date and a time, and no zone.
    Zoneless,
    /// Anything else.
    Unreadable,
}

/// Reads times. Most are of a day that was read lately, so that only the rest is to be read.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// By the last digit of the date: an interaction has few days, one after the other.
    days: [Day; 8],
}

#[derive(Debug, Default)]
struct Day {
    date: [u8; 10],
    ms: i64,
}

impl Calendar {
    /// `text` without escapes, for no time has any.
    pub(super) fn read(&mut self, text: &str) -> Moment {
        if text.is_empty() {
            return Moment::Missing;
        }
        self.of_known_day(text).map_or_else(|| self.of_any_day(text), Moment::At)
    }

    /// `2026-11-21T10:00:05.120Z` and `2026-11-21T10:00:05Z`, if the date is one of the last ones.
    fn of_known_day(&self, text: &str) -> Option<i64> {
        let (date, clock) = text.as_bytes().split_first_chunk::<10>()?;
        let day = self.days.get(slot(date)).filter(|day| day.date == *date)?;
        let (hms, milli) = match clock {
            [b'T', hms @ .., b'.', a, b, c, b'Z'] => {
                let tens = number(*a, *b)?.checked_mul(10)?;
                (hms, tens.checked_add(number(b'0', *c)?)?)
            }
            [b'T', hms @ .., b'Z'] => (hms, 0),
            _ => return None,
        };
        let [h1, h2, b':', m1, m2, b':', s1, s2] = hms else { return None };
        let (hour, minute, second) = (number(*h1, *h2)?, number(*m1, *m2)?, number(*s1, *s2)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        day.ms.checked_add(seconds.checked_mul(1_000)?)?.checked_add(milli)
    }

    fn of_any_day(&mut self, text: &str) -> Moment {
        let Ok(at) = Timestamp::parse_rfc3339(text) else {
            // A text of a time has no more than 9 digits of a second.
            let is_time = text.len() < 30 && Timestamp::parse_rfc3339(&format!("{text}Z")).is_ok();
            return if is_time { Moment::Zoneless } else { Moment::Unreadable };
        };
        let at = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        if let (Some(date), true) = (text.as_bytes().first_chunk::<10>(), text.ends_with('Z')) {
            let ms = at.saturating_sub(at.checked_rem(DAY_MS).unwrap_or_default());
            if let Some(day) = self.days.get_mut(slot(date)) {
                *day = Day { date: *date, ms };
            }
        }
        Moment::At(at)
    }
}

fn slot(date: &[u8; 10]) -> usize {
    usize::from(date[9] & 7)
}

fn number(tens: u8, ones: u8) -> Option<i64> {
    let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
    let value = i64::from(tens & 15).saturating_mul(10).saturating_add(i64::from(ones & 15));
    is_number.then_some(value)
}

const DAY_MS: i64 = 86_400_000;
