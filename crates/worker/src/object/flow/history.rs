//! What a history query does beside what all flows do: asks for its pages, keeps their rows, and answers what is asked of them.
//! Never decides which page is next: the core does.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::gate::Report;
use cxpulse_core::history::Filter;
use cxpulse_core::limiter::Lease;
use cxpulse_core::retrieval::Event;

use super::Conductor;
use super::store::Kept;
use super::work::{Happening, Work};
use crate::object::sheet::{FLOW_RUN, Key, Part, Sheet};
use crate::object::tenant;
use crate::problem::Problem;

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
    /// Leases that they are made under, as stored: whoever takes over after a crash hands them back.
    leases: RefCell<BTreeMap<u32, Lease>>,
    sheet: Rc<Sheet>,
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
            leases: RefCell::default(),
            sheet: Rc::clone(sheet),
            token_version: Cell::new(0),
            reported: RefCell::default(),
        }
    }

    pub(super) fn are_under_way(&self) -> bool {
        self.under_way.get() > 0
    }

    /// A page is asked for under this lease from now on, or under none any more.
    fn note_lease(&self, page: u32, lease: Option<Lease>) -> Result<(), Problem> {
        match lease {
            Some(lease) => drop(self.leases.borrow_mut().insert(page, lease)),
            None => drop(self.leases.borrow_mut().remove(&page)),
        }
        let leases: Vec<Lease> = self.leases.borrow().values().copied().collect();
        self.sheet.put([(LEASES, serde_json::to_string(&leases)?)])
    }

    /// Leases of a process that was lost: nobody answers for them any more.
    fn lost_leases(&self) -> Result<Vec<Lease>, Problem> {
        let stored = self.sheet.get(LEASES)?;
        let leases: Vec<Lease> = stored.map(|stored| serde_json::from_str(&stored)).transpose()?.unwrap_or_default();
        let held = self.leases.borrow();
        Ok(leases.into_iter().filter(|lease| !held.values().any(|held| held == lease)).collect())
    }

    /// What is in memory may be ahead of what is stored: it is read again.
    pub(super) fn forget(&self) {
        self.shelf.forget();
        self.halves.borrow_mut().clear();
        self.reported.replace(None);
    }
}

impl Conductor {
    /// Goes on with the pages of a process that was lost, and hands back what it asked for them under: others may wait for that.
    pub(super) fn resume_pages(self: &Rc<Self>) -> Result<(), Problem> {
        let (tenant, is_asking) = match self.kept.borrow().as_ref() {
            Some(Kept { work: Work::History(work), .. }) => (work.order.tenant.clone(), work.retrieval.is_asking()),
            Some(_) | None => return Ok(()),
        };
        for lease in self.pages.lost_leases()? {
            self.host.spawn(tenant::report(&self.host.env, &tenant, Report::unused(lease)));
        }
        if is_asking { self.step(Happening::Page(Event::Interrupted)) } else { Ok(()) }
    }

    /// Of a history that has ended: its visits beyond the threshold; `None` where it is no workflow's.
    pub(super) fn bottlenecks(&self, kept: &Kept) -> Option<u64> {
        let Work::History(work) = &kept.work else { return None };
        work.retrieval.standing().ended()?;
        let log = self.pages.shelf.log().inspect_err(|problem| self.report(problem)).ok()?;
        log.report(&work.order.options(), &Filter::default()).ok().map(|report| report.bottlenecks.flagged)
    }
}

const LEASES: Key = Key::of(Part::Leases, FLOW_RUN);
