//! What an evaluation may cost: one purse for work and for what is made. Never looks at a clock, so a run repeats.

use std::cell::Cell;

use crate::fault::Stop;

/// What is left to spend on the inputs of one node. A unit is about a byte read or made.
#[derive(Debug)]
pub(crate) struct Meter {
    left: Cell<usize>,
}

impl Meter {
    pub(crate) const fn new() -> Self {
        Self { left: Cell::new(WORK_MAX) }
    }

    /// Pays `units`, before the work is done.
    pub(crate) fn spend(&self, units: usize) -> Result<(), Stop> {
        match self.left.get().checked_sub(units) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Stop::limit("the templates of this node do more work than one node may")),
        }
    }

    /// Pays for a text of `bytes`, before it is made.
    pub(crate) fn text(&self, bytes: usize) -> Result<(), Stop> {
        if bytes > TEXT_MAX {
            return Err(Stop::limit(format!("a text longer than {TEXT_MAX} bytes would be made")));
        }
        self.spend(bytes)
    }

    /// Pays for a list or an object of `count` items, before it is made.
    pub(crate) fn items(&self, count: usize) -> Result<(), Stop> {
        if count > ITEMS_MAX {
            return Err(Stop::limit(format!("more than {ITEMS_MAX} items would be handled at once")));
        }
        self.spend(count.saturating_mul(ITEM_COST))
    }
}

/// Units that the inputs of one node may cost: some tens of milliseconds at the very worst.
pub const WORK_MAX: usize = 16_777_216;

/// Bytes of any text that a template makes, and of all inputs bound together: what a request may have.
pub const TEXT_MAX: usize = 262_144;

/// Items of a list or an object that a template looks into.
pub const ITEMS_MAX: usize = 65_536;

/// What an item costs: about its bytes in memory.
const ITEM_COST: usize = 48;
