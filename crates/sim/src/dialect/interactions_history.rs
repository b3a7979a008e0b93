//! `/api/v2/interactions/history/query`: pages of what interactions went through. Never adds an interaction by itself:
//! those of the past are made once from the tenant's seed, or were recorded; more come only where the faults say so.
//!
//! Path, scopes, body, filter, quota (5 at a time) and retention (30 days) as in the source that the profile names.
//! What it leaves open: an interaction is found by one step that meets every condition, and comes whole; its node
//! timestamp is the start of its latest step. A page begins at an `offset`, or after a `cursor`: the first is asked for
//! with an empty one, and each answer but the last names the next. An answer has an entity tag, and parts of it can be
//! asked for: the source speaks of ranges for large answers.

mod archive;
mod cursor;
mod filter;
mod page;
mod query;
mod recorded;
mod row;
mod walk;

use cxpulse_core::time::{Span, Timestamp};

pub(crate) use self::archive::Archive;
use self::page::{Strikes, strike};
use self::query::Query;
use super::{Target, require};
use crate::exchange::{Delivery, Reply, Request};
use crate::fault::HistoryPlan;
use crate::limit::too_many;
use crate::range::{asks_for_part, ranged};
use crate::token::Grant;
use crate::world::World;

/// Where a request goes in this dialect; `None` when the path is not of it.
pub(super) fn target(request: &Request) -> Option<Target> {
    let is_here = request.path == "/api/v2/interactions/history/query";
    is_here.then(|| Target::of_method(request, "POST", Target::Api(super::Call::InteractionsHistory)))
}

pub(super) fn perform(world: &mut World, request: &Request, grant: &Grant, now: Timestamp) -> Result<Reply, Reply> {
    require(grant, "interactions:read")?;
    require(grant, "workflows:read")?;
    if world.flights.histories_of(&grant.client_id) >= IN_FLIGHT_MAX {
        return Err(too_many(Some("1")));
    }
    let query = Query::read(request, world.settings.seed, now)?;
    let plan = world.injector.history_plan(now);
    let mut strikes = Strikes::new();
    let body = write_page(world, query, &plan, &mut strikes, now);
    let reply = deliver(request, body, &plan, &mut strikes);
    change(world, &plan, &mut strikes, now);
    strikes.into_iter().for_each(|(name, count)| world.stats.count_faults(name, count));
    Ok(reply)
}

fn write_page(world: &mut World, query: Query, plan: &HistoryPlan, strikes: &mut Strikes, now: Timestamp) -> Vec<u8> {
    if !plan.faults.repeats {
        return world.archive(now).page(&query, now).write(&query, plan, strikes);
    }
    strike(strikes, "history_repeated");
    let offset = query.offset();
    let query = query.begun_again();
    let mut page = world.archive(now).page(&query, now);
    // Never reached, wherever the caller is by now.
    page.total = page.total.saturating_add(offset).saturating_add(query.limit);
    page.has_more = true;
    page.write(&query, plan, strikes)
}

/// The whole of a body, or the part that is asked for, as far as it gets.
fn deliver(request: &Request, mut body: Vec<u8>, plan: &HistoryPlan, strikes: &mut Strikes) -> Reply {
    if plan.is_torn {
        strike(strikes, "history_torn");
        body.truncate(body.len() / 2);
    }
    let range_fault = plan.range.filter(|_| asks_for_part(request));
    if let Some(fault) = range_fault {
        strike(strikes, fault.name());
    }
    let reply = ranged(request, Reply::raw_json(200, body), range_fault);
    match plan.cut_of(reply.body.len()) {
        Some(sent) => {
            strike(strikes, "history_cut");
            Reply { delivery: Delivery::CutAfter(sent), ..reply }
        }
        None => reply,
    }
}

/// What comes, leaves and goes on once a page is answered.
fn change(world: &mut World, plan: &HistoryPlan, strikes: &mut Strikes, now: Timestamp) {
    let moved = world.change_past(&plan.faults, now);
    let counts = [("history_grew", moved.came), ("history_shrank", moved.left), ("history_resumed", moved.resumed)];
    counts.into_iter().filter(|(_, count)| *count > 0).for_each(|(name, _)| strike(strikes, name));
}

/// Queries of a client that CXone takes at a time.
const IN_FLIGHT_MAX: u64 = 5;
/// How far back CXone remembers.
const RETENTION: Span = Span::from_secs(30 * 86_400);
