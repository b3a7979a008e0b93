//! Reports that wait to be taken along: whichever object of this isolate goes to a tenant next takes all of them. Plain
//! data, bounded, and lost with the isolate; then the leases' own deadlines say what the reports would have said.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use cxpulse_core::gate::Report;
use cxpulse_core::id::TenantId;

thread_local! {
    static MAIL: RefCell<BTreeMap<TenantId, VecDeque<Report>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Reports on their way. Put back where they do not arrive, also where nobody waits for that any more.
pub(super) struct Bag {
    tenant: TenantId,
    reports: Vec<Report>,
}

/// Leaves a report; the oldest one makes room where there is none.
pub(super) fn put(tenant: &TenantId, report: Report) {
    MAIL.with_borrow_mut(|mail| {
        if !mail.contains_key(tenant) {
            mail.insert(tenant.clone(), VecDeque::new());
        }
        if let Some(reports) = mail.get_mut(tenant) {
            if reports.len() >= REPORTS_MAX {
                reports.pop_front();
            }
            reports.push_back(report);
        }
    });
}

/// Takes all that wait.
pub(super) fn take(tenant: &TenantId) -> Bag {
    let reports = MAIL.with_borrow_mut(|mail| mail.remove(tenant)).unwrap_or_default();
    Bag { tenant: tenant.clone(), reports: reports.into() }
}

/// Whether any wait.
pub(super) fn is_waiting(tenant: &TenantId) -> bool {
    MAIL.with_borrow(|mail| mail.contains_key(tenant))
}

impl Bag {
    /// What is in it.
    pub(super) fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// They have arrived.
    pub(super) fn delivered(mut self) {
        self.reports.clear();
    }
}

impl Drop for Bag {
    fn drop(&mut self) {
        for report in self.reports.drain(..) {
            put(&self.tenant, report);
        }
    }
}

/// Reports that wait for one tenant.
const REPORTS_MAX: usize = 1_024;
