//! An execution as part of a flow, in the flow's object: how it looks before it begins, and when it may leave memory. Never
//! decides when it begins: the flow does.

use std::collections::BTreeSet;
use std::rc::Rc;

use cxpulse_core::execution::Event;

use super::life::Life;
use super::sockets::Sockets;
use crate::clock;
use crate::feed::View;
use crate::object::flow::Conductor;
use crate::object::host::Host;
use crate::problem::Problem;

impl Life {
    /// The life of the execution of that number in a flow, which may not have begun.
    pub(in crate::object) fn in_flow(host: &Rc<Host>, run: u32, flow: &Rc<Conductor>) -> Rc<Self> {
        let sockets = Sockets::new(host.raw(), Some(format!("{RUN_TAG}{run}")));
        Rc::new(Self::of(host, run, Some(Rc::downgrade(flow)), sockets))
    }

    /// The numbers of those in an object that have sockets, whether they are in memory or not.
    pub(in crate::object) fn with_sockets(host: &Host) -> BTreeSet<u32> {
        if !host.may_have_sockets() {
            return BTreeSet::new();
        }
        let tags = Sockets::tags(host.raw());
        tags.iter().filter_map(|tag| tag.strip_prefix(RUN_TAG)?.parse().ok()).collect()
    }

    /// Shows this as long as it has not begun.
    pub(in crate::object) fn stand_in(&self, view: View) {
        self.view.replace(Some(Rc::new(view)));
    }

    /// Tells whoever looks on already: of one that has not begun `view`, else how it stands.
    pub(in crate::object) fn show(&self, view: Option<View>) {
        self.view.replace(view.map(Rc::new));
        if self.changes.receiver_count() == 0 && !self.sockets.may_be_there() {
            return;
        }
        if let Ok(Some(view)) = self.view() {
            self.changes.send_replace(view.seq());
        }
        self.tell_sockets(clock::now());
    }

    /// Whether anything is known of it that is not told by what it is part of.
    pub(in crate::object) fn has_begun(&self) -> bool {
        self.kept.borrow().is_some()
    }

    /// Whether it has ended and nothing of it is due: nobody misses it in memory.
    pub(in crate::object) fn is_done(&self) -> bool {
        let kept = self.kept.borrow();
        let Some(kept) = kept.as_ref() else { return true };
        let is_over = kept.standing.execution.ending().is_some() && kept.dispatch.owed() == 0;
        is_over && self.next_wake_at().is_none() && self.under_way.borrow().is_empty()
    }

    /// Forgets one that was opened in a turn which could not be saved: it has not begun, and nothing was sent for it.
    pub(in crate::object) fn forget_unsaved(&self) {
        if self.host.sheet.failed_in(self.opened_in.get()) {
            self.forget();
        }
    }

    /// Whether it has ended, and the directory is all that has to hear of it.
    pub(in crate::object) fn only_owes_news(&self) -> bool {
        let kept = self.kept.borrow();
        let Some(kept) = kept.as_ref() else { return false };
        let is_over = kept.standing.execution.ending().is_some() && kept.standing.outbox.owed() == 0;
        is_over && self.under_way.borrow().is_empty() && !self.sockets.may_be_there()
    }

    /// Wakes it, where that is due.
    pub(in crate::object) fn wake(self: &Rc<Self>) -> Result<(), Problem> {
        self.sockets.expire(clock::now());
        if self.next_wake_at().is_some_and(|at| at <= clock::now()) {
            self.begin(Event::Woken)?;
        }
        Ok(())
    }

    /// Whether it is that tenant's.
    pub(super) fn is_of(&self, tenant: &str) -> bool {
        match (self.kept.borrow().as_ref(), self.conductor()) {
            (Some(kept), _) => kept.order.tenant.as_str() == tenant,
            (None, Some(flow)) => flow.is_of(tenant),
            (None, None) => false,
        }
    }

    /// What it is part of.
    pub(super) fn conductor(&self) -> Option<Rc<Conductor>> {
        self.flow.as_ref()?.upgrade()
    }
}

/// What the runtime knows an execution's sockets by, before its number.
const RUN_TAG: &str = "run-";
