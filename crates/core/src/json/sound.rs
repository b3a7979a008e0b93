//! What JSON's grammar lets through and no two readers take alike (RFC 8259 sections 4, 8.2; RFC 7493): a name twice in
//! one object, half of a surrogate pair, and the character U+0000. Never builds a tree; one pass over the text.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::escape;

/// What is wrong with a text that is JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The name at this place was in its object before.
    Repeated,
    /// The string or name at this place has half of a surrogate pair.
    Unpaired,
    /// The string or name at this place has the character U+0000.
    Nul,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "appears more than once",
            Self::Unpaired => "has half of a surrogate pair",
            Self::Nul => "has the character U+0000",
        })
    }
}

/// The first `max` flaws of a text that is JSON, each with its RFC 6901 pointer.
#[must_use]
pub fn flaws(text: &str, max: usize) -> Vec<(String, Flaw)> {
    let mut walk = Walk { levels: Vec::new(), found: Vec::new() };
    let mut rest = text;
    while walk.found.len() < max {
        // Between strings, only these change where we are.
        let Some((at, mark)) = rest.char_indices().find(|(_, mark)| matches!(mark, '"' | '{' | '[' | '}' | ']' | ','))
        else {
            break;
        };
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        match mark {
            '{' => {
                walk.levels.push(Level::Object { names: BTreeSet::new(), name: Cow::Borrowed(""), is_name_next: true })
            }
            '[' => walk.levels.push(Level::List { index: 0 }),
            ',' => walk.next(),
            '"' => {
                let len = len_of_string(rest);
                walk.string(rest.get(..len).unwrap_or_default());
                rest = rest.get(len.saturating_add(1)..).unwrap_or_default();
            }
            _ => drop(walk.levels.pop()),
        }
    }
    walk.found
}

struct Walk<'a> {
    levels: Vec<Level<'a>>,
    found: Vec<(String, Flaw)>,
}

/// An object or a list that is open.
enum Level<'a> {
    Object { names: BTreeSet<Cow<'a, str>>, name: Cow<'a, str>, is_name_next: bool },
    List { index: usize },
}

impl<'a> Walk<'a> {
    /// After a comma.
    fn next(&mut self) {
        match self.levels.last_mut() {
            Some(Level::Object { is_name_next, .. }) => *is_name_next = true,
            Some(Level::List { index }) => *index = index.saturating_add(1),
            None => {}
        }
    }

    /// `raw` stands between two quotation marks.
    fn string(&mut self, raw: &'a str) {
        let mut is_repeated = false;
        if let Some(Level::Object { names, name, is_name_next }) = self.levels.last_mut()
            && *is_name_next
        {
            *is_name_next = false;
            *name = decoded(raw);
            is_repeated = !names.insert(name.clone());
        }
        if is_repeated {
            self.add(Flaw::Repeated);
        }
        if let Some(flaw) = escapes(raw) {
            self.add(flaw);
        }
    }

    fn add(&mut self, flaw: Flaw) {
        let mut pointer = String::new();
        for level in &self.levels {
            pointer.push('/');
            match level {
                Level::Object { name, .. } => pointer.push_str(&escape(name)),
                Level::List { index } => pointer.push_str(&index.to_string()),
            }
        }
        self.found.push((pointer, flaw));
    }
}

/// Bytes up to the quotation mark that ends a string.
fn len_of_string(rest: &str) -> usize {
    let mut is_escaped = false;
    let end = rest.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(rest.len())
}

/// What a name says, however it is spelled. One that says nothing sound stays as it is spelled.
fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let quoted = alloc::format!("\"{raw}\"");
    serde_json::from_str(&quoted).map_or(Cow::Borrowed(raw), Cow::Owned)
}

fn escapes(raw: &str) -> Option<Flaw> {
    let mut parts = raw.split('\\').skip(1);
    // Half of a pair that waits for the other.
    let mut is_open = false;
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // An escaped backslash: what follows it is text.
            if is_open {
                return Some(Flaw::Unpaired);
            }
            parts.next();
            continue;
        }
        let code = part.strip_prefix('u').and_then(|digits| u16::from_str_radix(digits.get(..4)?, 16).ok());
        match code {
            Some(0xdc00..=0xdfff) if is_open => is_open = false,
            Some(0xdc00..=0xdfff) => return Some(Flaw::Unpaired),
            _ if is_open => return Some(Flaw::Unpaired),
            // The other half comes at once, or not at all.
            Some(0xd800..=0xdbff) if part.len() == 5 => is_open = true,
            Some(0xd800..=0xdbff) => return Some(Flaw::Unpaired),
            Some(0) => return Some(Flaw::Nul),
            Some(_) | None => {}
        }
    }
    is_open.then_some(Flaw::Unpaired)
}
