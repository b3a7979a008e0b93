//! Names and times as other formats have them. Never lets a name be more than a name.

use alloc::string::String;
use core::fmt::{self, Display, Formatter, Write};

use super::cursor::plain_until;
use crate::time::Timestamp;

/// Epoch milliseconds as RFC 3339.
pub(super) struct Instant(pub(super) i64);

impl Display for Instant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Timestamp::from_millis(u64::try_from(self.0).unwrap_or_default()).fmt(f)
    }
}

/// Epoch milliseconds as RFC 3339, many of them: most are of a day that was written lately.
#[derive(Debug, Default)]
pub(super) struct Instants {
    /// A day and `2026-11-21T`, by the day: an interaction has few, one after the other.
    dates: [(Option<i64>, String); 8],
}

impl Instants {
    pub(super) fn push(&mut self, ms: i64, out: &mut String) {
        let ms = ms.max(0);
        let (day, within) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
        let slot = usize::try_from(day & 7).unwrap_or_default();
        if let Some((known, date)) = self.dates.get_mut(slot) {
            if *known != Some(day) {
                let text = alloc::format!("{}", Instant(ms));
                *known = Some(day);
                date.clear();
                date.push_str(text.split_inclusive('T').next().unwrap_or_default());
            }
            out.push_str(date);
        }
        for (unit, end) in [(3_600_000, ":"), (60_000, ":"), (1_000, ".")] {
            let value = within.checked_div(unit).unwrap_or_default().rem_euclid(60);
            out.extend([two_digits(value), end]);
        }
        push_thousandths(within.rem_euclid(1_000), out);
        out.push('Z');
    }
}

/// Milliseconds as seconds: `16`, `0.25`, `-3.5`.
pub(super) fn push_seconds(ms: i64, out: &mut String) {
    if ms < 0 {
        out.push('-');
    }
    let size = ms.unsigned_abs();
    let whole = size.checked_div(1_000).unwrap_or_default();
    if let Ok(small) = i64::try_from(whole)
        && small < 100
    {
        let digits = two_digits(small);
        out.push_str(if small < 10 { digits.get(1..).unwrap_or_default() } else { digits });
    } else {
        // Into a text nothing can fail to be written.
        let _ = write!(out, "{whole}");
    }
    let rest = i64::try_from(size.checked_rem(1_000).unwrap_or_default()).unwrap_or_default();
    if rest > 0 {
        out.push('.');
        push_thousandths(rest, out);
        while out.ends_with('0') {
            out.pop();
        }
    }
}

/// Three digits of 0..=999.
fn push_thousandths(value: i64, out: &mut String) {
    let (first, last) = (value.div_euclid(100), value.rem_euclid(100));
    out.extend([two_digits(first).get(1..).unwrap_or_default(), two_digits(last)]);
}

/// Of 0..=99.
fn two_digits(value: i64) -> &'static str {
    let at = usize::try_from(value).unwrap_or_default().saturating_mul(2);
    PAIRS.get(at..at.saturating_add(2)).unwrap_or("00")
}

const PAIRS: &str = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051\
                     525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

const DAY_MS: i64 = 86_400_000;

/// A JSON string (RFC 8259 section 7), in runs of what needs no escape.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        quote(self.0, f)
    }
}

/// The same, into a text, where nothing can fail to be written.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    let _ = quote(text, out);
}

fn quote(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    let mut from = 0;
    loop {
        let to = plain_until(text.as_bytes(), from);
        out.write_str(text.get(from..to).unwrap_or_default())?;
        match text.as_bytes().get(to) {
            Some(b'"') => out.write_str("\\\"")?,
            Some(b'\\') => out.write_str("\\\\")?,
            Some(b'\n') => out.write_str("\\n")?,
            Some(control) => write!(out, "\\u{control:04x}")?,
            None => return out.write_char('"'),
        }
        from = to.saturating_add(1);
    }
}

/// An attribute's value in XML 1.0: characters that XML does not have (section 2.2) become U+FFFD.
pub(super) struct Xml<'a>(pub(super) &'a str);

impl Display for Xml<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for one in self.0.chars() {
            match one {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // Else a reader makes spaces of them (section 3.3.3).
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(one))?,
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A field of CSV (RFC 4180 section 2). One that a spreadsheet would take for a formula gets an apostrophe before it.
pub(super) struct Cell<'a>(pub(super) &'a str);

impl Display for Cell<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let guard = if self.0.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
        if !self.0.contains(['"', ',', '\r', '\n']) {
            return write!(f, "{guard}{}", self.0);
        }
        write!(f, "\"{guard}")?;
        for one in self.0.chars() {
            if one == '"' {
                f.write_char('"')?;
            }
            f.write_char(one)?;
        }
        f.write_char('"')
    }
}

/// Within a quoted string of Graphviz, where a backslash begins an escape.
pub(super) struct Dot<'a>(pub(super) &'a str);

impl Display for Dot<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for one in self.0.chars() {
            match one {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                control if control.is_control() => f.write_char(' ')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Within a quoted label of Mermaid, which has no escape but entities; what could be Markdown or HTML becomes one.
pub(super) struct Mermaid<'a>(pub(super) &'a str);

impl Display for Mermaid<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for one in self.0.chars() {
            match one {
                '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | ';' | '%' => write!(f, "#{};", u32::from(one))?,
                control if control.is_control() => f.write_char(' ')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Seconds as people read them: `850 ms`, `12.5 s`, `3 min`, `2.1 h`, `4.0 d`.
pub(super) struct Length(pub(super) f64);

impl Display for Length {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if self.0 == 0.0 {
            f.write_str("0 s")
        } else if size < 1.0 {
            write!(f, "{:.0} ms", self.0 * 1_000.0)
        } else if size < 120.0 {
            write!(f, "{:.1} s", self.0)
        } else if size < 7_200.0 {
            write!(f, "{:.0} min", self.0 / 60.0)
        } else if size < 172_800.0 {
            write!(f, "{:.1} h", self.0 / 3_600.0)
        } else {
            write!(f, "{:.1} d", self.0 / 86_400.0)
        }
    }
}
