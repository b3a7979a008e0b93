//! Dates of the years 0 to 9999 in UTC, by hand: RFC 3339 in, a pattern's letters out. No clock, no zone but UTC, and no leap
//! second but as the second before it.
//!
//! Source of the calendar: H. Hinnant, "chrono-compatible low-level date algorithms". Of the letters: POSIX `strftime`.

use std::fmt;

/// An instant and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since 1970-01-01T00:00:00Z.
    pub(crate) millis: i64,
    pub(crate) form: Form,
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `2026-11-21`
    Day,
    /// `2026-11-21T10:00:00Z`
    Time,
}

impl Moment {
    /// A date such as `2026-11-21`, or an instant such as `2026-11-21T10:00:00.5+01:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = days_of(date)?;
        let midnight = days.checked_mul(DAY)?;
        if rest.is_empty() {
            return Some(Self { millis: midnight, form: Form::Day });
        }
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = numbers(clock, ':')?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (fraction, zone) = fraction(rest)?;
        let seconds =
            hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60)).saturating_add(second.min(59));
        let millis = midnight.saturating_add(seconds.saturating_mul(1_000)).saturating_add(fraction);
        Self { millis, form: Form::Time }.plus_millis(offset(zone)?.saturating_neg())
    }

    /// Later by `millis`; `None` outside the years 0 to 9999.
    pub(crate) fn plus_millis(self, millis: i64) -> Option<Self> {
        let millis = self.millis.checked_add(millis).filter(|millis| (FIRST..=LAST).contains(millis))?;
        Some(Self { millis, ..self })
    }

    /// Later by `count` months.
    pub(crate) fn plus_months(self, count: i64) -> Option<Self> {
        let (year, month, day) = civil(self.millis.div_euclid(DAY));
        let months = year.checked_mul(12)?.checked_add(month.saturating_sub(1))?.checked_add(count)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12).saturating_add(1));
        if !(0..=9999).contains(&year) {
            return None;
        }
        let days = days_from_civil(year, month, day.min(days_in(year, month)));
        let millis = days.saturating_mul(DAY).saturating_add(self.millis.rem_euclid(DAY));
        Some(Self { millis, ..self })
    }

    /// Monday is 1.
    pub(crate) fn weekday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        self.millis.div_euclid(DAY).saturating_add(3).rem_euclid(7).saturating_add(1)
    }

    /// By a pattern of `strftime`.
    pub(crate) fn shown(self, pattern: &str) -> Result<String, String> {
        let mut made = String::with_capacity(pattern.len());
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                made.push(letter);
                continue;
            }
            let Some(letter) = letters.next() else {
                return Err("a date's pattern ends with `%`".to_owned());
            };
            self.put(letter, &mut made)?;
        }
        Ok(made)
    }

    fn put(self, letter: char, made: &mut String) -> Result<(), String> {
        let (year, month, day) = civil(self.millis.div_euclid(DAY));
        let clock = self.millis.rem_euclid(DAY);
        let (hour, minute, second) = (
            clock.div_euclid(3_600_000),
            clock.div_euclid(60_000).rem_euclid(60),
            clock.div_euclid(1_000).rem_euclid(60),
        );
        let twelve = hour.saturating_add(11).rem_euclid(12).saturating_add(1);
        let name = |names: &'static str, at: i64| {
            names.split(' ').nth(usize::try_from(at.saturating_sub(1)).unwrap_or_default()).unwrap_or_default()
        };
        let shown = match letter {
            'Y' => format!("{year:04}"),
            'y' => format!("{:02}", year.rem_euclid(100)),
            'm' => format!("{month:02}"),
            'd' => format!("{day:02}"),
            'e' => format!("{day:2}"),
            'H' => format!("{hour:02}"),
            'I' => format!("{twelve:02}"),
            'M' => format!("{minute:02}"),
            'S' => format!("{second:02}"),
            'f' => format!("{:03}000", clock.rem_euclid(1_000)),
            'p' => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
            'j' => format!(
                "{:03}",
                self.millis.div_euclid(DAY).saturating_sub(days_from_civil(year, 1, 1)).saturating_add(1)
            ),
            'u' => self.weekday().to_string(),
            'w' => self.weekday().rem_euclid(7).to_string(),
            'A' => name(DAYS, self.weekday()).to_owned(),
            'a' => name(DAYS, self.weekday()).chars().take(3).collect(),
            'B' => name(MONTHS, month).to_owned(),
            'b' => name(MONTHS, month).chars().take(3).collect(),
            's' => self.millis.div_euclid(1_000).to_string(),
            'F' => format!("{year:04}-{month:02}-{day:02}"),
            'T' => format!("{hour:02}:{minute:02}:{second:02}"),
            'z' => "+0000".to_owned(),
            'Z' => "UTC".to_owned(),
            '%' => "%".to_owned(),
            other => return Err(format!("a date's pattern has no `%{}`", other.escape_default())),
        };
        made.push_str(&shown);
        Ok(())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.millis.div_euclid(DAY));
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        if self.form == Form::Day {
            return Ok(());
        }
        let clock = self.millis.rem_euclid(DAY);
        let (hour, minute) = (clock.div_euclid(3_600_000), clock.div_euclid(60_000).rem_euclid(60));
        write!(f, "T{hour:02}:{minute:02}:{:02}", clock.div_euclid(1_000).rem_euclid(60))?;
        match clock.rem_euclid(1_000) {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

fn days_of(date: &str) -> Option<i64> {
    let year = date.get(..4)?;
    let [month, day] = numbers(date.get(5..)?, '-')?;
    if date.get(4..5)? != "-" || !year.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let year = year.parse().ok()?;
    ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then(|| days_from_civil(year, month, day))
}

/// `N` numbers of two digits each.
fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let mut found = [0; N];
    let mut parts = text.split(between);
    for slot in &mut found {
        let part = parts.next().filter(|part| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_digit()))?;
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Milliseconds of `.123456`, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let len = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, zone) = rest.split_at(len);
    let millis: String = digits.chars().chain("00".chars()).take(3).collect();
    Some((millis.parse().ok().filter(|_| len > 0)?, zone))
}

/// Milliseconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let [hours, minutes] = numbers(digits, ':').filter(|[hours, minutes]| *hours < 24 && *minutes < 60)?;
    let ahead = hours.saturating_mul(3_600_000).saturating_add(minutes.saturating_mul(60_000));
    match sign {
        "+" => Some(ahead),
        "-" => Some(ahead.saturating_neg()),
        _ => None,
    }
}

/// Years begin in March, so that a leap day is a year's last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let months = month.saturating_add(9).rem_euclid(12);
    let of_year = months.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let leaps = of_era.div_euclid(4).saturating_sub(of_era.div_euclid(100));
    let of_era = of_era.saturating_mul(365).saturating_add(leaps).saturating_add(of_year);
    era.saturating_mul(146_097).saturating_add(of_era).saturating_sub(719_468)
}

/// Year, month and day.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let shift =
        of_era.div_euclid(1_460).saturating_sub(of_era.div_euclid(36_524)).saturating_add(of_era.div_euclid(146_096));
    let year = of_era.saturating_sub(shift).div_euclid(365);
    let leaps = year.div_euclid(4).saturating_sub(year.div_euclid(100));
    let of_year = of_era.saturating_sub(year.saturating_mul(365)).saturating_sub(leaps);
    let months = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year.saturating_sub(months.saturating_mul(153).saturating_add(2).div_euclid(5)).saturating_add(1);
    let month = if months < 10 { months.saturating_add(3) } else { months.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year);
    (if month <= 2 { year.saturating_add(1) } else { year }, month, day)
}

const fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        2 => {
            if is_leap {
                29
            } else {
                28
            }
        }
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const DAY: i64 = 86_400_000;

/// 0000-01-01T00:00:00.000Z
const FIRST: i64 = -62_167_219_200_000;

/// 9999-12-31T23:59:59.999Z
const LAST: i64 = 253_402_300_799_999;

const DAYS: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";

const MONTHS: &str = "January February March April May June July August September October November December";
