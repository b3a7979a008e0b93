//! When a flow wakes, and when all that is kept of it goes. Never decides for how long: the tenant's settings do.

use std::rc::Rc;

use cxpulse_core::retention;
use cxpulse_core::time::Timestamp;

use super::Conductor;
use super::store::Kept;
use crate::clock;
use crate::config::Settings;
use crate::problem::Problem;

impl Conductor {
    pub(super) fn next_wake_at(&self) -> Option<Timestamp> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        let look_at =
            self.over_at(kept).map(|over_at| retention::look_at(over_at, self.delete_at(kept, over_at), clock::now()));
        let news_at = self.news_at();
        let (of_work, of_outbox) = (kept.work.face().next_wake_at(), kept.own.outbox.next_wake_at());
        of_work.into_iter().chain(of_outbox).chain(news_at).chain(look_at).chain(self.everybody.next_expiry()).min()
    }

    /// Since when nothing goes on and nothing is owed; `None` while something does.
    pub(super) fn over_at(&self, kept: &Kept) -> Option<Timestamp> {
        let (_, ended_at) = kept.work.face().standing().ended()?;
        let is_owing = kept.own.outbox.owed() > 0
            || kept.dispatch.owed() > 0
            || !self.owing.borrow().is_empty()
            || self.lives.borrow().values().any(|life| !life.is_done());
        retention::over_at(Some(ended_at), kept.own.outbox.changed_at(), is_owing)
    }

    fn delete_at(&self, kept: &Kept, over_at: Timestamp) -> Option<Timestamp> {
        // Where the settings cannot be read, nothing is deleted.
        let settings = Settings::of(&self.host.env).ok()?;
        Some(settings.retention_of(kept.work.face().tenant()).delete_at(over_at))
    }

    /// The end of what was kept is there: nothing stays but the empty object.
    pub(super) fn expire(self: &Rc<Self>) -> Result<(), Problem> {
        let is_due = {
            let kept = self.kept.borrow();
            let delete_at = kept.as_ref().and_then(|kept| self.delete_at(kept, self.over_at(kept)?));
            delete_at.is_some_and(|at| clock::now() >= at)
        };
        if is_due {
            self.host.wipe()?;
            self.forget();
            self.lives.borrow_mut().clear();
            self.is_loaded.set(true);
        }
        Ok(())
    }
}
