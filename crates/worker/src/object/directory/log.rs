//! Pages of a tenant's audit log, in the order of time, one record a line. A page goes on after the last record that it
//! looked at. What an execution tells late, because the directory was not to be reached, stands where it belongs by time:
//! who collects the log asks again for the last minutes, and knows records by execution and number.

use cxpulse_core::listing::{AuditCursor, Subject};
use cxpulse_core::validate::{AuditQuery, parse_audit_query};
use web_sys::Response;
use worker::SqlStorageValue;

use super::page::{Conditions, SCAN_MAX, cut, next_address};
use super::store::Store;
use crate::incoming::Incoming;
use crate::object::rows::{instant, number};
use crate::problem::Problem;
use crate::reply;

/// Answers with a page.
pub(super) fn answer(store: &Store, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_audit_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let (window, values) = window(&query);
    let (matching, more) = rest(&query);
    let limit = query.limit.saturating_add(1);
    let text = format!(
        "SELECT at || '.' || execution || '.' || number, record FROM ({window} LIMIT {SCAN_MAX}){matching}
         ORDER BY at, execution, number LIMIT {limit}"
    );
    let rows = store.pairs(&text, values.iter().cloned().chain(more).collect())?;
    let scanned_to = || {
        if matching.is_empty() {
            return Ok(None);
        }
        let last = format!(
            "SELECT at || '.' || execution || '.' || number, '' FROM ({window} LIMIT 1 OFFSET {})",
            SCAN_MAX.saturating_sub(1)
        );
        Ok(store.pairs(&last, values.clone())?.pop().map(|[place, _]| place))
    };
    let (records, next) = cut(rows, query.limit, scanned_to)?;
    let link = next.map(|cursor| format!("<{}>; rel=\"next\"", next_address(incoming, &cursor)));
    reply::lines(incoming, &records, link.as_deref())
}

/// The rows that are looked at: those of the time asked for, or of one execution in it.
fn window(query: &AuditQuery) -> (String, Vec<SqlStorageValue>) {
    let mut conditions = Conditions::default();
    conditions.and_if("execution = ?", query.execution.as_ref().map(|id| id.as_str()));
    conditions.and_if("execution = ?", query.flow.as_ref().map(|id| id.as_str()));
    conditions.and_if_at("at >= ?", query.from);
    conditions.and_if_at("at < ?", query.to);
    if let Some(AuditCursor { at, subject, number: last }) = &query.cursor {
        let subject = subject.as_ref().map_or("", Subject::as_str);
        let place = [instant(*at), subject.into(), number(*last)];
        conditions.and("(at, execution, number) > (?, ?, ?)", place);
    }
    let (conditions, values) = conditions.finish();
    let columns = "SELECT at, execution, number, kind, who, record FROM record";
    (format!("{columns}{conditions} ORDER BY at, execution, number"), values)
}

/// What has to hold beside that.
fn rest(query: &AuditQuery) -> (String, Vec<SqlStorageValue>) {
    let mut conditions = Conditions::default();
    let who = query.who.as_ref().map(ToString::to_string);
    conditions.and_if("kind = ?", query.kind.map(|kind| kind.name()));
    conditions.and_if("who = ?", who.as_deref());
    conditions.finish()
}
