//! Strict JSON (RFC 8259), read from the left in one pass: values are slices of the text. Never builds a tree, never
//! allocates, never goes deeper than [`DEPTH_MAX`].
//!
//! Written here because of what it leaves out: a page has ten times as much of variables as of anything else, and most of
//! them need no more than their ends to be found.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt;

use crate::json::DEPTH_MAX;

/// Where and why a text is not JSON, or not the JSON that a history has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Bytes before the place.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl core::error::Error for Fault {}

/// What stands between two quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) is_escaped: bool,
}

impl<'a> Text<'a> {
    /// What it says. One that says nothing sound (half of a surrogate pair) stays as it is spelled.
    pub(super) fn decoded(self) -> Cow<'a, str> {
        if !self.is_escaped {
            return Cow::Borrowed(self.raw);
        }
        serde_json::from_str(&format!("\"{}\"", self.raw)).map_or(Cow::Borrowed(self.raw), Cow::Owned)
    }
}

pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether nothing was read yet of what was entered last.
    is_first: bool,
}

/// What can be gone into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Object,
    List,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, is_first: false }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is no white space.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at = self.at.saturating_add(1),
                other => return other,
            }
        }
    }

    /// What is left, from the next value on.
    pub(super) fn rest(&mut self) -> &'a str {
        self.peek();
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes so many bytes on, which [`Cursor::rest`] was seen to begin with.
    #[inline]
    pub(super) fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    /// Goes into the object or list that begins here.
    pub(super) fn enter(&mut self, open: Open) -> Result<(), Fault> {
        let (byte, what) = match open {
            Open::Object => (b'{', "an object is expected"),
            Open::List => (b'[', "a list is expected"),
        };
        self.expect(byte, what)?;
        self.depth = self.depth.saturating_add(1);
        self.is_first = true;
        if self.depth > DEPTH_MAX { Err(self.fault("nested too deep")) } else { Ok(()) }
    }

    /// The next name of the object that the cursor is in, with the cursor before its value, which has to be read; `None`
    /// at its end, with the cursor behind it.
    pub(super) fn next_name(&mut self) -> Result<Option<Text<'a>>, Fault> {
        self.next_member(None)
    }

    /// The same, where it is known which name to expect: objects of one list mostly have the same names in the same order.
    pub(super) fn next_member(&mut self, like: Option<Text<'a>>) -> Result<Option<Text<'a>>, Fault> {
        if !self.goes_on(b'}', "a comma or the end of an object is expected")? {
            return Ok(None);
        }
        self.peek();
        let name = match like {
            Some(like) if self.is_string(like) => {
                self.skip(like.raw.len().saturating_add(2));
                like
            }
            Some(_) | None => self.string()?,
        };
        self.expect(b':', "a colon is expected")?;
        Ok(Some(name))
    }

    /// Whether this very string stands here. Whatever was a string once is one again.
    #[inline]
    fn is_string(&self, like: Text<'_>) -> bool {
        let Some((b'"', rest)) = self.bytes().split_first() else { return false };
        rest.get(like.raw.len()) == Some(&b'"') && begins(rest, like.raw.as_bytes())
    }

    /// The value that begins here, where it is known which one to expect.
    pub(super) fn value_like(&mut self, like: Option<&'a str>) -> Result<&'a str, Fault> {
        if let Some(like) = like
            && self.is_value(like)
        {
            self.skip(like.len());
            return Ok(like);
        }
        self.value()
    }

    /// Whether this very value stands here, and ends where it did: a number alone could go on.
    fn is_value(&mut self, like: &str) -> bool {
        self.peek();
        let rest = self.bytes();
        let is_over = matches!(rest.get(like.len()), Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
        is_over && begins(rest, like.as_bytes())
    }

    /// Whether this very object or list stands here: it ends itself.
    pub(super) fn is_next(&mut self, like: &str) -> bool {
        self.peek();
        begins(self.bytes(), like.as_bytes())
    }

    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Whether the list that the cursor is in has one more item, which has to be read.
    pub(super) fn next_item(&mut self) -> Result<bool, Fault> {
        self.goes_on(b']', "a comma or the end of a list is expected")
    }

    /// The value that begins here, whatever it is: its text.
    pub(super) fn value(&mut self) -> Result<&'a str, Fault> {
        let first = self.peek();
        let from = self.at;
        match first {
            Some(b'"') => drop(self.string()?),
            Some(b'{') => {
                self.enter(Open::Object)?;
                while self.next_name()?.is_some() {
                    self.value()?;
                }
            }
            Some(b'[') => {
                self.enter(Open::List)?;
                while self.next_item()? {
                    self.value()?;
                }
            }
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) | None => return Err(self.fault("a value is expected")),
        }
        Ok(self.text.get(from..self.at).unwrap_or_default())
    }

    /// The string that begins here.
    pub(super) fn string(&mut self) -> Result<Text<'a>, Fault> {
        if self.byte() != Some(b'"') {
            return Err(self.fault("a string is expected"));
        }
        self.skip(1);
        let from = self.at;
        let mut is_escaped = false;
        loop {
            self.at = plain_until(self.text.as_bytes(), self.at);
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.fault("a control character in a string")),
                None => return Err(self.fault("a string without an end")),
            }
        }
        let raw = self.text.get(from..self.at).unwrap_or_default();
        self.skip(1);
        Ok(Text { raw, is_escaped })
    }

    pub(super) const fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what }
    }

    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        if is_it {
            self.skip(1);
        }
        is_it
    }

    #[inline]
    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(self.fault(what)) }
    }

    /// Past the comma before the next one, or past the end. What was just entered has no comma before its first.
    #[inline]
    fn goes_on(&mut self, end: u8, what: &'static str) -> Result<bool, Fault> {
        let is_first = core::mem::replace(&mut self.is_first, false);
        if self.take(end) {
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !is_first {
            self.expect(b',', what)?;
        }
        Ok(true)
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// A backslash and what it escapes.
    fn escape(&mut self) -> Result<(), Fault> {
        self.skip(1);
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.skip(1),
            Some(b'u') => {
                let digits = self.text.as_bytes().get(self.at.saturating_add(1)..self.at.saturating_add(5));
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.fault("an escape that says nothing"));
                }
                self.skip(5);
            }
            Some(_) | None => return Err(self.fault("an escape that says nothing")),
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<(), Fault> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.fault("a value is expected"));
        }
        self.skip(word.len());
        Ok(())
    }

    /// Section 6: no leading zero, digits on both sides of the point and after the exponent.
    fn number(&mut self) -> Result<(), Fault> {
        if self.byte() == Some(b'-') {
            self.skip(1);
        }
        if self.byte() == Some(b'0') {
            self.skip(1);
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.skip(1);
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.skip(1);
            if let Some(b'+' | b'-') = self.byte() {
                self.skip(1);
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip(1);
        }
        if self.at == from { Err(self.fault("a digit is expected")) } else { Ok(()) }
    }
}

/// Whether bytes begin with others: in blocks, for wasm has no fast way of its own to compare them.
#[inline]
fn begins(bytes: &[u8], with: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..with.len()) else { return false };
    let ((blocks, rest), (same_blocks, same_rest)) = (bytes.as_chunks::<32>(), with.as_chunks::<32>());
    let ((words, rest), (same_words, same_rest)) = (rest.as_chunks::<8>(), same_rest.as_chunks::<8>());
    blocks.iter().zip(same_blocks).all(|(one, other)| one == other)
        && words.iter().zip(same_words).all(|(one, other)| one == other)
        && rest.iter().zip(same_rest).all(|(one, other)| one == other)
}

/// Whether two texts are the same, and mostly the very same one.
#[inline]
pub(super) fn same(one: &str, other: &str) -> bool {
    core::ptr::eq(one, other) || (one.len() == other.len() && begins(one.as_bytes(), other.as_bytes()))
}

/// The place of the first quotation mark, backslash or control character from `at` on: eight bytes at a time.
pub(super) fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let special = zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES) | below_space(word);
        if special != 0 {
            return at.saturating_add(usize::try_from(special.trailing_zeros() / 8).unwrap_or_default());
        }
        at = at.saturating_add(8);
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at.saturating_add(tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(tail.len()))
}

/// The high bit of each byte that is zero; above the first, maybe of others too.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The same of each byte below 0x20.
const fn below_space(word: u64) -> u64 {
    word.wrapping_sub(SPACES) & !word & HIGHS
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const SPACES: u64 = 0x2020_2020_2020_2020;
const QUOTES: u64 = 0x2222_2222_2222_2222;
const BACKSLASHES: u64 = 0x5c5c_5c5c_5c5c_5c5c;
