//! Looks into JSON text without building a tree: members, items, words, whole numbers, and a tidy copy for people.
//! Never checks a document: it comes from our own Worker, and what cannot be read is `None`.
//!
//! Written here because the browser's own parser would round numbers beyond 2^53, which a result may hold, and a general one
//! is large for an element that has 30 KB in all. Grammar: RFC 8259.

use alloc::string::String;
/// A value as it stands in the text, without the white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value that `text` begins with.
    #[must_use]
    pub fn first(text: &'a str) -> Option<Self> {
        Reader { rest: text }.value()
    }

    /// The text, byte for byte.
    #[must_use]
    pub const fn text(self) -> &'a str {
        self.0
    }

    /// The member of that name; `None` where this is no object, has no such member, or has null in it.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Self> {
        let mut reader = Reader { rest: self.0.strip_prefix('{')? };
        while let Some((key, value)) = reader.pair() {
            if key == name {
                return (!value.is_null()).then_some(value);
            }
        }
        None
    }

    /// The members with their names as they stand in the text; none where this is no object. For who reads most of them: one
    /// pass, whatever there is.
    pub fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let mut reader = Reader { rest: self.0.strip_prefix('{').unwrap_or_default() };
        core::iter::from_fn(move || reader.pair())
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The items; none where this is no array.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let mut reader = Reader { rest: self.0.strip_prefix('[').unwrap_or_default() };
        core::iter::from_fn(move || {
            reader.skip(b',');
            reader.value()
        })
    }

    /// A string's characters; `None` where this is no string, or a broken one.
    #[must_use]
    pub fn string(self) -> Option<String> {
        let mut inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        let mut text = String::with_capacity(inner.len());
        while let Some(at) = inner.bytes().position(|byte| byte == b'\\') {
            let (plain, escaped) = inner.split_at_checked(at)?;
            text.push_str(plain);
            inner = unescape(escaped.get(1..)?, &mut text)?;
        }
        text.push_str(inner);
        Some(text)
    }

    /// A whole number, 0 and up; `None` for any other.
    #[must_use]
    pub fn whole(self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The same value over several lines, indented by two spaces, cut after about `bytes_max`; digits, spelling and
    /// order stay.
    #[must_use]
    pub fn pretty(self, bytes_max: usize) -> String {
        let mut text = String::new();
        let mut depth = 0;
        let mut rest = self.0;
        while let (Some(byte), true) = (rest.bytes().next(), text.len() < bytes_max) {
            let token = token_len(rest, byte);
            let (head, tail) = rest.split_at_checked(token).unwrap_or((rest, ""));
            let is_empty = matches!(tail.trim_ascii_start().bytes().next(), Some(b'}' | b']'));
            match byte {
                b'{' | b'[' => {
                    text.push_str(head);
                    depth += 1;
                    if !is_empty {
                        break_line(&mut text, depth);
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if !text.ends_with(['{', '[']) {
                        break_line(&mut text, depth);
                    }
                    text.push_str(head);
                }
                b',' => {
                    text.push(',');
                    break_line(&mut text, depth);
                }
                b':' => text.push_str(": "),
                b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => text.push_str(head),
            }
            rest = tail;
        }
        if !rest.is_empty() {
            text.push_str("\n…");
        }
        text
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, byte: u8) {
        self.rest = self.rest.trim_ascii_start();
        if self.rest.as_bytes().first() == Some(&byte) {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    /// The next member of an object.
    #[inline(never)]
    fn pair(&mut self) -> Option<(&'a str, Raw<'a>)> {
        let key = self.value()?;
        self.skip(b':');
        let value = self.value()?;
        self.skip(b',');
        Some((key.0.strip_prefix('"')?.strip_suffix('"')?, value))
    }

    /// The next value; `None` at the end of what it stands in.
    fn value(&mut self) -> Option<Raw<'a>> {
        let text = self.rest.trim_ascii_start();
        let mut depth = 0_usize;
        let mut at = 0;
        loop {
            let rest = text.get(at..)?;
            let byte = rest.bytes().next()?;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            at += token_len(rest, byte);
            if depth == 0 {
                let (value, after) = text.split_at_checked(at)?;
                self.rest = after;
                return Some(Raw(value));
            }
        }
    }
}

/// Bytes of the token that `text` begins with; one for a mark or a blank.
fn token_len(text: &str, first: u8) -> usize {
    match first {
        b'"' => string_len(text),
        b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => 1,
        _ => text.bytes().position(is_mark).unwrap_or(text.len()).max(1),
    }
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r')
}

fn string_len(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Takes one escape, of which the backslash is gone, and gives what follows it.
fn unescape<'a>(text: &'a str, into: &mut String) -> Option<&'a str> {
    let (code, rest) = text.split_at_checked(1)?;
    match code {
        "n" => into.push('\n'),
        "r" => into.push('\r'),
        "t" => into.push('\t'),
        "b" => into.push('\u{8}'),
        "f" => into.push('\u{c}'),
        "u" => return unescape_unit(rest, into),
        _ => into.push_str(code),
    }
    Some(rest)
}

/// Takes four hex digits, and four more after another `\u` where the first are half of a pair.
fn unescape_unit<'a>(text: &'a str, into: &mut String) -> Option<&'a str> {
    let (high, rest) = unit(text)?;
    if !(0xd800..0xdc00).contains(&high) {
        into.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Some(rest);
    }
    let low = rest.strip_prefix("\\u").and_then(unit).filter(|(low, _)| (0xdc00..0xe000).contains(low));
    let Some((low, rest)) = low else {
        into.push(char::REPLACEMENT_CHARACTER);
        return Some(rest);
    };
    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    into.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(rest)
}

fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    (0..depth).for_each(|_| text.push_str("  "));
}
