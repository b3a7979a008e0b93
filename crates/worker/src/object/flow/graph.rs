//! `GET /v1/chains/{id}/graph`: a chain as a picture, in the form that `?format=` or `Accept` names. Never lays anything out: the
//! core does.

use cxpulse_core::chain::picture::{Picture, PictureForm};
use cxpulse_core::validate::parse_chain_graph_query;
use web_sys::Response;

use super::Conductor;
use crate::feed::View;
use crate::incoming::Incoming;
use crate::object::execution::is_named;
use crate::problem::Problem;
use crate::reply;

/// Answers with the picture as of the latest change.
pub(super) fn answer(conductor: &Conductor, incoming: &Incoming, view: &View) -> Result<Response, Problem> {
    let asked = parse_chain_graph_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let form = asked.unwrap_or_else(|| accepted(&incoming.header("accept").unwrap_or_default()));
    // One tag for each form: a cache may hold all of them under one address.
    let tag = format!("\"{}-{}\"", view.seq(), form.name());
    let kind = format!("{}{CHARSET}", form.media_type());
    let mut headers = vec![("etag", tag.as_str()), ("cache-control", "no-cache"), ("vary", "accept")];
    if incoming.header("if-none-match").is_some_and(|tags| is_named(&tags, &tag)) {
        return reply::empty(304, &headers);
    }
    // A drawing that is opened by itself is a page: one that may do nothing.
    headers.extend([("content-type", kind.as_str()), ("content-security-policy", POLICY)]);
    let kept = conductor.kept.borrow();
    let work = kept.as_ref().ok_or(Problem::NotFound)?.work.chain()?;
    reply::text(200, &headers, &Picture::of(&work.order, &work.chain).written(form))
}

/// The form that is named first of those that there are; JSON where none is.
fn accepted(accept: &str) -> PictureForm {
    let named = |part: &str| {
        let media = part.split(';').next().unwrap_or_default().trim();
        PictureForm::ALL.into_iter().find(|form| media.eq_ignore_ascii_case(form.media_type()))
    };
    accept.split(',').find_map(named).unwrap_or(PictureForm::Json)
}

const CHARSET: &str = "; charset=utf-8";

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
