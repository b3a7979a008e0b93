//! What the element asks of the server beside its connection: one question, one answer. Never says when.

use alloc::rc::Rc;
use alloc::string::String;

use cxpulse_element::text::decimal;

use crate::snapshot::Class;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// One letter for each item.
    Grid,
    /// The item at that place.
    Item(u64),
    /// A page of items.
    Page(Query),
    /// What a redrive would run.
    Preview,
    /// A redrive.
    Redrive,
    /// A cancel.
    Cancel,
}

/// Which page of which items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Which items; `None` for all.
    pub filter: Option<Filter>,
    /// How many of them stand before the page.
    pub offset: u64,
}

/// Which items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those that failed or are degraded.
    Faulty,
    /// Those that are counted so.
    Only(Class),
    /// Those that failed alike.
    Code(Rc<str>),
}

impl Errand {
    /// What stands behind the address of the batch: a path, a query.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Grid => "?fields=grid".into(),
            Self::Item(index) => ["?limit=1&offset=", &decimal(*index)].concat(),
            Self::Page(query) => {
                let (name, value) = match &query.filter {
                    None => ("", String::new()),
                    Some(Filter::Code(code)) => ("&code=", encoded(code)),
                    Some(filter) => ("&status=", filter.words().into()),
                };
                ["?limit=", &decimal(ROWS), "&offset=", &decimal(query.offset), name, &value].concat()
            }
            Self::Preview | Self::Redrive => "/redrive".into(),
            Self::Cancel => "/cancel".into(),
        }
    }

    /// What is posted; `None` for a question that changes nothing.
    #[must_use]
    pub const fn body(&self) -> Option<&'static str> {
        match self {
            Self::Grid | Self::Item(_) | Self::Page(_) => None,
            Self::Preview => Some("{\"preview\":true}"),
            Self::Redrive | Self::Cancel => Some("{}"),
        }
    }
}

impl Filter {
    /// As the wire has it.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Faulty => FAULTY,
            Self::Only(class) => class.name(),
            Self::Code(code) => code,
        }
    }

    /// The filter of those words; `None` for all items. Statuses are in lower case, codes begin with an upper-case letter.
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        if words == FAULTY {
            return Some(Self::Faulty);
        }
        let is_code = words.bytes().next().is_some_and(|first| first.is_ascii_uppercase());
        if is_code { Some(Self::Code(words.into())) } else { Class::of(words).map(Self::Only) }
    }
}

/// For the value of a query's parameter.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            encoded.push(byte.into());
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default());
            encoded.push('%');
            encoded.extend(digits);
        }
    }
    encoded
}

const FAULTY: &str = "failed,degraded";

/// Items of a page.
pub const ROWS: u64 = 25;
