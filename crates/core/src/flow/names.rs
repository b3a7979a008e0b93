//! The ids of a flow's nodes in little room: one text for all of them. Never changes after it is made.

use alloc::string::String;
use alloc::vec::Vec;

/// The ids of a batch's items, or the names of a chain's nodes, by index and by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    text: String,
    /// Where each id ends in `text`.
    ends: Vec<u32>,
    /// Indices in the order of their ids.
    sorted: Vec<u32>,
}

impl Names {
    /// Of these ids, in order.
    #[must_use]
    pub fn new<'a, T: AsRef<str> + 'a>(ids: impl IntoIterator<Item = &'a T>) -> Self {
        let mut names = Self::default();
        for id in ids {
            names.text.push_str(id.as_ref());
            names.ends.push(u32::try_from(names.text.len()).unwrap_or(u32::MAX));
        }
        let mut sorted: Vec<u32> = (0_u32..).zip(&names.ends).map(|(index, _)| index).collect();
        sorted.sort_unstable_by_key(|index| names.id(*index));
        Self { sorted, ..names }
    }

    /// The id of a node; `None` where there is none of that index.
    #[must_use]
    pub fn id(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        let end = usize::try_from(*self.ends.get(index)?).ok()?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.text.get(usize::try_from(start).ok()?..end)
    }

    /// The index of a node; `None` where there is none of that id.
    #[must_use]
    pub fn index(&self, id: &str) -> Option<u32> {
        let found = self.sorted.binary_search_by(|index| self.id(*index).unwrap_or_default().cmp(id)).ok()?;
        self.sorted.get(found).copied()
    }
}
