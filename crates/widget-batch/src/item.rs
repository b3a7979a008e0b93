//! What the server answers beside snapshots: items, the grid, what a redrive would run; never more of them
//! than is shown.
//!
//! The shapes are those of `cxpulse_core::wire::batch`.

use alloc::string::String;
use alloc::vec::Vec;

use cxpulse_element::json::Raw;
use cxpulse_element::reading::word;

use crate::snapshot::Class;

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The caller's.
    pub id: String,
    /// Its place in the batch, 0 and up.
    pub index: u64,
    /// How it is counted.
    pub class: Class,
    /// Where its answer is from, as the wire has it.
    pub source: Option<String>,
    /// 0 before it began.
    pub attempts: u64,
    /// Why it has no fresh result: code and message.
    pub error: Option<(String, String)>,
    /// URL of its execution.
    pub execution: Option<String>,
}

/// A page of items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In order.
    pub items: Vec<Item>,
    /// Items before this page, of those asked for.
    pub offset: u64,
    /// Items asked for.
    pub total: u64,
}

/// What a redrive would run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// How many items.
    pub count: u64,
    /// How many that failed, are degraded, canceled, not started.
    pub counts: [(Class, u64); 4],
    /// The ids of the first.
    pub items: Vec<String>,
    /// How many may have run on CXone without anybody knowing how it ended.
    pub may_have_run: u64,
}

impl Item {
    fn read(raw: Raw<'_>) -> Option<Self> {
        let error = raw.member("error");
        Some(Self {
            id: word(raw, "id")?,
            index: raw.member("index")?.whole()?,
            class: Class::of(&word(raw, "status")?)?,
            source: word(raw, "source"),
            attempts: raw.member("attempts").and_then(Raw::whole).unwrap_or_default(),
            error: error.and_then(|error| Some((word(error, "code")?, word(error, "message").unwrap_or_default()))),
            execution: raw.member("links").and_then(|links| word(links, "execution")),
        })
    }

    /// The page that shows its execution alone: beside the API, under `/embed`.
    #[must_use]
    pub fn page(&self, token: Option<&str>) -> Option<String> {
        let (base, id) = split_at_word(self.execution.as_deref()?, "/v1/executions/")?;
        // Anything else than the web has no place in a link.
        let is_web = base.starts_with("https://") || base.starts_with("http://");
        let token = token.map(|token| ["#token=", token].concat()).unwrap_or_default();
        is_web.then(|| [base, "/embed/execution/", id, &token].concat())
    }
}

impl Page {
    /// Reads `{"items": […], "pagination": {…}}`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let pagination = root.member("pagination")?;
        Some(Self {
            items: root.member("items")?.items().filter_map(Item::read).collect(),
            offset: pagination.member("offset").and_then(Raw::whole).unwrap_or_default(),
            total: pagination.member("total")?.whole()?,
        })
    }
}

impl Preview {
    /// Reads what a redrive with `preview` is answered with; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let root = Raw::first(text)?;
        let by_status = root.member("by_status");
        let count = |class: Class| by_status.and_then(|counts| counts.member(class.name())).and_then(Raw::whole);
        let counts = [Class::Failed, Class::Degraded, Class::Canceled, Class::NotStarted];
        Some(Self {
            count: root.member("count")?.whole()?,
            counts: counts.map(|class| (class, count(class).unwrap_or_default())),
            items: root
                .member("items")
                .map(|items| items.items().filter_map(Raw::string).collect())
                .unwrap_or_default(),
            may_have_run: root
                .member("may_have_run")
                .and_then(|doubts| doubts.member("count"))
                .and_then(Raw::whole)
                .unwrap_or_default(),
        })
    }
}

/// The letters of a grid's answer; `None` where there are none.
#[must_use]
pub fn letters(text: &str) -> Option<String> {
    word(Raw::first(text)?, "grid")
}

/// What stands before and after a word; without the standard library's search, which is large for so small a need.
fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(word.len()).position(|window| window == word.as_bytes())?;
    Some((text.get(..at)?, text.get(at.checked_add(word.len())?..)?))
}
