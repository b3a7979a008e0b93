//! The queries of a chain's results and graph, and of the list of chains. Names every parameter that is wrong, also one that
//! there is not.

use alloc::string::String;
use alloc::vec::Vec;

use super::batch::parse_cursor;
use super::{LIST_LIMIT, LIST_LIMIT_MAX, Parameters};
use crate::chain::picture::PictureForm;
use crate::chain::{FlowOutcome, FlowStatus, NODES_MAX, NodeName};
use crate::id::{Tag, TenantId};
use crate::listing::FlowCursor;
use crate::time::Timestamp;
use crate::validate::Invalid;
use crate::validate::fields::Faults;

/// Which chains a list shows. Every filter that is there has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainListQuery {
    /// Whose; the caller's own where it is not said.
    pub tenant: Option<TenantId>,
    /// With this status.
    pub status: Option<FlowStatus>,
    /// With this outcome.
    pub outcome: Option<FlowOutcome>,
    /// With this label among theirs.
    pub tag: Option<Tag>,
    /// Accepted then or later.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Chains of a page, 1..=[`LIST_LIMIT_MAX`].
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<FlowCursor>,
}

/// Which outputs of a chain are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainResultsQuery {
    /// Of these nodes, 1..=[`NODES_MAX`] of them; `None` for all.
    pub nodes: Option<Vec<NodeName>>,
    /// After the node of this index: where the page before ended.
    pub after: Option<u32>,
}

/// Reads the query of `GET /v1/chains`: what stands after `?`, as it was written.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?status` and the like.
pub fn parse_chain_list_query(query: &str) -> Result<ChainListQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    let read = ChainListQuery {
        tenant: parameters.parse("tenant", |text| TenantId::parse(text)),
        status: parameters.word("status", &FlowStatus::ALL, FlowStatus::name),
        outcome: parameters.word("outcome", &FlowOutcome::ALL, FlowOutcome::name),
        tag: parameters.parse("tag", |text| Tag::parse(text)),
        from: parameters.instant("from"),
        to: parameters.instant("to"),
        limit: parameters.whole("limit", 1..=LIST_LIMIT_MAX).unwrap_or(LIST_LIMIT),
        cursor: parameters.parse("cursor", FlowCursor::parse),
    };
    parameters.check_span(read.from, read.to);
    parameters.finish();
    faults.check(Some(read))
}

/// Reads the query of `GET /v1/chains/{id}/results`: what stands after `?`, as it was written. `token` is others' to read.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?node` and the like. Whether the chain has such a node is not known here.
pub fn parse_chain_results_query(query: &str) -> Result<ChainResultsQuery, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    parameters.take("token");
    let nodes = parameters.parse("node", parse_names);
    let after = parameters.parse("cursor", parse_cursor);
    parameters.finish();
    faults.check(Some(ChainResultsQuery { nodes, after }))
}

/// Reads the query of `GET /v1/chains/{id}/graph`: what stands after `?`, as it was written. `token` is others' to read. `None`
/// where the request's `Accept` decides.
///
/// # Errors
/// [`Invalid`] with every fault; pointers are `?format` and the like.
pub fn parse_chain_graph_query(query: &str) -> Result<Option<PictureForm>, Invalid> {
    let faults = Faults::default();
    let mut parameters = Parameters::of(query, &faults);
    parameters.take("token");
    let format = parameters.word("format", &PictureForm::ALL, PictureForm::name);
    parameters.finish();
    faults.check(Some(format))
}

/// `fetch,score`: in the order given.
fn parse_names(text: &str) -> Result<Vec<NodeName>, String> {
    let names: Result<Vec<NodeName>, _> =
        text.split(',').take(NODES_MAX.saturating_add(1)).map(NodeName::parse).collect();
    let names = names.map_err(|_| String::from("must be the name of a node, or several with commas between"))?;
    if names.len() > NODES_MAX {
        return Err(alloc::format!("must be at most {NODES_MAX} names"));
    }
    Ok(names)
}
