//! Pages of the list of executions: newest first. A page goes on after the last execution that it showed, so whatever
//! begins meanwhile moves nothing.

use cxpulse_core::listing::{DeadCursor, ListCursor};
use cxpulse_core::validate::{ListQuery, parse_dead_query, parse_list_query};
use web_sys::Response;
use worker::SqlStorageValue;

use super::page::{Conditions, SCAN_MAX, cut, next_address};
use super::store::{DEAD, LISTED, Store};
use crate::incoming::Incoming;
use crate::object::rows::instant;
use crate::problem::Problem;
use crate::reply;

/// A part of a query, and the values in it.
pub(super) type Query = (String, Vec<SqlStorageValue>);

/// Answers with a page.
pub(super) fn answer(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_list_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    page(incoming, store, window(&query), rest(&query), query.limit)
}

/// Answers with a page of all that has dead letters.
pub(super) fn dead_letters(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_dead_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let mut conditions = Conditions::default();
    conditions.and(DEAD, []);
    if let Some(DeadCursor { created_at, id }) = &query.cursor {
        conditions.and("(created, id) < (?, ?)", [instant(*created_at), id.as_str().into()]);
    }
    let (dead, values) = conditions.finish();
    let of = |table: &str| format!("SELECT created, id, listing FROM {table}{dead}");
    let of_all = LISTED.map(of).join(" UNION ALL ");
    let values = LISTED.map(|_| values.clone()).concat();
    let text = format!(
        "SELECT created || '.' || id, listing FROM ({of_all} ORDER BY created DESC, id DESC LIMIT {})",
        query.limit.saturating_add(1)
    );
    let (items, next) = cut(store.pairs(&text, values)?, query.limit, || Ok(None))?;
    shown(incoming, &items, next)
}

/// Answers with a page of a list: of the rows of `window`, which come in order, those for which `matching` holds.
pub(super) fn page(
    incoming: &Incoming,
    store: &Store,
    (window, values): Query,
    (matching, more): Query,
    limit: u32,
) -> Result<Response, Problem> {
    let text = format!(
        "SELECT created || '.' || id, listing FROM ({window} LIMIT {SCAN_MAX}){matching} ORDER BY created DESC, id DESC
         LIMIT {}",
        limit.saturating_add(1)
    );
    let rows = store.pairs(&text, values.iter().cloned().chain(more).collect())?;
    let scanned_to = || {
        if matching.is_empty() {
            return Ok(None);
        }
        let last =
            format!("SELECT created || '.' || id, '' FROM ({window} LIMIT 1 OFFSET {})", SCAN_MAX.saturating_sub(1));
        Ok(store.pairs(&last, values)?.pop().map(|[place, _]| place))
    };
    let (items, next) = cut(rows, limit, scanned_to)?;
    shown(incoming, &items, next)
}

fn shown(incoming: &Incoming, items: &[String], next: Option<String>) -> Result<Response, Problem> {
    let next = next.map(|cursor| next_address(incoming, &cursor));
    let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
    let shown_next = next.map_or_else(|| "null".into(), |next| serde_json::Value::from(next).to_string());
    let body = format!(r#"{{"items":[{}],"next":{shown_next}}}"#, items.join(","));
    let headers: Vec<_> = link.as_deref().map(|link| ("link", link)).into_iter().collect();
    reply::json(200, &headers, &body)
}

/// The rows that are looked at: by the index of that filter which is likely to leave the fewest.
fn window(query: &ListQuery) -> Query {
    let mut conditions = Conditions::default();
    let from = match (&query.correlation_id, &query.tag, query.outcome, query.status) {
        (Some(id), ..) => {
            conditions.and("correlation = ?", [id.as_str().into()]);
            PLAIN
        }
        (None, Some(tag), ..) => {
            conditions.and("tag.tag = ?", [tag.as_str().into()]);
            TAGGED
        }
        (None, None, Some(outcome), _) => {
            conditions.and("outcome = ?", [outcome.name().into()]);
            PLAIN
        }
        (None, None, None, Some(status)) => {
            conditions.and("status = ?", [status.name().into()]);
            PLAIN
        }
        (None, None, None, None) => PLAIN,
    };
    let [since, before, after] = if from == TAGGED {
        ["tag.created >= ?", "tag.created < ?", "(tag.created, tag.id) < (?, ?)"]
    } else {
        ["created >= ?", "created < ?", "(created, id) < (?, ?)"]
    };
    conditions.and_if_at(since, query.from);
    conditions.and_if_at(before, query.to);
    if let Some(ListCursor { created_at, id }) = &query.cursor {
        conditions.and(after, [instant(*created_at), id.as_str().into()]);
    }
    let order = if from == TAGGED { "tag.created DESC, tag.id DESC" } else { "created DESC, id DESC" };
    let (conditions, values) = conditions.finish();
    (format!("{from}{conditions} ORDER BY {order}"), values)
}

/// What has to hold beside that.
fn rest(query: &ListQuery) -> Query {
    let mut conditions = Conditions::default();
    let by_correlation = query.correlation_id.is_some();
    let tag = query.tag.as_ref().filter(|_| by_correlation);
    conditions
        .and_if("EXISTS (SELECT 1 FROM json_each(listing, '$.tags') WHERE value = ?)", tag.map(|tag| tag.as_str()));
    let is_narrowed = by_correlation || query.tag.is_some();
    let outcome = query.outcome.filter(|_| is_narrowed);
    conditions.and_if("outcome = ?", outcome.map(|outcome| outcome.name()));
    let status = query.status.filter(|_| is_narrowed || query.outcome.is_some());
    conditions.and_if("status = ?", status.map(|status| status.name()));
    conditions.finish()
}

const PLAIN: &str = "SELECT created, id, status, outcome, listing FROM listing";

const TAGGED: &str = "SELECT tag.created AS created, tag.id AS id, status, outcome, listing
                      FROM tag JOIN listing ON listing.id = tag.id";
