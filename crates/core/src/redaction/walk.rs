//! One pass over a JSON text that copies it, but for what rules and values take out. Never builds a tree.
//!
//! The text is known to be JSON. Should it not be after all, nothing of it is kept.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::rules::means;
use super::{Document, REDACTED, Rules, Values};
use crate::json::{DEPTH_MAX, Json};

/// A document as it may be kept.
pub(super) struct Redacted {
    pub(super) json: Json,
    /// The texts and numbers that rules took out.
    pub(super) found: Vec<String>,
}

/// Takes out of a document what rules name, and `values` wherever they stand.
pub(super) fn redact(raw: &RawValue, document: Document, rules: &Rules, values: &Values) -> Redacted {
    let ways = rules.ways_into(document);
    let ways: Vec<&[String]> = ways.iter().map(Vec::as_slice).collect();
    let mut walk = Walk { text: raw.get(), at: 0, out: String::new(), rules, values, found: Vec::new() };
    let is_whole =
        walk.value(&ways, 0).is_some() && walk.text.get(walk.at..).is_some_and(|rest| rest.trim().is_empty());
    let json = Json::parse(&walk.out).ok().filter(|_| is_whole);
    Redacted { json: json.unwrap_or_else(Json::null), found: walk.found }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    out: String,
    rules: &'a Rules,
    values: &'a Values,
    found: Vec<String>,
}

// Each gives `None` where the text is not JSON.
impl<'a> Walk<'a> {
    /// `ways` are what is left of the pointers that lead here or further.
    fn value(&mut self, ways: &[&[String]], depth: usize) -> Option<()> {
        self.copy_space();
        if ways.iter().any(|way| way.is_empty()) {
            return self.take_out();
        }
        if depth > DEPTH_MAX {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(ways, depth),
            b'[' => self.array(ways, depth),
            b'"' => {
                let token = self.string()?;
                self.put_string(token);
                Some(())
            }
            _ => {
                let token = self.scalar();
                if self.values.have(token) {
                    self.put_redacted()
                } else {
                    self.out.push_str(token)
                }
                Some(())
            }
        }
    }

    fn object(&mut self, ways: &[&[String]], depth: usize) -> Option<()> {
        self.copy_byte(b'{')?;
        self.copy_space();
        if self.peek()? == b'}' {
            return self.copy_byte(b'}');
        }
        loop {
            self.copy_space();
            let key = self.string()?;
            let name = decoded(key);
            self.put_string(key);
            self.copy_space();
            self.copy_byte(b':')?;
            self.copy_space();
            if self.rules.has_name(&name) {
                self.take_out()?;
            } else {
                self.value(&further(ways, &name), depth.saturating_add(1))?;
            }
            self.copy_space();
            if self.peek()? == b'}' {
                return self.copy_byte(b'}');
            }
            self.copy_byte(b',')?;
        }
    }

    fn array(&mut self, ways: &[&[String]], depth: usize) -> Option<()> {
        self.copy_byte(b'[')?;
        self.copy_space();
        if self.peek()? == b']' {
            return self.copy_byte(b']');
        }
        let mut index = 0_usize;
        loop {
            // Of most arrays no pointer speaks, and then nobody has to know the number.
            let ways = if ways.is_empty() { Vec::new() } else { further(ways, &index.to_string()) };
            self.value(&ways, depth.saturating_add(1))?;
            index = index.saturating_add(1);
            self.copy_space();
            if self.peek()? == b']' {
                return self.copy_byte(b']');
            }
            self.copy_byte(b',')?;
        }
    }

    /// Leaves the value here out, and notes what was in it.
    fn take_out(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            match self.peek()? {
                b'"' => {
                    let token = self.string()?;
                    self.skip_space();
                    if depth == 0 || self.peek() != Some(b':') {
                        self.found.push(decoded(token).into_owned());
                    }
                }
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.step();
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.step();
                }
                b',' | b':' => self.step(),
                _ => {
                    let token = self.scalar();
                    if token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
                        self.found.push(token.into());
                    } else if token.is_empty() {
                        return None;
                    }
                }
            }
            if depth == 0 {
                self.put_redacted();
                return Some(());
            }
        }
    }

    fn put_string(&mut self, token: &str) {
        let scrubbed = if self.values.is_empty() { None } else { self.values.scrub(&decoded(token)) };
        match scrubbed {
            Some(text) => self.out.push_str(&quoted(&text)),
            None => self.out.push_str(token),
        }
    }

    fn put_redacted(&mut self) {
        self.out.push_str(&quoted(REDACTED));
    }

    /// The string here, quotes and all.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        let mut is_escaped = false;
        let rest = self.text.get(start..)?.strip_prefix('"')?;
        let inner = rest.bytes().position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        })?;
        self.at = start.saturating_add(inner).saturating_add(2);
        self.text.get(start..self.at)
    }

    /// The number or word here.
    fn scalar(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_end = |byte: u8| matches!(byte, b',' | b'}' | b']' | b':' | b'"') || is_space(byte);
        let len = rest.bytes().position(is_end).unwrap_or(rest.len());
        self.at = self.at.saturating_add(len);
        rest.get(..len).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn copy_byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| {
            self.out.push(char::from(byte));
            self.step();
        })
    }

    fn copy_space(&mut self) {
        let start = self.at;
        self.skip_space();
        self.out.push_str(self.text.get(start..self.at).unwrap_or_default());
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.step();
        }
    }
}

/// What is left of the pointers that lead into a member or item.
fn further<'w>(ways: &[&'w [String]], name: &str) -> Vec<&'w [String]> {
    let step = |way: &&'w [String]| way.split_first().filter(|(rule, _)| means(rule, name)).map(|(_, rest)| rest);
    ways.iter().filter_map(step).collect()
}

/// The text of a string; of one that is no Unicode (half of a surrogate pair) its spelling.
fn decoded(token: &str) -> Cow<'_, str> {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(token).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// RFC 8259, section 2.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
