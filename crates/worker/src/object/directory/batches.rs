//! Pages of the list of batches: newest first. A page goes on after the last batch that it showed, so whatever begins meanwhile
//! moves nothing.

use cxpulse_core::listing::FlowCursor;
use cxpulse_core::validate::{BatchListQuery, parse_batch_list_query};
use web_sys::Response;

use super::page::Conditions;
use super::shelf::{Query, page};
use super::store::Store;
use crate::incoming::Incoming;
use crate::object::rows::instant;
use crate::problem::Problem;

/// Answers with a page.
pub(super) fn answer(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_batch_list_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    page(incoming, store, window(&query), rest(&query), query.limit)
}

/// The rows that are looked at, in order.
fn window(query: &BatchListQuery) -> Query {
    let mut conditions = Conditions::default();
    conditions.and_if_at("created >= ?", query.from);
    conditions.and_if_at("created < ?", query.to);
    if let Some(FlowCursor { created_at, id }) = &query.cursor {
        conditions.and("(created, id) < (?, ?)", [instant(*created_at), id.as_str().into()]);
    }
    let (conditions, values) = conditions.finish();
    (format!("SELECT created, id, listing FROM batch{conditions} ORDER BY created DESC, id DESC"), values)
}

/// What has to hold beside that.
fn rest(query: &BatchListQuery) -> Query {
    let mut conditions = Conditions::default();
    conditions.and_if("json_extract(listing, '$.status') = ?", query.status.map(|status| status.name()));
    conditions.and_if("json_extract(listing, '$.outcome') = ?", query.outcome.map(|outcome| outcome.name()));
    conditions.and_if("json_extract(listing, '$.action_id') = ?", query.action_id.as_ref().map(|id| id.as_str()));
    conditions.and_if(
        "EXISTS (SELECT 1 FROM json_each(listing, '$.tags') WHERE value = ?)",
        query.tag.as_ref().map(|tag| tag.as_str()),
    );
    conditions.finish()
}
