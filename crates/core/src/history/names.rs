//! Names as numbers: each text once. Never forgets one.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::number::{number, place};

/// Texts, numbered as they come. The numbers depend on the order in which a log is read, so nothing that is shown may.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    texts: Vec<Rc<str>>,
    numbers: BTreeMap<Rc<str>, u32>,
    /// What was asked for lately, by length and two bytes. A log has few nodes, which come again and again.
    recent: Vec<u32>,
}

impl Names {
    /// The number of a text, new or not.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let slot = slot(text);
        if let Some(number) = self.recent.get(slot).copied()
            && self.text(number) == Some(text)
        {
            return number;
        }
        let number = self.numbers.get(text).copied().unwrap_or_else(|| self.add(text));
        if self.recent.is_empty() {
            self.recent.resize(SLOTS, u32::MAX);
        }
        if let Some(recent) = self.recent.get_mut(slot) {
            *recent = number;
        }
        number
    }

    /// The number of a text that is known.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(place(number)).map(|text| &**text)
    }

    pub(super) const fn len(&self) -> usize {
        self.texts.len()
    }

    fn add(&mut self, text: &str) -> u32 {
        let number = number(self.texts.len());
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.numbers.insert(text, number);
        number
    }
}

fn slot(text: &str) -> usize {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    let last = byte(bytes.len().saturating_sub(1));
    bytes.len().wrapping_mul(31).wrapping_add(byte(1).wrapping_mul(7)).wrapping_add(byte(0)).wrapping_add(last << 3)
        % SLOTS
}

const SLOTS: usize = 256;
