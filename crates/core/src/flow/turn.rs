//! What followed an event of a flow: what is to be saved, and what is to be done. Never how.

use alloc::vec::Vec;

use crate::execution::Ignored;

/// What followed an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<E> {
    /// Whether the flow changed: its standing is to be saved.
    pub is_changed: bool,
    /// Items of a batch, or nodes of a chain, that changed, in the order that they did: their rows are to be saved, in the same
    /// write.
    pub items: Vec<u32>,
    /// What to do, in order, once that is saved.
    pub effects: Vec<E>,
    /// Why nothing changed by the event itself, where nothing did.
    pub ignored: Option<Ignored>,
}

impl<E> Default for Turn<E> {
    fn default() -> Self {
        Self { is_changed: false, items: Vec::new(), effects: Vec::new(), ignored: None }
    }
}

impl<E> Turn<E> {
    /// With what followed from a later event, so that both are saved in one write.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.is_changed |= later.is_changed;
        self.items.extend(later.items);
        self.items.sort_unstable();
        self.items.dedup();
        self.effects.extend(later.effects);
        self.ignored = self.ignored.and(later.ignored);
        self
    }
}
