//! `/api/v2/interactions/history/query`: pages of what interactions went through. Never adds an interaction: those of
//! the past are made once from the tenant's seed.
//!
//! Path, scopes, body, filter, quota (5 at a time) and retention (30 days) as in the source that the profile names.
//! What it leaves open: an interaction is found by one step that meets every condition, and comes whole; its node
//! timestamp is the start of its latest step.

mod archive;
mod filter;

use cxpulse_core::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::archive::Archive;
use self::archive::Interaction;
use self::filter::Filter;
use super::intake::{self, invalid};
use super::{Target, require};
use crate::exchange::{Reply, Request};
use crate::limit::too_many;
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
    let query = Query::read(request, now)?;
    Ok(Reply::json(200, &query.page(world.archive(now), now)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryBody {
    filter: String,
    #[serde(default = "limit_default")]
    limit: i64,
    #[serde(default)]
    offset: i64,
    #[serde(default)]
    sort: Sort,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum Sort {
    #[default]
    #[serde(rename = "nodeTimestamp DESC")]
    NewestFirst,
    #[serde(rename = "nodeTimestamp ASC")]
    OldestFirst,
}

struct Query {
    filter: Filter,
    limit: usize,
    offset: usize,
    sort: Sort,
}

impl Query {
    fn read(request: &Request, now: Timestamp) -> Result<Self, Reply> {
        let body: QueryBody = intake::body(request)?;
        let filter = Filter::parse(&body.filter).map_err(|words| invalid(&words))?;
        if filter.oldest().is_some_and(|oldest| oldest < now.minus(RETENTION)) {
            return Err(invalid("the filter goes beyond the retention of 30 days"));
        }
        let limit = usize::try_from(body.limit).ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        let limit = limit.ok_or_else(|| invalid("limit is to be from 1 to 1000"))?;
        let offset = usize::try_from(body.offset).map_err(|_| invalid("offset is to be 0 or more"))?;
        Ok(Self { filter, limit, offset, sort: body.sort })
    }

    fn page<'a>(&self, archive: &'a Archive, now: Timestamp) -> Page<'a> {
        let found = archive.newest_first().iter();
        let found = found.filter(|one| one.node_timestamp() >= now.minus(RETENTION) && self.filter.admits(one));
        let mut found: Vec<&Interaction> = found.collect();
        match self.sort {
            Sort::NewestFirst => {}
            Sort::OldestFirst => found.reverse(),
        }
        let total = found.len();
        Page { data: found.into_iter().skip(self.offset).take(self.limit).collect(), total }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    data: Vec<&'a Interaction>,
    total: usize,
}

const fn limit_default() -> i64 {
    100
}

const LIMIT_MAX: usize = 1_000;
/// Queries of a client that CXone takes at a time.
const IN_FLIGHT_MAX: u64 = 5;
/// How far back CXone remembers.
const RETENTION: Span = Span::from_secs(30 * 86_400);
