//! Which interactions a report is about: what a person narrowed it to, and how the server is asked for it.

use alloc::rc::Rc;
use alloc::string::String;

/// What a person narrowed the report to; nothing at first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter([Option<Rc<str>>; 5]);

/// What it can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// First start then or later, RFC 3339.
    From,
    /// First start earlier.
    Until,
    /// Those that went that way: a variant's id.
    Variant,
    /// Those that visited that node.
    Node,
    /// Those with an error: `true`.
    Error,
}

impl Field {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::From, Self::Until, Self::Variant, Self::Node, Self::Error];

    /// As the server names it, and the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::Until => "until",
            Self::Variant => "variant",
            Self::Node => "node",
            Self::Error => "error",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

impl Filter {
    /// What it is narrowed to in one way.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(field as usize)?.as_deref()
    }

    /// Narrows it in one way; empty for no longer.
    pub fn set(&mut self, field: Field, value: &str) {
        if let Some(place) = self.0.get_mut(field as usize) {
            *place = Some(value).filter(|value| !value.is_empty()).map(Rc::from);
        }
    }

    /// In how many ways it is narrowed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// As a query with names and values: `path` itself where there is none, else after `?` or, where it has one already, `&`.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        let mut address = String::from(path);
        let mut mark = if path.bytes().any(|byte| byte == b'?') { '&' } else { '?' };
        for field in Field::ALL {
            let Some(value) = self.get(field) else { continue };
            address.push(mark);
            address.push_str(field.name());
            address.push('=');
            encode(value, &mut address);
            mark = '&';
        }
        address
    }
}

/// Percent-encodes all but what RFC 3986, section 2.3, leaves as it is.
fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase();
            into.extend([digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
