//! What a history query does beside what all flows do: asks for its pages, keeps their rows, and answers what is asked of them.
//! Never decides which page is next: the core does.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::history::Filter;

use super::Conductor;
use super::store::Kept;
use super::work::Work;
use crate::object::sheet::Sheet;

mod asking;
mod half;
mod reading;
mod rows;
mod shelf;

use half::Half;
pub(super) use reading::{export, report, steps};
use shelf::Shelf;

/// The pages of a history in its object.
pub(super) struct Pages {
    /// Their rows.
    shelf: Shelf,
    /// Pages of which a part came, by their numbers: the rest is asked for, where CXone gives parts.
    halves: RefCell<BTreeMap<u32, Half>>,
    /// Requests under way.
    under_way: Cell<u32>,
    /// The version of the token that a request last went with.
    token_version: Cell<u64>,
    /// The report that was asked for last, and what it was asked for with.
    reported: RefCell<Option<(String, Rc<str>)>>,
}

impl Pages {
    pub(super) fn new(sheet: &Rc<Sheet>) -> Self {
        Self {
            shelf: Shelf::new(sheet),
            halves: RefCell::default(),
            under_way: Cell::new(0),
            token_version: Cell::new(0),
            reported: RefCell::default(),
        }
    }

    pub(super) fn are_under_way(&self) -> bool {
        self.under_way.get() > 0
    }

    /// What is in memory may be ahead of what is stored: it is read again.
    pub(super) fn forget(&self) {
        self.shelf.forget();
        self.halves.borrow_mut().clear();
        self.reported.replace(None);
    }
}

impl Conductor {
    /// Of a history that has ended: its visits beyond the threshold; `None` where it is no workflow's.
    pub(super) fn bottlenecks(&self, kept: &Kept) -> Option<u64> {
        let Work::History(work) = &kept.work else { return None };
        work.retrieval.standing().ended()?;
        let log = self.pages.shelf.log().inspect_err(|problem| self.report(problem)).ok()?;
        log.report(&work.order.options(), &Filter::default()).ok().map(|report| report.bottlenecks.flagged)
    }
}
