//! Pages of the lists of batches, of chains and of histories: newest first. A page goes on after the last one that it showed, so whatever begins
//! meanwhile moves nothing.

use cxpulse_core::flow::{FlowOutcome, FlowStatus};
use cxpulse_core::id::{ActionId, Tag};
use cxpulse_core::listing::FlowCursor;
use cxpulse_core::time::Timestamp;
use cxpulse_core::validate::{
    BatchListQuery, ChainListQuery, HistoryListQuery, parse_batch_list_query, parse_chain_list_query,
    parse_history_list_query,
};
use web_sys::Response;

use super::page::Conditions;
use super::shelf::{Query, page};
use super::store::Store;
use crate::incoming::Incoming;
use crate::object::rows::instant;
use crate::problem::Problem;

/// Which of any are shown, and where they are.
struct Asked {
    table: &'static str,
    status: Option<FlowStatus>,
    outcome: Option<FlowOutcome>,
    action_id: Option<ActionId>,
    tag: Option<Tag>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: u32,
    cursor: Option<FlowCursor>,
}

impl From<BatchListQuery> for Asked {
    fn from(query: BatchListQuery) -> Self {
        let BatchListQuery { tenant: _, status, outcome, action_id, tag, from, to, limit, cursor } = query;
        Self { table: "batch", status, outcome, action_id, tag, from, to, limit, cursor }
    }
}

impl From<ChainListQuery> for Asked {
    fn from(query: ChainListQuery) -> Self {
        let ChainListQuery { tenant: _, status, outcome, tag, from, to, limit, cursor } = query;
        Self { table: "chain", status, outcome, action_id: None, tag, from, to, limit, cursor }
    }
}

impl From<HistoryListQuery> for Asked {
    fn from(query: HistoryListQuery) -> Self {
        let HistoryListQuery { tenant: _, status, outcome, tag, from, to, limit, cursor } = query;
        Self { table: "history", status, outcome, action_id: None, tag, from, to, limit, cursor }
    }
}

/// Answers with a page of batches.
pub(super) fn batches(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_batch_list_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    answer(store, incoming, &query.into())
}

/// Answers with a page of chains.
pub(super) fn chains(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_chain_list_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    answer(store, incoming, &query.into())
}

/// Answers with a page of histories.
pub(super) fn histories(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_history_list_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    answer(store, incoming, &query.into())
}

fn answer(store: &Store, incoming: &Incoming, asked: &Asked) -> Result<Response, Problem> {
    page(incoming, store, window(asked), rest(asked), asked.limit)
}

/// The rows that are looked at, in order.
fn window(query: &Asked) -> Query {
    let mut conditions = Conditions::default();
    conditions.and_if_at("created >= ?", query.from);
    conditions.and_if_at("created < ?", query.to);
    if let Some(FlowCursor { created_at, id }) = &query.cursor {
        conditions.and("(created, id) < (?, ?)", [instant(*created_at), id.as_str().into()]);
    }
    let (conditions, values) = conditions.finish();
    let table = query.table;
    (format!("SELECT created, id, listing FROM {table}{conditions} ORDER BY created DESC, id DESC"), values)
}

/// What has to hold beside that.
fn rest(query: &Asked) -> Query {
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
