//! `GET /v1/chains/{id}/results`: what the nodes of a chain came to, by pages of so many bytes. Never changes the chain.

use std::collections::BTreeSet;

use cxpulse_core::chain::NodeName;
use cxpulse_core::validate::{Code, Invalid, Violation, parse_chain_results_query};
use cxpulse_core::wire::chain::ChainResults;
use web_sys::Response;

use super::Conductor;
use super::work::ChainWork;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

/// Answers with a page.
pub(super) fn answer(conductor: &Conductor, incoming: &Incoming) -> Result<Response, Problem> {
    let query = parse_chain_results_query(incoming.query_text()).map_err(Problem::BadParameters)?;
    let kept = conductor.kept.borrow();
    let kept = kept.as_ref().ok_or(Problem::NotFound)?;
    let work = kept.work.chain()?;
    let asked = match &query.nodes {
        Some(names) => chosen(work, names)?,
        None => (0..work.chain.total()).collect(),
    };
    let mut page = ChainResults::of(&work.order, &work.chain);
    let (mut bytes, mut last) = (0_usize, None);
    for index in asked.into_iter().filter(|index| query.after.is_none_or(|after| *index > after)) {
        if bytes >= PAGE_BYTES {
            page.next = last.map(|last| next_address(&kept.base, work, query.nodes.as_deref(), last));
            break;
        }
        let fallback = conductor.fallback(work, index)?;
        let added = conductor
            .with_answer(work, index, |execution| page.add(&work.chain, index, execution, fallback.as_ref()))?;
        bytes = bytes.saturating_add(added);
        last = Some(index);
    }
    let link = page.next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
    let headers: Vec<_> = link.as_deref().map(|link| ("link", link)).into_iter().collect();
    reply::json(200, &headers, &serde_json::to_string(&page)?)
}

/// The nodes of these names, in the order that they were written in.
fn chosen(work: &ChainWork, names: &[NodeName]) -> Result<BTreeSet<u32>, Problem> {
    let (mut found, mut missing) = (BTreeSet::new(), None::<Invalid>);
    for name in names {
        match work.chain.names().index(name.as_str()) {
            Some(index) => drop(found.insert(index)),
            None => {
                let message = format!("{} is no node of this chain", name.as_str());
                let violation = Violation { pointer: "?node".into(), code: Code::UnknownNode, message };
                missing = Some(match missing {
                    Some(missing) => missing.and(violation),
                    None => Invalid::of(violation),
                });
            }
        }
    }
    missing.map_or(Ok(found), |missing| Err(Problem::BadParameters(missing)))
}

fn next_address(base: &str, work: &ChainWork, nodes: Option<&[NodeName]>, last: u32) -> String {
    let names = nodes.map(|names| names.iter().map(NodeName::as_str).collect::<Vec<_>>().join(","));
    let chosen = names.map(|names| format!("node={names}&")).unwrap_or_default();
    format!("{base}/v1/chains/{}/results?{chosen}cursor={last}", work.order.id)
}

/// Bytes of outputs after which a page is full: they are in memory together. One output of at most 1 MiB more is on it.
const PAGE_BYTES: usize = 4_194_304;
