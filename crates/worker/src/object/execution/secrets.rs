//! What an execution's object knows and must not keep: the originals of its order, for as long as CXone may have to be sent
//! them, and what must be taken out of all that comes back. Opened for each call anew, never held in the open.

use std::rc::Rc;

use cxpulse_core::execution::Order;
use cxpulse_core::redaction::{Originals, Redactor};

use super::life::Life;
use crate::config::Settings;
use crate::{auth, vault};

impl Life {
    /// The order as CXone is to be sent it; `None` where what it was sealed with is gone.
    pub(super) fn unsealed(&self, settings: &Settings, order: &Rc<Order>) -> Option<Rc<Order>> {
        if !order.is_sealed {
            return Some(Rc::clone(order));
        }
        self.originals(settings).map(|originals| Rc::new(order.unsealed(originals)))
    }

    /// What takes out of CXone's answers what must not be kept: what the tenant's rules of now and of then name, the values
    /// that they took out of the order, the way to call back, and these other secrets.
    pub(super) fn redactor(&self, settings: &Settings, mut secrets: Vec<String>) -> Redactor {
        let kept = self.kept.borrow();
        let Some(kept) = kept.as_ref() else { return Redactor::closed(None) };
        let order = &kept.order;
        secrets.extend(auth::capability_seals(settings, &order.id));
        let rules = match settings.tenant(&order.tenant) {
            Some(tenant) => tenant.redact.with(&order.redact),
            None => order.redact.clone(),
        };
        if !order.is_sealed {
            return Redactor::new(rules, None, secrets);
        }
        match self.originals(settings) {
            Some(originals) => Redactor::new(rules, Some(&originals), secrets),
            None => Redactor::closed(kept.standing.execution.upstream_id().cloned()),
        }
    }

    fn originals(&self, settings: &Settings) -> Option<Originals> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        vault::open(settings, &kept.order.id, kept.sealed.as_deref()?)
    }
}
