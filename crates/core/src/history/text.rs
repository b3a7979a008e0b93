//! Names and times as other formats have them. Never lets a name be more than a name.

use core::fmt::{self, Display, Formatter, Write};

use crate::time::Timestamp;

/// Epoch milliseconds as RFC 3339.
pub(super) struct Instant(pub(super) i64);

impl Display for Instant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Timestamp::from_millis(u64::try_from(self.0).unwrap_or_default()).fmt(f)
    }
}

/// A JSON string (RFC 8259 section 7).
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for one in self.0.chars() {
            match one {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                control if u32::from(control) < 0x20 => write!(f, "\\u{:04x}", u32::from(control))?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
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
