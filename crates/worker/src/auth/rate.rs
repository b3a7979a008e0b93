//! How often a key or a token may call. Never asks anybody else: what was used up is counted in this isolate's memory.
//!
//! So the limit holds for each isolate by itself, of which a deployment has a few for each place that its callers are
//! near. It keeps a caller who runs wild from the objects behind, at no cost to the others; one that counted exactly would
//! make each request wait for an object that all of them share. The rules are the core's `quota`.

use std::cell::RefCell;

use cxpulse_core::quota::{Ledger, Payer, Standing};

use crate::clock;
use crate::problem::Problem;

/// Counts a request of `payer`; `None` for as many as come.
pub(super) fn take(payer: &Payer, per_minute: Option<u32>) -> Result<Option<Standing>, Problem> {
    thread_local! {
        static LEDGER: RefCell<Ledger> = RefCell::default();
    }
    let Some(per_minute) = per_minute else { return Ok(None) };
    let taken = LEDGER.with_borrow_mut(|ledger| ledger.take(payer, per_minute, clock::now()));
    taken.map(Some).map_err(Problem::TooMany)
}
